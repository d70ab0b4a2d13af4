#include "omniwriter/run.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/floor_divide.h"
#include "model/detail_points.h"

namespace omniwriter {

std::size_t OutcomeCounts::add(std::uint32_t outcome, std::uint64_t times) {
  for (auto& [known, count] : entries_) {
    if (known == outcome) {
      count += times;
      return 0;
    }
  }
  entries_.emplace_back(outcome, times);
  return kEntryBytes;
}

namespace {

// What remains told of two sets of samples once they are one.
std::shared_ptr<const ReportedTimes> reported_of_both(const Tally& a, const Tally& b) {
  if (a.samples() == 0) return b.reported;
  if (!a.reported && !b.reported) return nullptr;
  ReportedTimes both;
  both.mean = a.mean() && b.mean();
  both.minimum = a.minimum() && b.minimum();
  both.maximum = a.maximum() && b.maximum();
  const auto error = a.relative_error();
  const auto other_error = b.relative_error();
  if (error && other_error) both.relative_error = std::max(*error, *other_error);
  return std::make_shared<const ReportedTimes>(std::move(both));
}

}  // namespace

void Tally::merge(const Tally& other) {
  if (other.samples() != 0) reported = reported_of_both(*this, other);
  response_time.merge(other.response_time);
  for (const auto& [outcome, count] : other.outcomes.entries()) outcomes.add(outcome, count);
  bytes_received += other.bytes_received;
  bytes_sent += other.bytes_sent;
}

std::optional<double> Tally::mean() const {
  if (reported && !reported->mean) return std::nullopt;
  return response_time.mean_seconds();
}

std::optional<double> Tally::minimum() const {
  if (reported && !reported->minimum) return std::nullopt;
  return response_time.min_seconds();
}

std::optional<double> Tally::maximum() const {
  if (reported && !reported->maximum) return std::nullopt;
  return response_time.max_seconds();
}

std::optional<double> Tally::quantile(double q) const {
  if (reported) {
    constexpr double kSame = 1e-9;
    for (const auto& [told, seconds] : reported->quantiles) {
      if (std::abs(told - q) < kSame) return seconds;
    }
    if (!reported->relative_error) return std::nullopt;
  }
  return response_time.quantile(q);
}

std::optional<double> Tally::relative_error() const {
  return reported ? reported->relative_error : response_time.relative_error();
}

Tally Run::total() const {
  if (reported) return reported->total;
  Tally total;
  for (const Series& one : series) {
    if (one.kind == SampleKind::request) total.merge(one.total);
  }
  return total;
}

Tally Run::total(SampleKind phase) const {
  Tally total;
  for (const Series& one : series) {
    if (one.kind == phase) total.merge(one.total);
  }
  return total;
}

const Series* Run::find(std::string_view endpoint, SampleKind kind) const {
  const auto found =
      std::ranges::find_if(series, [&](const Series& one) { return one.kind == kind && one.endpoint == endpoint; });
  return found == series.end() ? nullptr : &*found;
}

namespace {

// Of a slot that may be without limit.
std::int64_t multiple_of(std::int64_t slot, std::int64_t by) {
  std::int64_t multiple = 0;
  if (__builtin_mul_overflow(slot, by, &multiple)) {
    return slot < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  }
  return multiple;
}

}  // namespace

SlotRange Run::slots() const {
  SlotRange all{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
  const auto include = [&](std::int64_t first, std::int64_t last) {
    all.first = std::min(all.first, first);
    all.end = std::max(all.end, last + 1);
  };
  if (reported) {
    if (!reported->timeline.empty()) include(reported->timeline.begin()->first, reported->timeline.rbegin()->first);
    return all;
  }
  if (!all_requests.empty()) {
    const std::int64_t narrower = interval_seconds / all_interval_seconds;
    include(floor_divide(all_requests.first(), narrower), floor_divide(all_requests.last(), narrower));
    return all;
  }
  for (const Series& one : series) {
    if (one.kind == SampleKind::request && !one.timeline.empty()) include(one.timeline.first(), one.timeline.last());
  }
  return all;
}

void Run::for_each_total(const std::function<void(std::int64_t, const Tally&)>& visit, SlotRange slots) const {
  if (narrow_interval_seconds() == interval_seconds) {
    for_each_narrow_total([&](std::int64_t start, const Tally& tally) { visit(start / interval_seconds, tally); },
                          slots);
    return;
  }
  std::optional<std::pair<std::int64_t, Tally>> total;
  for_each_narrow_total(
      [&](std::int64_t start, const Tally& tally) {
        const std::int64_t slot = floor_divide(start, interval_seconds);
        if (total && total->first != slot) {
          visit(total->first, total->second);
          total.reset();
        }
        if (!total) total.emplace(slot, Tally{});
        total->second.merge(tally);
      },
      slots);
  if (total) visit(total->first, total->second);
}

void Run::for_each_narrow_total(const std::function<void(std::int64_t, const Tally&)>& visit, SlotRange slots) const {
  const auto visit_all = [&](auto at, const auto& end, std::int64_t slot_end, std::int64_t seconds) {
    for (; at != end && at->first < slot_end; ++at) visit(at->first * seconds, at->second);
  };
  if (reported) {
    visit_all(reported->timeline.lower_bound(slots.first), reported->timeline.end(), slots.end, interval_seconds);
  } else if (!all_requests.empty()) {
    const std::int64_t narrower = interval_seconds / all_interval_seconds;
    visit_all(all_requests.lower_bound(multiple_of(slots.first, narrower)), Timeline::end(),
              multiple_of(slots.end, narrower), all_interval_seconds);
  } else {
    for_each_interval([&](std::int64_t start, std::uint32_t /*users*/,
                          const std::vector<Cell>& cells) { visit(start, interval_total(start, cells)); },
                      slots);
  }
}

std::uint64_t Run::errors(const Tally& tally) const {
  std::uint64_t errors = 0;
  for (const auto& [outcome, count] : tally.outcomes.entries()) {
    if (!outcomes[outcome].error_type.empty()) errors += count;
  }
  return errors;
}

namespace {

// Counts by one text of the outcome, largest first, then by name. Empty texts are left out.
template <typename Text>
std::vector<std::pair<std::string, std::uint64_t>> count_by(const Run& run, const Tally& tally, Text text) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [outcome, count] : tally.outcomes.entries()) {
    const std::string& name = text(run.outcomes[outcome]);
    if (!name.empty()) counts[name] += count;
  }
  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return sorted;
}

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> Run::by_status(const Tally& tally) const {
  return count_by(*this, tally, [](const Outcome& outcome) -> const std::string& { return outcome.status; });
}

std::vector<std::pair<std::string, std::uint64_t>> Run::by_error_type(const Tally& tally) const {
  return count_by(*this, tally, [](const Outcome& outcome) -> const std::string& { return outcome.error_type; });
}

std::uint64_t Run::samples_of(SampleKind kind) const {
  std::uint64_t samples = 0;
  for (const Series& one : series) {
    if (one.kind == kind) samples += one.total.samples();
  }
  return samples;
}

double Run::throughput_rps(std::uint64_t samples) const {
  for (auto last = vitals.rbegin(); last != vitals.rend(); ++last) {
    if (last->second.throughput_rps) return *last->second.throughput_rps;
  }
  if (reported && reported->throughput_rps) return *reported->throughput_rps;
  return rate(samples, duration_seconds());
}

std::uint32_t Run::active_users_max() const {
  std::uint32_t most = 0;
  for (const auto& [slot, users] : active_users) most = std::max(most, users);
  return most;
}

void Run::for_each_interval(const VisitInterval& visit, SlotRange slots) const {
  for_each_slot_of(
      *this, [](SampleKind kind) { return kind == SampleKind::request; },
      [&](std::int64_t slot, const std::vector<Cell>& cells) {
        const auto users = active_users.find(slot);
        visit(slot * interval_seconds, users == active_users.end() ? 0 : users->second, cells);
      },
      slots);
}

Tally Run::interval_total(std::int64_t start_seconds, const std::vector<Cell>& cells) const {
  if (reported) {
    const auto told = reported->timeline.find(start_seconds / interval_seconds);
    if (told != reported->timeline.end()) return told->second;
  }
  Tally total;
  for (const Cell& cell : cells) total.merge(*cell.tally);
  return total;
}

}  // namespace omniwriter
