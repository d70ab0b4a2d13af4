#pragma once
/// What a load tool that kept no samples said of its run, and how that becomes a Run.
///
/// The numbers stay the tool's own: counts, means, extremes and the percentiles that it told come back as told, to the
/// last digit; what it did not tell is not known. See ReportedTimes.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Response times that a tool told by bucket.
struct Distribution {
  Histogram times;
  double relative_error = 0;  ///< how far a quantile of `times` may be off, relative to the true value
};

/// Collects the buckets of a tool.
class DistributionBuilder {
 public:
  /// `count` samples between `low` and `high` seconds.
  void add(double low, double high, std::uint64_t count);
  /// The error is that of the widest bucket at or above the median: percentiles below are of no interest.
  [[nodiscard]] Distribution finish() const;

 private:
  struct Bucket {
    double low;
    double high;
    std::uint64_t count;
  };
  /// As far from both bounds, relative to the true value.
  static double middle_of(const Bucket& bucket) {
    return bucket.low > 0 ? 2 * bucket.low * bucket.high / (bucket.low + bucket.high) : bucket.high / 2;
  }
  std::vector<Bucket> buckets_;
};

/// What a tool said of a set of requests. Times are in seconds.
struct SummaryEntry {
  std::string endpoint;
  SampleKind kind = SampleKind::request;
  std::uint64_t samples = 0;  ///< requests that ended, answered or not
  std::uint64_t errors = 0;   ///< those of them that failed
  std::optional<double> mean;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::vector<std::pair<double, double>> quantiles;         ///< (q, seconds), 0 < q < 1, in any order
  std::vector<std::pair<Outcome, std::uint64_t>> outcomes;  ///< as far as told; the others are "ok" or "error"
  /// What it said of errors, as it said it, with an endpoint where that is not this one, and when, where it told.
  std::vector<ErrorMessage> messages;
  std::optional<Distribution> distribution;  ///< then `samples` is its count
  std::optional<std::uint64_t> bytes_received;
  std::optional<std::uint64_t> bytes_sent;
};

/// A run, or a time slot of one.
struct SummaryPart {
  std::optional<SummaryEntry> total;    ///< over all requests, where the tool told it
  std::vector<SummaryEntry> endpoints;  ///< none: the total is all there is
  std::uint32_t users = 0;              ///< most at once
};

struct Summary {
  SummaryPart whole;
  std::int64_t start_ns = 0;  ///< since the epoch; 0: not known
  double duration_seconds = 0;
  std::optional<double> throughput_rps;  ///< as the tool said it
  std::string note;                      ///< what had to be guessed, and how the user can say it; empty: nothing
  /// By slot of `interval_seconds`; empty: not known. Used where it adds up to the whole.
  std::map<std::int64_t, SummaryPart> timeline;
  std::int64_t interval_seconds = 1;
  std::vector<ToolVerdict> tool_verdicts;  ///< in its order

  /// Whether all times are distributions, so that it can be merged with others of its kind.
  [[nodiscard]] bool mergeable() const;
  /// Adds all of `other`; both are mergeable(), and neither has a total or timeline of its own afterwards.
  void merge(const Summary& other);
};

/// The summary as a run; `max_series` endpoints, the rest under kOtherEndpoint. Endpoints that add up to less than the
/// total are completed by one more; where they add up to more, they overlap, and the total alone counts. Without a
/// timeline, all lies in one time slot. An error of code `input` says what contradicts itself.
[[nodiscard]] Result<Run> run_of(const Summary& summary, std::size_t max_series);

}  // namespace omniwriter
