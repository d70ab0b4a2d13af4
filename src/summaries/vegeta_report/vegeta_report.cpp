// Reader of summaries: vegeta report (JSON). See README.md for the rules.

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
namespace vegeta_report {
namespace {

class VegetaReport final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "vegeta-report"; }
  [[nodiscard]] std::string_view tool() const override { return "vegeta"; }
  [[nodiscard]] std::string_view description() const override { return "vegeta report (JSON)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"latencies", "bytesin",  "bytesout", "earliest",   "latest",  "end",         "duration",
            "wait",      "requests", "rate",     "throughput", "success", "statuscodes", "errors"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return !summary::first_member(head).empty() && summary::has_member(head, "latencies") &&
           summary::has_member(head, "bytes_in") && summary::has_member(head, "status_codes");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    constexpr double kNs = 1e9;
    SummaryEntry& entry = result.whole.total.emplace();
    root["status_codes"].for_each_member([&](std::string_view status, const summary::JsonValue& value) {
      summary::add_outcome(entry, summary::outcome_of(status), value.count());
    });
    const summary::JsonValue latencies = root["latencies"];
    entry.mean = latencies["mean"].number_over(kNs);
    entry.minimum = latencies["min"].number_over(kNs);
    entry.maximum = latencies["max"].number_over(kNs);
    latencies.for_each_member([&](std::string_view name, const summary::JsonValue& value) {
      if (name.ends_with("th")) summary::add_percentile(entry, name.substr(0, name.size() - 2), value.number_over(kNs));
    });
    entry.bytes_received = root["bytes_in"]["total"].count();
    entry.bytes_sent = root["bytes_out"]["total"].count();
    const auto start_ns = parse_rfc3339(root["earliest"].text());
    const auto end_ns = parse_rfc3339(root["end"].text());
    if (start_ns && end_ns && *start_ns > 0 && *end_ns >= *start_ns) {
      result.start_ns = *start_ns;
      result.duration_seconds = static_cast<double>(*end_ns - *start_ns) / 1e9;
    }
    return result;
  }
};

}  // namespace
}  // namespace vegeta_report

const SummaryFormat& summary_vegeta_report() {
  static const vegeta_report::VegetaReport kFormat;
  return kFormat;
}

}  // namespace omniwriter
