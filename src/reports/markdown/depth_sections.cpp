#include "reports/markdown/depth_sections.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "reports/format_numbers.h"
#include "reports/markdown/markdown_text.h"
#include "reports/run_context.h"
#include "reports/terminal/sparkline.h"
#include "reports/texts.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxRows = 100;  // of a table
constexpr std::size_t kMaxEndpointsWithMessages = 20;

class Sections {
 public:
  Sections(const Run& run, Language language) : run_(run), language_(language) {}

  std::string measures(const RunSummary& summary) && {
    tool_verdicts();
    scenario_users();
    observed();
    phases(summary);
    checks(summary.checks);
    metrics(summary.metrics);
    if (summary.dropped_iterations > 0) {
      out_ += fmt::format("\n{}\n", say(Text::iterations_dropped, count(summary.dropped_iterations)));
    }
    return std::move(out_);
  }

  std::string messages() && {
    const auto endpoints = messages_by_endpoint(run_);
    if (endpoints.empty()) return {};
    heading(Text::error_messages);
    table({say(Text::endpoint), say(Text::error_type), say(Text::message), say(Text::count), say(Text::first_time),
           say(Text::last_time), say(Text::example)},
          {"---", "---", "---", "---:", "---", "---", "---"});
    std::size_t shown = 0;
    for (const EndpointMessages& of : endpoints) {
      if (shown++ == kMaxEndpointsWithMessages) break;
      for (const ErrorMessage* one : of.top) {
        row({markdown_text(one->endpoint), markdown_text(one->error_type), markdown_text(message_text(*one, language_)),
             count(one->count), format_instant(one->first_ns), format_instant(one->last_ns),
             one->example == one->message ? "" : markdown_text(one->example)});
      }
      if (of.others > 0) row({markdown_text(of.endpoint), "", say(Text::and_more, count(of.others)), "", "", "", ""});
    }
    if (endpoints.size() > kMaxEndpointsWithMessages) {
      row({say(Text::and_more, count(endpoints.size() - kMaxEndpointsWithMessages)), "", "", "", "", "", ""});
    }
    out_ += fmt::format("\n{}\n", say(Text::messages_note, kTopMessages));
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string say(Text text) const { return std::string(text_of(text, language_)); }
  template <typename... Values>
  [[nodiscard]] std::string say(Text text, const Values&... values) const {
    return fmt::format(fmt::runtime(text_of(text, language_)), values...);
  }
  [[nodiscard]] std::string count(std::uint64_t n) const { return format_count(n, language_); }
  [[nodiscard]] std::string percent(double ratio) const { return format_percent(ratio, language_); }
  [[nodiscard]] std::string time(const std::optional<double>& seconds) const { return format_time(seconds, language_); }

  void heading(Text text) { out_ += fmt::format("\n## {}\n\n", say(text)); }
  void row(const std::vector<std::string>& cells) { out_ += fmt::format("| {} |\n", fmt::join(cells, " | ")); }
  void table(const std::vector<std::string>& titles, const std::vector<std::string>& lines) {
    row(titles);
    row(lines);
  }
  /// The first column is of names, the others of numbers.
  void table(const std::vector<std::string>& titles) {
    std::vector<std::string> lines(titles.size(), "---:");
    lines.front() = "---";
    table(titles, lines);
  }
  void more(std::size_t all, std::size_t columns) {
    if (all <= kMaxRows) return;
    std::vector<std::string> cells(columns);
    cells.front() = say(Text::and_more, count(all - kMaxRows));
    row(cells);
  }

  void tool_verdicts() {
    const auto& all = run_.tool_verdicts;
    if (all.empty()) return;
    heading(Text::tool_verdicts);
    table({say(Text::verdict_subject), say(Text::verdict_expected), say(Text::state)}, {"---", "---", "---"});
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      row({markdown_text(all[i].subject), markdown_text(all[i].expected), say(text_for(all[i].passed))});
    }
    more(all.size(), 3);
  }

