#include "model/aggregator.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>
#include <utility>

#include "model/reserved_names.h"
#include "model/user_counts.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kKinds = 3;
constexpr std::size_t kMaxOutcomeBytes = std::size_t{1} << 20;
// All series together tell so many outcomes apart: wider slots make fewer cells, but never fewer of these.
constexpr std::size_t kMaxOutcomesOfSeries = 65'536;
// What a cell costs besides its histogram and its outcomes: the node of the map, and what it leaves unused in the heap
// when slots are merged and its counters move to a larger place.
constexpr std::size_t kCellOverhead = sizeof(Tally) - sizeof(Histogram) + 40 + 128;

std::size_t content_bytes(const Tally& cell) {
  return cell.response_time.content_bytes() + cell.outcomes.content_bytes() + kCellOverhead;
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Adds up the timeline first, for totals of requests are kept in it alone.
void add_with_total(Run& run, Series series) {
  for (const auto& [slot, tally] : series.timeline) series.total.merge(tally);
  if (series.endpoint == kOtherEndpoint && series.kind == SampleKind::request) {
    run.other_samples = series.total.samples();
  }
  run.series.push_back(std::move(series));
}

void sort_by_impact(std::vector<Series>& series) {
  std::sort(series.begin(), series.end(), [](const Series& a, const Series& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    const std::uint64_t impact_a = a.total.response_time.sum_ns();
    const std::uint64_t impact_b = b.total.response_time.sum_ns();
    return impact_a != impact_b ? impact_a > impact_b : a.endpoint < b.endpoint;
  });
}

}  // namespace

struct Aggregator::AggregatedSeries {
  Series series;
  // The cells used last, by the low bits of their slot: samples arrive nearly in time order.
  struct Recent {
    std::int64_t slot = std::numeric_limits<std::int64_t>::min();
    Tally* tally = nullptr;
  };
  std::array<Recent, 4> recent;
  std::vector<bool> outcomes;  // whether it counts them by themselves

  void forget_recent() { recent.fill({}); }
};

struct Aggregator::Impl {
  AggregatorLimits limits;
  std::vector<std::unique_ptr<AggregatedSeries>> series;
  std::array<std::unordered_map<std::string, AggregatedSeries*>, kKinds> by_name;
  std::array<AggregatedSeries*, kKinds> other{};
  std::vector<Outcome> outcomes;
  std::unordered_map<std::string, std::uint32_t> outcome_index;
  std::size_t outcome_bytes = 0;
  std::size_t outcomes_of_series = 0;
  UserCounts users;
  std::int64_t interval_seconds = 1;
  std::size_t timeline_bytes = 0;
  std::int64_t started_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t ended_ns = std::numeric_limits<std::int64_t>::min();
  std::uint64_t samples = 0;
  std::uint64_t unattributed_received = 0;
  std::uint64_t unattributed_sent = 0;
  std::pair<std::string, std::string> example;  // of a name that became another

  AggregatedSeries* new_series(const std::string& endpoint, SampleKind kind) {
    auto& made = series.emplace_back(std::make_unique<AggregatedSeries>());
    made->series.endpoint = endpoint;
    made->series.kind = kind;
    return made.get();
  }

  AggregatedSeries* find_series(const std::string& endpoint, SampleKind kind) {
    const auto k = static_cast<std::size_t>(kind);
    if (const auto known = by_name[k].find(endpoint); known != by_name[k].end()) return known->second;
    if (series.size() < limits.max_series && endpoint != kOtherEndpoint) {
      return by_name[k].emplace(endpoint, new_series(endpoint, kind)).first->second;
    }
    if (other[k] == nullptr) other[k] = new_series(std::string(kOtherEndpoint), kind);
    return other[k];
  }

  // By the name of a request, which may not be that of its endpoint.
  AggregatedSeries* find_named(const std::string& name, SampleKind kind) {
    if (limits.endpoint_names == nullptr || kind == SampleKind::transaction) return find_series(name, kind);
    std::string endpoint = (*limits.endpoint_names)(name);
    if (example.first.empty() && endpoint != name) example = {name, endpoint};
    return find_series(endpoint, kind);
  }

  static Outcome rest_of(const Outcome& outcome) {
    const std::string name(kOtherOutcome);
    return outcome.error_type.empty() ? Outcome{name, ""} : Outcome{"error", name};
  }

  std::uint32_t find_outcome(const Outcome& outcome) {
    std::string key = outcome.status + '\0' + outcome.error_type;
    if (const auto known = outcome_index.find(key); known != outcome_index.end()) return known->second;
    if (outcomes.size() >= SampleBatch::kMaxOutcomes || outcome_bytes >= kMaxOutcomeBytes) {
      if (const Outcome rest = rest_of(outcome); outcome != rest) return find_outcome(rest);
    }
    const auto id = static_cast<std::uint32_t>(outcomes.size());
    outcomes.push_back(outcome);
    outcome_bytes += key.size();
    outcome_index.emplace(std::move(key), id);
    return id;
  }

