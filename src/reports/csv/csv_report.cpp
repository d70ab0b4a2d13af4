#include <fmt/format.h>

#include <string>
#include <string_view>

#include "reports/display_width.h"
#include "reports/report.h"
#include "reports/run_summary.h"

namespace omniwriter {
namespace {

/// A field in quotes where it needs them.
std::string field(std::string_view text) {
  std::string visible = visible_text(text);
  if (visible.find_first_of(",\"") == std::string::npos && !visible.starts_with(' ') && !visible.ends_with(' ')) {
    return visible;
  }
  std::string quoted = "\"";
  for (const char c : visible) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string csv_report(const ReportInput& input) {
  const RunSummary summary(input.run);
  std::string csv =
      "endpoint,samples,errors,error_ratio,throughput_rps,mean_seconds,min_seconds,p50_seconds,p90_seconds,p95_seconds,"
      "p99_seconds,p99_9_seconds,max_seconds,bytes_received,bytes_sent,share_of_time\r\n";
  for (const EndpointSummary& endpoint : summary.endpoints) {
    const TallySummary& numbers = endpoint.numbers;
    const Histogram& times = numbers.tally.response_time;
    csv +=
        fmt::format("{},{},{},{:.6g},{:.6g},{:.6g},{:.6g}", field(endpoint.endpoint), numbers.samples, numbers.errors,
                    numbers.error_ratio, numbers.throughput_rps, times.mean_seconds(), times.min_seconds());
    for (const double q : {0.5, 0.9, 0.95, 0.99, 0.999}) csv += fmt::format(",{:.6g}", times.quantile(q));
    csv += fmt::format(",{:.6g},{},{},{:.6g}\r\n", times.max_seconds(), numbers.tally.bytes_received,
                       numbers.tally.bytes_sent, endpoint.share);
  }
  return csv;
}

}  // namespace omniwriter
