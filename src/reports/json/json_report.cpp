#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/rfc3339.h"
#include "model/response_times.h"
#include "reports/json/comparison_json.h"
#include "reports/report.h"
#include "reports/run_context.h"
#include "reports/run_summary.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

template <typename Number>
Json known(const std::optional<Number>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string_view name_of(RemarkKind kind) {
  switch (kind) {
    case RemarkKind::ignored_line:
      return "ignored_line";
    case RemarkKind::error_without_request:
      return "error_without_request";
    case RemarkKind::unreadable_value:
      return "unreadable_value";
  }
  return {};
}

Json response_time(const Tally& tally) {
  return {{"mean", known(tally.mean())},
          {"min", known(tally.minimum())},
          {"p50", known(tally.quantile(0.5))},
          {"p90", known(tally.quantile(0.9))},
          {"p95", known(tally.quantile(0.95))},
          {"p99", known(tally.quantile(0.99))},
          {"p99_9", known(tally.quantile(0.999))},
          {"max", known(tally.maximum())},
          {"stddev", known(standard_deviation(tally))},
          {"relative_error", known(tally.relative_error())}};
}

void add_numbers(Json& into, const TallySummary& numbers, double apdex_seconds) {
  into["samples"] = numbers.samples;
  into["errors"] = numbers.errors;
  into["error_ratio"] = numbers.error_ratio;
  into["throughput_rps"] = numbers.throughput_rps;
  const auto satisfaction = satisfaction_of(numbers.tally, numbers.errors, apdex_seconds);
  into["apdex"] = satisfaction ? Json(satisfaction->apdex) : Json(nullptr);
  into["apdex_at_most"] = satisfaction ? Json(satisfaction->most_apdex) : Json(nullptr);
}

// What follows is left out where there is nothing to tell.

void add_phases(Json& into, const Phases& phases) {
  if (phases.known.empty()) return;
  if (const auto where = phases.time_goes_to()) into["time_goes_to"] = name_of(*where);
  Json& all = into["phases"] = Json::array();
  for (const PhaseSummary& one : phases.known) {
    const Tally& tally = *one.tally;
    all.push_back({{"phase", name_of(one.phase)},
                   {"samples", tally.samples()},
                   {"share", one.share},
                   {"time_seconds",
                    {{"mean", known(tally.mean())},
                     {"p50", known(tally.quantile(0.5))},
                     {"p95", known(tally.quantile(0.95))},
                     {"p99", known(tally.quantile(0.99))},
                     {"max", known(tally.maximum())}}}});
  }
}

void add_checks(Json& into, const std::vector<CheckSummary>& checks) {
  for (const CheckSummary& check : checks) {
    into["checks"].push_back(
        {{"name", check.name}, {"passed", check.passed}, {"failed", check.failed}, {"rate", check.rate()}});
  }
}

Json metric_json(const MetricSummary& metric, double run_seconds) {
  const Tally& tally = metric.tally;
  Json json{{"name", metric.name}, {"kind", name_of(metric.kind)}, {"count", tally.samples()}};
  const auto add = [&](const char* member, const std::optional<double>& seconds) {
    json[member] = seconds ? Json(in_unit(metric.kind, *seconds)) : Json(nullptr);
  };
  if (metric.is_distribution()) {
    add("mean", tally.mean());
    add("min", tally.minimum());
    add("p50", tally.quantile(0.5));
    add("p90", tally.quantile(0.9));
    add("p95", tally.quantile(0.95));
    add("p99", tally.quantile(0.99));
    add("max", tally.maximum());
  } else if (metric.kind == SampleKind::counter) {
    json["sum"] = metric.sum();
    json["per_second"] = run_seconds > 0 ? metric.sum() / run_seconds : 0.0;
  } else if (metric.kind == SampleKind::gauge) {
    add("min", tally.minimum());
    add("max", tally.maximum());
    json["last"] = known(metric.last);
  } else {
    json["passed"] = metric.passed;
    json["failed"] = tally.samples() - metric.passed;
    json["rate"] = metric.rate();
  }
  return json;
}

void add_error_messages(Json& into, const std::vector<ErrorMessage>& messages) {
  for (const ErrorMessage& one : messages) {
    into["error_messages"].push_back({{"endpoint", one.endpoint},
                                      {"error_type", one.error_type},
                                      {"message", one.message},
                                      {"count", one.count},
                                      {"first", format_rfc3339(one.first_ns)},
                                      {"last", format_rfc3339(one.last_ns)},
                                      {"example", one.example}});
  }
}

void add_context(Json& into, const Run& run) {
  for (const ToolVerdict& verdict : run.tool_verdicts) {
    into["tool_verdicts"].push_back(
        {{"subject", verdict.subject}, {"expected", verdict.expected}, {"passed", known(verdict.passed)}});
  }
  for (const ScenarioUsers& one : scenario_users_of(run)) {
    into["users_by_scenario"].push_back({{"scenario", one.scenario}, {"active_users_max", one.most}});
  }
  for (const ObservedSummary& one : observed_of(run)) {
    into["observed"].push_back({{"query", one.series.query},
                                {"labels", one.series.labels},
                                {"count", one.series.values.size()},
                                {"min", one.minimum},
                                {"mean", one.mean},
                                {"max", one.maximum},
                                {"last", one.last}});
  }
}

std::string_view name_of(ValueUnit unit) {
  switch (unit) {
    case ValueUnit::seconds:
      return "seconds";
    case ValueUnit::ratio:
      return "ratio";
    case ValueUnit::per_second:
      return "per_second";
    case ValueUnit::count:
      return "count";
    case ValueUnit::percent:
      return "percent";
    case ValueUnit::megabytes:
      return "megabytes";
    case ValueUnit::bytes:
      return "bytes";
    case ValueUnit::number:
      return "number";
  }
  return {};
}

std::string_view name_of(ConcernLevel level) {
  switch (level) {
    case ConcernLevel::note:
      return "note";
    case ConcernLevel::warning:
      return "warning";
    case ConcernLevel::invalid:
      return "invalid";
  }
  return {};
}

Json criterion_json(const CriterionResult& result) {
  Json json{{"criterion", result.criterion},
            {"observed", known(result.observed)},
            {"verdict", omniwriter::name_of(result.verdict)},
            {"bound", known(result.bound)},
            {"unit", name_of(result.unit)}};
  json["interval"] =
      result.interval ? Json{{"low", result.interval->low}, {"high", result.interval->high}} : Json(nullptr);
  json["reason"] = result.reason;
  json["advice"] = result.advice;
  json["only_warns"] = result.only_warns;
  return json;
}

/// The same members, empty, where the run was not judged.
void add_judgement(Json& into, const Judgement* judgement) {
  static const Judgement kNotJudged;
  const Judgement& found = judgement != nullptr ? *judgement : kNotJudged;
  into["verdict"] = found.verdict ? Json(omniwriter::name_of(*found.verdict)) : Json(nullptr);
  Json& criteria = into["criteria"] = Json::array();
  for (const CriterionResult& result : found.criteria) criteria.push_back(criterion_json(result));
  Json& concerns = into["concerns"] = Json::array();
  for (const Concern& concern : found.concerns) {
    concerns.push_back({{"check", concern.check},
                        {"level", name_of(concern.level)},
                        {"what", concern.what},
                        {"advice", concern.advice}});
  }
  into["comparison"] = found.comparison ? comparison_json(*found.comparison) : Json(nullptr);
}

}  // namespace

