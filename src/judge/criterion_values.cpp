#include "judge/criterion_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/edit_distance.h"
#include "base/floor_divide.h"
#include "model/detail_points.h"
#include "model/response_times.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMilli = 1'000'000;
constexpr std::int64_t kWindowParts = 60;      // a window slides by one of these
constexpr std::int64_t kMaxSteps = 1'000'000;  // of a course, however far apart its first and last slot are

CriterionValue no_data(std::string reason, std::string advice = {}) {
  CriterionValue none;
  none.reason = std::move(reason);
  none.advice = std::move(advice);
  return none;
}

CriterionValue cannot_tell(std::string reason, std::string advice = {}) {
  CriterionValue none = no_data(std::move(reason), std::move(advice));
  none.cannot_tell = true;
  return none;
}

std::string nearest_to(std::string_view name, const std::set<std::string_view>& names) {
  constexpr std::size_t kLongest = 100;
  constexpr std::size_t kMost = 1000;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::string_view best;
  std::size_t seen = 0;
  for (const std::string_view known : names) {
    if (++seen > kMost) break;
    const std::size_t distance = edit_distance(name.substr(0, kLongest), known.substr(0, kLongest));
    if (distance < least) {
      least = distance;
      best = known;
    }
  }
  return best.empty() ? std::string() : fmt::format("the nearest that there is: \"{}\"", best);
}

std::string nearest_series(const Run& run, std::string_view name, SampleKind kind) {
  std::set<std::string_view> names;
  for (const Series& one : run.series) {
    if (one.kind == kind) names.insert(one.endpoint);
  }
  return nearest_to(name, names);
}

// --- numbers that come of samples

constexpr double kUnsure = 0.05;  // how often an interval of a quantile misses it

// What a quantile of all that could have been measured is not less than, as far as so few samples tell. By ranks, so
// that it holds whatever the distribution.
std::optional<double> surely_at_least(const Tally& tally, double q) {
  const std::uint64_t n = tally.samples();
  if (n == 0 || n >= samples_needed(q) || q <= 0 || q >= 1) return std::nullopt;
  // The largest rank that exceeds the quantile only if so many samples were below it by chance.
  const auto size = static_cast<double>(n);
  double by_chance = 0;
  std::uint64_t rank = 0;
  for (; rank < n; ++rank) {
    const auto below = static_cast<double>(rank);
    by_chance += std::exp(std::lgamma(size + 1) - std::lgamma(below + 1) - std::lgamma(size - below + 1) +
                          below * std::log(q) + (size - below) * std::log1p(-q));
    if (by_chance > kUnsure / 2) break;
  }
  if (rank == 0) return std::nullopt;
  return tally.quantile((static_cast<double>(rank) - 0.5) / size);
}

using VisitPart = std::function<void(std::int64_t start_seconds, const Tally& tally)>;

/// Samples that a criterion is about.
struct Samples {
  SampleKind kind = SampleKind::request;
  bool all_requests = false;
  Tally total;
  std::int64_t width = 1;                            // seconds, of a slot
  std::function<void(const VisitPart&)> visit = {};  // by slot, ascending; null: nothing is known of their course
};

Samples samples_of(const Run& run, const Series& series) {
  Samples samples{.kind = series.kind, .total = series.total, .width = run.interval_seconds};
  if (!series.timeline.empty()) {
    samples.visit = [&run, &series](const VisitPart& visit) {
      for (const auto& [slot, tally] : series.timeline) visit(slot * run.interval_seconds, tally);
    };
  }
  return samples;
}

// All of a kind together.
Samples samples_of(const Run& run, SampleKind kind) {
  if (kind == SampleKind::request) {
    Samples samples{.all_requests = true, .total = run.total(), .width = run.narrow_interval_seconds()};
    const SlotRange slots = run.slots();
    if (slots.first < slots.end) {
      samples.visit = [&run](const VisitPart& visit) { run.for_each_narrow_total(visit); };
    }
    return samples;
  }
  Samples samples{.kind = kind, .total = run.total(kind), .width = run.interval_seconds};
  samples.visit = [&run, kind](const VisitPart& visit) {
    for_each_slot_of(run, is_detail, [&](std::int64_t slot, const std::vector<Run::Cell>& cells) {
      Tally sum;
      for (const Run::Cell& cell : cells) {
        if (cell.series->kind == kind) sum.merge(*cell.tally);
      }
      if (sum.samples() > 0) visit(slot * run.interval_seconds, sum);
    });
  };
  return samples;
}

