// Reader of the text that wrk and wrk2 print. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace wrk {
namespace {

using summary::leading_count;
using summary::words_of;

constexpr std::string_view kTest = " test @ ";

/// "connect 0, read 504, write 0, timeout 0": the number behind a word.
std::uint64_t number_behind(std::string_view line, std::string_view word) {
  const std::size_t at = line.find(word);
  return at == std::string_view::npos ? 0 : leading_count(line.substr(at + word.size()));
}

void add_quantile(SummaryEntry& entry, std::optional<double> q, std::optional<double> seconds) {
  const auto same = [&](const auto& known) { return known.first == *q; };
  if (!q || !seconds || !(*q > 0 && *q < 1) || std::ranges::any_of(entry.quantiles, same)) return;
  entry.quantiles.emplace_back(*q, *seconds);
}

class Wrk final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "wrk"; }
  [[nodiscard]] std::string_view tool() const override { return "wrk"; }
  [[nodiscard]] std::string_view description() const override { return "wrk and wrk2 text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("Running ") != std::string_view::npos && head.find(kTest) != std::string_view::npos &&
           head.find("Thread Stats") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_where(content, [](std::string_view line) {
      return line.starts_with("Running ") && line.find(kTest) != std::string_view::npos;
    });
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
    std::uint64_t lost = 0;
    std::uint64_t refused = 0;
    std::uint64_t late = 0;
    bool spectrum = false;
    bool first_spectrum = true;  // a second one is of uncorrected latencies
    for (const std::string_view line : summary::lines_of(content)) {
      const auto words = words_of(line);
      if (words.empty()) continue;
      if (const std::size_t at = line.find(kTest); line.starts_with("Running ") && at != std::string_view::npos) {
        entry.endpoint = summary::path_of(line.substr(at + kTest.size()));
      } else if (line.find("threads and") != std::string_view::npos && words.size() > 3) {
        result.whole.users = static_cast<std::uint32_t>(std::min(leading_count(words[3]), std::uint64_t{1} << 31));
      } else if (words.size() == 5 && words[0] == "Latency" && !entry.mean) {
        entry.mean = summary::seconds_of(words[1]);
        entry.maximum = summary::seconds_of(words[3]);
      } else if (words.size() == 2 && words[0].ends_with('%') && first_spectrum) {
        add_quantile(entry, summary::quantile_of(words[0]), summary::seconds_of(words[1]));
      } else if (line.starts_with("Detailed Percentile spectrum")) {
        spectrum = first_spectrum;
      } else if (spectrum && words.size() == 4) {
        const auto ms = summary::number_of(words[0]);
        add_quantile(entry, summary::number_of(words[1]), ms ? std::optional(*ms / 1e3) : std::nullopt);
      } else if (line.starts_with("#[")) {
        spectrum = first_spectrum = false;
      } else if (words.size() >= 4 && words[1] == "requests" && words[2] == "in") {
        answered = leading_count(words[0]);
        const std::size_t comma = words[3].find(',');
        result.duration_seconds = summary::seconds_of(words[3].substr(0, comma)).value_or(0);
        if (words.size() > 4) entry.bytes_received = summary::bytes_of(words[4]);
      } else if (line.starts_with("Socket errors:")) {
        lost = number_behind(line, "read ") + number_behind(line, "write ");
        refused = number_behind(line, "connect ");
        late = number_behind(line, "timeout ");
      } else if (line.starts_with("Non-2xx or 3xx responses:")) {
        failed = leading_count(line.substr(line.find(':') + 1));
      } else if (line.starts_with("Requests/sec:")) {
        result.throughput_rps = summary::leading_number(line.substr(line.find(':') + 1));
      }
    }
    // Who loses the connection gets no answer; who waits too long gets one in the end, which may be a failure too.
    if (answered + lost + refused == 0) return fail(ErrorCode::input, "it tells of no requests: the test was cut off");
    failed = std::min(failed, answered);
    late = std::min(late, answered - failed);
    entry.samples = answered + lost + refused;
    entry.errors = failed + late + lost + refused;
    entry.outcomes = {{{"error", "http_error"}, failed},
                      {{"error", "timeout"}, late},
                      {{"error", "connection_closed"}, lost},
                      {{"error", "connect"}, refused}};
    // Which has more digits than the duration.
    if (result.throughput_rps && *result.throughput_rps > 0) {
      result.duration_seconds = static_cast<double>(answered) / *result.throughput_rps;
    }
    return result;
  }
};

}  // namespace
}  // namespace wrk

const SummaryFormat& summary_wrk() {
  static const wrk::Wrk kFormat;
  return kFormat;
}

}  // namespace omniwriter
