#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/response_times.h"
#include "model/translation.h"
#include "reports/format_numbers.h"
#include "reports/html/chart_data.h"
#include "reports/html/depth_sections.h"
#include "reports/html/figures.h"
#include "reports/html/html_text.h"
#include "reports/html/page_files.h"
#include "reports/html/sketch.h"
#include "reports/html/verdict_section.h"
#include "reports/links.h"
#include "reports/recommendations.h"
#include "reports/report.h"
#include "reports/run_summary.h"
#include "reports/texts.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxEndpoints = 1000;
constexpr std::size_t kMaxTableBytes = 420'000;  // of its rows: names may be long
constexpr std::size_t kMaxTransactions = 100;
constexpr std::size_t kMaxRows = 50;  // of every other table

class Page {
 public:
  Page(const ReportInput& input, Language language)
      : input_(input),
        run_(input.run),
        summary_(input.run),
        charts_(chart_data(input, language)),
        language_(language) {}

  [[nodiscard]] std::string write() const {
    return filled(kPageHtml.text, [this](std::string_view name) -> std::string {
      if (name == "policy") return policy();
      if (name == "lang") return std::string(tag_of(language_));
      if (name == "title") return title();
      if (name == "uplot_css") return std::string(kUplotCss.text);
      if (name == "page_css") return std::string(kPageCss.text);
      if (name == "uplot_js") return std::string(kUplotJs.text);
      if (name == "page_js") return std::string(kPageJs.text);
      if (name == "data") return html_json(charts_.json);
      if (name == "header") return header();
      if (name == "verdict") return input_.judgement == nullptr ? "" : html_verdict(*input_.judgement, language_);
      if (name == "numbers") return numbers();
      if (name == "satisfaction") return satisfied();
      if (name == "recommendations") return recommended();
      if (name == "charts") return charts();
      if (name == "endpoints") return endpoints();
      if (name == "errors")
        return html_measures(run_, summary_, charts_.more, language_) + errors() + html_messages(run_, language_);
      if (name == "not_counted") return not_counted();
      if (name == "delivery") return delivery();
      if (name == "systems") return systems();
      return provenance();
    });
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
  [[nodiscard]] std::string rate(double rps) const { return format_number(rps, language_); }

  /// Nothing but what is in the file may run, and nothing may be fetched or sent.
  static std::string policy() {
    return fmt::format(
        "default-src 'none'; script-src 'sha256-{}' 'sha256-{}'; style-src 'sha256-{}' 'sha256-{}'; base-uri 'none'; "
        "form-action 'none'",
        kUplotJs.sha256, kPageJs.sha256, kUplotCss.sha256, kPageCss.sha256);
  }

  [[nodiscard]] std::string title() const {
    return fmt::format("{} · {}", html_text(run_.info.test_name), say(Text::report_title));
  }

  [[nodiscard]] std::string header() const {
    std::string tags;
    for (const auto& [key, value] : run_.info.tags) {
      if (is_link(key, value)) continue;
      tags += fmt::format("<li>{}</li>", html_text(fmt::format("{}={}", key, value)));
    }
    const std::string bytes = bytes_text(summary_, language_, " ");
    std::string links;
    for (const auto& [name, url] : links_of(input_)) {
      links += fmt::format("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a> ", html_address(url), say(name));
    }
    return fmt::format(
        "<div>\n<p class=\"unstyled\">{}</p>\n<p class=\"kind\">{}</p>\n<h1>{}</h1>\n<p "
        "class=\"facts\"><span>{}</span> · <span>{} – {}</span> · "
        "<span>{}</span> · {}<span class=\"id\">{}</span></p>\n{}{}</div>\n"
        "<button id=\"theme\" type=\"button\" title=\"{}\" aria-label=\"{}\" hidden>"
        "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"8.5\"/>"
        "<path d=\"M12 3.5a8.5 8.5 0 0 1 0 17z\"/></svg></button>",
        say(Text::without_styles), say(Text::report_title), html_text(run_.info.test_name), html_text(run_.info.tool),
        format_instant(run_.started_ns), format_instant(run_.ended_ns),
        format_duration(run_.duration_seconds(), language_),
        bytes.empty() ? "" : fmt::format("<span>{}</span> · ", bytes), html_text(run_.info.run_id),
        links.empty() ? "" : fmt::format("<p class=\"links\">{}</p>\n", links),
        tags.empty() ? "" : fmt::format("<ul class=\"tags\">{}</ul>\n", tags), say(Text::theme), say(Text::theme));
  }

  /// Whether the whole run is beyond what an alert allows.
  [[nodiscard]] bool breached(AlertSignal signal, double value) const {
    return summary_.numbers.samples > 0 && std::ranges::any_of(input_.rules, [&](const AlertRule& rule) {
             return rule.enabled && rule.signal == signal && rule.breached(value);
           });
  }

  static std::string number(std::string_view name, std::string_view value, std::string_view more, bool bad = false) {
    return fmt::format("<div class=\"number{}\"><dt>{}</dt><dd>{}</dd><dd class=\"more\">{}</dd></div>\n",
                       bad ? " bad" : "", name, value, more);
  }

  [[nodiscard]] std::string numbers() const {
    const Tally& times = summary_.total;
    const auto p95 = times.quantile(0.95);
    const auto bound = times.relative_error();
    std::string text;
    text += number(say(Text::samples), count(summary_.numbers.samples),
                   format_duration(run_.duration_seconds(), language_));
    text += number(say(Text::throughput), rate(summary_.numbers.throughput_rps) + "<small> req/s</small>",
                   fmt::format("{} {}", say(Text::maximum), rate(charts_.most_requests)),
                   breached(AlertSignal::throughput, summary_.numbers.throughput_rps));
    text += number(say(Text::errors), percent(summary_.numbers.error_ratio), count(summary_.numbers.errors),
                   breached(AlertSignal::error_ratio, summary_.numbers.error_ratio));
    text +=
        number(say(Text::mean), time(times.mean()), fmt::format("{} {}", say(Text::minimum), time(times.minimum())));
    if (summary_.only_mean) {
      const auto most = times.maximum();
      text +=
          number("p50, p95, p99", "–",
                 most ? fmt::format("{} {}", say(Text::maximum), time(most)) : std::string(say(Text::only_the_mean)));
    } else {
      text += number("p50", time(times.quantile(0.5)), fmt::format("p90 {}", time(times.quantile(0.9))));
      text += number("p95", time(p95), bound ? "±" + percent(*bound) : std::string(say(Text::reported)),
                     p95 && breached(AlertSignal::response_time_p95, *p95));
      text +=
          number("p99", time(times.quantile(0.99)), fmt::format("{} {}", say(Text::maximum), time(times.maximum())));
    }
    if (charts_.has_users) {
      text += number(say(Text::users_over_time), count(summary_.active_users_max), say(Text::maximum));
    }
    return text;
  }

  /// How many requests were fast enough, as a bar of three parts.
  [[nodiscard]] std::string satisfied() const {
    const auto found = satisfaction(summary_.numbers);
    if (!found) return "";
    const auto all = static_cast<double>(summary_.numbers.samples);
    const std::string quick = time(threshold());
    const std::string bearable = time(4 * threshold());
    struct Part {
      std::string_view kind;
      std::string_view fill;  // where styles are not let in
      std::string name;
      std::uint64_t count;
    };
    const std::array<Part, 3> parts{
        Part{"quick", "#1d7a4a", say(Text::up_to, quick), found->quick},
        Part{"bearable", "#d9a400", say(Text::from_to, quick, bearable), found->bearable},
        Part{"slow", "#c8293c", say(Text::more_than, bearable), found->slow},
    };
    std::string bars;
    std::string keys;
    double left = 0;
    for (const Part& part : parts) {
      const double share = static_cast<double>(part.count) / all;
      bars += fmt::format("<rect class=\"{}\" fill=\"{}\" x=\"{:.4g}%\" width=\"{:.4g}%\" height=\"12\"/>", part.kind,
                          part.fill, left * 100, share * 100);
      keys += fmt::format("<li class=\"{}\">{}: <b>{}</b> ({})</li>", part.kind, part.name, count(part.count),
                          percent(share));
      left += share;
    }
    if (summary_.numbers.errors > 0) {
      keys += fmt::format("<li class=\"failed\">{}: <b>{}</b> ({})</li>", say(Text::failed),
                          count(summary_.numbers.errors), percent(summary_.numbers.error_ratio));
    }
    std::string note = say(Text::apdex_note, quick);
    if (rate(found->apdex) != rate(found->most_apdex)) note += " " + say(Text::apdex_bounds, rate(found->most_apdex));
    return fmt::format(
        "<div class=\"satisfaction\"><p class=\"apdex\"><small>{}</small> <b>{}</b></p>\n<div><svg width=\"100%\" "
        "height=\"12\" aria-hidden=\"true\">{}</svg>\n<ul class=\"parts\">{}</ul>\n{}</div></div>\n",
        say(Text::apdex), rate(found->apdex), bars, keys, paragraph(note, "note"));
  }

  [[nodiscard]] std::string recommended() const {
    const auto found = recommendations(&run_, input_.ledger, input_.systems, input_.rules);
    std::string text = heading(Text::recommendations);
    if (found.empty()) return text + paragraph(say(Text::no_recommendations));
    text += "<ul class=\"advice\">\n";
    for (const Recommendation& one : found) {
      text +=
          fmt::format("<li data-id=\"{}\"><strong>{}</strong> <span><span class=\"quiet\">{}:</span> {}</span></li>\n",
                      html_text(one.id), html_text(one.text.in(language_)), say(Text::evidence),
                      html_text(one.evidence.in(language_)));
    }
    return text + "</ul>\n";
  }

  [[nodiscard]] std::string charts() const {
    if (charts_.points == 0) return "";
    std::string note = say(Text::charts_hint, charts_.step_seconds);
    if (charts_.points > 2) note += fmt::format(" {}", say(Text::rates_note));
    std::string text =
        heading(Text::charts) + paragraph(note + on_screen(Text::zoom_hint) + on_screen(Text::keys_hint), "note");
    text += fmt::format("<noscript><p class=\"note\">{}</p></noscript>\n", say(Text::charts_need_script));
    const auto named = [&](Text name) { return std::string(say(name)); };
    const TimePoints& course = charts_.coarse;
    const auto sketched = [&](std::string_view color, const auto& value) {
      SketchedLine line{.color = color, .values = {}};
      for (const TimePoint& point : course.points) line.values.push_back(value(point));
      return line;
    };
    const auto quantile = [&](double q) {
      return
          [q](const TimePoint& point) { return point.tally.samples() == 0 ? std::nullopt : point.tally.quantile(q); };
    };
    const auto of_rates = sketch_of_lines(
        {sketched("#2563d4", [&](const TimePoint& point) { return course.rate(point, point.tally.samples()); }),
         sketched("#c8293c", [&](const TimePoint& point) { return course.rate(point, point.errors); })},
        [&](double most) { return fmt::format("{} {} req/s", say(Text::short_maximum), rate(most)); });
    const auto of_times = sketch_of_lines(
        {sketched("#d97706", quantile(0.95)), sketched("#1b998b", quantile(0.5))},
        [&](double most) { return fmt::format("p95, p50: {} {}", say(Text::short_maximum), time(most)); });
    const auto of_users = sketch_of_lines(
        {sketched(
            "#6d4fd1",
            [](const TimePoint& point) { return point.users ? std::optional<double>(*point.users) : std::nullopt; })},
        [&](double most) {
          return fmt::format("{} {}", say(Text::short_maximum), count(static_cast<std::uint64_t>(most)));
        });
    const std::string_view one_time = summary_.only_mean ? say(Text::short_mean) : "p95";
    std::vector<Figure> figures{
        {"requests", named(Text::requests_over_time), true, "", false, of_rates},
        {"percentiles", named(Text::response_time_over_time), charts_.has_times, "", false, of_times},
        {"users", named(Text::users_over_time), charts_.has_users, "", false, of_users},
        {"errors", named(Text::errors_over_time), charts_.has_errors},
        {"statuses", named(Text::statuses_over_time), charts_.has_statuses},
        {"bytes", named(Text::bytes_over_time), charts_.has_bytes},
        {"machine", named(Text::machine_over_time), charts_.has_machine},
        {"by-endpoint", say(Text::endpoints_over_time, one_time), charts_.has_times && charts_.endpoints > 1},
        {"heatmap", named(Text::distribution_over_time), charts_.has_distribution, std::string(say(Text::heatmap_note)),
         true}};
    figures.insert(figures.begin() + 3, charts_.more.observed.begin(), charts_.more.observed.end());
    text += html_figures(std::move(figures));
    if (!charts_.has_times) return text;
    const TimeBars bars = time_bars_of(summary_.total.response_time, kMaxBars);
    const auto of_bars = sketch_of_bars(
        bars.counts,
        bars.counts.empty() ? "" : fmt::format("{} – {}", time(bars.edge(0)), time(bars.edge(bars.counts.size()))));
    const std::string one_point = say(Text::one_point_a_period, charts_.step_seconds);
    return text + "</section>\n<section>\n" + heading(Text::distribution) +
           html_figures({{"bars", named(Text::by_response_time), charts_.has_distribution,
                          say(Text::threshold_marks, time(threshold()), time(4 * threshold())), false, of_bars},
                         {"curve", named(Text::by_percentile), charts_.has_distribution, named(Text::percentile_scale)},
                         {"against-throughput", named(Text::against_throughput), true, one_point},
                         {"against-users", named(Text::against_users), charts_.users_vary, one_point}});
  }

  [[nodiscard]] std::string heading(Text text) const { return fmt::format("<h2>{}</h2>\n", say(text)); }
  /// A hint that paper has no use for, nor a page without scripts, which therefore show it.
  [[nodiscard]] std::string on_screen(Text hint) const {
    return fmt::format(" <span class=\"screen\" hidden>{}</span>", say(hint));
  }
  static std::string paragraph(std::string_view text, std::string_view kind = "") {
    return kind.empty() ? fmt::format("<p>{}</p>\n", text) : fmt::format("<p class=\"{}\">{}</p>\n", kind, text);
  }

  /// Cells: the first is a name, the others are numbers, each with what it is sorted by.
  struct Number {
    std::string text;
    double value;
  };
  static std::string table_row(std::string_view name, const std::vector<Number>& cells) {
    std::string row;
    std::string keys;
    for (const Number& cell : cells) {
      row += fmt::format("<td>{}</td>", cell.text);
      keys += fmt::format("{}{:.5g}", keys.empty() ? "" : " ", cell.value);
    }
    return fmt::format("<tr data-keys=\"{}\"><th scope=\"row\">{}</th>{}</tr>\n", keys, name, row);
  }
  [[nodiscard]] static std::string table_head(const std::vector<std::string_view>& titles) {
    std::string row = "<thead><tr>";
    for (const std::string_view title : titles) row += fmt::format("<th scope=\"col\">{}</th>", title);
    return row + "</tr></thead>\n";
  }
  /// A bar as long as the share. An attribute of style could not do it: the policy forbids them.
  static std::string bar(double share) {
    return fmt::format(
        "<svg class=\"bar\" width=\"90\" height=\"4\" aria-hidden=\"true\"><rect fill=\"#2563d4\" width=\"{:.3g}%\" "
        "height=\"4\"/></svg>",
        std::clamp(share, 0.0, 1.0) * 100);
  }

  [[nodiscard]] std::vector<Number> cells_of(const TallySummary& numbers) const {
    const Tally& times = numbers.tally;
    const auto apdex = satisfaction(numbers);
    const auto timed = [&](const std::optional<double>& seconds) {
      return Number{time(seconds), seconds.value_or(-1)};
    };
    return {{count(numbers.samples), static_cast<double>(numbers.samples)},
            {rate(numbers.throughput_rps), numbers.throughput_rps},
            {numbers.errors == 0 ? percent(0) : fmt::format("<em>{}</em>", percent(numbers.error_ratio)),
             numbers.error_ratio},
            timed(times.mean()),
            timed(times.minimum()),
            timed(times.quantile(0.5)),
            timed(times.quantile(0.9)),
            timed(times.quantile(0.95)),
            timed(times.quantile(0.99)),
            timed(times.maximum()),
            timed(standard_deviation(times)),
            {apdex ? rate(apdex->apdex) : "–", apdex ? apdex->apdex : -1}};
  }
  /// In seconds: the T of Apdex.
  [[nodiscard]] double threshold() const { return std::chrono::duration<double>(input_.apdex).count(); }
  [[nodiscard]] std::optional<Satisfaction> satisfaction(const TallySummary& numbers) const {
    return satisfaction_of(numbers.tally, numbers.errors, threshold());
  }
  /// Of all columns that cells_of() fills.
  [[nodiscard]] std::vector<std::string_view> titles(std::string_view name) const {
    return {name,
            say(Text::samples),
            "req/s",
            say(Text::errors),
            say(Text::short_mean),
            say(Text::short_minimum),
            "p50",
            "p90",
            "p95",
            "p99",
            say(Text::short_maximum),
            say(Text::short_standard_deviation),
            say(Text::apdex)};
  }

  [[nodiscard]] std::string endpoint_row(std::string_view name, const TallySummary& numbers, double share) const {
    auto cells = cells_of(numbers);
    cells.push_back({percent(share) + bar(share), share});
    return table_row(name, cells);
  }

  [[nodiscard]] std::string endpoints() const {
    std::string text = heading(Text::endpoints);
    text += paragraph(fmt::format("{} {}{}{}", say(Text::impact_note), summary_.exactness(language_),
                                  on_screen(Text::sort_hint), on_screen(Text::details_hint)),
                      "note");
    text += fmt::format(
        "<p id=\"filter\" hidden><input type=\"search\" placeholder=\"{}\" aria-label=\"{}\"> <output></output></p>\n",
        say(Text::filter), say(Text::filter));
    text += "<div class=\"scroll\"><table class=\"sortable\" id=\"endpoints\">\n";
    auto columns = titles(say(Text::endpoint));
    columns.push_back(say(Text::share_of_time));
    text += table_head(columns) + "<tbody>\n";
    const auto& all = summary_.endpoints;
    std::string rows;
    std::size_t shown = 0;
    while (shown < std::min(all.size(), kMaxEndpoints) && rows.size() < kMaxTableBytes) {
      rows += endpoint_row(html_text(all[shown].endpoint), all[shown].numbers, all[shown].share);
      ++shown;
    }
    text += rows + "</tbody>\n<tfoot>\n" + endpoint_row(say(Text::total), summary_.numbers, 1) +
            "</tfoot>\n</table></div>\n";
    if (const std::size_t rest = all.size() - shown; rest > 0) {
      double left_out = 0;
      for (std::size_t i = shown; i < all.size(); ++i) left_out += all[i].share;
      text += paragraph(
          say(plural(rest, Text::one_endpoint_left_out, Text::endpoints_left_out), count(rest), percent(left_out)),
          "note");
    }
    if (const std::size_t rest = all.size() - charts_.endpoints; rest > 0 && charts_.endpoints > 0) {
      text += fmt::format("<p class=\"note screen\" hidden>{}</p>\n",
                          say(Text::details_left_out, count(charts_.endpoints), count(rest)));
    }
    return text + transactions() + dimensions();
  }

  [[nodiscard]] std::string transactions() const {
    if (summary_.transactions.empty()) return "";
    return heading(Text::transactions) + paragraph(say(Text::transactions_note), "note") +
           apart(say(Text::transaction), summary_.transactions, "transactions");
  }

  [[nodiscard]] std::string dimensions() const {
    if (summary_.dimensions.empty()) return "";
    std::string text = heading(Text::dimensions);
    for (std::size_t i = 0; i < summary_.dimensions.size(); ++i) {
      const DimensionSummary& dimension = summary_.dimensions[i];
      text += apart(html_text(dimension.name), dimension.values, fmt::format("dimension-{}", i));
    }
    return text;
  }

  /// A table of numbers that are in no total.
  [[nodiscard]] std::string apart(std::string_view title, const std::vector<EndpointSummary>& all,
                                  std::string_view id) const {
    std::string text = fmt::format("<div class=\"scroll\"><table class=\"sortable\" id=\"{}\">\n", id);
    text += table_head(titles(title)) + "<tbody>\n";
    for (std::size_t i = 0; i < std::min(all.size(), kMaxTransactions); ++i) {
      text += table_row(html_text(all[i].indented("\u2003")), cells_of(all[i].numbers));
    }
    text += "</tbody>\n</table></div>\n";
    if (all.size() > kMaxTransactions)
      text += paragraph(say(Text::and_more, count(all.size() - kMaxTransactions)), "note");
    return text;
  }

  [[nodiscard]] std::string counts(Text what, const std::vector<std::pair<std::string, std::uint64_t>>& counts) const {
    std::string text = "<div class=\"scroll\"><table class=\"sortable\">\n" +
                       table_head({say(what), say(Text::count), say(Text::share_of_samples)}) + "<tbody>\n";
    const auto samples = static_cast<double>(summary_.numbers.samples);
    for (std::size_t i = 0; i < std::min(counts.size(), kMaxRows); ++i) {
      const auto n = static_cast<double>(counts[i].second);
      text += table_row(html_text(counts[i].first),
                        {{count(counts[i].second), n}, {percent(n / samples) + bar(n / samples), n / samples}});
    }
    text += "</tbody></table></div>\n";
    if (counts.size() > kMaxRows) text += paragraph(say(Text::and_more, count(counts.size() - kMaxRows)), "note");
    return text;
  }

  [[nodiscard]] std::string errors() const {
    return "<div class=\"halves\">\n<section>\n" + heading(Text::errors_by_type) +
           (summary_.errors_by_type.empty() ? paragraph(say(Text::no_errors))
                                            : counts(Text::error_type, summary_.errors_by_type)) +
           "</section>\n<section>\n" + heading(Text::statuses) + counts(Text::status, summary_.statuses) +
           "</section>\n</div>\n";
  }

  [[nodiscard]] std::string not_counted() const {
    std::string items;
    const auto item = [&](std::string_view name, std::uint64_t n, std::string_view note = "") {
      if (n > 0) items += fmt::format("<li>{}: <b>{}</b> {}</li>\n", name, count(n), note);
    };
    const std::string repeats = fmt::format("({})", say(Text::repeats_note));
    item(say(Text::transactions), summary_.transaction_samples, repeats);
    item(say(Text::sub_results), summary_.sub_results, repeats);
    item(say(Text::bad_records), run_.bad_records);
    for (const Remark& remark : run_.remarks) {
      items += fmt::format("<li>{}</li>\n", html_text(text_of(remark, language_)));
    }
    std::string text = heading(Text::not_counted);
    if (items.empty()) return text + paragraph(say(Text::nothing));
    text += "<ul>\n" + items + "</ul>\n";
    if (run_.bad_record_reports.empty()) return text;
    text += "<div class=\"scroll\"><table>\n" + table_head({say(Text::reason), say(Text::line), say(Text::file)}) +
            "<tbody>\n";
    for (std::size_t i = 0; i < std::min(run_.bad_record_reports.size(), kMaxRows); ++i) {
      const BadRecordReport& bad = run_.bad_record_reports[i];
      text += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                          html_text(translated(bad.reason, language_)), count(bad.line), html_text(bad.file));
    }
    return text + "</tbody></table></div>\n";
  }

