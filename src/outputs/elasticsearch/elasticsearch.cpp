#include "systems/elasticsearch/elasticsearch.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/foreign_json.h"
#include "base/rfc3339.h"
#include "base/stable_hash.h"
#include "base/url.h"
#include "base/utf8.h"
#include "delivery/http_report.h"
#include "delivery/output_kind.h"
#include "formats/es_bulk/es_bulk.h"
#include "model/alert_rules.h"
#include "model/alert_texts.h"
#include "model/detail_points.h"
#include "model/histogram_conversions.h"
#include "model/interval_points.h"
#include "model/kept_samples.h"
#include "net/http_client.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kMaxReasonBytes = 2000;

// What is not known is left out.
json response_times(const Tally& tally) {
  json times{{"sum", tally.response_time.sum_seconds()}};
  const auto add = [&](const char* name, const std::optional<double>& value) {
    if (value) times[name] = *value;
  };
  add("mean", tally.mean());
  add("min", tally.minimum());
  add("p50", tally.quantile(0.5));
  add("p90", tally.quantile(0.9));
  add("p95", tally.quantile(0.95));
  add("p99", tally.quantile(0.99));
  add("p99_9", tally.quantile(0.999));
  add("max", tally.maximum());
  return times;
}

// Where they are known.
void add_bytes(json& fields, std::optional<std::uint64_t> received, std::optional<std::uint64_t> sent) {
  if (received) fields["bytes_received"] = *received;
  if (sent) fields["bytes_sent"] = *sent;
}

// What is known of a set of samples that were taken over `seconds`.
json fields_of(const Run& run, const Tally& tally, double seconds) {
  const std::uint64_t errors = run.errors(tally);
  json fields{{"samples", tally.samples()},
              {"errors", errors},
              {"error_ratio", Run::rate(errors, static_cast<double>(tally.samples()))},
              {"throughput_rps", Run::rate(tally.samples(), seconds)},
              {"response_time_seconds", response_times(tally)}};
  add_bytes(fields, run.received(tally.bytes_received), run.sent(tally.bytes_sent));
  return fields;
}

json fields_of(const DetailPoint& point) {
  json fields = json::object();
  for (const auto& [name, value] : point.names) fields[std::string(name)] = value;
  for (const auto& [name, value] : point.measures) {
    std::visit([&, &key = name](const auto& number) { fields[std::string(key)] = number; }, value);
  }
  return fields;
}

// Where one kind of error was met.
struct ErrorSpan {
  std::uint64_t count = 0;
  std::int64_t first_slot = 0;
  std::int64_t last_slot = 0;
};

std::map<std::string, ErrorSpan> error_spans(const Run& run, const Series& series) {
  std::map<std::string, ErrorSpan> spans;
  for (const auto& [slot, tally] : series.timeline) {
    for (const auto& [error_type, count] : run.by_error_type(tally)) {
      ErrorSpan& span = spans.try_emplace(error_type, ErrorSpan{0, slot, slot}).first->second;
      span.count += count;
      span.last_slot = slot;
    }
  }
  return spans;
}

// Not the document is at fault but its index, the cluster or the account: a person has to mend something there.
bool is_for_people(int status, std::string_view reason) {
  if (status == 401 || status == 403 || status == 404) return true;
  if (reason.starts_with("cluster_block_exception")) return true;  // a full disk comes as 429
  const auto any_of = [&](std::initializer_list<std::string_view> phrases) {
    return std::ranges::any_of(phrases, [&](auto phrase) { return reason.find(phrase) != std::string_view::npos; });
  };
  // How many shards there may be; what a name stands for already; a closed index; a template that cannot be applied.
  return any_of({"maximum normal shards open", "maximum shards open", "invalid_alias_name_exception",
                 "invalid_index_name_exception", "invalid_index_template_exception", "index_closed_exception",
                 "no write index is defined", "more than one indices", "matching patterns from existing templates",
                 "index_template", "index template", "composable template", "data stream", "pipeline with id",
                 "Limit of total fields", "security_exception"});
}

