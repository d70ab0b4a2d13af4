// Reader of summaries: oha JSON. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace oha_report {
namespace {

class OhaReport final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "oha-report"; }
  [[nodiscard]] std::string_view tool() const override { return "oha"; }
  [[nodiscard]] std::string_view description() const override { return "oha JSON"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {
        "summary", "responsetimehistogram", "latencypercentiles", "statuscodedistribution", "errordistribution", "rps",
        "details"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::first_member(head) == "summary" && summary::has_member(head, "successRate");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    root["statusCodeDistribution"].for_each_member([&](std::string_view status, const summary::JsonValue& value) {
      summary::add_outcome(entry, summary::outcome_of(status), value.count());
    });
    root["errorDistribution"].for_each_member([&](std::string_view error, const summary::JsonValue& value) {
      // Those did not end: the test did.
      if (error != "aborted due to deadline") summary::add_error(entry, error, value.count());
    });
    const summary::JsonValue told = root["summary"];
    entry.mean = told["average"].number();
    entry.minimum = told["fastest"].number();
    entry.maximum = told["slowest"].number();
    root["latencyPercentiles"].for_each_member([&](std::string_view name, const summary::JsonValue& value) {
      if (name.starts_with('p')) summary::add_percentile(entry, name.substr(1), value.number());
    });
    entry.bytes_received = told["totalData"].count();
    result.duration_seconds = told["total"].number().value_or(0);
    result.throughput_rps = told["requestsPerSec"].number();
    return result;
  }
};

}  // namespace
}  // namespace oha_report

const SummaryFormat& summary_oha_report() {
  static const oha_report::OhaReport kFormat;
  return kFormat;
}

}  // namespace omniwriter
