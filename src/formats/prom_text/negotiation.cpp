#include "formats/prom_text/negotiation.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/split.h"

namespace omniwriter {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return result;
}

/// One of the things that are accepted: "text/plain;version=0.0.4;q=0.5".
struct Accepted {
  std::string what;
  std::string version;
  double quality = 1;
};

Accepted read_accepted(std::string_view text) {
  const auto end = text.find(';');
  Accepted accepted{lower(trimmed(text.substr(0, end))), {}, 1};
  while (text.find(';') != std::string_view::npos) {
    text.remove_prefix(text.find(';') + 1);
    const std::string_view parameter = text.substr(0, text.find(';'));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = lower(trimmed(parameter.substr(0, equals)));
    std::string_view value = trimmed(parameter.substr(equals + 1));
    if (name == "version") {
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      accepted.version = value;
    } else if (name == "q") {
      double quality = 0;
      std::from_chars(value.data(), value.data() + value.size(), quality);
      accepted.quality = quality >= 0 && quality <= 1 ? quality : 0;  // false for what is no number at all
    }
  }
  return accepted;
}

}  // namespace

PromText wanted_format(std::string_view accept) {
  double open_metrics = 0;
  double text = 0;
  for (const std::string_view part : split_at_commas(accept)) {
    const Accepted accepted = read_accepted(part);
    const std::string& version = accepted.version;
    if (accepted.what == "application/openmetrics-text" && (version.empty() || version == "1.0.0")) {
      open_metrics = std::max(open_metrics, accepted.quality);
    } else if (accepted.what == "text/plain" && (version.empty() || version == "0.0.4")) {
      text = std::max(text, accepted.quality);
    }
  }
  return open_metrics > 0 && open_metrics >= text ? PromText::open_metrics : PromText::text_0_0_4;
}

bool accepts_gzip(std::string_view accept_encoding) {
  return std::ranges::any_of(split_at_commas(accept_encoding), [](std::string_view part) {
    const Accepted accepted = read_accepted(part);
    return accepted.what == "gzip" && accepted.quality > 0;
  });
}

}  // namespace omniwriter
