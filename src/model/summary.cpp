#include "model/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <unordered_map>

#include "base/bounded_name.h"
#include "base/utf8.h"
#include "model/error_messages.h"
#include "model/reserved_names.h"
#include "model/tool_verdicts.h"
#include "omniwriter/sample.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr double kMaxSeconds = 1e9;                          // 31 years
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 40;  // past that, nobody counted
constexpr std::string_view kOnlyEndpoint = "all";
constexpr std::string_view kRestEndpoint = "(rest)";

std::string clean_name(std::string_view name) { return bounded_name(not_reserved(clean_utf8(name, name.size()))); }

bool is_time(double seconds) { return seconds >= 0 && seconds <= kMaxSeconds; }
std::int64_t to_ns(double seconds) { return std::llround(seconds * 1e9); }

std::unexpected<Error> contradiction(std::string what) {
  return fail(ErrorCode::input, "the summary contradicts itself: " + std::move(what));
}

// The bounds of what is told, as a tally keeps it.
struct Extremes {
  std::int64_t min_ns;
  std::int64_t max_ns;
  std::uint64_t sum_ns;
};

Histogram with_extremes(const Histogram& times, const Extremes& told) {
  return Histogram::restore(times.scale(), times.buckets(), times.zero_count(), told.sum_ns, told.min_ns, told.max_ns);
}

/// As told, in order, falling values lifted: tools round, and sketches err.
std::vector<std::pair<double, double>> ascending(const SummaryEntry& entry) {
  std::vector<std::pair<double, double>> quantiles = entry.quantiles;
  std::ranges::sort(quantiles);
  double least = 0;
  for (auto& [q, seconds] : quantiles) least = seconds = std::max(seconds, least);
  return quantiles;
}

/// Samples between two ranks that were told take the time of the higher one; those behind the last, the maximum.
Histogram steps(const SummaryEntry& entry) {
  Histogram times;
  const auto n = entry.samples;
  std::uint64_t placed = 0;
  const auto place_up_to = [&](std::uint64_t rank, double seconds) {
    if (entry.minimum) seconds = std::max(seconds, *entry.minimum);
    if (entry.maximum) seconds = std::min(seconds, *entry.maximum);
    if (rank <= placed) return;
    times.add(to_ns(seconds), rank - placed);
    placed = rank;
  };
  double last = entry.mean.value_or(entry.maximum.value_or(entry.minimum.value_or(0)));
  for (const auto& [q, seconds] : ascending(entry)) {
    place_up_to(static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(n) * (1 - 1e-14))), seconds);
    last = seconds;
  }
  place_up_to(n, entry.quantiles.empty() ? last : entry.maximum.value_or(last));
  return times;
}

Histogram times_of(const SummaryEntry& entry) {
  const Histogram times = entry.distribution ? entry.distribution->times : steps(entry);
  Extremes told{times.min_ns(), times.max_ns(), times.sum_ns()};
  if (entry.minimum) told.min_ns = to_ns(*entry.minimum);
  if (entry.maximum) told.max_ns = to_ns(*entry.maximum);
  told.max_ns = std::max(told.min_ns, told.max_ns);
  if (entry.mean) {
    const double sum = *entry.mean * static_cast<double>(entry.samples) * 1e9;
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    told.sum_ns = sum >= static_cast<double>(kMost) ? kMost : static_cast<std::uint64_t>(std::llround(sum));
  }
  return with_extremes(times, told);
}

/// Tools show zeros where no request was answered, and nothing could be measured.
bool knows_times(const SummaryEntry& entry) {
  if (entry.distribution || entry.samples == 0 || entry.errors < entry.samples) return true;
  const auto told = [](const std::optional<double>& seconds) { return seconds.value_or(0) > 0; };
  return told(entry.mean) || told(entry.minimum) || told(entry.maximum) ||
         std::ranges::any_of(entry.quantiles, [](const auto& quantile) { return quantile.second > 0; });
}

