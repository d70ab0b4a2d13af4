// Reader of what k6 says at the end of a test, in its three shapes. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/rfc3339.h"
#include "base/try.h"
#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/k6.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace k6_summary {
namespace {

using summary::JsonValue;

using Metrics = std::unordered_map<std::string_view, JsonValue>;

constexpr double kMs = 1e3;

/// "p(99.9)", "p95" or "med" as a quantile.
std::optional<double> quantile_named(std::string_view name) {
  if (name == "med") return 0.5;
  if (!name.starts_with('p')) return std::nullopt;
  name.remove_prefix(1);
  if (name.starts_with('(') && name.ends_with(')')) name = name.substr(1, name.size() - 2);
  const auto percent = summary::number_of(name);
  return percent && *percent > 0 && *percent < 100 ? std::optional(*percent / 100) : std::nullopt;
}

void add_times(SummaryEntry& entry, const JsonValue& trend) {
  trend.for_each_member([&](std::string_view name, const JsonValue& value) {
    const auto ms = value.number();
    if (!ms) return;
    if (name == "avg") entry.mean = *ms / kMs;
    if (name == "min") entry.minimum = *ms / kMs;
    if (name == "max") entry.maximum = *ms / kMs;
    if (const auto q = quantile_named(name)) entry.quantiles.emplace_back(*q, *ms / kMs);
  });
}

/// Each metric, whatever the shape.
template <typename Visit>
void for_each_metric(const JsonValue& root, const Visit& visit) {
  root["metrics"].for_each_member(visit);
  root["results"]["metrics"].for_each_element([&](const JsonValue& metric) { visit(metric["name"].text(), metric); });
}

/// The values of each.
Metrics metrics_of(const JsonValue& root) {
  Metrics metrics;
  for_each_metric(root, [&](std::string_view name, const JsonValue& metric) {
    metrics.emplace(name, metric["values"].exists() ? metric["values"] : metric);
  });
  return metrics;
}

/// Thresholds of a metric. That of `--summary-export` is true where it was crossed; elsewhere it is an object that says
/// whether it held.
void add_thresholds(std::string_view metric, const JsonValue& thresholds, Summary& result) {
  thresholds.for_each_member([&](std::string_view expected, const JsonValue& told) {
    const auto crossed = told.flag();
    const auto passed = crossed ? std::optional(!*crossed) : told["ok"].flag();
    result.tool_verdicts.push_back({std::string(metric), std::string(expected), passed});
  });
}

JsonValue metric_of(const Metrics& metrics, const std::string& name) {
  const auto found = metrics.find(name);
  return found == metrics.end() ? JsonValue() : found->second;
}

/// A rate counts what it is named after: what "passes" is a failed request.
std::uint64_t failed_of(const JsonValue& failed) {
  return (failed["matches"].exists() ? failed["matches"] : failed["passes"]).count();
}
std::uint64_t all_of(const JsonValue& failed) {
  return failed["total"].exists() ? failed["total"].count() : failed["passes"].count() + failed["fails"].count();
}

/// Sub-metrics by this one tag, as `http_req_duration{name:slow}`, of which it is told how many requests they have.
std::vector<SummaryEntry> endpoints_by(const Metrics& metrics, std::string_view tag) {
  const std::string prefix = "http_req_duration{" + std::string(tag) + ":";
  std::vector<SummaryEntry> endpoints;
  for (const auto& [name, trend] : metrics) {
    if (!name.starts_with(prefix) || !name.ends_with('}') || name.find(',') != std::string_view::npos) continue;
    SummaryEntry entry;
    entry.endpoint = name.substr(prefix.size(), name.size() - prefix.size() - 1);
    const JsonValue failed = metric_of(metrics, "http_req_failed{" + std::string(tag) + ":" + entry.endpoint + "}");
    if (!failed.exists() || endpoints.size() > summary::kMaxEndpoints) continue;
    entry.samples = all_of(failed);
    entry.errors = failed_of(failed);
    add_times(entry, trend);
    endpoints.push_back(std::move(entry));
  }
  std::ranges::sort(endpoints, {}, &SummaryEntry::endpoint);
  return endpoints;
}

class K6Summary final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "k6-summary"; }
  [[nodiscard]] std::string_view tool() const override { return "k6"; }
  [[nodiscard]] std::string_view description() const override { return "k6 end-of-test summary (JSON)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"rootgroup", "metrics", "options", "state"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    const std::string_view first = summary::first_member(head);
    if (first == "config" || first == "metadata") return summary::has_member(head, "k6_version");
    if (first.empty()) return false;
    return summary::has_member(head, "root_group") ||
           (summary::has_member(head, "metrics") && summary::has_member(head, "iteration_duration"));
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const JsonValue& root = document.root();
    const auto metrics = metrics_of(root);
    const auto metric = [&](const std::string& wanted) { return metric_of(metrics, wanted); };
    const JsonValue requests = metric("http_reqs");
    const bool has_requests = requests["count"].count() != 0;
    Summary result;
    for_each_metric(
        root, [&](std::string_view name, const JsonValue& told) { add_thresholds(name, told["thresholds"], result); });
    SummaryEntry& entry = result.whole.total.emplace();
    if (has_requests) {
      entry.samples = requests["count"].count();
      entry.errors = failed_of(metric("http_req_failed"));
      add_times(entry, metric("http_req_duration"));
    } else {
      const JsonValue checks = metric("checks");
      summary::K6Test test{metric("iterations")["count"].count(), all_of(checks), 0, {}};
      test.failed_checks = test.checks - std::min(test.checks, failed_of(checks));  // what "passes" is as it should be
      for (const auto& [name, values] : metrics) test.metrics.emplace_back(name);
      TRY(summary::take_iterations(test, result));
      add_times(entry, metric("iteration_duration"));
    }
    entry.bytes_received = metric("data_received")["count"].count();
    entry.bytes_sent = metric("data_sent")["count"].count();
    result.whole.endpoints = endpoints_by(metrics, "name");
    if (result.whole.endpoints.empty()) result.whole.endpoints = endpoints_by(metrics, "url");
    result.whole.users = static_cast<std::uint32_t>(metric("vus")["max"].count());

    const auto rate = (has_requests ? requests : metric("iterations"))["rate"].number();
    const auto samples = static_cast<double>(entry.samples);
    if (const auto ms = root["state"]["testRunDurationMs"].number()) {
      result.duration_seconds = *ms / kMs;
    } else if (const auto seconds = root["config"]["duration"].number()) {
      result.duration_seconds = *seconds;
    } else if (rate && *rate > 0) {
      result.duration_seconds = samples / *rate;
    }
    result.throughput_rps = rate;
    // It is written right at the end.
    if (const auto end_ns = parse_rfc3339(root["metadata"]["generated_at"].text())) {
      const double start_ns = static_cast<double>(*end_ns) - result.duration_seconds * 1e9;
      if (start_ns > 0) result.start_ns = static_cast<std::int64_t>(start_ns);
    }
    return result;
  }
};

}  // namespace
}  // namespace k6_summary

const SummaryFormat& summary_k6_summary() {
  static const k6_summary::K6Summary kFormat;
  return kFormat;
}

}  // namespace omniwriter
