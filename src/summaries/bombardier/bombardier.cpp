// Reader of summaries: bombardier JSON. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/text.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace bombardier {
namespace {

class Bombardier final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "bombardier"; }
  [[nodiscard]] std::string_view tool() const override { return "bombardier"; }
  [[nodiscard]] std::string_view description() const override { return "bombardier JSON"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::first_member(head) == "spec" && summary::has_member(head, "timeTakenSeconds");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    constexpr double kUs = 1e6;
    const summary::JsonValue measured = root["result"];
    SummaryEntry& entry = result.whole.total.emplace();
    entry.endpoint = summary::path_of(root["spec"]["url"].text());
    summary::add_outcome(entry, {"1xx", ""}, measured["req1xx"].count());
    summary::add_outcome(entry, {"2xx", ""}, measured["req2xx"].count());
    summary::add_outcome(entry, {"3xx", ""}, measured["req3xx"].count());
    summary::add_outcome(entry, {"4xx", "http_4xx"}, measured["req4xx"].count());
    summary::add_outcome(entry, {"5xx", "http_5xx"}, measured["req5xx"].count());
    summary::add_outcome(entry, {"error", "error"}, measured["others"].count());
    entry.mean = measured["latency"]["mean"].number_over(kUs);
    entry.maximum = measured["latency"]["max"].number_over(kUs);
    measured["latency"]["percentiles"].for_each_member([&](std::string_view percent, const summary::JsonValue& value) {
      summary::add_percentile(entry, percent, value.number_over(kUs));
    });
    entry.bytes_received = measured["bytesRead"].count();
    entry.bytes_sent = measured["bytesWritten"].count();
    const std::uint64_t connections = root["spec"]["numberOfConnections"].count();
    result.whole.users = static_cast<std::uint32_t>(std::min(connections, std::uint64_t{1} << 31));
    result.duration_seconds = measured["timeTakenSeconds"].number().value_or(0);
    return result;
  }
};

}  // namespace
}  // namespace bombardier

const SummaryFormat& summary_bombardier() {
  static const bombardier::Bombardier kFormat;
  return kFormat;
}

}  // namespace omniwriter
