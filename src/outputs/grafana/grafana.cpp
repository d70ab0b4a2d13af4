#include "systems/grafana/grafana.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/foreign_json.h"
#include "base/stable_hash.h"
#include "base/url.h"
#include "base/utf8.h"
#include "delivery/http_report.h"
#include "delivery/output_kind.h"
#include "net/http_client.h"
#include "systems/grafana/dashboard_link.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxTagBytes = 90;  // Grafana keeps 100 characters of each half of a tag
constexpr std::int64_t kNsPerMs = 1'000'000;

std::string run_tag(const Run& run) {
  const std::string& id = run.info.run_id;
  return "run:" + (id.size() <= kMaxTagBytes ? id : stable_hash({id}));
}

// "3.33", "3,33".
std::string number(double value, Language language) {
  std::string text = fmt::format("{:.3g}", value);
  if (language == Language::pt_br) std::ranges::replace(text, '.', ',');
  return text;
}

// Grafana shows the text of an annotation as HTML.
std::string as_link(const std::string& url) {
  if (url.empty()) return {};
  std::string address;
  for (const char c : url) {
    if (c == '&') {
      address += "&amp;";
    } else if (c == '"') {
      address += "%22";
    } else {
      address += c;
    }
  }
  return fmt::format("\n<a href=\"{}\">Dashboard</a>", address);
}

class Grafana final : public Output {
 public:
  Grafana(const Config& config, std::string url)
      : config_(config),
        url_(std::move(url)),
        login_(grafana_login(config)),
        timeout_(config.delivery.request_timeout) {}

  [[nodiscard]] std::string_view name() const override { return "grafana"; }
  [[nodiscard]] BatchLimits limits() const override { return {.max_items = 1}; }

  void encode(const Run& run, const std::function<void(OutputItem)>& emit) const override {
    const Tally total = run.total();
    const double errors = Run::rate(run.errors(total), static_cast<double>(total.samples()));
    const Language lang = config_.lang;
    std::string text = fmt::format(
        fmt::runtime(lang == Language::pt_br ? "{}: {} requisições, {} % de erros" : "{}: {} requests, {} % errors"),
        run.info.test_name, total.samples(), number(100 * errors, lang));
    if (const auto p95 = total.quantile(0.95)) text += fmt::format(", p95 {} ms", number(1000 * *p95, lang));
    emit(annotation(run, run.ended_ns, text + as_link(dashboard_link(config_, run))));
  }

  // A moment, until its end is known. The same each time, so that it is sent once.
  void encode_live(const Run& so_far, const LiveNews& /*news*/,
                   const std::function<void(OutputItem)>& emit) const override {
    const std::string text = fmt::format(
        fmt::runtime(config_.lang == Language::pt_br ? "{}: o teste está em andamento" : "{}: the test is going on"),
        so_far.info.test_name);
    emit(annotation(so_far, so_far.started_ns, text + as_link(live_dashboard_link(config_, so_far))));
  }

  // Sending twice would annotate twice: the run's own tag finds what is there.
  [[nodiscard]] SendReport send(std::span<const OutputItem> batch, std::chrono::milliseconds timeout) override {
    const std::string& item = batch.front().bytes;
    if (item == told_) return {};
    const auto present = find(json::parse(item)["tags"][2].get<std::string>(), timeout);
    if (!present) return report_no_answer(batch.size(), present.error());
    if (!present->known) return report_answer(batch.size(), present->answer, false);
    const auto response = present->id == 0 ? ask("POST", "/api/annotations", item, timeout)
                                           : ask("PUT", fmt::format("/api/annotations/{}", present->id), item, timeout);
    if (!response) return report_no_answer(batch.size(), response.error());
    // A new annotation is told by its id, a change in words alone.
    const json answer = parse_foreign_json(response->body);
    const char* const sign = present->id == 0 ? "id" : "message";
    const bool stored = answer.is_object() && answer.contains(sign);
    if (response->ok() && stored) told_ = item;
    return report_answer(batch.size(), *response, stored);
  }

  [[nodiscard]] Result<void> remove(const Run& run) override {
    told_.clear();
    const auto present = find(run_tag(run), timeout_);
    if (!present) return std::unexpected(present.error());
    if (!present->known) return std::unexpected(error_of(present->answer));
    if (present->id == 0) return {};
    const auto response = ask("DELETE", fmt::format("/api/annotations/{}", present->id), {}, timeout_);
    if (!response) return std::unexpected(response.error());
    const bool deleted = response->ok() && parse_foreign_json(response->body).is_object();
    if (!deleted && response->status != 404) return std::unexpected(error_of(*response));
    return {};
  }

 private:
  [[nodiscard]] static OutputItem annotation(const Run& run, std::int64_t end_ns, const std::string& text) {
    const json members{{"time", run.started_ns / kNsPerMs},
                       {"timeEnd", end_ns / kNsPerMs},
                       {"tags", {"omniwriter", "test:" + clean_utf8(run.info.test_name, kMaxTagBytes), run_tag(run)}},
                       {"text", text}};
    return {members.dump(-1, ' ', false, json::error_handler_t::replace), run.samples_of(SampleKind::request)};
  }

  struct Present {
    HttpResponse answer;
    std::int64_t id = 0;  // 0: there is none
    bool known = false;
  };
  Result<Present> find(const std::string& tag, std::chrono::milliseconds timeout) {
    auto response = ask("GET", "/api/annotations?limit=1&tags=omniwriter&tags=" + url_encode(tag), {}, timeout);
    if (!response) return std::unexpected(std::move(response).error());
    const json list = parse_foreign_json(response->body);
    Present present{.answer = *std::move(response)};
    const json::json_pointer id("/0/id");
    present.known = present.answer.ok() && list.is_array();
    if (present.known && list.contains(id) && list[id].is_number_integer()) {
      present.id = list[id].get<std::int64_t>();
    }
    return present;
  }

  [[nodiscard]] Result<HttpResponse> ask(const char* method, const std::string& path, std::string_view body,
                                         std::chrono::milliseconds timeout) {
    HttpRequest request;
    request.method = method;
    request.url = join_url(url_, path);
    request.headers = {{"Accept", "application/json"}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    request.login = login_;
    request.timeout = timeout;
    request.once = request.method == "POST";  // each makes another annotation
    return client_.send(request);
  }

  const Config config_;
  std::string url_;
  HttpLogin login_;
  std::chrono::milliseconds timeout_;
  std::string told_;  // what was sent last
  HttpClient client_{aborted()};
};

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (const auto url = parse_url(target); !url) return std::unexpected(url.error());
  return std::make_unique<Grafana>(config, target);
}

}  // namespace

const OutputKind& output_grafana() {
  static const OutputKind kKind{"grafana", "URL", "Grafana, an annotation from start to end of the run",
                                [](const Config& config) { return config.of<GrafanaSettings>().url; }, make};
  return kKind;
}

}  // namespace omniwriter
