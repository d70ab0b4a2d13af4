#include "base/base64.h"
#include "base/url.h"
#include "delivery/http_report.h"
#include "delivery/output_kind.h"
#include "formats/prom_text/prom_text.h"
#include "net/http_client.h"
#include "systems/prometheus/prometheus.h"

namespace omniwriter {
namespace {

// "/label/value". Slashes, empty values and dots would not survive as parts of a path.
std::string path_label(std::string_view label, std::string_view value) {
  const bool plain = !value.empty() && value != "." && value != ".." && value.find('/') == std::string_view::npos;
  std::string text = plain ? url_encode(value) : base64_url(value);
  if (text.empty()) text = "=";  // how the Pushgateway writes an empty value
  return "/" + std::string(label) + (plain ? "/" : "@base64/") + text;
}

class Pushgateway final : public Output {
 public:
  Pushgateway(const Config& config, std::string url)
      : url_(std::move(url)),
        login_(pushgateway_login(config)),
        labels_(config.labels),
        buckets_(config.response_time_buckets),
        remove_timeout_(config.delivery.request_timeout) {}

  [[nodiscard]] std::string_view name() const override { return "pushgateway"; }
  [[nodiscard]] BatchLimits limits() const override { return {.max_items = 1}; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    emit(to_item(run, load_test_metrics(run, run_labels(run, labels_))));
  }

  void encode_live(const Run& so_far, const LiveNews& news,
                   const std::function<void(OutputItem)>& emit) const override {
    emit(to_item(so_far, load_test_metrics(so_far, run_labels(so_far, labels_), news.recent)));
  }

  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    const std::string_view item = batch.front().bytes;
    const auto line_end = item.find('\n');
    HttpRequest request;
    request.method = "PUT";  // replaces the group; POST would leave series of an earlier push behind
    request.url = join_url(url_, item.substr(0, line_end));
    request.headers = {{"Content-Type", std::string(content_type(PromText::text_0_0_4))}};
    request.body = item.substr(line_end + 1);
    request.login = login_;
    request.timeout = timeout;
    const auto response = client_.send(request);
    if (!response) return report_no_answer(batch.size(), response.error());
    const std::string words = server_words(*response);
    if (response->status == 400 && words.find("inconsistent with existing metrics") != std::string::npos) {
      return report_blocked(batch.size(), words,
                            "another group holds a metric of this name under another type, which `omniwriter check` "
                            "names: delete it");
    }
    return report_answer(batch.size(), *response, is_silent_success(*response));
  }

  [[nodiscard]] Result<void> remove(const Run& run) override {
    HttpRequest request;
    request.method = "DELETE";
    request.url = join_url(url_, group_path(run));
    request.login = login_;
    request.timeout = remove_timeout_;
    const auto response = client_.send(request);
    if (!response) return std::unexpected(response.error());
    if (!is_silent_success(*response)) return std::unexpected(error_of(*response));
    return {};
  }

 private:
  // The item begins with the path of the group, for sending needs it too.
  [[nodiscard]] OutputItem to_item(const Run& run, const std::vector<MetricFamily>& families) const {
    return {group_path(run) + "\n" + encode_prom_text(families, PromText::text_0_0_4, buckets_),
            run.samples_of(SampleKind::request)};
  }

  // The labels of the group override those of the body; they are the same there, so that no series changes.
  static std::string group_path(const Run& run) {
    return "/metrics/job/load_test" + path_label("test_name", run.info.test_name) +
           path_label("testid", run.info.run_id);
  }

  std::string url_;
  HttpLogin login_;
  std::map<std::string, std::string> labels_;
  std::vector<double> buckets_;
  std::chrono::milliseconds remove_timeout_;
  HttpClient client_{aborted()};
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<Pushgateway>(config, target);
}

}  // namespace

const OutputKind& output_pushgateway() {
  static const OutputKind kKind{"pushgateway", "URL", "Prometheus Pushgateway, one group for each run",
                                [](const Config& config) { return config.of<PushgatewaySettings>().url; }, make};
  return kKind;
}

}  // namespace omniwriter
