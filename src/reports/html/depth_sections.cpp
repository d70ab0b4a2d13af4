#include "reports/html/depth_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/format_numbers.h"
#include "reports/html/html_text.h"
#include "reports/run_context.h"
#include "reports/texts.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxRows = 50;  // of a table
constexpr std::size_t kMaxEndpointsWithMessages = 20;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// Where styles are not let in; by kPhases.
constexpr std::array<std::string_view, kPhases.size()> kFills{"#78828f", "#8e3b9e", "#e8762c", "#d9a400",
                                                              "#1b998b", "#2563d4", "#4cc38a"};

class Sections {
 public:
  Sections(const Run& run, Language language) : run_(run), language_(language) {}

  [[nodiscard]] std::string measures(const RunSummary& summary, const MoreCharts& charts) const {
    return tool_verdicts() + scenario_users() + observed() + phases(summary, charts.phases) +
           checks(summary.checks, charts.checks) + metrics(summary, charts.metrics);
  }

  [[nodiscard]] std::string messages() const {
    const auto endpoints = messages_by_endpoint(run_);
    if (endpoints.empty()) return {};
    std::string text = section("messages", Text::error_messages);
    text += note(say(Text::messages_note, kTopMessages));
    text += table_head(
        {say(Text::message), say(Text::error_type), say(Text::count), say(Text::first_time), say(Text::last_time)},
        "texts messages");
    for (std::size_t i = 0; i < std::min(endpoints.size(), kMaxEndpointsWithMessages); ++i) {
      const EndpointMessages& of = endpoints[i];
      text +=
          fmt::format("<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"2\">{}</th><td>{}</td><td></td><td></td></tr>\n",
                      html_text(of.endpoint), count(of.count));
      for (const ErrorMessage* one : of.top) text += message(*one);
      if (of.others > 0)
        text += fmt::format("<tr><td colspan=\"5\">{}</td></tr>\n", say(Text::and_more, count(of.others)));
      text += "</tbody>\n";
    }
    text += "</table></div>\n";
    return text + more(endpoints.size(), kMaxEndpointsWithMessages) + "</section>\n";
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

  [[nodiscard]] std::string section(std::string_view id, Text title) const {
    return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", id, say(title));
  }
  static std::string note(std::string_view text) { return fmt::format("<p class=\"note\">{}</p>\n", text); }
  static std::string table_head(const std::vector<std::string>& titles, std::string_view kind = "") {
    std::string text =
        fmt::format("<div class=\"scroll\"><table class=\"sortable{}{}\">\n<thead><tr>", kind.empty() ? "" : " ", kind);
    for (const std::string& title : titles) text += fmt::format("<th scope=\"col\">{}</th>", title);
    return text + "</tr></thead>\n";
  }
  /// Sorted by its number, or by its text where it has none.
  struct Cell {
    Cell(std::string shown) : text(std::move(shown)) {}  // NOLINT(google-explicit-constructor): a text is a cell
    Cell(std::string shown, double number) : text(std::move(shown)), key(number) {}
    Cell(std::string shown, const std::optional<double>& number) : text(std::move(shown)), key(number.value_or(-1)) {}

    std::string text;
    std::optional<double> key;
  };
  static std::string begin_row(const std::vector<Cell>& cells) {
    std::string keys;
    for (const Cell& cell : cells) {
      keys += fmt::format("{}{}", keys.empty() ? "" : " ", cell.key ? fmt::format("{:.6g}", *cell.key) : "-");
    }
    return fmt::format("<tr data-keys=\"{}\">", keys);
  }
  static std::string row(std::string_view name, const std::vector<Cell>& cells) {
    std::string text = begin_row(cells) + fmt::format("<th scope=\"row\">{}</th>", name);
    for (const Cell& cell : cells) text += fmt::format("<td>{}</td>", cell.text);
    return text + "</tr>\n";
  }
  [[nodiscard]] Cell counted(std::uint64_t n) const { return {count(n), static_cast<double>(n)}; }
  [[nodiscard]] Cell share(double ratio) const { return {percent(ratio), ratio}; }
  [[nodiscard]] Cell timed(const std::optional<double>& seconds) const { return {time(seconds), seconds}; }
  [[nodiscard]] std::string more(std::size_t all, std::size_t shown) const {
    return all > shown ? note(say(Text::and_more, count(all - shown))) : "";
  }

  static std::string rect(SampleKind phase, double from, double share) {
    const auto at = static_cast<std::size_t>(std::ranges::find(kPhases, phase) - kPhases.begin());
    return fmt::format("<rect class=\"{}\" fill=\"{}\" x=\"{:.2f}%\" width=\"{:.2f}%\" height=\"100%\"/>",
                       name_of(phase), kFills[at], from * 100, share * 100);
  }
  /// All phases side by side.
  static std::string stack(const Phases& phases, std::string_view width, int height) {
    std::string parts;
    double from = 0;
    for (const PhaseSummary& one : phases.known) {
      if (one.share > 0) parts += rect(one.phase, from, one.share);
      from += one.share;
    }
    return fmt::format("<svg class=\"bar phases\" width=\"{}\" height=\"{}\" aria-hidden=\"true\">{}</svg>", width,
                       height, parts);
  }
  [[nodiscard]] std::string key(SampleKind phase) const {
    return fmt::format("<svg class=\"bar phases key\" width=\"11\" height=\"11\" aria-hidden=\"true\">{}</svg> {}",
                       rect(phase, 0, 1), say(text_for(phase)));
  }

  [[nodiscard]] std::string tool_verdicts() const {
    const auto& all = run_.tool_verdicts;
    if (all.empty()) return {};
    std::string text = section("verdicts", Text::tool_verdicts);
    text += table_head({say(Text::verdict_subject), say(Text::verdict_expected), say(Text::state)}, "texts");
    text += "<tbody>\n";
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      const ToolVerdict& one = all[i];
      const std::string_view kind = !one.passed ? "" : *one.passed ? " ok" : " not-ok";
      text += row(html_text(one.subject), {html_text(one.expected), fmt::format("<span class=\"state{}\">{}</span>",
                                                                                kind, say(text_for(one.passed)))});
    }
    return text + "</tbody>\n</table></div>\n" + more(all.size(), kMaxRows) + "</section>\n";
  }

