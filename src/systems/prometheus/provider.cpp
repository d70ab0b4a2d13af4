#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/atomic_file.h"
#include "base/try.h"
#include "base/yaml_size.h"
#include "systems/plan.h"
#include "systems/prometheus/prometheus.h"
#include "systems/server.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::string_view kHeader = "# Written by Omni Writer, applied ";
constexpr std::string_view kNamespace = "omniwriter";
// In a ruler: a comment behind the expression of a rule, for labels and annotations go to whoever gets the alert.
constexpr std::string_view kComment = "\n# omniwriter_applied ";
constexpr const char* kOldAnnotation = "omniwriter_applied";  // where it was kept before

std::string rule_file(const Config& config, Language language) {
  PromRuleOptions options = rule_options(config);
  options.language = language;
  return encode_rule_file(config.alerts, options);
}

// A rule file as it means, whatever its layout. Scalars stay text.
json as_json(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& entry : node) object[entry.first.Scalar()] = as_json(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    json array = json::array();
    for (const auto& entry : node) array.push_back(as_json(entry));
    return array;
  }
  return node.IsScalar() ? json(node.Scalar()) : json(nullptr);
}

Result<json> parse_yaml(const std::string& text, std::string_view what) {
  try {
    if (yaml_nodes(text) > kMaxYamlNodes) {
      return fail(ErrorCode::refused,
                  fmt::format("{} has aliases that stand for more than {} values", what, kMaxYamlNodes));
    }
    return as_json(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return fail(ErrorCode::refused, fmt::format("{} is no YAML: {}", what, error.what()));
  }
}

std::string at(const json& group, const char* pointer) { return text_at(group, pointer); }

class Prometheus final : public Provider {
 public:
  Prometheus(const Config& config, HttpClient& http)
      : config_(config),
        server_(http, config.of<PrometheusSettings>().url, prometheus_login(config), config.delivery.request_timeout),
        ruler_(http, config.of<PrometheusSettings>().ruler_url, prometheus_login(config),
               config.delivery.request_timeout) {}

  [[nodiscard]] std::vector<Resource> wanted(Language language) const override {
    const bool any = std::ranges::any_of(config_.alerts, &AlertRule::enabled);
    return any ? places(parse_yaml(rule_file(config_, language), "the rule file").value()["groups"][0])
               : std::vector<Resource>{};
  }

  // A ruler takes no group without rules.
  [[nodiscard]] std::vector<Resource> unwanted(PlanGoal /*goal*/) const override {
    const bool any = std::ranges::any_of(config_.alerts, &AlertRule::enabled);
    return any ? std::vector<Resource>{} : places(nullptr);
  }

  Result<std::optional<Observed>> read(const Resource& wanted) override {
    return wanted.kind == "rule_file" ? read_file() : read_ruler();
  }

  Result<std::optional<std::string>> write(const Resource& wanted, const std::string& mark,
                                           const Observed* /*present*/) override {
    if (wanted.kind == "rule_file") {
      file_changed_ = true;
      std::error_code error;
      if (!std::filesystem::is_directory(config_.of<PrometheusSettings>().rules_dir, error)) {
        return fail(ErrorCode::io, fmt::format("prometheus.rules_dir {} is no folder here",
                                               config_.of<PrometheusSettings>().rules_dir.string()));
      }
      // The language of what is wanted is that of the mark.
      const auto language = language_of(mark.substr(mark.find(' ') + 1)).value_or(config_.lang);
      TRY(write_file_atomically(file(), fmt::format("{}{}\n{}", kHeader, mark, rule_file(config_, language))));
      return std::nullopt;
    }
    json group = wanted.content;
    json& expression = group["rules"][0]["expr"];
    expression = expression.get<std::string>() + std::string(kComment) + mark;
    const auto answer =
        TRY(ruler_.ask("POST", fmt::format("/{}", kNamespace), group.dump(), {{"Content-Type", "application/yaml"}}));
    if (!answer.ok()) return fail(ErrorCode::refused, refused_by_ruler(answer));
    return std::nullopt;
  }

  Result<std::optional<std::string>> remove(const Resource& wanted, const Observed& /*present*/) override {
    if (wanted.kind == "rule_file") {
      file_changed_ = true;
      std::error_code error;
      std::filesystem::remove(file(), error);
      if (error) return fail(ErrorCode::io, fmt::format("{} cannot be removed: {}", file().string(), error.message()));
      return std::nullopt;
    }
    const auto answer = TRY(ruler_.ask("DELETE", fmt::format("/{}/{}", kNamespace, kRuleGroup)));
    if (!answer.ok() && answer.status != 404) return fail(ErrorCode::refused, refused_by_ruler(answer));
    return std::nullopt;
  }

  // A file counts once Prometheus has read it.
  Result<std::optional<std::string>> reload() override {
    if (!file_changed_) return std::nullopt;
    const auto answer = TRY(server_.ask("POST", "/-/reload"));
    if (answer.status == 403 || answer.status == 404 || answer.status == 405) {
      return "Prometheus has to be told to read its rules again: start it with --web.enable-lifecycle, or send it "
             "SIGHUP";
    }
    if (!answer.ok()) {
      return fail(ErrorCode::refused, fmt::format("Prometheus does not take the rules: {}", words_of(answer)));
    }
    const auto rules = server_.get("/api/v1/rules?type=alert");
    const json::json_pointer groups("/data/groups");
    if (!rules || !rules->ok() || !rules->body.contains(groups)) return std::nullopt;
    std::error_code error;
    const bool wanted = std::filesystem::exists(file(), error);
    for (const json& group : rules->body[groups]) {
      if (at(group, "/name") == kRuleGroup) return std::nullopt;
    }
    if (!wanted) return std::nullopt;
    return fmt::format("Prometheus does not read rules from {}: add to prometheus.yml: rule_files: [{}/*.yml]",
                       config_.of<PrometheusSettings>().rules_dir.string(),
                       config_.of<PrometheusSettings>().rules_dir.string());
  }

 private:
  // Where the group of rules goes.
  [[nodiscard]] std::vector<Resource> places(const json& group) const {
    std::vector<Resource> all;
    if (!config_.of<PrometheusSettings>().rules_dir.empty()) {
      all.push_back({"rule_file", std::string(kRuleFile), file().string(), group});
    }
    if (!config_.of<PrometheusSettings>().ruler_url.empty()) {
      all.push_back({"rule_group", fmt::format("{}/{}", kNamespace, kRuleGroup), std::string(kRuleGroup), group});
    }
    return all;
  }

  [[nodiscard]] std::filesystem::path file() const { return config_.of<PrometheusSettings>().rules_dir / kRuleFile; }

  [[nodiscard]] Result<std::optional<Observed>> read_file() const {
    std::error_code error;
    if (!std::filesystem::exists(file(), error)) return std::nullopt;
    std::ifstream stream(file(), std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    if (!stream) return fail(ErrorCode::io, fmt::format("{} cannot be read", file().string()));
    const std::string content = text.str();
    Observed observed;
    if (content.starts_with(kHeader)) {
      observed.applied = content.substr(kHeader.size(), content.find('\n') - kHeader.size());
    }
    // What is no rule file any more was changed by somebody, and is shown as it is.
    const auto parsed = parse_yaml(content, file().string());
    const bool one_group = parsed && parsed->is_object() && parsed->contains("groups") &&
                           (*parsed)["groups"].is_array() && (*parsed)["groups"].size() == 1;
    observed.content = one_group ? (*parsed)["groups"][0] : json{{"file", content}};
    return observed;
  }

  Result<std::optional<Observed>> read_ruler() {
    const auto answer = TRY(ruler_.get(fmt::format("/{}/{}", kNamespace, kRuleGroup)));
    if (answer.status == 404) return std::nullopt;
    if (!answer.ok()) return fail(ErrorCode::refused, refused_by_ruler(answer));
    auto group = TRY(parse_yaml(answer.text, "what the ruler gives"));
    Observed observed{.content = std::move(group)};
    if (observed.content.contains("rules") && observed.content["rules"].is_array()) {
      for (json& rule : observed.content["rules"]) {
        const std::string expression = at(rule, "/expr");
        if (const auto comment = expression.find(kComment); comment != std::string::npos) {
          observed.applied = expression.substr(comment + kComment.size());
          rule["expr"] = expression.substr(0, comment);
        } else if (std::string applied = at(rule, "/annotations/omniwriter_applied"); !applied.empty()) {
          observed.applied = std::move(applied);
          rule["annotations"].erase(kOldAnnotation);
        }
      }
    }
    return observed;
  }

  static std::string refused_by_ruler(const Answer& answer) {
    return fmt::format("the ruler at prometheus.ruler_url refuses: HTTP {}: {}", answer.status, words_of(answer));
  }

  const Config& config_;
  Server server_;
  Server ruler_;
  bool file_changed_ = false;
};

}  // namespace

std::unique_ptr<Provider> prometheus_provider(const Config& config, HttpClient& http) {
  return std::make_unique<Prometheus>(config, http);
}

}  // namespace omniwriter
