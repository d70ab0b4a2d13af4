#pragma once
/// A load test as OmniWriter keeps it: totals and a timeline, for each endpoint.

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "omniwriter/sample.h"
#include "omniwriter/tally.h"
#include "omniwriter/timeline.h"

namespace omniwriter {

/// One endpoint, a phase of its requests, or something else that a test measured: see SampleKind. Slot k of its
/// timeline covers [k*w, (k+1)*w) seconds since the epoch, with w the run's interval_seconds; a sample belongs to the
/// slot in which it started, that of a phase to the last slot of Run::phase_seconds.
struct Series {
  std::string endpoint;
  SampleKind kind = SampleKind::request;
  Tally total;
  Timeline timeline;  ///< empty for transactions and sub-results
};

/// What a tool said of errors, with numbers, ids and secrets left out, so that the same errors have the same text.
struct ErrorMessage {
  std::string endpoint;
  std::string error_type;  ///< as in Outcome
  std::string message;     ///< kOtherEndpoint: what there was no place for
  std::uint64_t count = 0;
  std::int64_t first_ns = 0;  ///< when the first of these requests began, since the epoch
  std::int64_t last_ns = 0;
  std::string example;  ///< one of them as the tool had it, without secrets
  bool operator==(const ErrorMessage&) const = default;
};

/// The endpoint under which samples beyond the series budget are kept.
inline constexpr std::string_view kOtherEndpoint = "__other__";

struct BadRecordReport {
  std::string file;
  std::uint64_t line = 0;
  std::string reason;
};

struct RunInfo {
  std::string run_id;
  std::string test_name;
  std::string tool;  ///< "jmeter", "k6"
  std::vector<std::string> files;
  std::map<std::string, std::string> tags;
  /// What the run was made with, by name: "host", "cpu", "kernel", "git_commit", "tool_version", "command_line", ...
  /// Without secrets. What is not known is missing.
  std::map<std::string, std::string> environment = {};
};

/// A load generator where the files name those (a host, an instance), else a file.
struct Source {
  std::string name;
  std::optional<std::uint64_t> samples;  ///< requests; nothing where they cannot be told from those of others
  std::int64_t started_ns = 0;           ///< start of its first request, since the epoch
  std::int64_t ended_ns = 0;             ///< end of its last request
  std::uint32_t active_users_max = 0;    ///< 0: not known
  bool operator==(const Source&) const = default;
};

/// What a tool that kept no samples told of all requests together.
struct ReportedTotal {
  Tally total;
  std::map<std::int64_t, Tally> timeline;  ///< by slot
  std::optional<double> throughput_rps;
};

/// What the test, or the machine it ran on, said of itself in a time slot: the last word of the slot.
struct Vitals {
  std::optional<double> active_users;
  std::optional<double> throughput_rps;
  std::optional<double> cpu_percent;  ///< 0 to 100
  std::optional<double> memory_mb;
  bool operator==(const Vitals&) const = default;
};

/// Numbers that somebody else measured while a run went on: a series that a query of the user's gave.
struct ObservedSeries {
  std::string query;                          ///< as the user called it
  std::map<std::string, std::string> labels;  ///< those that tell series of one query apart
  std::map<std::int64_t, double> values;      ///< by seconds since the epoch
  bool operator==(const ObservedSeries&) const = default;
};

/// Phases are kept by longer stretches of time than requests, for there are up to seven of them.
inline constexpr std::int64_t kShortestPhaseSeconds = 16;

/// Time slots from `first` up to `end`, without it. All of them unless said.
struct SlotRange {
  std::int64_t first = std::numeric_limits<std::int64_t>::min();
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
};

/// One request, as the load tool recorded it.
struct KeptSample {
  std::uint64_t number = 0;   ///< how many samples of the run come before it; the same whenever it is asked for
  std::int64_t start_ns = 0;  ///< since the epoch
  std::int64_t duration_ns = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint32_t repeat = 1;   ///< how many samples of the same duration it stands for
  std::string_view endpoint;  ///< as in Run::series
  std::string_view request;   ///< as the load tool wrote it
  const Outcome* outcome = nullptr;
};

/// Single requests of a run, for outputs that take them. Thread-safe.
class KeptSamples {
 public:
  KeptSamples() = default;
  KeptSamples(const KeptSamples&) = delete;
  KeptSamples& operator=(const KeptSamples&) = delete;
  virtual ~KeptSamples() = default;