bool is_by_outcome(const std::pair<std::string, std::string>& label) {
  return label.first == "status" || label.first == "error_type";
}

// The only label that is no outcome; null where there is none.
const std::pair<std::string, std::string>* dimension_of(const Criterion& criterion) {
  const bool counts = criterion.subject == CriterionSubject::errors || criterion.subject == CriterionSubject::requests;
  for (const auto& label : criterion.labels) {
    if (!counts || !is_by_outcome(label)) return &label;
  }
  return nullptr;
}

// "5xx", "5??" and "5*" are all of them that begin with 5.
bool is_status(std::string_view status, std::string_view wanted) {
  if (const std::size_t any = wanted.find('*'); any != std::string_view::npos) {
    return status.starts_with(wanted.substr(0, any));
  }
  return std::ranges::equal(status, wanted, [](char a, char b) { return b == 'x' || b == '?' || a == b; });
}

std::uint64_t of_outcomes(const Run& run, const Criterion& criterion, const Tally& tally, bool errors) {
  std::uint64_t sum = 0;
  for (const auto& [index, count] : tally.outcomes.entries()) {
    const Outcome& outcome = run.outcomes[index];
    if (errors && outcome.error_type.empty()) continue;
    const bool wanted = std::ranges::all_of(criterion.labels, [&](const auto& label) {
      if (!is_by_outcome(label)) return true;
      return label.first == "status" ? is_status(outcome.status, label.second) : outcome.error_type == label.second;
    });
    if (wanted) sum += count;
  }
  return sum;
}

struct Number {
  std::optional<double> value;
  double most = 0;
};

// Of response times and what is kept as such, in seconds.
Number time_of(const Run& run, const Criterion& criterion, const Tally& tally) {
  switch (criterion.statistic) {
    case Statistic::quantile:
      return {tally.quantile(criterion.parameter)};
    case Statistic::mean:
      return {tally.mean()};
    case Statistic::minimum:
      return {tally.minimum()};
    case Statistic::maximum:
      return {tally.maximum()};
    case Statistic::deviation:
      return {standard_deviation(tally)};
    case Statistic::apdex: {
      const auto satisfaction = satisfaction_of(tally, run.errors(tally), criterion.parameter);
      if (!satisfaction) return {};
      return {satisfaction->apdex, satisfaction->most_apdex};
    }
    default:
      return {};
  }
}

// `seconds`: how long it took for these samples to come; 0: not known. Nothing where there is no number of so few
// samples, or the tool did not tell it.
Number number_of(const Run& run, const Criterion& criterion, const Samples& of, const Tally& tally, double seconds) {
  const auto n = static_cast<double>(tally.samples());
  const auto a_second = [&](double sum) { return seconds > 0 ? Number{sum / seconds} : Number{}; };
  const bool rate = criterion.statistic == Statistic::rate;
  switch (criterion.subject) {
    case CriterionSubject::errors:
    case CriterionSubject::requests: {
      const bool errors = criterion.subject == CriterionSubject::errors;
      const bool all = !errors && std::ranges::none_of(criterion.labels, is_by_outcome);
      const auto count = all ? n : static_cast<double>(of_outcomes(run, criterion, tally, errors));
      if (!rate) return {count};
      if (!errors) return a_second(count);
      return n > 0 ? Number{count / n} : Number{};
    }
    case CriterionSubject::received:
    case CriterionSubject::sent: {
      const bool received = criterion.subject == CriterionSubject::received;
      const bool known = received ? run.knows_received : run.knows_sent;
      if (!known) return {};
      const auto bytes = static_cast<double>(received ? tally.bytes_received : tally.bytes_sent);
      return rate ? a_second(bytes) : Number{bytes};
    }
    default:
      break;
  }
  if (of.kind == SampleKind::check || of.kind == SampleKind::rate) {
    const auto passed = static_cast<double>(results_of(run, tally).front().second);
    if (criterion.statistic == Statistic::count) return {n};
    return rate && n > 0 ? Number{passed / n} : Number{};
  }
  if (of.kind == SampleKind::counter) {
    const double added = units_of(tally.response_time.sum_seconds());
    if (criterion.statistic == Statistic::count) return {added};
    return rate ? a_second(added) : Number{};
  }
  if (criterion.statistic == Statistic::count) return {n};
  if (n == 0) return {};
  Number number = time_of(run, criterion, tally);
  const bool is_time = !is_measure(of.kind) || of.kind == SampleKind::timing;
  if (number.value && !is_time) number.value = units_of(*number.value);
  return number;
}

