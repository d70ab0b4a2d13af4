#pragma once
/// Makes XML of what JMeter writes.

#include <cstddef>
#include <string>
#include <string_view>

namespace omniwriter::jmeter_xml {

/// JMeter saves the bodies of failed samples, whatever they hold; XML does not take all of that: "&#x0;", control
/// characters, bytes that are no UTF-8, an ampersand or less-than sign on its own. This makes it question marks, byte
/// for byte as long, so that what stands around it can be read.
class Mender {
 public:
  /// Mends as much of `bytes` as can be without seeing more; all of it where nothing follows. Valid until the next
  /// call.
  [[nodiscard]] std::string_view mend(std::string_view bytes, bool whole);

 private:
  bool mend_one();
  bool mend_reference(std::string_view rest);

  std::string text_;
  std::size_t at_ = 0;
  bool whole_ = false;
};

}  // namespace omniwriter::jmeter_xml
