#include "model/aggregator.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <unordered_map>
#include <utility>

#include "base/floor_divide.h"
#include "model/error_messages.h"
#include "model/reserved_names.h"
#include "model/sources.h"
#include "model/tool_verdicts.h"
#include "model/user_counts.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kKinds = kSampleKinds;
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
// In so many slots all requests together are kept, though those of endpoints had to become wider: three days of
// seconds.
constexpr std::int64_t kSlotsOfAll = std::int64_t{1} << 18;
constexpr std::int64_t kLongestPhaseSeconds = 4096;
constexpr std::size_t kBytesInMemory = std::size_t{40} << 20;  // of the timeline, where the keeper takes no more
constexpr std::size_t kMaxOutcomeBytes = std::size_t{1} << 20;
// All series together tell so many outcomes apart: wider slots make fewer cells, but never fewer of these.
constexpr std::size_t kMaxOutcomesOfSeries = 65'536;
// What a cell costs besides its histogram and its outcomes: the node of the map, and what it leaves unused in the heap
// when slots are merged and its counters move to a larger place.
constexpr std::size_t kCellOverhead = sizeof(Tally) - sizeof(Histogram) + 40 + 128;

std::size_t content_bytes(const Tally& cell) {
  return cell.response_time.content_bytes() + cell.outcomes.content_bytes() + kCellOverhead;
}

// Whether samples of that kind are kept by the time, too.
bool has_timeline(SampleKind kind) { return kind != SampleKind::transaction && kind != SampleKind::sub_result; }

// The last of the stretch that a slot lies in: so a slot that is over stays as it is.
std::int64_t slot_of_phase(std::int64_t slot, std::int64_t slots_in_stretch) {
  return (floor_divide(slot, slots_in_stretch) + 1) * slots_in_stretch - 1;
}

// What becomes of slots: `by` of them are one, and so many of those that are then a stretch.
struct Widening {
  std::int64_t by = 1;
  std::int64_t stretch = 1;

  [[nodiscard]] std::int64_t operator()(std::int64_t slot) const {
    return slot_of_phase(floor_divide(slot, by), stretch);
  }
};

void widen_slots(std::map<std::int64_t, Tally>& slots, const Widening& widened) {
  if (widened.by == 1 && widened.stretch == 1) return;
  std::map<std::int64_t, Tally> wider;
  while (!slots.empty()) {
    auto node = slots.extract(slots.begin());
    const std::int64_t slot = widened(node.key());
    if (!wider.empty() && wider.rbegin()->first == slot) {
      wider.rbegin()->second.merge(node.mapped());
    } else {
      node.key() = slot;
      wider.insert(wider.end(), std::move(node));
    }
  }
  slots = std::move(wider);
}

// The timelines of some series.
struct Content {
  std::shared_ptr<TimelineKeeper> keeper;  // of what is closed
  std::size_t open = 0;                    // bytes of open slots
  std::size_t closed = 0;  // the same of those that are closed; a slot in several blocks counts several times

