#include "check/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/url.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxVersionBytes = 60;

/// The answer as JSON; discarded() where it is none.
Json parsed(const HttpResponse& response) { return Json::parse(response.body, nullptr, false); }

/// A member however deep, as text; empty where there is none.
std::string text_at(const Json& json, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  return !json.is_discarded() && json.contains(at) && json[at].is_string() ? json[at].get<std::string>() : "";
}

std::string as_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  return clean_utf8(text, kMaxVersionBytes);
}

bool refuses_login(int status) { return status == 401 || status == 403; }

/// One system being looked at.
class Probe {
 public:
  Probe(std::string system, std::string setting, const std::string& url, const Config& config, HttpClient& http)
      : setting_(std::move(setting)), timeout_(config.delivery.request_timeout), http_(http) {
    state_.system = std::move(system);
    state_.url = url;
    state_.configured = !url.empty();
    state_.ok = state_.configured;
  }

  void login(std::string username, Secret password) {
    username_ = std::move(username);
    password_ = std::move(password);
  }
  void bearer(Secret token) { token_ = std::move(token); }

  /// The answer, or nothing where none came; that is noted then.
  std::optional<HttpResponse> get(std::string_view path) {
    HttpRequest request;
    request.url = join_url(state_.url, path);
    request.headers = {{"Accept", "application/json"}};
    request.username = username_;
    request.password = password_;
    request.bearer_token = token_;
    request.timeout = timeout_;
    auto response = http_.send(request);
    if (!response) {
      fault(response.error().message,
            state_.reachable ? "look at its log" : fmt::format("start it, or correct {}", setting_));
      return std::nullopt;
    }
    state_.reachable = true;
    return *std::move(response);
  }

  void version(std::string_view text) { state_.version = as_version(text); }
  void fault(std::string finding, std::string remedy) {
    state_.ok = false;
    const auto first_note = state_.findings.begin() + static_cast<std::ptrdiff_t>(faults_++);
    state_.findings.insert(first_note, {std::move(finding), std::move(remedy)});
  }
  void note(std::string finding, std::string remedy) {
    state_.findings.push_back({std::move(finding), std::move(remedy)});
  }
  void not_this_system(std::string_view name, int status) {
    fault(fmt::format("what answers there (HTTP {}) is not {}", status, name), fmt::format("correct {}", setting_));
  }

  [[nodiscard]] bool configured() const { return state_.configured; }
  [[nodiscard]] SystemState state() && { return std::move(state_); }

 private:
  SystemState state_;
  std::string setting_;  // the environment variable that holds the address
  std::chrono::milliseconds timeout_;
  std::string username_;
  Secret password_;
  Secret token_;
  std::size_t faults_ = 0;
  HttpClient& http_;
};

void check_grafana(Probe& probe, const Config& config) {
  const auto health = probe.get("/api/health");
  if (!health) return;
  const Json about = parsed(*health);
  probe.version(text_at(about, "/version"));
  const std::string database = text_at(about, "/database");
  if (database.empty()) return probe.not_this_system("Grafana", health->status);
  if (database != "ok") probe.fault("Grafana cannot reach its own database", "look at the log of Grafana");

  const std::string give_a_token =
      "create a service account with the role Admin, and a token for it, in Grafana under Administration; put the "
      "token "
      "into GRAFANA_API_KEY";
  const bool has_token = !config.monitoring.grafana_api_key.empty();
  probe.bearer(config.monitoring.grafana_api_key);

  // Where anonymous access is on, a wrong token gets 200 as well, but as nobody in particular.
  if (has_token) {
    const auto user = probe.get("/api/user");
    if (!user) return;
    if (!user->ok() || text_at(parsed(*user), "/login").empty()) {
      return probe.fault(fmt::format("Grafana does not accept the token (HTTP {})", user->status), give_a_token);
    }
  }
  const auto permissions = probe.get("/api/access-control/user/permissions");
  if (!permissions) return;
  if (refuses_login(permissions->status) || (!permissions->ok() && !has_token)) {
    return probe.fault(has_token ? "Grafana does not accept the token" : "Grafana asks for a token, and none is set",
                       give_a_token);
  }
  const Json rights = parsed(*permissions);
  if (!permissions->ok() || !rights.is_object()) {
    return probe.note(fmt::format("what the token may do cannot be asked (HTTP {})", permissions->status),
                      "make sure that its role is Admin");
  }
  std::string missing;
  for (const char* right : {"folders:create", "dashboards:create", "datasources:create", "alert.rules:create"}) {
    if (!rights.contains(right)) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", right);
  }
  if (missing.empty()) return;
  if (has_token) {
    probe.fault("the token lacks rights: " + missing, "give its service account the role Admin, or these rights");
  } else {
    probe.fault("no token is set, and without one these rights are missing: " + missing, give_a_token);
  }
}

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
      probe.note(
          fmt::format("Prometheus fails to scrape the Pushgateway: {}", clean_utf8(text_at(target, "/lastError"), 200)),
          "see the targets page of Prometheus");
    }
    return;
  }
  // The same Pushgateway may have another name there: then its own metric is in Prometheus all the same.
  const auto query = probe.get("/api/v1/query?query=pushgateway_build_info");
  if (!query) return;
  const Json answer = parsed(*query);
  const Json::json_pointer result("/data/result");
  if (!answer.is_discarded() && answer.contains(result) && !answer[result].empty()) return;
  probe.note("Prometheus does not scrape the Pushgateway, so what is pushed there never gets to it",
             fmt::format("add to scrape_configs of prometheus.yml: {{job_name: pushgateway, honor_labels: true, "
                         "static_configs: [{{targets: ['{}:{}']}}]}}",
                         server->host, server->port));
}

