#include "check/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/foreign_json.h"
#include "base/url.h"
#include "base/utf8.h"
#include "delivery/logins.h"
#include "formats/es_bulk/es_bulk.h"
#include "formats/influxql/influxql.h"
#include "model/load_test_metrics.h"
#include "model/translation.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxVersionBytes = 60;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxQuoteBytes = 200;
constexpr int kOldestGrafana = 9;  // the first that has all that is provisioned
constexpr double kMaxSkewSeconds = 5;
constexpr std::chrono::hours kStaleGroup{24};
constexpr std::string_view kPushedJob = "load_test";

/// The answer as JSON; discarded() where it is none.
Json parsed(const HttpResponse& response) { return parse_foreign_json(response.body); }

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
  Probe(std::string system, std::string setting, const std::string& url, const Config& config, HttpClient& http,
        const Clock& clock)
      : setting_(std::move(setting)), timeout_(config.delivery.request_timeout), http_(http), clock_(clock) {
    state_.system = std::move(system);
    title_ = title_of(state_);
    state_.url = url;
    state_.configured = !url.empty();
    state_.ok = state_.configured;
  }

  void login(HttpLogin login) { login_ = std::move(login); }

  /// The answer, or nothing where none came; that is noted then.
  std::optional<HttpResponse> get(std::string_view path) { return ask("GET", path); }
  std::optional<HttpResponse> ask(std::string method, std::string_view path, std::string_view body = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.url = join_url(state_.url, path);
    request.headers = {{"Accept", "application/json"}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    request.login = login_;
    request.timeout = timeout_;
    request.max_answer_bytes = kLongAnswerBytes;
    const std::int64_t asked_ns = clock_.wall_ns();
    auto response = http_.send(request);
    if (!response) {
      const std::string& why = response.error().message;
      if (state_.reachable) {
        fault("no_answer", {"não há mais resposta: " + translated(why, Language::pt_br), why},
              {"veja o log do sistema", "look at its log"});
      } else if (why.find("into ca_file") != std::string::npos) {
        const std::string variable = setting_.substr(0, setting_.find("_URL")) + "_CA_FILE";
        fault(
            "certificate_not_trusted", {"não há conexão segura: " + translated(why, Language::pt_br), why},
            {fmt::format(
                 "indique em {} (ou tls.ca_file) um arquivo PEM com o certificado da autoridade que assinou o do "
                 "servidor",
                 variable),
             fmt::format("name in {} (or tls.ca_file) a PEM file with the certificate of the authority that signed the "
                         "one of the server",
                         variable)});
      } else {
        fault("unreachable", {"não há resposta: " + translated(why, Language::pt_br), why},
              {fmt::format("inicie o sistema ou corrija {}", setting_),
               fmt::format("start it, or correct {}", setting_)});
      }
      return std::nullopt;
    }
    compare_clocks(*response, asked_ns);
    state_.reachable = true;
    return *std::move(response);
  }

  void version(std::string_view text) { state_.version = as_version(text); }
  void fault(std::string id, Localized finding, Localized remedy) {
    state_.ok = false;
    const auto behind_faults = state_.findings.begin() + static_cast<std::ptrdiff_t>(faults_++);
    state_.findings.insert(behind_faults, {std::move(id), std::move(finding), std::move(remedy), FindingKind::fault});
  }
  void advice(std::string id, Localized finding, Localized remedy) {
    state_.findings.push_back({std::move(id), std::move(finding), std::move(remedy), FindingKind::advice});
  }
  void note(std::string id, Localized finding, Localized remedy) {
    state_.findings.push_back({std::move(id), std::move(finding), std::move(remedy), FindingKind::note});
  }
  void not_this_system(std::string_view name, int status) {
    fault("wrong_server",
          {fmt::format("o que responde nesse endereço (HTTP {}) não é o {}", status, name),
           fmt::format("what answers there (HTTP {}) is not {}", status, name)},
          {fmt::format("corrija {}", setting_), fmt::format("correct {}", setting_)});
  }
  void asks_for_login(int status) {
    fault("login_required",
          {fmt::format("{} pede usuário e senha (HTTP {})", title_, status),
           fmt::format("{} asks for a login (HTTP {})", title_, status)},
          {fmt::format("dê em {} um endereço que dispense usuário e senha", setting_),
           fmt::format("give in {} an address that needs none", setting_)});
  }
  /// `variables`: the environment variables that hold the login, as a choice.
  void refuses_our_login(int status, const Localized& variables) {
    const bool given = has_login();
    const Localized finding =
        given ? Localized{fmt::format("o {} não aceita o usuário ou o token (HTTP {})", title_, status),
                          fmt::format("{} does not accept the user or token (HTTP {})", title_, status)}
              : Localized{
                    fmt::format("o {} pede usuário e senha, ou um token, e não há nenhum (HTTP {})", title_, status),
                    fmt::format("{} asks for a login, and none is set (HTTP {})", title_, status)};
    fault(fmt::format("{}_login_{}", state_.system, given ? "refused" : "missing"), finding,
          {(given ? "corrija " : "defina ") + variables.pt_br, (given ? "correct " : "set ") + variables.en});
  }
  void not_ready() {
    fault("not_ready", {title_ + " ainda não está pronto", title_ + " is not ready yet"},
          {"espere que termine de ler os seus dados e verifique de novo",
           "wait until it has read its data, and check again"});
  }

  [[nodiscard]] bool configured() const { return state_.configured; }
  [[nodiscard]] bool has_login() const { return !login_.username.empty() || !login_.token.empty(); }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] SystemState state() && {
    if (login_.tls.insecure && state_.url.starts_with("https://")) {
      advice("certificate_not_verified",
             {"o certificado do servidor não é verificado (insecure_skip_verify): qualquer um pode se passar por ele",
              "the certificate of the server is not verified (insecure_skip_verify): anybody can pose as it"},
             {"indique em ca_file o certificado da autoridade que o assinou, e desligue insecure_skip_verify",
              "name the certificate of its authority in ca_file, and turn insecure_skip_verify off"});
    }
    return std::move(state_);
  }

 private:
  /// The server took its time somewhere between the question and the answer, and tells it to the second. Only what is
  /// beyond that counts.
  void compare_clocks(const HttpResponse& response, std::int64_t asked_ns) {
    const auto date = response.date();
    if (!date || clocks_compared_) return;
    clocks_compared_ = true;
    const auto theirs = static_cast<double>(date->time_since_epoch().count());
    const double asked = static_cast<double>(asked_ns) / 1e9;
    const double answered = static_cast<double>(clock_.wall_ns()) / 1e9;
    const double ahead = theirs - answered;
    const double behind = asked - (theirs + 1);
    const double skew = std::max(ahead, behind);
    if (skew <= kMaxSkewSeconds) return;
    const bool is_ahead = ahead > behind;
    const double seconds = std::round(skew * 10) / 10;
    std::string seconds_pt = fmt::format("{}", seconds);
    std::ranges::replace(seconds_pt, '.', ',');
    advice(
        "clock_skew",
        {fmt::format("o relógio do {} está {} s {} em relação ao desta máquina", title_, seconds_pt,
                     is_ahead ? "adiantado" : "atrasado"),
         fmt::format("the clock of {} is {} s {} the one of this machine", title_, seconds,
                     is_ahead ? "ahead of" : "behind")},
        {"sincronize os dois relógios (NTP): senão os resultados aparecem no momento errado e os alertas olham para o "
         "período errado",
         "synchronise both clocks (NTP): else results show at the wrong moment, and alerts look at the wrong "
         "period"});
  }

  SystemState state_;
  std::string title_;
  std::string setting_;  // the environment variable that holds the address
  std::chrono::milliseconds timeout_;
  HttpLogin login_;
  std::size_t faults_ = 0;
  bool clocks_compared_ = false;
  HttpClient& http_;
  const Clock& clock_;
};

