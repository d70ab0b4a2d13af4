// Reader of the lines of JMeter's summariser. See README.md for the rules.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/local_dates.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace jmeter_summariser {
namespace {

/// "00:01:02.5": hours, minutes, seconds; before version 2.13 "217s".
double seconds_of_clock(std::string_view text) {
  if (text.ends_with('s')) text.remove_suffix(1);
  double seconds = 0;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    seconds = seconds * 60 + summary::number_of(text.substr(0, colon)).value_or(0);
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return seconds;
}

/// "summary =   2400 in 00:00:19 =  124.3/s Avg:    34 Min:     0 Max:   360 Err:   359 (14.96%)": all so far; with a +
/// in the place of the first =: since the last such line. In the log, with date, level and logger in front.
struct Line {
  std::string_view name;
  bool is_total = false;
  std::uint64_t samples = 0;
  std::uint64_t errors = 0;
  double seconds = 0;
  std::optional<double> rate, mean, minimum, maximum;
};

std::optional<Line> line_of(std::string_view line) {
  const auto words = summary::words_of(line);
  const auto sign = std::ranges::find_if(words, [](std::string_view word) { return word == "=" || word == "+"; });
  constexpr std::ptrdiff_t kWords = 14;
  if (sign == words.begin() || words.end() - sign < kWords || sign[2] != "in" || sign[4] != "=" || sign[6] != "Avg:" ||
      sign[12] != "Err:") {
    return std::nullopt;
  }
  const auto seconds = [&](std::ptrdiff_t at) {
    const auto ms = summary::number_of(sign[at]);
    return ms ? std::optional(*ms / 1e3) : std::nullopt;
  };
  return Line{sign[-1],
              *sign == "=",
              summary::leading_count(sign[1]),
              summary::leading_count(sign[13]),
              seconds_of_clock(sign[3]),
              summary::leading_number(sign[5]),
              seconds(7),
              seconds(9),
              seconds(11)};
}

/// Of a line of the log, in nanoseconds: "2026-03-04 17:24:12,906 INFO …"; before version 3.2 "2026/03/04 14:53:54
/// INFO".
std::optional<std::int64_t> date_of(std::string_view line) {
  constexpr std::size_t kSeconds = 19;
  constexpr std::size_t kMilliseconds = 23;
  LocalDates dates;
  const auto exact = dates.nanoseconds(line.substr(0, kMilliseconds));
  return exact ? exact : dates.nanoseconds(line.substr(0, kSeconds));
}

/// Said when a test begins: on the console, in the log, and in the log of a JMeter that is started.
bool begins_test(std::string_view line) {
  const auto says = [&](std::string_view words) { return line.find(words) != std::string_view::npos; };
  return (line.starts_with("Starting ") && says(" test @ ")) || says(": Running the test!") ||
         says("JMeter: Version ") || line.starts_with("Creating summariser <");
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

  /// Totals that fall, or do not hold what was counted since the last one, are those of another test.
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    std::vector<std::size_t> beginnings;
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t first = kNone;  // line since the last total that may be of another test
    const auto may_begin = [&](std::size_t at) { first = std::min(first, at); };
    bool begun = true;
    std::optional<Line> total;
    std::uint64_t more = 0;
    for (std::size_t at = 0; at < content.size();) {
      const std::size_t end = std::min(content.find('\n', at), content.size());
      const std::string_view text = summary::trimmed(content.substr(at, end - at));
      if (begins_test(text)) {
        begun = true;
        may_begin(at);
      } else if (const auto line = line_of(text); line && (!total || line->name == total->name)) {
        if (line->is_total) {
          const bool same =
              !begun && total && line->samples >= total->samples + more && line->seconds >= total->seconds;
          may_begin(at);
          if (!same) beginnings.push_back(first);
          total = line;
          first = kNone;
          begun = false;
          more = 0;
        } else {
          may_begin(at);
          more += line->samples;
        }
      }
      at = end + 1;
    }
    return beginnings;
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    std::optional<std::int64_t> ended_ns;
    for (const std::string_view text : summary::lines_of(content)) {
      if (text.starts_with("Starting") && text.ends_with(')')) {
        // "Starting standalone test @ 2026 Nov 23 15:14:15 UTC (1795446855353)"
        const std::uint64_t ms = summary::leading_count(text.substr(text.rfind('(') + 1));
        constexpr std::uint64_t kLatestMs = 4'102'444'800'000;  // the year 2100
        if (ms < kLatestMs) result.start_ns = static_cast<std::int64_t>(ms) * 1'000'000;
      }
      const auto line = line_of(text);  // again and again: the last one counts
      if (!line || !line->is_total) continue;
      entry.samples = line->samples;
      entry.errors = line->errors;
      entry.mean = line->mean;
      entry.minimum = line->minimum;
      entry.maximum = line->maximum;
      result.duration_seconds = line->seconds;
      result.throughput_rps = line->rate;
      ended_ns = date_of(text);
    }
    if (entry.samples == 0) return fail(ErrorCode::input, "it has no line of totals (summary = …)");
    if (result.start_ns == 0 && ended_ns && *ended_ns > 0) {
      result.start_ns = std::max<std::int64_t>(*ended_ns - std::llround(result.duration_seconds * 1e9), 0);
    }
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
