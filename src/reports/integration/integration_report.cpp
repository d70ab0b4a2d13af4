#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rfc3339.h"
#include "reports/format_numbers.h"
#include "reports/markdown/markdown_text.h"
#include "reports/recommendations.h"
#include "reports/report.h"
#include "reports/run_summary.h"
#include "reports/texts.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

/// A system that users know, with its parts; or several, by what they are there for.
struct Integration {
  std::string_view name;
  std::string_view title;
  std::vector<const SystemState*> parts;  ///< those that are configured

  [[nodiscard]] bool configured() const { return !parts.empty(); }
  template <typename Holds>
  [[nodiscard]] bool all(const Holds& holds) const {
    return configured() && std::ranges::all_of(parts, [&](const SystemState* part) { return holds(*part); });
  }
};

/// It answers and can do its work, whatever it thinks of us.
bool healthy(const SystemState& state) {
  return state.reachable && std::ranges::none_of(state.findings, &Finding::ill);
}

bool ok(const SystemState& state) { return state.ok; }

class Integrations {
 public:
  explicit Integrations(const IntegrationReport& report) {
    logs_.title = "Logs";
    for (const System* system : systems()) {
      if (system->part_of.empty()) all_.push_back({system->name, system->title, {}});
    }
    for (const SystemState& state : report.systems) {
      if (!state.configured) continue;
      const auto whole = std::ranges::find(all_, whole_of(state.system), &Integration::name);
      if (whole != all_.end()) whole->parts.push_back(&state);
      const System* const system = find_system(state.system);
      if (system != nullptr && system->records != nullptr) logs_.parts.push_back(&state);
    }
    // A part alone makes no whole.
    for (Integration& one : all_) {
      if (std::ranges::find(one.parts, one.name, &SystemState::system) == one.parts.end()) one.parts.clear();
    }
  }

  [[nodiscard]] const std::vector<Integration>& all() const { return all_; }
  /// Those that users were given first: what shows results, what holds metrics, and all that keeps records.
  [[nodiscard]] std::vector<const Integration*> main() const {
    std::vector<const Integration*> found;
    for (const Integration& one : all_) {
      if (find_system(one.name)->records == nullptr) found.push_back(&one);
    }
    found.push_back(&logs_);
    return found;
  }

 private:
  std::vector<Integration> all_;
  Integration logs_;
};

class Document {
 public:
  Document(const IntegrationReport& report, Language language)
      : report_(report), integrations_(report), language_(language) {}

