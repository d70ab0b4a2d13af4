#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "model/response_times.h"
#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/report.h"
#include "reports/run_context.h"
#include "reports/run_summary.h"
#include "reports/terminal/sparkline.h"
#include "reports/terminal/text_table.h"
#include "reports/terminal/verdict_section.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr int kMinWidth = 40;
constexpr int kFirstColumn = 20;  // columns that a name should have at least, before numbers are left out
constexpr int kSparklineColumns = 60;
constexpr std::size_t kMinCourse = 5;  // a course of fewer values says nothing
constexpr std::size_t kMaxEndpoints = 20;
constexpr std::size_t kMaxValues = 10;  // of a dimension
constexpr std::size_t kMaxErrorTypes = 10;
constexpr std::size_t kMaxMessages = 3;
constexpr std::size_t kMaxFailedChecks = 3;
constexpr std::size_t kMaxScenarios = 6;
constexpr std::size_t kMaxVerdicts = 10;
constexpr std::size_t kMaxObserved = 20;
constexpr double kMinPhaseShare = 0.01;
constexpr std::size_t kMaxBadRecords = 5;
constexpr std::size_t kMaxSources = 5;
constexpr std::size_t kMaxProblems = 3;

/// "GET " where a name begins with a method; else empty.
std::string_view method_of(std::string_view name) {
  const std::size_t end = name.find(' ');
  if (end == 0 || end == std::string_view::npos) return {};
  const std::string_view method = name.substr(0, end);
  const bool upper = std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; });
  return upper ? name.substr(0, end + 1) : std::string_view();
}

/// "https://shop.example" of a name that is an address, perhaps behind a method; else empty.
std::string_view origin_of(std::string_view name) {
  const std::string_view address = name.substr(method_of(name).size());
  if (!address.starts_with("http://") && !address.starts_with("https://")) return {};
  return address.substr(0, address.find_first_of("/?#", address.find("//") + 2));
}

/// That of all addresses among the names. Empty where they differ, or where a path alone could be taken for one of
/// them.
std::string_view common_origin(const std::vector<EndpointSummary>& endpoints) {
  std::string_view common;
  for (const EndpointSummary& one : endpoints) {
    const std::string_view name = one.endpoint;
    const std::string_view origin = origin_of(name);
    if (origin.empty() && !name.substr(method_of(name).size()).starts_with('/')) continue;
    if (origin.empty() || (!common.empty() && origin != common)) return {};
    common = origin;
  }
  return common;
}

std::string without_origin(std::string_view name, std::string_view origin) {
  if (origin.empty() || origin_of(name) != origin) return std::string(name);
  const std::string_view method = method_of(name);
  const std::string_view path = name.substr(method.size() + origin.size());
  return fmt::format("{}{}{}", method, path.starts_with('/') ? "" : "/", path);
}

/// Its end tells an endpoint from others, and so does its method.
std::string shortened_name(std::string_view name, int columns) {
  const std::string_view method = method_of(name);
  const int room = columns - static_cast<int>(method.size());
  if (display_width(name) <= columns || room < columns / 2) return shortened(name, columns, Cut::start);
  return fmt::format("{}{}", method, shortened(name.substr(method.size()), room, Cut::start));
}

class Screen {
 public:
  Screen(const ReportInput& input, Language language, TerminalStyle style)
      : run_(input.run),
        ledger_(input.ledger),
        judgement_(input.judgement),
        dashboard_url_(input.dashboard_url),
        apdex_(input.apdex),
        summary_(input.run),
        language_(language),
        color_(style.color),
        width_(std::max(style.width, kMinWidth)),
        origin_(common_origin(summary_.endpoints)) {}

