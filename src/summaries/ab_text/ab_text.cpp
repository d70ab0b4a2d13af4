// Reader of summaries: ab text. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace ab_text {
namespace {

class AbText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "ab-text"; }
  [[nodiscard]] std::string_view tool() const override { return "ab"; }
  [[nodiscard]] std::string_view description() const override { return "ab text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("This is ApacheBench") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "This is ApacheBench");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    const auto lines = summary::lines_of(content);
    SummaryEntry& entry = result.whole.total.emplace();
    const auto count = [&](std::string_view name) { return summary::leading_count(summary::value_of(lines, name)); };
    entry.endpoint = summary::value_of(lines, "Document Path:");
    entry.samples = count("Complete requests:");
    if (entry.samples == 0) return fail(ErrorCode::input, "it tells of no complete requests: the test was cut off");
    // An answer of another status mostly has another length too, which ab counts as failed.
    const std::uint64_t other_status = std::min(count("Non-2xx responses:"), entry.samples);
    entry.errors = std::min(std::max(count("Failed requests:"), other_status), entry.samples);
    entry.outcomes = {{{"error", "http_error"}, other_status}};
    entry.bytes_received = count("Total transferred:");
    bool percentages = false;
    for (const std::string_view line : lines) {
      const auto words = summary::words_of(line);
      percentages = percentages || line.starts_with("Percentage of the requests");
      if (words.size() == 6 && words[0] == "Total:") {  // min, mean, deviation, median, max
        const auto ms = [&](std::size_t at) {
          const auto value = summary::number_of(words[at]);
          return value ? std::optional(*value / 1e3) : std::nullopt;
        };
        entry.minimum = ms(1);
        entry.mean = ms(2);
        entry.maximum = ms(5);
      } else if (percentages && words.size() >= 2) {
        const auto q = summary::quantile_of(words[0]);
        const auto value = summary::number_of(words[1]);
        if (q && value && *q > 0 && *q < 1) entry.quantiles.emplace_back(*q, *value / 1e3);
      }
    }
    result.whole.users = static_cast<std::uint32_t>(std::min(count("Concurrency Level:"), std::uint64_t{1} << 31));
    result.throughput_rps = summary::leading_number(summary::value_of(lines, "Requests per second:"));
    result.duration_seconds = summary::leading_number(summary::value_of(lines, "Time taken for tests:")).value_or(0);
    return result;
  }
};

}  // namespace
}  // namespace ab_text

const SummaryFormat& summary_ab_text() {
  static const ab_text::AbText kFormat;
  return kFormat;
}

}  // namespace omniwriter