  [[nodiscard]] std::size_t bytes() const { return open + closed; }
};

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
  Series series;                       // the timeline is what is closed; the total of requests is that of it
  std::map<std::int64_t, Tally> open;  // as narrow as those of all requests
  std::map<std::int64_t, Tally> wide;  // what was open, where slots of endpoints are wider, and these are not over
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
  explicit Impl(AggregatorLimits of) : limits(std::move(of)) {
    if (!limits.keeper) return;
    others.keeper = limits.keeper;
    phases.keeper = limits.keeper->make_another();
  }

  AggregatorLimits limits;
  std::vector<std::unique_ptr<AggregatedSeries>> series;
  Timeline all_closed;  // all requests together, of what is closed; does not count
  std::array<std::unordered_map<std::string, AggregatedSeries*>, kKinds> by_name;
  std::array<AggregatedSeries*, kKinds> other{};
  std::size_t endpoints = 0;  // of requests, transactions and sub-results
  ErrorMessages messages;
  // Measures but checks are numbers here; what they turned out to be is told at the end.
  std::unordered_map<std::string, SampleKind> measure_kinds;
  std::unordered_map<std::string, std::size_t> values;  // of each dimension, how many
  std::vector<Outcome> outcomes;
  std::unordered_map<std::string, std::uint32_t> outcome_index;
  std::size_t outcome_bytes = 0;
  std::size_t outcomes_of_series = 0;
  UserCounts users;
  ScenarioUserCounts scenario_users;
  ToolVerdicts tool_verdicts;
  SourceCounts sources;
  std::int64_t interval_seconds = 1;      // of slots of endpoints that are closed
  std::int64_t all_interval_seconds = 1;  // of slots of all requests, and of those that are open
  std::int64_t phase_seconds = kShortestPhaseSeconds;
  // Phases have a share of the budget to themselves: they become coarser before endpoints do.
  Content phases;
  Content others;
  std::size_t overlap_bytes = 0;  // on the disk, of blocks that do not lie behind the ones before
  bool keeps = limits.keeper != nullptr;
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

  // Of a dimension there are only so many values.
  AggregatedSeries* find_value(const std::string& text) {
    constexpr auto kKind = static_cast<std::size_t>(SampleKind::dimension);
    constexpr std::size_t kMaxValues = 100;
    if (const auto known = by_name[kKind].find(text); known != by_name[kKind].end()) return known->second;
    const std::string name = text.substr(0, text.find('='));
    std::string rest = name + "=" + std::string(kOtherEndpoint);
    if (text != rest && ++values[name] > kMaxValues) return find_value(rest);
    return by_name[kKind].emplace(text, new_series(text, SampleKind::dimension)).first->second;
  }

  void learn_kind(const std::string& measure, SampleKind kind) {
    if (measure_kinds.size() < limits.max_series) measure_kinds.insert_or_assign(measure, kind);
  }

  AggregatedSeries* find_series(const std::string& endpoint, SampleKind kind) {
    if (kind == SampleKind::dimension) return find_value(endpoint);
    if (is_measure(kind) && kind != SampleKind::check && kind != SampleKind::number) {
      learn_kind(endpoint, kind);
      kind = SampleKind::number;
    }
    const auto k = static_cast<std::size_t>(kind);
    if (const auto known = by_name[k].find(endpoint); known != by_name[k].end()) return known->second;
    // Phases come with their endpoints, measures have a budget of their own.
    if ((!is_whole(kind) ? by_name[k].size() : endpoints) < limits.max_series && endpoint != kOtherEndpoint) {
      endpoints += is_whole(kind) ? 1 : 0;
      return by_name[k].emplace(endpoint, new_series(endpoint, kind)).first->second;
    }
    if (other[k] == nullptr) other[k] = new_series(std::string(kOtherEndpoint), kind);
    return other[k];
  }

  // By the name of a request, which may not be that of its endpoint.
  AggregatedSeries* find_named(const std::string& name, SampleKind kind) {
    if (limits.endpoint_names == nullptr || kind == SampleKind::transaction || kind == SampleKind::dimension ||
        is_measure(kind)) {
      return find_series(name, kind);
    }
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
    const auto [at, created] = of.open.try_emplace(slot);
    if (created) content_of(of).open += content_bytes(at->second);
    recent = {slot, &at->second};
    return at->second;
  }

  Content& content_of(const AggregatedSeries& one) { return is_phase(one.series.kind) ? phases : others; }
  [[nodiscard]] std::size_t open_bytes() const { return phases.open + others.open; }
  [[nodiscard]] std::size_t timeline_bytes() const { return phases.bytes() + others.bytes(); }
  // So many slots of that width are a stretch.
  [[nodiscard]] std::int64_t stretch(std::int64_t width_seconds) const {
    return std::max<std::int64_t>(phase_seconds / width_seconds, 1);
  }

  std::shared_ptr<const TimelineBlock> keep(TimelineKeeper& keeper, const std::map<std::int64_t, Tally>& slots) {
    auto block = keeps ? keeper.keep(slots) : nullptr;
    if (!block) keeps = false;  // a full disk: what follows stays in memory, and slots become wider
    return block;
  }

  // So many open slots are one of an endpoint.
  [[nodiscard]] std::int64_t narrower() const { return interval_seconds / all_interval_seconds; }

  // Closes the open slots before `end`.
  void close(std::int64_t end) {
    std::map<std::int64_t, Tally> all;
    for (auto& one : series) {
      std::map<std::int64_t, Tally>& open = one->open;
      const auto behind = open.lower_bound(end);
      if (one->series.kind == SampleKind::request) {
        for (auto at = open.begin(); at != behind; ++at) all[at->first].merge(at->second);
      }
      std::map<std::int64_t, Tally> over;
      while (!open.empty() && open.begin()->first < end) over.insert(over.end(), open.extract(open.begin()));
      if (!over.empty()) one->forget_recent();
      close(*one, narrower() == 1 ? std::move(over) : over_of_wide(*one, std::move(over), end));
    }
    add_closed(all_closed, *others.keeper, std::move(all));
  }
  // Slots of an endpoint.
  void close(AggregatedSeries& one, std::map<std::int64_t, Tally> slots) {
    Content& content = content_of(one);
    for (const auto& [slot, cell] : slots) {
      one.series.total.merge(cell);
      const std::size_t bytes = content_bytes(cell);
      content.open -= bytes;
      content.closed += bytes;
    }
    if (!slots.empty()) add_closed(one.series.timeline, *content.keeper, std::move(slots));
  }
  void add_closed(Timeline& timeline, TimelineKeeper& keeper, std::map<std::int64_t, Tally> slots) {
    if (slots.empty()) return;
    const std::uint64_t before = keeper.bytes();
    auto block = keep(keeper, slots);
    if (!block) {
      timeline.add(Timeline(std::move(slots)));
      return;
    }
    if (!timeline.empty() && block->first() <= timeline.last()) overlap_bytes += keeper.bytes() - before;
    timeline.add(std::move(block));
  }
  // What is over by `end` of the wide slots of an endpoint, once narrow ones are added.
  std::map<std::int64_t, Tally> over_of_wide(AggregatedSeries& one, std::map<std::int64_t, Tally> narrow,
                                             std::int64_t end) {
    for (const auto& [slot, cell] : narrow) {
      content_of(one).open -= content_bytes(cell);
      add_wide(one, floor_divide(slot, narrower()), cell);
    }
    std::map<std::int64_t, Tally> over;
    while (!one.wide.empty() && one.wide.begin()->first < floor_divide(end, narrower())) {
      over.insert(over.end(), one.wide.extract(one.wide.begin()));
    }
    return over;
  }
  void add_wide(AggregatedSeries& one, std::int64_t slot, const Tally& cell) {
    Content& content = content_of(one);
    const auto [at, created] = one.wide.try_emplace(slot);
    if (!created) content.open -= content_bytes(at->second);
    at->second.merge(cell);
    content.open += content_bytes(at->second);
  }

  // The older three quarters of the time that is open, and more where that was not enough.
  void close_older() {
    while (keeps && open_bytes() > limits.open_bytes / 2) {
      std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
      std::int64_t newest = std::numeric_limits<std::int64_t>::min();
      const auto include = [&](std::int64_t first, std::int64_t last) {
        oldest = std::min(oldest, first);
        newest = std::max(newest, last);
      };
      for (const auto& one : series) {
        if (!one->open.empty()) include(one->open.begin()->first, one->open.rbegin()->first);
        if (!one->wide.empty()) {
          include(one->wide.begin()->first * narrower(), (one->wide.rbegin()->first + 1) * narrower() - 1);
        }
      }
      const std::size_t before = open_bytes();
      close(newest - (newest - oldest) / 4 + (newest == oldest ? 1 : 0));
      if (open_bytes() == before) close_all();
    }
  }
  void close_all() {
    if (keeps) close(std::numeric_limits<std::int64_t>::max());
  }

  // Writes a timeline anew. Gives the size of its content.
  std::size_t rewrite(Timeline& timeline, const Widening& widened, TimelineKeeper& keeper) {
    const Timeline narrow = std::exchange(timeline, {});
    std::map<std::int64_t, Tally> block;
    std::size_t bytes = 0;  // of the block
    std::size_t all_bytes = 0;
    const auto add_block = [&] {
      if (block.empty()) return;
      all_bytes += bytes;
      if (auto kept = keep(keeper, block)) {
        timeline.add(std::move(kept));
      } else {
        timeline.add(Timeline(std::move(block)));
      }
      block.clear();
      bytes = 0;
    };
    for (const auto& [slot, cell] : narrow) {
      const std::int64_t wider = widened(slot);
      const auto same = block.find(wider);
      if (same != block.end()) {
        bytes -= content_bytes(same->second);
        same->second.merge(cell);
        bytes += content_bytes(same->second);
        continue;
      }
      if (bytes > kBlockBytes) add_block();
      bytes += content_bytes(block.emplace(wider, cell).first->second);
    }
    add_block();
    return all_bytes;
  }

  // Writes what is closed anew: each slot once, `by` of endpoints as one, and `by_of_all` of all requests.
  void rewrite_closed(std::int64_t by, std::int64_t by_of_all) {
    std::shared_ptr<TimelineKeeper> keeper = others.keeper->make_another();
    others.closed = 0;
    for (auto& one : series) {
      if (!is_phase(one->series.kind)) others.closed += rewrite(one->series.timeline, {.by = by}, *keeper);
    }
    rewrite(all_closed, {.by = by_of_all}, *keeper);
    others.keeper = std::move(keeper);
    rewrite_closed_phases({.by = by, .stretch = stretch(interval_seconds * by)});
    overlap_bytes = 0;
  }
  void rewrite_closed_phases(const Widening& widened) {
    std::shared_ptr<TimelineKeeper> keeper = phases.keeper->make_another();
    phases.closed = 0;
    for (auto& one : series) {
      if (is_phase(one->series.kind)) phases.closed += rewrite(one->series.timeline, widened, *keeper);
    }
    phases.keeper = std::move(keeper);
  }

  // Makes `by` slots of endpoints one; a power of two. Those of all requests stay, unless there is no place for them.
  void widen(std::int64_t by) {
    close_all();
    if (others.closed + phases.closed != 0) rewrite_closed(by, 1);
    for (std::int64_t doubled = 1; doubled < by; doubled *= 2) {
      users.double_slots();
      scenario_users.double_slots();
    }
    interval_seconds *= by;
    if (!keeps) widen_all(narrower());
  }
  // The same of all requests, and of what is open.
  void widen_all(std::int64_t by) {
    if (by == 1) return;
    for (auto& one : series) close(*one, std::exchange(one->wide, {}));
    if (!all_closed.empty()) rewrite_closed(1, by);
    all_interval_seconds *= by;
    for (auto& one : series) widen_open(*one, by);
  }
  void widen_open(AggregatedSeries& one, std::int64_t by) {
    Content& content = content_of(one);
    for (const auto& [slot, tally] : one.open) content.open -= content_bytes(tally);
    one.forget_recent();
    widen_slots(one.open, {.by = by, .stretch = is_phase(one.series.kind) ? stretch(all_interval_seconds) : 1});
    for (const auto& [slot, tally] : one.open) content.open += content_bytes(tally);
  }
  // Makes two stretches of phases one.
  void widen_phases() {
    close_all();
    for (auto& one : series) {
      if (is_phase(one->series.kind)) close(*one, std::exchange(one->wide, {}));
    }
    phase_seconds *= 2;
    if (phases.closed != 0) rewrite_closed_phases({.stretch = stretch(interval_seconds)});
    for (auto& one : series) {
      if (is_phase(one->series.kind)) widen_open(*one, 1);
    }
  }
  // Of all requests, between the first and the last that is closed.
  [[nodiscard]] std::int64_t slots_of_all() const {
    return all_closed.empty() ? 0 : all_closed.last() - all_closed.first() + 1;
  }

  // All of a run but its series, outcomes and users.
  [[nodiscard]] Run describe() const {
    Run run;
    if (samples != 0) {
      run.started_ns = started_ns;
      run.ended_ns = ended_ns;
    }
    run.interval_seconds = interval_seconds;
    run.all_interval_seconds = all_interval_seconds;
    run.phase_seconds = phase_seconds;
    run.unattributed_received = unattributed_received;
    run.unattributed_sent = unattributed_sent;
    run.sources = sources.list();
    run.tool_verdicts = tool_verdicts.list();
    return run;
  }

  [[nodiscard]] std::size_t budget() const {
    const bool disk_is_full = limits.keeper && !keeps;
    return disk_is_full ? std::min(limits.timeline_bytes, kBytesInMemory) : limits.timeline_bytes;
  }
  [[nodiscard]] std::size_t budget_of_phases() const { return budget() / 4; }
  [[nodiscard]] bool phases_are_above_budget() const {
    return phases.bytes() > budget_of_phases() && phase_seconds < kLongestPhaseSeconds;
  }
  [[nodiscard]] bool is_above_budget() const {
    const std::size_t taken = phases.bytes() == 0 ? 0 : std::max(phases.bytes(), budget_of_phases());
    return taken + others.bytes() + users.bytes() + scenario_users.bytes() > budget() &&
           interval_seconds < (std::int64_t{1} << 32);
  }

  void keep_budget() {
    if (keeps && open_bytes() > limits.open_bytes) close_older();
    // Blocks that hold the same time are read at once.
    if (keeps && overlap_bytes > limits.open_bytes / 2) rewrite_closed(1, 1);
    // Below one cell a series there is nothing left to merge.
    while (phases_are_above_budget() || is_above_budget()) {
      // What is in parts counts more than it is.
      if (keeps && (overlap_bytes != 0 || open_bytes() != 0)) {
        close_all();
        if (overlap_bytes == 0) continue;
        rewrite_closed(1, 1);
      } else if (phases_are_above_budget()) {
        widen_phases();
      } else {
        // Where the disk is full, what comes back from it has to fit in memory.
        std::int64_t by = 2;
        while (!keeps && static_cast<std::size_t>(by) < (others.closed + phases.closed) / budget()) by *= 2;
        widen(by);
      }
    }
    if (!keeps) {
      widen_all(narrower());
    } else if (narrower() != 1 && slots_of_all() > kSlotsOfAll) {
      std::int64_t by = 2;
      while (by < narrower() && slots_of_all() / by > kSlotsOfAll) by *= 2;
      widen_all(by);
    }
  }
  // Beyond these, something has to be done.
  [[nodiscard]] std::size_t most_open() const {
    const std::size_t left = budget() - std::min(budget(), others.closed + phases.closed);
    return keeps ? std::min(limits.open_bytes, left) : left;
  }
  [[nodiscard]] std::size_t most_open_phases() const {
    if (phase_seconds == kLongestPhaseSeconds) return std::numeric_limits<std::size_t>::max();
    return budget_of_phases() - std::min(budget_of_phases(), phases.closed);
  }

  // What is told of a series: what is closed, and open slots. Those of requests add up in `all`.
  void add_to(Run& run, Series told, std::map<std::int64_t, Tally> open, const std::map<std::int64_t, Tally>& wide,
              std::map<std::int64_t, Tally>& all) const {
    if (told.kind == SampleKind::number) {
      const auto known = measure_kinds.find(told.endpoint);
      if (known != measure_kinds.end()) told.kind = known->second;
    }
    if (told.kind == SampleKind::request) {
      for (const auto& [slot, tally] : open) all[slot].merge(tally);
    }
    const std::int64_t in_stretch = is_phase(told.kind) ? stretch(interval_seconds) : 1;
    widen_slots(open, {.by = narrower(), .stretch = in_stretch});
    for (const auto& [slot, tally] : wide) open[slot].merge(tally);
    for (const auto& [slot, tally] : open) told.total.merge(tally);
    told.timeline.add(Timeline(std::move(open)));
    if (told.endpoint == kOtherEndpoint && told.kind == SampleKind::request) run.other_samples = told.total.samples();
    run.series.push_back(std::move(told));
  }
};

