#pragma once
/// Frames that the charts of the page are drawn into.

#include <string>
#include <string_view>
#include <vector>

namespace omniwriter {

/// Texts are markup.
struct Figure {
  std::string id;
  std::string name;
  bool shown = true;
  std::string note = {};
  bool wide = false;
  std::string sketch = {};  ///< what is there in place of the chart until it is drawn
};

/// Two side by side; one that is left alone takes the room of two. Empty where none is shown.
[[nodiscard]] std::string html_figures(std::vector<Figure> all);

}  // namespace omniwriter
