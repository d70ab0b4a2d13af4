// Reader of the text that bombardier prints. See README.md for the rules.

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace bombardier_text {
namespace {

/// The number behind "2xx - " in "1xx - 0, 2xx - 1822, 3xx - 0".
std::uint64_t number_behind(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(std::string(name) + " - ");
  return at == std::string_view::npos ? 0 : summary::leading_count(line.substr(at + name.size() + 3));
}

class BombardierText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "bombardier-text"; }
  [[nodiscard]] std::string_view tool() const override { return "bombardier"; }
  [[nodiscard]] std::string_view description() const override { return "bombardier text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("Statistics        Avg") != std::string_view::npos &&
           head.find("Reqs/sec") != std::string_view::npos && head.find("HTTP codes:") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "Statistics ", "Bombarding ");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    std::uint64_t others = 0;
    bool errors = false;
    for (const std::string_view line : summary::lines_of(content)) {
      const auto words = summary::words_of(line);
      if (words.empty()) continue;
      if (words[0] == "Bombarding" && words.size() > 3) {
        entry.endpoint = summary::path_of(words[1]);
        if (words[2] == "for") result.duration_seconds = summary::seconds_of(words[3]).value_or(0);
        const auto users = std::min(number_of_connections(words), std::uint64_t{1} << 31);
        result.whole.users = static_cast<std::uint32_t>(users);
      } else if (words[0] == "Reqs/sec" && words.size() > 1) {
        result.throughput_rps = summary::number_of(words[1]);
      } else if (words[0] == "Latency" && words.size() == 4) {
        entry.mean = summary::seconds_of(words[1]);
        entry.maximum = summary::seconds_of(words[3]);
      } else if (words.size() == 2 && words[0].ends_with('%')) {
        summary::add_percentile(entry, words[0].substr(0, words[0].size() - 1), summary::seconds_of(words[1]));
      } else if (line.starts_with("1xx - ")) {
        for (const std::string_view name : {"1xx", "2xx", "3xx", "4xx", "5xx"}) {
          summary::add_outcome(entry, summary::outcome_of_class(name), number_behind(line, name));
        }
      } else if (line.starts_with("others - ")) {
        others = number_behind(line, "others");
      } else if (line == "Errors:") {
        errors = true;
      } else if (words[0] == "Throughput:") {
        errors = false;
      } else if (const std::size_t dash = line.rfind(" - "); errors && dash != std::string_view::npos) {
        const std::uint64_t count = std::min(summary::leading_count(line.substr(dash + 3)), others);
        summary::add_error(entry, line.substr(0, dash), count);
        others -= count;
      }
    }
    summary::add_outcome(entry, {"error", "error"}, others);
    return result;
  }

 private:
  /// "… using 10 connection(s)"
  static std::uint64_t number_of_connections(const std::vector<std::string_view>& words) {
    const auto at = std::ranges::find(words, "connection(s)");
    return at == words.end() || at == words.begin() ? 0 : summary::leading_count(*std::prev(at));
  }
};

}  // namespace
}  // namespace bombardier_text

const SummaryFormat& summary_bombardier_text() {
  static const bombardier_text::BombardierText kFormat;
  return kFormat;
}

}  // namespace omniwriter