Aggregator::Aggregator(AggregatorLimits limits) : impl_(std::make_unique<Impl>(std::move(limits))) {}
Aggregator::~Aggregator() = default;
Aggregator::Aggregator(Aggregator&&) noexcept = default;
Aggregator& Aggregator::operator=(Aggregator&&) noexcept = default;

void Aggregator::Feed::reset() {
  series_.clear();
  outcomes_.clear();
  messages_.clear();
}

const std::pair<std::string, std::string>& Aggregator::example_of_renaming() const { return impl_->example; }

void Aggregator::begin_file(std::string_view name) {
  impl_->users.begin_file();
  impl_->scenario_users.begin_file();
  impl_->sources.begin_file(name);
}

void Aggregator::add(const SampleBatch& batch, Feed& feed) {
  Impl& impl = *impl_;
  feed.series_.resize(batch.endpoints().size() * kKinds, nullptr);
  for (std::size_t i = feed.outcomes_.size(); i < batch.outcomes().size(); ++i) {
    feed.outcomes_.push_back(impl.find_outcome(batch.outcomes()[i]));
  }

  for (const auto& [measure, kind] : batch.measure_kinds) impl.learn_kind(measure, kind);
  while (feed.messages_.size() < batch.messages().size()) {
    feed.messages_.push_back(impl.messages.id_of(batch.messages()[static_cast<std::uint32_t>(feed.messages_.size())]));
  }

  std::int64_t interval_ns = impl.all_interval_seconds * kNsPerSecond;
  std::int64_t slot = 0;
  std::int64_t slot_begin_ns = std::numeric_limits<std::int64_t>::max();  // no slot known yet
  std::uint64_t requests = 0;
  std::int64_t started_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t ended_ns = std::numeric_limits<std::int64_t>::min();
  std::size_t most_open = impl.most_open();
  std::size_t most_open_phases = impl.most_open_phases();
  std::int64_t stretch = impl.stretch(impl.all_interval_seconds);
  const auto series_of = [&](std::uint32_t endpoint, SampleKind kind) -> AggregatedSeries& {
    AggregatedSeries*& of = feed.series_[endpoint * kKinds + static_cast<std::size_t>(kind)];
    if (of == nullptr) [[unlikely]]
      of = impl.find_named(batch.endpoints()[endpoint], kind);
    return *of;
  };
  const auto add_detail = [&](const Sample& sample, std::uint32_t outcome, std::int64_t at) {
    const SampleDetail& detail = batch.details[sample.detail - 1];
    const std::int64_t at_phase = slot_of_phase(at, stretch);
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
      if (detail.phase_ns[i] < 0) continue;
      AggregatedSeries& of = series_of(sample.endpoint, kPhases[i]);
      Tally& tally = impl.cell(of, at_phase);
      impl.phases.open += tally.response_time.add(detail.phase_ns[i], sample.repeat);
    }
    for (std::size_t i = 0; i < kMaxDimensions && detail.dimensions[i] != 0; ++i) {
      AggregatedSeries& of = series_of(detail.dimensions[i] - 1, SampleKind::dimension);
      Tally& tally = impl.cell(of, at);
      impl.others.open += tally.response_time.add(sample.duration_ns, sample.repeat);
      impl.others.open += tally.outcomes.add(impl.outcome_in(of, outcome), sample.repeat);
      tally.bytes_received += sample.bytes_received;
      tally.bytes_sent += sample.bytes_sent;
    }
    if (detail.message == 0) return;
    const AggregatedSeries& of = series_of(sample.endpoint, sample.kind);
    impl.messages.add(of.series.endpoint, impl.outcomes[outcome].error_type, feed.messages_[detail.message - 1],
                      batch.messages()[detail.message - 1], sample.start_ns, sample.repeat);
  };
  for (const Sample& sample : batch.samples) {
    AggregatedSeries* const of = &series_of(sample.endpoint, sample.kind);
    Tally* tally = &of->series.total;
    const bool phase = is_phase(sample.kind);  // its request has the outcome
    const std::uint32_t outcome = phase ? 0 : impl.outcome_in(*of, feed.outcomes_[sample.outcome]);
    if (has_timeline(sample.kind)) [[likely]] {
      if (sample.kind == SampleKind::request) [[likely]] {
        started_ns = std::min(started_ns, sample.start_ns);
        ended_ns = std::max(ended_ns, sample.start_ns + sample.duration_ns);
        requests += sample.repeat;
      }
      if (static_cast<std::uint64_t>(sample.start_ns) - static_cast<std::uint64_t>(slot_begin_ns) >=
          static_cast<std::uint64_t>(interval_ns)) {
        slot = floor_divide(sample.start_ns, interval_ns);
        slot_begin_ns = slot * interval_ns;
      }
      tally = &impl.cell(*of, phase ? slot_of_phase(slot, stretch) : slot);
      Content& content = phase ? impl.phases : impl.others;
      content.open += tally->response_time.add(sample.duration_ns, sample.repeat);
      if (!phase) content.open += tally->outcomes.add(outcome, sample.repeat);
      if (sample.detail != 0 && sample.kind == SampleKind::request) add_detail(sample, outcome, slot);
    } else {
      tally->response_time.add(sample.duration_ns, sample.repeat);
      tally->outcomes.add(outcome, sample.repeat);
    }
    tally->bytes_received += sample.bytes_received;
    tally->bytes_sent += sample.bytes_sent;

    if (impl.open_bytes() > most_open || impl.phases.open > most_open_phases) [[unlikely]] {
      impl.keep_budget();
      stretch = impl.stretch(impl.all_interval_seconds);
      interval_ns = impl.all_interval_seconds * kNsPerSecond;
      slot_begin_ns = std::numeric_limits<std::int64_t>::max();
      most_open = impl.most_open();
      most_open_phases = impl.most_open_phases();
    }
  }
  for (const ActiveUsers& point : batch.active_users) {
    const std::int64_t at = floor_divide(point.time_ns, impl.interval_seconds * kNsPerSecond);
    if (point.scenario != 0) {
      impl.scenario_users.add(at, point, batch.endpoints()[point.scenario - 1]);
      continue;
    }
    impl.users.add(at, point);
    impl.sources.add(point, batch);
  }
  for (const ToolVerdict& verdict : batch.tool_verdicts) impl.tool_verdicts.add(verdict);
  impl.started_ns = std::min(impl.started_ns, started_ns);
  impl.ended_ns = std::max(impl.ended_ns, ended_ns);
  impl.sources.add_requests(requests, started_ns, ended_ns);
  impl.keep_budget();
  impl.samples += requests;
  impl.unattributed_received += batch.unattributed_received;
  impl.unattributed_sent += batch.unattributed_sent;
}

