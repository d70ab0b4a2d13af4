#include "formats/summary/k6.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/utf8.h"

namespace omniwriter::summary {
namespace {

/// Metrics of every test; of others there is no place in a run.
bool is_of_every_test(std::string_view name) {
  return name.starts_with("checks") || name.starts_with("data_") || name.starts_with("iteration") ||
         name.starts_with("vus") || name == "dropped_iterations" || name == "group_duration" ||
         name.find('{') != name.npos;
}

}  // namespace

Result<void> take_iterations(const K6Test& test, Summary& result) {
  if (test.iterations == 0) return fail(ErrorCode::input, "it tells of no HTTP requests (http_reqs) and no iterations");
  SummaryEntry& entry = *result.whole.total;
  entry.endpoint = "iteration";
  entry.samples = test.iterations;
  result.note = fmt::format("k6 made no HTTP requests: its {} iterations are taken for requests", test.iterations);
  if (test.checks != 0) result.note += fmt::format("; {} of {} checks failed", test.failed_checks, test.checks);
  std::vector<std::string> others = test.metrics;
  std::erase_if(others, is_of_every_test);
  std::ranges::sort(others);
  constexpr std::size_t kMaxBytes = 300;
  if (!others.empty()) {
    result.note += "; metrics that are not shown: " + clean_utf8(fmt::format("{}", fmt::join(others, ", ")), kMaxBytes);
  }
  return {};
}

}  // namespace omniwriter::summary