  std::string write() && {
    line("# {}\n", say(Text::integration_title));
    executive_summary();
    status();
    results();
    recommended();
    systems();
    line("\n{}", fmt::format(fmt::runtime(say(Text::written)), format_instant(report_.time_ns)));
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view say(Text text) const { return text_of(text, language_); }
  template <typename... Values>
  void line(fmt::format_string<Values...> form, Values&&... values) {
    out_ += fmt::format(form, std::forward<Values>(values)...) + "\n";
  }
  void row(std::initializer_list<std::string> cells) {
    for (const std::string& cell : cells) out_ += fmt::format("| {} ", cell);
    out_ += "|\n";
  }

  [[nodiscard]] std::string mark(const Integration& integration) const {
    if (!integration.configured()) return fmt::format("❌ ({})", word_for(SystemState{}).in(language_));
    return integration.all(ok) ? "✅" : "❌";
  }

  /// A number that was asked for, or 0 and why it is not known.
  [[nodiscard]] std::string asked(const std::optional<std::size_t>& number, std::string_view why) const {
    if (number) return format_count(*number, language_);
    return fmt::format("0 ({}: {})", say(Text::unknown_count), why);
  }
  [[nodiscard]] std::string why_no_dashboards() const {
    for (const SystemState& state : report_.systems) {
      const System* const system = find_system(state.system);
      if (system == nullptr || system->dashboard == nullptr) continue;
      return fmt::format("{} {}", system->title, word_for(state).in(language_));
    }
    return std::string(say(Text::nobody_asked));
  }

  void executive_summary() {
    line("## {}", say(Text::executive_summary));
    for (const Integration* one : integrations_.main()) {
      line("- {}: {}", fmt::format(fmt::runtime(say(Text::integration_of)), one->title), mark(*one));
    }
    line("- {}: {}", say(Text::dashboards_created), asked(report_.dashboards, why_no_dashboards()));
    line("- {}: {}", say(Text::custom_metrics), format_count(report_.metrics, language_));
    line("- {}: {}", say(Text::unified_alerts), asked(report_.alert_rules, say(Text::nobody_asked)));
  }

  void status() {
    line("\n## {}", say(Text::status_of_integrations));
    for (const Integration& one : integrations_.all()) line("- {}: {}", one.title, mark(one));
  }

  void results() {
    line("\n## {}\n", say(Text::results));
    if (report_.run == nullptr) {
      line("{}", say(Text::no_run));
    } else {
      const RunSummary summary(*report_.run);
      const Tally& times = summary.total;
      const auto time = [&](const std::optional<double>& seconds) { return format_time(seconds, language_); };
      const auto entry = [&](Text name, const std::string& value) { row({std::string(say(name)), value}); };
      row({"", std::string(say(Text::value))});
      row({"---", "---:"});
      entry(Text::test, markdown_text(report_.run->info.test_name));
      entry(Text::run_id, markdown_text(report_.run->info.run_id));
      entry(Text::started, format_instant(report_.run->started_ns));
      if (!report_.dashboard_url.empty()) entry(Text::dashboard, fmt::format("<{}>", report_.dashboard_url));
      entry(Text::duration, format_duration(report_.run->duration_seconds(), language_));
      entry(Text::samples, format_count(summary.numbers.samples, language_));
      entry(Text::errors, fmt::format("{} ({})", format_count(summary.numbers.errors, language_),
                                      format_percent(summary.numbers.error_ratio, language_)));
      entry(Text::throughput, format_number(summary.numbers.throughput_rps, language_) + " req/s");
      entry(Text::active_users_max, format_count(summary.active_users_max, language_));
      entry(Text::mean, time(times.mean()));
      for (const int percentile : {50, 95, 99})
        row({fmt::format("p{}", percentile), time(times.quantile(percentile / 100.0))});
      entry(Text::maximum, time(times.maximum()));
      if (summary.only_mean) line("\n{}", say(Text::mean_only_note));
    }
    line("\n{}: {}", say(Text::firing_alerts), asked(report_.firing_alerts, say(Text::nobody_asked)));
  }

  void recommended() {
    line("\n## {}\n", say(Text::recommendations));
    const auto found = recommendations(report_.run, report_.ledger, report_.systems, report_.rules);
    if (found.empty()) line("{}", say(Text::no_recommendations));
    for (const Recommendation& one : found) {
      line("- {}\n  - {}: {}", markdown_text(one.text.in(language_)), say(Text::evidence),
           markdown_text(one.evidence.in(language_)));
    }
  }

  void systems() {
    line("\n## {}\n", say(Text::systems));
    row({std::string(say(Text::system)), std::string(say(Text::state)), std::string(say(Text::version)),
         std::string(say(Text::address))});
    row({"---", "---", "---", "---"});
    bool any = false;
    for (const SystemState& state : report_.systems) {
      any = any || !state.findings.empty();
      row({std::string(title_of(state.system)), word_for(state).in(language_), markdown_text(state.version),
           markdown_text(state.url)});
    }
    if (!any) line("\n{}", say(Text::nothing_found));
    for (const SystemState& state : report_.systems) {
      if (!state.findings.empty()) line("\n**{}**\n", title_of(state.system));
      for (const Finding& finding : state.findings) {
        line("- {}\n  - → {}", markdown_text(finding.finding.in(language_)),
             markdown_text(finding.remedy.in(language_)));
      }
    }
  }

  const IntegrationReport& report_;
  const Integrations integrations_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string integration_report_markdown(const IntegrationReport& report, Language language) {
  return Document(report, language).write();
}

std::string integration_report_json(const IntegrationReport& report, Language language) {
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  const Integrations integrations(report);
  Json status = Json::object();
  Json health = Json::object();
  for (const Integration& one : integrations.all()) {
    status[std::string(one.name)] = one.all(ok);
    health[std::string(one.name)] = one.all(healthy);
  }
  Json unknown = Json::array();
  const auto asked = [&](const std::optional<std::size_t>& number, const char* member) {
    if (!number) unknown.push_back(member);
    return number.value_or(0);
  };
  Json json{{"report_id", fmt::format("consolidated_{}", report.time_ns / kNsPerSecond)},
            {"timestamp", format_rfc3339(report.time_ns).substr(0, 19) + "Z"},
            {"integration_status", std::move(status)},
            {"metrics_summary",
             {{"total_metrics", report.metrics},
              {"active_dashboards", asked(report.dashboards, "active_dashboards")},
              {"active_alerts", asked(report.firing_alerts, "active_alerts")}}},
            {"system_health", std::move(health)}};
  const Run none;
  const Run& run = report.run == nullptr ? none : *report.run;
  const RunSummary summary(run);
  json["performance_metrics"] = {{"avg_response_time", summary.total.mean().value_or(0) * 1000},
                                 {"total_requests", summary.numbers.samples},
                                 {"error_rate", summary.numbers.error_ratio},
                                 {"throughput", summary.numbers.throughput_rps}};
  Json& recommended = json["recommendations"] = Json::array();
  for (const Recommendation& one : recommendations(report.run, report.ledger, report.systems, report.rules)) {
    recommended.push_back({{"id", one.id}, {"text", one.text.in(language)}, {"evidence", one.evidence.in(language)}});
  }
  // What follows is ours.
  json["alert_rules"] = asked(report.alert_rules, "alert_rules");
  json["unknown"] = std::move(unknown);
  json["run"] = nullptr;
  if (report.run != nullptr) {
    json["run"] = {{"run_id", run.info.run_id},
                   {"test_name", run.info.test_name},
                   {"started", format_rfc3339(run.started_ns)},
                   {"duration_seconds", run.duration_seconds()},
                   {"dashboard_url", report.dashboard_url.empty() ? Json(nullptr) : Json(report.dashboard_url)}};
  }
  Json& systems = json["systems"] = Json::array();
  for (const SystemState& state : report.systems) {
    Json findings = Json::array();
    for (const Finding& finding : state.findings) {
      findings.push_back(
          {{"id", finding.id}, {"finding", finding.finding.in(language)}, {"remedy", finding.remedy.in(language)}});
    }
    systems.push_back({{"system", state.system},
                       {"configured", state.configured},
                       {"reachable", state.reachable},
                       {"version", state.version},
                       {"ok", state.ok},
                       {"findings", std::move(findings)}});
  }
  // Names come from result files: what is not UTF-8 is replaced.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace omniwriter
