#include "formats/remote_write/remote_write.h"

#include <fmt/format.h>
#include <snappy.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/rfc3339.h"
#include "base/url.h"
#include "config/options.h"
#include "delivery/http_report.h"
#include "delivery/logins.h"
#include "delivery/output_kind.h"
#include "delivery/sent_samples.h"
#include "formats/prom_status/prom_status.h"
#include "net/http_client.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

constexpr std::string_view kPath = "/api/v1/write";

// How many samples and native histograms a receiver of version 2.0 says that it has stored; nothing of one that does
// not know this version.
std::optional<std::uint64_t> written(const HttpResponse& response) {
  std::optional<std::uint64_t> sum;
  for (const char* name : {"x-prometheus-remote-write-samples-written", "x-prometheus-remote-write-histograms-written",
                           "x-prometheus-remote-write-exemplars-written"}) {
    const std::string_view text = response.header(name);
    std::uint64_t count = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), count).ec == std::errc{} && !text.empty()) {
      sum = sum.value_or(0) + count;
    }
  }
  return sum;
}

class RemoteWrite final : public Output {
 public:
  RemoteWrite(const Config& config, std::string url)
      : url_(std::move(url)),
        access_(config.of<RemoteWriteSettings>()),
        labels_(config.labels),
        buckets_(config.response_time_buckets) {}

