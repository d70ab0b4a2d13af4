#include "reports/html/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace omniwriter {

std::string html_figures(std::vector<Figure> all) {
  std::erase_if(all, [](const Figure& one) { return !one.shown; });
  if (all.empty()) return {};
  const auto narrow = std::ranges::count(all, false, &Figure::wide);
  if (narrow % 2 == 1) std::ranges::find(std::views::reverse(all), false, &Figure::wide)->wide = true;
  std::string text = "<div class=\"charts\">\n";
  for (const Figure& one : all) {
    // Without scripts, a figure without a sketch would be an empty frame.
    text += fmt::format(
        "<figure{}{}><figcaption>{}{}</figcaption><div class=\"chart\" id=\"{}\" role=\"img\" "
        "aria-label=\"{}\">{}</div></figure>\n",
        one.wide ? " class=\"wide\"" : "", one.sketch.empty() ? " hidden" : "", one.name,
        one.note.empty() ? "" : fmt::format(" <small>{}</small>", one.note), one.id, one.name, one.sketch);
  }
  return text + "</div>\n";
}

}  // namespace omniwriter