  // Under which outcome a series counts `outcome`.
  std::uint32_t outcome_in(AggregatedSeries& of, std::uint32_t outcome) {
    if (outcome < of.outcomes.size() && of.outcomes[outcome]) [[likely]]
      return outcome;
    if (outcomes_of_series >= kMaxOutcomesOfSeries) outcome = find_outcome(rest_of(outcomes[outcome]));
    if (outcome >= of.outcomes.size()) of.outcomes.resize(outcome + 1);
    if (!of.outcomes[outcome]) ++outcomes_of_series;
    of.outcomes[outcome] = true;
    return outcome;
  }

  Tally& cell(AggregatedSeries& of, std::int64_t slot) {
    auto& recent = of.recent[static_cast<std::size_t>(slot) % of.recent.size()];
    if (recent.slot == slot) [[likely]]
      return *recent.tally;
    const auto [at, created] = of.series.timeline.try_emplace(slot);
    if (created) timeline_bytes += content_bytes(at->second);
    recent = {slot, &at->second};
    return at->second;
  }

  // Makes every slot twice as wide.
  void double_interval() {
    timeline_bytes = 0;
    for (auto& one : series) {
      one->forget_recent();
      std::map<std::int64_t, Tally> wider;
      auto& narrow = one->series.timeline;
      while (!narrow.empty()) {
        auto node = narrow.extract(narrow.begin());
        const std::int64_t slot = node.key() >> 1;
        if (!wider.empty() && wider.rbegin()->first == slot) {
          wider.rbegin()->second.merge(node.mapped());
        } else {
          node.key() = slot;
          wider.insert(wider.end(), std::move(node));
        }
      }
      for (const auto& [slot, tally] : wider) timeline_bytes += content_bytes(tally);
      narrow = std::move(wider);
    }
    users.double_slots();
    interval_seconds *= 2;
  }

  // All of a run but its series, outcomes and users.
  [[nodiscard]] Run describe() const {
    Run run;
    if (samples != 0) {
      run.started_ns = started_ns;
      run.ended_ns = ended_ns;
    }
    run.interval_seconds = interval_seconds;
    run.unattributed_received = unattributed_received;
    run.unattributed_sent = unattributed_sent;
    return run;
  }

  void keep_budget() {
    // Below one cell a series there is nothing left to merge.
    while (timeline_bytes + users.bytes() > limits.timeline_bytes && interval_seconds < (std::int64_t{1} << 32))
      double_interval();
  }
};

Aggregator::Aggregator(AggregatorLimits limits) : impl_(std::make_unique<Impl>()) { impl_->limits = limits; }
Aggregator::~Aggregator() = default;
Aggregator::Aggregator(Aggregator&&) noexcept = default;
Aggregator& Aggregator::operator=(Aggregator&&) noexcept = default;

void Aggregator::Feed::reset() {
  series_.clear();
  outcomes_.clear();
}

const std::pair<std::string, std::string>& Aggregator::example_of_renaming() const { return impl_->example; }

void Aggregator::begin_file() { impl_->users.begin_file(); }

void Aggregator::add(const SampleBatch& batch, Feed& feed) {
  Impl& impl = *impl_;
  feed.series_.resize(batch.endpoints().size() * kKinds, nullptr);
  for (std::size_t i = feed.outcomes_.size(); i < batch.outcomes().size(); ++i) {
    feed.outcomes_.push_back(impl.find_outcome(batch.outcomes()[i]));
  }

  std::int64_t interval_ns = impl.interval_seconds * kNsPerSecond;
  std::int64_t slot = 0;
  std::int64_t slot_begin_ns = std::numeric_limits<std::int64_t>::max();  // no slot known yet
  std::uint64_t requests = 0;
  for (const Sample& sample : batch.samples) {
    AggregatedSeries*& of = feed.series_[sample.endpoint * kKinds + static_cast<std::size_t>(sample.kind)];
    if (of == nullptr) [[unlikely]]
      of = impl.find_named(batch.endpoints()[sample.endpoint], sample.kind);

    Tally* tally = &of->series.total;
    const std::uint32_t outcome = impl.outcome_in(*of, feed.outcomes_[sample.outcome]);
    if (sample.kind == SampleKind::request) [[likely]] {
      impl.started_ns = std::min(impl.started_ns, sample.start_ns);
      impl.ended_ns = std::max(impl.ended_ns, sample.start_ns + sample.duration_ns);
      requests += sample.repeat;
      if (static_cast<std::uint64_t>(sample.start_ns) - static_cast<std::uint64_t>(slot_begin_ns) >=
          static_cast<std::uint64_t>(interval_ns)) {
        slot = floor_divide(sample.start_ns, interval_ns);
        slot_begin_ns = slot * interval_ns;
      }
      tally = &impl.cell(*of, slot);
      impl.timeline_bytes += tally->response_time.add(sample.duration_ns, sample.repeat);
      impl.timeline_bytes += tally->outcomes.add(outcome, sample.repeat);
    } else {
      tally->response_time.add(sample.duration_ns, sample.repeat);
      tally->outcomes.add(outcome, sample.repeat);
    }
    tally->bytes_received += sample.bytes_received;
    tally->bytes_sent += sample.bytes_sent;

    if (impl.timeline_bytes > impl.limits.timeline_bytes) [[unlikely]] {
      impl.keep_budget();
      interval_ns = impl.interval_seconds * kNsPerSecond;
      slot_begin_ns = std::numeric_limits<std::int64_t>::max();
    }
  }
  for (const ActiveUsers& point : batch.active_users) {
    impl.users.add(floor_divide(point.time_ns, interval_ns), point);
  }
  impl.keep_budget();
  impl.samples += requests;
  impl.unattributed_received += batch.unattributed_received;
  impl.unattributed_sent += batch.unattributed_sent;
}