Result<void> check(const SummaryEntry& entry) {
  const auto bad_time = [](const std::optional<double>& seconds) { return seconds && !is_time(*seconds); };
  if (bad_time(entry.mean) || bad_time(entry.minimum) || bad_time(entry.maximum)) {
    return contradiction("a response time cannot be");
  }
  for (const auto& [q, seconds] : entry.quantiles) {
    if (!(q > 0 && q < 1) || !is_time(seconds)) return contradiction("a percentile cannot be");
  }
  if (entry.samples > kMaxCount || entry.errors > entry.samples) {
    return contradiction(std::to_string(entry.errors) + " errors in " + std::to_string(entry.samples) + " requests");
  }
  if (entry.distribution && entry.distribution->times.count() != entry.samples) {
    return contradiction("buckets that hold " + std::to_string(entry.distribution->times.count()) + " of " +
                         std::to_string(entry.samples) + " requests");
  }
  std::uint64_t with_outcome = 0;
  for (const auto& [outcome, count] : entry.outcomes) {
    if (__builtin_add_overflow(with_outcome, count, &with_outcome)) with_outcome = kMaxCount + 1;
    if (with_outcome > entry.samples) {
      return contradiction("results of more than its " + std::to_string(entry.samples) + " requests");
    }
  }
  return {};
}

void subtract(std::optional<std::uint64_t>& from, const std::optional<std::uint64_t>& part) {
  if (from) *from -= std::min(*from, part.value_or(0));
}

class RunBuilder {
 public:
  RunBuilder(const Summary& summary, std::size_t max_series) : summary_(summary), max_series_(max_series) {}

  Result<Run> build() {
    add_verdicts();
    if (!(summary_.duration_seconds >= 0 && summary_.duration_seconds <= kMaxSeconds) || summary_.start_ns < 0 ||
        summary_.start_ns > std::numeric_limits<std::int64_t>::max() / 2) {
      return contradiction("a start or duration that cannot be");
    }
    auto parts = entries_of(summary_.whole);
    if (!parts) return std::unexpected(std::move(parts).error());
    whole_ = *std::move(parts);
    run_.started_ns = summary_.start_ns;
    run_.ended_ns = summary_.start_ns + to_ns(summary_.duration_seconds);
    add_series();
    run_.reported.emplace();
    run_.reported->throughput_rps = summary_.throughput_rps;
    run_.reported->total = total_of(summary_.whole, whole_);
    run_.knows_received = knows(&SummaryEntry::bytes_received);
    run_.knows_sent = knows(&SummaryEntry::bytes_sent);
    if (!add_timeline()) lay_in_one_slot();
    keep_within_limit();
    add_messages();
    return std::move(run_);
  }

 private:
  using Entries = std::vector<SummaryEntry>;

  /// Whether the tool told the bytes of all requests.
  [[nodiscard]] bool knows(std::optional<std::uint64_t> SummaryEntry::* bytes) const {
    if (summary_.whole.total) return (*summary_.whole.total.*bytes).has_value();
    return std::ranges::all_of(whole_, [&](const SummaryEntry& entry) { return (entry.*bytes).has_value(); });
  }

  /// All that adds up to the total of a part; transactions besides.
  static Result<Entries> entries_of(const SummaryPart& part) {
    for (const SummaryEntry& entry : part.endpoints) {
      if (auto good = check(entry); !good) return std::unexpected(std::move(good).error());
    }
    if (!part.total) return part.endpoints;
    if (auto good = check(*part.total); !good) return std::unexpected(std::move(good).error());
    SummaryEntry rest = *part.total;
    std::uint64_t samples = 0;
    double time = 0;
    bool time_is_known = rest.mean.has_value();
    for (const SummaryEntry& entry : part.endpoints) {
      if (entry.kind != SampleKind::request) continue;
      samples += entry.samples;
      time += entry.mean.value_or(0) * static_cast<double>(entry.samples);
      time_is_known = time_is_known && entry.mean;
      rest.errors -= std::min(rest.errors, entry.errors);
      subtract(rest.bytes_received, entry.bytes_received);
      subtract(rest.bytes_sent, entry.bytes_sent);
    }
    Entries entries = part.endpoints;
    if (samples == rest.samples) return entries;
    if (samples == 0 || samples > rest.samples) {
      entries = {*part.total};
      if (entries.front().endpoint.empty()) entries.front().endpoint = kOnlyEndpoint;
      return entries;
    }
    const double all_time = rest.mean.value_or(0) * static_cast<double>(rest.samples);
    rest.endpoint = kRestEndpoint;
    rest.samples -= samples;
    rest.errors = std::min(rest.errors, rest.samples);
    rest.mean.reset();
    if (time_is_known) rest.mean = std::max(all_time - time, 0.0) / static_cast<double>(rest.samples);
    rest.minimum.reset();
    rest.maximum.reset();
    rest.quantiles.clear();
    rest.outcomes.clear();
    rest.messages.clear();
    rest.distribution.reset();
    entries.push_back(std::move(rest));
    return entries;
  }

