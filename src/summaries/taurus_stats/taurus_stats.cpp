// Reader of summaries: Taurus final statistics (CSV). See README.md for the rules.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/parts.h"
#include "formats/summary/taurus.h"
#include "formats/summary/text.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace taurus_stats {
namespace {

bool is_title(std::string_view line) {
  return line.starts_with("label,") && line.find(",avg_rt,") != std::string_view::npos &&
         line.find(",perc_") != std::string_view::npos;
}

class TaurusStats final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "taurus-stats"; }
  [[nodiscard]] std::string_view tool() const override { return "taurus"; }
  [[nodiscard]] std::string_view description() const override { return "Taurus final statistics (CSV)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return is_title(head.substr(0, head.find('\n')));
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::tables_where(content, is_title);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    const auto rows = summary::csv_rows(content);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const std::size_t columns = std::min(rows[i].size(), rows[0].size());
      const auto label = std::ranges::find(rows[0], "label") - rows[0].begin();
      summary::TaurusStats stats(static_cast<std::size_t>(label) < columns ? rows[i][static_cast<std::size_t>(label)]
                                                                           : "");
      for (std::size_t column = 0; column < columns; ++column) {
        const std::string_view title = rows[0][column];
        if (title.starts_with("perc_")) {
          stats.add("perc", title.substr(5), rows[i][column]);
        } else if (title.starts_with("rc_")) {
          stats.add("rc", title.substr(3), rows[i][column]);
        } else {
          stats.add(title, "", rows[i][column]);
        }
      }
      stats.finish(result);
    }
    if (result.whole.endpoints.empty() && !result.whole.total) return fail(ErrorCode::input, "it has no rows");
    return result;
  }
};

}  // namespace
}  // namespace taurus_stats

const SummaryFormat& summary_taurus_stats() {
  static const taurus_stats::TaurusStats kFormat;
  return kFormat;
}

}  // namespace omniwriter