void Aggregator::merge(const Run& run) {
  Impl& impl = *impl_;
  while (impl.interval_seconds < run.interval_seconds) impl.double_interval();
  const std::int64_t narrower = impl.interval_seconds / run.interval_seconds;

  std::vector<std::uint32_t> outcomes;
  for (const Outcome& outcome : run.outcomes) outcomes.push_back(impl.find_outcome(outcome));
  const auto add = [&](AggregatedSeries& of, Tally& to, const Tally& from) {
    std::size_t growth = to.response_time.merge(from.response_time);
    for (const auto& [outcome, count] : from.outcomes.entries()) {
      growth += to.outcomes.add(impl.outcome_in(of, outcomes[outcome]), count);
    }
    to.bytes_received += from.bytes_received;
    to.bytes_sent += from.bytes_sent;
    return growth;
  };
  for (const Series& one : run.series) {
    AggregatedSeries* of = impl.find_series(one.endpoint, one.kind);
    if (one.kind != SampleKind::request) {
      add(*of, of->series.total, one.total);
      continue;
    }
    impl.samples += one.total.samples();
    for (const auto& [slot, tally] : one.timeline) {
      impl.timeline_bytes += add(*of, impl.cell(*of, floor_divide(slot, narrower)), tally);
    }
  }
  impl.users.begin_file();
  const std::int64_t slot_ns = run.interval_seconds * kNsPerSecond;
  for (const auto& [slot, users] : run.active_users) {
    impl.users.add(floor_divide(slot, narrower),
                   {.time_ns = slot * slot_ns, .users = users, .told_ns = (slot + 1) * slot_ns});
  }
  impl.users.begin_file();
  if (run.samples_of(SampleKind::request) != 0) {
    impl.started_ns = std::min(impl.started_ns, run.started_ns);
    impl.ended_ns = std::max(impl.ended_ns, run.ended_ns);
  }
  impl.unattributed_received += run.unattributed_received;
  impl.unattributed_sent += run.unattributed_sent;
  impl.keep_budget();
}

std::uint64_t Aggregator::samples() const { return impl_->samples; }
std::int64_t Aggregator::started_ns() const { return impl_->started_ns; }
std::int64_t Aggregator::ended_ns() const { return impl_->ended_ns; }
std::size_t Aggregator::timeline_bytes() const { return impl_->timeline_bytes; }
std::int64_t Aggregator::interval_seconds() const { return impl_->interval_seconds; }

Run Aggregator::snapshot(std::int64_t from_ns) const {
  const Impl& impl = *impl_;
  const bool whole = from_ns == std::numeric_limits<std::int64_t>::min();
  const std::int64_t interval_ns = impl.interval_seconds * kNsPerSecond;
  const std::int64_t first = whole ? from_ns : floor_divide(from_ns + interval_ns - 1, interval_ns);
  Run run = impl.describe();
  run.outcomes = impl.outcomes;
  run.active_users = impl.users.total();
  run.active_users.erase(run.active_users.begin(), run.active_users.lower_bound(first));
  for (const auto& one : impl.series) {
    Series series{.endpoint = one->series.endpoint, .kind = one->series.kind, .total = {}, .timeline = {}};
    if (whole) series.total = one->series.total;
    series.timeline.insert(one->series.timeline.lower_bound(first), one->series.timeline.end());
    add_with_total(run, std::move(series));
  }
  if (!whole) run.started_ns = std::max(run.started_ns, first * interval_ns);
  sort_by_impact(run.series);
  return run;
}

Run Aggregator::finish() {
  Impl& impl = *impl_;
  Run run = impl.describe();
  run.outcomes = std::move(impl.outcomes);
  run.active_users = impl.users.total();
  for (auto& one : impl.series) add_with_total(run, std::move(one->series));
  sort_by_impact(run.series);
  *this = Aggregator(impl.limits);
  return run;
}

}  // namespace omniwriter