// Without the id, which would make a reason of its own of every document.
std::string without_id(std::string reason) {
  constexpr std::string_view kBefore = " in document with id '";
  const auto begin = reason.find(kBefore);
  const auto end = begin == std::string::npos ? begin : reason.find('\'', begin + kBefore.size());
  if (end != std::string::npos) reason.erase(begin, end + 1 - begin);
  return reason;
}

class Elasticsearch : public Output {
 public:
  Elasticsearch(const Config& config, std::string url)
      : url_(std::move(url)),
        login_(elasticsearch_login(config)),
        index_(config.of<ElasticsearchSettings>().index),
        labels_(config.labels),
        buckets_(config.response_time_buckets),
        alerts_(config.alerts.begin(), config.alerts.end()),
        prepare_timeout_(config.delivery.request_timeout) {}

  [[nodiscard]] std::string_view name() const override { return "elasticsearch"; }
  // Writes are idempotent, so request order does not matter.
  [[nodiscard]] BatchLimits limits() const override { return {.max_bytes = std::size_t{512} << 10, .requests = 8}; }

  [[nodiscard]] Result<void> prepare() override {
    if (prepared_) return {};
    const auto version = read_version();
    if (!version) return std::unexpected(version.error());
    const bool composable = *version >= Version{7, 8};
    // Before version 7 every document has a type; it can stand in the path.
    bulk_path_ = *version >= Version{7, 0} ? "/_bulk" : fmt::format("/{}/_doc/_bulk", url_encode(index_));

    const auto alias = choose_alias();
    if (!alias) return std::unexpected(alias.error());
    const std::string path = composable ? "/_index_template/" + url_encode(index_)
                                        : fmt::format("/_template/{}?include_type_name=false", url_encode(index_));
    const auto present = ask("GET", path, {});
    if (!present) return std::unexpected(present.error());
    if (!present->ok() && present->status != 404) return std::unexpected(error_of(*present));
    if (!present->ok() || is_older_template_of_ours(present->body)) {
      const auto put = ask("PUT", path, index_template(index_, *alias, composable));
      if (!put) return std::unexpected(put.error());
      if (!put->ok()) return std::unexpected(error_of(*put));
      if (present->ok() && composable) {
        // Fields that are new, in indices that are there. A user that may not do this has them from tomorrow on.
        std::ignore = ask("PUT", fmt::format("/{}-*/_mapping", url_encode(index_)), load_test_mappings().dump());
      }
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
    for (const Series& series : run.series) {
      if (series.kind != SampleKind::request) continue;
      for (const auto& [error_type, span] : error_spans(run, series)) {
        const std::int64_t first_ns = span.first_slot * run.interval_seconds * kNsPerSecond;
        const std::int64_t last_ns = span.last_slot * run.interval_seconds * kNsPerSecond;
        emit_document(run, emit, "error", first_ns, series.endpoint, error_type,
                      {{"endpoint", series.endpoint},
                       {"error_type", error_type},
                       {"count", span.count},
                       {"first_seen", format_rfc3339(first_ns)},
                       {"last_seen", format_rfc3339(last_ns)}},
                      0);
      }
    }
    encode_whole(run, true, emit);
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    encode_slots(so_far, news.fresh, {}, emit);
    encode_alerts(so_far, news.fresh, emit);
    encode_whole(so_far, false, emit);
  }

  [[nodiscard]] Result<void> remove(const Run& run) override {
    return remove_found(json{{"term", {{"testid", run.info.run_id}}}});
  }
  // An error of the whole run has its place by the first slot with it.
  [[nodiscard]] Result<void> remove_whole(const Run& run) override {
    const json of_run{{"term", {{"testid", run.info.run_id}}}};
    const json of_whole{
        {"terms",
         {{"doc_type",
           {"endpoint", "error", "run", "run_phase", "run_dimension", "run_check", "run_metric", "error_message"}}}}};
    return remove_found(json{{"bool", {{"filter", {of_run, of_whole}}}}});
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::string body;
    // Whichever request was sent last counts, whichever the server comes to last.
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto version = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    for (const OutputItem& item : batch) append_bulk(body, item.bytes, version);
    const auto response = ask("POST", bulk_path_ + "?filter_path=errors,items.*.error,items.*.status", body, timeout);
    if (!response) return report_no_answer(batch.size(), response.error());
    SendReport report = response->ok() ? report_bulk(batch.size(), *response) : report_failure(batch.size(), *response);
    if (report.retry == Retry::blocked) prepared_ = false;  // what was prepared may be gone
    return report;
  }

 protected:
  // A document that never changes. `first`: what tells it from others of its type at that time. `index`: without the
  // day.
  void emit_once(const Run& run, const std::function<void(OutputItem)>& emit, std::string_view index, const char* type,
                 std::int64_t time_ns, std::string_view first, json document, std::uint64_t samples) const {
    complete(document, run, type, time_ns);
    emit({encode_bulk_create(index_of_day(index, time_ns), id_of(run, type, time_ns, first, {}), document), samples});
  }
  [[nodiscard]] const std::string& index() const { return index_; }

 private:
  struct Version {
    int major = 0;
    int minor = 0;
    auto operator<=>(const Version&) const = default;
  };
  static constexpr Version kModern{8, 0};

  // A document in the place of what it was before. `first` and `second`: what tells it from others of its type at that
  // time.
  void emit_document(const Run& run, const std::function<void(OutputItem)>& emit, const char* type,
                     std::int64_t time_ns, std::string_view first, std::string_view second, json document,
                     std::uint64_t samples) const {
    complete(document, run, type, time_ns);
    emit({encode_bulk_put(index_of_day(index_, time_ns), id_of(run, type, time_ns, first, second), document), samples});
  }
  void emit_state(const Run& run, const std::function<void(OutputItem)>& emit, const char* type, std::int64_t time_ns,
                  std::string_view first, json document) const {
    emit_document(run, emit, type, time_ns, first, {}, std::move(document), 0);
  }

  void complete(json& document, const Run& run, const char* type, std::int64_t time_ns) const {
    document["@timestamp"] = format_rfc3339(time_ns);
    document["doc_type"] = type;
    document["testid"] = run.info.run_id;
    document["test_name"] = run.info.test_name;
    document["tool"] = run.info.tool;
    for (const auto& [key, value] : labels_) document["labels"].push_back(fmt::format("{}={}", key, value));
  }
  // The index follows from the time of the document, so that a second delivery meets the first one's documents even
  // when days have passed.
  static std::string index_of_day(std::string_view index, std::int64_t time_ns) {
    return fmt::format("{}-{}", index, format_day(time_ns));
  }
  static std::string id_of(const Run& run, const char* type, std::int64_t time_ns, std::string_view first,
                           std::string_view second) {
    return stable_hash({run.info.run_id, type, fmt::format("{}", time_ns), first, second});
  }

  void encode_alerts(const Run& run, SlotRange slots, const std::function<void(OutputItem)>& emit) const {
    for (const AlertState& state : alert_states(run, alerts_, slots)) {
      const AlertRule& rule = alerts_[state.rule];
      emit_state(run, emit, "alert", state.time_ns, rule.id,
                 {{"alertname", rule.alertname},
                  {"severity", name_of(rule.severity)},
                  {"value", state.value},
                  {"threshold", rule.threshold},
                  {"breached", state.breached ? 1 : 0},
                  {"state", static_cast<int>(state.phase)},
                  {"state_text", name_of(state.phase)},
                  {"value_text", value_text(rule.signal, state.value)},
                  {"threshold_text", threshold_text(rule)}});
    }
  }

  // How the run and its endpoints stand. The run last, so that who finds it finds all of it.
  void encode_whole(const Run& run, bool finished, const std::function<void(OutputItem)>& emit) const {
    for (const Series& series : run.series) {
      if (series.kind != SampleKind::request) continue;
      json document = fields_of(run, series.total, run.duration_seconds());
      document["endpoint"] = series.endpoint;
      if (const auto share = time_share(run, series)) document["time_share"] = *share;
      emit_state(run, emit, "endpoint", run.started_ns, series.endpoint, std::move(document));
    }
    for_each_detail_of_run(run, [&](const DetailPoint& point) {
      emit_detail(run, emit, fmt::format("run_{}", point.type), run.started_ns, point);
    });
    // One that was told of before may be none of the most frequent in the end: all are told of then.
    for (const ErrorMessage& one : finished ? run.error_messages : first_messages(run)) {
      emit_document(run, emit, "error_message", run.started_ns, one.endpoint + '\0' + one.error_type, one.message,
                    {{"endpoint", one.endpoint},
                     {"error_type", one.error_type},
                     {"message", one.message},
                     {"count", one.count},
                     {"first_seen", format_rfc3339(one.first_ns)},
                     {"last_seen", format_rfc3339(one.last_ns)},
                     {"example", one.example}},
                    0);
    }
    const Tally total = run.total();
    json document = fields_of(run, total, run.duration_seconds());
    document["finished"] = finished;
    document["started"] = format_rfc3339(run.started_ns);
    document["started_run"] = started_run(run.started_ns, run.info.run_id, run.info.test_name);
    document["ended"] = format_rfc3339(run.ended_ns);
    document["duration_seconds"] = run.duration_seconds();
    add_bytes(document, run.bytes_received(total), run.bytes_sent(total));
    document["bad_records"] = run.bad_records;
    if (run.reported) document["reported"] = true;
    if (!run.active_users.empty()) document["active_users_max"] = run.active_users_max();
    if (!run.info.tags.empty()) {
      for (const auto& [key, value] : run.info.tags) document["tags"].push_back(fmt::format("{}={}", key, value));
    }
    emit_state(run, emit, "run", run.started_ns, {}, std::move(document));
  }

  void encode_slots(const Run& run, SlotRange slots, const SentSlots& sent,
                    const std::function<void(OutputItem)>& emit) const {
    const auto slot_seconds = static_cast<double>(run.interval_seconds);
    run.for_each_interval(
        [&](std::int64_t start, std::uint32_t users, const std::vector<Run::Cell>& cells) {
          if (sent.has(start / run.interval_seconds)) return;
          const std::int64_t time_ns = start * kNsPerSecond;
          const Tally all = run.interval_total(start, cells);
          for (const auto& [series, tally] : cells) {
            json document = fields_of(run, *tally, slot_seconds);
            document["endpoint"] = series->endpoint;
            document["interval_seconds"] = run.interval_seconds;
            if (users != 0) document["active_users"] = users;
            emit_document(run, emit, "interval", time_ns, series->endpoint, {}, std::move(document), tally->samples());
            for (const auto& [status, count] : run.by_status(*tally)) {
              emit_document(run, emit, "status", time_ns, series->endpoint, status,
                            {{"endpoint", series->endpoint}, {"status", status}, {"count", count}}, 0);
            }
            for (const auto& [error_type, count] : run.by_error_type(*tally)) {
              emit_document(run, emit, "error_interval", time_ns, series->endpoint, error_type,
                            {{"endpoint", series->endpoint}, {"error_type", error_type}, {"count", count}}, 0);
            }
          }
          json document = fields_of(run, all, slot_seconds);
          document["interval_seconds"] = run.interval_seconds;
          if (users != 0) document["active_users"] = users;
          if (const auto vitals = run.vitals.find(start / run.interval_seconds); vitals != run.vitals.end()) {
            if (vitals->second.cpu_percent) document["cpu_percent"] = *vitals->second.cpu_percent;
            if (vitals->second.memory_mb) document["memory_mb"] = *vitals->second.memory_mb;
          }
          emit_document(run, emit, "interval_total", time_ns, {}, {}, std::move(document), 0);
          for (const auto& [upper_ms, count] : heatmap_buckets(all.response_time, buckets_)) {
            emit_document(run, emit, "bucket", time_ns, upper_ms, {}, {{"le_ms", upper_ms}, {"count", count}}, 0);
          }
        },
        slots);
    for_each_detail(
        run,
        [&](const DetailPoint& point) {
          if (sent.has(point.slot)) return;
          emit_detail(run, emit, std::string(point.type), point.start_seconds * kNsPerSecond, point);
        },
        slots);
  }

  void emit_detail(const Run& run, const std::function<void(OutputItem)>& emit, const std::string& type,
                   std::int64_t time_ns, const DetailPoint& point) const {
    emit_document(run, emit, type.c_str(), time_ns, point.names.front().second, point.names.back().second,
                  fields_of(point), 0);
  }

  // In pages, and document by document: deleting by query is a module that not every server has.
  Result<void> remove_found(const json& wanted) {
    if (auto prepared = prepare(); !prepared) return prepared;  // tells how to ask
    constexpr int kPage = 5000;
    const json query{{"size", kPage}, {"_source", false}, {"query", wanted}};
    const std::string all = fmt::format("/{}-*/", url_encode(index_));
    while (true) {
      if (auto refreshed = ask_and_check(all + "_refresh", {}); !refreshed) return forward(refreshed);
      const auto found = ask_and_check(all + "_search?ignore_unavailable=true", query.dump());
      if (!found) return forward(found);
      const json answer = parse_foreign_json(*found);
      const json::json_pointer hits("/hits/hits");
      if (!answer.is_object() || !answer.contains(hits)) {
        return fail(ErrorCode::refused, "the answer to a search has no list of hits");
      }
      if (answer[hits].empty()) return {};
      std::string body;
      for (const json& hit : answer[hits]) body += encode_bulk_delete(hit.value("_index", ""), hit.value("_id", ""));
      const auto deleted = ask_and_check(bulk_path_ + "?refresh=true", body);
      if (!deleted) return forward(deleted);
      const json outcome = parse_foreign_json(*deleted);
      if (!outcome.is_object() || outcome.value("errors", true)) {
        return fail(ErrorCode::refused, "documents of the run cannot be deleted");
      }
    }
  }

  static SendReport report_failure(std::size_t sent, const HttpResponse& response) {
    const std::string words = server_words(response);
    return !response.ok() && is_for_people(response.status, words) ? report_blocked(sent, words)
                                                                   : report_answer(sent, response, false);
  }

  static SendReport report_bulk(std::size_t sent, const HttpResponse& response) {
    const auto items = decode_bulk_reply(response.body);
    if (!items || items->size() != sent) return report_answer(sent, response, false);
    SendReport report;
    for (std::size_t i = 0; i < sent; ++i) {
      const auto& [status, reason] = (*items)[i];
      if ((status >= 200 && status < 300) || status == 409) continue;  // 409: it is there already, from before
      const std::string words = fmt::format("status {}: {}", status, clean_utf8(without_id(reason), kMaxReasonBytes));
      const bool blocked = is_for_people(status, reason);
      const bool raced = reason.starts_with("resource_already_exists_exception");  // the index was made just now
      if (!blocked && !raced && !is_transient(status)) {
        report.rejected.push_back({i, words});
        continue;
      }
      report.retryable.push_back(i);
      if (blocked) report.retry = Retry::blocked;
      if (blocked || report.retry_reason.empty()) report.retry_reason = words;
    }
    return report;
  }

  // A server that does not tell its version is taken for a modern one.
  Result<Version> read_version() {
    const auto response = ask("GET", "/", {});
    if (!response) return std::unexpected(response.error());
    if (response->status == 401 || response->status == 403 || is_transient(response->status)) {
      return std::unexpected(error_of(*response));
    }
    const json root = parse_foreign_json(response->body);
    const json::json_pointer number("/version/number");
    const json::json_pointer distribution("/version/distribution");
    if (!response->ok() || !root.is_object() || !root.contains(number) || !root[number].is_string()) return kModern;
    if (root.contains(distribution) && root[distribution] == "opensearch") return kModern;
    const auto text = root[number].get<std::string>();
    Version version;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version.major);
    if (error != std::errc{} || end == text.data() + text.size()) return kModern;
    std::from_chars(end + 1, text.data() + text.size(), version.minor);
    return version;
  }