  std::uint32_t outcome(const Outcome& told) {
    Outcome clean{clean_name(told.status), clean_name(told.error_type)};
    std::string key = clean.status + '\0' + clean.error_type;
    if (const auto known = outcome_ids_.find(key); known != outcome_ids_.end()) return known->second;
    if (run_.outcomes.size() >= SampleBatch::kMaxOutcomes) {
      const Outcome rest = clean.error_type.empty() ? Outcome{"ok", ""} : Outcome{"error", "error"};
      if (clean != rest) return outcome(rest);
    }
    const auto id = static_cast<std::uint32_t>(run_.outcomes.size());
    run_.outcomes.push_back(std::move(clean));
    outcome_ids_.emplace(std::move(key), id);
    return id;
  }

  /// `entry` has passed check().
  Tally tally_of(const SummaryEntry& entry) {
    Tally tally;
    tally.response_time = times_of(entry);
    tally.bytes_received = entry.bytes_received.value_or(0);
    tally.bytes_sent = entry.bytes_sent.value_or(0);
    std::uint64_t left = entry.samples;
    std::uint64_t errors = entry.errors;
    for (const auto& [told, count] : entry.outcomes) {
      if (count == 0) continue;
      tally.outcomes.add(outcome(told), count);
      left -= count;
      if (!told.error_type.empty()) errors -= std::min(errors, count);
    }
    errors = std::min(errors, left);
    if (errors != 0) tally.outcomes.add(outcome({"error", "error"}), errors);
    if (left != errors) tally.outcomes.add(outcome({"ok", ""}), left - errors);

    const bool known = knows_times(entry);
    ReportedTimes times;
    if (known) times.quantiles = entry.quantiles;
    std::ranges::sort(times.quantiles);
    if (entry.distribution) {
      times.relative_error = entry.distribution->relative_error;
    } else {
      times.mean = known && entry.mean;
      times.minimum = known && entry.minimum;
      times.maximum = known && entry.maximum;
    }
    tally.reported = std::make_shared<const ReportedTimes>(std::move(times));
    return tally;
  }

  Tally total_of(const SummaryPart& part, const Entries& entries) {
    if (part.total) return tally_of(*part.total);
    Tally total;
    for (const SummaryEntry& entry : entries) {
      if (entry.kind == SampleKind::request) total.merge(tally_of(entry));
    }
    return total;
  }

  static std::string key_of(const SummaryEntry& entry) {
    return static_cast<char>('0' + static_cast<int>(entry.kind)) + clean_name(entry.endpoint);
  }

  void add_series() {
    for (const SummaryEntry& entry : whole_) {
      const std::string key = key_of(entry);
      const auto [at, is_new] = series_ids_.try_emplace(key, run_.series.size());
      if (is_new) {
        Series& series = run_.series.emplace_back();
        series.endpoint = key.substr(1);
        series.kind = entry.kind;
      }
      run_.series[at->second].total.merge(tally_of(entry));
    }
  }

