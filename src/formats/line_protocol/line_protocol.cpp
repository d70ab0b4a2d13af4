#include "formats/line_protocol/line_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace omniwriter {
namespace {

// Measurements, tag keys, tag values and field keys: `escaped` names the characters that need a backslash.
void append_name(std::string& out, std::string_view text, std::string_view escaped) {
  constexpr std::string_view full_width_backslash = "\xEF\xBC\xBC";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\\' && i + 1 == text.size()) {
      out += full_width_backslash;
    } else {
      if (escaped.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '\n') {
      out += "\\\\n";
    } else if (c == '\r') {
      out += "\\\\r";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

}  // namespace

std::string encode_line(LinePoint point) {
  constexpr std::string_view in_measurement = ", ";
  constexpr std::string_view in_key = ",= ";
  std::string line;
  append_name(line, point.measurement, in_measurement);
  std::ranges::sort(point.tags);
  for (const auto& [key, value] : point.tags) {
    if (value.empty()) continue;
    line += ',';
    append_name(line, key, in_key);
    line += '=';
    append_name(line, value, in_key);
  }
  char separator = ' ';
  for (const auto& [key, value] : point.fields) {
    if (const auto* real = std::get_if<double>(&value); real != nullptr && !std::isfinite(*real)) continue;
    line += separator;
    separator = ',';
    append_name(line, key, in_key);
    line += '=';
    if (const auto* real = std::get_if<double>(&value)) {
      line += fmt::format("{}", *real);
    } else if (const auto* integer = std::get_if<std::uint64_t>(&value)) {
      constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      line += fmt::format("{}i", std::min(*integer, most));
    } else {
      append_string(line, std::get<std::string>(value));
    }
  }
  if (separator == ' ') return {};
  line += fmt::format(" {}\n", point.timestamp_ns);
  return line;
}

}  // namespace omniwriter
