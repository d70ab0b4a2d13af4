#include "systems/influxdb/influxdb.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "base/foreign_json.h"
#include "base/rfc3339.h"
#include "base/url.h"
#include "base/utf8.h"
#include "delivery/http_report.h"
#include "delivery/output_kind.h"
#include "formats/influxql/influxql.h"
#include "formats/line_protocol/line_protocol.h"
#include "model/alert_rules.h"
#include "model/alert_texts.h"
#include "model/detail_points.h"
#include "model/histogram_conversions.h"
#include "model/interval_points.h"
#include "model/kept_samples.h"
#include "model/load_test_metrics.h"
#include "net/http_client.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kMaxReasonBytes = 2000;

LineFields fields_of(const Measures& measures) {
  LineFields fields;
  for (const auto& [name, value] : measures) {
    std::visit([&, &key = name](const auto& number) { fields.emplace_back(key, number); }, value);
  }
  return fields;
}

std::uint64_t nanoseconds(std::int64_t time_ns) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time_ns, 0));
}

// The whole error text of an answer; empty where there is none.
std::string error_text(const HttpResponse& response) {
  const auto json = parse_foreign_json(response.body);
  for (const char* key : {"error", "message"}) {  // version 1, version 2
    if (json.is_object() && json.contains(key) && json[key].is_string()) return json[key].get<std::string>();
  }
  return {};
}

// What a person can do about a limit of the server that keeps points out; empty where it is none.
std::string_view remedy_of(std::string_view error) {
  const auto says = [&](std::string_view phrase) { return error.find(phrase) != std::string_view::npos; };
  if (says("retention policy") || says("retention period")) {
    return "the retention of the database ends after this run began: lengthen it (ALTER RETENTION POLICY … DURATION …, "
           "retention.influxdb_days), or send the run as if it were made now: omniwriter replay RUN --start-time now";
  }
  if (says("max-series") || says("max-values-per-tag")) {
    return "raise that limit in the configuration of InfluxDB, or drop series that nobody needs";
  }
  return {};
}

// The lines that the server quotes as unreadable, with its reason.
std::vector<RejectedItem> unreadable_lines(std::span<const OutputItem> batch, std::string_view error) {
  constexpr std::string_view kBefore = "unable to parse '";
  constexpr std::string_view kBehind = "': ";
  std::unordered_map<std::string_view, std::size_t> lines;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    lines.emplace(std::string_view(batch[i].bytes).substr(0, batch[i].bytes.size() - 1), i);
  }
  std::vector<RejectedItem> rejected;
  for (std::size_t at = error.find(kBefore); at != std::string::npos; at = error.find(kBefore, at)) {
    at += kBefore.size();
    const std::string_view quoted = error.substr(at, error.find(kBefore, at) - at);
    // The quoted line may itself hold what ends it.
    for (auto end = quoted.find(kBehind); end != std::string_view::npos; end = quoted.find(kBehind, end + 1)) {
      const auto line = lines.find(quoted.substr(0, end));
      if (line == lines.end()) continue;
      const auto reason = quoted.substr(end + kBehind.size());
      rejected.push_back({line->second, fmt::format("unable to parse: {}", reason.substr(0, reason.find('\n')))});
      break;
    }
  }
  return rejected;
}

class InfluxDb : public Output {
 public:
  InfluxDb(const Config& config, std::string url)
      : url_(std::move(url)),
        settings_(config.of<InfluxDbSettings>()),
        place_(config.of<InfluxDbSettings>().database),
        login_(influxdb_login(config)),
        labels_(config.labels),
        buckets_(config.response_time_buckets),
        alerts_(config.alerts.begin(), config.alerts.end()),
        prepare_timeout_(config.delivery.request_timeout) {}

  [[nodiscard]] std::string_view name() const override { return "influxdb"; }
  // Writes are idempotent, so request order does not matter.
  [[nodiscard]] BatchLimits limits() const override { return {.max_bytes = std::size_t{512} << 10, .requests = 8}; }