/// Without the token.
HttpLogin trust_of(const HttpLogin& login) {
  HttpLogin trust;
  trust.tls = login.tls;
  return trust;
}

/// The first number of a version; nothing where there is none.
std::optional<int> major_version(std::string_view version) {
  int major = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
  if (error != std::errc{} || end == version.data() + version.size() || *end != '.') return std::nullopt;
  return major;
}

const Localized& give_a_token() {
  static const Localized kText{
      "crie no Grafana, em Administração, uma conta de serviço com o papel Admin e um token para ela; ponha o token em "
      "GRAFANA_API_KEY",
      "create a service account with the role Admin, and a token for it, in Grafana under Administration; put the "
      "token "
      "into GRAFANA_API_KEY"};
  return kText;
}

/// Whether the version is one that OmniWriter can work with, as far as that can be told.
bool check_grafana_version(Probe& probe, const std::string& version) {
  const auto major = major_version(version);
  if (!major) {
    probe.advice("grafana_version_unknown",
                 version.empty() ? Localized{"o Grafana não diz a sua versão", "Grafana does not tell its version"}
                                 : Localized{fmt::format("não se entende a versão do Grafana: {}", version),
                                             fmt::format("the version of Grafana cannot be read: {}", version)},
                 {fmt::format("confira que é a {} ou uma mais nova; hide_version, na seção auth.anonymous, a esconde",
                              kOldestGrafana),
                  fmt::format("make sure that it is {} or newer; hide_version in its section auth.anonymous hides it",
                              kOldestGrafana)});
    return true;
  }
  if (*major >= kOldestGrafana) return true;
  probe.fault("grafana_too_old",
              {fmt::format("o Grafana {} é antigo demais: não aceita regras de alerta pela API", version),
               fmt::format("Grafana {} is too old: it takes no alert rules through its API", version)},
              {fmt::format("atualize para a versão {} ou mais nova", kOldestGrafana),
               fmt::format("upgrade to version {} or newer", kOldestGrafana)});
  return false;
}

/// Grafana answered 401 to the token, or took it for nobody's.
void token_refused(Probe& probe, const HttpResponse& response) {
  const Json answer = parsed(response);
  const std::string message_id = text_at(answer, "/messageId");
  if (message_id == "api-key.expired") {
    return probe.fault("grafana_token_expired", {"o token do Grafana expirou", "the token for Grafana has expired"},
                       {"crie um token novo para a mesma conta de serviço e ponha-o em GRAFANA_API_KEY",
                        "create a new token for the same service account, and put it into GRAFANA_API_KEY"});
  }
  // Only Grafana's own words: what else is in the answer may repeat the token.
  const bool known = message_id.starts_with("api-key.") || message_id.starts_with("auth.");
  const bool plain = message_id.size() <= kMaxVersionBytes &&
                     message_id.find_first_not_of("abcdefghijklmnopqrstuvwxyz.-") == std::string::npos;
  const std::string said = known && plain ? ", " + message_id : "";
  probe.fault("grafana_token_refused",
              {fmt::format("o Grafana não aceita o token (HTTP {}{})", response.status, said),
               fmt::format("Grafana does not accept the token (HTTP {}{})", response.status, said)},
              give_a_token());
}

