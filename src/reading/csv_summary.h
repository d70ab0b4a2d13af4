#pragma once
/// What readers of summaries in CSV files share: the line of titles tells the format, and where a summary begins.

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {

class CsvSummary : public SummaryFormat {
 public:
  [[nodiscard]] bool recognises(std::string_view head) const final { return is_title(head.substr(0, head.find('\n'))); }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const final {
    return summary::tables_where(content, [this](std::string_view line) { return is_title(line); });
  }

 protected:
  /// Whether a line has the titles of the columns.
  [[nodiscard]] virtual bool is_title(std::string_view line) const = 0;

  [[nodiscard]] static Result<Summary> finished(Summary summary) {
    if (summary.whole.endpoints.empty() && !summary.whole.total) return fail(ErrorCode::input, "it has no rows");
    return summary;
  }
};

}  // namespace omniwriter
