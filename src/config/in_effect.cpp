#include "config/in_effect.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxValueBytes = 200;
constexpr std::string_view kAnyName = "<name>";

/// Nothing where the file does not set it.
std::optional<YAML::Node> find(const YAML::Node& document, std::string_view key) {
  YAML::Node node = YAML::Clone(document);
  while (true) {
    const auto dot = key.find('.');
    if (!node.IsMap()) return std::nullopt;
    const YAML::Node below = node[std::string(key.substr(0, dot))];
    if (!below || below.IsNull()) return std::nullopt;
    if (dot == std::string_view::npos) return below;
    node.reset(below);
    key.remove_prefix(dot + 1);
  }
}

std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter emitter;
  emitter << YAML::Flow << node;
  return emitter.c_str();
}

std::string shown(const OptionHelp& help, const std::string& value) {
  if (help.secret && !value.empty()) return "***";
  std::string text = clean_utf8(value, kMaxValueBytes);
  if (text.size() < value.size()) text += "…";
  return text;
}

}  // namespace

Result<std::vector<SettingInEffect>> settings_in_effect(const std::optional<std::filesystem::path>& file,
                                                        const Environment& environment) {
  std::vector<SettingInEffect> settings;
  try {
    const YAML::Node document = file ? YAML::LoadFile(file->string()) : YAML::Node();
    for (const OptionHelp& help : option_reference()) {
      if (help.key.ends_with(kAnyName)) {
        const std::string section = help.key.substr(0, help.key.size() - kAnyName.size() - 1);
        const auto group = find(document, section);
        if (!group || !group->IsMap()) continue;
        for (const auto& entry : *group) {
          settings.push_back({fmt::format("{}.{}", section, clean_utf8(entry.first.Scalar(), kMaxValueBytes)),
                              shown(help, text_of(entry.second)), file->string()});
        }
        continue;
      }
      const auto variable = help.environment.empty() ? std::nullopt : environment(help.environment);
      // An empty variable counts where it switches a system off.
      if (variable && (!variable->empty() || help.address)) {
        settings.push_back({help.key, shown(help, *variable), help.environment});
      } else if (const auto node = find(document, help.key)) {
        settings.push_back({help.key, shown(help, text_of(*node)), file->string()});
      } else {
        settings.push_back({help.key, help.fallback, ""});
      }
    }
  } catch (const std::exception&) {  // load_config() has read it; it has changed since
    return fail(ErrorCode::usage, fmt::format("configuration file {} cannot be read", file ? file->string() : ""));
  }
  return settings;
}

}  // namespace omniwriter
