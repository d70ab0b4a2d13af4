// JUnit XML as Jenkins, GitLab and the reporters of GitHub read it. How each verdict is said there:
//
// - A criterion that is not met is a failure, one that only warns passes and says so on its standard output.
// - One that cannot be told is skipped: that shows it apart from both, and fails no build that the exit code lets pass.
// - A run whose numbers cannot be trusted is an error of the case "validity": as in JUnit, the test itself went wrong,
//   not what it tests. It must not look green, so it is no skipped case.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/report.h"
#include "reports/run_summary.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr int kMaxColumns = 1000;  // of one text

std::string xml_text(std::string_view text) {
  std::string result;
  const std::string visible = shortened(visible_text(text), kMaxColumns);
  for (std::size_t i = 0; i < visible.size(); ++i) {
    switch (visible[i]) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        // U+FFFE and U+FFFF are UTF-8, but no XML.
        if (visible.compare(i, 2, "\xef\xbf") == 0 && i + 2 < visible.size() &&
            static_cast<unsigned char>(visible[i + 2]) >= 0xbe) {
          result += "\uFFFD";
          i += 2;
        } else {
          result += visible[i];
        }
    }
  }
  return result;
}

enum class Outcome : std::uint8_t { passed, failed, error, skipped };

struct Case {
  std::string name;
  Outcome outcome = Outcome::passed;
  std::string message;               ///< in a line
  std::vector<std::string> details;  ///< lines
};

class Suite {
 public:
  Suite(const ReportInput& input, Language language) : input_(input), summary_(input.run), language_(language) {
    if (input_.judgement != nullptr) {
      for (const CriterionResult& one : input_.judgement->criteria) criterion(one);
      if (input_.judgement->comparison) comparison(*input_.judgement->comparison);
    }
    validity();
  }

