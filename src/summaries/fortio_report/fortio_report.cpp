// Reader of summaries: fortio JSON. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace fortio_report {
namespace {

class FortioReport final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "fortio-report"; }
  [[nodiscard]] std::string_view tool() const override { return "fortio"; }
  [[nodiscard]] std::string_view description() const override { return "fortio JSON"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"runtype",           "labels",    "starttime",      "requestedqps",
            "requestedduration", "actualqps", "actualduration", "numthreads",
            "durationhistogram", "retcodes",  "sizes"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::has_member(head, "RunType") && summary::has_member(head, "DurationHistogram");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    const summary::JsonValue histogram = root["DurationHistogram"];
    SummaryEntry& entry = result.whole.total.emplace();
    entry.endpoint = root["URL"].text().empty() ? std::string() : summary::path_of(root["URL"].text());
    DistributionBuilder distribution;
    std::uint64_t counted = 0;
    histogram["Data"].for_each_element([&](const summary::JsonValue& bucket) {
      const std::uint64_t count = bucket["Count"].count();
      distribution.add(bucket["Start"].number().value_or(0), bucket["End"].number().value_or(0), count);
      counted += count;
    });
    root["RetCodes"].for_each_member([&](std::string_view status, const summary::JsonValue& value) {
      // gRPC tells "SERVING" where all is well.
      summary::add_outcome(entry, status == "SERVING" ? Outcome{"ok", ""} : summary::outcome_of(status), value.count());
    });
    if (counted != entry.samples) return fail(ErrorCode::input, "its histogram does not hold all of its requests");
    if (counted != 0) entry.distribution = distribution.finish();
    entry.mean = histogram["Avg"].number();
    entry.minimum = histogram["Min"].number();
    entry.maximum = histogram["Max"].number();
    histogram["Percentiles"].for_each_element([&](const summary::JsonValue& percentile) {
      const auto q = percentile["Percentile"].number();
      const auto seconds = percentile["Value"].number();
      if (q && seconds && *q > 0 && *q < 100) entry.quantiles.emplace_back(*q / 100, *seconds);
    });
    entry.bytes_received = root["Sizes"]["Sum"].count();
    result.whole.users = static_cast<std::uint32_t>(std::min(root["NumThreads"].count(), std::uint64_t{1} << 31));
    result.start_ns = parse_rfc3339(root["StartTime"].text()).value_or(0);
    result.duration_seconds = root["ActualDuration"].number().value_or(0) / 1e9;
    result.throughput_rps = root["ActualQPS"].number();
    return result;
  }
};

}  // namespace
}  // namespace fortio_report

const SummaryFormat& summary_fortio_report() {
  static const fortio_report::FortioReport kFormat;
  return kFormat;
}

}  // namespace omniwriter
