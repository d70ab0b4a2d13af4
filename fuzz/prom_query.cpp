// What is read of a Prometheus' answer to a query over time.

#include "formats/prom_query/prom_query.h"

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "fuzzers.h"

namespace omniwriter::fuzz {

void prom_query(std::string_view answer) {
  constexpr std::size_t kMost = 3;
  const auto found = parse_range_answer(answer, "query", kMost);
  if (!found) return;
  std::set<std::map<std::string, std::string>> seen;
  if (found->series.size() > kMost) std::abort();
  for (const ObservedSeries& series : found->series) {
    if (series.values.empty() || !seen.insert(series.labels).second) std::abort();
    for (const auto& [seconds, value] : series.values) {
      if (seconds < 0 || !std::isfinite(value)) std::abort();
    }
  }
}

}  // namespace omniwriter::fuzz
