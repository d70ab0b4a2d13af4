#include "formats/otlp/otlp.h"

#include <fmt/format.h>

#include <charconv>

#include "base/stable_hash.h"
#include "base/url.h"
#include "config/options.h"
#include "delivery/http_report.h"
#include "delivery/logins.h"
#include "delivery/output_kind.h"
#include "delivery/sent_samples.h"
#include "net/http_client.h"
#include "outputs/otlp/settings.h"

namespace omniwriter {
namespace {

constexpr std::string_view kPath = "/v1/metrics";
constexpr std::string_view kProtobuf = "application/x-protobuf";

// An item begins with a line that says where it belongs: "TIME HASH RUN". The rest is for the server.
std::string head_line(const MetricsAt& metrics, const std::string& run_id) {
  std::string series(metrics.families.empty() ? "" : metrics.families.front().name);
  if (!metrics.families.empty()) {
    for (const auto& [label, value] : metrics.families.front().points.front().labels) {
      series.append("\n").append(label).append("\n").append(value);
    }
  }
  return fmt::format("{} {} {}\n", metrics.time_ms, StringTable::hash(series), stable_hash({run_id}));
}

struct Item {
  SampleKey head;
  std::string_view bytes;
};
Item read_item(std::string_view item) {
  Item result;
  const auto line_end = item.find('\n');
  const std::string_view line = item.substr(0, line_end);
  const char* const end = line.data() + line.size();
  const char* at = std::from_chars(line.data(), end, result.head.time_ms).ptr;
  at = std::from_chars(at + 1, end, result.head.series).ptr;
  result.head.run_id = {at + 1, end};
  result.bytes = item.substr(line_end + 1);
  return result;
}

class Otlp final : public Output {
 public:
  Otlp(const Config& config, const std::string& url)
      : url_(join_url(url, kPath)), access_(config.of<OtlpSettings>()), labels_(config.labels) {}

  [[nodiscard]] std::string_view name() const override { return "otlp"; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    visit_metrics_over_time(run, run_labels(run, labels_), emit_as_items(run, emit));
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    visit_metrics_over_time(so_far, run_labels(so_far, labels_), news.fresh, emit_as_items(so_far, emit));
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::string body;
    std::vector<std::size_t> indices;  // of the items that the server does not have yet
    std::vector<SampleKey> heads;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Item item = read_item(batch[i].bytes);
      if (told_.has(item.head)) continue;
      indices.push_back(i);
      heads.push_back(item.head);
      body += item.bytes;
    }
    if (indices.empty()) return {};
    const auto response = client_.send(post(body, timeout));
    SendReport report =
        response ? report_of(indices.size(), *response) : report_no_answer(indices.size(), response.error());
    if (report.rejected.empty() && report.retryable.empty()) {
      for (const SampleKey& head : heads) told_.add(head);
    } else if (report.retry == Retry::bisect && heads.size() == 1) {
      told_.refuse(heads.front());  // the culprit is alone
    }
    for (const RejectedItem& item : report.rejected) told_.refuse(heads[item.index]);
    for (RejectedItem& item : report.rejected) item.index = indices[item.index];
    for (std::size_t& index : report.retryable) index = indices[index];
    return report;
  }

 private:
  VisitMetrics emit_as_items(const Run& run, const std::function<void(OutputItem)>& emit) const {
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    const std::int64_t slot_ns = run.interval_seconds * kNsPerSecond;
    const std::int64_t start_ms = run.started_ns / slot_ns * run.interval_seconds * 1000;
    return [&emit, &run, start_ms](const MetricsAt& metrics) {
      emit({head_line(metrics, run.info.run_id) + encode_resource_metrics(metrics, start_ms), metrics.samples,
            metrics.first_of_moment});
    };
  }

  static SendReport report_of(std::size_t items, const HttpResponse& response) {
    const bool protobuf = response.header("content-type").starts_with(kProtobuf);
    // Prometheus answers with nothing, which is an empty message, too, and does not name its type.
    const bool understood = is_silent_success(response) || protobuf;
    if (is_for_people(response) || (response.ok() && !understood)) return report_answer(items, response, false);
    if (response.ok()) {
      const OtlpAnswer answer = protobuf ? read_export_response(response.body) : OtlpAnswer();
      if (answer.rejected_points == 0) return {};
      // Which points these were is not said. Those that were taken have the same time and value when they come again.
      return all_retryable(
          items, fmt::format("the server refused {} points of a request: {}", answer.rejected_points, answer.message),
          Retry::bisect);
    }
    const std::string message = protobuf ? read_status_message(response.body) : "";
    const std::string words =
        message.empty() ? server_words(response) : fmt::format("HTTP {}: {}", response.status, message);
    switch (response.status) {
      case 429:
      case 502:
      case 503:
      case 504: {
        SendReport report = all_retryable(items, words);
        report.retry_after = response.retry_after(std::chrono::system_clock::now());
        return report;
      }
      case 413:
        return all_retryable(items, words, Retry::smaller);
      default:
        break;
    }
    // The protocol forbids to send these again by oneself, but a server that is ill is no fault of the points.
    if (is_transient(response.status) || says_series_are_limited(words)) return report_blocked(items, words);
    if (says_newer_is_there(words)) return {};
    if (says_time_is_refused(words)) {
      const std::string reason = "the server does not take points of the time of this run: " + words;
      return all_retryable(items, fmt::format("{}. {}", reason, remedies_of_late_run({})), Retry::blocked);
    }
    return all_rejected(items, words);
  }

  [[nodiscard]] HttpRequest post(std::string_view body, std::chrono::milliseconds timeout) const {
    HttpRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers.assign(access_.headers.begin(), access_.headers.end());
    request.headers.emplace_back("Content-Type", kProtobuf);
    request.body = body;
    request.login = access_login(access_);
    request.compress = true;
    request.timeout = timeout;
    return request;
  }

  std::string url_;
  HttpAccess access_;
  std::map<std::string, std::string> labels_;
  HttpClient client_{aborted()};
  SentSamples told_;
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<Otlp>(config, target);
}

void declare_options(OptionTable& table) {
  add_access_options(table, "otlp", [](Config& config) -> HttpAccess& { return config.of<OtlpSettings>(); });
}

}  // namespace

const OutputKind& output_otlp() {
  static const OutputKind kKind{.name = "otlp",
                                .target_help = "URL",
                                .description = "OpenTelemetry metrics over HTTP: Prometheus 3, collectors …",
                                .configured_target = [](const Config& /*config*/) { return std::string(); },
                                .make = make,
                                .declare_options = declare_options};
  return kKind;
}

}  // namespace omniwriter