  /// False where the timeline does not add up to the whole.
  bool add_timeline() {
    if (summary_.timeline.empty() || summary_.interval_seconds < 1) return false;
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / kNsPerSecond / summary_.interval_seconds;
    std::vector<std::map<std::int64_t, Tally>> timelines(run_.series.size());
    std::map<std::int64_t, Tally> totals;
    for (const auto& [slot, part] : summary_.timeline) {
      if (slot < 0 || slot >= most) return false;
      const auto entries = entries_of(part);
      if (!entries) return false;
      for (const SummaryEntry& entry : *entries) {
        if (entry.samples == 0 || entry.kind != SampleKind::request) continue;
        const auto series = series_ids_.find(key_of(entry));
        if (series == series_ids_.end()) return false;
        timelines[series->second][slot].merge(tally_of(entry));
      }
      Tally total = total_of(part, *entries);
      if (total.samples() != 0) totals.emplace(slot, std::move(total));
    }
    const auto samples_in = [](const std::map<std::int64_t, Tally>& timeline) {
      std::uint64_t samples = 0;
      for (const auto& [slot, tally] : timeline) samples += tally.samples();
      return samples;
    };
    for (std::size_t i = 0; i < timelines.size(); ++i) {
      const Series& series = run_.series[i];
      if (series.kind == SampleKind::request && samples_in(timelines[i]) != series.total.samples()) return false;
    }
    if (samples_in(totals) != run_.reported->total.samples()) return false;
    for (std::size_t i = 0; i < timelines.size(); ++i) run_.series[i].timeline = Timeline(std::move(timelines[i]));
    run_.reported->timeline = std::move(totals);
    run_.interval_seconds = summary_.interval_seconds;
    for (const auto& [slot, part] : summary_.timeline) {
      if (part.users != 0) run_.active_users[slot] = part.users;
    }
    return true;
  }

  /// The narrowest slot that all of the run lies in. Slots begin at multiples of their width.
  void lay_in_one_slot() {
    const std::int64_t start = run_.started_ns / kNsPerSecond;
    const std::int64_t end = std::max(start, (run_.ended_ns - 1) / kNsPerSecond);
    constexpr int kTries = 100'000;
    std::int64_t width = end - start + 1;
    for (int i = 0; i < kTries && start / width != end / width; ++i) ++width;
    if (start / width != end / width) width = end + 1;
    run_.interval_seconds = width;
    const std::int64_t slot = start / width;
    for (Series& series : run_.series) {
      if (series.kind == SampleKind::request && series.total.samples() != 0) {
        series.timeline = Timeline({{slot, series.total}});
      }
    }
    if (run_.reported->total.samples() != 0) run_.reported->timeline[slot] = run_.reported->total;
    if (summary_.whole.users != 0) run_.active_users[slot] = summary_.whole.users;
  }

  void keep_within_limit() {
    std::ranges::sort(run_.series, [](const Series& a, const Series& b) {
      if (a.kind != b.kind) return a.kind < b.kind;
      const std::uint64_t impact_a = a.total.response_time.sum_ns();
      const std::uint64_t impact_b = b.total.response_time.sum_ns();
      return impact_a != impact_b ? impact_a > impact_b : a.endpoint < b.endpoint;
    });
    if (run_.series.size() <= max_series_) return;
    Series other;
    other.endpoint = kOtherEndpoint;
    for (std::size_t i = max_series_; i < run_.series.size(); ++i) {
      const Series& series = run_.series[i];
      if (series.kind != SampleKind::request) continue;
      other.total.merge(series.total);
      other.timeline.add(series.timeline);
    }
    run_.series.resize(max_series_);
    run_.other_samples = other.total.samples();
    if (run_.other_samples != 0) run_.series.push_back(std::move(other));
  }

  void add_verdicts() {
    ToolVerdicts verdicts;
    for (const ToolVerdict& verdict : summary_.tool_verdicts) verdicts.add(verdict);
    run_.tool_verdicts = verdicts.list();
  }

  /// Those of the endpoints; and those of the total that are of none of them.
  void add_messages() {
    ErrorMessages messages;
    const auto add = [&](ErrorMessage told, std::string endpoint) {
      told.endpoint = told.endpoint.empty() ? std::move(endpoint) : clean_name(told.endpoint);
      told.error_type = clean_name(told.error_type);
      told.example = masked_message(told.message);
      if (told.first_ns == 0) {
        told.first_ns = run_.started_ns;
        told.last_ns = run_.ended_ns;
      }
      if (told.count != 0) messages.add(told);
    };
    std::unordered_map<std::string, std::uint64_t> of_endpoints;
    for (const SummaryEntry& entry : summary_.whole.endpoints) {
      for (const ErrorMessage& told : entry.messages) {
        add(told, clean_name(entry.endpoint));
        of_endpoints[told.message] += told.count;
      }
    }
    if (summary_.whole.total) {
      std::string_view endpoint = kOtherEndpoint;
      for (const Series& series : run_.series) {
        if (run_.series.size() == 1 || series.endpoint == kRestEndpoint) endpoint = series.endpoint;
      }
      for (ErrorMessage told : summary_.whole.total->messages) {
        told.count -= std::min(told.count, of_endpoints[told.message]);
        add(std::move(told), std::string(endpoint));
      }
    }
    run_.error_messages = messages.list();
  }