  std::string write() && {
    headline();
    course();
    endpoints();
    transactions();
    dimensions();
    at_a_glance();
    tool_verdicts();
    observed();
    errors();
    error_messages();
    not_counted();
    sources();
    outputs();
    dashboard();
    return std::move(out_);
  }
  std::string write_outputs() && {
    outputs();
    dashboard();
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
  [[nodiscard]] std::string time(const std::optional<double>& seconds) const {
    return format_time(seconds, language_, "");
  }
  [[nodiscard]] std::string rate(double per_second) const { return format_number(per_second, language_); }
  [[nodiscard]] std::string paint(std::string_view text, Color color) const { return colored(text, color, color_); }

  void line(std::string_view indent, std::string_view text, Color color = Color::none) {
    out_ += indent;
    out_ += paint(shortened(text, width_ - static_cast<int>(indent.size())), color);
    out_ += '\n';
  }
  /// As many lines as it takes. A word that is longer than a line is cut.
  void whole(std::string_view indent, std::string_view text, Color color) {
    for (const std::string& one : wrapped(text, width_ - static_cast<int>(indent.size()))) line(indent, one, color);
  }
  /// Parts side by side, as many on a line as fit.
  void flow(const std::vector<Cell>& parts, std::string_view separator) {
    int used = 0;
    for (const Cell& part : parts) {
      const std::string text = shortened(part.text, width_ - 1);
      const int more = display_width(separator) + display_width(text);
      if (used > 0 && used + more <= width_) {
        out_ += paint(separator, Color::dim);
        used += more;
      } else {
        out_ += used > 0 ? "\n " : " ";
        used = 1 + display_width(text);
      }
      out_ += paint(text, part.color);
    }
    out_ += '\n';
  }

  [[nodiscard]] Color color_of_errors(double ratio) const {
    return ratio <= 0 ? Color::dim : ratio < 0.01 ? Color::yellow : Color::red;
  }

  /// Nothing about numbers that cannot be trusted is good.
  [[nodiscard]] Color good() const {
    return judgement_ != nullptr && is_invalid(*judgement_) ? Color::none : Color::green;
  }

  void headline() {
    flow({{visible_text(run_.info.test_name), Color::bold},
          {visible_text(run_.info.tool)},
          {format_instant(run_.started_ns)},
          {format_duration(run_.duration_seconds(), language_)},
          {visible_text(run_.info.run_id), Color::dim}},
         " · ");
    out_ += '\n';
    if (judgement_ != nullptr) out_ += terminal_verdict(*judgement_, language_, {.color = color_, .width = width_});
    std::vector<Cell> parts;
    const TallySummary& numbers = summary_.numbers;
    parts.push_back(
        {say(plural(numbers.samples, Text::one_sample, Text::samples_of), count(numbers.samples)), Color::bold});
    parts.push_back({fmt::format("{} {}", rate(numbers.throughput_rps), say(Text::requests_per_second)), Color::bold});
    parts.push_back({say(Text::errors_of, percent(numbers.error_ratio)),
                     numbers.errors == 0 ? good() : color_of_errors(numbers.error_ratio)});
    parts.push_back({"p95 " + time(summary_.total.quantile(0.95)), Color::bold});
    if (const std::string apdex = apdex_of(summary_.numbers); apdex != "–") {
      parts.push_back({fmt::format("{} {}", say(Text::apdex), apdex)});
    }
    if (const auto users = summary_.active_users_max; users > 0) {
      parts.push_back({say(plural(users, Text::one_user, Text::users_of), count(users))});
    }
    if (const std::string bytes = bytes_text(summary_, language_, "  "); !bytes.empty()) parts.push_back({bytes});
    if (const std::string machine = machine_text(); !machine.empty()) parts.push_back({machine});
    flow(parts, "   ");
  }

  /// "CPU 43% (max 97%), 512 MB"
  [[nodiscard]] std::string machine_text() const {
    const VitalsSummary& vitals = summary_.vitals;
    std::string text;
    if (vitals.cpu_percent_mean && vitals.cpu_percent_max) {
      text = fmt::format("CPU {} ({} {})", percent(*vitals.cpu_percent_mean / 100), say(Text::short_maximum),
                         percent(*vitals.cpu_percent_max / 100));
    }
    if (vitals.memory_mb_max) {
      text += (text.empty() ? "" : ", ") +
              format_bytes(static_cast<std::uint64_t>(std::llround(*vitals.memory_mb_max * 1e6)), language_);
    }
    return text;
  }

  void course() {
    const Course course = course_of(run_, std::min(kSparklineColumns, width_ - 24));
    if (course.throughput_rps.size() < kMinCourse) return;
    out_ += '\n';
    const auto one = [&](std::string_view name, const std::vector<double>& values, const std::string& most,
                         Color color) {
      out_ += fmt::format(" {}  {}  {}\n", padded_right(name, 5), paint(sparkline(values), color),
                          paint(fmt::format("{} {}", say(Text::short_maximum), most), Color::dim));
    };
    one(say(Text::requests_per_second), course.throughput_rps,
        rate(*std::max_element(course.throughput_rps.begin(), course.throughput_rps.end())), Color::cyan);
    const double highest = *std::max_element(course.p95_seconds.begin(), course.p95_seconds.end());
    if (highest > 0) one("p95", course.p95_seconds, time(highest), Color::yellow);
  }

  [[nodiscard]] std::string apdex_of(const TallySummary& numbers) const {
    const auto found = satisfaction_of(numbers.tally, numbers.errors, std::chrono::duration<double>(apdex_).count());
    return found ? rate(found->apdex) : "–";
  }

  [[nodiscard]] std::vector<Cell> endpoint_row(std::string name, const TallySummary& numbers, double share,
                                               Color color) const {
    const Tally& times = numbers.tally;
    return {{std::move(name), color},
            {count(numbers.samples), color},
            {rate(numbers.throughput_rps), color},
            {percent(numbers.error_ratio), color_of_errors(numbers.error_ratio)},
            {time(times.mean()), color},
            {time(times.quantile(0.5)), color},
            {time(times.quantile(0.9)), color},
            {time(times.quantile(0.95)), color},
            {time(times.quantile(0.99)), color},
            {time(times.maximum()), color},
            {time(times.minimum()), color},
            {time(standard_deviation(times)), color},
            {apdex_of(numbers), color},
            {percent(share), Color::dim}};
  }

  [[nodiscard]] std::vector<TextTable::Column> columns(std::string first) const {
    return {{std::move(first), 0, shortened_name},
            {std::string(say(Text::samples))},
            {std::string(say(Text::requests_per_second)), 1},
            {std::string(say(Text::errors))},
            {std::string(say(Text::short_mean)), 5},
            {"p50", 3},
            {"p90", 6},
            {"p95"},
            {"p99", 2},
            {std::string(say(Text::short_maximum)), 4},
            {std::string(say(Text::short_minimum)), 9},
            {std::string(say(Text::short_standard_deviation)), 10},
            {std::string(say(Text::apdex)), 8}};
  }

  void endpoints() {
    out_ += '\n';
    auto titles = columns(std::string(say(Text::endpoint)));
    titles.push_back({std::string(say(Text::short_share_of_time)), 7});
    TextTable table(std::move(titles));
    // One more takes no more lines than the line that would stand for it.
    const std::size_t shown =
        summary_.endpoints.size() <= kMaxEndpoints + 1 ? summary_.endpoints.size() : kMaxEndpoints;
    for (std::size_t i = 0; i < shown; ++i) {
      const EndpointSummary& endpoint = summary_.endpoints[i];
      table.add(endpoint_row(visible_text(without_origin(endpoint.endpoint, origin_)), endpoint.numbers, endpoint.share,
                             Color::none));
    }
    Tally rest;
    double share_of_rest = 0;
    for (std::size_t i = shown; i < summary_.endpoints.size(); ++i) {
      rest.merge(summary_.endpoints[i].numbers.tally);
      share_of_rest += summary_.endpoints[i].share;
    }
    if (rest.samples() > 0) {
      table.add(endpoint_row(say(Text::and_more, count(summary_.endpoints.size() - shown)), TallySummary(run_, rest),
                             share_of_rest, Color::dim));
    }
    table.add_total(endpoint_row(std::string(say(Text::total)), summary_.numbers, 1, Color::bold));
    out_ += table.render(width_, kFirstColumn, color_);
    if (!origin_.empty()) whole(" ", say(Text::paths_at, visible_text(origin_)), Color::dim);
    if (summary_.reported) whole(" ", say(Text::reported_note), Color::yellow);
    const auto error = summary_.total.relative_error();
    if (summary_.reported && error) whole(" ", say(Text::reported_bound, percent(*error)), Color::dim);
    if (summary_.only_mean) whole(" ", say(Text::mean_only_note), Color::yellow);
    if (summary_.reported || summary_.only_mean) return;
    if (!summary_.total.mean()) {
      whole(" ", say(Text::untimed_note), Color::yellow);
    } else {
      whole(" ", say(Text::table_note, percent(error.value_or(0))), Color::dim);
    }
  }

  void transactions() {
    if (summary_.transactions.empty()) return;
    apart(std::string(say(Text::transaction)), summary_.transactions, kMaxEndpoints);
    whole(" ", say(Text::transactions_note), Color::dim);
  }

  void dimensions() {
    for (const DimensionSummary& dimension : summary_.dimensions) {
      apart(visible_text(dimension.name), dimension.values, kMaxValues);
    }
  }

  /// A table of numbers that are in no total.
  void apart(std::string title, const std::vector<EndpointSummary>& all, std::size_t most) {
    out_ += '\n';
    TextTable table(columns(std::move(title)));
    const std::size_t shown = all.size() <= most + 1 ? all.size() : most;
    const auto add = [&](std::string name, const TallySummary& numbers, Color color) {
      auto row = endpoint_row(std::move(name), numbers, 0, color);
      row.pop_back();
      table.add(std::move(row));
    };
    for (std::size_t i = 0; i < shown; ++i) add(visible_text(all[i].indented("  ")), all[i].numbers, Color::none);
    Tally rest;
    for (std::size_t i = shown; i < all.size(); ++i) rest.merge(all[i].numbers.tally);
    if (rest.samples() > 0) add(say(Text::and_more, count(all.size() - shown)), TallySummary(run_, rest), Color::dim);
    out_ += table.render(width_, kFirstColumn, color_);
  }

  /// Where the time goes, checks, iterations that were dropped: a line each, where there is anything to tell.
  void at_a_glance() {
    const std::size_t before = out_.size();
    out_ += '\n';
    where_time_goes();
    checks();
    scenario_users();
    if (const std::uint64_t dropped = summary_.dropped_iterations; dropped > 0) {
      whole(" ", say(Text::iterations_dropped, count(dropped)), Color::yellow);
    }
    if (out_.size() == before + 1) out_.resize(before);
  }

  void where_time_goes() {
    const auto where = summary_.phases.time_goes_to();
    if (!where) return;
    std::vector<PhaseSummary> phases = summary_.phases.known;
    std::ranges::sort(phases, [](const auto& a, const auto& b) {
      return a.share != b.share ? a.share > b.share : a.phase < b.phase;
    });
    std::vector<Cell> parts{{fmt::format("{}: {}", say(Text::where_time_goes), say(text_for(*where))), Color::bold}};
    for (const PhaseSummary& one : phases) {
      if (one.share < kMinPhaseShare) break;
      parts.push_back({fmt::format("{} {}", say(text_for(one.phase)), percent(one.share))});
    }
    flow(parts, " · ");
  }

  void checks() {
    const auto& all = summary_.checks;
    if (all.empty()) return;
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    for (const CheckSummary& check : all) {
      passed += check.passed;
      failed += check.failed;
    }
    const double rate = static_cast<double>(passed) / static_cast<double>(passed + failed);
    std::vector<Cell> parts{{fmt::format("{}: {}", say(Text::checks),
                                         say(Text::passed_of, count(passed), count(passed + failed), percent(rate))),
                             failed == 0 ? good() : Color::red}};
    const auto failing = static_cast<std::size_t>(
        std::ranges::count_if(all, [](const CheckSummary& check) { return check.failed > 0; }));  // they come first
    for (std::size_t i = 0; i < std::min(failing, kMaxFailedChecks); ++i) {
      const std::string text = fmt::format("{} ({})", visible_text(all[i].name), count(all[i].failed));
      parts.push_back({i == 0 ? say(Text::failed_ones, text) : text});
    }
    if (failing > kMaxFailedChecks) parts.push_back({say(Text::and_more, count(failing - kMaxFailedChecks))});
    flow(parts, " · ");
  }

  void scenario_users() {
    const auto all = scenario_users_of(run_);
    if (all.empty()) return;
    std::vector<Cell> parts;
    for (std::size_t i = 0; i < std::min(all.size(), kMaxScenarios); ++i) {
      const std::string text = fmt::format("{} {}", visible_text(all[i].scenario), count(all[i].most));
      parts.push_back({i == 0 ? fmt::format("{}: {}", say(Text::users_by_scenario), text) : text});
    }
    if (all.size() > kMaxScenarios) parts.push_back({say(Text::and_more, count(all.size() - kMaxScenarios))});
    flow(parts, " · ");
  }

  void tool_verdicts() {
    const auto& all = run_.tool_verdicts;
    if (all.empty()) return;
    out_ += '\n';
    line(" ", fmt::format("{}:", say(Text::tool_verdicts)), Color::bold);
    for (std::size_t i = 0; i < std::min(all.size(), kMaxVerdicts); ++i) {
      const ToolVerdict& one = all[i];
      const bool known = one.passed.has_value();
      line("   ",
           fmt::format("{} {}{}",
                       !known        ? "?"
                       : *one.passed ? "✓"
                                     : "✗",
                       visible_text(text_of(one)), known ? "" : fmt::format(" ({})", say(Text::verdict_unknown))),
           !known        ? Color::dim
           : *one.passed ? Color::green
                         : Color::red);
    }
    if (all.size() > kMaxVerdicts) line("   ", say(Text::and_more, count(all.size() - kMaxVerdicts)), Color::dim);
  }

  void observed() {
    const auto all = observed_of(run_);
    if (all.empty()) return;
    out_ += '\n';
    TextTable table({{std::string(say(Text::observed))},
                     {std::string(say(Text::short_minimum))},
                     {std::string(say(Text::short_mean))},
                     {std::string(say(Text::short_maximum))}});
    const auto number = [&](double value) { return Cell{observed_text(value, language_)}; };
    for (std::size_t i = 0; i < std::min(all.size(), kMaxObserved); ++i) {
      const ObservedSummary& one = all[i];
      table.add({{visible_text(name_of(one.series))}, number(one.minimum), number(one.mean), number(one.maximum)});
    }
    if (all.size() > kMaxObserved) table.add({{say(Text::and_more, count(all.size() - kMaxObserved))}, {}, {}, {}});
    out_ += table.render(width_, kFirstColumn, color_);
  }

  void error_messages() {
    const auto messages = messages_of(run_);
    if (messages.empty()) return;
    out_ += '\n';
    TextTable table({{std::string(say(Text::error_messages))}, {std::string(say(Text::samples))}, {"%"}});
    for (std::size_t i = 0; i < std::min(messages.size(), kMaxMessages); ++i) {
      const MessageSummary& one = messages[i];
      const std::string where = one.endpoints == 1 ? without_origin(one.endpoint, origin_)
                                                   : say(Text::message_of_endpoints, count(one.endpoints));
      table.add({{visible_text(fmt::format("{} · {}", one.message, where)), Color::red},
                 {count(one.count)},
                 {percent(static_cast<double>(one.count) / static_cast<double>(summary_.numbers.samples))}});
    }
    if (messages.size() > kMaxMessages) {
      table.add({{say(Text::and_more, count(messages.size() - kMaxMessages))}, {}, {}});
    }
    out_ += table.render(width_, kFirstColumn, color_);
  }

  void errors() {
    if (summary_.errors_by_type.empty()) return;
    out_ += '\n';
    TextTable table({{std::string(say(Text::errors_by_type))}, {std::string(say(Text::samples))}, {"%"}});
    const auto& types = summary_.errors_by_type;
    for (std::size_t i = 0; i < std::min(types.size(), kMaxErrorTypes); ++i) {
      const auto& [type, n] = types[i];
      table.add({{visible_text(type), Color::red},
                 {count(n)},
                 {percent(static_cast<double>(n) / static_cast<double>(summary_.numbers.samples))}});
    }
    if (types.size() > kMaxErrorTypes) table.add({{say(Text::and_more, count(types.size() - kMaxErrorTypes))}, {}, {}});
    out_ += table.render(width_, kFirstColumn, color_);
  }

  void not_counted() {
    std::vector<std::string> lines;
    if (summary_.transaction_samples > 0) {
      lines.push_back(repeating(Text::transactions, summary_.transaction_samples));
    };
    if (summary_.sub_results > 0) lines.push_back(repeating(Text::sub_results, summary_.sub_results));
    if (run_.bad_records > 0) lines.push_back(fmt::format("{}: {}", say(Text::bad_records), count(run_.bad_records)));
    for (const Remark& remark : run_.remarks) lines.push_back(visible_text(text_of(remark, language_)));
    if (!lines.empty()) {
      out_ += '\n';
      line(" ", say(Text::not_counted), Color::dim);
      for (const std::string& text : lines) line("   ", text);
      bad_records();
    }
    if (run_.other_samples > 0) {
      out_ += '\n';
      line(" ", fmt::format("{}: {}", say(Text::other_samples, kOtherEndpoint), count(run_.other_samples)),
           Color::yellow);
    }
  }

  void sources() {
    const auto uneven = uneven_sources(run_);
    if (uneven.empty()) return;
    out_ += '\n';
    line(" ", say(Text::uneven_sources), Color::yellow);
    const std::size_t shown = std::min(uneven.size(), kMaxSources);
    for (std::size_t i = 0; i < shown; ++i) line("   ", visible_text(text_of(uneven[i], language_)), Color::yellow);
    if (uneven.size() > shown) line("   ", say(Text::and_more, count(uneven.size() - shown)), Color::dim);
  }

  void bad_records() {
    const auto& reports = run_.bad_record_reports;
    const std::size_t shown = std::min(reports.size(), kMaxBadRecords);
    for (std::size_t i = 0; i < shown; ++i) {
      // Where it is comes whole; the reason gives way.
      const std::string where =
          fmt::format("{}:{}: ", shortened(visible_text(reports[i].file), width_ / 2), reports[i].line);
      const int room = std::max(1, width_ - 5 - display_width(where));
      line("     ", where + shortened(visible_text(translated(reports[i].reason, language_)), room), Color::yellow);
    }
    if (shown > 0 && run_.bad_records > shown) {
      line("     ", say(Text::and_more, count(run_.bad_records - shown)), Color::dim);
    }
  }

  [[nodiscard]] std::string repeating(Text what, std::uint64_t n) const {
    return fmt::format("{}: {} ({})", say(what), count(n), say(Text::repeats_note));
  }

  void outputs() {
    if (ledger_.empty()) return;
    out_ += '\n';
    TextTable table({{std::string(say(Text::output))},
                     {std::string(say(Text::accepted))},
                     {std::string(say(Text::rejected))},
                     {std::string(say(Text::pending))},
                     {""}});
    for (const LedgerEntry& entry : ledger_) {
      table.add({{visible_text(entry.output)},
                 {count(entry.accepted)},
                 {count(entry.rejected), entry.rejected > 0 ? Color::red : Color::dim},
                 {count(entry.pending), entry.pending > 0 ? Color::yellow : Color::dim},
                 entry.closed() && summary_.adds_up(entry) ? Cell{"✓", Color::green} : Cell{"✗", Color::red}});
    }
    out_ += table.render(width_, kFirstColumn, color_);
    for (const LedgerEntry& entry : ledger_) {
      for (std::size_t i = 0; i < std::min(entry.problems.size(), kMaxProblems); ++i) {
        whole("   ",
              fmt::format("{}: {}", visible_text(entry.output), visible_text(translated(entry.problems[i], language_))),
              Color::yellow);
      }
    }
  }

  // Whole, however long: so that it can be opened.
  void dashboard() {
    if (!dashboard_url_.empty()) out_ += fmt::format("\n {}: {}\n", say(Text::dashboard), dashboard_url_);
  }

  const Run& run_;
  const std::vector<LedgerEntry>& ledger_;
  const Judgement* const judgement_;
  const std::string& dashboard_url_;
  const std::chrono::milliseconds apdex_;
  const RunSummary summary_;
  const Language language_;
  const bool color_;
  const int width_;
  const std::string_view origin_;  // that all endpoints share
  std::string out_;
};

}  // namespace

std::string terminal_summary(const ReportInput& input, Language language, TerminalStyle style) {
  return Screen(input, language, style).write();
}

std::string terminal_deliveries(const ReportInput& input, Language language, TerminalStyle style) {
  return Screen(input, language, style).write_outputs();
}

}  // namespace omniwriter
