// Reader of the text that oha prints. See README.md for the rules.

#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace oha_text {
namespace {

class OhaText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "oha-text"; }
  [[nodiscard]] std::string_view tool() const override { return "oha"; }
  [[nodiscard]] std::string_view description() const override { return "oha text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("Success rate:") != std::string_view::npos && head.find("Slowest:") != std::string_view::npos &&
           head.find("Requests/sec:") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "Summary:");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    const auto lines = summary::lines_of(content);
    std::string_view section;
    for (const std::string_view line : lines) {
      if (line.ends_with(':')) section = line;
      const std::size_t bracket = line.find(']');
      const auto words = summary::words_of(line);
      if (line.starts_with('[') && bracket != std::string_view::npos) {
        const std::string_view bracketed = line.substr(1, bracket - 1);
        const std::string_view rest = summary::trimmed(line.substr(bracket + 1));
        if (section == "Status code distribution:") {
          summary::add_outcome(entry, summary::outcome_of(bracketed), summary::leading_count(rest));
        } else if (section == "Error distribution:" && rest != "aborted due to deadline") {
          // Those did not end: the test did.
          summary::add_error(entry, rest, summary::leading_count(bracketed));
        }
      } else if (section == "Response time distribution:" && words.size() == 4 && words[1] == "in") {
        summary::add_percentile(entry, words[0].substr(0, words[0].find('%')),
                                summary::seconds_of(line.substr(line.find(" in ") + 4)));
      }
    }
    const auto time = [&](std::string_view name) { return summary::seconds_of(summary::value_of(lines, name)); };
    entry.mean = time("Average:");
    entry.minimum = time("Fastest:");
    entry.maximum = time("Slowest:");
    entry.bytes_received = summary::bytes_of(summary::value_of(lines, "Total data:"));
    result.duration_seconds = time("Total:").value_or(0);
    result.throughput_rps = summary::leading_number(summary::value_of(lines, "Requests/sec:"));
    return result;
  }
};

}  // namespace
}  // namespace oha_text

const SummaryFormat& summary_oha_text() {
  static const oha_text::OhaText kFormat;
  return kFormat;
}

}  // namespace omniwriter
