#include "delivery/sent_so_far.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "model/detail_points.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::size_t kMostStretches = 4096;
constexpr std::size_t kMostStretchesKept = 250;  // as text, some 10 kB

// What a slot holds: requests, and what else.
using VisitCounts = std::function<void(std::int64_t slot, std::uint64_t samples, std::uint64_t others)>;
void for_each_count(const Run& run, SlotRange slots, const VisitCounts& visit) {
  for_each_slot_of(
      run, is_told,
      [&](std::int64_t slot, const std::vector<Run::Cell>& cells) {
        const auto users = run.active_users.find(slot);
        std::uint64_t samples = 0;
        std::uint64_t others = users == run.active_users.end() ? 0 : users->second;
        for (const auto& [series, tally] : cells) {
          (series->kind == SampleKind::request ? samples : others) += tally->samples();
        }
        visit(slot, samples, others);
      },
      slots);
}

}  // namespace

std::string SentSoFar::to_state() const {
  auto kept = stretches_;
  shorten(kept, kMostStretchesKept);
  json stretches = json::array();
  for (const Stretch& each : kept) stretches.push_back({each.end, each.samples, each.others, each.refused});
  const json live{{"stretches", std::move(stretches)},  {"read", read_},
                  {"interval", interval_seconds_},      {"phases", phase_seconds_},
                  {"started", started_ns_.value_or(0)}, {"moved", moved_}};
  return json{{"live", live}}.dump();
}

std::optional<SentSoFar> SentSoFar::from_state(const std::string& state) {
  const json kept = json::parse(state, nullptr, false);
  if (!kept.is_object() || !kept.contains("live")) return {};
  try {
    const json& live = kept["live"];
    SentSoFar sent;
    for (const json& each : live.at("stretches")) {
      sent.stretches_.push_back({each.at(0), each.at(1), each.at(2), each.at(3)});
    }
    sent.read_ = sent.read_before_ = live.at("read");
    sent.interval_seconds_ = live.at("interval");
    sent.phase_seconds_ = live.at("phases");
    sent.started_ns_ = live.at("started").get<std::int64_t>();
    sent.moved_ = live.at("moved");
    return sent;
  } catch (const json::exception&) {
    return {};  // of another version
  }
}

SentSoFar SentSoFar::whole(const Run& run) {
  SentSoFar sent;
  sent.begin(run);
  sent.attempt(run);
  sent.add(run, run.slots().end - 1, false);
  sent.read_before_ = sent.read_;
  return sent;
}

std::uint64_t SentSoFar::samples() const {
  std::uint64_t samples = 0;
  for (const Stretch& each : stretches_) samples += each.refused ? 0 : each.samples;
  return samples;
}

bool SentSoFar::is_ahead_of(const Run& run) const { return run.samples_of(SampleKind::request) < read_before_; }

void SentSoFar::begin(const Run& run) {
  if (same_width(run)) return;
  stretches_.clear();
  interval_seconds_ = run.interval_seconds;
  phase_seconds_ = run.phase_seconds;
}

void SentSoFar::add(const Run& so_far, std::int64_t end, bool refused) {
  if (end > this->end()) {
    for_each_count(so_far, {.first = this->end(), .end = end},
                   [&](std::int64_t slot, std::uint64_t samples, std::uint64_t others) {
                     if (slot != this->end())
                       stretches_.push_back({slot, 0, 0, false});  // what turns up there touches no other
                     stretches_.push_back({slot + 1, samples, others, refused});
                   });
    if (end > this->end()) stretches_.push_back({end, 0, 0, refused});
    shorten(stretches_, kMostStretches);
  }
  read_ = so_far.samples_of(SampleKind::request);
}

// Joins the older half two by two, for what comes late is mostly of late.
void SentSoFar::shorten(std::vector<Stretch>& stretches, std::size_t most) {
  while (stretches.size() > most) {
    std::vector<Stretch> shorter;
    const std::size_t half = stretches.size() / 4 * 2;
    for (std::size_t i = 0; i < half; i += 2) {
      const Stretch& one = stretches[i];
      const Stretch& other = stretches[i + 1];
      shorter.push_back(
          {other.end, one.samples + other.samples, one.others + other.others, one.refused || other.refused});
    }
    shorter.insert(shorter.end(), stretches.begin() + static_cast<std::ptrdiff_t>(half), stretches.end());
    stretches = std::move(shorter);
  }
}

SentSlots SentSoFar::unchanged_in(const Run& run) const {
  constexpr std::size_t kMost = 500;  // else all is sent again
  const SentSlots none{.but = {}, .moved = has_moved(run)};
  if (!any() || !same_width(run)) return none;
  SentSlots sent{.end = end(), .but = changed_in(run), .moved = has_moved(run)};
  return sent.but.size() <= kMost ? sent : none;
}

std::vector<std::int64_t> SentSoFar::changed_in(const Run& run) const {
  std::vector<std::int64_t> changed;
  std::vector<std::int64_t> slots;  // of the stretch
  Stretch now;
  auto stretch = stretches_.begin();
  const auto close_stretch = [&] {
    if (stretch->refused || stretch->samples != now.samples || stretch->others != now.others) {
      changed.insert(changed.end(), slots.begin(), slots.end());
    }
    slots.clear();
    now = Stretch();
    ++stretch;
  };
  for_each_count(run, {.end = end()}, [&](std::int64_t slot, std::uint64_t samples, std::uint64_t others) {
    while (slot >= stretch->end) close_stretch();
    slots.push_back(slot);
    now.samples += samples;
    now.others += others;
  });
  while (stretch != stretches_.end()) close_stretch();
  return changed;
}

}  // namespace omniwriter