  // Buckets of version 2 are for people to make, version 3 makes its databases itself.
  [[nodiscard]] Result<void> prepare() override {
    if (prepared_) return {};
    const auto api = find_api();
    if (!api) return std::unexpected(api.error());
    api_ = *api;
    place_ = influxdb_place(settings_, api_);
    if (api_ == InfluxDbApi::v3) login_.token_scheme = "Bearer";
    if (api_ == InfluxDbApi::v1) {
      // A user that may only write, or a server without this statement, is no hindrance: writing will tell.
      const auto response = client_.send(
          post("/query?q=" + url_encode("CREATE DATABASE " + influxql_quoted(place_, '"')), {}, prepare_timeout_));
      if (!response) return std::unexpected(response.error());
      if (is_transient(response->status)) return std::unexpected(error_of(*response));
    }
    prepared_ = true;
    return {};
  }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    encode_rest(run, {}, emit);
  }

  [[nodiscard]] bool replaces_slots() const override { return true; }
  void encode_rest(const Run& run, const SentSlots& sent, const std::function<void(OutputItem)>& emit) const override {
    encode_slots(run, {}, sent, emit);
    encode_alerts(run, slots_of_alerts(sent), emit);
    encode_whole(run, true, emit);
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, news.fresh, {}, emit);
    encode_alerts(so_far, news.fresh, emit);
    encode_whole(so_far, false, emit);
  }

  [[nodiscard]] Result<void> remove(const Run& run) override { return remove(run, {}); }
  [[nodiscard]] Result<void> remove_whole(const Run& run) override {
    std::vector<std::string_view> of_whole{"load_test_endpoint"};
    if (std::ranges::any_of(run.series, is_detail, &Series::kind)) {
      of_whole.insert(of_whole.end(), {"load_test_run_phase", "load_test_run_dimension", "load_test_run_check",
                                       "load_test_run_metric"});
    }
    if (!run.error_messages.empty()) of_whole.emplace_back("load_test_error_message");
    of_whole.emplace_back("load_test_run");
    for (const std::string_view measurement : of_whole) {
      if (auto removed = remove(run, measurement); !removed) return removed;
    }
    return {};
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::string body;
    for (const OutputItem& item : batch) body += item.bytes;
    const auto response = client_.send(post(write_path(), body, timeout));
    if (!response) return report_no_answer(batch.size(), response.error());
    SendReport report = report_of(batch, *response);
    if (report.retry == Retry::blocked) prepared_ = false;  // what was prepared may be gone
    return report;
  }

 protected:
  void emit_point(const Run& run, const std::function<void(OutputItem)>& emit, const char* measurement, LineTags tags,
                  LineFields fields, std::int64_t time_ns, std::uint64_t samples) const {
    tags.emplace_back("test_name", run.info.test_name);
    const Labels labels = run_labels(run, labels_);
    tags.insert(tags.end(), labels.begin(), labels.end());
    emit({encode_line({measurement, std::move(tags), std::move(fields), time_ns}), samples});
  }

 private:
  SendReport report_of(std::span<const OutputItem> batch, const HttpResponse& response) const {
    const std::string error = error_text(response);
    // The points that were kept out are not named; to write the others again changes nothing.
    if (const auto remedy = remedy_of(error); !remedy.empty() && !response.ok()) {
      return report_blocked(batch.size(), server_words(response), remedy);
    }
    const bool written = response.status == 204;
    if (is_for_people(response)) return report_answer(batch.size(), response, written);
    if (api_ == InfluxDbApi::v3 && response.status == 400) {
      if (auto report = named_lines(batch.size(), response)) return *std::move(report);
    }
    const bool lines_refused = response.status == 400 || response.status == 422;
    return lines_refused ? report_refused(batch, response, error) : report_answer(batch.size(), response, written);
  }

  // What the server tells of its version is asked for only where that matters.
  Result<InfluxDbApi> find_api() {
    const bool known = settings_.api != InfluxDbApi::automatic || !login_.username.empty();
    if (known) return influxdb_api(settings_, {});
    HttpRequest request;
    request.url = join_url(url_, "/ping");
    request.login = login_;
    request.timeout = prepare_timeout_;
    const auto pong = client_.send(request);
    if (!pong) return std::unexpected(pong.error());
    if (is_transient(pong->status)) return std::unexpected(error_of(*pong));
    return influxdb_api(settings_, pong->header("x-influxdb-version"));
  }

  [[nodiscard]] std::string write_path() const {
    switch (api_) {
      case InfluxDbApi::v2:
        return fmt::format("/api/v2/write?{}&precision=ns", bucket_query());
      case InfluxDbApi::v3:
        return fmt::format("/api/v3/write_lp?db={}&precision=nanosecond&accept_partial=true", url_encode(place_));
      default:
        return fmt::format("/write?db={}&precision=ns", url_encode(place_));
    }
  }
  [[nodiscard]] std::string bucket_query() const {
    return fmt::format("org={}&bucket={}", url_encode(settings_.org), url_encode(place_));
  }

  // The points of a measurement; of all where none is named.
  Result<void> remove(const Run& run, std::string_view measurement) {
    if (auto prepared = prepare(); !prepared) return prepared;
    if (api_ == InfluxDbApi::v3) return fail(ErrorCode::refused, "InfluxDB 3 cannot delete points");
    if (api_ == InfluxDbApi::v2) {
      const auto response = delete_from_bucket(run, measurement);
      if (!response) return std::unexpected(response.error());
      if (response->status == 204) return {};
      // Version 1.8 is written to in the way of version 2, and has only the statement.
      if (response->status != 404) return std::unexpected(error_of(*response));
    }
    const std::string from = measurement.empty() ? "" : fmt::format("FROM {} ", influxql_quoted(measurement, '"'));
    const std::string statement =
        fmt::format("DELETE {}WHERE \"testid\" = {}", from, influxql_quoted(run.info.run_id, '\''));
    const auto response = client_.send(
        post(fmt::format("/query?db={}&q={}", url_encode(place_), url_encode(statement)), {}, prepare_timeout_));
    if (!response) return std::unexpected(response.error());
    if (!response->ok()) return std::unexpected(error_of(*response));
    // Statements fail with 200.
    if (const std::string error = error_text(*response); !error.empty()) return fail(ErrorCode::refused, error);
    if (const auto answer = parse_foreign_json(response->body); !answer.is_object() || !answer.contains("results")) {
      return std::unexpected(error_of(*response));
    }
    return {};
  }

  // A day more on either side, for slots are wider than the run.
  Result<HttpResponse> delete_from_bucket(const Run& run, std::string_view measurement) {
    constexpr std::int64_t kDayNs = 86'400 * kNsPerSecond;
    std::string points = "testid=" + influxql_quoted(run.info.run_id, '"');
    if (!measurement.empty()) points += " AND _measurement=" + influxql_quoted(measurement, '"');
    const nlohmann::json body{{"start", format_rfc3339(run.started_ns - kDayNs)},
                              {"stop", format_rfc3339(run.ended_ns + kDayNs)},
                              {"predicate", std::move(points)}};
    const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    HttpRequest request = post("/api/v2/delete?" + bucket_query(), text, prepare_timeout_);
    request.headers = {{"Content-Type", "application/json"}};
    request.compress = false;
    return client_.send(request);
  }

  // Version 3 numbers the lines that it refused; the others are written. Nothing where the answer is another.
  static std::optional<SendReport> named_lines(std::size_t items, const HttpResponse& response) {
    const auto json = parse_foreign_json(response.body);
    if (!json.is_object() || !json.contains("data") || !json["data"].is_array() || json["data"].empty()) return {};
    SendReport report;
    for (const auto& line : json["data"]) {
      if (!line.is_object() || !line.contains("line_number") || !line["line_number"].is_number_unsigned()) return {};
      const auto number = line["line_number"].get<std::size_t>();
      if (number < 1 || number > items) return {};
      const bool has_words = line.contains("error_message") && line["error_message"].is_string();
      const std::string words = has_words ? line["error_message"].get<std::string>() : server_words(response);
      report.rejected.push_back({number - 1, clean_utf8(words, kMaxReasonBytes)});
    }
    return report;
  }

  void encode_slots(const Run& run, SlotRange slots, const SentSlots& sent,
                    const std::function<void(OutputItem)>& emit) const {
    const auto seconds = static_cast<double>(run.interval_seconds);
    run.for_each_interval(
        [&](std::int64_t start, std::uint32_t users, const std::vector<Run::Cell>& cells) {
          if (sent.has(start / run.interval_seconds)) return;
          const std::int64_t time_ns = start * kNsPerSecond;
          const Tally all = run.interval_total(start, cells);
          for (const auto& [series, tally] : cells) {
            const std::string& endpoint = series->endpoint;
            emit_point(run, emit, "load_test_interval", {{"endpoint", endpoint}},
                       fields_of(measures_of(run, *tally, seconds)), time_ns, tally->samples());
            for (const auto& [status, count] : run.by_status(*tally)) {
              emit_point(run, emit, "load_test_status", {{"endpoint", endpoint}, {"status", status}},
                         {{"count", count}}, time_ns, 0);
            }
            for (const auto& [error_type, count] : run.by_error_type(*tally)) {
              emit_point(run, emit, "load_test_errors", {{"endpoint", endpoint}, {"error_type", error_type}},
                         {{"count", count}}, time_ns, 0);
            }
          }
          LineFields fields = fields_of(interval_total_measures(run, start, users, all));
          emit_point(run, emit, "load_test_interval_total", {}, std::move(fields), time_ns, 0);
          for (const auto& [upper_ms, count] : heatmap_buckets(all.response_time, buckets_)) {
            emit_point(run, emit, "load_test_buckets", {{"le_ms", upper_ms}}, {{"count", count}}, time_ns, 0);
          }
        },
        slots);
    for_each_detail(
        run,
        [&](const DetailPoint& point) {
          if (sent.has(point.slot)) return;
          emit_detail(run, emit, fmt::format("load_test_{}", point.type), point, point.start_seconds * kNsPerSecond);
        },
        slots);
  }

  void emit_detail(const Run& run, const std::function<void(OutputItem)>& emit, const std::string& measurement,
                   const DetailPoint& point, std::int64_t time_ns) const {
    emit_point(run, emit, measurement.c_str(), {point.names.begin(), point.names.end()}, fields_of(point.measures),
               time_ns, 0);
  }

  void encode_alerts(const Run& run, SlotRange slots, const std::function<void(OutputItem)>& emit) const {
    for (const AlertState& state : alert_states(run, alerts_, slots)) {
      const AlertRule& rule = alerts_[state.rule];
      emit_point(run, emit, "load_test_alerts", {{"alertname", rule.alertname}, {"severity", name_of(rule.severity)}},
                 {{"value", state.value},
                  {"threshold", rule.threshold},
                  {"breached", std::uint64_t{state.breached}},
                  {"state", static_cast<std::uint64_t>(state.phase)},
                  {"value_text", value_text(rule.signal, state.value)},
                  {"threshold_text", threshold_text(rule)}},
                 state.time_ns, 0);
    }
  }

  // How the run and its endpoints stand. The run last, so that who finds it finds all of it.
  void encode_whole(const Run& run, bool finished, const std::function<void(OutputItem)>& emit) const {
    for (const Series& series : run.series) {
      if (series.kind != SampleKind::request) continue;
      emit_point(run, emit, "load_test_endpoint", {{"endpoint", series.endpoint}},
                 fields_of(endpoint_measures(run, series)), run.started_ns, 0);
    }
    for_each_detail_of_run(run, [&](const DetailPoint& point) {
      emit_detail(run, emit, fmt::format("load_test_run_{}", point.type), point, run.started_ns);
    });
    // One that was told of before may be none of the most frequent in the end: all are told of then.
    for (const ErrorMessage& one : finished ? run.error_messages : first_messages(run)) {
      emit_point(run, emit, "load_test_error_message",
                 {{"endpoint", one.endpoint}, {"error_type", one.error_type}, {"message", one.message}},
                 {{"count", one.count},
                  {"first_seen", nanoseconds(one.first_ns)},
                  {"last_seen", nanoseconds(one.last_ns)},
                  {"example", one.example}},
                 run.started_ns, 0);
    }
    LineFields fields = fields_of(run_measures(run));
    fields.emplace_back("tool", run.info.tool);
    fields.emplace_back("finished", std::uint64_t{finished});
    fields.emplace_back("ended", nanoseconds(run.ended_ns));
    if (run.reported) fields.emplace_back("reported", std::uint64_t{1});
    emit_point(run, emit, "load_test_run", {}, std::move(fields), run.started_ns, 0);
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
    request.login = login_;
    request.compress = true;
    request.timeout = timeout;
    return request;
  }

  std::string url_;
  InfluxDbSettings settings_;
  std::string place_;  // database or bucket
  HttpLogin login_;
  InfluxDbApi api_ = InfluxDbApi::v1;   // in use; known once prepared
  std::atomic<bool> prepared_ = false;  // several threads send
  std::map<std::string, std::string> labels_;
  std::vector<double> buckets_;
  std::vector<AlertRule> alerts_;
  std::chrono::milliseconds prepare_timeout_;
  HttpClient client_{aborted()};
};

