#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/try.h"
#include "base/utf8.h"
#include "systems/data_source.h"
#include "systems/grafana/dashboards.h"
#include "systems/grafana/grafana.h"
#include "systems/grafana/normal_form.h"
#include "systems/plan.h"
#include "systems/server.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using nlohmann::json;

// Where the fingerprint of what was applied is kept: where people do not look, and what Grafana's editors leave alone.
constexpr const char* kAppliedVariable = "omniwriter";         // of a dashboard: a hidden constant
constexpr const char* kAppliedJsonData = "omniwriterApplied";  // of a data source
constexpr const char* kAppliedModel = "omniwriterApplied";     // of a rule: in its last query, where no receiver looks
constexpr const char* kOldAppliedAnnotation = "omniwriter_applied";  // where it was before

Error refusal(const Answer& answer, std::string_view doing) {
  const std::string words = words_of(answer);
  const std::string id = text_at(answer.body, "/messageId");
  std::string message;
  if (answer.status == 401 && (id == "api-key.expired" || words.find("xpired") != std::string::npos)) {
    message = "Grafana: the token has expired; make a new one and put it into GRAFANA_API_KEY";
  } else if (answer.status == 401) {
    message = fmt::format("Grafana does not accept the token ({}); correct GRAFANA_API_KEY", words);
  } else if (answer.status == 403) {
    message = fmt::format("Grafana: the token may not {} ({}); give its service account the role Admin", doing, words);
  } else if (words.find("readonly") != std::string::npos || words.find("read-only") != std::string::npos ||
             words.find("read only") != std::string::npos) {
    message = fmt::format("Grafana is read-only: it cannot {} ({})", doing, words);
  } else {
    message = fmt::format("Grafana cannot {}: HTTP {}: {}", doing, answer.status, words);
  }
  return {ErrorCode::refused, message};
}

// "1h2m" as seconds, however the server likes to write it.
std::string in_seconds(const std::string& text) {
  constexpr std::string_view kUnits = "smhdw";
  constexpr std::array<std::int64_t, 5> kSeconds{1, 60, 3600, 86'400, 604'800};
  std::int64_t total = 0;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
    } else if (const auto unit = kUnits.find(c); unit != std::string_view::npos && number < 1'000'000) {
      total += number * kSeconds[unit];
      number = 0;
    } else {
      return text;
    }
  }
  return fmt::format("{}s", total + number);
}

/// Whether a refusal is of this one thing: nobody may write it, or not we. Others may be written all the same.
bool is_of_one_thing(const Answer& answer) {
  return answer.status >= 400 && answer.status < 500 && answer.status != 401 && answer.status != 429;
}

json applied_variable(const std::string& applied) {
  return {{"name", kAppliedVariable}, {"type", "constant"}, {"query", applied}, {"hide", 2}, {"skipUrlSync", true}};
}

class Grafana final : public Provider {
 public:
  Grafana(const Config& config, HttpClient& http)
      : config_(config),
        server_(http, config.of<GrafanaSettings>().url, grafana_login(config), config.delivery.request_timeout) {}

  Result<void> open() override {
    TRY(is_grafana());
    if (grafana::uses_own_datasource(config_)) {
      TRY(find_own_datasource());
    }
    chosen_ = grafana::chosen_datasource(config_);
    if (!chosen_.empty()) return {};
    const std::string& asked = config_.of<GrafanaSettings>().datasource;
    return fail(ErrorCode::usage,
                asked.empty() ? "the dashboards have nothing to read: set PROMETHEUS_URL, INFLUXDB_URL or "
                                "ELASTICSEARCH_URL"
                              : fmt::format("grafana.datasource is {}, but that system is not configured", asked));
  }

