#include "reports/html/sketch.h"

#include <fmt/format.h>

#include <algorithm>

namespace omniwriter {
namespace {

constexpr double kWidth = 600;
constexpr double kHeight = 150;

/// `caption` stands below.
std::string picture(std::string_view shapes, std::string_view caption) {
  return fmt::format(
      "<svg class=\"sketch\" width=\"100%\" height=\"{0}\" viewBox=\"0 0 {1} {0}\" preserveAspectRatio=\"none\">"
      "<path d=\"M0 {0}H{1}\" stroke=\"#94a1b2\" vector-effect=\"non-scaling-stroke\"/>{2}</svg><small>{3}</small>",
      kHeight, kWidth, shapes, caption);
}

}  // namespace

std::string sketch_of_lines(const std::vector<SketchedLine>& lines,
                            const std::function<std::string(double most)>& caption) {
  std::optional<double> most;
  for (const SketchedLine& line : lines) {
    for (const auto& value : line.values) {
      if (value) most = std::max(most.value_or(0), *value);
    }
  }
  if (!most) return {};
  std::string shapes;
  for (const SketchedLine& line : lines) {
    std::string path;
    bool pen_down = false;
    const double step = kWidth / static_cast<double>(std::max<std::size_t>(line.values.size(), 2) - 1);
    for (std::size_t i = 0; i < line.values.size(); ++i) {
      if (line.values[i]) {
        const double share = *most > 0 ? *line.values[i] / *most : 0;
        path += fmt::format("{}{:.0f} {:.0f}", pen_down ? "L" : "M", static_cast<double>(i) * step,
                            (1 - share) * (kHeight - 2) + 1);
      }
      pen_down = line.values[i].has_value();
    }
    if (path.empty()) continue;
    shapes += fmt::format(
        "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" vector-effect=\"non-scaling-stroke\"/>", path,
        line.color);
  }
  return picture(shapes, caption(*most));
}

std::string sketch_of_bars(const std::vector<std::uint64_t>& counts, std::string_view caption) {
  if (counts.empty()) return {};
  const auto most = static_cast<double>(std::max<std::uint64_t>(std::ranges::max(counts), 1));
  const double width = kWidth / static_cast<double>(counts.size());
  std::string path;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double height = static_cast<double>(counts[i]) / most * kHeight;
    if (counts[i] == 0) continue;
    path += fmt::format("M{:.1f} {}h{:.1f}V{:.1f}h-{:.1f}z", static_cast<double>(i) * width, kHeight, width - 1,
                        kHeight - std::max(height, 1.0), width - 1);
  }
  return picture(fmt::format("<path fill=\"#2563d4\" d=\"{}\"/>", path), caption);
}

}  // namespace omniwriter