void check_grafana_rights(Probe& probe, bool has_token) {
  const auto permissions = probe.get("/api/access-control/user/permissions");
  if (!permissions) return;
  if (permissions->status == 401 || (!permissions->ok() && !has_token)) {
    if (has_token) return token_refused(probe, *permissions);
    return probe.fault("grafana_token_missing",
                       {"o Grafana pede um token, e não há nenhum", "Grafana asks for a token, and none is set"},
                       give_a_token());
  }
  const Json rights = parsed(*permissions);
  if (!permissions->ok() || !rights.is_object()) {
    return probe.advice(
        "grafana_rights_unknown",
        {fmt::format("não se pode perguntar o que o token permite (HTTP {})", permissions->status),
         fmt::format("what the token may do cannot be asked (HTTP {})", permissions->status)},
        {"confira que a conta de serviço tem o papel Admin", "make sure that its service account has the role Admin"});
  }
  std::string missing;
  for (const char* right : {"folders:create", "dashboards:create", "datasources:create", "alert.rules:create"}) {
    if (!rights.contains(right)) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", right);
  }
  if (missing.empty()) return;
  if (has_token && missing == "datasources:create") {
    // An Editor: all but the data sources can be made, and those may be there.
    return probe.advice(
        "grafana_datasources_closed",
        {"o token não pode criar fontes de dados", "the token may not create data sources"},
        {"onde elas já existem, nada falta; senão dê à sua conta de serviço o papel Admin, ou aponte uma "
         "em grafana.datasource_uid",
         "where they are there, nothing is missing; else give its service account the role Admin, or "
         "name one in grafana.datasource_uid"});
  }
  if (has_token) {
    probe.fault("grafana_rights_missing",
                {"o token não tem estes direitos: " + missing, "the token lacks rights: " + missing},
                {"dê à sua conta de serviço o papel Admin, ou esses direitos",
                 "give its service account the role Admin, or these rights"});
  } else {
    probe.fault("grafana_token_missing",
                {"não há token, e sem ele faltam estes direitos: " + missing,
                 "no token is set, and without one these rights are missing: " + missing},
                give_a_token());
  }
}