// --- numbers over time

/// The sum of the latest parts. Each is merged twice, however many there are.
class SlidingTally {
 public:
  void push(Tally part) {
    newer_sum_.merge(part);
    newer_.push_back(std::move(part));
  }
  void pop() {
    if (older_.empty()) {
      while (!newer_.empty()) {
        if (!older_.empty()) newer_.back().merge(older_.back());
        older_.push_back(std::move(newer_.back()));
        newer_.pop_back();
      }
      newer_sum_ = Tally();
    }
    older_.pop_back();
  }
  [[nodiscard]] std::size_t parts() const { return older_.size() + newer_.size(); }
  [[nodiscard]] Tally sum() const {
    Tally all = newer_sum_;
    if (!older_.empty()) all.merge(older_.back());
    return all;
  }

 private:
  std::vector<Tally> older_;  // each with all that are newer than it, of those here
  std::vector<Tally> newer_;
  Tally newer_sum_;
};

/// The worst value of a course that lasted as long as a criterion says.
class Worst {
 public:
  Worst(Comparator comparator, std::int64_t steps)
      : high_is_bad_(comparator == Comparator::less || comparator == Comparator::less_equal), steps_(steps) {}

  // The value of the next step.
  void add(std::optional<double> value) {
    ++step_;
    if (!value) {
      row_.clear();
      from_ = step_;
      return;
    }
    // At the front stays the best of the last `steps_` values: what all of them were as bad as.
    while (!row_.empty() && !is_worse(*value, row_.back().second)) row_.pop_back();
    row_.emplace_back(step_, *value);
    while (row_.front().first <= step_ - steps_) row_.pop_front();
    if (step_ - from_ < steps_) return;
    if (!worst_ || is_worse(row_.front().second, *worst_)) worst_ = row_.front().second;
  }
  [[nodiscard]] std::optional<double> value() const { return worst_; }

 private:
  [[nodiscard]] bool is_worse(double a, double b) const { return high_is_bad_ ? a > b : a < b; }

  bool high_is_bad_;
  std::int64_t steps_;
  std::int64_t step_ = 0;
  std::int64_t from_ = 0;  // the last step without a value
  std::deque<std::pair<std::int64_t, double>> row_;
  std::optional<double> worst_;
};

/// The part of a run that is looked at.
struct Span {
  std::int64_t first_ns;
  std::int64_t end_ns;

  [[nodiscard]] double seconds() const {
    return static_cast<double>(std::max<std::int64_t>(end_ns - first_ns, 0)) / 1e9;
  }
};

Span span_of(const Run& run, const Criterion& criterion) {
  return {run.started_ns + criterion.ignore_first.count() * kNsPerMilli,
          run.ended_ns - criterion.ignore_last.count() * kNsPerMilli};
}

// Whether a slot is looked at: where the ends are ignored, those that the ends do not touch.
bool is_in(const Span& span, const Criterion& criterion, std::int64_t start_seconds, std::int64_t width) {
  if (criterion.ignore_first.count() > 0 && start_seconds * kNsPerSecond < span.first_ns) return false;
  return criterion.ignore_last.count() == 0 || (start_seconds + width) * kNsPerSecond <= span.end_ns;
}

