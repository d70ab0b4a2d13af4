// Reader of summaries: Taurus final statistics (CSV). See README.md for the rules.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/taurus.h"
#include "formats/summary/text.h"
#include "reading/csv_summary.h"

namespace omniwriter {
namespace taurus_stats {
namespace {

class TaurusStats final : public CsvSummary {
 public:
  [[nodiscard]] std::string_view name() const override { return "taurus-stats"; }
  [[nodiscard]] std::string_view tool() const override { return "taurus"; }
  [[nodiscard]] std::string_view description() const override { return "Taurus final statistics (CSV)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"label", "concurrency", "throughput", "succ",    "fail",    "avgrt", "stdevrt",
            "avgct", "avglt",       "perc500",    "perc900", "perc990", "bytes"};
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    summary::for_each_csv_row(content, [&](const summary::CsvRow& titles, const summary::CsvRow& row) {
      const std::size_t columns = std::min(row.size(), titles.size());
      const auto label = static_cast<std::size_t>(std::ranges::find(titles, "label") - titles.begin());
      summary::TaurusStats stats(label < columns ? row[label] : "");
      for (std::size_t column = 0; column < columns; ++column) {
        const std::string_view title = titles[column];
        if (title.starts_with("perc_")) {
          stats.add("perc", title.substr(5), row[column]);
        } else if (title.starts_with("rc_")) {
          stats.add("rc", title.substr(3), row[column]);
        } else {
          stats.add(title, "", row[column]);
        }
      }
      stats.finish(result);
    });
    return finished(std::move(result));
  }

 private:
  [[nodiscard]] bool is_title(std::string_view line) const override {
    return line.starts_with("label,") && line.find(",avg_rt,") != std::string_view::npos &&
           line.find(",perc_") != std::string_view::npos;
  }
};

}  // namespace
}  // namespace taurus_stats

const SummaryFormat& summary_taurus_stats() {
  static const taurus_stats::TaurusStats kFormat;
  return kFormat;
}

}  // namespace omniwriter
