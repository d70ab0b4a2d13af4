// Reader of summaries: JMeter's Aggregate Report and Summary Report (CSV). See README.md for the rules.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/text.h"
#include "reading/csv_summary.h"

namespace omniwriter {
namespace jmeter_aggregate {
namespace {

/// "9.2/sec", "33.0/min", "3.04878": a second.
std::optional<double> rate_of(std::string_view text) {
  const auto number = summary::leading_number(text);
  if (!number) return std::nullopt;
  const double seconds = text.find("/min") != std::string_view::npos    ? 60
                         : text.find("/hour") != std::string_view::npos ? 3600
                                                                        : 1;
  return *number / seconds;
}

class JmeterAggregate final : public CsvSummary {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-aggregate"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override {
    return "JMeter Aggregate Report or Summary Report (CSV)";
  }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"label",  "samples", "average", "median", "90line",     "95line",
            "99line", "min",     "max",     "error",  "throughput", "receivedkbsec"};
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    summary::for_each_csv_row(content, [&](const auto& titles, const auto& row) { add_row(titles, row, result); });
    return finished(std::move(result));
  }

 private:
  /// As the English program saves them, and as JMeterPluginsCMD writes them.
  [[nodiscard]] bool is_title(std::string_view line) const override {
    std::string title = summary::lower(line);
    std::erase(title, '"');
    return title.starts_with("label,# samples,average,") ||
           title.starts_with("sampler_label,aggregate_report_count,average,");
  }

  static void add_row(const summary::CsvRow& titles, const summary::CsvRow& row, Summary& result) {
    constexpr double kMs = 1e3;
    SummaryEntry entry;
    double error_ratio = 0;
    std::optional<double> rate;
    double received = 0;
    double sent = 0;
    for (std::size_t column = 0; column < std::min(row.size(), titles.size()); ++column) {
      const std::string title = name_of(titles[column]);
      const std::string& text = row[column];
      const auto value = summary::leading_number(text);
      if (title == "label") entry.endpoint = text;
      if (!value) continue;
      if (title == "# samples") entry.samples = summary::count_of(*value);
      if (title == "average") entry.mean = *value / kMs;
      if (title == "min") entry.minimum = *value / kMs;
      if (title == "max") entry.maximum = *value / kMs;
      if (title == "median") entry.quantiles.emplace_back(0.5, *value / kMs);
      if (title == "error %") error_ratio = *value / 100;
      if (title == "throughput") rate = rate_of(text);
      if (title == "received kb/sec" || title == "kb/sec") received = *value * 1024;
      if (title == "sent kb/sec") sent = *value * 1024;
      constexpr std::string_view kLine = " line";
      if (title.ends_with(kLine)) {
        const auto q = summary::quantile_of(summary::trimmed(title.substr(0, title.size() - kLine.size())));
        if (q && *q > 0 && *q < 1) entry.quantiles.emplace_back(*q, *value / kMs);
      }
    }
    entry.errors = std::min(summary::count_of(error_ratio * static_cast<double>(entry.samples)), entry.samples);
    const double seconds = rate && *rate > 0 ? static_cast<double>(entry.samples) / *rate : 0;
    entry.bytes_received = summary::count_of(received * seconds);
    entry.bytes_sent = summary::count_of(sent * seconds);
    if (entry.endpoint == "TOTAL") {
      result.duration_seconds = seconds;
      result.throughput_rps = rate;
      entry.endpoint.clear();
      result.whole.total = std::move(entry);
    } else {
      result.duration_seconds = std::max(result.duration_seconds, seconds);
      summary::add_endpoint(result, std::move(entry));
    }
  }

  /// The title, lower case, of the plugin as the program has it.
  static std::string name_of(std::string_view title) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kPlugin{
        {{"sampler_label", "label"},
         {"aggregate_report_count", "# samples"},
         {"aggregate_report_median", "median"},
         {"aggregate_report_90%_line", "90% line"},
         {"aggregate_report_95%_line", "95% line"},
         {"aggregate_report_99%_line", "99% line"},
         {"aggregate_report_min", "min"},
         {"aggregate_report_max", "max"},
         {"aggregate_report_error%", "error %"},
         {"aggregate_report_rate", "throughput"},
         {"aggregate_report_bandwidth", "received kb/sec"}}};
    std::string lower = summary::lower(summary::trimmed(title));
    for (const auto& [of_plugin, name] : kPlugin) {
      if (lower == of_plugin) return std::string(name);
    }
    return lower;
  }
};

}  // namespace
}  // namespace jmeter_aggregate

const SummaryFormat& summary_jmeter_aggregate() {
  static const jmeter_aggregate::JmeterAggregate kFormat;
  return kFormat;
}

}  // namespace omniwriter