// Whether the number grows with the time it is counted in, so that parts of slots must not be taken for whole ones.
bool is_per_time(const Criterion& criterion, SampleKind kind) {
  if (criterion.subject == CriterionSubject::metric && kind == SampleKind::rate) return false;
  const bool share = criterion.subject == CriterionSubject::errors || criterion.subject == CriterionSubject::checks;
  return criterion.statistic == Statistic::count || (criterion.statistic == Statistic::rate && !share);
}

/// How time is cut for the windows of a criterion: into steps, counted from the epoch.
struct Steps {
  std::int64_t seconds = 1;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t window = 1;  // steps
  std::int64_t hold = 1;

  [[nodiscard]] std::int64_t count() const { return last - first + 1; }
};

// `first` and `last`: seconds of the first and last slot looked at. `whole`: only steps that lie within the span count.
Steps steps_of(const Criterion& criterion, const Span& span, std::int64_t width, std::int64_t first, std::int64_t last,
               bool whole) {
  const auto seconds_up = [](std::int64_t milliseconds) { return (milliseconds + 999) / 1000; };
  const auto divide_up = [](std::int64_t a, std::int64_t b) { return (a + b - 1) / b; };
  const std::int64_t window = seconds_up(criterion.window.count());
  Steps steps;
  const std::int64_t wanted = std::max({width, window / kWindowParts, (last - first) / kMaxSteps});
  steps.seconds = divide_up(wanted, width) * width;
  steps.first = floor_divide(first, steps.seconds);
  steps.last = floor_divide(last, steps.seconds);
  if (whole) {
    const std::int64_t step_ns = steps.seconds * kNsPerSecond;
    while (steps.first <= steps.last && steps.first * step_ns < span.first_ns) ++steps.first;
    while (steps.first <= steps.last && (steps.last + 1) * step_ns > span.end_ns) --steps.last;
  }
  steps.window = std::max<std::int64_t>(divide_up(window, steps.seconds), 1);
  steps.hold = std::max<std::int64_t>(divide_up(seconds_up(criterion.hold.count()), steps.seconds), 1);
  // A run that is shorter is one window.
  steps.window = std::clamp<std::int64_t>(steps.window, 1, std::max<std::int64_t>(steps.count(), 1));
  return steps;
}

// What the samples amount to with regard to windows.
CriterionValue over_time(const Run& run, const Criterion& criterion, const Samples& samples) {
  const Span span = span_of(run, criterion);
  CriterionValue found;
  if (span.seconds() <= 0 && criterion.needs_timeline() && run.duration_seconds() > 0) {
    return no_data("all of the run is ignored");
  }
  std::optional<std::int64_t> first;
  std::int64_t last = 0;
  Tally total;
  samples.visit([&](std::int64_t start, const Tally& tally) {
    if (!is_in(span, criterion, start, samples.width)) return;
    if (!first) first = start;
    last = start;
    total.merge(tally);
  });
  const auto as_a_whole = [&] {
    const Number number = number_of(run, criterion, samples, total, span.seconds());
    found.value = number.value;
    found.most = number.most;
    found.samples = total.samples();
    found.cannot_tell = !number.value && total.samples() > 0;
    return found;
  };
  if (!first || (criterion.window.count() == 0 && criterion.hold.count() == 0)) return as_a_whole();

  const bool per_time = is_per_time(criterion, samples.kind);
  // Of all requests nothing within the run is not there, of an endpoint only what lies between its first and last.
  if (per_time && samples.all_requests) {
    first = floor_divide(span.first_ns, kNsPerSecond * samples.width) * samples.width;
    last = std::max(last, floor_divide(span.end_ns, kNsPerSecond * samples.width) * samples.width);
  }
  const std::int64_t width =
      is_phase(samples.kind) ? (run.phase_seconds + samples.width - 1) / samples.width * samples.width : samples.width;
  const Steps steps = steps_of(criterion, span, width, *first, last, per_time);
  if (steps.count() < steps.hold + steps.window - 1) {
    if (criterion.hold.count() == 0) return as_a_whole();
    found.too_short = true;
    found.reason = "the run is shorter than that";
    return found;
  }

  SlidingTally window;
  Worst worst(criterion.comparator, steps.hold);
  bool untold = false;
  const auto push = [&](Tally part) {
    window.push(std::move(part));
    if (std::cmp_greater(window.parts(), steps.window)) window.pop();
    if (std::cmp_less(window.parts(), steps.window)) return;
    const Tally sum = window.sum();
    const Number number = number_of(run, criterion, samples, sum, static_cast<double>(steps.window * steps.seconds));
    untold = untold || (!number.value && sum.samples() > 0);
    worst.add(number.value);
  };
  std::int64_t at = steps.first;
  Tally part;
  samples.visit([&](std::int64_t start, const Tally& tally) {
    if (!is_in(span, criterion, start, samples.width)) return;
    const std::int64_t step = floor_divide(start, steps.seconds);
    if (step < steps.first || step > steps.last) return;
    for (; at < step; ++at) push(std::exchange(part, Tally()));
    part.merge(tally);
  });
  for (; at <= steps.last; ++at) push(std::exchange(part, Tally()));
  found.value = worst.value();
  found.cannot_tell = !found.value && untold;
  found.too_short = !found.value && !untold && criterion.hold.count() > 0;
  return found;
}

