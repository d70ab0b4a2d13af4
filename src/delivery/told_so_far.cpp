#include "delivery/told_so_far.h"

#include <nlohmann/json.hpp>

namespace omniwriter {

using nlohmann::json;

std::string ToldSoFar::to_state() const {
  const json live{
      {"end", end}, {"samples", samples}, {"read", read}, {"interval", interval_seconds}, {"started", started_ns}};
  return json{{"live", live}}.dump();
}

std::optional<ToldSoFar> ToldSoFar::from_state(const std::string& state) {
  const json told = json::parse(state, nullptr, false);
  if (!told.is_object() || !told.contains("live") || !told["live"].is_object()) return {};
  const json& live = told["live"];
  for (const char* name : {"end", "samples", "read", "interval", "started"}) {
    if (!live.contains(name) || !live[name].is_number_integer()) return {};
  }
  return ToldSoFar{live["end"], live["samples"], live["read"], live["interval"], live["started"]};
}

ToldSlots ToldSoFar::told_of(const Run& run) const {
  if (run.interval_seconds != interval_seconds || run.started_ns != started_ns) return {};
  std::uint64_t there = 0;
  run.for_each_total([&](std::int64_t /*slot*/, const Tally& all) { there += all.samples(); }, {.end = end});
  return there == samples ? ToldSlots{.end = end, .but = {}} : ToldSlots();
}

}  // namespace omniwriter
