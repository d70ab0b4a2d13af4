#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/csv_field.h"
#include "model/response_times.h"
#include "reports/display_width.h"
#include "reports/report.h"
#include "reports/run_summary.h"

namespace omniwriter {
namespace {

// What a spreadsheet would take for a formula gets an apostrophe before it, which makes it text there.
std::string field(std::string_view text) {
  const std::string visible = visible_text(text);
  const bool is_formula = !visible.empty() && std::string_view("=+-@").find(visible.front()) != std::string_view::npos;
  return csv_field(is_formula ? "'" + visible : visible);
}

/// Empty where it is not known.
std::string cell(const std::optional<double>& value) { return value ? fmt::format(",{:.6g}", *value) : ","; }
std::string cell(const std::optional<std::uint64_t>& value) { return value ? fmt::format(",{}", *value) : ","; }

}  // namespace

std::string csv_report(const ReportInput& input) {
  const RunSummary summary(input.run);
  std::string csv =
      "endpoint,samples,errors,error_ratio,throughput_rps,mean_seconds,min_seconds,p50_seconds,p90_seconds,p95_seconds,"
      "p99_seconds,p99_9_seconds,max_seconds,bytes_received,bytes_sent,share_of_time,reported,kind,"
      "stddev_seconds,apdex\r\n";
  const auto add_row = [&](const EndpointSummary& endpoint, std::string_view kind) {
    const TallySummary& numbers = endpoint.numbers;
    const Tally& tally = numbers.tally;
    csv += fmt::format("{},{},{},{:.6g},{:.6g}", field(endpoint.endpoint), numbers.samples, numbers.errors,
                       numbers.error_ratio, numbers.throughput_rps);
    csv += cell(tally.mean()) + cell(tally.minimum());
    for (const double q : {0.5, 0.9, 0.95, 0.99, 0.999}) csv += cell(tally.quantile(q));
    csv += cell(tally.maximum()) + cell(input.run.received(tally.bytes_received)) +
           cell(input.run.sent(tally.bytes_sent)) +
           fmt::format(",{:.6g},{},{}", endpoint.share, input.run.reported.has_value(), kind);
    const auto satisfaction =
        satisfaction_of(tally, numbers.errors, std::chrono::duration<double>(input.apdex).count());
    csv += cell(standard_deviation(tally)) + cell(satisfaction ? std::optional(satisfaction->apdex) : std::nullopt);
    csv += "\r\n";
  };
  for (const EndpointSummary& endpoint : summary.endpoints) add_row(endpoint, "request");
  for (const EndpointSummary& transaction : summary.transactions) add_row(transaction, "transaction");
  return csv;
}

}  // namespace omniwriter