void check_prometheus(Probe& probe, const Config& config) {
  const auto ready = probe.get("/-/ready");
  if (!ready) return;
  if (refuses_login(ready->status)) {
    return probe.fault(fmt::format("Prometheus asks for a login (HTTP {})", ready->status),
                       "give OmniWriter an address that needs none");
  }
  if (ready->status == 503)
    probe.fault("Prometheus is not ready yet", "wait until it has read its data, and check again");

  const auto info = probe.get("/api/v1/status/buildinfo");
  if (!info) return;
  const Json about = parsed(*info);
  if (text_at(about, "/status") != "success") {
    if (!ready->ok() && ready->status != 503) probe.not_this_system("Prometheus", ready->status);
    return;
  }
  probe.version(text_at(about, "/data/version"));
  if (!config.monitoring.prometheus_pushgateway.empty()) {
    check_scrape_of_pushgateway(probe, config.monitoring.prometheus_pushgateway);
  }
}

void check_pushgateway(Probe& probe) {
  const auto ready = probe.get("/-/ready");
  if (!ready) return;
  if (refuses_login(ready->status)) {
    return probe.fault(fmt::format("the Pushgateway asks for a login (HTTP {})", ready->status),
                       "give OmniWriter an address that needs none");
  }
  if (ready->status == 503) probe.fault("the Pushgateway is not ready yet", "wait a moment, and check again");

  const auto status = probe.get("/api/v1/status");
  if (!status) return;
  const Json about = parsed(*status);
  const Json::json_pointer at("/data/build_information");
  if (about.is_discarded() || !about.contains(at)) return probe.not_this_system("a Pushgateway", status->status);
  probe.version(text_at(about, "/data/build_information/version"));
}

/// The version by another way than the front page, which some builds of Elasticsearch do not serve.
std::string version_of_nodes(const Json& nodes) {
  if (nodes.is_discarded() || !nodes.contains("nodes") || !nodes["nodes"].is_object() || nodes["nodes"].empty())
    return "";
  return text_at(nodes["nodes"].begin().value(), "/version");
}

