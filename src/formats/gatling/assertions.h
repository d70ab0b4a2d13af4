#pragma once
/// What Gatling says of the assertions of a simulation, in the files of its report and in its text.

#include <optional>
#include <string_view>
#include <vector>

#include "omniwriter/sample.h"

namespace omniwriter::gatling {

/// Those in the content of `js/assertions.json` or `js/assertions.xml`; none in anything else. Gatling writes names as
/// they are, so that neither need be well-formed where a name has quotes.
[[nodiscard]] std::vector<ToolVerdict> assertions_in_report(std::string_view content);
/// That of a line such as "Global: mean response time is less than 50.0 : false (actual : 61.0)"; nothing where it is
/// none.
[[nodiscard]] std::optional<ToolVerdict> assertion_in_line(std::string_view line);

}  // namespace omniwriter::gatling
