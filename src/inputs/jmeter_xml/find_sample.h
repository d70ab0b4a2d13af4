#pragma once
/// Where reading can go on behind what is not well-formed.

#include <cstddef>
#include <optional>
#include <string_view>

namespace omniwriter::jmeter_xml {

struct FoundSample {
  std::size_t at = 0;  ///< of the sample; else where to look on, once there is more
  enum class What { sample, none, more_needed } what = What::none;
};

/// Looks for a line of `text`, from `at` on, that begins with a sample: JMeter indents those within another one.
/// `before`: the character before the text. `last`: nothing follows. `more_needed`: the place is too close to the end
/// to tell.
[[nodiscard]] FoundSample find_sample(std::string_view text, std::size_t at, char before, bool last);

}  // namespace omniwriter::jmeter_xml
