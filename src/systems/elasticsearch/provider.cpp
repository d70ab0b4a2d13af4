#include <fmt/format.h>

#include "base/try.h"
#include "formats/es_bulk/es_bulk.h"
#include "systems/elasticsearch/elasticsearch.h"
#include "systems/plan.h"
#include "systems/server.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr const char* kApplied = "omniwriter_applied";

std::string refused(const Answer& answer, std::string_view doing) {
  if (answer.status == 401) return fmt::format("Elasticsearch asks for a login to {}", doing);
  return fmt::format("Elasticsearch cannot {}: HTTP {}: {}", doing, answer.status, words_of(answer));
}

class Elasticsearch final : public Provider {
 public:
  Elasticsearch(const Config& config, HttpClient& http)
      : name_(config.of<ElasticsearchSettings>().index),
        days_(config.of<ElasticsearchSettings>().retention_days),
        server_(http, config.of<ElasticsearchSettings>().url, elasticsearch_login(config),
                config.delivery.request_timeout) {}

  // Composable templates and lifecycles are there or not; every other way of asking for the version has exceptions.
  Result<void> open() override {
    const auto template_api = TRY(server_.get("/_index_template"));
    if (template_api.status == 401 || template_api.status == 403) {
      return fail(ErrorCode::refused, refused(template_api, "read index templates"));
    }
    composable_ = template_api.ok();
    if (days_ > 0) {
      const auto lifecycles = TRY(server_.get("/_ilm/policy"));
      has_lifecycles_ = lifecycles.ok();
    }
    const auto alias = TRY(server_.get("/" + url_encode(name_)));
    taken_ = alias.ok() && alias.body.is_object() && alias.body.contains(name_);
    return {};
  }

  [[nodiscard]] std::vector<Resource> wanted(Language /*language*/) const override {
    std::vector<Resource> all;
    if (has_lifecycles_) {
      const json phases{
          {"hot", {{"min_age", "0ms"}, {"actions", json::object()}}},
          {"delete", {{"min_age", fmt::format("{}d", days_)}, {"actions", {{"delete", json::object()}}}}}};
      all.push_back({"lifecycle", name_, fmt::format("{}: {} d", name_, days_), {{"phases", phases}}});
    }
    all.push_back({"index_template", name_, name_ + "-*", content_of(template_body())});
    return all;
  }

  Result<std::optional<Observed>> read(const Resource& wanted) override {
    const auto answer = TRY(server_.get(path_of(wanted)));
    if (answer.status == 404) return std::nullopt;
    if (!answer.ok()) return fail(ErrorCode::refused, refused(answer, "read " + wanted.kind));
    Observed observed;
    if (wanted.kind == "lifecycle") {
      const json::json_pointer at("/" + name_ + "/policy/phases");
      observed.content = {{"phases", answer.body.contains(at) ? answer.body[at] : json::object()}};
      if (fingerprint(observed.content) == fingerprint(wanted.content)) {
        observed.applied = fingerprint(observed.content);
      }
      return observed;
    }
    const json::json_pointer modern("/index_templates/0/index_template");
    const json body = answer.body.contains(modern) ? answer.body[modern] : members(answer.body, {name_.c_str()})[name_];
    observed.content = content_of(body);
    const json::json_pointer applied("/mappings/_meta/omniwriter_applied");
    if (observed.content.contains(applied) && observed.content[applied].is_string()) {
      observed.applied = observed.content[applied];
      observed.content["mappings"]["_meta"].erase(kApplied);
    } else if (observed.content.contains("/mappings/_meta/created_by"_json_pointer)) {
      observed.applied = fingerprint(observed.content);  // put by a delivery, before anybody provisioned
    }
    return observed;
  }

  Result<std::optional<std::string>> write(const Resource& wanted, const std::string& mark,
                                           const Observed* /*present*/) override {
    json body;
    if (wanted.kind == "lifecycle") {
      body = {{"policy", wanted.content}};
    } else {
      body = template_body();
      json& content = composable_ ? body["template"] : body;
      content["mappings"]["_meta"][kApplied] = mark;
    }
    const auto answer = TRY(server_.send("PUT", path_of(wanted), body));
    if (!answer.ok()) return fail(ErrorCode::refused, refused(answer, "write " + wanted.kind));
    return std::nullopt;
  }

  Result<std::optional<std::string>> remove(const Resource& wanted, const Observed& /*present*/) override {
    const std::string path = path_of(wanted);
    const auto answer = TRY(server_.ask("DELETE", path.substr(0, path.find('?'))));  // removing has no options
    if (wanted.kind == "lifecycle" && answer.status == 400) return "indices still use it";
    if (!answer.ok() && answer.status != 404) {
      return fail(ErrorCode::refused, refused(answer, "remove " + wanted.kind));
    }
    return std::nullopt;
  }

  Result<std::optional<std::string>> reload() override {
    if (days_ == 0 || has_lifecycles_) return std::nullopt;
    return "Elasticsearch has no lifecycle policies: retention.elasticsearch_days cannot be kept there";
  }

 private:
  [[nodiscard]] std::string path_of(const Resource& wanted) const {
    if (wanted.kind == "lifecycle") return "/_ilm/policy/" + url_encode(name_);
    return composable_ ? "/_index_template/" + url_encode(name_)
                       : "/_template/" + url_encode(name_) + "?include_type_name=false";
  }

  [[nodiscard]] json template_body() const {
    json body = json::parse(index_template(name_, taken_ ? "" : name_, composable_));
    if (has_lifecycles_) {
      json& content = composable_ ? body["template"] : body;
      content["settings"]["index"]["lifecycle"] = {{"name", name_}};
    }
    return body;
  }

  // Both kinds of template alike. Servers give numbers of settings back as text, and leave out defaults.
  static json content_of(const json& body) {
    const json& inner = body.contains("template") ? body["template"] : body;
    json content = members(inner, {"settings", "mappings", "aliases"});
    content["index_patterns"] = body.value("index_patterns", json::array());
    content["version"] = body.value("version", 0);
    for (const char* rank : {"priority", "order"}) {
      if (body.contains(rank)) content["priority"] = body[rank];
    }
    const json::json_pointer shards("/settings/index/number_of_shards");
    if (content.contains(shards) && content[shards].is_number()) {
      content[shards] = std::to_string(content[shards].get<int>());
    }
    if (content.contains("aliases")) {
      json names = json::array();
      for (const auto& [alias, settings] : content["aliases"].items()) names.push_back(alias);
      content["aliases"] = std::move(names);
    }
    const json::json_pointer dynamic("/mappings/dynamic");
    if (content.contains(dynamic) && content[dynamic] == "false") content[dynamic] = false;
    return content;
  }

  std::string name_;
  std::size_t days_;
  Server server_;
  bool composable_ = true;
  bool has_lifecycles_ = false;
  bool taken_ = false;
};

}  // namespace

std::unique_ptr<Provider> elasticsearch_provider(const Config& config, HttpClient& http) {
  return std::make_unique<Elasticsearch>(config, http);
}

}  // namespace omniwriter
