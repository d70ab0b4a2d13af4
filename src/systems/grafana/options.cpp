#include "config/options.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "systems/grafana/dashboard_link.h"
#include "systems/grafana/grafana.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

/// A length of time as Grafana writes it: "10s", "24h".
Problem read_duration_into(std::string& target, const Setting& setting, bool may_be_empty) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const bool valid =
      text->size() >= 2 && text->size() <= 8 && text->front() != '0' &&
      std::ranges::all_of(text->substr(0, text->size() - 1), [](char c) { return c >= '0' && c <= '9'; }) &&
      std::string_view("smhdw").find(text->back()) != std::string_view::npos;
  if (!valid && !(may_be_empty && text->empty())) return R"(must be a number with s, m, h, d or w, as in "10s")";
  target = *text;
  return {};
}

Problem set_folder(GrafanaSettings& grafana, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  if (text->empty() || text->size() > 189) return "must hold from 1 to 189 bytes";
  grafana.folder = *text;
  return {};
}

Problem set_datasource_uid(GrafanaSettings& grafana, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const bool valid =
      text->size() <= 40 && std::ranges::all_of(*text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (!valid) return "must be a uid as Grafana has them: letters, digits, - and _, at most 40";
  grafana.datasource_uid = *text;
  return {};
}

Problem set_hidden_panels(GrafanaSettings& grafana, const Setting& setting) {
  if (!setting.node.IsSequence()) return fmt::format("must be a list of titles, not {}", kind_of(setting.node));
  grafana.hidden_panels.clear();
  for (const auto& entry : setting.node) {
    auto title = read_text(entry);
    if (!title) return title.error();
    grafana.hidden_panels.push_back(*std::move(title));
  }
  return {};
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// What YAML and JSON share, as JSON. `depth`: how much deeper it may nest.
Read<std::string> as_json(const YAML::Node& node, int depth) {
  if (depth == 0) return std::unexpected("nests too deep");
  if (node.IsNull()) return "null";
  if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    if (is_quoted(node)) return json_text(text);
    if (text == "true" || text == "false" || text == "null") return text;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
    return is_number ? fmt::format("{}", number) : json_text(text);
  }
  std::string out;
  for (const auto& entry : node) {
    if (!out.empty()) out += ',';
    if (node.IsMap()) {
      if (!entry.first.IsScalar()) return std::unexpected("holds a name that is not text");
      out += json_text(entry.first.Scalar()) + ":";
    }
    const auto value = as_json(node.IsMap() ? entry.second : entry, depth - 1);
    if (!value) return value;
    out += *value;
  }
  return node.IsMap() ? "{" + out + "}" : "[" + out + "]";
}

Problem set_extra_panels(GrafanaSettings& grafana, const Setting& setting) {
  constexpr std::size_t kMaxPanels = 50;
  constexpr int kMaxDepth = 30;
  if (!setting.node.IsSequence()) return fmt::format("must be a list of panels, not {}", kind_of(setting.node));
  if (setting.node.size() > kMaxPanels) return fmt::format("must hold at most {} panels", kMaxPanels);
  grafana.extra_panels.clear();
  for (const auto& entry : setting.node) {
    if (!entry.IsMap() || !entry["type"] || !entry["title"]) {
      return "each must be a panel as Grafana writes it, with at least title and type";
    }
    auto panel = as_json(entry, kMaxDepth);
    if (!panel) return panel.error();
    grafana.extra_panels.push_back(*std::move(panel));
  }
  return {};
}

Problem set_datasource(GrafanaSettings& grafana, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  std::vector<std::string_view> words{"auto"};
  for (const System* system : grafana::readable_systems()) words.push_back(system->name);
  if (std::ranges::find(words, *text) == words.end()) return must_be(words);
  grafana.datasource = *text == "auto" ? "" : *text;
  return {};
}

/// "`prometheus`, `influxdb`".
std::string quoted_names() {
  std::string names;
  for (const System* system : grafana::readable_systems()) {
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", system->name);
  }
  return names;
}

}  // namespace

void declare_grafana_options(OptionTable& table) {
  using Of = GrafanaSettings;
  Options<Of> options(table, "monitoring_config.grafana_", "GRAFANA_");
  options.address("url", &Of::url, "Address of Grafana. Empty: not used.");
  options.secret("api_key", &Of::api_key, "Token of a Grafana service account.", "the token");
  options.tls(&Of::tls, "Grafana is");
  options.secrets_go_to({"monitoring_config.grafana_url", "outputs.grafana"});

  Options<Of> shown(table, "grafana.");
  shown.add("folder", Of{}.folder, "Folder that dashboards and alert rules go to.", set_folder);
  shown.add("datasource", "auto",
            fmt::format("What the dashboards read: {}, or `auto`: the first of these that is used.", quoted_names()),
            set_datasource);
  shown.add("datasource_uid", "",
            "Uid of a data source that is there in Grafana: dashboards and alert rules read it, and none is made for "
            "that system. Empty: one is made.",
            set_datasource_uid);
  shown.text("datasource_name", &Of::datasource_name, "The same by its name.");
  shown.add("alert_rules", &Of::alert_rules, read_choice_into, "auto",
            "`true`: alert rules that Grafana evaluates. `auto`: only where neither `prometheus.rules_dir` nor "
            "`prometheus.ruler_url` is set.");
  shown.add("refresh", Of{}.refresh, "How often the dashboards load again. Empty: never.",
            [](Of& grafana, const Setting& setting) { return read_duration_into(grafana.refresh, setting, true); });
  shown.add("time_range", Of{}.time_range, "How far back the dashboards look.",
            [](Of& grafana, const Setting& setting) { return read_duration_into(grafana.time_range, setting, false); });
  shown.add("hidden_panels", "", "List of panel titles to leave out.", set_hidden_panels);
  shown.add("extra_panels", "",
            "List of further panels of the main dashboard, as Grafana writes them; without `datasource`, `id` or "
            "`gridPos` they get those of the dashboard.",
            set_extra_panels);
}

}  // namespace omniwriter
