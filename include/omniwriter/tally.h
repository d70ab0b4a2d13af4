#pragma once
/// What is known of a set of samples.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "omniwriter/histogram.h"

namespace omniwriter {

/// How many samples ended in each outcome. Keys are indices into Run::outcomes.
class OutcomeCounts {
 public:
  /// Returns by how many bytes content_bytes() grew, nearly always 0.
  std::size_t add(std::uint32_t outcome, std::uint64_t times);
  /// (outcome, count), in no particular order.
  [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::uint64_t>>& entries() const { return entries_; }
  /// Bytes that the content needs, with what a list that grows leaves unused.
  [[nodiscard]] std::size_t content_bytes() const { return entries_.size() * kEntryBytes; }

 private:
  std::vector<std::pair<std::uint32_t, std::uint64_t>> entries_;  // a handful; searched from the front
  static constexpr std::size_t kEntryBytes = 2 * sizeof(decltype(entries_)::value_type);
};

/// What a load tool told of response times, where it kept no samples.
struct ReportedTimes {
  std::vector<std::pair<double, double>> quantiles;  ///< (q, seconds), ascending; as told, to the last digit
  std::optional<double> relative_error;              ///< of all other quantiles, where the tool told a distribution
  bool mean = true;                                  ///< whether the tool told it
  bool minimum = true;
  bool maximum = true;
  bool operator==(const ReportedTimes&) const = default;
};

/// What is known of a set of samples. Merging is associative and commutative.
struct Tally {
  Histogram response_time;  ///< its count() is the number of samples
  OutcomeCounts outcomes;   ///< sums to the number of samples; none of phases
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  /// Null where samples were counted. Otherwise the histogram was made from what the tool told: it has steps where the
  /// tool told nothing, so what is known of times comes from the functions below.
  std::shared_ptr<const ReportedTimes> reported;

  [[nodiscard]] std::uint64_t samples() const { return response_time.count(); }
  /// Percentiles of parts do not make one of the whole: what was told of them is gone, unless all told distributions.
  void merge(const Tally& other);

  /// In seconds. Nothing where neither the samples nor the tool tell.
  [[nodiscard]] std::optional<double> mean() const;
  [[nodiscard]] std::optional<double> minimum() const;
  [[nodiscard]] std::optional<double> maximum() const;
  /// See Histogram::quantile().
  [[nodiscard]] std::optional<double> quantile(double q) const;
  /// How far quantile() may be off, relative to the true value; nothing where only the tool knows.
  [[nodiscard]] std::optional<double> relative_error() const;
};

}  // namespace omniwriter
