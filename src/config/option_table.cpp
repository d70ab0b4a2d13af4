#include "config/option_table.h"

#include <algorithm>
#include <limits>

#include "base/edit_distance.h"

namespace omniwriter {
namespace {

/// The first part of a key: what stands in one group of the file.
std::string_view group_of(std::string_view key) { return key.substr(0, key.find('.')); }

OptionTable declared() {
  OptionTable table;
  declare_system_options(table);
  declare_general_options(table);
  declare_output_options(table);
  return table;
}

std::vector<ConfigOption> in_groups(std::vector<ConfigOption> options) {
  std::vector<ConfigOption> sorted;
  while (!options.empty()) {
    const std::string group(group_of(options.front().help.key));
    const auto is_of_group = [&](const ConfigOption& option) { return group_of(option.help.key) == group; };
    std::ranges::copy_if(options, std::back_inserter(sorted), is_of_group);
    std::erase_if(options, is_of_group);
  }
  return sorted;
}

}  // namespace

const OptionTable& option_table() {
  static const OptionTable kTable = [] {
    OptionTable table = declared();
    table.options = in_groups(std::move(table.options));
    return table;
  }();
  return kTable;
}

const std::vector<OptionHelp>& option_reference() {
  static const std::vector<OptionHelp> kReference = [] {
    std::vector<OptionHelp> result;
    for (const ConfigOption& option : option_table().options) result.push_back(option.help);
    return result;
  }();
  return kReference;
}

std::string_view last_part(std::string_view key) { return key.substr(key.rfind('.') + 1); }

std::string_view section_of(std::string_view key) {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::set<std::string> known_keys() {
  std::set<std::string> keys;
  for (const ConfigOption& option : option_table().options) {
    const std::string_view key = option.help.key;
    if (last_part(key) != "<name>") keys.emplace(key);
    for (auto section = section_of(key); !section.empty(); section = section_of(section)) keys.emplace(section);
  }
  return keys;
}

std::string nearest_key(std::string_view unknown) {
  constexpr std::size_t kLongest = 100;  // nothing longer is a slip of the pen, and the comparison is quadratic
  std::string best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string& key : known_keys()) {
    // A key in the wrong section is nearer than a like-named one in the right section.
    const std::size_t distance = edit_distance(last_part(unknown).substr(0, kLongest), last_part(key)) * 2 +
                                 (section_of(unknown) == section_of(key) ? 0 : 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = key;
    }
  }
  return section_of(unknown) == section_of(best) ? std::string(last_part(best)) : best;
}

const ConfigOption* find_option(std::string_view key) {
  for (const ConfigOption& option : option_table().options) {
    if (option.help.key == key) return &option;
    if (last_part(option.help.key) == "<name>" && section_of(option.help.key) == key) return &option;
  }
  return nullptr;
}

bool is_section(std::string_view key) {
  const std::string front = std::string(key) + ".";
  return std::ranges::any_of(option_table().options,
                             [&](const ConfigOption& option) { return option.help.key.starts_with(front); });
}

bool is_secret(std::string_view key) {
  if (key.ends_with("_file")) key.remove_suffix(std::string_view("_file").size());
  const ConfigOption* const option = find_option(key);
  return option != nullptr && option->help.secret;
}

}  // namespace omniwriter