void check_elasticsearch(Probe& probe, const Config& config) {
  const auto front = probe.get("/");
  if (!front) return;
  if (refuses_login(front->status)) {
    return probe.fault(fmt::format("Elasticsearch asks for a login (HTTP {})", front->status),
                       "give OmniWriter an address that needs none");
  }
  Json about = parsed(*front);
  std::string version = text_at(about, "/version/number");
  if (version.empty()) {
    const auto nodes = probe.get("/_nodes/_local?filter_path=nodes.*.version");
    if (!nodes) return;
    version = version_of_nodes(parsed(*nodes));
  }
  if (version.empty()) return probe.not_this_system("Elasticsearch or OpenSearch", front->status);
  // OpenSearch may pretend to be Elasticsearch 7.10.2; its tagline does not.
  const bool opensearch = text_at(about, "/version/distribution") == "opensearch" ||
                          text_at(about, "/tagline").find("OpenSearch") != std::string::npos;
  probe.version(opensearch ? "opensearch " + version : version);

  if (const auto health = probe.get("/_cluster/health"); health && text_at(parsed(*health), "/status") == "red") {
    probe.note("the cluster is red: some of its data cannot be read or written", "see GET _cluster/allocation/explain");
  }
  const std::string& index = config.monitoring.elasticsearch_index;
  const auto present = [&](std::string_view kind) {
    const auto response = probe.get(fmt::format("/{}/{}", kind, url_encode(index)));
    return response && response->ok();
  };
  if (!present("_index_template") && !present("_template")) {
    probe.note(fmt::format("there is no index template {} yet", index), "nothing to do: ingest creates it");
  }
}

void check_influxdb(Probe& probe, const Config& config) {
  const auto ping = probe.get("/ping");
  if (!ping) return;
  probe.version(ping->header("x-influxdb-version"));
  const bool has_user = !config.monitoring.influxdb_username.empty();
  const std::string give_a_user =
      has_user ? "correct INFLUXDB_USERNAME and INFLUXDB_PASSWORD" : "set INFLUXDB_USERNAME and INFLUXDB_PASSWORD";
  if (!ping->ok() && !refuses_login(ping->status)) return probe.not_this_system("InfluxDB", ping->status);

  const auto response = probe.get("/query?q=SHOW%20DATABASES");
  if (!response) return;
  if (refuses_login(response->status)) {
    return probe.fault(
        fmt::format("InfluxDB {} (HTTP {})",
                    has_user ? "does not accept the user" : "asks for a login, and none is set", response->status),
        give_a_user);
  }
  const Json json = parsed(*response);
  const Json::json_pointer results("/results/0");
  if (!response->ok() || json.is_discarded() || !json.contains(results)) {
    return probe.fault(fmt::format("InfluxDB does not answer queries in InfluxQL (HTTP {})", response->status),
                       "correct INFLUXDB_URL; for InfluxDB 2, map the database to a bucket (influx v1 dbrp create)");
  }
  if (const std::string error = text_at(json, "/results/0/error"); !error.empty()) {
    return probe.fault("InfluxDB refuses to list its databases: " + clean_utf8(error, 200), give_a_user);
  }
  const std::string& wanted = config.monitoring.influxdb_database;
  const Json::json_pointer values("/results/0/series/0/values");
  bool present = false;
  if (json.contains(values) && json[values].is_array()) {
    for (const Json& row : json[values]) present = present || text_at(row, "/0") == wanted;
  }
  if (!present) {
    probe.note(fmt::format("there is no database {} yet{}", wanted, has_user ? " that the user can see" : ""),
               has_user
                   ? "nothing to do if the user is an administrator: ingest creates it; else create it and grant it"
                   : "nothing to do: ingest creates it");
  }
}

}  // namespace

std::vector<SystemState> check_systems(const Config& config, HttpClient& http) {
  const MonitoringConfig& systems = config.monitoring;
  Probe grafana("grafana", "GRAFANA_URL", systems.grafana_url, config, http);
  Probe prometheus("prometheus", "PROMETHEUS_URL", systems.prometheus_url, config, http);
  Probe pushgateway("pushgateway", "PROMETHEUS_PUSHGATEWAY", systems.prometheus_pushgateway, config, http);
  Probe elasticsearch("elasticsearch", "ELASTICSEARCH_URL", systems.elasticsearch_url, config, http);
  Probe influxdb("influxdb", "INFLUXDB_URL", systems.influxdb_url, config, http);
  influxdb.login(systems.influxdb_username, systems.influxdb_password);

  if (grafana.configured()) check_grafana(grafana, config);
  if (prometheus.configured()) check_prometheus(prometheus, config);
  if (pushgateway.configured()) check_pushgateway(pushgateway);
  if (elasticsearch.configured()) check_elasticsearch(elasticsearch, config);
  if (influxdb.configured()) check_influxdb(influxdb, config);

  std::vector<SystemState> states;
  for (Probe* probe : {&grafana, &prometheus, &pushgateway, &elasticsearch, &influxdb}) {
    states.push_back(std::move(*probe).state());
  }
  return states;
}

}  // namespace omniwriter