// --- numbers that go up and down

using Levels = std::multimap<std::int64_t, double>;  // by seconds since the epoch

std::optional<double> statistic_of(const Criterion& criterion, std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  switch (criterion.statistic) {
    case Statistic::mean:
      return sum / n;
    case Statistic::minimum:
      return *std::ranges::min_element(values);
    case Statistic::maximum:
      return *std::ranges::max_element(values);
    case Statistic::last:
      return values.back();
    case Statistic::deviation: {
      double squares = 0;
      for (const double value : values) squares += (value - sum / n) * (value - sum / n);
      return std::sqrt(squares / n);
    }
    case Statistic::quantile: {
      const auto rank = static_cast<std::ptrdiff_t>(std::max(std::ceil(criterion.parameter * n), 1.0));
      std::nth_element(values.begin(), values.begin() + rank - 1, values.end());
      return values[static_cast<std::size_t>(rank - 1)];
    }
    default:
      return std::nullopt;
  }
}

CriterionValue value_of_levels(const Run& run, const Criterion& criterion, const Levels& levels) {
  const Span span = span_of(run, criterion);
  std::vector<std::pair<std::int64_t, double>> kept;
  for (const auto& [second, value] : levels) {
    const std::int64_t ns = second * kNsPerSecond;
    if (criterion.ignore_first.count() > 0 && ns < span.first_ns) continue;
    if (criterion.ignore_last.count() > 0 && ns > span.end_ns) continue;
    kept.emplace_back(second, value);
  }
  CriterionValue found;
  if (kept.empty()) return no_data(levels.empty() ? "nothing was measured" : "all that was measured is ignored");
  const auto all = [&] {
    std::vector<double> values;
    for (const auto& [second, value] : kept) values.push_back(value);
    found.value = statistic_of(criterion, std::move(values));
    found.cannot_tell = !found.value;
    return found;
  };
  if (criterion.window.count() == 0 && criterion.hold.count() == 0) return all();

  // They come as often as somebody asked: that is the width of a slot.
  std::vector<std::int64_t> gaps;
  for (std::size_t i = 1; i < kept.size(); ++i) {
    if (kept[i].first > kept[i - 1].first) gaps.push_back(kept[i].first - kept[i - 1].first);
  }
  std::int64_t width = 1;
  if (!gaps.empty()) {
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    width = *middle;
  }
  const Steps steps = steps_of(criterion, span, width, kept.front().first, kept.back().first, false);
  if (steps.count() < steps.hold + steps.window - 1) {
    if (criterion.hold.count() == 0) return all();
    found.too_short = true;
    found.reason = "the run is shorter than that";
    return found;
  }
  Worst worst(criterion.comparator, steps.hold);
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::int64_t step = steps.first; step <= steps.last; ++step) {
    while (to < kept.size() && floor_divide(kept[to].first, steps.seconds) <= step) ++to;
    while (from < to && floor_divide(kept[from].first, steps.seconds) <= step - steps.window) ++from;
    if (step - steps.first + 1 < steps.window) continue;
    std::vector<double> values;
    for (std::size_t i = from; i < to; ++i) values.push_back(kept[i].second);
    worst.add(statistic_of(criterion, std::move(values)));
  }
  found.value = worst.value();
  found.too_short = !found.value && criterion.hold.count() > 0;
  return found;
}

