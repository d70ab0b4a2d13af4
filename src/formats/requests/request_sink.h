#pragma once
/// Adds requests to a batch, for logs that have one request a line.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/decimal.h"
#include "base/text_memo.h"
#include "omniwriter/sample.h"

namespace omniwriter::requests {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// Whether a time lies in the years 2000 to 2100: anything else is no time at which a load test ran.
[[nodiscard]] constexpr bool is_plausible_time(std::int64_t ns) {
  return ns >= 946'684'800 * kNsPerSecond && ns <= 4'102'444'800 * kNsPerSecond;
}
/// The nanoseconds of milliseconds since the epoch, where the time is plausible.
[[nodiscard]] constexpr std::optional<std::int64_t> plausible_ns(std::int64_t ms) {
  constexpr std::int64_t kNsPerMs = 1'000'000;
  constexpr std::int64_t kMaxMs = 4'102'444'800'000;
  return ms >= 0 && ms <= kMaxMs && is_plausible_time(ms * kNsPerMs) ? std::optional(ms * kNsPerMs) : std::nullopt;
}
/// A longer request is a mistake in the file.
inline constexpr std::int64_t kMaxDurationNs = 366 * 86'400 * kNsPerSecond;
/// The nanoseconds of a duration: `decimals` is 9 where it is in seconds, 6 in milliseconds. Nothing where it is none.
[[nodiscard]] inline std::optional<std::int64_t> read_duration(std::string_view text, unsigned decimals) {
  const auto read = read_decimal(text, decimals);
  return read && *read <= kMaxDurationNs ? read : std::nullopt;
}

/// Used by one thread. Texts must have 7 readable bytes behind them.
class RequestSink {
 public:
  /// To be called before the first request of each chunk.
  void begin(SampleBatch& batch) {
    batch_ = &batch;
    if (tables_version_ == batch.tables_version()) return;
    tables_version_ = batch.tables_version();
    endpoints_.clear();
    outcomes_.clear();
  }

  /// The sample can be completed with bytes, where the file tells them: see received() and sent(). `name_of(endpoint)`
  /// gives the name of an endpoint (empty: none), `outcome_of(result)` the Outcome; both are remembered, so they may be
  /// slow.
  template <typename NameOf, typename OutcomeOf>
  Sample& add(std::int64_t start_ns, std::int64_t duration_ns, std::string_view endpoint, std::string_view result,
              const NameOf& name_of, const OutcomeOf& outcome_of) {
    const std::uint32_t endpoint_id = endpoints_.get(endpoint, [&](std::string_view text) {
      const auto name = name_of(text);
      return batch_->endpoint(name.empty() ? kUnnamed : std::string_view(name));
    });
    const std::uint16_t outcome_id = outcomes_.get(result, [&](std::string_view text) {
      const Outcome outcome = outcome_of(text);
      return batch_->outcome(outcome.status, outcome.error_type);
    });
    Sample& sample = batch_->samples.emplace_back();
    sample.start_ns = start_ns;
    sample.duration_ns = duration_ns;
    sample.endpoint = endpoint_id;
    sample.outcome = outcome_id;
    return sample;
  }

  template <typename OutcomeOf>
  Sample& add(std::int64_t start_ns, std::int64_t duration_ns, std::string_view endpoint, std::string_view result,
              const OutcomeOf& outcome_of) {
    return add(start_ns, duration_ns, endpoint, result, [](std::string_view text) { return text; }, outcome_of);
  }

  /// Bytes of a sample that was added. Where no file tells them, they are not known.
  void received(Sample& sample, std::uint64_t bytes) {
    sample.bytes_received = bytes;
    batch_->tells_received = true;
  }
  void sent(Sample& sample, std::uint64_t bytes) {
    sample.bytes_sent = bytes;
    batch_->tells_sent = true;
  }

  /// What else is known of the request that was added last, if anything is. At most one of these two for each request.
  void detail(const SampleDetail& known) {
    if (known.message != 0 || known.phase_ns != SampleDetail().phase_ns) batch_->detail_of_last() = known;
  }
  /// What the tool said of the error it ended in.
  void message(std::string_view text) {
    if (!text.empty()) batch_->detail_of_last().message = batch_->message(text);
  }

 private:
  static constexpr std::string_view kUnnamed = "(unnamed)";

  SampleBatch* batch_ = nullptr;
  std::uint32_t tables_version_ = 0;
  TextMemo<std::uint32_t> endpoints_;
  TextMemo<std::uint16_t> outcomes_;
};

}  // namespace omniwriter::requests