  [[nodiscard]] std::string delivery() const {
    std::string text = heading(Text::delivery);
    if (input_.ledger.empty()) return text + paragraph(say(Text::no_outputs));
    text += "<div class=\"scroll\"><table id=\"ledger\">\n" +
            table_head({say(Text::output), say(Text::accepted), say(Text::rejected), say(Text::pending),
                        say(Text::records), say(Text::retries), say(Text::state)}) +
            "<tbody>\n";
    std::string problems;
    bool closes = true;
    for (const LedgerEntry& entry : input_.ledger) {
      const bool complete = entry.closed() && summary_.adds_up(entry);
      closes = closes && summary_.adds_up(entry);
      text += fmt::format("<tr><th scope=\"row\">{}</th>", html_text(entry.output));
      for (const std::uint64_t n : {entry.accepted, entry.rejected, entry.pending, entry.items, entry.retries}) {
        text += fmt::format("<td>{}</td>", count(n));
      }
      text += fmt::format("<td><span class=\"state {}\">{}</span></td></tr>\n", complete ? "ok" : "not-ok",
                          say(complete ? Text::complete : Text::incomplete));
      for (const std::string& problem : entry.problems) {
        problems +=
            fmt::format("<li>{}: {}</li>\n", html_text(entry.output), html_text(translated(problem, language_)));
      }
    }
    text += "</tbody></table></div>\n";
    text += paragraph(say(closes ? Text::ledger_note : Text::ledger_gap, count(summary_.numbers.samples)), "note");
    if (!problems.empty()) text += fmt::format("<p>{}:</p>\n<ul>\n{}</ul>\n", say(Text::problems), problems);
    return text;
  }