  [[nodiscard]] std::string write() const {
    const Run& run = input_.run;
    const std::string name = xml_text(run.info.test_name);
    const std::string numbers = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
                                            cases_.size(), count_of(Outcome::failed), count_of(Outcome::error),
                                            count_of(Outcome::skipped), run.duration_seconds());
    std::string text = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"OmniWriter\" {}>\n  <testsuite name=\"{}\" "
        "timestamp=\"{}\" {}>\n{}",
        numbers, name, format_rfc3339(run.started_ns).substr(0, 19), numbers, properties());
    for (const Case& one : cases_) text += element(one, name);
    return text + "  </testsuite>\n</testsuites>\n";
  }

 private:
  [[nodiscard]] std::string say(Text text) const { return std::string(text_of(text, language_)); }

  [[nodiscard]] std::ptrdiff_t count_of(Outcome outcome) const {
    return std::ranges::count(cases_, outcome, &Case::outcome);
  }

  void criterion(const CriterionResult& result) {
    const CriterionText text = text_of(result, language_);
    const Outcome outcome = result.verdict == Verdict::fail           ? Outcome::failed
                            : result.verdict == Verdict::inconclusive ? Outcome::skipped
                                                                      : Outcome::passed;
    Case& one = cases_.emplace_back(
        Case{result.criterion, outcome, fmt::format("{}: {}", text.word, outcome_text(result, language_)), {}});
    if (!text.reason.empty()) one.details.push_back(text.reason);
    if (!text.advice.empty()) one.details.push_back(fmt::format("{}: {}", say(Text::next_step), text.advice));
  }

  void comparison(const Comparison& found) {
    const bool worse = found.verdict == ComparisonVerdict::worse && !found.within_margin;
    const Outcome outcome = worse                                              ? Outcome::failed
                            : found.verdict == ComparisonVerdict::inconclusive ? Outcome::skipped
                                                                               : Outcome::passed;
    Case& one = cases_.emplace_back(Case{say(Text::comparison), outcome, comparison_text(found, language_), {}});
    for (const std::string& reason : found.reasons) one.details.push_back(translated(reason, language_));
    for (const EndpointChange& change : changes_of(found)) {
      const ChangeText text = text_of(*change.endpoint, *change.metric, language_);
      one.details.push_back(fmt::format("{} {}: {} → {}, {} ({}), {}", text.endpoint, text.metric, text.base,
                                        text.candidate, text.change, text.interval, text.word));
      if (one.details.size() > kMaxDetails) break;
    }
  }

  void validity() {
    Case one{say(Text::validity), Outcome::passed, {}, {}};
    if (input_.judgement == nullptr) {
      one.outcome = Outcome::skipped;
      one.message = say(Text::not_judged);
    } else {
      const auto concerns = by_level(input_.judgement->concerns);
      one.message = concerns.empty() ? say(Text::valid) : told(*concerns.front());
      for (std::size_t i = 1; i < std::min(concerns.size(), kMaxDetails); ++i)
        one.details.push_back(told(*concerns[i]));
      if (is_invalid(*input_.judgement)) one.outcome = Outcome::error;
    }
    cases_.push_back(std::move(one));
  }

  [[nodiscard]] std::string told(const Concern& concern) const {
    return fmt::format("{}: {}{}{}", word_for(concern.level, language_), translated(concern.what, language_),
                       concern.advice.empty() ? "" : " → ", translated(concern.advice, language_));
  }

  [[nodiscard]] std::string properties() const {
    std::string text = "    <properties>\n";
    const auto add = [&](std::string_view name, std::string_view value) {
      text += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, xml_text(value));
    };
    const auto seconds = [&](std::string_view name, const std::optional<double>& value) {
      if (value) add(name, fmt::format("{:.6g}", *value));
    };
    add("run_id", input_.run.info.run_id);
    add("tool", input_.run.info.tool);
    const Judgement* judgement = input_.judgement;
    if (judgement != nullptr && judgement->verdict) add("verdict", name_of(*judgement->verdict));
    add("samples", fmt::format("{}", summary_.numbers.samples));
    add("errors", fmt::format("{}", summary_.numbers.errors));
    add("error_ratio", fmt::format("{:.6g}", summary_.numbers.error_ratio));
    add("throughput_rps", fmt::format("{:.6g}", summary_.numbers.throughput_rps));
    seconds("response_time_seconds_mean", summary_.total.mean());
    seconds("response_time_seconds_p50", summary_.total.quantile(0.5));
    seconds("response_time_seconds_p95", summary_.total.quantile(0.95));
    seconds("response_time_seconds_p99", summary_.total.quantile(0.99));
    seconds("response_time_seconds_max", summary_.total.maximum());
    if (!input_.dashboard_url.empty()) add("dashboard_url", input_.dashboard_url);
    return text + "    </properties>\n";
  }

  [[nodiscard]] static std::string element(const Case& one, std::string_view suite) {
    std::string text;
    for (const std::string& line : one.details) text += "\n" + xml_text(line);
    const std::string message = xml_text(one.message);
    const auto content = [&]() -> std::string {
      switch (one.outcome) {
        case Outcome::failed:
          return fmt::format("      <failure message=\"{}\" type=\"criterion\">{}{}</failure>\n", message, message,
                             text);
        case Outcome::error:
          return fmt::format("      <error message=\"{}\" type=\"validity\">{}{}</error>\n", message, message, text);
        case Outcome::skipped:
          // Jenkins and GitLab show the message alone.
          return fmt::format("      <skipped message=\"{}{}\"/>\n", message, on_a_line(text));
        case Outcome::passed:
          break;
      }
      return fmt::format("      <system-out>{}{}</system-out>\n", message, text);
    };
    return fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\">\n{}    </testcase>\n", suite,
                       xml_text(one.name), content());
  }

  [[nodiscard]] static std::string on_a_line(std::string_view lines) {
    std::string text;
    for (const char c : lines) text += c == '\n' ? std::string("; ") : std::string(1, c);
    return text;
  }

  static constexpr std::size_t kMaxDetails = 50;

  const ReportInput& input_;
  const RunSummary summary_;
  const Language language_;
  std::vector<Case> cases_;
};

}  // namespace

std::string junit_report(const ReportInput& input, Language language) { return Suite(input, language).write(); }

}  // namespace omniwriter
