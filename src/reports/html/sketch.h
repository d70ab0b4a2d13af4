#pragma once
/// Plain pictures in SVG, for where no script may draw. Colors are attributes, so that they need no styles either.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omniwriter {

struct SketchedLine {
  std::string_view color;
  std::vector<std::optional<double>> values;  ///< equally far apart, from 0 on
};

/// `caption`: of the largest value. Empty where no value is known.
[[nodiscard]] std::string sketch_of_lines(const std::vector<SketchedLine>& lines,
                                          const std::function<std::string(double most)>& caption);

/// Empty where there is no bar.
[[nodiscard]] std::string sketch_of_bars(const std::vector<std::uint64_t>& counts, std::string_view caption);

}  // namespace omniwriter