void Aggregator::merge(const Run& run) {
  Impl& impl = *impl_;
  const std::int64_t all_interval_seconds = run.all_requests.empty() ? run.interval_seconds : run.all_interval_seconds;
  if (impl.interval_seconds < run.interval_seconds) impl.widen(run.interval_seconds / impl.interval_seconds);
  if (impl.all_interval_seconds < all_interval_seconds) {
    impl.widen_all(all_interval_seconds / impl.all_interval_seconds);
  }
  while (impl.phase_seconds < std::min(run.phase_seconds, kLongestPhaseSeconds)) impl.widen_phases();
  // Where its slots are wider than those that are open here, those of all requests cannot be made of them.
  const bool is_wide = run.interval_seconds > impl.all_interval_seconds;
  const std::int64_t narrower = (is_wide ? impl.interval_seconds : impl.all_interval_seconds) / run.interval_seconds;

  std::vector<std::uint32_t> outcomes;
  for (const Outcome& outcome : run.outcomes) outcomes.push_back(impl.find_outcome(outcome));
  const auto add = [&](AggregatedSeries* of, Tally& to, const Tally& from) {
    std::size_t growth = to.response_time.merge(from.response_time);
    for (const auto& [outcome, count] : from.outcomes.entries()) {
      growth += to.outcomes.add(of == nullptr ? outcomes[outcome] : impl.outcome_in(*of, outcomes[outcome]), count);
    }
    to.bytes_received += from.bytes_received;
    to.bytes_sent += from.bytes_sent;
    return growth;
  };
  for (const Series& one : run.series) {
    AggregatedSeries* of = impl.find_series(one.endpoint, one.kind);
    if (!has_timeline(one.kind)) {
      add(of, of->series.total, one.total);
      continue;
    }
    if (one.kind == SampleKind::request) impl.samples += one.total.samples();
    const std::int64_t stretch =
        is_phase(one.kind) ? impl.stretch(is_wide ? impl.interval_seconds : impl.all_interval_seconds) : 1;
    for (const auto& [slot, tally] : one.timeline) {
      const std::int64_t into = slot_of_phase(floor_divide(slot, narrower), stretch);
      if (is_wide) {
        Tally cell;
        add(of, cell, tally);
        impl.add_wide(*of, into, cell);
      } else {
        impl.content_of(*of).open += add(of, impl.cell(*of, into), tally);
      }
      if (impl.keeps && impl.open_bytes() > impl.limits.open_bytes) impl.close_older();
    }
  }
  if (is_wide) {
    std::map<std::int64_t, Tally> slots;
    std::size_t bytes = 0;
    for (const auto& [slot, tally] : run.all_requests) {
      if (bytes > kBlockBytes) {
        impl.add_closed(impl.all_closed, *impl.others.keeper, std::exchange(slots, {}));
        bytes = 0;
      }
      bytes += add(nullptr, slots[floor_divide(slot, impl.all_interval_seconds / all_interval_seconds)], tally);
    }
    impl.add_closed(impl.all_closed, *impl.others.keeper, std::move(slots));
  }
  impl.users.begin_file();
  impl.scenario_users.begin_file();
  const std::int64_t slot_ns = run.interval_seconds * kNsPerSecond;
  const auto for_each_count = [&](const std::map<std::int64_t, std::uint32_t>& counts, const auto& visit) {
    for (const auto& [slot, users] : counts) {
      visit(floor_divide(slot, impl.interval_seconds / run.interval_seconds),
            ActiveUsers{.time_ns = slot * slot_ns, .users = users, .told_ns = (slot + 1) * slot_ns});
    }
  };
  for_each_count(run.active_users, [&](std::int64_t slot, const ActiveUsers& point) { impl.users.add(slot, point); });
  for (const auto& [scenario, counts] : run.users_by_scenario) {
    for_each_count(counts, [&, &name = scenario](std::int64_t slot, const ActiveUsers& point) {
      impl.scenario_users.add(slot, point, name);
    });
  }
  impl.users.begin_file();
  impl.scenario_users.begin_file();
  for (const ToolVerdict& verdict : run.tool_verdicts) impl.tool_verdicts.add(verdict);
  if (run.samples_of(SampleKind::request) != 0) {
    impl.started_ns = std::min(impl.started_ns, run.started_ns);
    impl.ended_ns = std::max(impl.ended_ns, run.ended_ns);
  }
  impl.unattributed_received += run.unattributed_received;
  impl.unattributed_sent += run.unattributed_sent;
  for (const Source& source : run.sources) impl.sources.add(source);
  for (const ErrorMessage& message : run.error_messages) impl.messages.add(message);
  impl.keep_budget();
}

