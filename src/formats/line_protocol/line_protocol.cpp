#include "formats/line_protocol/line_protocol.h"

#include <fmt/compile.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace omniwriter {
namespace {

// What needs a backslash: in measurements, and in tag keys, tag values and field keys.
constexpr auto kEscapedInMeasurement = [](char c) { return c == ',' || c == ' '; };
constexpr auto kEscapedInKey = [](char c) { return c == ',' || c == '=' || c == ' '; };

// A name cannot hold a line end, nor end in a backslash: these become characters that look like them. Where such a one
// stands in the text itself, a mark comes before it, so that different texts stay different.
constexpr std::string_view kNewline = "\xE2\x90\xA4";         // ␤
constexpr std::string_view kCarriageReturn = "\xE2\x90\x8D";  // ␍
constexpr std::string_view kBackslash = "\xEF\xBC\xBC";       // ＼
constexpr std::string_view kMark = "\xE2\x90\x9B";            // ␛

std::string_view stand_in_at(std::string_view text) {
  for (const std::string_view one : {kNewline, kCarriageReturn, kBackslash, kMark}) {
    if (text.starts_with(one)) return one;
  }
  return {};
}

template <typename IsEscaped>
void append_name(std::string& out, std::string_view text, IsEscaped is_escaped) {
  const auto is_special = [&](char c) {
    return c == '\n' || c == '\r' || c == '\\' || c == kNewline[0] || c == kBackslash[0] || is_escaped(c);
  };
  if (std::ranges::none_of(text, is_special)) {
    out += text;
    return;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += kNewline;
    } else if (c == '\r') {
      out += kCarriageReturn;
    } else if (c == '\\' && i + 1 == text.size()) {
      out += kBackslash;
    } else if (const std::string_view own = stand_in_at(text.substr(i)); !own.empty()) {
      out.append(kMark).append(own);
      i += own.size() - 1;
    } else {
      if (is_escaped(c)) out += '\\';
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
  constexpr std::size_t kUsualBytes = 400;
  std::string line;
  line.reserve(kUsualBytes);
  append_name(line, point.measurement, kEscapedInMeasurement);
  std::ranges::sort(point.tags);
  for (const auto& [key, value] : point.tags) {
    if (value.empty()) continue;
    line += ',';
    append_name(line, key, kEscapedInKey);
    line += '=';
    append_name(line, value, kEscapedInKey);
  }
  char separator = ' ';
  for (const auto& [key, value] : point.fields) {
    if (const auto* real = std::get_if<double>(&value); real != nullptr && !std::isfinite(*real)) continue;
    line += separator;
    separator = ',';
    append_name(line, key, kEscapedInKey);
    line += '=';
    if (const auto* real = std::get_if<double>(&value)) {
      fmt::format_to(std::back_inserter(line), FMT_COMPILE("{}"), *real);
    } else if (const auto* integer = std::get_if<std::uint64_t>(&value)) {
      constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
      fmt::format_to(std::back_inserter(line), FMT_COMPILE("{}i"), std::min(*integer, kMost));
    } else {
      append_string(line, std::get<std::string>(value));
    }
  }
  if (separator == ' ') return {};
  fmt::format_to(std::back_inserter(line), FMT_COMPILE(" {}\n"), point.timestamp_ns);
  return line;
}

}  // namespace omniwriter
