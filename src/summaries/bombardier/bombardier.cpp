// Reader of summaries: bombardier JSON. See README.md for the rules.

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
namespace bombardier {
namespace {

class Bombardier final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "bombardier"; }
  [[nodiscard]] std::string_view tool() const override { return "bombardier"; }
  [[nodiscard]] std::string_view description() const override { return "bombardier JSON"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override { return {"spec", "result"}; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::first_member(head) == "spec" && summary::has_member(head, "timeTakenSeconds");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    constexpr double kUs = 1e6;
    const summary::JsonValue measured = root["result"];
    SummaryEntry& entry = result.whole.total.emplace();
    entry.endpoint = summary::path_of(root["spec"]["url"].text());
    for (const std::string name : {"1xx", "2xx", "3xx", "4xx", "5xx"}) {
      summary::add_outcome(entry, summary::outcome_of_class(name), measured["req" + name].count());
    }
    std::uint64_t others = measured["others"].count();
    measured["errors"].for_each_element([&](const summary::JsonValue& error) {
      const std::uint64_t count = std::min(error["count"].count(), others);
      summary::add_error(entry, error["description"].text(), count);
      others -= count;
    });
    summary::add_outcome(entry, {"error", "error"}, others);
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
