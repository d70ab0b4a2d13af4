#pragma once
/// Where a report leads to.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/report.h"
#include "reports/texts.h"

namespace omniwriter {

/// Whether a tag of a run is the address of its build (`ci_url`) or of its commit (`commit_url`): http or https,
/// without credentials. Anything else under these names is a text like any other.
[[nodiscard]] bool is_link(std::string_view tag, std::string_view value);

/// Titles and addresses: the dashboard, the build, the commit; those that are known. No address needs escaping in
/// Markdown's <…>.
[[nodiscard]] std::vector<std::pair<Text, std::string>> links_of(const ReportInput& input);

}  // namespace omniwriter
