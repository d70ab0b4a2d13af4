#include <fmt/format.h>

#include "base/url.h"
#include "base/utf8.h"
#include "systems/probe.h"
#include "systems/prometheus/prometheus.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

/// Whether a scrape URL leads to the given server.
bool same_server(const std::string& scrape_url, const Url& server) {
  const auto url = parse_url(scrape_url.substr(0, scrape_url.find('?')));
  const auto local = [](const std::string& host) {
    return host == "localhost" || host == "127.0.0.1" || host == "::1";
  };
  return url && url->port == server.port && (url->host == server.host || (local(url->host) && local(server.host)));
}

/// Results get from the Pushgateway to Prometheus only if that scrapes it.
void check_scrape_of_pushgateway(Probe& probe, const std::string& pushgateway) {
  const auto server = parse_url(pushgateway);
  const auto response = probe.get("/api/v1/targets?state=active");
  if (!server || !response || !response->ok()) return;
  const Json json = parsed(*response);
  const Json::json_pointer at("/data/activeTargets");
  if (json.is_discarded() || !json.contains(at) || !json[at].is_array()) return;
  for (const Json& target : json[at]) {
    if (!same_server(text_at(target, "/scrapeUrl"), *server)) continue;
    if (text_at(target, "/health") == "down") {
      const std::string why = clean_utf8(text_at(target, "/lastError"), kShownQuoteBytes);
      probe.advice("pushgateway_scrape_failed",
                   {"o Prometheus não consegue coletar do Pushgateway: " + why,
                    "Prometheus fails to scrape the Pushgateway: " + why},
                   {"veja a página de alvos do Prometheus", "see the targets page of Prometheus"});
    }
    return;
  }
  // The same Pushgateway may have another name there: then its own metric is in Prometheus all the same.
  const auto query = probe.get("/api/v1/query?query=pushgateway_build_info");
  if (!query) return;
  const Json answer = parsed(*query);
  const Json::json_pointer result("/data/result");
  if (!answer.is_discarded() && answer.contains(result) && !answer[result].empty()) return;
  const std::string job =
      fmt::format("{{job_name: pushgateway, honor_labels: true, static_configs: [{{targets: ['{}:{}']}}]}}",
                  server->host, server->port);
  probe.advice(
      "pushgateway_not_scraped",
      {"o Prometheus não coleta do Pushgateway: o que é enviado a ele nunca chega ao Prometheus",
       "Prometheus does not scrape the Pushgateway, so what is pushed there never gets to it"},
      {"acrescente a scrape_configs, no prometheus.yml: " + job, "add to scrape_configs of prometheus.yml: " + job});
}

/// What remote write needs, and what dashboards are finer with. Not asked of servers that only speak like Prometheus.
void check_prometheus_features(Probe& probe, const Config& config, std::string_view version) {
  const auto flags = probe.get("/api/v1/status/flags");
  if (!flags || !flags->ok()) return;
  const Json answer = parsed(*flags);
  const Json::json_pointer data("/data");
  if (answer.is_discarded() || !answer.contains(data) || !answer[data].is_object()) return;
  const Json& given = answer[data];
  const bool has_flag = text_at(given, "/enable-feature").find("native-histograms") != std::string::npos;
  if (major_version(version) == 2 && !has_flag) {
    probe.note("prometheus_no_native_histograms",
               {"o Prometheus não guarda histogramas nativos: os percentis dos painéis vêm dos limites fixos",
                "Prometheus keeps no native histograms: percentiles of dashboards come from fixed bounds"},
               {"nada a fazer; para percentis mais finos, inicie-o com --enable-feature=native-histograms",
                "nothing to do; for finer percentiles start it with --enable-feature=native-histograms"});
  }
  if (!config.of<PrometheusSettings>().rules_dir.empty() && text_at(given, "/web.enable-lifecycle") == "false") {
    probe.advice("prometheus_no_lifecycle",
                 {"o Prometheus não relê os arquivos de regras quando se pede",
                  "Prometheus does not read its rule files again when it is asked to"},
                 {"inicie-o com --web.enable-lifecycle, ou recarregue-o à mão depois de apply",
                  "start it with --web.enable-lifecycle, or reload it by hand after apply"});
  }
  const auto settings = probe.get("/api/v1/status/config");
  if (!settings || !settings->ok()) return;
  const std::string yaml = text_at(parsed(*settings), "/data/yaml");
  const auto at = yaml.find("out_of_order_time_window:");
  const bool none = at == std::string::npos || yaml.substr(at).starts_with("out_of_order_time_window: 0s");
  if (yaml.empty() || !none) return;
  const Localized finding{
      "o Prometheus não aceita amostras mais antigas que cerca de uma hora: testes passados não podem ser "
      "enviados por remote write",
      "Prometheus takes no samples older than about an hour: past runs cannot be sent by remote write"};
  const Localized remedy{"para enviá-los, ponha no prometheus.yml: storage: {tsdb: {out_of_order_time_window: 30d}}",
                         "to send them, add to prometheus.yml: storage: {tsdb: {out_of_order_time_window: 30d}}"};
  if (config.outputs.contains("remote_write")) {
    probe.advice("prometheus_no_out_of_order", finding, remedy);
  } else {
    probe.note("prometheus_no_out_of_order", finding, remedy);
  }
}

}  // namespace

void check_prometheus(Probe& probe, const Config& config) {
  probe.login(prometheus_login(config));
  const auto ready = probe.get("/-/ready");
  if (!ready) return;
  if (refuses_login(ready->status)) return probe.asks_for_login(ready->status);
  if (ready->status == 503) probe.not_ready();

  const auto info = probe.get("/api/v1/status/buildinfo");
  if (!info) return;
  const Json about = parsed(*info);
  if (text_at(about, "/status") != "success") {
    // A Pushgateway has the same address for "ready", and takes no queries.
    if (const auto status = probe.get("/api/v1/status");
        status && !text_at(parsed(*status), "/data/build_information/version").empty()) {
      probe.fault("prometheus_is_pushgateway",
                  {"o que responde ali é um Pushgateway, não um Prometheus",
                   "what answers there is a Pushgateway, not a Prometheus"},
                  {"ponha este endereço em PROMETHEUS_PUSHGATEWAY, e o do Prometheus em PROMETHEUS_URL",
                   "put this address into PROMETHEUS_PUSHGATEWAY, and that of Prometheus into PROMETHEUS_URL"});
      return;
    }
    if (!ready->ok() && ready->status != 503) probe.not_this_system("Prometheus", ready->status);
    return;
  }
  const std::string version = text_at(about, "/data/version");
  probe.version(version);
  check_prometheus_features(probe, config, version);
  if (!config.of<PushgatewaySettings>().url.empty()) {
    check_scrape_of_pushgateway(probe, config.of<PushgatewaySettings>().url);
  }
}

}  // namespace omniwriter