  [[nodiscard]] std::string systems() const {
    if (input_.systems.empty()) return "";
    std::string text =
        "<section>\n" + heading(Text::systems) + "<div class=\"scroll\"><table class=\"texts\" id=\"systems\">\n" +
        table_head({say(Text::system), say(Text::state), say(Text::version), say(Text::found), say(Text::remedy)}) +
        "<tbody>\n";
    for (const SystemState& state : input_.systems) {
      const std::size_t rows = std::max<std::size_t>(state.findings.size(), 1);
      const std::string_view kind = !state.configured ? "off" : state.ok ? "ok" : "not-ok";
      text += fmt::format(
          "<tr><th scope=\"rowgroup\" rowspan=\"{}\">{}<small>{}</small></th><td rowspan=\"{}\"><span class=\"state "
          "{}\">{}"
          "</span></td><td rowspan=\"{}\">{}</td>",
          rows, title_of(state.system), html_text(state.url), rows, kind, word_for(state).in(language_), rows,
          html_text(state.version));
      if (state.findings.empty()) text += "<td>–</td><td></td></tr>\n";
      for (std::size_t i = 0; i < state.findings.size(); ++i) {
        const Finding& finding = state.findings[i];
        text += fmt::format("{}<td>{}</td><td>{}</td></tr>\n", i == 0 ? "" : "<tr>",
                            html_text(finding.finding.in(language_)), html_text(finding.remedy.in(language_)));
      }
    }
    return text + "</tbody></table></div>\n</section>\n";
  }