void check_grafana(Probe& probe, const Config& config) {
  const auto health = probe.get("/api/health");
  if (!health) return;
  const Json about = parsed(*health);
  const std::string version = as_version(text_at(about, "/version"));
  probe.version(version);
  const std::string database = text_at(about, "/database");
  if (database.empty()) return probe.not_this_system("Grafana", health->status);
  if (database != "ok") {
    probe.fault("grafana_database_down",
                {"o Grafana não alcança o próprio banco de dados", "Grafana cannot reach its own database"},
                {"veja o log do Grafana", "look at the log of Grafana"});
  }
  if (!check_grafana_version(probe, version)) return;

  // Where anonymous access is on, a wrong token gets 200 as well, but as nobody in particular.
  const bool has_token = !config.monitoring.grafana_api_key.empty();
  probe.login(grafana_login(config.monitoring));
  if (has_token) {
    const auto user = probe.get("/api/user");
    if (!user) return;
    if (!user->ok() || text_at(parsed(*user), "/login").empty()) return token_refused(probe, *user);
  }
  check_grafana_rights(probe, has_token);
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
      const std::string why = clean_utf8(text_at(target, "/lastError"), kMaxQuoteBytes);
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
  if (!config.prometheus.rules_dir.empty() && text_at(given, "/web.enable-lifecycle") == "false") {
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

void check_prometheus(Probe& probe, const Config& config) {
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
  if (!config.monitoring.prometheus_pushgateway.empty()) {
    check_scrape_of_pushgateway(probe, config.monitoring.prometheus_pushgateway);
  }
}

Localized age(double seconds) {
  const auto hours = static_cast<std::int64_t>(seconds / 3600);
  return hours < 48 ? Localized{fmt::format("{} h", hours), fmt::format("{} h", hours)}
                    : Localized{fmt::format("{} dias", hours / 24), fmt::format("{} days", hours / 24)};
}

/// How to delete a group of the Pushgateway; empty where its labels do not fit into a path as they are.
std::string delete_group(const std::string& url, const Json& group) {
  const Json::json_pointer at("/labels");
  const std::string job = text_at(group, "/labels/job");
  const auto fits = [](const std::string& text) { return !text.empty() && text.find('/') == std::string::npos; };
  if (!group.contains(at) || !group[at].is_object() || !fits(job)) return {};
  std::string path = "/metrics/job/" + url_encode(job);
  for (const auto& [name, value] : group[at].items()) {
    if (name == "job") continue;
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (!fits(text)) return {};
    path += fmt::format("/{}/{}", url_encode(name), url_encode(text));
  }
  return "curl -X DELETE " + join_url(url, path);
}

/// The Pushgateway takes a metric under one type only, in whatever group: another program's metric of the same name and
/// another type keeps every one of ours out.
void check_types(Probe& probe, const std::string& url, const Json& groups) {
  static const auto kFamilies = load_test_families();
  for (const Json& group : groups) {
    for (const MetricFamily& family : kFamilies) {
      const std::string found = text_at(group, fmt::format("/{}/type", family.name));
      const char* wanted = family.type == MetricType::counter ? "COUNTER"
                           : family.type == MetricType::gauge ? "GAUGE"
                                                              : "HISTOGRAM";
      if (found.empty() || found == wanted) continue;
      const std::string type = clean_utf8(found, kMaxNameBytes);
      const std::string labels = clean_utf8(
          group.value("labels", Json::object()).dump(-1, ' ', false, Json::error_handler_t::replace), kMaxQuoteBytes);
      const std::string command = delete_group(url, group);
      const std::string behind = command.empty() ? "" : ": " + command;
      return probe.fault("pushgateway_type_clash",
                         {fmt::format("{} já está lá como {}, no grupo {}: nenhum {} com esse nome pode ser enviado",
                                      family.name, type, labels, wanted),
                          fmt::format("{} is there as {} already, in the group {}: no {} of that name can be pushed",
                                      family.name, type, labels, wanted)},
                         {"apague esse grupo" + behind, "delete that group" + behind});
    }
  }
}

/// A Pushgateway keeps the last word of a run for ever: long after it, dashboards and alerts still see it as current.
void check_groups(Probe& probe, const std::string& url) {
  const auto response = probe.get("/api/v1/metrics");
  if (!response || !response->ok()) return;
  const Json json = parsed(*response);
  const bool listed = !json.is_discarded() && json.contains("data") && json["data"].is_array();
  if (listed) check_types(probe, url, json["data"]);
  if (!listed) {
    return probe.advice(
        "pushgateway_groups_unknown",
        {"a lista de grupos do Pushgateway não pode ser lida, ou passa de 16 MiB",
         "the list of groups in the Pushgateway cannot be read, or is larger than 16 MiB"},
        {"remova os grupos de que ninguém mais precisa", "remove the groups that nobody needs any more"});
  }
  const double now = static_cast<double>(probe.clock().wall_ns()) / 1e9;
  std::size_t stale = 0;
  double oldest_age = 0;
  std::string oldest;
  for (const Json& group : json["data"]) {
    if (text_at(group, "/labels/job") != kPushedJob) continue;
    const std::string pushed = text_at(group, "/push_time_seconds/metrics/0/value");
    double pushed_at = 0;
    if (std::from_chars(pushed.data(), pushed.data() + pushed.size(), pushed_at).ec != std::errc{}) continue;
    if (pushed_at <= 0) continue;  // no push to it has ever succeeded: there is nothing in it
    const double group_age = now - pushed_at;
    if (!(group_age > std::chrono::duration<double>(kStaleGroup).count())) continue;
    ++stale;
    if (group_age <= oldest_age) continue;
    oldest_age = group_age;
    oldest = clean_utf8(fmt::format("{} ({})", text_at(group, "/labels/test_name"), text_at(group, "/labels/testid")),
                        kMaxNameBytes);
  }
  if (stale == 0) return;
  const Localized how_old = age(oldest_age);
  const std::string path = join_url(url, "/metrics/job/load_test/test_name/NAME/testid/RUN");
  probe.advice(
      "stale_pushgateway_group",
      {fmt::format("{} no Pushgateway sem envio há mais de 24 h; o mais antigo, {}, há {}: painéis e alertas ainda "
                   "o tomam por atual",
                   stale == 1 ? "1 grupo" : fmt::format("{} grupos", stale), oldest, how_old.pt_br),
       fmt::format("{} in the Pushgateway without a push for more than 24 h; the oldest, {}, for {}: dashboards "
                   "and alerts still take it for current",
                   stale == 1 ? "1 group" : fmt::format("{} groups", stale), oldest, how_old.en)},
      {"remova cada um: curl -X DELETE " + path, "remove each: curl -X DELETE " + path});
}

void check_pushgateway(Probe& probe, const Config& config) {
  const auto ready = probe.get("/-/ready");
  if (!ready) return;
  if (refuses_login(ready->status)) return probe.asks_for_login(ready->status);
  if (ready->status == 503) probe.not_ready();

  const auto status = probe.get("/api/v1/status");
  if (!status) return;
  const Json about = parsed(*status);
  const Json::json_pointer at("/data/build_information");
  if (about.is_discarded() || !about.contains(at)) return probe.not_this_system("Pushgateway", status->status);
  probe.version(text_at(about, "/data/build_information/version"));
  check_groups(probe, config.monitoring.prometheus_pushgateway);
}

/// The version by another way than the front page, which some builds of Elasticsearch do not serve.
std::string version_of_nodes(const Json& nodes) {
  if (nodes.is_discarded() || !nodes.contains("nodes") || !nodes["nodes"].is_object() || nodes["nodes"].empty())
    return "";
  return text_at(nodes["nodes"].begin().value(), "/version");
}

/// A number behind "85%" or 0.85; nothing where the watermark is a number of bytes.
std::optional<double> as_percent(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "%") return number;
  return unit.empty() && number <= 1 ? std::optional(number * 100) : std::nullopt;
}

/// A setting of the cluster, as it is in force.
std::string cluster_setting(const Json& settings, const std::string& name) {
  for (const char* level : {"transient", "persistent", "defaults"}) {
    if (settings.is_discarded() || !settings.contains(level)) continue;
    const Json& all = settings[level];
    if (all.is_object() && all.contains(name) && all[name].is_string()) return all[name].get<std::string>();
  }
  return {};
}

/// Beyond the first watermark a node gets no new shards; beyond the last one its indices can only be read.
void check_disks(Probe& probe, const Json& settings) {
  const std::string base = "cluster.routing.allocation.disk.";
  if (cluster_setting(settings, base + "threshold_enabled") == "false") return;
  const auto low = as_percent(cluster_setting(settings, base + "watermark.low"));
  const auto flood = as_percent(cluster_setting(settings, base + "watermark.flood_stage"));
  const auto response = probe.get("/_cat/allocation?format=json&h=node,disk.percent");
  if (!low || !flood || !response || !response->ok()) return;
  const Json nodes = parsed(*response);
  if (!nodes.is_array()) return;
  for (const Json& node : nodes) {
    const std::string used = text_at(node, "/disk.percent");
    double percent = 0;
    if (std::from_chars(used.data(), used.data() + used.size(), percent).ec != std::errc{} || percent < *low) continue;
    const std::string name = clean_utf8(text_at(node, "/node"), kMaxNameBytes);
    const Localized remedy{"libere espaço ou apague índices antigos (retention.elasticsearch_days)",
                           "free space, or delete old indices (retention.elasticsearch_days)"};
    if (percent >= *flood) {
      probe.fault("elasticsearch_disk_full",
                  {fmt::format("o disco do nó {} está {} % cheio: a partir de {} % os índices só podem ser lidos", name,
                               percent, *flood),
                   fmt::format("the disk of node {} is {} % full: from {} % on, indices can only be read", name,
                               percent, *flood)},
                  remedy);
    } else {
      probe.advice(
          "elasticsearch_disk_high",
          {fmt::format("o disco do nó {} está {} % cheio: a partir de {} % ele não recebe índices novos", name, percent,
                       *low),
           fmt::format("the disk of node {} is {} % full: from {} % on, it gets no new indices", name, percent, *low)},
          remedy);
    }
  }
}

void check_shards(Probe& probe, const Json& health, const Json& settings) {
  const auto number = [&](const char* name) {
    return health.is_object() && health.contains(name) && health[name].is_number() ? health[name].get<double>() : 0.0;
  };
  double per_node = 0;
  const std::string setting = cluster_setting(settings, "cluster.max_shards_per_node");
  std::from_chars(setting.data(), setting.data() + setting.size(), per_node);
  const double most = per_node * number("number_of_data_nodes");
  const double used = number("active_shards") + number("unassigned_shards") + number("initializing_shards");
  constexpr double kAlmost = 0.9;
  constexpr double kOfOneIndex = 2;  // a shard and its copy
  const bool full = used + kOfOneIndex > most;
  if (most <= 0 || (used < kAlmost * most && !full)) return;
  const Localized finding{
      fmt::format("o cluster tem {} dos {} shards permitidos, e um índice novo precisa de {}: depois disso não aceita "
                  "índices novos",
                  used, most, kOfOneIndex),
      fmt::format(
          "the cluster has {} of the {} shards it may have, and a new index needs {}: after that it takes no new "
          "indices",
          used, most, kOfOneIndex)};
  const Localized remedy{"apague índices antigos (retention.elasticsearch_days) ou aumente cluster.max_shards_per_node",
                         "delete old indices (retention.elasticsearch_days), or raise cluster.max_shards_per_node"};
  if (full) {
    probe.fault("elasticsearch_shards_full", finding, remedy);
  } else {
    probe.advice("elasticsearch_shards_high", finding, remedy);
  }
}

/// Asked only where there is a login: without security there are no rights, and no answer.
void check_elasticsearch_rights(Probe& probe, const std::string& index) {
  if (!probe.has_login()) return;
  const Json question{
      {"cluster", {"monitor", "manage_index_templates"}},
      {"index", Json::array({{{"names", {index + "-*"}}, {"privileges", {"create_index", "read", "write"}}}})}};
  const auto response = probe.ask("GET", "/_security/user/_has_privileges", question.dump());
  if (!response || !response->ok()) return;
  const Json answer = parsed(*response);
  std::string missing;
  const auto collect = [&](const std::string& pointer) {
    const Json::json_pointer at(pointer);
    if (answer.is_discarded() || !answer.contains(at) || !answer[at].is_object()) return;
    for (const auto& [right, granted] : answer[at].items()) {
      if (granted == false) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", right);
    }
  };
  collect("/cluster");
  collect("/index/" + index + "-*");
  if (missing.empty()) return;
  probe.fault("elasticsearch_rights_missing",
              {"o usuário ou a chave não tem estes direitos: " + missing, "the user or key lacks rights: " + missing},
              {fmt::format("dê-lhe um papel com esses direitos em {}-*", index),
               fmt::format("give it a role with these rights on {}-*", index)});
}

/// Whether a name can fit two patterns with `*` at once.
bool patterns_meet(std::string_view one, std::string_view other) {
  std::vector<bool> row(other.size() + 1);  // whether what is behind this place of `one` can meet that of `other`
  for (std::size_t i = one.size() + 1; i-- > 0;) {
    const std::vector<bool> below = std::exchange(row, std::vector<bool>(other.size() + 1));
    for (std::size_t j = other.size() + 1; j-- > 0;) {
      const bool more = i < one.size();
      const bool more_there = j < other.size();
      if (!more && !more_there) {
        row[j] = true;
      } else if (more && one[i] == '*') {
        row[j] = below[j] || (more_there && row[j + 1]);
      } else if (more_there && other[j] == '*') {
        row[j] = row[j + 1] || (more && below[j]);
      } else {
        row[j] = more && more_there && one[i] == other[j] && below[j + 1];
      }
    }
  }
  return row.front();
}

/// No two templates of one priority may fit the same index; of others the highest counts.
void check_other_templates(Probe& probe, const std::string& index) {
  const auto response = probe.get("/_index_template");
  if (!response || !response->ok()) return;
  const Json answer = parsed(*response);
  if (!answer.is_object() || !answer.contains("index_templates") || !answer["index_templates"].is_array()) return;
  for (const Json& found : answer["index_templates"]) {
    const std::string name = text_at(found, "/name");
    const Json::json_pointer patterns("/index_template/index_patterns");
    const Json::json_pointer priority_at("/index_template/priority");
    if (name == index || !found.contains(patterns) || !found[patterns].is_array()) continue;
    const auto priority =
        found.contains(priority_at) && found[priority_at].is_number() ? found[priority_at].get<double>() : 0.0;
    const bool meets = std::ranges::any_of(found[patterns], [&](const Json& pattern) {
      return pattern.is_string() && patterns_meet(pattern.get<std::string>(), index + "-*");
    });
    if (!meets || priority < kLoadTestTemplatePriority) continue;
    const std::string shown = clean_utf8(name, kMaxNameBytes);
    const Localized remedy{
        fmt::format("dê a ele uma prioridade menor que {}, ou outros padrões; ou escolha outro nome em "
                    "ELASTICSEARCH_INDEX",
                    kLoadTestTemplatePriority),
        fmt::format("give it a priority below {}, or other patterns; or choose another name in "
                    "ELASTICSEARCH_INDEX",
                    kLoadTestTemplatePriority)};
    if (priority == kLoadTestTemplatePriority) {
      probe.fault(
          "elasticsearch_template_clash",
          {fmt::format("o modelo de índice {} também vale para {}-* e tem a mesma prioridade ({}): o nosso não "
                       "pode ser criado",
                       shown, index, priority),
           fmt::format("the index template {} is for {}-* too, with the same priority ({}): ours cannot be made", shown,
                       index, priority)},
          remedy);
    } else {
      probe.advice(
          "elasticsearch_template_overruled",
          {fmt::format("o modelo de índice {} também vale para {}-* e prevalece (prioridade {}): os campos podem "
                       "ter outros tipos",
                       shown, index, priority),
           fmt::format("the index template {} is for {}-* too, and overrules ours (priority {}): fields may get "
                       "other types",
                       shown, index, priority)},
          remedy);
    }
  }
}

/// `own`: the template under our name. It gives each index an alias, whose name no index may have.
void check_alias(Probe& probe, const std::string& index, const Json& own) {
  if (own.dump(-1, ' ', false, Json::error_handler_t::replace).find(fmt::format("\"aliases\":{{\"{}\"", index)) ==
      std::string::npos) {
    return;
  }
  const auto response = probe.get(fmt::format("/{}/_alias", url_encode(index)));
  if (!response || !response->ok() || !parsed(*response).contains(index)) return;
  probe.fault(
      "elasticsearch_alias_clash",
      {fmt::format("há um índice {0}, e o modelo dá esse nome, como alias, a cada índice {0}-*: nenhum índice novo "
                   "pode ser criado",
                   index),
       fmt::format("there is an index {0}, and the template gives that name as an alias to every index {0}-*: no "
                   "new index can be made",
                   index)},
      {"apague ou renomeie esse índice, ou escolha outro nome em ELASTICSEARCH_INDEX",
       "delete or rename that index, or choose another name in ELASTICSEARCH_INDEX"});
}

void check_read_only(Probe& probe, const std::string& index) {
  const auto response = probe.get(
      fmt::format("/{}-*/_settings/index.blocks.*?flat_settings=true&ignore_unavailable=true", url_encode(index)));
  if (!response || !response->ok()) return;
  const Json indices = parsed(*response);
  if (!indices.is_object()) return;
  for (const auto& [name, content] : indices.items()) {
    if (content.dump().find("\"true\"") == std::string::npos) continue;
    const std::string shown = clean_utf8(name, kMaxNameBytes);
    return probe.fault(
        "elasticsearch_index_read_only",
        {fmt::format("o índice {} só pode ser lido", shown), fmt::format("index {} can only be read", shown)},
        {"libere espaço em disco, se era esse o motivo, e retire o bloqueio: PUT /" + shown +
             R"(/_settings {"index.blocks.read_only_allow_delete": null})",
         "free disk space, if that was why, and take the block away: PUT /" + shown +
             R"(/_settings {"index.blocks.read_only_allow_delete": null})"});
  }
}

void check_elasticsearch(Probe& probe, const Config& config) {
  const auto front = probe.get("/");
  if (!front) return;
  if (refuses_login(front->status)) {
    return probe.refuses_our_login(front->status,
                                   {"ELASTICSEARCH_USERNAME e ELASTICSEARCH_PASSWORD, ou ELASTICSEARCH_API_KEY",
                                    "ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD, or ELASTICSEARCH_API_KEY"});
  }
  Json about = parsed(*front);
  std::string version = text_at(about, "/version/number");
  if (version.empty()) {
    const auto nodes = probe.get("/_nodes/_local?filter_path=nodes.*.version");
    if (!nodes) return;
    version = version_of_nodes(parsed(*nodes));
  }
  if (version.empty()) return probe.not_this_system("Elasticsearch / OpenSearch", front->status);
  // OpenSearch may pretend to be Elasticsearch 7.10.2; its tagline does not.
  const bool opensearch = text_at(about, "/version/distribution") == "opensearch" ||
                          text_at(about, "/tagline").find("OpenSearch") != std::string::npos;
  probe.version(opensearch ? "opensearch " + version : version);

  const auto health_answer = probe.get("/_cluster/health");
  const Json health = health_answer ? parsed(*health_answer) : Json();
  if (text_at(health, "/status") == "red") {
    probe.advice("elasticsearch_cluster_red",
                 {"o cluster está vermelho: parte dos seus dados não pode ser lida nem gravada",
                  "the cluster is red: some of its data cannot be read or written"},
                 {"veja GET _cluster/allocation/explain", "see GET _cluster/allocation/explain"});
  }
  const std::string& index = config.monitoring.elasticsearch_index;
  check_elasticsearch_rights(probe, index);
  const auto settings_answer = probe.get("/_cluster/settings?include_defaults=true&flat_settings=true");
  const Json settings = settings_answer ? parsed(*settings_answer) : Json();
  check_disks(probe, settings);
  check_shards(probe, health, settings);
  check_read_only(probe, index);
  check_other_templates(probe, index);
  const auto present = [&](std::string_view kind) {
    const auto response = probe.get(fmt::format("/{}/{}", kind, url_encode(index)));
    if (!response || !response->ok()) return false;
    check_alias(probe, index, parsed(*response));
    return true;
  };
  if (!present("_index_template") && !present("_template")) {
    probe.note("elasticsearch_template_missing",
               {fmt::format("ainda não há o modelo de índice {}", index),
                fmt::format("there is no index template {} yet", index)},
               {"nada a fazer: ingest o cria", "nothing to do: ingest creates it"});
  }
}

Localized influxdb_variables() {
  return {"INFLUXDB_USERNAME e INFLUXDB_PASSWORD, ou INFLUXDB_TOKEN",
          "INFLUXDB_USERNAME and INFLUXDB_PASSWORD, or INFLUXDB_TOKEN"};
}

void influxdb_bucket_missing(Probe& probe, const std::string& bucket) {
  probe.fault("influxdb_bucket_missing",
              {fmt::format("não há o bucket {}, ou o token não o vê", bucket),
               fmt::format("there is no bucket {}, or the token does not see it", bucket)},
              {"crie o bucket, dê ao token o direito de gravar nele, e confira INFLUXDB_ORG e INFLUXDB_BUCKET",
               "create the bucket, let the token write to it, and check INFLUXDB_ORG and INFLUXDB_BUCKET"});
}

/// Points that are older than the server keeps them are refused. `seconds`: how long it does; 0: for ever.
void check_influxdb_retention(Probe& probe, const std::string& place, double seconds) {
  if (seconds <= 0) return;
  constexpr double kHour = 3600;
  constexpr double kDay = 24 * kHour;
  const bool in_days = seconds >= 2 * kDay;
  const double number = std::floor(seconds / (in_days ? kDay : kHour));
  const Localized finding{
      fmt::format("{} guarda os pontos por {} {}: testes mais antigos são recusados", place, number,
                  in_days ? "dias" : "h"),
      fmt::format("{} keeps points for {} {}: runs that are older are refused", place, number, in_days ? "days" : "h")};
  if (seconds < kDay) {
    probe.advice("influxdb_retention_short", finding,
                 {"aumente a retenção (ALTER RETENTION POLICY … DURATION …), ou um teste longo perde o seu começo",
                  "lengthen it (ALTER RETENTION POLICY … DURATION …), or a long test loses its beginning"});
  } else {
    probe.note("influxdb_retention", finding,
               {"nada a fazer; para testes mais antigos, aumente a retenção ou use replay --start-time now",
                "nothing to do; for older runs lengthen it, or use replay --start-time now"});
  }
}

/// "168h0m0s"; 0 where it is for ever.
double seconds_of_duration(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end == text.data() + text.size()) return 0;
    seconds += number * (*end == 'h' ? 3600 : *end == 'm' ? 60 : 1);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  return seconds;
}

