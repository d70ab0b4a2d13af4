// Reader of the text of `vegeta report`. See README.md for the rules.

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/split.h"
#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace vegeta_text {
namespace {

std::vector<std::string_view> list_of(std::string_view text) {
  std::vector<std::string_view> parts = split_at_commas(text);
  std::ranges::transform(parts, parts.begin(), summary::trimmed);
  return parts;
}

/// A line "Name  [label, label]  value, value".
struct Row {
  std::vector<std::string_view> labels;
  std::vector<std::string_view> values;
  std::string_view text;  ///< all of the values

  /// The value of a label; empty where there is none.
  [[nodiscard]] std::string_view value(std::string_view label) const {
    const auto at = static_cast<std::size_t>(std::ranges::find(labels, label) - labels.begin());
    return at < std::min(labels.size(), values.size()) ? values[at] : "";
  }
};

Row row_of(std::string_view line) {
  const std::size_t open = std::min(line.find('['), line.size());
  const std::size_t close = line.find(']', open);
  if (close == std::string_view::npos) return {};
  const std::string_view values = summary::trimmed(line.substr(close + 1));
  return {list_of(line.substr(open + 1, close - open - 1)), list_of(values), values};
}

class VegetaText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "vegeta-text"; }
  [[nodiscard]] std::string_view tool() const override { return "vegeta"; }
  [[nodiscard]] std::string_view description() const override { return "vegeta report (text)"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return (head.starts_with("Requests  ") || head.find("\nRequests  ") != std::string_view::npos) &&
           head.find("\nLatencies ") != std::string_view::npos &&
           head.find("\nStatus Codes ") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "Requests  ");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    for (const std::string_view line : summary::lines_of(content)) {
      if (line.starts_with("Error Set:")) break;
      const Row row = row_of(line);
      if (line.starts_with("Duration")) {
        result.duration_seconds = summary::seconds_of(row.value("total")).value_or(0);
      } else if (line.starts_with("Latencies")) {
        entry.mean = summary::seconds_of(row.value("mean"));
        entry.minimum = summary::seconds_of(row.value("min"));
        entry.maximum = summary::seconds_of(row.value("max"));
        for (const std::string_view label : row.labels) {
          summary::add_percentile(entry, label, summary::seconds_of(row.value(label)));
        }
      } else if (line.starts_with("Bytes In")) {
        entry.bytes_received = summary::leading_count(row.value("total"));
      } else if (line.starts_with("Bytes Out")) {
        entry.bytes_sent = summary::leading_count(row.value("total"));
      } else if (line.starts_with("Status Codes")) {
        for (const std::string_view code : summary::words_of(row.text)) {
          const std::size_t colon = std::min(code.find(':'), code.size());
          summary::add_outcome(entry, summary::outcome_of(code.substr(0, colon)),
                               summary::leading_count(code.substr(std::min(colon + 1, code.size()))));
        }
      }
    }
    return result;
  }
};

}  // namespace
}  // namespace vegeta_text

const SummaryFormat& summary_vegeta_text() {
  static const vegeta_text::VegetaText kFormat;
  return kFormat;
}

}  // namespace omniwriter
