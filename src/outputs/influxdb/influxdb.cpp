#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "base/url.h"
#include "formats/influxql/influxql.h"
#include "formats/line_protocol/line_protocol.h"
#include "model/alert_rules.h"
#include "model/histogram_conversions.h"
#include "model/load_test_metrics.h"
#include "net/http_client.h"
#include "pipeline/http_report.h"
#include "pipeline/output_kind.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

using Fields = std::vector<std::pair<std::string, FieldValue>>;
using Tags = std::vector<std::pair<std::string, std::string>>;

void add_known(Fields& fields, const char* name, const std::optional<double>& value) {
  if (value) fields.emplace_back(name, *value);
}

// What is known of a set of samples that were taken over `seconds`.
Fields fields_of(const Run& run, const Tally& tally, double seconds) {
  Fields fields{{"requests", tally.samples()},
                {"errors", run.errors(tally)},
                {"throughput_rps", Run::rate(tally.samples(), seconds)}};
  add_known(fields, "mean", tally.mean());
  add_known(fields, "min", tally.minimum());
  add_known(fields, "p50", tally.quantile(0.5));
  add_known(fields, "p90", tally.quantile(0.9));
  add_known(fields, "p95", tally.quantile(0.95));
  add_known(fields, "p99", tally.quantile(0.99));
  add_known(fields, "max", tally.maximum());
  fields.emplace_back("bytes_received", tally.bytes_received);
  fields.emplace_back("bytes_sent", tally.bytes_sent);
  return fields;
}

// The whole error text of an answer; empty where there is none.
std::string error_text(const HttpResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  for (const char* key : {"error", "message"}) {  // version 1, version 2
    if (json.is_object() && json.contains(key) && json[key].is_string()) return json[key].get<std::string>();
  }
  return {};
}

// The lines that the server quotes as unreadable, with its reason.
std::vector<RejectedItem> unreadable_lines(std::span<const OutputItem> batch, std::string_view error) {
  constexpr std::string_view before = "unable to parse '";
  constexpr std::string_view behind = "': ";
  std::unordered_map<std::string_view, std::size_t> lines;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    lines.emplace(std::string_view(batch[i].bytes).substr(0, batch[i].bytes.size() - 1), i);
  }
  std::vector<RejectedItem> rejected;
  for (std::size_t at = error.find(before); at != std::string::npos; at = error.find(before, at)) {
    at += before.size();
    const std::string_view quoted = error.substr(at, error.find(before, at) - at);
    // The quoted line may itself hold what ends it.
    for (auto end = quoted.find(behind); end != std::string_view::npos; end = quoted.find(behind, end + 1)) {
      const auto line = lines.find(quoted.substr(0, end));
      if (line == lines.end()) continue;
      const auto reason = quoted.substr(end + behind.size());
      rejected.push_back({line->second, fmt::format("unable to parse: {}", reason.substr(0, reason.find('\n')))});
      break;
    }
  }
  return rejected;
}

class InfluxDb final : public Output {
 public:
  InfluxDb(const Config& config, std::string url)
      : url_(std::move(url)),
        database_(config.monitoring.influxdb_database),
        username_(config.monitoring.influxdb_username),
        password_(config.monitoring.influxdb_password),
        labels_(config.labels),
        buckets_(config.response_time_buckets),
        alerts_(config.alerts.begin(), config.alerts.end()),
        prepare_timeout_(config.delivery.request_timeout) {}

  [[nodiscard]] std::string_view name() const override { return "influxdb"; }

  // A user that may only write, or a server without this statement, is no hindrance: writing will tell.
  [[nodiscard]] Result<void> prepare() override {
    const auto response = client_.send(
        post("/query?q=" + url_encode("CREATE DATABASE " + influxql_quoted(database_, '"')), {}, prepare_timeout_));
    if (!response) return std::unexpected(response.error());
    if (is_transient(response->status)) return std::unexpected(error_of(*response));
    return {};
  }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(run, {}, emit);
    for (const AlertState& state : alert_states(run, alerts_)) {
      const AlertRule& rule = alerts_[state.rule];
      emit_point(run, emit, "load_test_alerts",
                 {{"alertname", std::string(rule.alertname)}, {"severity", std::string(name_of(rule.severity))}},
                 {{"value", state.value}, {"threshold", rule.threshold}, {"breached", std::uint64_t{state.breached}}},
                 state.time_ns, 0);
    }

