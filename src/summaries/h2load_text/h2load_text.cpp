// Reader of the text that h2load prints. See README.md for the rules.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace h2load_text {
namespace {

/// The number in front of a word: "3000 total, 2714 succeeded".
std::uint64_t number_before(const std::vector<std::string_view>& words, std::string_view word) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].starts_with(word)) return summary::leading_count(words[i - 1]);
  }
  return 0;
}

class H2loadText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "h2load-text"; }
  [[nodiscard]] std::string_view tool() const override { return "h2load"; }
  [[nodiscard]] std::string_view description() const override { return "h2load text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("starting benchmark...") != std::string_view::npos &&
           head.find("time for request:") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "starting benchmark...");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    std::uint64_t started = 0;
    std::uint64_t timeouts = 0;
    std::vector<std::string_view> columns;
    for (const std::string_view line : summary::lines_of(content)) {
      const auto words = summary::words_of(line);
      if (words.empty()) continue;
      if (line.starts_with("requests:")) {
        started = number_before(words, "started");
        timeouts = number_before(words, "timeout");
        // Where nobody could connect, none was begun.
        if (number_before(words, "done") == 0 && started == 0) started = number_before(words, "failed");
      } else if (line.starts_with("status codes:")) {
        for (const std::string_view name : {"2xx", "3xx", "4xx", "5xx"}) {
          summary::add_outcome(entry, summary::outcome_of_class(name), number_before(words, name));
        }
      } else if (line.starts_with("finished in") && words.size() > 3) {
        result.duration_seconds = summary::seconds_of(words[2].substr(0, words[2].find(','))).value_or(0);
        result.throughput_rps = summary::leading_number(words[3]);
      } else if (line.starts_with("traffic:")) {
        entry.bytes_received = summary::leading_count(line.substr(std::min(line.find('(') + 1, line.size())));
      } else if (const auto clients = number_before(words, "total"); words.back() == "requests" && clients != 0) {
        // "spawning thread #0: 8 total client(s). 3000 total requests", once a thread
        result.whole.users += static_cast<std::uint32_t>(std::min(clients, std::uint64_t{1} << 20));
      } else if (words[0] == "min") {
        columns = words;
      } else if (line.starts_with("time for request:")) {
        constexpr std::size_t kTitle = 3;
        for (std::size_t i = 0; i < columns.size() && i + kTitle < words.size(); ++i) {
          const auto seconds = summary::seconds_of(words[i + kTitle]);
          if (columns[i] == "min") entry.minimum = seconds;
          if (columns[i] == "max") entry.maximum = seconds;
          if (columns[i] == "mean") entry.mean = seconds;
          if (columns[i] == "median") summary::add_percentile(entry, "50", seconds);
          if (columns[i].starts_with('p')) summary::add_percentile(entry, columns[i].substr(1), seconds);
        }
      }
    }
    if (started == 0) return fail(ErrorCode::input, "it tells of no requests: the test was cut off");
    const std::uint64_t unanswered = started - std::min(entry.samples, started);
    timeouts = std::min(timeouts, unanswered);
    summary::add_outcome(entry, {"error", "timeout"}, timeouts);
    summary::add_outcome(entry, {"error", "error"}, unanswered - timeouts);
    return result;
  }
};

}  // namespace
}  // namespace h2load_text

const SummaryFormat& summary_h2load_text() {
  static const h2load_text::H2loadText kFormat;
  return kFormat;
}

}  // namespace omniwriter
