// Reader of summaries: JMeter statistics.json. See README.md for the rules.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace jmeter_statistics {
namespace {

/// Samples, errors and milliseconds of response time: exact, for JMeter's times are whole.
struct Sums {
  std::int64_t samples = 0;
  std::int64_t errors = 0;
  std::int64_t ms = 0;
  bool operator==(const Sums&) const = default;
  [[nodiscard]] Sums without(const Sums& other) const {
    return {samples - other.samples, errors - other.errors, ms - other.ms};
  }
};

Sums sums_of(const SummaryEntry& entry) {
  constexpr double kMostMs = 1e15;
  const double ms = entry.mean.value_or(0) * 1e3 * static_cast<double>(entry.samples);
  return {static_cast<std::int64_t>(entry.samples), static_cast<std::int64_t>(entry.errors),
          ms < kMostMs ? std::llround(ms) : 0};
}

/// Transaction controllers have lines of their own, but do not count in the total. The lines that the total leaves out
/// are those that make up the difference.
bool mark_transactions(std::vector<SummaryEntry>& entries, std::size_t from, const Sums& left, int& tries) {
  if (left == Sums{}) return true;
  for (std::size_t i = from; i < entries.size() && tries > 0; ++i, --tries) {
    const Sums without = left.without(sums_of(entries[i]));
    if (without.samples < 0 || without.errors < 0 || without.ms < 0) continue;
    if (!mark_transactions(entries, i + 1, without, tries)) continue;
    entries[i].kind = SampleKind::transaction;
    return true;
  }
  return false;
}

class JmeterStatistics final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-statistics"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override { return "JMeter statistics.json"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"transaction",   "samplecount", "errorcount", "errorpct",    "meanrestime",
            "medianrestime", "minrestime",  "maxrestime", "pct1restime", "throughput"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::has_member(head, "sampleCount") && summary::has_member(head, "pct1ResTime");
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
    root.for_each_member([&](std::string_view label, const summary::JsonValue& told) {
      SummaryEntry entry;
      entry.samples = told["sampleCount"].count();
      entry.errors = told["errorCount"].count();
      entry.mean = told["meanResTime"].number_over(kMs);
      entry.minimum = told["minResTime"].number_over(kMs);
      entry.maximum = told["maxResTime"].number_over(kMs);
      const auto add_quantile = [&](double q, const char* name) {
        if (const auto seconds = told[name].number_over(kMs)) entry.quantiles.emplace_back(q, *seconds);
      };
      add_quantile(0.5, "medianResTime");
      add_quantile(0.9, "pct1ResTime");
      add_quantile(0.95, "pct2ResTime");
      add_quantile(0.99, "pct3ResTime");
      const double rate = told["throughput"].number().value_or(0);
      const double seconds = rate > 0 ? static_cast<double>(entry.samples) / rate : 0;
      const auto bytes = [&](const char* name) {
        return summary::count_of(told[name].number().value_or(0) * 1024 * seconds);
      };
      entry.bytes_received = bytes("receivedKBytesPerSec");
      entry.bytes_sent = bytes("sentKBytesPerSec");
      if (label == "Total") {
        result.duration_seconds = seconds;
        if (rate > 0) result.throughput_rps = rate;
        result.whole.total = std::move(entry);
      } else {
        entry.endpoint = label;
        summary::add_endpoint(result, std::move(entry));
      }
    });
    if (!result.whole.total) return result;
    Sums all;
    for (const SummaryEntry& entry : result.whole.endpoints) {
      const Sums sums = sums_of(entry);
      all = {all.samples + sums.samples, all.errors + sums.errors, all.ms + sums.ms};
    }
    int tries = 100'000;
    mark_transactions(result.whole.endpoints, 0, all.without(sums_of(*result.whole.total)), tries);
    return result;
  }
};

}  // namespace
}  // namespace jmeter_statistics

const SummaryFormat& summary_jmeter_statistics() {
  static const jmeter_statistics::JmeterStatistics kFormat;
  return kFormat;
}

}  // namespace omniwriter
