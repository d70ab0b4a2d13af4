#include "config/values.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include "base/url.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10;

bool from_file(const YAML::Node& node) { return !node.Tag().empty(); }

/// Whether YAML and JSON take the bare word as something other than text.
bool is_typed_scalar(const std::string& text) {
  static const std::set<std::string> kWords{"true", "True", "TRUE", "false", "False", "FALSE"};
  if (kWords.contains(text)) return true;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool holds_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

}  // namespace

std::string_view kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a group of settings";
  if (node.IsSequence()) return "a list";
  return "a single value";
}

bool is_quoted(const YAML::Node& node) { return node.Tag() == "!"; }

Read<std::string> read_text(const YAML::Node& node) {
  if (!node.IsScalar()) return std::unexpected(fmt::format("must be text, not {}", kind_of(node)));
  const std::string& text = node.Scalar();
  if (from_file(node) && !is_quoted(node) && is_typed_scalar(text)) {
    return std::unexpected("must be text, not a number or true/false; put it in quotes");
  }
  if (holds_control_character(text)) return std::unexpected("must not hold control characters or line ends");
  return text;
}

std::string must_be(const std::vector<std::string_view>& words) {
  std::string text = "must be ";
  for (const std::string_view& word : words) {
    if (&word != &words.front()) text += &word == &words.back() ? " or " : ", ";
    text += word;
  }
  return text;
}

Problem read_text_into(std::string& target, const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return text.error();
  target = *std::move(text);
  return {};
}

Read<double> read_number(const YAML::Node& node) {
  const bool is_text = !node.IsScalar() || is_quoted(node);
  double number = 0;
  if (!is_text) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(number)) return number;
  }
  return std::unexpected(fmt::format("must be a number, not {}",
                                     node.IsScalar() ? "\"" + node.Scalar() + "\"" : std::string(kind_of(node))));
}

Problem read_count_into(std::size_t& target, const Setting& setting, std::size_t least, std::size_t most) {
  const auto number = read_number(setting.node);
  if (!number) return number.error();
  if (*number < 0) return fmt::format("must not be negative, but is {}", setting.node.Scalar());
  if (*number < static_cast<double>(least) || *number > static_cast<double>(most) || *number != std::floor(*number)) {
    return fmt::format("must be a whole number from {} to {}, but is {}", least, most, setting.node.Scalar());
  }
  target = static_cast<std::size_t>(*number);
  return {};
}

Problem read_seconds_into(std::chrono::milliseconds& target, const Setting& setting) {
  const auto number = read_number(setting.node);
  if (!number) return number.error();
  if (*number < 0) return fmt::format("must not be negative, but is {}", setting.node.Scalar());
  if (*number < 0.001 || *number > 86'400) {
    return fmt::format("must be from 0.001 to 86400 seconds, but is {}", setting.node.Scalar());
  }
  target = std::chrono::milliseconds(std::llround(*number * 1000));
  return {};
}

Problem read_url_into(std::string& target, const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return text.error();
  if (!text->empty()) {
    if (const auto url = parse_url(*text); !url) return url.error().message;
  }
  target = *std::move(text);
  return {};
}

Problem read_secret_into(Secret& target, const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return text.error();
  if (!text->empty()) target = Secret(*std::move(text));  // an empty one may stand beside its file
  return {};
}

Read<fs::path> read_path(const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return std::unexpected(std::move(text).error());
  return setting.folder / *text;
}

Read<std::string> read_whole(const fs::path& file, std::size_t max_bytes) {
  std::error_code error;
  if (fs::is_directory(file, error)) return std::unexpected("it is a folder");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::unexpected("it cannot be opened");
  std::string text(max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return std::unexpected("it cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > max_bytes) return std::unexpected(fmt::format("it is larger than {} KiB", max_bytes >> 10));
  return text;
}

Problem read_secret_file_into(Secret& target, const Setting& setting) {
  if (setting.node.IsScalar() && setting.node.Scalar().empty()) return {};
  const auto file = read_path(setting);
  if (!file) return file.error();
  auto text = read_whole(*file, kMaxSecretBytes);
  if (!text) return fmt::format("the secret cannot be read from {}: {}", file->string(), text.error());
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (holds_control_character(*text)) {
    return fmt::format("{} must hold the secret alone, on one line", file->string());
  }
  if (text->empty()) return fmt::format("{} is empty", file->string());
  target = Secret(*std::move(text));
  return {};
}

Problem read_text_map(const Setting& setting,
                      const std::function<Problem(const std::string&, const std::string&)>& add) {
  if (!setting.node.IsMap()) return fmt::format("must be a group of settings, not {}", kind_of(setting.node));
  std::set<std::string> names;
  for (const auto& entry : setting.node) {
    const auto name = entry.first.IsScalar() ? Read<std::string>(entry.first.Scalar()) : std::unexpected("not a name");
    if (!name) return "holds a name that is not text";
    if (!names.insert(*name).second) return fmt::format("holds \"{}\" twice", *name);
    const auto value = read_text(entry.second);
    if (!value) return fmt::format("{}: {}", *name, value.error());
    if (auto problem = add(*name, *value)) return fmt::format("{}: {}", *name, *problem);
  }
  return {};
}

Problem read_choice_into(Choice& target, const Setting& setting) {
  if (!setting.node.IsScalar()) return fmt::format("must be true, false or auto, not {}", kind_of(setting.node));
  const std::string& text = setting.node.Scalar();
  if (text != "true" && text != "false" && text != "auto") return "must be true, false or auto";
  target = text == "true" ? Choice::yes : text == "false" ? Choice::no : Choice::automatic;
  return {};
}

Problem read_bool_into(bool& target, const Setting& setting) {
  if (!setting.node.IsScalar() || (setting.node.Scalar() != "true" && setting.node.Scalar() != "false")) {
    return "must be true or false";
  }
  target = setting.node.Scalar() == "true";
  return {};
}

Problem read_threshold_into(double& target, const Setting& setting, double most) {
  const auto number = read_number(setting.node);
  if (!number) return number.error();
  if (*number < 0 || *number > most) return fmt::format("must be from 0 to {}, but is {}", most, setting.node.Scalar());
  target = *number;
  return {};
}

Problem read_whole_seconds_into(std::chrono::seconds& target, const Setting& setting) {
  std::size_t seconds = 0;
  if (auto problem = read_count_into(seconds, setting, 0, 31'536'000)) return problem;
  target = std::chrono::seconds(seconds);
  return {};
}

Problem read_path_into(fs::path& target, const Setting& setting) {
  const auto path = read_path(setting);
  if (!path) return path.error();
  target = setting.node.Scalar().empty() ? fs::path{} : path->lexically_normal();
  return {};
}

}  // namespace omniwriter
