#include "formats/summary/json.h"

#include <string>

#include "formats/summary/text.h"

namespace omniwriter::summary {

std::optional<double> JsonValue::number() const {
  double value = 0;
  if (!element_ || element_->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::uint64_t JsonValue::count() const {
  if (const auto value = number()) return count_of(*value);
  return count_of(number_of(text()).value_or(0));
}

std::string_view JsonValue::text() const {
  std::string_view value;
  if (!element_ || element_->get(value) != simdjson::SUCCESS) return {};
  return value;
}

std::optional<bool> JsonValue::flag() const {
  bool value = false;
  if (!element_ || element_->get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

namespace {

constexpr std::string_view kSpace = " \t\r\n";

/// `content` with null in the place of numbers that are none.
std::string without_nan(std::string_view content) {
  std::string text;
  text.reserve(content.size());
  bool quoted = false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '"') quoted = !quoted;
    if (quoted && content[i] == '\\') text += content[i++];
    std::string_view none;
    if (!quoted) {
      for (const std::string_view word : {"-Infinity", "Infinity", "-nan", "NaN", "nan", "-inf", "inf"}) {
        if (none.empty() && content.substr(i).starts_with(word)) none = word;
      }
    }
    if (!none.empty()) {
      text += "null";
      i += none.size() - 1;
    } else if (i < content.size()) {
      text += content[i];
    }
  }
  return text;
}

}  // namespace

bool JsonDocument::parse(std::string_view content) {
  root_ = JsonValue(parser_.parse(content.data(), content.size()));
  if (!root_.exists()) {
    const std::string text = without_nan(content);
    if (text != content) root_ = JsonValue(parser_.parse(text));
  }
  return root_.exists();
}

bool has_member(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find(name); at != std::string_view::npos; at = head.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if (at == 0 || head[at - 1] != '"' || end >= head.size() || head[end] != '"') continue;
    const std::size_t colon = head.find_first_not_of(kSpace, end + 1);
    if (colon != std::string_view::npos && head[colon] == ':') return true;
  }
  return false;
}

std::string_view first_member(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::size_t brace = head.find_first_not_of(kSpace);
  if (brace == std::string_view::npos || head[brace] != '{') return {};
  const std::size_t quote = head.find_first_not_of(kSpace, brace + 1);
  if (quote == std::string_view::npos || head[quote] != '"') return {};
  const std::size_t end = head.find('"', quote + 1);
  return end == std::string_view::npos ? std::string_view() : head.substr(quote + 1, end - quote - 1);
}

}  // namespace omniwriter::summary
