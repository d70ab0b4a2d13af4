#pragma once
/// The numbers that all reports of a run show, computed once and in one way.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/delivery.h"
#include "model/language.h"
#include "model/sources.h"
#include "model/vitals_summary.h"
#include "omniwriter/run.h"
#include "reports/measures.h"
#include "reports/phases.h"

namespace omniwriter {

/// Numbers of a set of requests. Refers to the run.
struct TallySummary {
  TallySummary(const Run& run, const Tally& summed);

  std::uint64_t samples;
  std::uint64_t errors;
  double error_ratio;
  double throughput_rps;
  const Tally& tally;
};

/// Of an endpoint, or of a transaction, whose share stays 0: it repeats the time of requests.
struct EndpointSummary {
  const std::string& endpoint;
  TallySummary numbers;
  double share = 0;    ///< of the time of all requests
  Phases phases = {};  ///< of requests
  /// Of a transaction: the names of those that it lies in, from the outermost on, and its own within these.
  std::vector<std::string_view> path = {};

  /// The name, in a list where a transaction stands below the one that it lies in: its own, `indentation` in front for
  /// each of the others.
  [[nodiscard]] std::string indented(std::string_view indentation) const;
};

/// Requests by what they have in common. Refers to the run.
struct DimensionSummary {
  std::string_view name;                ///< "scenario"
  std::vector<EndpointSummary> values;  ///< by the sum of their times; the endpoint of each is the value
};

/// "Lines that are no records: 3 (k6.json:1: …)"
[[nodiscard]] std::string text_of(const Remark& remark, Language language);

/// "10.0.0.12: ended 5 min early"
[[nodiscard]] std::string text_of(const UnevenSource& uneven, Language language);

/// Refers to the run.
struct RunSummary {
  explicit RunSummary(const Run& run);
  RunSummary(const RunSummary&) = delete;
  RunSummary& operator=(const RunSummary&) = delete;

  /// Whether the ledger accounts for every sample of the run.
  [[nodiscard]] bool adds_up(const LedgerEntry& entry) const {
    return entry.accepted + entry.rejected + entry.pending == numbers.samples;
  }

  /// How exact the numbers are, in a sentence or two.
  [[nodiscard]] std::string exactness(Language language) const;

  /// Where the numbers come from, in a sentence.
  [[nodiscard]] std::string provenance(Language language) const;

  bool reported;   ///< all numbers are the tool's own
  bool only_mean;  ///< of response times; percentiles are not known of any endpoint either
  Tally total;
  TallySummary numbers;
  std::vector<EndpointSummary> endpoints;     ///< by impact: share of time, largest first
  std::vector<EndpointSummary> transactions;  ///< each above those that lie in it; by the sum of their times
  std::vector<DimensionSummary> dimensions;   ///< by name
  std::vector<std::pair<std::string, std::uint64_t>> errors_by_type;
  std::vector<std::pair<std::string, std::uint64_t>> statuses;
  std::optional<std::uint64_t> bytes_received;  ///< nothing: not known
  std::optional<std::uint64_t> bytes_sent;
  std::uint32_t active_users_max;
  VitalsSummary vitals;
  std::uint64_t transaction_samples;
  std::uint64_t sub_results;
  std::array<Tally, kPhases.size()> phase_totals;  ///< by kPhases
  Phases phases;                                   ///< of all requests; refers to the totals
  std::vector<CheckSummary> checks;
  std::vector<MetricSummary> metrics;
  std::uint64_t dropped_iterations;  ///< 0: none, or not known

 private:
  void nest_transactions();
  void add_phases(const Run& run);
  void add_value(const Run& run, const Series& series, double share);

  std::deque<std::string> values_;  // of dimensions; summaries refer to them
};

/// "↓ 459 kB  ↑ 354 kB"; what is not known is left out.
[[nodiscard]] std::string bytes_text(const RunSummary& summary, Language language, std::string_view separator);

}  // namespace omniwriter