std::string json_report(const ReportInput& input) {
  const Run& run = input.run;
  const RunSummary summary(run);
  Json report{{"run_id", run.info.run_id},
              {"test_name", run.info.test_name},
              {"tool", run.info.tool},
              {"started", format_rfc3339(run.started_ns)},
              {"ended", format_rfc3339(run.ended_ns)},
              {"duration_seconds", run.duration_seconds()},
              {"reported", run.reported.has_value()}};
  const double apdex_seconds = std::chrono::duration<double>(input.apdex).count();
  add_numbers(report, summary.numbers, apdex_seconds);
  report["apdex_threshold_seconds"] = apdex_seconds;
  report["bytes_received"] = known(summary.bytes_received);
  report["bytes_sent"] = known(summary.bytes_sent);
  report["active_users_max"] = summary.active_users_max;
  report["cpu_percent_mean"] = known(summary.vitals.cpu_percent_mean);
  report["cpu_percent_max"] = known(summary.vitals.cpu_percent_max);
  report["memory_mb_max"] = known(summary.vitals.memory_mb_max);
  report["bad_records"] = run.bad_records;
  report["response_time_seconds"] = response_time(summary.total);
  add_phases(report, summary.phases);

  Json& endpoints = report["endpoints"] = Json::array();
  for (const EndpointSummary& endpoint : summary.endpoints) {
    Json entry{{"endpoint", endpoint.endpoint}};
    add_numbers(entry, endpoint.numbers, apdex_seconds);
    entry["response_time_seconds"] = response_time(endpoint.numbers.tally);
    add_phases(entry, endpoint.phases);
    endpoints.push_back(std::move(entry));
  }
  Json& transactions = report["transactions"] = Json::array();
  for (const EndpointSummary& transaction : summary.transactions) {
    Json entry{{"transaction", transaction.endpoint}, {"path", transaction.path}};
    add_numbers(entry, transaction.numbers, apdex_seconds);
    entry["response_time_seconds"] = response_time(transaction.numbers.tally);
    transactions.push_back(std::move(entry));
  }
  for (const DimensionSummary& dimension : summary.dimensions) {
    Json values = Json::array();
    for (const EndpointSummary& value : dimension.values) {
      Json entry{{"value", value.endpoint}};
      add_numbers(entry, value.numbers, apdex_seconds);
      entry["response_time_seconds"] = response_time(value.numbers.tally);
      values.push_back(std::move(entry));
    }
    report["dimensions"].push_back({{"dimension", dimension.name}, {"values", std::move(values)}});
  }
  Json& errors = report["errors_by_type"] = Json::array();
  for (const auto& [type, count] : summary.errors_by_type) errors.push_back({{"error_type", type}, {"count", count}});
  add_error_messages(report, run.error_messages);
  Json& statuses = report["statuses"] = Json::array();
  for (const auto& [status, count] : summary.statuses) statuses.push_back({{"status", status}, {"count", count}});
  add_checks(report, summary.checks);
  for (const MetricSummary& metric : summary.metrics) {
    report["metrics"].push_back(metric_json(metric, run.duration_seconds()));
  }
  add_context(report, run);

  report["not_counted"] = {{"transactions", summary.transaction_samples}, {"sub_results", summary.sub_results}};
  report["other_samples"] = run.other_samples;
  Json& bad_records = report["bad_record_reports"] = Json::array();
  for (const BadRecordReport& bad : run.bad_record_reports) {
    bad_records.push_back({{"file", bad.file}, {"line", bad.line}, {"reason", bad.reason}});
  }
  Json& remarks = report["remarks"] = Json::array();
  for (const Remark& remark : run.remarks) {
    remarks.push_back({{"kind", name_of(remark.kind)},
                       {"count", remark.count},
                       {"file", remark.file},
                       {"line", remark.line},
                       {"example", remark.example}});
  }
  const auto uneven = uneven_sources(run);
  Json& sources = report["sources"] = Json::array();
  for (const Source& source : run.sources) {
    const auto found = std::ranges::find(uneven, &source, &UnevenSource::source);
    const auto seconds = [&](std::int64_t UnevenSource::* ns) {
      return found == uneven.end() ? 0.0 : static_cast<double>((*found).*ns) / 1e9;
    };
    sources.push_back({{"source", source.name},
                       {"samples", known(source.samples)},
                       {"started", format_rfc3339(source.started_ns)},
                       {"ended", format_rfc3339(source.ended_ns)},
                       {"active_users_max", source.active_users_max},
                       {"began_late_seconds", seconds(&UnevenSource::late_ns)},
                       {"ended_early_seconds", seconds(&UnevenSource::early_ns)}});
  }
  report["files"] = run.info.files;
  report["tags"] = Json::object();
  for (const auto& [key, value] : run.info.tags) report["tags"][key] = value;
  if (!run.info.environment.empty()) {
    Json& environment = report["environment"] = Json::object();
    for (const auto& [name, value] : run.info.environment) environment[name] = value;
  }
  report["interval_seconds"] = run.interval_seconds;

  report["dashboard_url"] = input.dashboard_url.empty() ? Json(nullptr) : Json(input.dashboard_url);

  Json& outputs = report["outputs"] = Json::array();
  for (const LedgerEntry& entry : input.ledger) {
    outputs.push_back({{"output", entry.output},
                       {"accepted", entry.accepted},
                       {"rejected", entry.rejected},
                       {"pending", entry.pending},
                       {"items", entry.items},
                       {"retries", entry.retries},
                       {"problems", entry.problems}});
  }
  add_judgement(report, input.judgement);
  // Labels come from result files: what is not UTF-8 is replaced.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace omniwriter
