#include "integration/live_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "integration/run_identity.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint32_t kOk = 0;
constexpr std::uint32_t kError = 1;

const std::shared_ptr<const ReportedTimes>& mean_alone() {
  static const auto kMeanAlone = std::make_shared<const ReportedTimes>(
      ReportedTimes{.quantiles = {}, .relative_error = {}, .mean = true, .minimum = false, .maximum = false});
  return kMeanAlone;
}

template <typename Value, typename Merge>
void merge_pairs(std::map<std::int64_t, Value>& slots, const Merge& merge) {
  std::map<std::int64_t, Value> halved;
  for (auto& [slot, value] : slots) {
    const std::int64_t wider = slot >> 1;
    const auto [at, is_new] = halved.try_emplace(wider, value);
    if (!is_new) merge(at->second, value);
  }
  slots = std::move(halved);
}

}  // namespace

Result<void> check_update(const MetricsUpdate& update) {
  if (auto valid = check_test_name(update.test_name); !valid) return valid;
  if (update.errors_count > update.requests_count) {
    return fail(ErrorCode::usage, fmt::format("errors_count ({}) must not be more than requests_count ({})",
                                              update.errors_count, update.requests_count));
  }
  constexpr double kMaxMs = 1e12;  // 31 years, and safe as nanoseconds
  const auto check = [](const char* name, double value, double most) -> Result<void> {
    if (std::isfinite(value) && value >= 0 && value <= most) return {};
    return fail(ErrorCode::usage, fmt::format("{} must be a number from 0 to {}, but is {}", name, most, value));
  };
  for (const auto& [name, value, most] : std::initializer_list<std::tuple<const char*, double, double>>{
           {"response_time", update.response_time_ms, kMaxMs},
           {"active_users", update.active_users, 4e9},
           {"throughput", update.throughput, 1e15},
           {"cpu_usage", update.cpu_usage, 1e6},
           {"memory_usage", update.memory_usage, 1e15}}) {
    if (auto valid = check(name, value, most); !valid) return valid;
  }
  return {};
}

LiveRun::LiveRun(std::string test_name, std::int64_t now_ns) {
  run_.info.test_name = std::move(test_name);
  run_.info.tool = "omniwriter";
  run_.started_ns = now_ns;
  run_.knows_received = false;  // updates do not tell of bytes
  run_.knows_sent = false;
  run_.ended_ns = now_ns;
  run_.info.run_id = run_id_of(run_, {}, run_.info.test_name);
  run_.outcomes = {{"ok", ""}, {"error", "error"}};
  run_.series.push_back({.endpoint = kAllRequests, .kind = SampleKind::request, .total = {}, .timeline = {}});
}

void LiveRun::add(const MetricsUpdate& update, std::int64_t now_ns) {
  run_.ended_ns = std::max(run_.ended_ns, now_ns);
  const std::int64_t slot = now_ns / kNsPerSecond / run_.interval_seconds;
  Series& series = run_.series.front();
  if (update.requests_count > 0) {
    for (Tally* tally : {&series.total, &slots_[slot]}) {
      tally->response_time.add(std::llround(update.response_time_ms * 1e6), update.requests_count);
      tally->outcomes.add(kOk, update.requests_count - update.errors_count);
      tally->outcomes.add(kError, update.errors_count);
      tally->reported = mean_alone();
    }
  }
  auto& users = run_.active_users[slot];
  users = std::max(users, static_cast<std::uint32_t>(std::llround(update.active_users)));
  run_.vitals[slot] = {.active_users = update.active_users,
                       .throughput_rps = update.throughput,
                       .cpu_percent = update.cpu_usage,
                       .memory_mb = update.memory_usage};
  if (run_.vitals.size() > kMaxSlots) halve_timeline();
}

Run LiveRun::run() const {
  Run run = run_;
  run.series.front().timeline = Timeline(slots_);
  return run;
}

void LiveRun::halve_timeline() {
  run_.interval_seconds *= 2;
  merge_pairs(slots_, [](Tally& into, const Tally& from) { into.merge(from); });
  merge_pairs(run_.active_users, [](std::uint32_t& into, std::uint32_t from) { into = std::max(into, from); });
  merge_pairs(run_.vitals, [](Vitals& into, const Vitals& from) { into = from; });
}

}  // namespace omniwriter
