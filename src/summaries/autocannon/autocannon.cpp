// Reader of summaries: autocannon JSON. See README.md for the rules.

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
namespace autocannon {
namespace {

/// The number behind the "p" of a member's name.
void add_quantile(SummaryEntry& entry, std::string percent, std::optional<double> seconds) {
  // "p97_5"; "p999" of versions before 3.
  const bool no_mark = percent.find('_') == std::string::npos && percent.size() > 2 && percent != "100";
  if (no_mark) percent.insert(2, 1, '.');
  std::ranges::replace(percent, '_', '.');
  summary::add_percentile(entry, percent, seconds);
}

class Autocannon final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "autocannon"; }
  [[nodiscard]] std::string_view tool() const override { return "autocannon"; }
  [[nodiscard]] std::string_view description() const override { return "autocannon JSON"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"url",      "connections", "pipelining", "duration", "start",      "finish",  "errors",
            "timeouts", "non2xx",      "latency",    "requests", "throughput", "samples", "statuscodestats"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::has_member(head, "pipelining") && summary::has_member(head, "non2xx");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    constexpr double kMs = 1e3;
    SummaryEntry& entry = result.whole.total.emplace();
    entry.endpoint = summary::path_of(root["url"].text());
    root["statusCodeStats"].for_each_member([&](std::string_view status, const summary::JsonValue& value) {
      summary::add_outcome(entry, summary::outcome_of(status), value["count"].count());
    });
    if (entry.samples == 0) {  // before 7.1
      for (const std::string_view name : {"1xx", "2xx", "3xx", "4xx", "5xx"}) {
        summary::add_outcome(entry, summary::outcome_of_class(name), root[name].count());
      }
    }
    const std::uint64_t timeouts = root["timeouts"].count();
    const std::uint64_t errors = root["errors"].count();
    summary::add_outcome(entry, {"error", "timeout"}, std::min(timeouts, errors));
    summary::add_outcome(entry, {"error", "connection_closed"}, errors - std::min(timeouts, errors));
    // Of a connection that breaks, autocannon says nothing but that it sent more than was answered. As many as there
    // are connections may still have been on their way.
    const std::uint64_t connections = root["connections"].count();
    const std::uint64_t sent = root["requests"]["sent"].count();
    const std::uint64_t lost = sent - std::min(sent, entry.samples);
    const double on_their_way = static_cast<double>(connections) * root["pipelining"].number().value_or(1);
    if (static_cast<double>(lost) > on_their_way) summary::add_outcome(entry, {"error", "unanswered"}, lost);
    const summary::JsonValue latency = root["latency"];
    entry.mean = latency["mean"].number_over(kMs);
    entry.minimum = latency["min"].number_over(kMs);
    entry.maximum = latency["max"].number_over(kMs);
    latency.for_each_member([&](std::string_view name, const summary::JsonValue& value) {
      if (name.starts_with('p')) add_quantile(entry, std::string(name.substr(1)), value.number_over(kMs));
    });
    entry.bytes_received = root["throughput"]["total"].count();
    result.whole.users = static_cast<std::uint32_t>(std::min(connections, std::uint64_t{1} << 31));
    result.start_ns = parse_rfc3339(root["start"].text()).value_or(0);
    result.duration_seconds = root["duration"].number().value_or(0);
    return result;
  }
};

}  // namespace
}  // namespace autocannon

const SummaryFormat& summary_autocannon() {
  static const autocannon::Autocannon kFormat;
  return kFormat;
}

}  // namespace omniwriter
