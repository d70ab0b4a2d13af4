#pragma once
/// What a test measured besides requests, and what its tool said of errors.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/language.h"
#include "omniwriter/run.h"
#include "reports/texts.h"

namespace omniwriter {

/// A check of k6: something that had to hold. Refers to the run.
struct CheckSummary {
  const std::string& name;
  std::uint64_t passed;
  std::uint64_t failed;

  [[nodiscard]] double rate() const;
};

/// Those with the most failures first, then by name.
[[nodiscard]] std::vector<CheckSummary> checks_of(const Run& run);

/// A metric of the test's own, or of its tool besides requests. Refers to the run.
struct MetricSummary {
  const std::string& name;
  SampleKind kind;  ///< rate, timing, number, counter or gauge
  const Tally& tally;
  std::uint64_t passed;                       ///< of a rate
  std::optional<double> last = std::nullopt;  ///< of a gauge, in its unit

  [[nodiscard]] bool is_distribution() const { return kind == SampleKind::timing || kind == SampleKind::number; }
  [[nodiscard]] double rate() const;
  /// Of a counter.
  [[nodiscard]] double sum() const;
};

/// What a Tally has as seconds, in the unit of the metric: of a timing the same, else a number.
[[nodiscard]] double in_unit(SampleKind kind, double seconds);

/// By name.
[[nodiscard]] std::vector<MetricSummary> metrics_of(const Run& run);

/// "counter", ...
[[nodiscard]] Text text_for_kind(SampleKind metric);
/// Of a counter, a gauge or a rate: "1,204 (20.1/s)"; "12 (0 – 35)", the last value and its range; "97.2%".
[[nodiscard]] std::string value_text(const MetricSummary& metric, double run_seconds, Language language);
/// Of a distribution: "12.3 ms", "12.3".
[[nodiscard]] std::string value_text(const MetricSummary& metric, const std::optional<double>& seconds,
                                     Language language);
/// How many values there are of each size, from the least to the greatest: 2 to 24 counts. Empty where all values
/// are alike.
[[nodiscard]] std::vector<double> distribution_of(const MetricSummary& metric);

/// What k6 calls iterations that it could not begin in time, and those that it did.
inline constexpr std::string_view kDroppedIterations = "dropped_iterations";
inline constexpr std::string_view kIterations = "iterations";
/// The sum of a counter, rounded; 0 where there is none.
[[nodiscard]] std::uint64_t count_of(const Run& run, std::string_view counter);

/// The same message of all endpoints, whatever the type of the error.
struct MessageSummary {
  std::string message;
  std::uint64_t count = 0;
  std::int64_t first_ns = 0;  ///< since the epoch
  std::int64_t last_ns = 0;
  std::string example;
  std::string endpoint;       ///< that with the most of them
  std::size_t endpoints = 0;  ///< how many there are
};

/// By count. Those that there was no place for are left out.
[[nodiscard]] std::vector<MessageSummary> messages_of(const Run& run);

/// The most frequent messages of an endpoint. Refers to the run.
struct EndpointMessages {
  std::string_view endpoint;
  std::vector<const ErrorMessage*> top;  ///< by count; kTopMessages at most
  std::size_t others = 0;                ///< how many more there are
  std::uint64_t count = 0;               ///< of all
};

inline constexpr std::size_t kTopMessages = 5;  // as JMeter's dashboard has it
/// By count.
[[nodiscard]] std::vector<EndpointMessages> messages_by_endpoint(const Run& run);

/// What people read in place of kOtherEndpoint.
[[nodiscard]] std::string_view message_text(const ErrorMessage& message, Language language);

}  // namespace omniwriter