template <typename Value>
Levels levels_of(const std::map<std::int64_t, Value>& by_slot, std::int64_t width) {
  Levels levels;
  for (const auto& [slot, value] : by_slot) levels.emplace_hint(levels.end(), slot * width, static_cast<double>(value));
  return levels;
}

CriterionValue value_of_users(const Run& run, const Criterion& criterion) {
  CriterionValue found;
  if (criterion.labels.empty()) {
    found = value_of_levels(run, criterion, levels_of(run.active_users, run.interval_seconds));
    if (run.active_users.empty()) found = no_data("the number of users is not known");
  } else {
    const std::string& scenario = criterion.labels.front().second;
    const auto users = run.users_by_scenario.find(scenario);
    if (users == run.users_by_scenario.end()) {
      if (run.users_by_scenario.empty()) return cannot_tell("the tool does not tell the users of a scenario");
      std::set<std::string_view> names;
      for (const auto& [name, slots] : run.users_by_scenario) names.insert(name);
      return no_data(fmt::format("there is no scenario \"{}\"", scenario), nearest_to(scenario, names));
    }
    found = value_of_levels(run, criterion, levels_of(users->second, run.interval_seconds));
  }
  found.unit = ValueUnit::count;
  return found;
}

CriterionValue value_of_vitals(const Run& run, const Criterion& criterion) {
  const bool cpu = criterion.subject == CriterionSubject::cpu;
  Levels levels;
  for (const auto& [slot, vitals] : run.vitals) {
    const auto& value = cpu ? vitals.cpu_percent : vitals.memory_mb;
    if (value) levels.emplace(slot * run.interval_seconds, *value);
  }
  CriterionValue found = value_of_levels(run, criterion, levels);
  if (levels.empty()) {
    found = no_data("CPU and memory were not measured",
                    "omniwriter run measures those of the load tool; --vitals host those of the machine");
  }
  found.unit = cpu ? ValueUnit::percent : ValueUnit::megabytes;
  return found;
}

// Nothing where there is no query of that name.
std::optional<CriterionValue> value_of_query(const Run& run, const Criterion& criterion) {
  Levels levels;
  bool known = false;
  for (const ObservedSeries& series : run.observed) {
    if (series.query != criterion.name) continue;
    known = true;
    const bool wanted = std::ranges::all_of(criterion.labels, [&](const auto& label) {
      const auto at = series.labels.find(label.first);
      return at != series.labels.end() && at->second == label.second;
    });
    if (!wanted) continue;
    for (const auto& [second, value] : series.values) levels.emplace(second, value);
  }
  if (!known) return std::nullopt;
  if (levels.empty()) return no_data(fmt::format("the query \"{}\" gave no numbers", criterion.name));
  CriterionValue found = value_of_levels(run, criterion, levels);
  found.unit = criterion.unit == BoundUnit::seconds ? ValueUnit::seconds
               : criterion.unit == BoundUnit::bytes ? ValueUnit::bytes
                                                    : ValueUnit::number;
  return found;
}

// --- all of them

