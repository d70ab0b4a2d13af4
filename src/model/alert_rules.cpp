#include "model/alert_rules.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// The slots at which alerts are judged: those at the ends of stretches of 1, 2, 4 … slots, and the last.
std::vector<std::int64_t> moments_of(std::int64_t first, std::int64_t last, std::size_t max_moments) {
  std::vector<std::int64_t> moments;
  for (std::int64_t step = 1;; step *= 2) {
    moments.clear();
    const std::int64_t past = first % step;
    for (std::int64_t slot = first - past + (past < 0 ? 0 : step) - 1; slot < last; slot += step) {
      if (slot >= first) moments.push_back(slot);
      if (moments.size() >= max_moments) break;
    }
    if (moments.size() < max_moments) break;
  }
  moments.push_back(last);
  return moments;
}

}  // namespace

std::string_view name_of(AlertPhase phase) {
  switch (phase) {
    case AlertPhase::ok:
      return "ok";
    case AlertPhase::pending:
      return "pending";
    default:
      return "firing";
  }
}

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    default:
      return "critical";
  }
}

std::array<AlertRule, 4> default_alert_rules() {
  using std::chrono::seconds;
  return {
      {{"high_error_rate", "HighErrorRate", AlertSignal::error_ratio, Severity::warning, 0.05, seconds(120)},
       {"high_response_time", "HighResponseTime", AlertSignal::response_time_p95, Severity::warning, 1, seconds(120)},
       {"low_throughput", "LowThroughput", AlertSignal::throughput, Severity::info, 10, seconds(120)},
       {"high_cpu_usage", "HighCpuUsage", AlertSignal::cpu, Severity::warning, 90, seconds(120)}}};
}

Localized title_of(const AlertRule& rule) {
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      return {"Taxa de erro alta", "High error rate"};
    case AlertSignal::response_time_p95:
      return {"Tempo de resposta alto", "High response time"};
    case AlertSignal::throughput:
      return {"Throughput baixo", "Low throughput"};
    default:
      return {"Uso de CPU alto", "High CPU usage"};
  }
}

std::vector<AlertState> alert_states(const Run& run, const std::vector<AlertRule>& rules, SlotRange slots,
                                     std::size_t max_moments) {
  std::vector<AlertState> states;
  const SlotRange all = run.slots();
  if (all.first >= all.end || max_moments == 0) return states;
  const std::int64_t width = run.interval_seconds;
  const std::int64_t narrow = run.narrow_interval_seconds();
  const std::int64_t window = std::max<std::int64_t>(kAlertWindow.count() / narrow, 1) * narrow;  // seconds
  const std::int64_t window_slots = (window + width - 1) / width;         // in which it may begin
  std::vector<std::optional<std::int64_t>> breached_since(rules.size());  // slot
  std::deque<std::pair<std::int64_t, Tally>> totals;                      // of the window, by their start

  const auto judge = [&](std::int64_t slot) {
    const std::int64_t end = (slot + 1) * width;
    const std::int64_t from = std::max(end - window, all.first * width);
    while (!totals.empty() && totals.front().first < from) totals.pop_front();
    Tally seen;
    std::optional<double> cpu;
    for (const auto& [at, tally] : totals) seen.merge(tally);
    for (auto at = run.vitals.lower_bound(from / width); at != run.vitals.end() && at->first <= slot; ++at) {
      if (at->second.cpu_percent) cpu = at->second.cpu_percent;
    }
    const std::int64_t seen_from_ns = std::max(from * kNsPerSecond, run.started_ns);
    const std::int64_t seen_to_ns = std::min(end * kNsPerSecond, run.ended_ns);
    const double seconds = static_cast<double>(std::max(seen_to_ns - seen_from_ns, kNsPerSecond)) / 1e9;

    for (std::size_t i = 0; i < rules.size(); ++i) {
      const AlertRule& rule = rules[i];
      if (!rule.enabled) continue;
      std::optional<double> value;
      switch (rule.signal) {
        case AlertSignal::error_ratio:
          if (seen.samples() > 0) value = Run::rate(run.errors(seen), static_cast<double>(seen.samples()));
          break;
        case AlertSignal::response_time_p95:
          if (seen.samples() > 0) value = seen.quantile(0.95);
          break;
        case AlertSignal::throughput:
          value = Run::rate(seen.samples(), seconds);
          break;
        case AlertSignal::cpu:
          value = cpu;
          break;
      }
      const bool breached = value && rule.breached(*value);
      auto& since = breached_since[i];
      if (!breached) since.reset();
      if (!value) continue;
      if (breached && !since) since = slot;
      const auto held = std::chrono::seconds(since ? (slot + 1 - *since) * width : 0);
      const AlertPhase phase = !breached ? AlertPhase::ok : held < rule.hold ? AlertPhase::pending : AlertPhase::firing;
      if (slot < slots.first) continue;
      states.push_back({i, slot, slot * width * kNsPerSecond, *value, breached, phase});
    }
  };

  // What holds at some moment is decided by as much time before it as the longest rule asks for.
  std::int64_t longest = 0;
  for (const AlertRule& rule : rules) longest = std::max<std::int64_t>(longest, rule.hold.count());
  std::vector<std::int64_t> moments = moments_of(all.first, all.end - 1, max_moments);
  const std::int64_t before = longest / width + 1;
  std::erase_if(moments, [&](std::int64_t slot) {
    const bool too_early = slots.first > all.first && slot < slots.first && slots.first - slot > before;
    return too_early || slot >= slots.end;
  });
  if (moments.empty()) return states;
  auto next = moments.begin();
  run.for_each_narrow_total(
      [&](std::int64_t start, const Tally& total) {
        while (next != moments.end() && (*next + 1) * width <= start) judge(*next++);
        if (next == moments.end() || start < (*next + 1) * width - window) return;
        totals.emplace_back(start, total);
      },
      {moments.front() - window_slots + 1, moments.back() + 1});
  while (next != moments.end()) judge(*next++);
  return states;
}

}  // namespace omniwriter