std::uint64_t Aggregator::samples() const { return impl_->samples; }
std::int64_t Aggregator::started_ns() const { return impl_->started_ns; }
std::int64_t Aggregator::ended_ns() const { return impl_->ended_ns; }
std::size_t Aggregator::timeline_bytes() const { return impl_->timeline_bytes(); }
std::int64_t Aggregator::interval_seconds() const { return impl_->interval_seconds; }

Run Aggregator::snapshot(std::int64_t from_ns) const {
  const Impl& impl = *impl_;
  const bool whole = from_ns == std::numeric_limits<std::int64_t>::min();
  const std::int64_t interval_ns = impl.interval_seconds * kNsPerSecond;
  const std::int64_t first = whole ? from_ns : floor_divide(from_ns + interval_ns - 1, interval_ns);
  const std::int64_t first_open = whole ? from_ns : first * impl.narrower();
  Run run = impl.describe();
  run.outcomes = impl.outcomes;
  if (whole) run.error_messages = impl.messages.list();
  run.active_users = impl.users.total();
  run.active_users.erase(run.active_users.begin(), run.active_users.lower_bound(first));
  run.users_by_scenario = impl.scenario_users.totals(first);
  std::map<std::int64_t, Tally> all;
  if (whole) {
    run.all_requests = impl.all_closed;
  } else {
    // What is closed was over before, but for what came late.
    for (auto at = impl.all_closed.lower_bound(first_open); at != Timeline::end(); ++at)
      all.emplace(at->first, at->second);
  }
  for (const auto& one : impl.series) {
    std::map<std::int64_t, Tally> open(one->open.lower_bound(first_open), one->open.end());
    std::map<std::int64_t, Tally> wide(one->wide.lower_bound(first), one->wide.end());
    if (whole) {
      impl.add_to(run, one->series, std::move(open), wide, all);
      continue;
    }
    Series series{.endpoint = one->series.endpoint, .kind = one->series.kind, .total = {}, .timeline = {}};
    for (auto at = one->series.timeline.lower_bound(first); at != Timeline::end(); ++at)
      wide[at->first].merge(at->second);
    impl.add_to(run, std::move(series), std::move(open), wide, all);
  }
  run.all_requests.add(Timeline(std::move(all)));
  if (!whole) run.started_ns = std::max(run.started_ns, first * interval_ns);
  sort_by_impact(run.series);
  return run;
}

Run Aggregator::finish() {
  Impl& impl = *impl_;
  Run run = impl.describe();
  run.outcomes = std::move(impl.outcomes);
  run.error_messages = impl.messages.list();
  run.active_users = impl.users.total();
  run.users_by_scenario = impl.scenario_users.totals(std::numeric_limits<std::int64_t>::min());
  run.all_requests = std::move(impl.all_closed);
  std::map<std::int64_t, Tally> all;
  for (auto& one : impl.series) {
    impl.add_to(run, std::move(one->series), std::move(one->open), one->wide, all);
  }
  run.all_requests.add(Timeline(std::move(all)));
  sort_by_impact(run.series);
  if (impl.limits.keeper) impl.limits.keeper = impl.limits.keeper->make_another();
  *this = Aggregator(impl.limits);
  return run;
}

}  // namespace omniwriter
