// Reader of the text that k6 prints in the end. See README.md for the rules.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.h"
#include "formats/summary/entry.h"
#include "formats/summary/k6.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace k6_text {
namespace {

constexpr std::string_view kTitle = "\u2588 TOTAL RESULTS";
constexpr std::string_view kThresholds = "\u2588 THRESHOLDS";

/// The name in front of the dots: "http_reqs......: 20"; empty where there is none.
std::string_view name_of(std::string_view line) {
  const std::size_t dots = line.find("..");
  const std::size_t end = line.find_first_of(" {:.");
  return dots != std::string_view::npos && dots == end ? line.substr(0, dots) : std::string_view();
}

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

/// "68 out of 2872", and before version 1 "✓ 68        ✗ 2804".
std::pair<std::uint64_t, std::uint64_t> passed_and_failed(std::string_view text) {
  const auto words = summary::words_of(text);
  const auto number = [&](std::size_t at) { return at < words.size() ? summary::leading_count(words[at]) : 0; };
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::uint64_t passed = number(i - 1);
    if (words[i] == "out") return {passed, number(i + 2) - std::min(passed, number(i + 2))};
    if (words[i - 1] == "\u2713") return {number(i), number(i + 2)};
  }
  return {};
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

constexpr std::string_view kPassed = "\u2713 ";
constexpr std::string_view kFailed = "\u2717 ";

std::optional<bool> mark_of(std::string_view line) {
  if (line.starts_with(kPassed)) return true;
  return line.starts_with(kFailed) ? std::optional(false) : std::nullopt;
}

/// Since version 1, below a title of their own: a metric, or "{name:slow}" of the metric before, and under it lines
/// such as "✗ 'p(99)<50' p(99)=237.32ms".
void add_thresholds(std::string_view content, Summary& result) {
  const std::size_t title = content.find(kThresholds);
  if (title == std::string_view::npos) return;
  content.remove_prefix(title + kThresholds.size());
  std::string metric;
  std::string subject;
  for (const std::string_view line : summary::lines_of(content.substr(0, content.find("\u2588 ")))) {
    const auto passed = mark_of(line);
    if (!passed) {
      if (line.empty()) continue;
      if (!line.starts_with('{')) metric = line;
      subject = line.starts_with('{') ? metric + std::string(line) : metric;
      continue;
    }
    std::string_view expected = line.substr(kPassed.size());
    const std::size_t quote = expected.find("' ");
    if (expected.starts_with('\'') && quote != 0 && quote != std::string_view::npos) {
      expected = expected.substr(1, quote - 1);
    }
    result.tool_verdicts.push_back({subject, std::string(expected), passed});
  }
}

class K6Text final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "k6-text"; }
  [[nodiscard]] std::string_view tool() const override { return "k6"; }
  [[nodiscard]] std::string_view description() const override { return "k6 end-of-test summary (text)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("iteration_duration..") != std::string_view::npos &&
           head.find("data_received..") != std::string_view::npos && head.find("avg=") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    // Since version 1 the numbers stand below a title; before, metrics came in the order of their names.
    return content.find(kTitle) != std::string_view::npos ? summary::lines_with(content, kTitle, kThresholds)
                                                          : summary::lines_with(content, "data_received.", "checks.");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    SummaryEntry iteration;
    summary::K6Test test;
    std::optional<double> iteration_rate;
    add_thresholds(content, result);
    for (std::string_view line : summary::lines_of(content)) {
      // Before version 1, a threshold on a metric puts a mark in front, and is not told.
      const auto held = mark_of(line);
      if (held) line = summary::trimmed(line.substr(kPassed.size()));
      const std::size_t colon = line.find(": ");
      if (colon == std::string_view::npos) continue;
      const std::string_view name = name_of(line);
      if (name.empty()) continue;
      if (held) result.tool_verdicts.push_back({std::string(name), "", held});
      test.metrics.emplace_back(name);
      const std::string_view value = line.substr(colon + 2);
      if (name == "http_reqs") {
        const auto words = summary::words_of(value);
        if (!words.empty()) entry.samples = summary::leading_count(words[0]);
        if (words.size() > 1) result.throughput_rps = summary::leading_number(words[1]);
      } else if (name == "http_req_failed") {
        entry.errors = passed_and_failed(value).first;  // what passes is a failed request
      } else if (name == "http_req_duration") {
        add_times(entry, value);
      } else if (name == "iteration_duration") {
        add_times(iteration, value);
      } else if (name == "iterations") {
        const auto words = summary::words_of(value);
        if (!words.empty()) test.iterations = summary::leading_count(words[0]);
        if (words.size() > 1) iteration_rate = summary::leading_number(words[1]);
      } else if (name == "checks" || name == "checks_succeeded") {
        const auto [passed, failed] = passed_and_failed(value);
        test.checks = passed + failed;
        test.failed_checks = failed;
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
    if (entry.samples == 0) {
      iteration.bytes_received = entry.bytes_received;
      iteration.bytes_sent = entry.bytes_sent;
      entry = iteration;
      TRY(summary::take_iterations(test, result));
      result.throughput_rps = iteration_rate;
    }
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