  [[nodiscard]] std::string provenance() const {
    std::string text = heading(Text::provenance) + "<dl class=\"list\">\n";
    const auto entry = [&](std::string_view name, std::string_view value) {
      text += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, value);
    };
    std::string files;
    for (std::size_t i = 0; i < std::min(run_.info.files.size(), kMaxRows); ++i) {
      files += (i == 0 ? "" : ", ") + html_text(run_.info.files[i]);
    }
    if (run_.info.files.size() > kMaxRows) files += " " + say(Text::and_more, count(run_.info.files.size() - kMaxRows));
    entry(say(Text::run_id), html_text(run_.info.run_id));
    entry(say(Text::files), files);
    std::string environment;
    for (const auto& [name, value] : run_.info.environment) {
      environment += (environment.empty() ? "" : ", ") + html_text(fmt::format("{}={}", name, value));
    }
    if (!environment.empty()) entry(say(Text::environment), environment);
    entry(say(Text::time_slots), fmt::format("{} s", run_.interval_seconds));
    if (run_.other_samples > 0) entry(say(Text::other_samples, kOtherEndpoint), count(run_.other_samples));
    return text + "</dl>\n" + paragraph(summary_.provenance(language_), "note") +
           paragraph("OmniWriter " OMNIWRITER_VERSION, "note");
  }

  const ReportInput& input_;
  const Run& run_;
  const RunSummary summary_;
  const ChartData charts_;
  const Language language_;
};

}  // namespace

std::string html_report(const ReportInput& input, Language language) { return Page(input, language).write(); }

}  // namespace omniwriter