  /// Visits what is there, by number. The texts of a sample are there during the visit.
  virtual void for_each(const std::function<void(const KeptSample&)>& visit) const = 0;
  /// For people: why there are fewer than the run has; only meaningful where that is so.
  [[nodiscard]] virtual std::string why_missing() const = 0;
};

/// A load test: totals and timeline for each endpoint. Filled by an Aggregator, or loaded from the store.
/// Immutable once filled; may then be read from several threads.
struct Run {
  RunInfo info;
  std::int64_t started_ns = 0;        ///< start of the first request, since the epoch
  std::int64_t ended_ns = 0;          ///< end of the last request
  std::int64_t interval_seconds = 1;  ///< width of a time slot
  std::int64_t all_interval_seconds =
      1;  ///< of all_requests: endpoints may have had to become wider, in whole multiples
  std::int64_t phase_seconds = kShortestPhaseSeconds;  ///< stretches of time by which phases are kept; a power of two
  std::vector<Outcome> outcomes;
  std::vector<Series> series;                          ///< all kinds; requests by impact (sum of time), then name
  Timeline all_requests;                               ///< the sum of theirs; empty where nobody has added them up
  std::map<std::int64_t, std::uint32_t> active_users;  ///< slot -> most virtual users at once
  /// The same of each scenario or group of threads, where the tool tells them apart.
  std::map<std::string, std::map<std::int64_t, std::uint32_t>> users_by_scenario;
  std::map<std::int64_t, Vitals> vitals;    ///< by slot; empty for most tools
  std::vector<ObservedSeries> observed;     ///< by query and labels
  std::vector<ToolVerdict> tool_verdicts;   ///< what the tool itself judged; in its order
  std::vector<Source> sources;              ///< of the samples, by name; empty where nothing was read
  std::optional<ReportedTotal> reported;    ///< where all numbers are the tool's own, not of samples
  std::uint64_t unattributed_received = 0;  ///< bytes of the run that belong to no single request
  std::uint64_t unattributed_sent = 0;
  bool knows_received = true;  ///< whether bytes of requests are known; otherwise those of tallies are 0
  bool knows_sent = true;
  std::vector<ErrorMessage> error_messages;  ///< by count, then by their texts; empty where the tool tells none
  std::uint64_t other_samples = 0;           ///< samples kept under kOtherEndpoint
  std::uint64_t bad_records = 0;
  std::vector<BadRecordReport> bad_record_reports;  ///< the first of them
  std::vector<Remark> remarks;                      ///< one of a kind
  std::shared_ptr<const KeptSamples> kept_samples;  ///< single requests; null where they are not kept

  /// Totals over all requests.
  [[nodiscard]] Tally total() const;
  /// Of a phase, over all requests.
  [[nodiscard]] Tally total(SampleKind phase) const;
  /// Null where there is none.
  [[nodiscard]] const Series* find(std::string_view endpoint, SampleKind kind) const;
  /// From the first time slot with a request to the last; where there is none, `first` is not before `end`.
  [[nodiscard]] SlotRange slots() const;
  /// Visits the time slots with at least one request, ascending, each with the total of all requests in it.
  void for_each_total(const std::function<void(std::int64_t slot, const Tally&)>& visit, SlotRange slots = {}) const;
  /// The same in slots as narrow as they are known.
  void for_each_narrow_total(const std::function<void(std::int64_t start_seconds, const Tally&)>& visit,
                             SlotRange slots = {}) const;
  /// How wide those are.
  [[nodiscard]] std::int64_t narrow_interval_seconds() const {
    return reported || all_requests.empty() ? interval_seconds : all_interval_seconds;
  }
  [[nodiscard]] std::uint64_t errors(const Tally& tally) const;
  /// (status, samples), by count; (error type, samples), by count.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> by_status(const Tally& tally) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> by_error_type(const Tally& tally) const;
  [[nodiscard]] std::uint64_t samples_of(SampleKind kind) const;
  [[nodiscard]] double duration_seconds() const { return static_cast<double>(ended_ns - started_ns) / 1e9; }
  [[nodiscard]] std::uint32_t active_users_max() const;
  /// Of some requests; nothing where that is not known.
  [[nodiscard]] std::optional<std::uint64_t> received(std::uint64_t bytes) const {
    return knows_received ? std::optional(bytes) : std::nullopt;
  }
  [[nodiscard]] std::optional<std::uint64_t> sent(std::uint64_t bytes) const {
    return knows_sent ? std::optional(bytes) : std::nullopt;
  }
  /// Of the whole run.
  [[nodiscard]] std::optional<std::uint64_t> bytes_received(const Tally& total) const {
    if (!knows_received && unattributed_received == 0) return std::nullopt;
    return total.bytes_received + unattributed_received;
  }
  [[nodiscard]] std::optional<std::uint64_t> bytes_sent(const Tally& total) const {
    if (!knows_sent && unattributed_sent == 0) return std::nullopt;
    return total.bytes_sent + unattributed_sent;
  }
  /// Samples a second over the whole run; or, where the test or its tool said so itself, its last word.
  [[nodiscard]] double throughput_rps(std::uint64_t samples) const;
  /// Samples a second over `seconds`; 0 where that is not known.
  [[nodiscard]] static double rate(std::uint64_t samples, double seconds) {
    return seconds > 0 ? static_cast<double>(samples) / seconds : 0.0;
  }

  /// Requests of one endpoint in one time slot.
  struct Cell {
    const Series* series;
    const Tally* tally;
  };
  using VisitInterval =
      std::function<void(std::int64_t start_seconds, std::uint32_t users, const std::vector<Cell>& cells)>;
  /// Visits the time slots with at least one request, ascending: start in seconds since the epoch, active users
  /// (0 where unknown), the cells in the order of `series`.
  void for_each_interval(const VisitInterval& visit, SlotRange slots = {}) const;
  /// The total of a time slot that for_each_interval() visits.
  [[nodiscard]] Tally interval_total(std::int64_t start_seconds, const std::vector<Cell>& cells) const;
};

}  // namespace omniwriter
