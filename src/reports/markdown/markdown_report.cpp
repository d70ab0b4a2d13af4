#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/response_times.h"
#include "model/translation.h"
#include "reports/format_numbers.h"
#include "reports/links.h"
#include "reports/markdown/depth_sections.h"
#include "reports/markdown/markdown_text.h"
#include "reports/markdown/verdict_section.h"
#include "reports/recommendations.h"
#include "reports/report.h"
#include "reports/run_summary.h"
#include "reports/texts.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxEndpoints = 100;

class Document {
 public:
  Document(const ReportInput& input, Language language)
      : input_(input), run_(input.run), ledger_(input.ledger), summary_(input.run), language_(language) {}

  std::string write() && {
    out_ += fmt::format("# {}: {}\n\n", say(Text::report_title), markdown_text(run_.info.test_name));
    if (input_.judgement != nullptr) out_ += markdown_verdict(*input_.judgement, language_);
    head();
    headline();
    response_time();
    endpoints();
    transactions();
    dimensions();
    out_ += markdown_measures(run_, summary_, language_);
    errors();
    out_ += markdown_messages(run_, language_);
    statuses();
    not_counted();
    delivery();
    recommended();
    provenance();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view say(Text text) const { return text_of(text, language_); }
  template <typename... Values>
  [[nodiscard]] std::string say(Text text, const Values&... values) const {
    return fmt::format(fmt::runtime(text_of(text, language_)), values...);
  }
  [[nodiscard]] std::string count(std::uint64_t n) const { return format_count(n, language_); }
  [[nodiscard]] std::string percent(double ratio) const { return format_percent(ratio, language_); }
  [[nodiscard]] std::string time(const std::optional<double>& seconds) const { return format_time(seconds, language_); }
  /// How exact the percentiles are.
  [[nodiscard]] std::string bound() const {
    const auto error = summary_.total.relative_error();
    return error ? "±" + percent(*error) : std::string(say(Text::reported));
  }

  void heading(Text text) { out_ += fmt::format("\n## {}\n\n", say(text)); }
  template <typename... Cells>
  void row(const Cells&... cells) {
    ((out_ += fmt::format("| {} ", cells)), ...);
    out_ += "|\n";
  }

  void row(const std::vector<std::string>& cells) { out_ += fmt::format("| {} |\n", fmt::join(cells, " | ")); }
  /// The first column is of names, the others of numbers. What is left out at the end of a table has a name alone.
  void table_head(std::vector<std::string> titles) {
    row(titles);
    std::ranges::fill(titles, "---:");
    titles.front() = "---";
    row(titles);
  }
  [[nodiscard]] std::vector<std::string> titles(std::string name) const {
    std::vector<std::string> titles{std::move(name)};
    for (const Text title : {Text::samples, Text::requests_per_second, Text::errors, Text::mean, Text::minimum}) {
      titles.emplace_back(say(title));
    }
    for (const std::string_view percentile : {"p50", "p90", "p95", "p99"}) titles.emplace_back(percentile);
    for (const Text title : {Text::maximum, Text::standard_deviation, Text::apdex}) titles.emplace_back(say(title));
    return titles;
  }

  void head() {
    row("", "");
    row("---", "---");
    row(say(Text::test), markdown_text(run_.info.test_name));
    row(say(Text::run_id), markdown_text(run_.info.run_id));
    row(say(Text::tool), markdown_text(run_.info.tool));
    row(say(Text::started), format_instant(run_.started_ns));
    row(say(Text::ended), format_instant(run_.ended_ns));
    row(say(Text::duration), format_duration(run_.duration_seconds(), language_));
    for (const auto& [title, url] : links_of(input_)) row(say(title), fmt::format("<{}>", url));
  }

  void headline() {
    heading(Text::summary);
    row("", say(Text::value));
    row("---", "---:");
    row(say(Text::samples), count(summary_.numbers.samples));
    row(say(Text::errors),
        fmt::format("{} ({})", count(summary_.numbers.errors), percent(summary_.numbers.error_ratio)));
    row(say(Text::throughput), format_number(summary_.numbers.throughput_rps, language_) + " req/s");
    if (const auto found = satisfaction(summary_.numbers)) row(say(Text::apdex), number(found->apdex));
    row(say(Text::active_users_max), count(summary_.active_users_max));
    if (summary_.bytes_received) row(say(Text::received), format_bytes(*summary_.bytes_received, language_));
    if (summary_.bytes_sent) row(say(Text::sent), format_bytes(*summary_.bytes_sent, language_));
  }

  void response_time() {
    const Tally& times = summary_.total;
    const std::string_view exact = say(summary_.reported ? Text::reported : Text::exact);
    const auto line = [&](std::string_view name, const std::optional<double>& value, std::string_view how_exact) {
      row(name, time(value), value ? how_exact : "–");
    };
    heading(Text::response_time);
    row(say(Text::statistic), say(Text::value), say(Text::precision));
    row("---", "---:", "---");
    line(say(Text::mean), times.mean(), exact);
    line(say(Text::minimum), times.minimum(), exact);
    for (const double percentile : {50.0, 90.0, 95.0, 99.0, 99.9}) {
      const std::string name =
          percentile == 99.9 ? format_number(percentile, language_) : fmt::format("{}", percentile);
      line("p" + name, times.quantile(percentile / 100), bound());
    }
    line(say(Text::maximum), times.maximum(), exact);
    const auto error = standard_deviation_error(times);
    line(say(Text::standard_deviation), standard_deviation(times), error ? "±" + percent(*error) : std::string(exact));
    out_ += fmt::format("\n{}\n", summary_.exactness(language_));
  }

  [[nodiscard]] std::string number(double value) const { return format_number(value, language_); }
  [[nodiscard]] std::optional<Satisfaction> satisfaction(const TallySummary& numbers) const {
    return satisfaction_of(numbers.tally, numbers.errors, std::chrono::duration<double>(input_.apdex).count());
  }

  /// Cells of a table of endpoints or transactions.
  [[nodiscard]] std::vector<std::string> cells_of(const std::string& name, const TallySummary& numbers) const {
    const Tally& times = numbers.tally;
    const auto found = satisfaction(numbers);
    return {name,
            count(numbers.samples),
            number(numbers.throughput_rps),
            percent(numbers.error_ratio),
            time(times.mean()),
            time(times.minimum()),
            time(times.quantile(0.5)),
            time(times.quantile(0.9)),
            time(times.quantile(0.95)),
            time(times.quantile(0.99)),
            time(times.maximum()),
            time(standard_deviation(times)),
            found ? number(found->apdex) : "–"};
  }
  void endpoint_row(const std::string& name, const TallySummary& numbers, double share) {
    auto cells = cells_of(name, numbers);
    cells.push_back(percent(share));
    row(cells);
  }

  void endpoints() {
    heading(Text::endpoints);
    auto columns = titles(std::string(say(Text::endpoint)));
    columns.emplace_back(say(Text::share_of_time));
    table_head(columns);
    std::size_t shown = 0;
    for (const EndpointSummary& endpoint : summary_.endpoints) {
      if (shown == kMaxEndpoints) break;
      endpoint_row(markdown_text(endpoint.endpoint), endpoint.numbers, endpoint.share);
      ++shown;
    }
    if (const std::size_t rest = summary_.endpoints.size() - shown; rest > 0) {
      std::vector<std::string> cells(columns.size());
      cells.front() = say(Text::and_more, count(rest));
      row(cells);
    }
    endpoint_row(fmt::format("**{}**", say(Text::total)), summary_.numbers, 1);
    out_ += fmt::format("\n{}\n", say(Text::impact_note));
    const auto found = satisfaction(summary_.numbers);
    if (!found) return;
    out_ += fmt::format("\n{}", say(Text::apdex_note, time(std::chrono::duration<double>(input_.apdex).count())));
    if (number(found->apdex) != number(found->most_apdex)) {
      out_ += fmt::format(" {}", say(Text::apdex_bounds, number(found->most_apdex)));
    }
    out_ += "\n";
  }

  void transactions() {
    if (summary_.transactions.empty()) return;
    heading(Text::transactions);
    apart(std::string(say(Text::transaction)), summary_.transactions);
    out_ += fmt::format("\n{}\n", say(Text::transactions_note));
  }

  void dimensions() {
    if (summary_.dimensions.empty()) return;
    heading(Text::dimensions);
    for (const DimensionSummary& dimension : summary_.dimensions) {
      apart(markdown_text(dimension.name), dimension.values);
      out_ += '\n';
    }
  }

  /// A table of numbers that are in no total.
  void apart(std::string title, const std::vector<EndpointSummary>& all) {
    const auto columns = titles(std::move(title));
    table_head(columns);
    for (std::size_t i = 0; i < std::min(all.size(), kMaxEndpoints); ++i) {
      row(cells_of(markdown_text(all[i].indented("\u2003")), all[i].numbers));
    }
    if (all.size() > kMaxEndpoints) {
      std::vector<std::string> cells(columns.size());
      cells.front() = say(Text::and_more, count(all.size() - kMaxEndpoints));
      row(cells);
    }
  }

  void errors() {
    heading(Text::errors_by_type);
    if (summary_.errors_by_type.empty()) {
      out_ += fmt::format("{}\n", say(Text::no_errors));
      return;
    }
    counts(Text::error_type, summary_.errors_by_type);
  }

  void statuses() {
    heading(Text::statuses);
    counts(Text::status, summary_.statuses);
  }

  void counts(Text what, const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
    row(say(what), say(Text::count), say(Text::share_of_samples));
    row("---", "---:", "---:");
    for (const auto& [name, n] : counts) {
      row(markdown_text(name), count(n),
          percent(static_cast<double>(n) / static_cast<double>(summary_.numbers.samples)));
    }
  }

  void not_counted() {
    heading(Text::not_counted);
    const auto start = out_.size();
    if (summary_.transaction_samples > 0) repeating(Text::transactions, summary_.transaction_samples);
    if (summary_.sub_results > 0) repeating(Text::sub_results, summary_.sub_results);
    if (run_.bad_records > 0) out_ += fmt::format("- {}: {}\n", say(Text::bad_records), count(run_.bad_records));
    for (const Remark& remark : run_.remarks) {
      out_ += fmt::format("- {}\n", markdown_text(text_of(remark, language_)));
    }
    if (out_.size() == start) out_ += fmt::format("{}\n", say(Text::nothing));
    if (!run_.bad_record_reports.empty()) {
      out_ += '\n';
      row(say(Text::file), say(Text::line), say(Text::reason));
      row("---", "---:", "---");
      for (const BadRecordReport& bad : run_.bad_record_reports)
        row(markdown_text(bad.file), bad.line, markdown_text(translated(bad.reason, language_)));
    }
  }

  void repeating(Text what, std::uint64_t n) {
    out_ += fmt::format("- {}: {} ({})\n", say(what), count(n), say(Text::repeats_note));
  }

  void delivery() {
    heading(Text::delivery);
    if (ledger_.empty()) {
      out_ += fmt::format("{}\n", say(Text::no_outputs));
      return;
    }
    row(say(Text::output), say(Text::accepted), say(Text::rejected), say(Text::pending), say(Text::records),
        say(Text::retries), "");
    row("---", "---:", "---:", "---:", "---:", "---:", "---");
    for (const LedgerEntry& entry : ledger_) {
      row(markdown_text(entry.output), count(entry.accepted), count(entry.rejected), count(entry.pending),
          count(entry.items), count(entry.retries),
          say(entry.closed() && summary_.adds_up(entry) ? Text::complete : Text::incomplete));
    }
    const bool closes =
        std::all_of(ledger_.begin(), ledger_.end(), [&](const LedgerEntry& entry) { return summary_.adds_up(entry); });
    out_ += fmt::format("\n{}\n", say(closes ? Text::ledger_note : Text::ledger_gap, count(summary_.numbers.samples)));
    problems();
  }

  void problems() {
    bool first = true;
    for (const LedgerEntry& entry : ledger_) {
      for (const std::string& problem : entry.problems) {
        if (first) out_ += fmt::format("\n{}:\n\n", say(Text::problems));
        first = false;
        out_ += fmt::format("- {}: {}\n", markdown_text(entry.output), markdown_text(translated(problem, language_)));
      }
    }
  }

  void recommended() {
    heading(Text::recommendations);
    const auto found = recommendations(&run_, ledger_, input_.systems, input_.rules);
    if (found.empty()) out_ += fmt::format("{}\n", say(Text::no_recommendations));
    for (const Recommendation& one : found) {
      out_ += fmt::format("- {}\n  - {}: {}\n", markdown_text(one.text.in(language_)), say(Text::evidence),
                          markdown_text(one.evidence.in(language_)));
    }
  }

  void provenance() {
    heading(Text::provenance);
    out_ += fmt::format("- {}: {}\n", say(Text::files), joined(run_.info.files));
    std::vector<std::string> tags;
    tags.reserve(run_.info.tags.size());
    for (const auto& [key, value] : run_.info.tags) tags.push_back(fmt::format("{}={}", key, value));
    if (!tags.empty()) out_ += fmt::format("- {}: {}\n", say(Text::tags), joined(tags));
    std::vector<std::string> environment;
    for (const auto& [name, value] : run_.info.environment) environment.push_back(fmt::format("{}={}", name, value));
    if (!environment.empty()) out_ += fmt::format("- {}: {}\n", say(Text::environment), joined(environment));
    out_ += fmt::format("- {}: {} s\n", say(Text::time_slots), run_.interval_seconds);
    if (run_.other_samples > 0) {
      out_ +=
          fmt::format("- {}: {}\n", say(Text::other_samples, markdown_text(kOtherEndpoint)), count(run_.other_samples));
    }
    out_ += fmt::format("- {}\n", summary_.provenance(language_));
  }

  static std::string joined(const std::vector<std::string>& texts) {
    std::string result;
    for (const std::string& text : texts) result += (result.empty() ? "" : ", ") + markdown_text(text);
    return result;
  }

  const ReportInput& input_;
  const Run& run_;
  const std::vector<LedgerEntry>& ledger_;
  const RunSummary summary_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string markdown_report(const ReportInput& input, Language language) { return Document(input, language).write(); }

}  // namespace omniwriter