  void scenario_users() {
    const auto all = scenario_users_of(run_);
    if (all.empty()) return;
    heading(Text::users_by_scenario);
    table({say(Text::scenario), say(Text::most_users)});
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      row({markdown_text(all[i].scenario), count(all[i].most)});
    }
    more(all.size(), 2);
  }

  void observed() {
    const auto all = observed_of(run_);
    if (all.empty()) return;
    heading(Text::observed);
    std::vector<std::string> titles{say(Text::query), say(Text::labels)};
    std::vector<std::string> lines{"---", "---"};
    for (const Text title : {Text::minimum, Text::mean, Text::maximum, Text::last_value}) {
      titles.push_back(say(title));
      lines.emplace_back("---:");
    }
    table(titles, lines);
    for (const ObservedSummary& one : all) {
      const auto number = [&](double value) { return observed_text(value, language_); };
      row({markdown_text(one.series.query), markdown_text(labels_text(one.series)), number(one.minimum),
           number(one.mean), number(one.maximum), number(one.last)});
    }
    out_ += fmt::format("\n{}\n", say(Text::observed_note));
  }

  void phases(const RunSummary& summary) {
    const Phases& all = summary.phases;
    if (all.known.empty()) return;
    heading(Text::where_time_goes);
    if (const auto where = all.time_goes_to()) out_ += fmt::format("**{}**\n\n", say(text_for(*where)));
    table({say(Text::phase), say(Text::samples), say(Text::mean), "p50", "p95", "p99", say(Text::maximum),
           say(Text::share_of_phases)});
    for (const PhaseSummary& one : all.known) {
      const Tally& tally = *one.tally;
      row({say(text_for(one.phase)), count(tally.samples()), time(tally.mean()), time(tally.quantile(0.5)),
           time(tally.quantile(0.95)), time(tally.quantile(0.99)), time(tally.maximum()), percent(one.share)});
    }
    out_ += fmt::format("\n{}\n\n", say(Text::phases_note));

    std::vector<std::string> titles{say(Text::endpoint)};
    for (const PhaseSummary& one : all.known) titles.push_back(say(text_for(one.phase)));
    titles.push_back(say(Text::most_of_the_time));
    std::vector<std::string> lines(titles.size(), "---:");
    lines.front() = lines.back() = "---";
    table(titles, lines);
    std::size_t shown = 0;
    std::size_t endpoints = 0;
    for (const EndpointSummary& endpoint : summary.endpoints) {
      if (endpoint.phases.known.empty()) continue;
      ++endpoints;
      if (shown == kMaxRows) continue;
      ++shown;
      std::vector<std::string> cells{markdown_text(endpoint.endpoint)};
      for (const PhaseSummary& one : all.known) {
        const Tally* const tally = endpoint.phases.find(one.phase);
        cells.push_back(tally == nullptr
                            ? "–"
                            : fmt::format("{} ({})", time(tally->mean()), percent(endpoint.phases.share(one.phase))));
      }
      const auto where = endpoint.phases.time_goes_to();
      cells.push_back(where ? say(text_for(*where)) : "–");
      row(cells);
    }
    more(endpoints, titles.size());
    out_ += fmt::format("\n{}\n", say(Text::phase_means_note));
  }

  void checks(const std::vector<CheckSummary>& all) {
    if (all.empty()) return;
    heading(Text::checks);
    table({say(Text::check), say(Text::checks_passed), say(Text::checks_failed), say(Text::share_passed)});
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      row({markdown_text(all[i].name), count(all[i].passed), count(all[i].failed), percent(all[i].rate())});
    }
    more(all.size(), 4);
  }

  void metrics(const std::vector<MetricSummary>& all) {
    if (all.empty()) return;
    heading(Text::test_metrics);
    std::vector<const MetricSummary*> distributions;
    std::vector<const MetricSummary*> others;
    for (const MetricSummary& one : all) (one.is_distribution() ? distributions : others).push_back(&one);
    if (!distributions.empty()) {
      table({say(Text::metric), say(Text::metric_kind), say(Text::count), say(Text::mean), say(Text::minimum), "p50",
             "p90", "p95", "p99", say(Text::maximum), say(Text::value_distribution)});
      for (std::size_t i = 0; i < std::min(distributions.size(), kMaxRows); ++i) {
        const MetricSummary& one = *distributions[i];
        const auto value = [&](const std::optional<double>& seconds) { return value_text(one, seconds, language_); };
        const Tally& tally = one.tally;
        row({markdown_text(one.name), say(text_for_kind(one.kind)), count(tally.samples()), value(tally.mean()),
             value(tally.minimum()), value(tally.quantile(0.5)), value(tally.quantile(0.9)),
             value(tally.quantile(0.95)), value(tally.quantile(0.99)), value(tally.maximum()),
             sparkline(distribution_of(one))});
      }
      more(distributions.size(), 11);
      if (!others.empty()) out_ += '\n';
    }
    if (others.empty()) return;
    table({say(Text::metric), say(Text::metric_kind), say(Text::count), say(Text::value)});
    for (std::size_t i = 0; i < std::min(others.size(), kMaxRows); ++i) {
      const MetricSummary& one = *others[i];
      row({markdown_text(one.name), say(text_for_kind(one.kind)), count(one.tally.samples()),
           value_text(one, run_.duration_seconds(), language_)});
    }
    more(others.size(), 4);
  }

  const Run& run_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string markdown_measures(const Run& run, const RunSummary& summary, Language language) {
  return Sections(run, language).measures(summary);
}

std::string markdown_messages(const Run& run, Language language) { return Sections(run, language).messages(); }

}  // namespace omniwriter