  // The alias under which all days are read together; none where an index has taken that name.
  Result<std::string> choose_alias() {
    const auto response = ask("GET", fmt::format("/{}/_alias", url_encode(index_)), {});
    if (!response) return std::unexpected(response.error());
    if (response->status == 404) return index_;
    if (!response->ok()) return std::unexpected(error_of(*response));
    const json indices = parse_foreign_json(response->body);
    return indices.is_object() && indices.contains(index_) ? std::string() : index_;
  }

  // A newer one, and one that somebody else wrote, is left alone.
  [[nodiscard]] static bool is_older_template_of_ours(const std::string& body) {
    const json found = parse_foreign_json(body);
    const auto version = load_test_template_version(found);
    return version && *version < kLoadTestTemplateVersion;
  }

  static Result<void> forward(const Result<std::string>& failed) { return std::unexpected(failed.error()); }

  // The body of a good answer.
  [[nodiscard]] Result<std::string> ask_and_check(const std::string& path, std::string_view body) {
    auto response = ask("POST", path, body);
    if (!response) return std::unexpected(std::move(response).error());
    if (!response->ok()) return std::unexpected(error_of(*response));
    return std::move(response->body);
  }

  [[nodiscard]] Result<HttpResponse> ask(const char* method, const std::string& path, std::string_view body) {
    return ask(method, path, body, prepare_timeout_);
  }
  [[nodiscard]] Result<HttpResponse> ask(const char* method, const std::string& path, std::string_view body,
                                         std::chrono::milliseconds timeout) {
    const bool bulk = path.find("_bulk") != std::string::npos;
    HttpRequest request;
    request.method = method;
    request.url = join_url(url_, path);
    if (!body.empty()) {
      request.headers = {{"Content-Type", bulk ? "application/x-ndjson" : "application/json"}};
    }
    request.body = body;
    request.login = login_;
    request.compress = bulk;
    request.timeout = timeout;
    request.max_answer_bytes = kLongAnswerBytes;
    return client_.send(request);
  }