  [[nodiscard]] std::vector<Resource> wanted(Language language) const override {
    Config config = config_;
    config.lang = language;
    std::vector<Resource> all;
    for (const System* system : grafana::datasources(config)) {
      if (system->name == chosen_ && grafana::uses_own_datasource(config)) continue;
      json source = grafana::datasource(config, *system);
      const auto login = system->data_source->login(config);
      for (const auto& [field, secret] : login.secrets) source["secureJsonFields"][field] = true;
      all.push_back({.kind = "datasource",
                     .id = grafana::datasource_uid(config, system->name),
                     .title = source["name"],
                     .content = source,
                     .has_secrets = !login.secrets.empty()});
    }
    all.push_back({"folder",
                   std::string(grafana::kFolder),
                   config.of<GrafanaSettings>().folder,
                   {{"title", config.of<GrafanaSettings>().folder}}});
    for (json dashboard : {grafana::main_dashboard(config, chosen_), grafana::alerts_dashboard(config, chosen_)}) {
      const std::string uid = dashboard["uid"];
      const std::string title = dashboard["title"];
      all.push_back({"dashboard", uid, title, std::move(dashboard)});
    }
    for (const AlertRule& rule : config.alerts) {
      if (!is_wanted(rule)) continue;
      all.push_back({"alert_rule", grafana::rule_uid(rule), std::string(rule.alertname),
                     grafana::alert_rule(config, rule, chosen_)});
    }
    return all;
  }

  // Rules that are evaluated elsewhere now, or not at all, would alert as well. Data sources may be read by others:
  // they go with all the rest.
  [[nodiscard]] std::vector<Resource> unwanted(PlanGoal goal) const override {
    std::vector<Resource> all;
    for (const AlertRule& rule : config_.alerts) {
      if (is_wanted(rule)) continue;
      all.push_back({"alert_rule", grafana::rule_uid(rule), std::string(rule.alertname), nullptr});
    }
    if (goal != PlanGoal::destroy || !grafana::uses_own_datasource(config_)) return all;
    const std::string ours = "omniwriter-" + chosen_;
    all.push_back({"datasource", ours, ours, nullptr});
    return all;
  }

  [[nodiscard]] json normal(const Resource& of, json content) const override {
    if (of.kind == "dashboard") return grafana::normal_dashboard(std::move(content));
    if (of.kind == "alert_rule") return grafana::normal_rule(std::move(content));
    return content;
  }

  Result<std::optional<Observed>> read(const Resource& wanted) override {
    const auto answer = TRY(server_.get(path_of(wanted)));
    if (answer.status == 404) return std::nullopt;
    if (answer.status == 403) return out_of_sight(wanted, answer);
    if (!answer.ok()) return std::unexpected(refusal(answer, fmt::format("read {} {}", wanted.kind, wanted.id)));
    if (!answer.body.is_object()) {
      return fail(ErrorCode::refused, fmt::format("Grafana gives no {} where one should be", wanted.kind));
    }
    if (wanted.kind == "datasource") return datasource_of(answer.body);
    if (wanted.kind == "folder") return folder_of(answer.body, wanted);
    if (wanted.kind == "dashboard") return dashboard_of(answer.body);
    return rule_of(answer.body);
  }

  Result<std::optional<std::string>> write(const Resource& wanted, const std::string& mark,
                                           const Observed* present) override {
    Result<Answer> answer;
    if (wanted.kind == "datasource") {
      answer = write_datasource(wanted, mark, present);
    } else if (wanted.kind == "folder") {
      json folder{{"uid", wanted.id}, {"title", wanted.content["title"]}};
      if (present != nullptr) folder["version"] = present->handle;
      answer = present == nullptr ? server_.send("POST", "/api/folders", folder)
                                  : server_.send("PUT", path_of(wanted), folder);
    } else if (wanted.kind == "dashboard") {
      answer = write_dashboard(wanted, mark, present);
    } else {
      answer = write_rule(wanted, mark, present);
    }
    if (!answer) return std::unexpected(std::move(answer).error());
    if (answer->ok()) return std::nullopt;
    Error error = refusal(*answer, fmt::format("write {} {}", wanted.kind, wanted.id));
    if (wanted.has_secrets) hide_secrets(error.message, wanted);
    if (is_of_one_thing(*answer)) return error.message;
    return std::unexpected(std::move(error));
  }

