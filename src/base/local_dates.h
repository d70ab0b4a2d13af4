#pragma once
/// Dates without a zone.

#include <cstdint>
#include <optional>
#include <string_view>

namespace omniwriter {

/// Milliseconds since the epoch of a date in one of these forms, in the time zone of the process:
/// yyyy/MM/dd HH:mm:ss.SSS, yyyy/MM/dd HH:mm:ss, yyyy-MM-dd HH:mm:ss.SSS, yyyy-MM-dd HH:mm:ss, MM/dd/yy HH:mm:ss.
class LocalDates {
 public:
  [[nodiscard]] std::optional<std::int64_t> milliseconds(std::string_view text);

 private:
  // The offset of a zone changes at full quarters of an hour at the earliest.
  std::int64_t quarter_ = -1;
  std::int64_t offset_seconds_ = 0;
};

}  // namespace omniwriter
