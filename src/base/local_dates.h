#pragma once
/// Dates, with or without a zone.

#include <cstdint>
#include <optional>
#include <string_view>

namespace omniwriter {

/// Milliseconds since the epoch of a date in one of these forms: yyyy/MM/dd HH:mm:ss, yyyy-MM-dd HH:mm:ss, both also
/// with a T in between, .SSS or ,SSS behind and then a zone (Z, +hh:mm, +hhmm, +hh); MM/dd/yy HH:mm:ss. Without a zone
/// in that of the process.
class LocalDates {
 public:
  [[nodiscard]] std::optional<std::int64_t> milliseconds(std::string_view text);

 private:
  // The offset of a zone changes at full quarters of an hour at the earliest.
  std::int64_t quarter_ = -1;
  std::int64_t offset_seconds_ = 0;
};

}  // namespace omniwriter