void check_retention_policies(Probe& probe, const std::string& database) {
  const auto response =
      probe.get("/query?q=" + url_encode("SHOW RETENTION POLICIES ON " + influxql_quoted(database, '"')));
  if (!response || !response->ok()) return;
  const Json json = parsed(*response);
  const Json::json_pointer columns("/results/0/series/0/columns");
  const Json::json_pointer values("/results/0/series/0/values");
  if (json.is_discarded() || !json.contains(columns) || !json.contains(values) || !json[values].is_array()) return;
  const auto column = [&](const char* name) {
    const auto found = std::ranges::find(json[columns], Json(name));
    return fmt::format("/{}", found - json[columns].begin());
  };
  for (const Json& row : json[values]) {
    const Json::json_pointer is_default(column("default"));
    if (!row.contains(is_default) || row[is_default] != true) continue;
    check_influxdb_retention(probe, database, seconds_of_duration(text_at(row, column("duration"))));
  }
}

/// A bucket of version 2, which somebody has to make, or the databases of version 3, which makes its own. False where
/// the server does not know what is asked: version 1.8 takes what is written in the way of version 2.
bool check_influxdb_place(Probe& probe, const Config& config, InfluxDbApi api) {
  const std::string& wanted = influxdb_place(config.monitoring, api);
  const bool v3 = api == InfluxDbApi::v3;
  const auto response = probe.get(v3 ? std::string("/api/v3/configure/database?format=json")
                                     : fmt::format("/api/v2/buckets?org={}&name={}",
                                                   url_encode(config.monitoring.influxdb_org), url_encode(wanted)));
  if (!response) return true;
  if (refuses_login(response->status)) {
    probe.refuses_our_login(response->status, influxdb_variables());
    return true;
  }
  if (v3) return true;
  const Json answer = parsed(*response);
  const bool listed = answer.is_object() && answer.contains("buckets") && !answer["buckets"].empty();
  const bool known = response->ok() || (response->status == 404 && !text_at(answer, "/code").empty());
  if (known && !listed) influxdb_bucket_missing(probe, wanted);
  const Json::json_pointer kept("/buckets/0/retentionRules/0/everySeconds");
  if (listed && answer.contains(kept) && answer[kept].is_number()) {
    check_influxdb_retention(probe, wanted, answer[kept].get<double>());
  }
  return known;
}