CriterionValue value_of_samples(const Run& run, const Criterion& criterion, const Samples& samples) {
  if (criterion.needs_timeline()) {
    if (!samples.visit) return cannot_tell("nothing is known of its course over time");
    return over_time(run, criterion, samples);
  }
  CriterionValue found;
  const bool throughput = criterion.subject == CriterionSubject::requests && criterion.statistic == Statistic::rate &&
                          samples.all_requests && criterion.labels.empty();
  // Of all requests the test, or its tool, may have said it itself; and some bytes belong to no single one.
  if (throughput && samples.total.samples() > 0) {
    found.value = run.throughput_rps(samples.total.samples());
  } else if (samples.all_requests &&
             (criterion.subject == CriterionSubject::received || criterion.subject == CriterionSubject::sent)) {
    const auto bytes = criterion.subject == CriterionSubject::received ? run.bytes_received(samples.total)
                                                                       : run.bytes_sent(samples.total);
    const double seconds = criterion.statistic == Statistic::rate ? run.duration_seconds() : 1;
    if (bytes && seconds > 0) found.value = static_cast<double>(*bytes) / seconds;
  } else {
    const Number number = number_of(run, criterion, samples, samples.total, run.duration_seconds());
    found.value = number.value;
    found.most = number.most;
  }
  found.samples = samples.total.samples();
  found.cannot_tell = !found.value && found.samples > 0;
  if (criterion.statistic == Statistic::quantile) found.at_least = surely_at_least(samples.total, criterion.parameter);
  return found;
}

ValueUnit unit_of(const Criterion& criterion, SampleKind kind) {
  const bool rate = criterion.statistic == Statistic::rate;
  switch (criterion.subject) {
    case CriterionSubject::errors:
    case CriterionSubject::checks:
      return rate ? ValueUnit::ratio : ValueUnit::count;
    case CriterionSubject::requests:
      return rate ? ValueUnit::per_second : ValueUnit::count;
    case CriterionSubject::received:
    case CriterionSubject::sent:
      return ValueUnit::bytes;
    default:
      break;
  }
  if (criterion.statistic == Statistic::apdex) return ValueUnit::number;
  if (kind == SampleKind::counter) return rate ? ValueUnit::per_second : ValueUnit::number;
  if (criterion.statistic == Statistic::count) return ValueUnit::count;
  if (kind == SampleKind::rate) return ValueUnit::ratio;
  return is_measure(kind) && kind != SampleKind::timing ? ValueUnit::number : ValueUnit::seconds;
}

// `bound`: that of the criterion, which gets to be in the unit of the metric.
CriterionValue value_of_metric(const Run& run, const Criterion& criterion, double& bound) {
  const auto found_series = std::ranges::find_if(run.series, [&](const Series& one) {
    return is_measure(one.kind) && one.kind != SampleKind::check && one.endpoint == criterion.name;
  });
  if (found_series == run.series.end()) {
    if (auto observed = value_of_query(run, criterion)) return *observed;
    std::set<std::string_view> names;
    for (const Series& one : run.series) {
      if (is_measure(one.kind) && one.kind != SampleKind::check) names.insert(one.endpoint);
    }
    for (const ObservedSeries& one : run.observed) names.insert(one.query);
    return no_data(fmt::format("the test has no metric \"{}\"", criterion.name), nearest_to(criterion.name, names));
  }
  const Series& series = *found_series;
  if (!criterion.labels.empty()) {
    return cannot_tell(
        fmt::format("the metric \"{}\" is not kept by \"{}\"", series.endpoint, criterion.labels[0].first));
  }
  const ValueUnit unit = unit_of(criterion, series.kind);
  const auto fits = [&] {
    switch (unit) {
      case ValueUnit::seconds:
        if (criterion.unit == BoundUnit::none) bound /= 1000;  // as k6 has it
        return criterion.unit == BoundUnit::none || criterion.unit == BoundUnit::seconds;
      case ValueUnit::ratio:
        if (criterion.unit == BoundUnit::percent) bound /= 100;
        return criterion.unit == BoundUnit::none || criterion.unit == BoundUnit::percent;
      case ValueUnit::per_second:
        return criterion.unit == BoundUnit::none || criterion.unit == BoundUnit::per_second;
      default:
        return criterion.unit == BoundUnit::none || criterion.unit == BoundUnit::bytes;
    }
  }();
  if (!fits) {
    return cannot_tell(
        fmt::format("the metric \"{}\" is kept in another unit than the criterion has", series.endpoint));
  }
  CriterionValue value;
  if (criterion.statistic == Statistic::last && !criterion.needs_timeline() && series.kind == SampleKind::gauge) {
    value.value = units_of(latest_of(series).response_time.mean_seconds());
    value.samples = series.total.samples();
  } else {
    value = value_of_samples(run, criterion, samples_of(run, series));
  }
  value.unit = unit;
  if (!value.value && value.cannot_tell && value.reason.empty()) {
    value.reason = fmt::format("there is no such number of a metric of type {}", name_of(series.kind));
  }
  return value;
}