    // Last, so that who finds it finds all of the run.
    Tally total = run.total();
    total.bytes_received = run.bytes_received(total);
    total.bytes_sent = run.bytes_sent(total);
    Fields fields = fields_of(run, total, run.duration_seconds());
    add_known(fields, "p99_9", total.quantile(0.999));
    fields.emplace_back("duration_seconds", run.duration_seconds());
    if (!run.active_users.empty()) fields.emplace_back("active_users", std::uint64_t{run.active_users_max()});
    fields.emplace_back("bad_records", run.bad_records);
    fields.emplace_back("tool", run.info.tool);
    if (run.reported) fields.emplace_back("reported", std::uint64_t{1});
    emit_point(run, emit, "load_test_run", {}, std::move(fields), run.started_ns, 0);
  }

  void encode_live(const Run& so_far, SlotRange fresh, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, fresh, emit);
  }

  [[nodiscard]] Result<void> remove(const Run& run) override {
    const std::string statement = "DELETE WHERE \"testid\" = " + influxql_quoted(run.info.run_id, '\'');
    const auto response = client_.send(
        post(fmt::format("/query?db={}&q={}", url_encode(database_), url_encode(statement)), {}, prepare_timeout_));
    if (!response) return std::unexpected(response.error());
    if (!response->ok()) return std::unexpected(error_of(*response));
    // Statements fail with 200.
    if (const std::string error = error_text(*response); !error.empty()) return fail(ErrorCode::refused, error);
    return {};
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::string body;
    for (const OutputItem& item : batch) body += item.bytes;
    const auto response =
        client_.send(post(fmt::format("/write?db={}&precision=ns", url_encode(database_)), body, timeout));
    if (!response) return report_no_answer(batch.size(), response.error());
    const std::string error = error_text(*response);
    const bool lines_refused =
        response->status == 400 || response->status == 422 || error.find("max-series") != std::string::npos;
    return lines_refused ? report_refused(batch, *response, error) : report_answer(batch.size(), *response);
  }

 private:
  void emit_point(const Run& run, const std::function<void(OutputItem)>& emit, const char* measurement, Tags tags,
                  Fields fields, std::int64_t time_ns, std::uint64_t samples) const {
    tags.emplace_back("test_name", run.info.test_name);
    for (const auto& label : run_labels(run, labels_)) tags.push_back(label);
    emit({encode_line({measurement, std::move(tags), std::move(fields), time_ns}), samples});
  }

  void encode_slots(const Run& run, SlotRange slots, const std::function<void(OutputItem)>& emit) const {
    const auto seconds = static_cast<double>(run.interval_seconds);
    run.for_each_interval(
        [&](std::int64_t start, std::uint32_t users, const std::vector<Run::Cell>& cells) {
          const std::int64_t time_ns = start * kNsPerSecond;
          const Tally all = run.interval_total(start, cells);
          for (const auto& [series, tally] : cells) {
            const std::string& endpoint = series->endpoint;
            emit_point(run, emit, "load_test_interval", {{"endpoint", endpoint}}, fields_of(run, *tally, seconds),
                       time_ns, tally->samples());
            for (const auto& [status, count] : run.by_status(*tally)) {
              emit_point(run, emit, "load_test_status", {{"endpoint", endpoint}, {"status", status}},
                         {{"count", count}}, time_ns, 0);
            }
            for (const auto& [error_type, count] : run.by_error_type(*tally)) {
              emit_point(run, emit, "load_test_errors", {{"endpoint", endpoint}, {"error_type", error_type}},
                         {{"count", count}}, time_ns, 0);
            }
          }
          Fields fields = fields_of(run, all, seconds);
          if (users != 0) fields.emplace_back("active_users", std::uint64_t{users});
          if (const auto vitals = run.vitals.find(start / run.interval_seconds); vitals != run.vitals.end()) {
            if (vitals->second.cpu_percent) fields.emplace_back("cpu_percent", *vitals->second.cpu_percent);
            if (vitals->second.memory_mb) fields.emplace_back("memory_mb", *vitals->second.memory_mb);
          }
          emit_point(run, emit, "load_test_interval_total", {}, std::move(fields), time_ns, 0);
          for (const auto& [upper_ms, count] : heatmap_buckets(all.response_time, buckets_)) {
            emit_point(run, emit, "load_test_buckets", {{"le_ms", upper_ms}}, {{"count", count}}, time_ns, 0);
          }
        },
        slots);
  }

  // Some lines were refused; the good ones may have been written. Writing those again changes nothing.
  static SendReport report_refused(std::span<const OutputItem> batch, const HttpResponse& response,
                                   const std::string& error) {
    SendReport report;
    report.rejected = unreadable_lines(batch, error);
    const bool others_written = error.starts_with("partial write");
    if (!report.rejected.empty() && others_written) return report;
    if (error.ends_with(fmt::format("dropped={}", batch.size()))) {
      return all_rejected(batch.size(), server_words(response));
    }
    SendReport rest = all_retryable(batch.size(), server_words(response), Retry::bisect);
    for (const RejectedItem& item : report.rejected) std::erase(rest.retryable, item.index);
    rest.rejected = std::move(report.rejected);
    return rest;
  }

  [[nodiscard]] HttpRequest post(const std::string& path, std::string_view body,
                                 std::chrono::milliseconds timeout) const {
    HttpRequest request;
    request.method = "POST";
    request.url = join_url(url_, path);
    request.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    request.body = body;
    request.username = username_;
    request.password = password_;
    request.compress = true;
    request.timeout = timeout;
    return request;
  }

  std::string url_;
  std::string database_;
  std::string username_;
  Secret password_;
  std::map<std::string, std::string> labels_;
  std::vector<double> buckets_;
  std::vector<AlertRule> alerts_;
  std::chrono::milliseconds prepare_timeout_;
  HttpClient client_;
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<InfluxDb>(config, target);
}

}  // namespace

const OutputKind& output_influxdb() {
  static const OutputKind kKind{"influxdb", "URL", "InfluxDB 1.x, with the timeline of every endpoint",
                                [](const Config& config) { return config.monitoring.influxdb_url; }, make};
  return kKind;
}

}  // namespace omniwriter