  Result<std::optional<std::string>> remove(const Resource& wanted, const Observed& /*present*/) override {
    if (wanted.kind == "folder") {
      const bool others = TRY(others_in_folder());
      if (others) return "other things are in it";
    }
    std::string path = path_of(wanted);
    const auto answer = TRY(server_.ask("DELETE", path));
    if (!answer.ok() && answer.status != 404) {
      return std::unexpected(refusal(answer, fmt::format("remove {} {}", wanted.kind, wanted.id)));
    }
    return std::nullopt;
  }

 private:
  Result<void> is_grafana() {
    const auto health = TRY(server_.get("/api/health"));
    const std::string version = text_at(health.body, "/version");
    if (text_at(health.body, "/database").empty()) {
      return fail(ErrorCode::refused,
                  fmt::format("what answers at GRAFANA_URL (HTTP {}) is not Grafana", health.status));
    }
    int major = 0;
    std::from_chars(version.data(), version.data() + version.size(), major);
    if (major == 0) {
      return fail(ErrorCode::refused, fmt::format("Grafana does not tell a version that can be understood (\"{}\"); {} "
                                                  "or later is needed",
                                                  clean_utf8(version, 40), grafana::kOldestMajor));
    }
    if (major < grafana::kOldestMajor) {
      return fail(ErrorCode::refused, fmt::format("Grafana {} is too old: {} or later is needed",
                                                  clean_utf8(version, 40), grafana::kOldestMajor));
    }
    return {};
  }

  /// The data source that the user named: whether it is there, and of a type that we know. Settles what is not said.
  Result<void> find_own_datasource() {
    GrafanaSettings& settings = config_.of<GrafanaSettings>();
    const std::string named = settings.datasource_uid.empty()
                                  ? fmt::format("grafana.datasource_name {}", settings.datasource_name)
                                  : fmt::format("grafana.datasource_uid {}", settings.datasource_uid);
    const auto sources = TRY(visible_datasources());
    const auto found = std::ranges::find_if(sources, [&](const json& source) {
      return settings.datasource_uid.empty() ? text_at(source, "/name") == settings.datasource_name
                                             : text_at(source, "/uid") == settings.datasource_uid;
    });
    if (found == sources.end()) {
      return fail(ErrorCode::refused, fmt::format("Grafana has no data source with that: {}", named));
    }
    const std::string type = text_at(*found, "/type");
    const std::string& asked = settings.datasource;
    std::vector<std::string_view> needed;
    for (const System* system : grafana::readable_systems()) {
      if (asked.empty() || system->name == asked) needed.push_back(system->name);
    }
    if (std::ranges::find(needed, type) == needed.end()) {
      return fail(ErrorCode::refused, fmt::format("{} is of the type {}; {} is needed", named, clean_utf8(type, 60),
                                                  fmt::join(needed, " / ")));
    }
    settings.datasource = type;
    settings.datasource_uid = text_at(*found, "/uid");
    settings.datasource_name = text_at(*found, "/name");
    return {};
  }

  /// Name, uid and type of each data source, as everybody may see them who may query them.
  Result<json> visible_datasources() {
    const auto answer = TRY(server_.get("/api/frontend/settings"));
    if (!answer.ok()) return std::unexpected(refusal(answer, "look at the data sources"));
    json sources = json::array();
    const json::json_pointer at("/datasources");
    if (!answer.body.is_object() || !answer.body.contains(at)) return sources;
    for (const auto& [name, source] : answer.body[at].items()) {
      sources.push_back(members(source, {"uid", "type"}));
      sources.back()["name"] = name;
    }
    return sources;
  }

  [[nodiscard]] bool is_wanted(const AlertRule& rule) const {
    return rule.enabled && grafana::evaluates_rules(config_);
  }

  /// What this token may not look at. A data source that an administrator made serves all the same.
  Result<std::optional<Observed>> out_of_sight(const Resource& wanted, const Answer& answer) {
    const Observed closed{.locked = refusal(answer, fmt::format("look at {} {}", wanted.kind, wanted.id)).message};
    if (wanted.kind != "datasource") return closed;
    const auto sources = visible_datasources();
    if (!sources) return closed;
    const bool there = std::ranges::any_of(*sources, [&](const json& source) {
      return text_at(source, "/uid") == wanted.id && text_at(source, "/type") == text_at(wanted.content, "/type");
    });
    if (!there) return closed;
    return Observed{.content = wanted.content};
  }

