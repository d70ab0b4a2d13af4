// Reader of summaries: Locust JSON. See README.md for the rules.

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
namespace locust_json {
namespace {

/// Locust rounds to two significant digits, from 100 ms on.
double step_at(double ms) { return ms < 100 ? 1 : ms < 1000 ? 10 : ms < 10'000 ? 100 : 1000; }

class LocustJson final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "locust-json"; }
  [[nodiscard]] std::string_view tool() const override { return "locust"; }
  [[nodiscard]] std::string_view description() const override { return "Locust JSON"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"name",
            "method",
            "numrequests",
            "numfailures",
            "responsetimes",
            "totalresponsetime",
            "lastrequesttimestamp",
            "starttime"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::trimmed(head).starts_with('[') && summary::has_member(head, "num_requests") &&
           summary::has_member(head, "response_times");
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
    double first = 0;
    double last = 0;
    root.for_each_element([&](const summary::JsonValue& told) {
      SummaryEntry entry;
      entry.endpoint = summary::trimmed(std::string(told["method"].text()) + " " + std::string(told["name"].text()));
      entry.samples = told["num_requests"].count();
      entry.errors = told["num_failures"].count();
      DistributionBuilder distribution;
      std::uint64_t timed = 0;
      told["response_times"].for_each_member([&](std::string_view key, const summary::JsonValue& value) {
        const double ms = summary::number_of(key).value_or(0);
        const double half = step_at(ms) / 2;
        distribution.add(std::max(ms - half, 0.0) / kMs, (ms == 0 ? 0 : ms + half) / kMs, value.count());
        timed += value.count();
      });
      if (timed < entry.samples) distribution.add(0, 0, entry.samples - timed);  // without a response time
      entry.distribution = distribution.finish();
      if (const auto sum = told["total_response_time"].number(); sum && entry.samples > 0) {
        entry.mean = *sum / static_cast<double>(entry.samples) / kMs;
      }
      if (const auto ms = told["min_response_time"].number()) entry.minimum = *ms / kMs;
      if (const auto ms = told["max_response_time"].number()) entry.maximum = *ms / kMs;
      entry.bytes_received = told["total_content_length"].count();
      const auto start = told["start_time"].number();
      if (start && (first == 0 || *start < first)) first = *start;
      last = std::max(last, told["last_request_timestamp"].number().value_or(0));
      summary::add_endpoint(result, std::move(entry));
    });
    constexpr double kMaxSeconds = 4e9;  // the year 2096
    if (first > 0 && last >= first && last < kMaxSeconds) {
      result.start_ns = static_cast<std::int64_t>(first * 1e9);
      result.duration_seconds = last - first;
    }
    return result;
  }
};

}  // namespace
}  // namespace locust_json

const SummaryFormat& summary_locust_json() {
  static const locust_json::LocustJson kFormat;
  return kFormat;
}

}  // namespace omniwriter