/// Writing nothing tells whether one may.
void check_influxdb_writing(Probe& probe, const std::string& database) {
  const auto response = probe.ask("POST", "/write?db=" + url_encode(database));
  if (!response || !refuses_login(response->status)) return;
  probe.fault("influxdb_write_refused",
              {fmt::format("o usuário não pode gravar no banco de dados {} (HTTP {})", database, response->status),
               fmt::format("the user may not write to database {} (HTTP {})", database, response->status)},
              {fmt::format("dê-lhe esse direito: GRANT WRITE ON \"{}\" TO o usuário", database),
               fmt::format("grant it: GRANT WRITE ON \"{}\" TO the user", database)});
}

void check_influxdb(Probe& probe, const Config& config) {
  const auto ping = probe.get("/ping");
  if (!ping) return;
  probe.version(ping->header("x-influxdb-version"));
  const bool has_user = !config.monitoring.influxdb_username.empty();
  if (!ping->ok() && !refuses_login(ping->status)) return probe.not_this_system("InfluxDB", ping->status);

  const InfluxDbApi api = influxdb_api(config.monitoring, ping->header("x-influxdb-version"));
  if (api != InfluxDbApi::v1 && check_influxdb_place(probe, config, api)) return;

  const auto response = probe.get("/query?q=SHOW%20DATABASES");
  if (!response) return;
  if (refuses_login(response->status)) return probe.refuses_our_login(response->status, influxdb_variables());
  const Json json = parsed(*response);
  const Json::json_pointer results("/results/0");
  if (!response->ok() || json.is_discarded() || !json.contains(results)) {
    return probe.fault(
        "influxdb_no_influxql",
        {fmt::format("o InfluxDB não responde a consultas em InfluxQL (HTTP {})", response->status),
         fmt::format("InfluxDB does not answer queries in InfluxQL (HTTP {})", response->status)},
        {"corrija INFLUXDB_URL; no InfluxDB 2, associe o banco de dados a um bucket (influx v1 dbrp create)",
         "correct INFLUXDB_URL; for InfluxDB 2, map the database to a bucket (influx v1 dbrp create)"});
  }
  if (std::string error = text_at(json, "/results/0/error"); !error.empty()) {
    error = clean_utf8(error, kMaxQuoteBytes);
    return probe.fault("influxdb_query_refused",
                       {"o InfluxDB se recusa a listar os seus bancos de dados: " + error,
                        "InfluxDB refuses to list its databases: " + error},
                       {"dê a INFLUXDB_USERNAME o direito de ler o banco de dados",
                        "give INFLUXDB_USERNAME the right to read the database"});
  }
  const std::string& wanted = influxdb_place(config.monitoring, api);
  const Json::json_pointer values("/results/0/series/0/values");
  bool present = false;
  if (json.contains(values) && json[values].is_array()) {
    for (const Json& row : json[values]) present = present || text_at(row, "/0") == wanted;
  }
  if (present) {
    check_retention_policies(probe, wanted);
    if (has_user) check_influxdb_writing(probe, wanted);
    return;
  }
  if (api == InfluxDbApi::v2) return influxdb_bucket_missing(probe, wanted);
  if (has_user) {
    probe.note("influxdb_database_missing",
               {fmt::format("o usuário ainda não vê um banco de dados {}", wanted),
                fmt::format("there is no database {} yet that the user can see", wanted)},
               {"nada a fazer se o usuário for administrador: ingest o cria; senão, crie-o e dê acesso ao usuário",
                "nothing to do if the user is an administrator: ingest creates it; else create it and grant it"});
  } else {
    probe.note(
        "influxdb_database_missing",
        {fmt::format("ainda não há o banco de dados {}", wanted), fmt::format("there is no database {} yet", wanted)},
        {"nada a fazer: ingest o cria", "nothing to do: ingest creates it"});
  }
}

}  // namespace

