#include "model/endpoint_names.h"

#include <algorithm>

namespace omniwriter {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_digit(c) || is_letter(c); }

/// Whether the text is built like the pattern, where x stands for a hexadecimal and 9 for a decimal digit.
bool is_like(std::string_view text, std::string_view pattern) {
  return std::ranges::equal(text, pattern, [](char c, char p) {
    return p == 'x' ? is_hex(c) : p == '9' ? is_digit(c) : c == p;
  });
}

bool is_token(std::string_view text) {
  constexpr std::size_t kShortest = 20;
  if (text.size() < kShortest) return false;
  const bool plain = std::ranges::all_of(text, [](char c) { return is_word(c) || c == '_' || c == '-' || c == '='; });
  return plain && std::ranges::count_if(text, is_digit) >= 3 && std::ranges::count_if(text, is_letter) >= 3 &&
         std::ranges::count_if(text, [](char c) { return c == '-' || c == '_'; }) <= 2;
}

void append_segment(std::string& out, std::string_view segment) {
  constexpr std::size_t kShortestHash = 16;
  constexpr std::ptrdiff_t kShortestRun = 3;
  if (segment.empty()) return;
  if (std::ranges::all_of(segment, is_digit)) {
    out += "{id}";
  } else if (is_like(segment, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")) {
    out += "{uuid}";
  } else if (is_like(segment, "9999-99-99")) {
    out += "{date}";
  } else if (segment.size() >= kShortestHash && std::ranges::all_of(segment, is_hex) &&
             std::ranges::any_of(segment, is_digit)) {
    out += "{hash}";
  } else if (is_token(segment)) {
    out += "{token}";
  } else {
    for (auto at = segment.begin(); at != segment.end();) {
      const auto run_end = std::find_if_not(at, segment.end(), is_digit);
      const bool set_off =
          (at == segment.begin() || !is_word(*(at - 1))) && (run_end == segment.end() || !is_word(*run_end));
      if (run_end - at >= kShortestRun && set_off) {
        out += "{id}";
        at = run_end;
      } else if (run_end != at) {
        out.append(at, run_end);
        at = run_end;
      } else {
        out += *at++;
      }
    }
  }
}

/// Where the path begins; npos where there is none.
std::size_t path_start(std::string_view name) {
  if (const auto scheme = name.find("://"); scheme != std::string_view::npos) return name.find('/', scheme + 3);
  for (auto slash = name.find('/'); slash != std::string_view::npos; slash = name.find('/', slash + 1)) {
    if (slash == 0 || name[slash - 1] == ' ') return slash;
  }
  return std::string_view::npos;
}

}  // namespace

std::string fold_endpoint(std::string_view name) {
  const auto start = path_start(name);
  if (start == std::string_view::npos) {
    // A URL without a path may have a query all the same.
    const bool is_url = name.find("://") != std::string_view::npos;
    return std::string(is_url ? name.substr(0, name.find_first_of("?#")) : name);
  }
  std::string out(name.substr(0, start));
  std::string_view path = name.substr(start);
  // What follows a space is no part of the path: "GET /a HTTP/1.1".
  const auto path_end = std::min(path.find(' '), path.size());
  const std::string_view behind = path.substr(path_end);
  path = path.substr(0, path_end);
  path = path.substr(0, path.find_first_of("?#;"));
  while (!path.empty()) {
    out += '/';
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    append_segment(out, path.substr(0, end));
    path.remove_prefix(end);
  }
  out += behind;
  return out;
}

EndpointNames::EndpointNames(bool fold, const std::vector<EndpointRule>& rules) : fold_(fold) {
  for (const EndpointRule& rule : rules) rules_.emplace_back(std::regex(rule.pattern, std::regex::optimize), rule.name);
}

std::string EndpointNames::operator()(std::string_view name) const {
  constexpr std::size_t kMaxForRules = 2048;  // matching recurses, and the stack is finite
  if (name.size() <= kMaxForRules) {
    for (const auto& [pattern, replacement] : rules_) {
      std::match_results<std::string_view::const_iterator> match;
      if (std::regex_search(name.begin(), name.end(), match, pattern)) return match.format(replacement);
    }
  }
  return fold_ ? fold_endpoint(name) : std::string(name);
}

}  // namespace omniwriter
