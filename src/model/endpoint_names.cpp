#include "model/endpoint_names.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/bounded_name.h"

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

re2::RE2::Options pattern_options() {
  re2::RE2::Options options(re2::RE2::Latin1);  // byte by byte: names may be anything
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{1} << 20);
  return options;
}

constexpr std::size_t kMaxGroups = 10;
using Groups = std::array<re2::StringPiece, kMaxGroups>;

// What a rule names: $1 to $9, $&, $$; anything else as it stands.
std::string expanded(std::string_view replacement, const Groups& groups) {
  std::string out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char next = replacement[i] == '$' && i + 1 < replacement.size() ? replacement[i + 1] : '\0';
    if (next == '$') {
      out += '$';
    } else if (next == '&' || (next >= '1' && next <= '9')) {
      const re2::StringPiece& group = groups[next == '&' ? 0 : static_cast<std::size_t>(next - '0')];
      out.append(group.data(), group.size());
    } else {
      out += replacement[i];
      continue;
    }
    ++i;
  }
  return out;
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

std::optional<std::string> problem_with_pattern(const std::string& pattern) {
  const re2::RE2 compiled(pattern, pattern_options());
  if (compiled.ok()) return std::nullopt;
  return compiled.error() + "; RE2 knows no looking around and no references back";
}

EndpointNames::EndpointNames(bool fold, const std::vector<EndpointRule>& rules) : fold_(fold) {
  for (const EndpointRule& rule : rules) {
    auto pattern = std::make_shared<const re2::RE2>(rule.pattern, pattern_options());
    if (pattern->ok()) rules_.emplace_back(std::move(pattern), rule.name);
  }
}

std::string EndpointNames::operator()(std::string_view name) const {
  for (const auto& [pattern, replacement] : rules_) {
    Groups groups;
    const int wanted = std::min(pattern->NumberOfCapturingGroups() + 1, static_cast<int>(kMaxGroups));
    const re2::StringPiece text(name.data(), name.size());
    if (pattern->Match(text, 0, name.size(), re2::RE2::UNANCHORED, groups.data(), wanted)) {
      return bounded_name(expanded(replacement, groups));
    }
  }
  return bounded_name(fold_ ? fold_endpoint(name) : std::string(name));
}

}  // namespace omniwriter
