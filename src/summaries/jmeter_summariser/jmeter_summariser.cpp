// Reader of the lines of JMeter's summariser. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/summary/text.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace jmeter_summariser {
namespace {

/// "00:01:02.5": hours, minutes, seconds.
double seconds_of_clock(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    seconds = seconds * 60 + summary::number_of(text.substr(0, colon)).value_or(0);
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return seconds;
}

class JmeterSummariser final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-summariser"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override { return "JMeter summariser (console or jmeter.log)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("/s Avg: ") != std::string_view::npos && head.find(" Min: ") != std::string_view::npos &&
           head.find(" Err: ") != std::string_view::npos;
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    for (const std::string_view line : summary::lines_of(content)) {
      if (line.starts_with("Starting") && line.ends_with(')')) {
        // "Starting standalone test @ 2026 Nov 23 15:14:15 UTC (1795446855353)"
        const std::uint64_t ms = summary::leading_count(line.substr(line.rfind('(') + 1));
        constexpr std::uint64_t kLatestMs = 4'102'444'800'000;  // the year 2100
        if (ms < kLatestMs) result.start_ns = static_cast<std::int64_t>(ms) * 1'000'000;
      }
      // "summary =   2400 in 00:00:19 =  124.3/s Avg:    34 Min:     0 Max:   360 Err:   359 (14.96%)", again and again
      const auto words = summary::words_of(line);
      const auto equals = std::ranges::find(words, "=");
      const auto rest = static_cast<std::size_t>(words.end() - equals);
      constexpr std::size_t kWords = 13;
      if (rest < kWords || equals[2] != "in" || equals[4] != "=" || equals[6] != "Avg:" || equals[12] != "Err:")
        continue;
      if (rest == kWords) continue;
      entry.samples = summary::leading_count(equals[1]);
      entry.errors = summary::leading_count(equals[13]);
      result.duration_seconds = seconds_of_clock(equals[3]);
      result.throughput_rps = summary::leading_number(equals[5]);
      const auto ms = [&](std::size_t at) {
        const auto value = summary::number_of(equals[static_cast<std::ptrdiff_t>(at)]);
        return value ? std::optional(*value / 1e3) : std::nullopt;
      };
      entry.mean = ms(7);
      entry.minimum = ms(9);
      entry.maximum = ms(11);
      entry.endpoint = summary::trimmed(line.substr(0, line.find(" = ")));
    }
    if (entry.samples == 0) return fail(ErrorCode::input, "it has no line of totals (summary = …)");
    entry.endpoint.clear();
    return result;
  }
};

}  // namespace
}  // namespace jmeter_summariser

const SummaryFormat& summary_jmeter_summariser() {
  static const jmeter_summariser::JmeterSummariser kFormat;
  return kFormat;
}

}  // namespace omniwriter
