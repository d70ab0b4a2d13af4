// Reader of the text that Gatling prints in the end. See README.md for the rules.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/local_dates.h"
#include "formats/gatling/assertions.h"
#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace gatling_text {
namespace {

constexpr std::string_view kTitle = "---- Global Information ---";

/// When a test began, in nanoseconds, by the head of a table: "2026-11-23 15:25:33 GMT     20s elapsed"; old versions
/// name no zone, and mean that of the machine.
std::optional<std::int64_t> start_of(std::string_view line) {
  constexpr std::size_t kDate = 19;
  const auto words = summary::words_of(line);
  if (words.size() < 4 || words.back() != "elapsed" || line.size() < kDate) return std::nullopt;
  const bool utc = words[2] == "GMT" || words[2] == "UTC";
  const auto ns = LocalDates().nanoseconds(std::string(line.substr(0, kDate)) + (utc ? "Z" : ""));
  const auto elapsed = summary::seconds_of(words[words.size() - 2]);
  if (!ns || !elapsed || *ns <= 0) return std::nullopt;
  return std::max<std::int64_t>(*ns - std::llround(*elapsed * 1e9), 0);
}

/// The totals of "> request count      1250 (OK=1210   KO=40    )" or "> request count | 1,250 | 1,206 | 44".
struct Row {
  std::string_view name;
  std::array<std::optional<double>, 3> values;  ///< all, OK, KO
};

std::optional<Row> row_of(std::string_view line) {
  if (!line.starts_with("> ")) return std::nullopt;
  line.remove_prefix(2);
  const auto number = [](std::string_view text) {
    std::string digits(summary::trimmed(text));
    std::erase(digits, ',');
    return summary::number_of(digits);
  };
  const std::size_t bar = line.find('|');
  if (bar != std::string_view::npos) {
    const std::size_t second = line.find('|', bar + 1);
    const std::size_t third = second == std::string_view::npos ? second : line.find('|', second + 1);
    if (third == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(0, line.find(" (ms)"));
    return Row{summary::trimmed(name.substr(0, name.find('|'))),
               {number(line.substr(bar + 1, second - bar - 1)), number(line.substr(second + 1, third - second - 1)),
                number(line.substr(third + 1))}};
  }
  const std::size_t ok = line.find("(OK=");
  const std::size_t ko = line.find("KO=");
  const std::size_t end = line.rfind(')');
  if (ok == std::string_view::npos || ko == std::string_view::npos || ko < ok || end == std::string_view::npos ||
      end < ko) {
    return std::nullopt;
  }
  const std::string_view front = summary::trimmed(line.substr(0, ok));
  const std::size_t space = front.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return Row{summary::trimmed(front.substr(0, space)),
             {number(front.substr(space)), number(line.substr(ok + 4, ko - ok - 4)),
              number(line.substr(ko + 3, end - ko - 3))}};
}

class GatlingText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "gatling-text"; }
  [[nodiscard]] std::string_view tool() const override { return "gatling"; }
  [[nodiscard]] std::string_view description() const override { return "Gatling text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find(kTitle) != std::string_view::npos && head.find("> request count ") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, kTitle, "Simulation ");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    for (const std::string_view line : summary::lines_of(content)) {
      if (const auto start = start_of(line)) result.start_ns = *start;
    }
    bool behind_table = false;
    // While it runs, Gatling prints tables of the same shape.
    for (const std::string_view line :
         summary::lines_of(content.substr(std::min(content.rfind(kTitle), content.size())))) {
      behind_table = behind_table || line.starts_with("=====");
      if (auto assertion = behind_table ? gatling::assertion_in_line(line) : std::nullopt) {
        result.tool_verdicts.push_back(*std::move(assertion));
      }
      const auto row = row_of(line);
      if (!row || !row->values[0]) continue;
      const double value = *row->values[0];
      if (row->name == "request count") {
        entry.samples = summary::count_of(value);
        entry.errors = summary::count_of(row->values[2].value_or(0));
      }
      if (row->name == "min response time") entry.minimum = value / 1e3;
      if (row->name == "max response time") entry.maximum = value / 1e3;
      if (row->name == "mean response time") entry.mean = value / 1e3;
      if (row->name.starts_with("mean requests/sec") || row->name.starts_with("mean throughput"))
        result.throughput_rps = value;
      constexpr std::string_view kPercentile = "response time ";
      if (row->name.starts_with(kPercentile) && row->name.ends_with("percentile")) {
        std::string_view percent = row->name.substr(kPercentile.size());
        percent = percent.substr(0, percent.find_first_not_of("0123456789."));
        summary::add_percentile(entry, percent, value / 1e3);
      }
    }
    if (entry.samples == 0) return fail(ErrorCode::input, "it tells of no requests");
    if (result.throughput_rps && *result.throughput_rps > 0) {
      result.duration_seconds = static_cast<double>(entry.samples) / *result.throughput_rps;
    }
    return result;
  }
};

}  // namespace
}  // namespace gatling_text

const SummaryFormat& summary_gatling_text() {
  static const gatling_text::GatlingText kFormat;
  return kFormat;
}

}  // namespace omniwriter
