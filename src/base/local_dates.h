#pragma once
/// Dates, with or without a zone, in the forms that people and programs write.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "omniwriter/error.h"

namespace omniwriter {

/// How the times of a file are written, as far as a single one does not tell.
struct TimeFormat {
  // NOLINTBEGIN(readability-redundant-member-init): g++ warns of designated initialisers that leave these out
  std::string pattern = {};                    ///< "dd/MM/yyyy HH:mm:ss.SSS"; empty: any of the forms below
  std::optional<unsigned> unit_decimals = {};  ///< numbers since the epoch: 9 for seconds, 0 for nanoseconds
  // NOLINTEND(readability-redundant-member-init)
  bool day_first = false;  ///< 04/03/2026 is the 4th of March

  [[nodiscard]] bool told() const { return unit_decimals.has_value() || !pattern.empty(); }
};

/// Reads what `--time-format` takes: s, ms, us or ns since the epoch; or a pattern of yyyy, yy, MM, dd, HH, hh, mm, ss,
/// S (digits of the fraction), a (AM or PM), Z (zone), text in '' and any other character for itself.
[[nodiscard]] Result<TimeFormat> told_time_format(std::string_view text);

/// Reads dates. One that no pattern describes has one of these forms: yyyy-MM-dd HH:mm:ss, also with / or . within the
/// date; dd.MM.yyyy HH:mm:ss; dd/MM/yyyy or MM/dd/yyyy HH:mm:ss, as the format says, also with -; in all of them a T or
/// blank in between, years of two digits behind (2000 to 2099), days, months and hours of one digit, times without
/// seconds or with .SSS or ,SSS, then AM or PM, then a zone (Z, +hh:mm, +hhmm, +hh). Without a zone they are in that of
/// the process. Used by one thread.
class LocalDates {
 public:
  LocalDates() = default;
  explicit LocalDates(TimeFormat format) : format_(std::move(format)) {}

  /// Nanoseconds since the epoch; nothing where the text is no such date.
  [[nodiscard]] std::optional<std::int64_t> nanoseconds(std::string_view text);

 private:
  TimeFormat format_;
  // The offset of a zone changes at full quarters of an hour at the earliest.
  std::int64_t quarter_ = -1;
  std::int64_t offset_seconds_ = 0;
};

/// Finds out whether the day or the month stands first in the dates of a file: a number above 12 is a day, and a test
/// does not jump over months.
class DateOrder {
 public:
  void see(std::string_view text);
  [[nodiscard]] bool day_first() const;
  /// For the user, where neither is sure; else empty.
  [[nodiscard]] std::string note() const;

 private:
  [[nodiscard]] bool proven() const { return day_ != month_ || day_jumps_ != month_jumps_; }

  std::string example_;      // a date that can be read in both ways
  bool short_year_ = false;  // JMeter's MM/dd/yy
  bool day_ = false;         // whether a date can only be read with the day first
  bool month_ = false;       // or the month
  std::int64_t last_as_day_ = 0;
  std::int64_t last_as_month_ = 0;
  std::int64_t day_jumps_ = 0;  // days between each date and the next, all together
  std::int64_t month_jumps_ = 0;
};

}  // namespace omniwriter
