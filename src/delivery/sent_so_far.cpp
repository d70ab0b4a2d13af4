#include "delivery/sent_so_far.h"

#include <nlohmann/json.hpp>

namespace omniwriter {

using nlohmann::json;

std::string SentSoFar::to_state() const {
  const json live{{"end", end_},
                  {"samples", samples_before_ + samples_here()},
                  {"read", read_},
                  {"interval", interval_seconds_},
                  {"started", started_ns_.value_or(0)}};
  return json{{"live", live}}.dump();
}

std::optional<SentSoFar> SentSoFar::from_state(const std::string& state) {
  const json kept = json::parse(state, nullptr, false);
  if (!kept.is_object() || !kept.contains("live") || !kept["live"].is_object()) return {};
  const json& live = kept["live"];
  for (const char* name : {"end", "samples", "read", "interval", "started"}) {
    if (!live.contains(name) || !live[name].is_number_integer()) return {};
  }
  SentSoFar sent;
  sent.end_ = sent.end_before_ = live["end"];
  sent.samples_before_ = live["samples"];
  sent.read_ = sent.read_before_ = live["read"];
  sent.interval_seconds_ = live["interval"];
  sent.started_ns_ = live["started"];
  return sent;
}

std::uint64_t SentSoFar::samples_here() const {
  std::uint64_t samples = 0;
  for (const auto& [slot, counts] : here_) samples += counts.samples;
  return samples;
}

bool SentSoFar::is_ahead_of(const Run& run) const { return run.samples_of(SampleKind::request) < read_before_; }

void SentSoFar::begin(const Run& run) {
  if (same_width(run)) return;
  const auto started_ns = started_ns_;
  forget();
  started_ns_ = started_ns;
  interval_seconds_ = run.interval_seconds;
}

void SentSoFar::add(const Run& so_far, std::int64_t end, bool refused) {
  for (const auto& [slot, counts] : counts_of(so_far, {.first = end_, .end = end})) {
    here_[slot] = refused ? Counts() : counts;
  }
  end_ = end;
  read_ = so_far.samples_of(SampleKind::request);
}

SentSlots SentSoFar::unchanged_in(const Run& run) const {
  constexpr std::size_t kMost = 500;  // else all is sent again
  if (!any() || !same_width(run)) return {};
  SentSlots sent{end_, changed_in(run)};
  return sent.but.size() <= kMost ? sent : SentSlots();
}

std::map<std::int64_t, SentSoFar::Counts> SentSoFar::counts_of(const Run& run, SlotRange slots) {
  std::map<std::int64_t, Counts> counts;
  run.for_each_total(
      [&](std::int64_t slot, const Tally& all) {
        const auto users = run.active_users.find(slot);
        counts.emplace(slot, Counts{all.samples(), users == run.active_users.end() ? 0 : users->second});
      },
      slots);
  return counts;
}

std::vector<std::int64_t> SentSoFar::changed_in(const Run& run) const {
  std::vector<std::int64_t> changed;
  std::uint64_t samples_before = 0;  // in slots that another process sent
  for (const auto& [slot, counts] : counts_of(run, {.end = end_})) {
    const auto sent = here_.find(slot);
    if (sent == here_.end() || sent->second != counts) changed.push_back(slot);
    if (slot < end_before_) samples_before += counts.samples;
  }
  if (samples_before == samples_before_) std::erase_if(changed, [&](std::int64_t slot) { return slot < end_before_; });
  return changed;
}

}  // namespace omniwriter
