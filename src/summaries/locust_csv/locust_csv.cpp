// Reader of summaries: Locust statistics (CSV). See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "formats/summary/entry.h"
#include "formats/summary/text.h"
#include "reading/csv_summary.h"

namespace omniwriter {
namespace locust_csv {
namespace {

/// What a row has in the column of this title; empty where there is none.
std::string_view field(const summary::CsvRow& titles, const summary::CsvRow& row, std::string_view title) {
  const auto at = static_cast<std::size_t>(std::ranges::find(titles, title) - titles.begin());
  return at < std::min(titles.size(), row.size()) ? std::string_view(row[at]) : std::string_view();
}

std::string endpoint_of(std::string_view method, std::string_view name) {
  return method.empty() ? std::string(name) : std::string(method) + " " + std::string(name);
}

/// `_stats_history.csv`: when the run began, and its users.
void add_history(std::string_view history, Summary& summary) {
  std::optional<double> first;
  std::uint64_t requests = 0;
  std::uint64_t users = 0;
  summary::for_each_csv_row(history, [&](const summary::CsvRow& titles, const summary::CsvRow& row) {
    const auto seconds = summary::number_of(field(titles, row, "Timestamp"));
    if (seconds) first = std::min(first.value_or(*seconds), *seconds);
    if (field(titles, row, "Name") == "Aggregated") {
      requests = std::max(requests, summary::leading_count(field(titles, row, "Total Request Count")));
    }
    users = std::max(users, summary::leading_count(field(titles, row, "User Count")));
  });
  constexpr double kLatest = 4'102'444'800;  // the year 2100
  const bool other_run = summary.whole.total && requests > summary.whole.total->samples;
  if (!first || *first >= kLatest || other_run) return;
  summary.start_ns = static_cast<std::int64_t>(*first) * 1'000'000'000;
  summary.whole.users = static_cast<std::uint32_t>(std::min(users, std::uint64_t{1} << 31));
}

/// `_failures.csv`: what kinds of errors there were.
void add_failures(std::string_view failures, Summary& summary) {
  const auto add = [](SummaryEntry& entry, const std::string& error, std::uint64_t count) {
    std::uint64_t known = 0;
    for (const auto& [outcome, of_it] : entry.outcomes) known += of_it;
    count = std::min(count, entry.errors - std::min(known, entry.errors));
    entry.outcomes.emplace_back(Outcome{"error", error}, count);
  };
  const auto seen_ns = [](std::string_view time) { return parse_rfc3339(time).value_or(0); };
  summary::for_each_csv_row(failures, [&](const summary::CsvRow& titles, const summary::CsvRow& row) {
    const std::string endpoint = endpoint_of(field(titles, row, "Method"), field(titles, row, "Name"));
    const std::string error(field(titles, row, "Error"));
    const std::uint64_t count = summary::leading_count(field(titles, row, "Occurrences"));
    const auto entry = std::ranges::find(summary.whole.endpoints, endpoint, &SummaryEntry::endpoint);
    if (entry == summary.whole.endpoints.end()) return;
    add(*entry, error, count);
    summary::add_message(*entry, error, count);
    if (count != 0) {
      ErrorMessage& said = entry->messages.back();
      said.first_ns = seen_ns(field(titles, row, "First Seen"));
      said.last_ns = std::max(said.first_ns, seen_ns(field(titles, row, "Last Seen")));
    }
    if (summary.whole.total) add(*summary.whole.total, error, count);
  });
}

/// `_exceptions.csv`: what the test itself raised.
void add_exceptions(std::string_view exceptions, Summary& summary) {
  constexpr std::string_view kEndpoint = "(test script)";
  if (!summary.whole.total) return;
  summary::for_each_csv_row(exceptions, [&](const summary::CsvRow& titles, const summary::CsvRow& row) {
    const std::uint64_t count = summary::leading_count(field(titles, row, "Count"));
    if (count == 0) return;
    summary::add_message(*summary.whole.total, field(titles, row, "Message"), count);
    ErrorMessage& said = summary.whole.total->messages.back();
    said.endpoint = kEndpoint;
    said.error_type = "exception";
  });
}

class LocustCsv final : public CsvSummary {
 public:
  [[nodiscard]] std::string_view name() const override { return "locust-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "locust"; }
  [[nodiscard]] std::string_view description() const override { return "Locust statistics (CSV)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"type",
            "name",
            "requestcount",
            "failurecount",
            "medianresponsetime",
            "averageresponsetime",
            "minresponsetime",
            "maxresponsetime",
            "averagecontentsize",
            "requestss",
            "failuress"};
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    constexpr double kMs = 1e3;
    summary::for_each_csv_row(content, [&](const summary::CsvRow& titles, const summary::CsvRow& row) {
      SummaryEntry entry;
      std::string type;
      std::string name;
      std::optional<double> rate;
      double bytes_each = 0;
      std::optional<double> median;
      for (std::size_t column = 0; column < std::min(row.size(), titles.size()); ++column) {
        const std::string title = summary::lower(titles[column]);
        const std::string& text = row[column];
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
        entry.endpoint = endpoint_of(type, name);
        summary::add_endpoint(result, std::move(entry));
      }
    });
    return finished(std::move(result));
  }

  [[nodiscard]] std::vector<std::string> companions(std::string_view file) const override {
    constexpr std::string_view kStats = "_stats.csv";
    const std::size_t at = file.rfind(kStats);
    if (at == std::string_view::npos || file.find('/', at) != std::string_view::npos) return {};
    std::vector<std::string> names;
    for (const char* other : {"_stats_history.csv", "_failures.csv", "_exceptions.csv"}) {
      names.push_back(std::string(file.substr(0, at)) + other + std::string(file.substr(at + kStats.size())));
    }
    return names;
  }

  void add_companion(Summary& summary, std::string_view content) const override {
    if (content.starts_with("Timestamp,")) add_history(content, summary);
    if (content.starts_with("Method,Name,Error,")) add_failures(content, summary);
    if (content.starts_with("Count,Message,")) add_exceptions(content, summary);
  }

 private:
  [[nodiscard]] bool is_title(std::string_view line) const override {
    std::string title = summary::lower(line);
    std::erase(title, '"');
    return title.starts_with("type,name,request count,failure count,") ||
           title.starts_with("type,name,# requests,# failures,") ||
           title.starts_with("method,name,# requests,# failures,");
  }
};

}  // namespace
}  // namespace locust_csv

const SummaryFormat& summary_locust_csv() {
  static const locust_csv::LocustCsv kFormat;
  return kFormat;
}

}  // namespace omniwriter