  static std::string path_of(const Resource& wanted) {
    if (wanted.kind == "datasource") return "/api/datasources/uid/" + wanted.id;
    if (wanted.kind == "folder") return "/api/folders/" + wanted.id;
    if (wanted.kind == "dashboard") return "/api/dashboards/uid/" + wanted.id;
    return "/api/v1/provisioning/alert-rules/" + wanted.id;
  }

  static Observed datasource_of(const json& body) {
    Observed observed;
    observed.content = members(body, {"uid", "name", "type", "access", "url", "user", "basicAuth", "basicAuthUser",
                                      "jsonData", "secureJsonFields"});
    forget_unused_login(observed.content);
    observed.handle = members(body, {"id", "version"});
    if (body.value("readOnly", false)) {
      observed.locked =
          fmt::format("Grafana: data source {} is provisioned from a file and read-only", text_at(body, "/uid"));
    }
    observed.applied = text_at(observed.content, "/jsonData/omniwriterApplied");
    if (observed.content["jsonData"].is_object()) observed.content["jsonData"].erase(kAppliedJsonData);
    return observed;
  }

  // Grafana keeps the login of before, unused, when a data source gets another kind of login.
  static void forget_unused_login(json& source) {
    if (!source.contains("basicAuth") || source["basicAuth"] != true) source.erase("basicAuthUser");
    if (!source.contains("secureJsonFields") || !source["secureJsonFields"].is_object()) return;
    json used = json::object();
    for (const auto& [field, there] : source["secureJsonFields"].items()) {
      constexpr std::string_view kHeader = "httpHeaderValue";
      const bool in_use =
          field == "password"            ? !text_at(source, "/user").empty()
          : field == "basicAuthPassword" ? source.contains("basicAuthUser")
          : field.starts_with(kHeader)
              ? !text_at(source, ("/jsonData/httpHeaderName" + field.substr(kHeader.size())).c_str()).empty()
          : field == "tlsCACert"           ? source.value(json::json_pointer("/jsonData/tlsAuthWithCACert"), false)
          : field.starts_with("tlsClient") ? source.value(json::json_pointer("/jsonData/tlsAuth"), false)
                                           : true;
      if (in_use) used[field] = there;
    }
    source["secureJsonFields"] = std::move(used);
  }

  static Observed folder_of(const json& body, const Resource& wanted) {
    Observed observed;
    observed.content = members(body, {"title"});
    observed.handle = body.value("version", 1);
    // There is no place for a fingerprint. Another title than ours is somebody's choice.
    if (fingerprint(observed.content) == fingerprint(wanted.content)) observed.applied = fingerprint(observed.content);
    return observed;
  }

  static Observed dashboard_of(const json& body) {
    Observed observed;
    observed.content = body.value("dashboard", json::object());
    observed.handle = {{"version", observed.content.value("version", 0)},
                       {"folderUid", text_at(body, "/meta/folderUid")}};
    const json::json_pointer provisioned("/meta/provisioned");
    if (body.contains(provisioned) && body[provisioned] == true) {
      observed.locked = fmt::format("Grafana: dashboard {} is provisioned from a file and read-only",
                                    text_at(observed.content, "/uid"));
    }
    observed.content.erase("id");
    observed.content.erase("version");
    const json::json_pointer variables("/templating/list");
    if (observed.content.contains(variables) && observed.content[variables].is_array()) {
      json kept = json::array();
      for (json& variable : observed.content[variables]) {
        if (text_at(variable, "/name") == kAppliedVariable) {
          observed.applied = text_at(variable, "/query");
        } else {
          kept.push_back(std::move(variable));
        }
      }
      observed.content[variables] = std::move(kept);
    }
    return observed;
  }

