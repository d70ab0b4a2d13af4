// Reader of summaries: hey text. See README.md for the rules.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace hey_text {
namespace {

class HeyText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "hey-text"; }
  [[nodiscard]] std::string_view tool() const override { return "hey"; }
  [[nodiscard]] std::string_view description() const override { return "hey text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("Slowest:") != std::string_view::npos && head.find("Fastest:") != std::string_view::npos &&
           head.find(" secs") != std::string_view::npos && head.find("Requests/sec:") != std::string_view::npos &&
           head.find("Success rate:") == std::string_view::npos;  // which is oha
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "Summary:");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    const auto lines = summary::lines_of(content);
    SummaryEntry& entry = result.whole.total.emplace();
    const auto seconds = [&](std::string_view name) { return summary::leading_number(summary::value_of(lines, name)); };
    bool errors = false;
    for (const std::string_view line : lines) {
      const auto words = summary::words_of(line);
      if (line == "Error distribution:") errors = true;
      if (words.size() == 4 && words[1] == "in" && words[3] == "secs") {
        const auto q = summary::quantile_of(words[0]);
        const auto time = summary::number_of(words[2]);
        if (q && time && *q > 0 && *q < 1) entry.quantiles.emplace_back(*q, *time);
      } else if (line.starts_with('[') && line.find(']') != std::string_view::npos) {
        const std::string_view bracketed = line.substr(1, line.find(']') - 1);
        const std::string_view rest = summary::trimmed(line.substr(line.find(']') + 1));
        if (errors) {
          summary::add_error(entry, rest, summary::leading_count(bracketed));
        } else if (rest.ends_with("responses")) {
          summary::add_outcome(entry, summary::outcome_of(bracketed), summary::leading_count(rest));
        }
      }
    }
    if (entry.samples == 0) return fail(ErrorCode::input, "it tells of no requests");
    entry.mean = seconds("Average:");
    entry.minimum = seconds("Fastest:");
    entry.maximum = seconds("Slowest:");
    entry.bytes_received = summary::leading_count(summary::value_of(lines, "Total data:"));
    result.duration_seconds = seconds("Total:").value_or(0);
    result.throughput_rps = seconds("Requests/sec:");
    return result;
  }
};

}  // namespace
}  // namespace hey_text

const SummaryFormat& summary_hey_text() {
  static const hey_text::HeyText kFormat;
  return kFormat;
}

}  // namespace omniwriter
