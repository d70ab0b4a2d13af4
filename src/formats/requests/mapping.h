#pragma once
/// Requests out of tables and JSON whose names the user, or a convention, gives.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal_mark.h"
#include "base/digits.h"
#include "base/local_dates.h"
#include "formats/requests/request_sink.h"
#include "omniwriter/error.h"
#include "omniwriter/sample.h"

namespace omniwriter::mapping {

/// The parts of a request.
enum class Part : std::uint8_t {
  start,
  end,
  duration,
  endpoint,
  status,
  success,
  error,
  message,
  bytes_received,
  bytes_sent,
  users,
  count
};
inline constexpr std::size_t kParts = static_cast<std::size_t>(Part::count);

/// Which column or member holds which part.
struct Mapping {
  std::array<std::string, kParts> names;  ///< empty: none does
  unsigned duration_decimals = 9;  ///< of the unit of durations, to nanoseconds: 9 for seconds, 0 for nanoseconds
  TimeFormat times;
  std::optional<DecimalMark> decimal;  ///< nothing: only a point is known

  [[nodiscard]] const std::string& of(Part part) const { return names[static_cast<std::size_t>(part)]; }
  [[nodiscard]] bool has(Part part) const { return !of(part).empty(); }
};

/// Reads `PART=NAME` and `duration:UNIT=NAME`; without UNIT, the name has to tell it ("elapsed_ms"). There must be a
/// start or an end, and a duration.
[[nodiscard]] Result<Mapping> told_mapping(const std::vector<std::string>& map);

/// The mapping of our own layout: `timestamp`, `duration_s`, `_ms`, `_us` or `_ns`, and `endpoint`; and, where they are
/// among the names, `status`, `success`, `error`, `message`, `bytes_received`, `bytes_sent`, `users`. Nothing where one
/// of the first three is missing.
[[nodiscard]] std::optional<Mapping> known_mapping(const std::vector<std::string_view>& names);

/// The `--map` that likely reads a table whose columns have these names; empty where there is no time or no duration
/// among them.
[[nodiscard]] std::string suggested_map(const std::vector<std::string>& names);

/// Learns from the first rows of a file how times and numbers are written, as far as the user does not say.
class Forms {
 public:
  /// `decimal`: the mark that the user told, or 0; `supposed`: the one that holds where nothing tells, or 0.
  Forms(char decimal, char supposed) : decimal_(decimal) { decimal_.suppose(supposed); }

  void see(std::string_view time, std::string_view duration) {
    order_.see(time);
    decimal_.see(duration);
  }
  /// Completes a mapping. `time_format`: as the user told it, or empty. Gives what the user should know, or nothing.
  [[nodiscard]] Result<std::string> complete(Mapping& mapping, const std::string& time_format) const;

 private:
  DateOrder order_;
  DecimalMark decimal_;
};

namespace detail {
inline constexpr std::array<std::uint64_t, 10> kPowers = {1,       10,        100,        1'000,       10'000,
                                                          100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
[[nodiscard]] std::optional<std::int64_t> read_long_amount(std::string_view text, unsigned decimals);
}  // namespace detail

/// A number ("12.5", "5e-05") in units of 10^-`decimals`; nothing where it is negative or none. Reads up to 7 bytes
/// behind the text.
[[nodiscard]] inline std::optional<std::int64_t> read_amount(std::string_view text, unsigned decimals) {
  if (ShortDecimal number; read_short_decimal(text, number) && number.decimals <= decimals) [[likely]] {
    return static_cast<std::int64_t>(number.digits * detail::kPowers[decimals - number.decimals]);
  }
  return detail::read_long_amount(text, decimals);
}

/// Turns the values of a mapping into samples. Used by one thread. Values are texts with 7 readable bytes behind them;
/// a part that the row does not have is empty.
class MappedSink {
 public:
  explicit MappedSink(const Mapping& mapping);

  /// To be called before the first row of each chunk.
  void begin(SampleBatch& batch);
  /// `value(part)` is the text of a part of the row in this line of the chunk. Returns whether it was a request;
  /// take_reason() tells why not.
  template <typename Value>
  bool add(std::uint64_t line, const Value& value);
  [[nodiscard]] std::string take_reason() { return std::move(reason_); }

