#include <fmt/format.h>

#include <string>
#include <string_view>

#include "model/translation.h"
#include "reports/comparison_report.h"
#include "reports/display_width.h"
#include "reports/terminal/text_table.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMostRows = 30;
constexpr int kNameColumns = 20;

Color color_of(const ComparedMetric& metric) {
  if (metric.verdict == ComparisonVerdict::better) return Color::green;
  if (metric.verdict != ComparisonVerdict::worse) return Color::none;
  return metric.within_margin ? Color::yellow : Color::red;
}

Color color_of(const Comparison& comparison) {
  ComparedMetric whole;
  whole.verdict = comparison.verdict;
  whole.within_margin = comparison.within_margin;
  return comparison.verdict == ComparisonVerdict::inconclusive ? Color::yellow : color_of(whole);
}

}  // namespace

std::string terminal_comparison(const Comparison& comparison, bool everything, Language language, TerminalStyle style) {
  const auto lines = [&](std::string_view indent, std::string_view text, Color color) {
    std::string out;
    std::string before(indent);
    for (const std::string& line : wrapped(text, style.width - static_cast<int>(indent.size()) - 2)) {
      out += before + colored(line, color, style.color) + '\n';
      before = std::string(indent) + "  ";
    }
    return out;
  };
  std::string out = lines(" ", comparison_text(comparison, language), color_of(comparison));
  for (const std::string& reason : comparison.reasons) {
    out += lines("   ", visible_text(translated(reason, language)), Color::none);
  }

  const auto say = [&](Text text) { return std::string(text_of(text, language)); };
  TextTable table({{.title = say(Text::endpoint)},
                   {.title = say(Text::metric)},
                   {.title = say(Text::baseline), .rank = 2},
                   {.title = say(Text::candidate), .rank = 1},
                   {.title = say(Text::change)},
                   {.title = say(Text::change_between), .rank = 3},
                   {.title = say(Text::verdict)}});
  const auto add = [&](const std::string& name, const ComparedMetric& metric) {
    const ChangeText text = text_of(name, metric, language);
    const Color color = color_of(metric);
    table.add({{text.endpoint},
               {text.metric},
               {text.base},
               {text.candidate},
               {text.change, color},
               {text.interval},
               {std::string(text.word), color}});
  };
  const Localized all{"(todos)", "(all)"};
  for (const ComparedMetric& metric : comparison.overall_metrics) add(all.in(language), metric);
  const auto rows = everything ? all_compared(comparison) : changes_of(comparison);
  const std::size_t shown = everything ? rows.size() : std::min(rows.size(), kMostRows);
  for (std::size_t at = 0; at < shown; ++at) add(*rows[at].endpoint, *rows[at].metric);
  if (!comparison.overall_metrics.empty()) out += "\n" + table.render(style.width, kNameColumns, style.color);
  if (shown < rows.size()) {
    out += fmt::format("   {}\n", fmt::format(fmt::runtime(say(Text::and_more)), rows.size() - shown));
  }
  return out;
}

}  // namespace omniwriter
