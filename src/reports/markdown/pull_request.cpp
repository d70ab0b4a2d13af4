// What is told of a run where a pull request is discussed: the verdict first, details folded away.

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "reports/bounded_rows.h"
#include "reports/format_numbers.h"
#include "reports/links.h"
#include "reports/markdown/markdown_text.h"
#include "reports/markdown/verdict_section.h"
#include "reports/report.h"
#include "reports/run_summary.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

// GitHub takes 65,536 characters in a comment, and fails where there are more. What is bounded by nothing but the
// limits of names (title, addresses, sentences) takes less than the rest to 60 kB.
constexpr std::size_t kMaxCriteria = 13'000;
constexpr std::size_t kMaxChanges = 10'000;
constexpr std::size_t kMaxComparison = 4'000;
constexpr std::size_t kMaxConcerns = 6'000;
constexpr std::size_t kMaxCompared = 8'000;
constexpr std::size_t kMaxEndpoints = 10'000;
constexpr std::size_t kMaxErrors = 3'000;

class Comment {
 public:
  Comment(const ReportInput& input, Language language) : input_(input), summary_(input.run), language_(language) {}

  std::string write() && {
    title();
    verdict();
    numbers();
    changes();
    details();
    provenance();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view say(Text text) const { return text_of(text, language_); }
  template <typename... Values>
  [[nodiscard]] std::string say(Text text, const Values&... values) const {
    return fmt::format(fmt::runtime(text_of(text, language_)), values...);
  }
  [[nodiscard]] std::string time(const std::optional<double>& seconds) const { return format_time(seconds, language_); }
  [[nodiscard]] std::string count(std::uint64_t n) const { return format_count(n, language_); }
  [[nodiscard]] std::string percent(double ratio) const { return format_percent(ratio, language_); }
  [[nodiscard]] std::string rate(double rps) const { return format_number(rps, language_); }

  /// Folded away until somebody opens it. Without an empty line before it, Markdown within HTML would show as it is.
  void fold(std::string_view title, const std::string& text) {
    if (text.empty()) return;
    out_ += fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, text);
  }

  void title() {
    // By the first line a comment is found again, so that the next run of the same test takes its place.
    const std::string name = markdown_text(input_.run.info.test_name);
    out_ += fmt::format("<!-- omniwriter: {} -->\n### {}: {}\n\n", name, say(Text::report_title), name);
  }

  void verdict() {
    if (input_.judgement == nullptr || standing_of(*input_.judgement) == Standing::none) {
      out_ += fmt::format("{}\n\n", say(Text::not_judged));
    }
    if (input_.judgement == nullptr) return;
    out_ += markdown_verdict_line(*input_.judgement, language_);
    if (is_invalid(*input_.judgement)) concerns();
    out_ += markdown_criteria(*input_.judgement, language_, kMaxCriteria);
  }

  void concerns() { out_ += markdown_concerns(*input_.judgement, language_, kMaxConcerns); }

  void numbers() {
    const TallySummary& numbers = summary_.numbers;
    out_ += fmt::format("p50 {} · p95 {} · p99 {} · {} · {} req/s · {} · {}\n\n", time(summary_.total.quantile(0.5)),
                        time(summary_.total.quantile(0.95)), time(summary_.total.quantile(0.99)),
                        say(Text::errors_of, percent(numbers.error_ratio)), rate(numbers.throughput_rps),
                        say(plural(numbers.samples, Text::one_sample, Text::samples_of), count(numbers.samples)),
                        format_duration(input_.run.duration_seconds(), language_));
  }

  void changes() {
    if (input_.judgement == nullptr || !input_.judgement->comparison) return;
    const Comparison& comparison = *input_.judgement->comparison;
    out_ += fmt::format("#### {}\n\n", say(Text::changed));
    out_ += markdown_comparison(comparison, language_, kMaxComparison);
    const auto changes = changes_of(comparison);
    out_ += changes.empty() ? fmt::format("{}\n\n", say(Text::nothing_changed))
                            : markdown_changes(changes, language_, kMaxChanges);
  }

  void details() {
    if (const Judgement* judgement = input_.judgement; judgement != nullptr) {
      if (!is_invalid(*judgement)) fold(say(Text::validity), markdown_concerns(*judgement, language_, kMaxConcerns));
      if (judgement->comparison) {
        fold(say(Text::all_compared), markdown_changes(all_compared(*judgement->comparison), language_, kMaxCompared));
      }
    }
    fold(say(Text::endpoints), endpoints());
    fold(say(Text::errors_by_type), errors());
  }

  [[nodiscard]] std::string and_more(const BoundedRows& rows) const {
    return rows.left_out == 0 ? "" : "\n" + say(Text::and_more, count(rows.left_out)) + "\n";
  }

  [[nodiscard]] std::string endpoints() const {
    if (summary_.endpoints.empty()) return {};
    const auto rows = bounded_rows(summary_.endpoints, kMaxEndpoints, [&](const EndpointSummary& one) {
      const TallySummary& numbers = one.numbers;
      return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_text(one.endpoint),
                         count(numbers.samples), rate(numbers.throughput_rps), percent(numbers.error_ratio),
                         time(numbers.tally.quantile(0.5)), time(numbers.tally.quantile(0.95)),
                         time(numbers.tally.quantile(0.99)), percent(one.share));
    });
    return fmt::format(
        "| {} | {} | req/s | {} | p50 | p95 | p99 | {} |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "{}{}",
        say(Text::endpoint), say(Text::samples), say(Text::errors), say(Text::share_of_time), rows.text,
        and_more(rows));
  }

  [[nodiscard]] std::string errors() const {
    if (summary_.errors_by_type.empty()) return {};
    const auto rows = bounded_rows(summary_.errors_by_type, kMaxErrors, [&](const auto& one) {
      return fmt::format("| {} | {} |\n", markdown_text(one.first), count(one.second));
    });
    return fmt::format("| {} | {} |\n| --- | ---: |\n{}{}", say(Text::error_type), say(Text::count), rows.text,
                       and_more(rows));
  }

  void provenance() {
    out_ += fmt::format("<sub>{} {} · {} · {}", say(Text::run_id), markdown_text(input_.run.info.run_id),
                        markdown_text(input_.run.info.tool), format_instant(input_.run.started_ns));
    for (const auto& [name, url] : links_of(input_)) out_ += fmt::format(" · [{}](<{}>)", say(name), url);
    out_ += "</sub>\n";
  }

  const ReportInput& input_;
  const RunSummary summary_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string pull_request_report(const ReportInput& input, Language language) {
  return Comment(input, language).write();
}

}  // namespace omniwriter
