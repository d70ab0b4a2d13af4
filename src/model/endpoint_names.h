#pragma once
/// Names of requests, made names of endpoints: "/orders/123?page=2" is a request to "/orders/{id}".

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace re2 {
class RE2;
}

namespace omniwriter {

/// A rule of the user: what matches the pattern (RE2, anywhere in the name) gets the name; $1 is its first group, $&
/// the match, $$ a dollar.
struct EndpointRule {
  std::string pattern;
  std::string name;
};

/// Why a pattern cannot be used; nothing where it can. Matching takes time in proportion to the name whatever the
/// pattern: so there is no looking around, and no reference back.
[[nodiscard]] std::optional<std::string> problem_with_pattern(const std::string& pattern);

/// Looks at one name at a time and remembers nothing, so that the same name is the same endpoint in every run.
///
/// In a path (of a URL, or behind the first slash at the start of a word) the query and the fragment go, and segments
/// become {id} (digits), {uuid}, {hash} (16 or more hexadecimal digits), {date} (2026-11-23) or {token} (20 or more
/// letters and digits, mixed). Digits set off within a segment become {id} if there are three or more: "order-1234".
/// Anything else stays as it is. Thread-safe once made.
class EndpointNames {
 public:
  /// `fold`: without it only the rules count. A pattern that has a problem matches nothing.
  explicit EndpointNames(bool fold = true, const std::vector<EndpointRule>& rules = {});

  [[nodiscard]] std::string operator()(std::string_view name) const;

 private:
  bool fold_;
  std::vector<std::pair<std::shared_ptr<const re2::RE2>, std::string>> rules_;
};

/// The part of EndpointNames that needs no rules.
[[nodiscard]] std::string fold_endpoint(std::string_view name);

}  // namespace omniwriter
