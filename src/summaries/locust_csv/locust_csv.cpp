// Reader of summaries: Locust statistics (CSV). See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace locust_csv {
namespace {

bool is_title(std::string_view line) {
  std::string title = summary::lower(line);
  std::erase(title, '"');
  return title.starts_with("type,name,request count,failure count,") ||
         title.starts_with("type,name,# requests,# failures,") ||
         title.starts_with("method,name,# requests,# failures,");
}

/// The columns of a table by their titles.
class Table {
 public:
  explicit Table(std::string_view content) : rows_(summary::csv_rows(content)) {}

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  /// Of row `i`, from 1 on; empty where there is none.
  [[nodiscard]] std::string_view field(std::size_t i, std::string_view title) const {
    const auto at = static_cast<std::size_t>(std::ranges::find(rows_[0], title) - rows_[0].begin());
    return at < rows_[0].size() && at < rows_[i].size() ? std::string_view(rows_[i][at]) : std::string_view();
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string endpoint_of(std::string_view method, std::string_view name) {
  return method.empty() ? std::string(name) : std::string(method) + " " + std::string(name);
}

/// `_stats_history.csv`: when the run began, and its users.
void add_history(const Table& history, Summary& summary) {
  std::optional<double> first;
  std::uint64_t requests = 0;
  std::uint64_t users = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    const auto seconds = summary::number_of(history.field(i, "Timestamp"));
    if (seconds) first = std::min(first.value_or(*seconds), *seconds);
    if (history.field(i, "Name") == "Aggregated") {
      requests = std::max(requests, summary::leading_count(history.field(i, "Total Request Count")));
    }
    users = std::max(users, summary::leading_count(history.field(i, "User Count")));
  }
  constexpr double kLatest = 4'102'444'800;  // the year 2100
  const bool other_run = summary.whole.total && requests > summary.whole.total->samples;
  if (!first || *first >= kLatest || other_run) return;
  summary.start_ns = static_cast<std::int64_t>(*first) * 1'000'000'000;
  summary.whole.users = static_cast<std::uint32_t>(std::min(users, std::uint64_t{1} << 31));
}

/// `_failures.csv`: what kinds of errors there were.
void add_failures(const Table& failures, Summary& summary) {
  const auto add = [](SummaryEntry& entry, const std::string& error, std::uint64_t count) {
    std::uint64_t known = 0;
    for (const auto& [outcome, of_it] : entry.outcomes) known += of_it;
    count = std::min(count, entry.errors - std::min(known, entry.errors));
    entry.outcomes.emplace_back(Outcome{"error", error}, count);
  };
  for (std::size_t i = 1; i < failures.size(); ++i) {
    const std::string endpoint = endpoint_of(failures.field(i, "Method"), failures.field(i, "Name"));
    const std::string error(failures.field(i, "Error"));
    const std::uint64_t count = summary::leading_count(failures.field(i, "Occurrences"));
    const auto entry = std::ranges::find(summary.whole.endpoints, endpoint, &SummaryEntry::endpoint);
    if (entry == summary.whole.endpoints.end()) continue;
    add(*entry, error, count);
    if (summary.whole.total) add(*summary.whole.total, error, count);
  }
}

class LocustCsv final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "locust-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "locust"; }
  [[nodiscard]] std::string_view description() const override { return "Locust statistics (CSV)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return is_title(head.substr(0, head.find('\n')));
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::tables_where(content, is_title);
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
        entry.endpoint = endpoint_of(type, name);
        result.whole.endpoints.push_back(std::move(entry));
      }
    }
    if (result.whole.endpoints.empty() && !result.whole.total) return fail(ErrorCode::input, "it has no rows");
    return result;
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
    const Table table(content);
    if (content.starts_with("Timestamp,")) add_history(table, summary);
    if (content.starts_with("Method,Name,Error,")) add_failures(table, summary);
  }
};

}  // namespace
}  // namespace locust_csv

const SummaryFormat& summary_locust_csv() {
  static const locust_csv::LocustCsv kFormat;
  return kFormat;
}

}  // namespace omniwriter