class InfluxDbSamples final : public InfluxDb {
 public:
  using InfluxDb::InfluxDb;

  [[nodiscard]] std::string_view name() const override { return "influxdb_samples"; }
  [[nodiscard]] bool takes_samples() const override { return true; }
  [[nodiscard]] bool replaces_slots() const override { return false; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    const bool has_times = knows_response_times(run);
    for_each_kept_sample(run, [&](const KeptSample& sample) {
      LineTags tags{{"endpoint", sample.endpoint}, {"status", sample.outcome->status}};
      if (!sample.outcome->error_type.empty()) tags.emplace_back("error_type", sample.outcome->error_type);
      // Points of the same tags and time are one point: below the millisecond, the time is the number of the sample.
      const std::string part = std::to_string(sample.number / kNsPerMs);
      if (part != "0") tags.emplace_back("part", part);
      const std::int64_t millisecond = floor_to_millisecond(sample.start_ns);
      const std::int64_t time_ns = millisecond + static_cast<std::int64_t>(sample.number % kNsPerMs);
      LineFields fields;
      if (has_times) fields.emplace_back("response_time", static_cast<double>(sample.duration_ns) / 1e9);
      if (run.knows_received) fields.emplace_back("bytes_received", sample.bytes_received);
      if (run.knows_sent) fields.emplace_back("bytes_sent", sample.bytes_sent);
      fields.emplace_back("count", std::uint64_t{sample.repeat});
      emit_point(run, emit, "load_test_sample", std::move(tags), std::move(fields), time_ns, sample.repeat);
    });
  }

 private:
  static constexpr std::uint64_t kNsPerMs = 1'000'000;

  static std::int64_t floor_to_millisecond(std::int64_t time_ns) {
    constexpr auto kUnit = static_cast<std::int64_t>(kNsPerMs);
    const std::int64_t past = time_ns % kUnit;
    return time_ns - (past < 0 ? past + kUnit : past);
  }
};

template <typename Kind>
Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<Kind>(config, target);
}

}  // namespace

const OutputKind& output_influxdb() {
  static const OutputKind kKind{"influxdb", "URL", "InfluxDB 1, 2 or 3, with the timeline of every endpoint",
                                [](const Config& config) { return config.of<InfluxDbSettings>().url; }, make<InfluxDb>};
  return kKind;
}

const OutputKind& output_influxdb_samples() {
  static const OutputKind kKind{"influxdb_samples",
                                "URL",
                                "InfluxDB, a point for each single sample",
                                [](const Config& /*config*/) { return std::string(); },
                                make<InfluxDbSamples>,
                                "influxdb"};
  return kKind;
}

}  // namespace omniwriter
