// Reader of the text that Artillery prints in the end. See README.md for the rules.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/local_dates.h"
#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "model/outcome_rules.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace artillery_text {
namespace {

constexpr std::string_view kTitle = "Summary report @ ";
constexpr double kMs = 1e3;

/// "http.codes.200: ........ 1057" or "Scenarios launched:  5": what stands before the colon, and the value behind the
/// dots.
struct Line {
  std::string_view name;
  std::string_view value;  ///< empty: a section begins
};

std::optional<Line> line_of(std::string_view line) {
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view value = summary::trimmed(line.substr(colon + 1));
  const std::size_t dots = std::min(value.find_first_not_of('.'), value.size());
  return Line{line.substr(0, colon), summary::trimmed(value.substr(dots))};
}

/// The end of the run: "Summary report @ 10:21:40(-0700) 2020-07-18"; since version 2 without a day.
std::optional<std::int64_t> end_of(std::string_view title) {
  const auto words = summary::words_of(title.substr(kTitle.size()));
  if (words.size() != 2) return std::nullopt;
  std::string text = std::string(words[1]) + " " + std::string(words[0]);
  const std::size_t open = text.find('(');
  if (open == std::string::npos || !text.ends_with(')')) return std::nullopt;
  const std::string zone = text.substr(open + 1, text.size() - open - 2);
  const auto ns = LocalDates().nanoseconds(text.substr(0, open) + zone);
  return ns && *ns > 0 ? ns : std::nullopt;
}

void add_time(SummaryEntry& entry, const Line& line) {
  const auto ms = summary::number_of(line.value);
  if (!ms) return;
  if (line.name == "mean") entry.mean = *ms / kMs;
  if (line.name == "min") entry.minimum = *ms / kMs;
  if (line.name == "max") entry.maximum = *ms / kMs;
  if (line.name == "median") summary::add_percentile(entry, "50", *ms / kMs);
  if (line.name.size() > 1 && line.name.starts_with('p')) {
    std::string percent(line.name.substr(1));  // p95, p999
    if (percent.size() > 2) percent.insert(2, 1, '.');
    summary::add_percentile(entry, percent, *ms / kMs);
  }
}

class Reader {
 public:
  Result<Summary> read(std::string_view content) {
    for (const std::string_view text :
         summary::lines_of(content.substr(std::min(content.rfind(kTitle), content.size())))) {
      take_check(text);
      if (text.starts_with(kTitle)) {
        ended_ns_ = end_of(text);
      } else if (const auto line = line_of(text)) {
        take(*line);
      }
    }
    return finish();
  }

 private:
  // Of the plugin "ensure", below the title "Checks:".
  void take_check(std::string_view text) {
    constexpr std::string_view kHeld = "ok: ";
    constexpr std::string_view kFailed = "fail: ";
    in_checks_ = in_checks_ || text == "Checks:";
    for (const std::string_view mark : {kHeld, kFailed}) {
      if (!in_checks_) return;
      if (text.starts_with(mark)) verdicts_.push_back({"", std::string(text.substr(mark.size())), mark == kHeld});
    }
  }

  void take(const Line& line) {
    if (line.value.empty()) {
      section_ = line.name;
      return;
    }
    const std::uint64_t count = summary::leading_count(line.value);
    constexpr std::string_view kCodes = "http.codes.";
    constexpr std::string_view kErrors = "errors.";
    if (line.name.starts_with(kCodes)) return add_code(line.name.substr(kCodes.size()), count);
    if (line.name.starts_with(kErrors))
      return errors_.push_back({std::string(line.name.substr(kErrors.size())), count});
    if (line.name == "http.requests") requests_ = count;
    if (line.name == "socketio.emit" || line.name == "websocket.messages_sent") messages_ += count;
    if (line.name == "http.downloaded_bytes") entry_.bytes_received = count;
    if (line.name == "http.request_rate" || line.name == "socketio.emit_rate" || line.name == "RPS sent" ||
        line.name == "Mean response/sec") {
      rate_ = summary::leading_number(line.value);
    }
    if (line.name == "Requests completed") requests_ = std::max(requests_, count);
    const bool of_requests = section_ == "http.response_time" || section_ == "Request latency" ||
                             section_ == "Response time (msec)" || section_ == "socketio.response_time";
    if (of_requests) add_time(entry_, line);
    if (section_ == "Codes") add_code(line.name, count);
    if (section_ == "Errors") errors_.push_back({std::string(line.name), count});
  }

  void add_code(std::string_view code, std::uint64_t count) { summary::add_outcome(entry_, http_outcome(code), count); }

  Result<Summary> finish() {
    Summary result;
    const bool messages = requests_ == 0 && entry_.samples == 0;
    if (!messages) messages_ = 0;
    if (messages) result.note = "Artillery made no HTTP requests: the messages that it sent are taken for requests";
    // Errors may be of requests without an answer, and of the script. Version 1, which told the day, counts answers
    // alone.
    constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t unanswered = ended_ns_ ? kAll : messages_ + requests_ - std::min(requests_, entry_.samples);
    for (const auto& [error, count] : errors_) {
      const std::uint64_t of_requests = std::min(count, unanswered);
      unanswered -= of_requests;
      summary::add_outcome(entry_, {"error", error}, of_requests);
      summary::add_message(entry_, error, count);
    }
    if (messages) summary::add_outcome(entry_, {"ok", ""}, messages_ - std::min(messages_, entry_.samples));
    if (entry_.samples == 0) return fail(ErrorCode::input, "it tells of no requests");
    result.throughput_rps = rate_;
    if (rate_ && *rate_ > 0) result.duration_seconds = static_cast<double>(entry_.samples) / *rate_;
    if (ended_ns_) {
      result.start_ns = std::max<std::int64_t>(*ended_ns_ - std::llround(result.duration_seconds * 1e9), 0);
    }
    result.whole.total = std::move(entry_);
    result.tool_verdicts = std::move(verdicts_);
    return result;
  }

  struct Errors {
    std::string error;
    std::uint64_t count;
  };
  SummaryEntry entry_;
  std::string section_;
  std::vector<Errors> errors_;
  std::vector<ToolVerdict> verdicts_;
  bool in_checks_ = false;
  std::uint64_t requests_ = 0;
  std::uint64_t messages_ = 0;
  std::optional<double> rate_;
  std::optional<std::int64_t> ended_ns_;
};

class ArtilleryText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "artillery-text"; }
  [[nodiscard]] std::string_view tool() const override { return "artillery"; }
  [[nodiscard]] std::string_view description() const override { return "Artillery text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find(kTitle) != std::string_view::npos && (head.find("vusers.created") != std::string_view::npos ||
                                                           head.find("Scenarios launched:") != std::string_view::npos);
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    // What it prints while it runs is of the same shape.
    return summary::lines_where(
        content, [](std::string_view line) { return line.starts_with(kTitle); },
        [](std::string_view line) {
          return line.starts_with("Test run id: ") || line.starts_with("Phase started") ||
                 line.starts_with("Started phase") || line.starts_with("Report @ ") ||
                 line.starts_with("Metrics for period");
        });
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    return Reader().read(content);
  }
};

}  // namespace
}  // namespace artillery_text

const SummaryFormat& summary_artillery_text() {
  static const artillery_text::ArtilleryText kFormat;
  return kFormat;
}

}  // namespace omniwriter