std::vector<SystemState> check_systems(const Config& config, HttpClient& http, const Clock& clock) {
  const MonitoringConfig& systems = config.monitoring;
  Probe grafana("grafana", "GRAFANA_URL", systems.grafana_url, config, http, clock);
  Probe prometheus("prometheus", "PROMETHEUS_URL", systems.prometheus_url, config, http, clock);
  Probe pushgateway("pushgateway", "PROMETHEUS_PUSHGATEWAY", systems.prometheus_pushgateway, config, http, clock);
  Probe elasticsearch("elasticsearch", "ELASTICSEARCH_URL", systems.elasticsearch_url, config, http, clock);
  Probe influxdb("influxdb", "INFLUXDB_URL", systems.influxdb_url, config, http, clock);
  grafana.login(trust_of(grafana_login(systems)));
  prometheus.login(prometheus_login(systems));
  pushgateway.login(pushgateway_login(systems));
  elasticsearch.login(elasticsearch_login(systems));
  influxdb.login(influxdb_login(systems));

  if (grafana.configured()) check_grafana(grafana, config);
  if (prometheus.configured()) check_prometheus(prometheus, config);
  if (pushgateway.configured()) check_pushgateway(pushgateway, config);
  if (elasticsearch.configured()) check_elasticsearch(elasticsearch, config);
  if (influxdb.configured()) check_influxdb(influxdb, config);

  std::vector<SystemState> states;
  for (Probe* probe : {&grafana, &prometheus, &pushgateway, &elasticsearch, &influxdb}) {
    states.push_back(std::move(*probe).state());
  }
  return states;
}

}  // namespace omniwriter