  std::string url_;
  HttpLogin login_;
  std::string index_;
  std::atomic<bool> prepared_ = false;  // several threads send
  std::string bulk_path_ = "/_bulk";
  std::map<std::string, std::string> labels_;
  std::vector<double> buckets_;
  std::vector<AlertRule> alerts_;
  std::chrono::milliseconds prepare_timeout_;
  HttpClient client_{aborted()};
};

class ElasticsearchSamples final : public Elasticsearch {
 public:
  using Elasticsearch::Elasticsearch;

  [[nodiscard]] std::string_view name() const override { return "elasticsearch_samples"; }
  [[nodiscard]] bool takes_samples() const override { return true; }
  [[nodiscard]] bool replaces_slots() const override { return false; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    const bool has_times = knows_response_times(run);
    const std::string own_index = index() + "-samples";
    for_each_kept_sample(run, [&](const KeptSample& sample) {
      json document{{"endpoint", sample.endpoint},
                    {"request", sample.request},
                    {"status", sample.outcome->status},
                    {"samples", sample.repeat},
                    {"errors", sample.outcome->error_type.empty() ? 0 : sample.repeat}};
      add_bytes(document, run.received(sample.bytes_received), run.sent(sample.bytes_sent));
      if (!sample.outcome->error_type.empty()) document["error_type"] = sample.outcome->error_type;
      if (has_times) {
        document["response_time_seconds"] = {{"value", static_cast<double>(sample.duration_ns) / 1e9}};
      }
      emit_once(run, emit, own_index, "sample", sample.start_ns, std::to_string(sample.number), std::move(document),
                sample.repeat);
    });
  }
};

template <typename Kind>
Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<Kind>(config, target);
}

}  // namespace

const OutputKind& output_elasticsearch() {
  static const OutputKind kKind{"elasticsearch", "URL", "Elasticsearch or OpenSearch, one index a day",
                                [](const Config& config) { return config.of<ElasticsearchSettings>().url; },
                                make<Elasticsearch>};
  return kKind;
}

const OutputKind& output_elasticsearch_samples() {
  static const OutputKind kKind{"elasticsearch_samples",
                                "URL",
                                "Elasticsearch or OpenSearch, a document for each single sample",
                                [](const Config& /*config*/) { return std::string(); },
                                make<ElasticsearchSamples>,
                                "elasticsearch"};
  return kKind;
}

}  // namespace omniwriter