 private:
  [[nodiscard]] bool has(Part part) const { return has_[static_cast<std::size_t>(part)]; }
  [[nodiscard]] std::optional<std::int64_t> time_ns(std::string_view text);
  [[nodiscard]] std::optional<std::int64_t> duration_ns(std::string_view text);
  bool reject(const char* reason, std::string_view text);
  void add_users(std::uint64_t line, std::string_view text, std::int64_t time_ns);
  /// What is empty says nothing. Nothing where `success` is no truth value.
  [[nodiscard]] std::optional<bool> has_failed(std::string_view success, std::string_view error,
                                               std::string_view status) const;
  /// A text that stands for all that decides on the outcome, and what it stands for.
  std::string_view outcome_key(bool failed, std::string_view status, std::string_view error);
  [[nodiscard]] Outcome outcome_of(std::string_view key) const;
  /// What is said of an error: `message`, else `error` where that is more than a number or a truth value.
  [[nodiscard]] static std::string_view message_of(std::string_view message, std::string_view error);

  std::array<bool, kParts> has_{};
  unsigned duration_decimals_;
  std::optional<DecimalMark> decimal_;
  std::string plain_;
  bool times_are_told_;
  requests::RequestSink sink_;
  SampleBatch* batch_ = nullptr;
  LocalDates dates_;
  static constexpr std::size_t kVarying = 8;
  std::string same_;  // all but the last kVarying characters of the last time that was a number
  std::int64_t same_ns_ = 0;
  unsigned last_decimals_ = 0;  // of the last characters
  std::uint64_t last_scale_ = 0;
  std::string key_;
  std::string reason_;
  std::int64_t last_users_ = -1;
  std::int64_t last_users_second_ns_ = 0;
};

/// Seconds, milliseconds, microseconds or nanoseconds since the epoch, by magnitude; only the years 2000 to 2100.
[[nodiscard]] std::optional<std::int64_t> read_epoch(std::string_view text);

template <typename Value>
bool MappedSink::add(std::uint64_t line, const Value& value) {
  const bool starts = has(Part::start);
  const std::string_view time_text = value(starts ? Part::start : Part::end);
  const auto time = time_ns(time_text);
  if (!time) return reject("no time", time_text);
  const std::string_view duration_text = value(Part::duration);
  const auto duration = duration_ns(duration_text);
  if (!duration || *duration > requests::kMaxDurationNs) {
    const bool ambiguous = decimal_ && !decimal_->plain(duration_text, plain_);
    return reject(ambiguous ? DecimalMark::kAmbiguous : "no duration", duration_text);
  }

  const auto part = [&](Part wanted) { return has(wanted) ? value(wanted) : std::string_view{}; };
  const std::string_view error = part(Part::error);
  const std::string_view status = part(Part::status);
  const auto failed = has_failed(part(Part::success), error, status);
  if (!failed) return reject("success is neither true nor false", part(Part::success));
  const std::string_view key = outcome_key(*failed, status, error);
  std::array<std::uint64_t, 2> bytes{};
  for (const auto& [wanted, place] : {std::pair(Part::bytes_received, 0U), std::pair(Part::bytes_sent, 1U)}) {
    const std::string_view text = part(wanted);
    const auto read = text.empty() ? 0 : read_amount(text, 0);
    if (!read) return reject("no number of bytes", text);
    bytes[place] = static_cast<std::uint64_t>(*read);
  }
  const std::int64_t start = starts ? *time : *time - *duration;
  Sample& sample = sink_.add(start, *duration, part(Part::endpoint), key,
                             [this](std::string_view text) { return outcome_of(text); });
  if (!part(Part::bytes_received).empty()) sink_.received(sample, bytes[0]);
  if (!part(Part::bytes_sent).empty()) sink_.sent(sample, bytes[1]);
  if (const std::string_view said = message_of(part(Part::message), error);
      !said.empty() && !batch_->outcomes()[sample.outcome].error_type.empty()) {
    sink_.message(said);
  }
  if (has(Part::users)) add_users(line, value(Part::users), start);
  return true;
}

}  // namespace omniwriter::mapping
