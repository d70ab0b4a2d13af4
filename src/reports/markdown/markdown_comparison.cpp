#include <fmt/format.h>

#include <string>

#include "reports/comparison_report.h"
#include "reports/markdown/verdict_section.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxBytes = 200'000;

}  // namespace

std::string markdown_comparison_report(const Comparison& comparison, Language language) {
  const Localized title{"Comparação de execuções", "Comparison of runs"};
  const Localized whole{"Todos os endpoints", "All endpoints"};
  const std::string name = whole.in(language);
  std::vector<EndpointChange> rows;
  for (const ComparedMetric& metric : comparison.overall_metrics) rows.push_back({&name, &metric});
  for (const EndpointChange& one : all_compared(comparison)) rows.push_back(one);
  return fmt::format("# {}\n\n{}{}", title.in(language), markdown_comparison(comparison, language, kMaxBytes),
                     markdown_changes(rows, language, kMaxBytes));
}

}  // namespace omniwriter
