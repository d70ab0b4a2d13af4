// Reader of summaries: Taurus final statistics (CSV). See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "formats/summary/text.h"
#include "model/outcome_rules.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace taurus_stats {
namespace {

class TaurusStats final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "taurus-stats"; }
  [[nodiscard]] std::string_view tool() const override { return "taurus"; }
  [[nodiscard]] std::string_view description() const override { return "Taurus final statistics (CSV)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    const std::string_view title = head.substr(0, head.find('\n'));
    return title.starts_with("label,") && title.find(",avg_rt,") != std::string_view::npos &&
           title.find(",perc_") != std::string_view::npos;
  }

  [[nodiscard]] Result<Summary> read(std::string_view content) const override {
    Summary result;
    const auto rows = summary::csv_rows(content);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      SummaryEntry entry;
      std::uint64_t succeeded = 0;
      for (std::size_t column = 0; column < std::min(rows[i].size(), rows[0].size()); ++column) {
        const std::string& title = rows[0][column];
        if (title == "label") entry.endpoint = rows[i][column];
        const auto value = summary::number_of(rows[i][column]);
        if (!value) continue;
        const std::uint64_t count = summary::count_of(*value);
        if (title == "succ") succeeded = count;
        if (title == "fail") entry.errors = count;
        if (title == "avg_rt") entry.mean = *value;
        if (title == "perc_0.0") entry.minimum = *value;
        if (title == "perc_100.0") entry.maximum = *value;
        if (title == "bytes") entry.bytes_received = count;
        if (title == "concurrency" && entry.endpoint.empty()) {
          result.whole.users = static_cast<std::uint32_t>(std::min(count, std::uint64_t{1} << 31));
        }
        if (title.starts_with("perc_")) {
          const auto percent = summary::number_of(std::string_view(title).substr(5));
          if (percent && *percent > 0 && *percent < 100) entry.quantiles.emplace_back(*percent / 100, *value);
        } else if (title.starts_with("rc_")) {
          const std::string code = title.substr(3);
          entry.outcomes.emplace_back(is_http_status(code) ? http_outcome(code) : Outcome{"error", code}, count);
        }
      }
      entry.samples = succeeded + entry.errors;
      if (entry.endpoint.empty()) {
        result.whole.total = std::move(entry);
      } else {
        result.whole.endpoints.push_back(std::move(entry));
      }
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