  [[nodiscard]] std::string scenario_users() const {
    const auto all = scenario_users_of(run_);
    if (all.empty()) return {};
    std::string text = section("scenarios", Text::users_by_scenario);
    text += table_head({say(Text::scenario), say(Text::most_users)}) + "<tbody>\n";
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      text += row(html_text(all[i].scenario), {counted(all[i].most)});
    }
    return text + "</tbody>\n</table></div>\n" + more(all.size(), kMaxRows) + "</section>\n";
  }

  [[nodiscard]] std::string observed() const {
    const auto all = observed_of(run_);
    if (all.empty()) return {};
    std::string text = section("observed", Text::observed) + note(say(Text::observed_note));
    text += table_head({say(Text::query), say(Text::labels), say(Text::minimum), say(Text::mean), say(Text::maximum),
                        say(Text::last_value)},
                       "labelled");
    text += "<tbody>\n";
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      const ObservedSummary& one = all[i];
      const auto number = [&](double value) { return Cell(observed_text(value, language_), value); };
      text += row(html_text(one.series.query), {html_text(labels_text(one.series)), number(one.minimum),
                                                number(one.mean), number(one.maximum), number(one.last)});
    }
    return text + "</tbody>\n</table></div>\n" + more(all.size(), kMaxRows) + "</section>\n";
  }

  [[nodiscard]] std::string phases(const RunSummary& summary, const std::vector<Figure>& charts) const {
    const Phases& all = summary.phases;
    if (all.known.empty()) return {};
    std::string text = section("phases", Text::where_time_goes);
    if (const auto where = all.time_goes_to()) {
      text += fmt::format("<p class=\"where\"><strong>{}</strong></p>\n", say(text_for(*where)));
    }
    text += stack(all, "100%", 14) + "\n" + note(say(Text::phases_note)) + html_figures(charts);
    text += table_head({say(Text::phase), say(Text::samples), say(Text::mean), "p50", "p95", "p99", say(Text::maximum),
                        say(Text::share_of_phases)});
    text += "<tbody>\n";
    for (const PhaseSummary& one : all.known) {
      const Tally& tally = *one.tally;
      text += row(key(one.phase),
                  {counted(tally.samples()), timed(tally.mean()), timed(tally.quantile(0.5)),
                   timed(tally.quantile(0.95)), timed(tally.quantile(0.99)), timed(tally.maximum()), share(one.share)});
    }
    text += "</tbody>\n</table></div>\n";
    return text + phases_by_endpoint(summary) + "</section>\n";
  }

  [[nodiscard]] std::string phases_by_endpoint(const RunSummary& summary) const {
    std::string text = fmt::format("<h2>{}</h2>\n", say(Text::where_time_goes_by_endpoint));
    text += note(say(Text::phase_means_note));
    std::vector<std::string> titles{say(Text::endpoint), say(Text::most_of_the_time)};
    for (const PhaseSummary& one : summary.phases.known) titles.push_back(key(one.phase));
    text += table_head(titles) + "<tbody>\n";
    std::size_t endpoints = 0;
    for (const EndpointSummary& endpoint : summary.endpoints) {
      const Phases& phases = endpoint.phases;
      if (phases.known.empty() || ++endpoints > kMaxRows) continue;
      const auto where = phases.time_goes_to();
      std::vector<Cell> cells{(where ? say(text_for(*where)) : "") + stack(phases, "160", 8)};
      for (const PhaseSummary& one : summary.phases.known) {
        const Tally* const tally = phases.find(one.phase);
        cells.push_back(timed(tally == nullptr ? std::nullopt : tally->mean()));
        if (tally != nullptr) cells.back().text += fmt::format(" <small>{}</small>", percent(phases.share(one.phase)));
      }
      text += row(html_text(endpoint.endpoint), cells);
    }
    return text + "</tbody>\n</table></div>\n" + more(endpoints, kMaxRows);
  }

  [[nodiscard]] std::string checks(const std::vector<CheckSummary>& all, const std::vector<Figure>& charts) const {
    if (all.empty()) return {};
    std::string text = section("checks", Text::checks) + html_figures(charts);
    text += table_head({say(Text::check), say(Text::checks_passed), say(Text::checks_failed), say(Text::share_passed)});
    text += "<tbody>\n";
    for (std::size_t i = 0; i < std::min(all.size(), kMaxRows); ++i) {
      const CheckSummary& check = all[i];
      Cell failed = counted(check.failed);
      if (check.failed > 0) failed.text = fmt::format("<em>{}</em>", failed.text);
      text += row(html_text(check.name), {counted(check.passed), failed, share(check.rate())});
    }
    return text + "</tbody>\n</table></div>\n" + more(all.size(), kMaxRows) + "</section>\n";
  }

  /// How many values there are of each size, from the least to the greatest.
  static std::string shape(const MetricSummary& metric) {
    const std::vector<double> counts = distribution_of(metric);
    if (counts.empty()) return {};
    const double most = *std::ranges::max_element(counts);
    std::string path = "M0 20";
    for (const double n : counts) path += fmt::format("V{:.4g}h1", n > 0 ? 19 - 19 * n / most : 20);
    return fmt::format(
        "<svg class=\"shape\" width=\"120\" height=\"20\" viewBox=\"0 0 {} 20\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><path fill=\"#2563d4\" d=\"{}V20z\"/></svg>",
        counts.size(), path);
  }

  [[nodiscard]] std::string metrics(const RunSummary& summary, const std::vector<Figure>& charts) const {
    if (summary.metrics.empty()) return {};
    std::string text = section("metrics", Text::test_metrics);
    if (summary.dropped_iterations > 0) {
      text += fmt::format("<p><em>{}</em></p>\n", say(Text::iterations_dropped, count(summary.dropped_iterations)));
    }
    text += html_figures(charts);
    std::vector<const MetricSummary*> distributions;
    std::vector<const MetricSummary*> others;
    for (const MetricSummary& one : summary.metrics) (one.is_distribution() ? distributions : others).push_back(&one);
    return text + trends(distributions) + single_values(others) + "</section>\n";
  }

  [[nodiscard]] std::string trends(const std::vector<const MetricSummary*>& metrics) const {
    if (metrics.empty()) return {};
    std::string text = table_head({say(Text::metric), say(Text::count), say(Text::mean), say(Text::minimum), "p50",
                                   "p90", "p95", "p99", say(Text::maximum), say(Text::value_distribution)});
    text += "<tbody>\n";
    for (std::size_t i = 0; i < std::min(metrics.size(), kMaxRows); ++i) {
      const MetricSummary& one = *metrics[i];
      const Tally& tally = one.tally;
      const auto value = [&](const std::optional<double>& seconds) {
        return Cell(value_text(one, seconds, language_), seconds ? in_unit(one.kind, *seconds) : -1);
      };
      text +=
          row(html_text(one.name), {counted(tally.samples()), value(tally.mean()), value(tally.minimum()),
                                    value(tally.quantile(0.5)), value(tally.quantile(0.9)), value(tally.quantile(0.95)),
                                    value(tally.quantile(0.99)), value(tally.maximum()), shape(one)});
    }
    return text + "</tbody>\n</table></div>\n" + more(metrics.size(), kMaxRows);
  }

  [[nodiscard]] std::string single_values(const std::vector<const MetricSummary*>& metrics) const {
    if (metrics.empty()) return {};
    std::string text = table_head({say(Text::metric), say(Text::metric_kind), say(Text::count), say(Text::value)});
    text += "<tbody>\n";
    for (std::size_t i = 0; i < std::min(metrics.size(), kMaxRows); ++i) {
      const MetricSummary& one = *metrics[i];
      const double value = one.kind == SampleKind::counter ? one.sum() : one.last.value_or(one.rate());
      text += row(html_text(one.name), {say(text_for_kind(one.kind)), counted(one.tally.samples()),
                                        Cell(value_text(one, run_.duration_seconds(), language_), value)});
    }
    return text + "</tbody>\n</table></div>\n" + more(metrics.size(), kMaxRows);
  }

  [[nodiscard]] std::string message(const ErrorMessage& one) const {
    const std::string example = one.example == one.message ? ""
                                                           : fmt::format("<details><summary>{}</summary>{}</details>",
                                                                         say(Text::example), html_text(one.example));
    return fmt::format("<tr data-keys=\"- {} {} {}\"><td>{}{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       one.count, one.first_ns / kNsPerSecond, one.last_ns / kNsPerSecond,
                       html_text(message_text(one, language_)), example, html_text(one.error_type), count(one.count),
                       format_instant(one.first_ns), format_instant(one.last_ns));
  }

  const Run& run_;
  const Language language_;
};

}  // namespace

std::string html_measures(const Run& run, const RunSummary& summary, const MoreCharts& charts, Language language) {
  return Sections(run, language).measures(summary, charts);
}

std::string html_messages(const Run& run, Language language) { return Sections(run, language).messages(); }

}  // namespace omniwriter