  [[nodiscard]] std::string_view name() const override { return "remote_write"; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    visit_metrics_over_time(run, run_labels(run, labels_), emit_as_items(emit));
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    visit_metrics_over_time(so_far, run_labels(so_far, labels_), news.fresh, emit_as_items(emit));
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    std::vector<std::size_t> indices;  // of the items that the server does not have yet
    std::vector<std::string_view> items;
    std::vector<SampleKey> heads;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const TimeSeriesHead first = time_series_head(batch[i].bytes);
      const SampleKey head{first.time_ms, first.run_id, first.labels};
      if (told_.has(head)) continue;
      indices.push_back(i);
      items.emplace_back(batch[i].bytes);
      heads.push_back(head);
    }
    if (items.empty()) return {};
    SendReport report = send_new(items, heads.front().time_ms, timeout);
    if (report.rejected.empty() && report.retryable.empty()) {
      for (const SampleKey& head : heads) told_.add(head);
    } else if (report.retry != Retry::later && items.size() == 1) {
      told_.refuse(heads.front());
    }
    for (RejectedItem& item : report.rejected) item.index = indices[item.index];
    for (std::size_t& index : report.retryable) index = indices[index];
    return report;
  }

 private:
  VisitMetrics emit_as_items(const std::function<void(OutputItem)>& emit) const {
    return [this, &emit](const MetricsAt& metrics) {
      // A request with two samples of one series would be refused when it is repeated.
      emit({encode_time_series(metrics, buckets_), metrics.samples, metrics.first_of_moment});
    };
  }

  SendReport send_new(std::span<const std::string_view> items, std::int64_t earliest_ms,
                      std::chrono::milliseconds timeout) {
    if (!taken_) {
      const auto earliest = earliest_taken(earliest_ms, timeout);
      if (earliest && earliest_ms < *earliest) {
        const auto reason = fmt::format("the run began at {}, and the server takes nothing from before {}",
                                        format_rfc3339(earliest_ms * 1'000'000), format_rfc3339(*earliest * 1'000'000));
        // An hour to mend it in.
        const std::string window = prometheus_duration(needed_ + std::chrono::hours(1));
        return all_retryable(items.size(), fmt::format("{}. {}", reason, remedies_of_late_run(window)), Retry::blocked);
      }
      taken_ = true;
    }
    while (true) {
      const WriteRequest request =
          make_write_request(items, {.version_2 = version_2_, .native_histograms = native_histograms_});
      const auto response = client_.send(post(request.body, timeout));
      if (!response) return report_no_answer(items.size(), response.error());
      const auto stored = written(*response);
      if (response->ok() && !stored && !is_silent_success(*response)) {
        return report_answer(items.size(), *response, false);
      }
      const bool maybe_unknown = response->ok() || response->status == 400 || response->status == 415;
      if (version_2_ && !stored && maybe_unknown) {
        version_2_ = false;
        // Receivers of version 1.0 take native histograms and drop them, or make something else of them.
        native_histograms_ = stores_native_histograms(ask("flags", timeout).value_or(""));
        continue;
      }
      const std::string words = server_words(*response);
      // Where native histograms are known, they may be switched off; Prometheus 2 takes them in order of time alone.
      const bool about_histograms = words.find("native histogram") != std::string::npos ||
                                    (!version_2_ && response->status == 400 && says_time_is_refused(words));
      if (native_histograms_ && !response->ok() && about_histograms) {
        native_histograms_ = false;
        continue;
      }
      return report_of(items.size(), *response, words, request, stored);
    }
  }

  SendReport report_of(std::size_t items, const HttpResponse& response, const std::string& words,
                       const WriteRequest& request, std::optional<std::uint64_t> stored) const {
    if (response.ok()) {
      const std::uint64_t sent = request.samples + request.histograms;
      if (!version_2_ || stored.value_or(0) >= sent) return {};
      return all_retryable(items, fmt::format("the server stored {} of {} samples", stored.value_or(0), sent),
                           Retry::bisect);
    }
    // 409 is what Thanos says.
    const bool of_samples = response.status == 400 || response.status == 409 || response.status == 422;
    if (!of_samples || is_for_people(response)) {
      return report_answer(items, response, false);
    }
    // A series of this run has samples of this time or a later one: the run was told of before.
    if (says_newer_is_there(words)) return {};
    if (says_time_is_refused(words)) {
      const std::string reason = "the server does not take samples of the time of this run: " + words;
      return all_retryable(items, fmt::format("{}. {}", reason, remedies_of_late_run({})), Retry::blocked);
    }
    return all_retryable(items, words, says_series_are_limited(words) ? Retry::blocked : Retry::bisect);
  }

  // The time before which Prometheus refuses samples. Nothing where it does not tell, as others do not.
  std::optional<std::int64_t> earliest_taken(std::int64_t wanted_ms, std::chrono::milliseconds timeout) {
    const auto tsdb = ask("tsdb", timeout);
    if (!tsdb) return std::nullopt;
    const auto newest = newest_sample_ms(*tsdb);
    if (!newest) return std::nullopt;
    needed_ = std::chrono::milliseconds(*newest - wanted_ms);
    if (needed_ <= head_tolerance({})) return std::nullopt;
    const auto taken = std::max(head_tolerance(ask("flags", timeout).value_or("")),
                                out_of_order_window(ask("config", timeout).value_or("")));
    return *newest - taken.count();
  }

  // GET /api/v1/status/<what>, on Prometheus-like servers only: empty elsewhere, nullopt without an answer.
  std::optional<std::string> ask(std::string_view what, std::chrono::milliseconds timeout) {
    if (!url_.ends_with(kPath)) return std::string();
    HttpRequest request = authorized(timeout);
    request.url = fmt::format("{}/api/v1/status/{}", url_.substr(0, url_.size() - kPath.size()), what);
    auto response = client_.send(request);
    if (!response) return std::nullopt;
    return response->ok() ? std::move(response->body) : std::string();
  }

  [[nodiscard]] HttpRequest authorized(std::chrono::milliseconds timeout) const {
    HttpRequest request;
    request.headers.assign(access_.headers.begin(), access_.headers.end());
    request.login = access_login(access_);
    request.timeout = timeout;
    return request;
  }

  [[nodiscard]] HttpRequest post(std::string_view body, std::chrono::milliseconds timeout) {
    HttpRequest request = authorized(timeout);
    request.method = "POST";
    request.url = url_;
    request.headers.emplace_back("Content-Encoding", "snappy");
    request.headers.emplace_back("Content-Type", version_2_
                                                     ? "application/x-protobuf;proto=io.prometheus.write.v2.Request"
                                                     : "application/x-protobuf");
    request.headers.emplace_back("X-Prometheus-Remote-Write-Version", version_2_ ? "2.0.0" : "0.1.0");
    snappy::Compress(body.data(), body.size(), &packed_);
    request.body = packed_;
    return request;
  }

  std::string url_;
  HttpAccess access_;
  std::map<std::string, std::string> labels_;
  std::vector<double> buckets_;
  HttpClient client_{aborted()};

  // What is known of the server.
  bool version_2_ = true;
  bool native_histograms_ = true;
  bool taken_ = false;                   // whether it takes samples as old as the run's first
  std::chrono::milliseconds needed_{0};  // how old the run is, seen from its newest sample
  SentSamples told_;
  std::string packed_;
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  const auto url = parse_url(target);
  if (!url) return std::unexpected(url.error());
  const bool bare = url->path.empty() || url->path == "/";
  return std::make_unique<RemoteWrite>(config, bare ? join_url(target, kPath) : target);
}

void declare_options(OptionTable& table) {
  add_access_options(table, "remote_write",
                     [](Config& config) -> HttpAccess& { return config.of<RemoteWriteSettings>(); });
}

}  // namespace

const OutputKind& output_remote_write() {
  static const OutputKind kKind{.name = "remote_write",
                                .target_help = "URL",
                                .description = "Prometheus remote write: Prometheus, Mimir, Thanos, VictoriaMetrics …",
                                .configured_target = [](const Config& /*config*/) { return std::string(); },
                                .make = make,
                                .declare_options = declare_options};
  return kKind;
}

}  // namespace omniwriter