  static Observed rule_of(const json& body) {
    Observed observed;
    observed.content = members(body, {"uid", "title", "ruleGroup", "folderUID", "condition", "for", "noDataState",
                                      "execErrState", "isPaused", "labels", "annotations", "data"});
    observed.content["for"] = in_seconds(text_at(body, "/for"));
    observed.handle = text_at(body, "/provenance");
    // Rules that came over the API can be written over the API.
    if (observed.handle != "" && observed.handle != "api") {
      observed.locked = fmt::format("Grafana: alert rule {} is provisioned from elsewhere ({}) and read-only",
                                    text_at(body, "/uid"), text_at(body, "/provenance"));
    }
    observed.applied = text_at(body, "/annotations/omniwriter_applied");
    if (observed.content["annotations"].is_object()) observed.content["annotations"].erase(kOldAppliedAnnotation);
    if (!observed.content.contains("data") || !observed.content["data"].is_array()) return observed;
    for (json& query : observed.content["data"]) {
      std::string applied = text_at(query, "/model/omniwriterApplied");
      if (applied.empty()) continue;
      observed.applied = std::move(applied);
      query["model"].erase(kAppliedModel);
    }
    return observed;
  }

  [[nodiscard]] grafana::DatasourceLogin login_of(const Resource& datasource) const {
    return find_system(text_at(datasource.content, "/type"))->data_source->login(config_);
  }

  // Should a server repeat what it was sent.
  void hide_secrets(std::string& text, const Resource& datasource) const {
    for (const auto& [field, secret] : login_of(datasource).secrets) {
      const std::string& hidden = secret.expose();
      for (auto at = text.find(hidden); !hidden.empty() && at != std::string::npos; at = text.find(hidden, at + 3)) {
        text.replace(at, hidden.size(), "***");
      }
    }
  }

  Result<Answer> write_datasource(const Resource& wanted, const std::string& applied, const Observed* present) {
    json source = wanted.content;
    source.erase("secureJsonFields");
    source["jsonData"][kAppliedJsonData] = applied;
    for (const auto& [field, secret] : login_of(wanted).secrets) source["secureJsonData"][field] = secret.expose();
    if (present == nullptr) return server_.send("POST", "/api/datasources", source);
    source["version"] = present->handle.value("version", 1);
    return server_.send("PUT", path_of(wanted), source);
  }

  Result<Answer> write_dashboard(const Resource& wanted, const std::string& applied, const Observed* present) {
    json dashboard = wanted.content;
    dashboard["templating"]["list"].push_back(applied_variable(applied));
    dashboard["id"] = nullptr;
    std::string folder(grafana::kFolder);
    if (present != nullptr) {
      dashboard["version"] = present->handle["version"];
      folder = present->handle["folderUid"];  // where somebody may have moved it
    }
    json body{{"dashboard", std::move(dashboard)}, {"message", "Omni Writer"}, {"overwrite", false}};
    if (!folder.empty()) body["folderUid"] = folder;
    return server_.send("POST", "/api/dashboards/db", body);
  }

  // Without provenance people may edit the rule in Grafana; one that has it can only be written with it.
  Result<Answer> write_rule(const Resource& wanted, const std::string& applied, const Observed* present) {
    json rule = wanted.content;
    rule["orgID"] = 1;
    rule["data"].back()["model"][kAppliedModel] = applied;
    Server::Headers headers;
    if (present == nullptr || present->handle.get<std::string>().empty())
      headers.emplace_back("X-Disable-Provenance", "true");
    return present == nullptr ? server_.send("POST", "/api/v1/provisioning/alert-rules", rule, std::move(headers))
                              : server_.send("PUT", path_of(wanted), rule, std::move(headers));
  }

  Result<bool> others_in_folder() {
    const auto answer = TRY(server_.get(fmt::format("/api/folders/{}/counts", grafana::kFolder)));
    if (!answer.ok()) return std::unexpected(refusal(answer, "look into its folder"));
    for (const auto& [kind, count] : answer.body.items()) {
      if (count.is_number() && count.get<double>() > 0) return true;
    }
    return false;
  }

  Config config_;
  Server server_;
  std::string chosen_;
};

}  // namespace

std::unique_ptr<Provider> grafana_provider(const Config& config, HttpClient& http) {
  return std::make_unique<Grafana>(config, http);
}

}  // namespace omniwriter
