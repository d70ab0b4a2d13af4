// Reader of summaries: Locust statistics history (CSV). See README.md for the rules.

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/text.h"
#include "reading/csv_summary.h"

namespace omniwriter {
namespace locust_history {
namespace {

class LocustHistory final : public CsvSummary {
 public:
  [[nodiscard]] std::string_view name() const override { return "locust-history"; }
  [[nodiscard]] std::string_view tool() const override { return "locust"; }
  [[nodiscard]] std::string_view description() const override { return "Locust statistics history (CSV)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"timestamp",
            "usercount",
            "type",
            "name",
            "requestss",
            "failuress",
            "totalrequestcount",
            "totalfailurecount",
            "totalmedianresponsetime",
            "totalaverageresponsetime"};
  }
  [[nodiscard]] std::size_t max_bytes() const override { return kMaxBytesOverTime; }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    constexpr double kMs = 1e3;
    std::optional<double> first;
    double last = 0;
    std::map<std::string, SummaryEntry> endpoints;  // as their last row has them
    summary::for_each_csv_row(content, [&](const summary::CsvRow& titles, const summary::CsvRow& row) {
      SummaryEntry entry;
      std::string type;
      std::string name;
      double bytes_each = 0;
      for (std::size_t column = 0; column < std::min(row.size(), titles.size()); ++column) {
        // "Total Request Count"; version 0.14 has "# requests", and no "Total" in front of any.
        std::string title = summary::lower(titles[column]);
        if (title.starts_with("total ")) title.erase(0, 6);
        const std::string& text = row[column];
        const auto value = summary::number_of(text);
        if (title == "type") type = text;
        if (title == "name") name = text;
        if (!value) continue;
        if (title == "timestamp") {
          first = std::min(first.value_or(*value), *value);
          last = std::max(last, *value);
        }
        if (title == "user count") {
          const auto users = std::min(summary::count_of(*value), std::uint64_t{1} << 31);
          result.whole.users = std::max(result.whole.users, static_cast<std::uint32_t>(users));
        }
        if (title == "request count" || title == "# requests") entry.samples = summary::count_of(*value);
        if (title == "failure count" || title == "# failures") entry.errors = summary::count_of(*value);
        if (title == "median response time") entry.quantiles = {{0.5, *value / kMs}};
        if (title == "average response time") entry.mean = *value / kMs;
        if (title == "min response time") entry.minimum = *value / kMs;
        if (title == "max response time") entry.maximum = *value / kMs;
        if (title == "average content size") bytes_each = *value;
      }
      entry.bytes_received = summary::count_of(bytes_each * static_cast<double>(entry.samples));
      if (type == "None") type.clear();
      if (type.empty() && name == "Aggregated") {
        result.whole.total = std::move(entry);
      } else {
        entry.endpoint = type.empty() ? name : type + " " + name;
        if (endpoints.size() <= summary::kMaxEndpoints) endpoints.insert_or_assign(entry.endpoint, entry);
      }
    });
    if (!first) return fail(ErrorCode::input, "it has no rows");
    for (auto& [name, entry] : endpoints) summary::add_endpoint(result, std::move(entry));
    constexpr double kLatest = 4'102'444'800;  // the year 2100: anything later is no time of a load test
    if (last <= kLatest) result.start_ns = static_cast<std::int64_t>(*first) * 1'000'000'000;
    result.duration_seconds = last - *first;
    return finished(std::move(result));
  }

 private:
  [[nodiscard]] bool is_title(std::string_view line) const override {
    std::string title = summary::lower(line);
    std::erase(title, '"');
    return title.starts_with("timestamp,user count,type,name,") ||
           title.starts_with("type,name,timestamp,# requests,# failures,");
  }
};

}  // namespace
}  // namespace locust_history

const SummaryFormat& summary_locust_history() {
  static const locust_history::LocustHistory kFormat;
  return kFormat;
}

}  // namespace omniwriter
