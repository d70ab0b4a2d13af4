#pragma once
/// What some bytes look like, for people who gave the wrong file.

#include <string>
#include <string_view>

namespace omniwriter {

/// "an HTML page", "a k6 end-of-test summary". `head`: the first bytes of the content.
[[nodiscard]] std::string describe_content(std::string_view head);

}  // namespace omniwriter
