#include "omniwriter/run.h"

#include <algorithm>

namespace omniwriter {

void OutcomeCounts::add(std::uint32_t outcome, std::uint64_t times) {
  for (auto& [known, count] : entries_) {
    if (known == outcome) {
      count += times;
      return;
    }
  }
  entries_.emplace_back(outcome, times);
}

void Tally::merge(const Tally& other) {
  response_time.merge(other.response_time);
  for (const auto& [outcome, count] : other.outcomes.entries()) outcomes.add(outcome, count);
  bytes_received += other.bytes_received;
  bytes_sent += other.bytes_sent;
}

Tally Run::total() const {
  Tally total;
  for (const Series& one : series) {
    if (one.kind == SampleKind::request) total.merge(one.total);
  }
  return total;
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
  for (auto last = reported.rbegin(); last != reported.rend(); ++last) {
    if (last->second.throughput_rps) return *last->second.throughput_rps;
  }
  return rate(samples, duration_seconds());
}

std::uint32_t Run::active_users_max() const {
  std::uint32_t most = 0;
  for (const auto& [slot, users] : active_users) most = std::max(most, users);
  return most;
}

void Run::for_each_interval(const VisitInterval& visit, SlotRange slots) const {
  // A merge of the sorted timelines: one cursor for each series.
  struct Cursor {
    const Series* series;
    std::map<std::int64_t, Tally>::const_iterator at;
  };
  std::vector<Cursor> cursors;
  for (const Series& one : series) {
    cursors.push_back({&one, one.timeline.lower_bound(slots.first)});
  }
  std::vector<Cell> cells;
  while (true) {
    bool any = false;
    std::int64_t slot = 0;
    for (const Cursor& cursor : cursors) {
      if (cursor.at == cursor.series->timeline.end()) continue;
      slot = any ? std::min(slot, cursor.at->first) : cursor.at->first;
      any = true;
    }
    if (!any || slot >= slots.end) return;
    cells.clear();
    for (Cursor& cursor : cursors) {
      if (cursor.at == cursor.series->timeline.end() || cursor.at->first != slot) continue;
      cells.push_back({cursor.series, &cursor.at->second});
      ++cursor.at;
    }
    const auto users = active_users.find(slot);
    visit(slot * interval_seconds, users == active_users.end() ? 0 : users->second, cells);
  }
}

}  // namespace omniwriter
