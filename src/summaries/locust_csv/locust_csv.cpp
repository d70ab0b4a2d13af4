// Reader of summaries: Locust statistics (CSV). See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "formats/summary/text.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace locust_csv {
namespace {

class LocustCsv final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "locust-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "locust"; }
  [[nodiscard]] std::string_view description() const override { return "Locust statistics (CSV)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    std::string title = summary::lower(head.substr(0, head.find('\n')));
    std::erase(title, '"');
    return title.starts_with("type,name,request count,failure count,") ||
           title.starts_with("type,name,# requests,# failures,") ||
           title.starts_with("method,name,# requests,# failures,");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    constexpr double kMs = 1e3;
    const auto rows = summary::csv_rows(content);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      SummaryEntry entry;
      std::string type;
      std::string name;
      std::optional<double> rate;
      double bytes_each = 0;
      std::optional<double> median;
      for (std::size_t column = 0; column < std::min(rows[i].size(), rows[0].size()); ++column) {
        const std::string title = summary::lower(rows[0][column]);
        const std::string& text = rows[i][column];
        const auto value = summary::number_of(text);
        if (title == "type" || title == "method") type = text;
        if (title == "name") name = text;
        if (!value) continue;
        if (title == "request count" || title == "# requests") entry.samples = summary::count_of(*value);
        if (title == "failure count" || title == "# failures") entry.errors = summary::count_of(*value);
        if (title == "average response time") entry.mean = *value / kMs;
        if (title == "min response time") entry.minimum = *value / kMs;
        if (title == "max response time") entry.maximum = *value / kMs;
        if (title == "average content size") bytes_each = *value;
        if (title == "requests/s") rate = *value;
        if (title == "median response time") median = *value / kMs;
        const auto q = summary::quantile_of(title);
        if (q && *q > 0 && *q < 1) entry.quantiles.emplace_back(*q, *value / kMs);
      }
      entry.bytes_received = summary::count_of(bytes_each * static_cast<double>(entry.samples));
      if (entry.quantiles.empty() && median) entry.quantiles.emplace_back(0.5, *median);
      if (type == "None") type.clear();
      if (type.empty() && (name == "Aggregated" || name == "Total")) {
        result.throughput_rps = rate;
        if (rate && *rate > 0) result.duration_seconds = static_cast<double>(entry.samples) / *rate;
        result.whole.total = std::move(entry);
      } else {
        entry.endpoint = type.empty() ? name : type + " " + name;
        result.whole.endpoints.push_back(std::move(entry));
      }
    }
    if (result.whole.endpoints.empty() && !result.whole.total) return fail(ErrorCode::input, "it has no rows");
    return result;
  }
};

}  // namespace
}  // namespace locust_csv

const SummaryFormat& summary_locust_csv() {
  static const locust_csv::LocustCsv kFormat;
  return kFormat;
}

}  // namespace omniwriter