  const Summary& summary_;
  const std::size_t max_series_;
  Run run_;
  Entries whole_;
  std::unordered_map<std::string, std::uint32_t> outcome_ids_;
  std::unordered_map<std::string, std::size_t> series_ids_;  // by kind and name
};

// What is not known of one of them is not known of both.
void add(std::optional<std::uint64_t>& to, const std::optional<std::uint64_t>& more) {
  to = to && more ? std::optional(*to + *more) : std::nullopt;
}

void merge_entry(SummaryEntry& into, const SummaryEntry& from) {
  into.samples += from.samples;
  into.errors += from.errors;
  into.outcomes.insert(into.outcomes.end(), from.outcomes.begin(), from.outcomes.end());
  into.messages.insert(into.messages.end(), from.messages.begin(), from.messages.end());
  add(into.bytes_received, from.bytes_received);
  add(into.bytes_sent, from.bytes_sent);
  into.mean.reset();
  into.minimum.reset();
  into.maximum.reset();
  into.quantiles.clear();
  into.distribution->times.merge(from.distribution->times);
  into.distribution->relative_error = std::max(into.distribution->relative_error, from.distribution->relative_error);
}

}  // namespace

void DistributionBuilder::add(double low, double high, std::uint64_t count) {
  if (count != 0) buckets_.push_back({low, high, count});
}

Distribution DistributionBuilder::finish() const {
  Distribution distribution;
  for (const Bucket& bucket : buckets_) {
    if (!is_time(bucket.low) || !is_time(bucket.high) || bucket.count > kMaxCount) continue;
    distribution.times.add(to_ns(middle_of(bucket)), bucket.count);
  }
  const double median = distribution.times.quantile(0.5) * (1 - Histogram::relative_error(Histogram::kMaxScale));
  double widest = 0;
  for (const Bucket& bucket : buckets_) {
    if (bucket.high < median || bucket.low + bucket.high <= 0) continue;
    widest = std::max(widest, (bucket.high - bucket.low) / (bucket.high + bucket.low));
  }
  distribution.relative_error = std::min(widest, 1.0) + distribution.times.relative_error();
  return distribution;
}

bool Summary::mergeable() const {
  const auto has_distribution = [](const SummaryEntry& entry) { return entry.distribution.has_value(); };
  if (whole.endpoints.empty()) return whole.total && has_distribution(*whole.total);
  return std::ranges::all_of(whole.endpoints, has_distribution);
}

void Summary::merge(const Summary& other) {
  const auto by_endpoint = [](Summary& summary) -> std::vector<SummaryEntry>& {
    if (summary.whole.endpoints.empty() && summary.whole.total) {
      summary.whole.endpoints.push_back(*summary.whole.total);
    }
    summary.whole.total.reset();
    summary.timeline.clear();
    return summary.whole.endpoints;
  };
  Summary from = other;
  std::vector<SummaryEntry>& into = by_endpoint(*this);
  for (SummaryEntry& entry : by_endpoint(from)) {
    const auto same = std::ranges::find(into, entry.endpoint, &SummaryEntry::endpoint);
    if (same != into.end()) {
      merge_entry(*same, entry);
    } else {
      into.push_back(std::move(entry));
    }
  }
  const std::int64_t end_ns =
      std::max(start_ns + to_ns(duration_seconds), from.start_ns + to_ns(from.duration_seconds));
  start_ns = std::min(start_ns, from.start_ns);
  duration_seconds = static_cast<double>(end_ns - start_ns) / 1e9;
  whole.users += from.whole.users;
  tool_verdicts.insert(tool_verdicts.end(), from.tool_verdicts.begin(), from.tool_verdicts.end());
  throughput_rps.reset();
}

Result<Run> run_of(const Summary& summary, std::size_t max_series) { return RunBuilder(summary, max_series).build(); }

}  // namespace omniwriter
