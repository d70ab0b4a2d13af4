// Reader of the text that k6 prints in the end. See README.md for the rules.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "formats/summary/entry.h"
#include "formats/summary/text.h"
#include "pipeline/summary_format.h"

namespace omniwriter {
namespace k6_text {
namespace {

/// "376 kB": of 1000 bytes.
std::uint64_t bytes_of(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}}};
  const auto words = summary::words_of(text);
  if (words.size() < 2) return 0;
  double value = summary::number_of(words[0]).value_or(0);
  for (const auto& [name, factor] : kUnits) {
    if (words[1] == name) value *= factor;
  }
  return summary::count_of(value);
}

/// "68 out of 2872", and before version 1 "✓ 68        ✗ 2804": how many passed, which here is failed.
std::uint64_t failed_of(std::string_view text) {
  const auto words = summary::words_of(text);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "out") return summary::leading_count(words[i - 1]);
    if (words[i - 1] == "\u2713") return summary::leading_count(words[i]);
  }
  return 0;
}

void add_times(SummaryEntry& entry, std::string_view text) {
  for (const std::string_view word : summary::words_of(text)) {
    const std::size_t equals = std::min(word.find('='), word.size());
    std::string_view name = word.substr(0, equals);
    const auto seconds = summary::seconds_of(word.substr(std::min(equals + 1, word.size())));
    if (name == "avg") entry.mean = seconds;
    if (name == "min") entry.minimum = seconds;
    if (name == "max") entry.maximum = seconds;
    if (name == "med") name = "p(50)";
    if (name.starts_with("p(") && name.ends_with(')')) {
      summary::add_percentile(entry, name.substr(2, name.size() - 3), seconds);
    }
  }
}

class K6Text final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "k6-text"; }
  [[nodiscard]] std::string_view tool() const override { return "k6"; }
  [[nodiscard]] std::string_view description() const override { return "k6 end-of-test summary (text)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("http_req_duration..") != std::string_view::npos &&
           head.find("http_reqs..") != std::string_view::npos && head.find("avg=") != std::string_view::npos;
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    for (std::string_view line : summary::lines_of(content)) {
      // A threshold on a metric puts a mark in front.
      for (const std::string_view mark : {"\u2713 ", "\u2717 "}) {
        if (line.starts_with(mark)) line = summary::trimmed(line.substr(mark.size()));
      }
      const std::size_t colon = line.find(": ");
      if (colon == std::string_view::npos) continue;
      const std::string_view name = line.substr(0, line.find('.'));
      const std::string_view value = line.substr(colon + 2);
      if (name == "http_reqs") {
        const auto words = summary::words_of(value);
        if (!words.empty()) entry.samples = summary::leading_count(words[0]);
        if (words.size() > 1) result.throughput_rps = summary::leading_number(words[1]);
      } else if (name == "http_req_failed") {
        entry.errors = failed_of(value);
      } else if (name == "http_req_duration") {
        add_times(entry, value);
      } else if (name == "data_received") {
        entry.bytes_received = bytes_of(value);
      } else if (name == "data_sent") {
        entry.bytes_sent = bytes_of(value);
      } else if (name == "vus") {
        const std::size_t most = value.find("max=");
        const std::uint64_t users =
            most == std::string_view::npos
                ? 0
                : std::min(summary::leading_count(value.substr(most + 4)), std::uint64_t{1} << 31);
        result.whole.users = static_cast<std::uint32_t>(users);
      }
    }
    if (entry.samples == 0) return fail(ErrorCode::input, "it tells of no HTTP requests (http_reqs)");
    if (result.throughput_rps && *result.throughput_rps > 0) {
      result.duration_seconds = static_cast<double>(entry.samples) / *result.throughput_rps;
    }
    return result;
  }
};

}  // namespace
}  // namespace k6_text

const SummaryFormat& summary_k6_text() {
  static const k6_text::K6Text kFormat;
  return kFormat;
}

}  // namespace omniwriter