CriterionValue value_of_kept(const Run& run, const Criterion& criterion) {
  const auto* dimension = dimension_of(criterion);
  CriterionValue found;
  if (dimension != nullptr) {
    const std::string prefix = dimension->first + "=";
    const std::string name = prefix + dimension->second;
    const Series* series = run.find(name, SampleKind::dimension);
    if (series == nullptr) {
      const bool kept = std::ranges::any_of(run.series, [&](const Series& one) {
        return one.kind == SampleKind::dimension && one.endpoint.starts_with(prefix);
      });
      if (!kept) {
        return cannot_tell(fmt::format("requests are not kept by \"{}\"", dimension->first),
                           fmt::format("read the results with --by {}", dimension->first));
      }
      return no_data(fmt::format("there is no request of {}", name), nearest_series(run, name, SampleKind::dimension));
    }
    found = value_of_samples(run, criterion, samples_of(run, *series));
  } else if (!criterion.name.empty()) {
    const Series* series = run.find(criterion.name, criterion.kind);
    if (series == nullptr) {
      const bool phase = is_phase(criterion.kind);
      if (phase && run.samples_of(criterion.kind) == 0) {
        return cannot_tell(fmt::format("the tool does not tell the phase \"{}\"", name_of(criterion.kind)));
      }
      return no_data(fmt::format("there is nothing of \"{}\" in the run", criterion.name),
                     nearest_series(run, criterion.name, criterion.kind));
    }
    found = value_of_samples(run, criterion, samples_of(run, *series));
  } else {
    const Samples samples = samples_of(run, criterion.kind);
    if (samples.total.samples() == 0) {
      if (is_phase(criterion.kind)) {
        return cannot_tell(fmt::format("the tool does not tell the phase \"{}\"", name_of(criterion.kind)));
      }
      return no_data(criterion.kind == SampleKind::check ? "the test has no checks" : "the run has no requests");
    }
    found = value_of_samples(run, criterion, samples);
  }
  return found;
}

}  // namespace

std::uint64_t samples_needed(double q) {
  const double outer = std::max(q, 1 - q);
  return outer >= 1 ? 1 : static_cast<std::uint64_t>(std::ceil(std::log(kUnsure / 2) / std::log(outer)));
}

CriterionValue value_of(const Run& run, const Criterion& criterion) {
  CriterionValue found;
  double bound = criterion.bound;
  switch (criterion.subject) {
    case CriterionSubject::users:
      found = value_of_users(run, criterion);
      break;
    case CriterionSubject::cpu:
    case CriterionSubject::memory:
      found = value_of_vitals(run, criterion);
      break;
    case CriterionSubject::query: {
      auto observed = value_of_query(run, criterion);
      if (!observed) {
        std::set<std::string_view> names;
        for (const ObservedSeries& one : run.observed) names.insert(one.query);
        observed = no_data(fmt::format("there is no query \"{}\"", criterion.name), nearest_to(criterion.name, names));
      }
      found = *std::move(observed);
      break;
    }
    case CriterionSubject::metric:
      found = value_of_metric(run, criterion, bound);
      break;
    default:
      found = value_of_kept(run, criterion);
      found.unit = unit_of(criterion, criterion.kind);
      break;
  }
  found.bound = bound;
  if (!found.value && !found.too_short && found.reason.empty()) {
    found.reason = found.cannot_tell ? "the load tool does not tell that" : "there is no data";
  }
  return found;
}

}  // namespace omniwriter
