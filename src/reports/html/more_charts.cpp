#include "reports/html/more_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/floor_divide.h"
#include "reports/display_width.h"
#include "reports/html/chart_data.h"
#include "reports/html/chart_json.h"
#include "reports/html/html_text.h"
#include "reports/run_context.h"
#include "reports/texts.h"

namespace omniwriter {
namespace {

using Json = ChartJson;

constexpr std::size_t kMaxLines = 6;
constexpr std::size_t kMaxFineSeries = 8;  // of what was observed; more of them have fewer points
constexpr int kMaxNameColumns = 40;
// The names of colors in page.css; by kPhases.
constexpr std::array<std::string_view, kPhases.size()> kPhaseColors{"error-5", "error-3", "error-1", "error-2",
                                                                    "p50",     "accent",  "good"};

struct Line {
  std::string name;
  std::string color;
  Json values;
};

class Charts {
 public:
  Charts(const Run& run, const RunSummary& summary, const TimePoints& timeline, const TimePoints& coarse,
         Language language)
      : run_(run), summary_(summary), timeline_(timeline), coarse_(coarse), language_(language) {}

  MoreCharts make() {
    MoreCharts charts;
    phases(charts.phases);
    observed(charts.observed);
    checks(charts.checks);
    metrics(charts.metrics);
    return charts;
  }
  [[nodiscard]] Json json() && { return std::move(json_); }

 private:
  [[nodiscard]] std::string say(Text text) const { return std::string(text_of(text, language_)); }
  static std::string color(std::size_t line) { return fmt::format("endpoint-{}", line); }
  static std::string shown(std::string_view name) { return shortened(visible_text(name), kMaxNameColumns); }

  /// Unless there is no room left. `format`: "time", "number", "share", "rate".
  void add(std::vector<Figure>& figures, std::string name, std::string_view format, std::int64_t first,
           std::int64_t step, std::vector<Line> lines, std::string note = {}, bool stacked = false) {
    Json series = Json::array();
    for (Line& line : lines) {
      series.push_back(
          {{"name", std::move(line.name)}, {"color", std::move(line.color)}, {"values", std::move(line.values)}});
    }
    Json chart{{"id", fmt::format("more-{}", json_.size())},
               {"format", format},
               {"first", first},
               {"step", step},
               {"stacked", stacked},
               {"series", std::move(series)}};
    const std::size_t bytes = dumped(chart).size();
    if (bytes_ + bytes > kMaxMoreBytes) return;
    bytes_ += bytes;
    figures.push_back({.id = chart["id"], .name = std::move(name), .note = std::move(note)});
    json_.push_back(std::move(chart));
  }

  /// The mean of a request, as its phases have it one after the other.
  void phases(std::vector<Figure>& figures) {
    if (summary_.phases.known.empty() || coarse_.points.empty()) return;
    const std::int64_t stretch = std::max(run_.phase_seconds, run_.interval_seconds);
    const std::int64_t began = coarse_.points.front().start_seconds;
    const std::int64_t ended = coarse_.points.back().start_seconds + coarse_.step_seconds;
    const auto most = static_cast<std::int64_t>(kMaxEndpointPoints);
    const std::int64_t step = stretch * ((ended - began) / stretch / most + 1);
    const std::int64_t first = floor_divide(began, step);
    const auto points = static_cast<std::size_t>(floor_divide(ended - 1, step) - first) + 1;
    if (points < 3) return;  // fewer tell no course

    struct Sums {
      std::vector<double> seconds;
      std::vector<double> samples;
    };
    std::map<SampleKind, Sums> all;
    std::vector<double> requests(points);
    for (const PhaseSummary& one : summary_.phases.known) {
      all[one.phase] = {std::vector<double>(points), std::vector<double>(points)};
    }
    for (const Series& series : run_.series) {
      const auto sums = all.find(series.kind);
      if (sums == all.end()) continue;
      for (const auto& [slot, tally] : series.timeline) {
        const std::int64_t at = floor_divide(slot * run_.interval_seconds, step) - first;
        if (at < 0 || at >= static_cast<std::int64_t>(points)) continue;
        const auto i = static_cast<std::size_t>(at);
        sums->second.seconds[i] += tally.response_time.sum_seconds();
        sums->second.samples[i] += static_cast<double>(tally.samples());
        requests[i] = std::max(requests[i], sums->second.samples[i]);
      }
    }
    if (blocked_holds_connecting(run_) && all.contains(SampleKind::blocked)) {
      auto& blocked = all[SampleKind::blocked].seconds;
      for (const SampleKind part : {SampleKind::dns, SampleKind::connect, SampleKind::tls}) {
        if (!all.contains(part)) continue;
        for (std::size_t i = 0; i < points; ++i) blocked[i] -= all[part].seconds[i];
      }
    }
    std::vector<Line> lines;
    for (const PhaseSummary& one : summary_.phases.known) {
      if (one.share <= 0) continue;
      Json values = Json::array();
      for (std::size_t i = 0; i < points; ++i) {
        values.push_back(requests[i] > 0 ? rounded(std::max(all[one.phase].seconds[i], 0.0) / requests[i])
                                         : Json(nullptr));
      }
      const auto color = static_cast<std::size_t>(std::ranges::find(kPhases, one.phase) - kPhases.begin());
      lines.push_back({say(text_for(one.phase)), std::string(kPhaseColors.at(color)), std::move(values)});
    }
    add(figures, say(Text::phases_over_time), "time", first * step, step, std::move(lines),
        say(Text::phases_over_time_note), true);
  }

  void observed(std::vector<Figure>& figures) {
    std::map<std::string_view, std::vector<ObservedSummary>> by_query;
    std::vector<std::string_view> order;
    for (const ObservedSummary& one : observed_of(run_)) {
      auto& of = by_query[one.series.query];
      if (of.empty()) order.push_back(one.series.query);
      of.push_back(one);
    }
    const TimePoints& points = run_.observed.size() > kMaxFineSeries ? coarse_ : timeline_;
    if (points.points.empty()) return;
    for (const std::string_view query : order) {
      std::vector<Line> lines;
      for (const ObservedSummary& one : by_query[query]) {
        if (lines.size() == kMaxLines) break;
        const std::string name = one.series.labels.empty() ? one.series.query : labels_text(one.series);
        lines.push_back({shown(name), color(lines.size()), course_of(one.series, points)});
      }
      add(figures, html_text(query), "number", points.points.front().start_seconds, points.step_seconds,
          std::move(lines));
    }
  }

  /// The mean of the values within each point of time.
  [[nodiscard]] static Json course_of(const ObservedSeries& series, const TimePoints& points) {
    Json values = Json::array();
    for (const TimePoint& point : points.points) {
      double sum = 0;
      int count = 0;
      for (auto at = series.values.lower_bound(point.start_seconds);
           at != series.values.end() && at->first < point.start_seconds + points.step_seconds; ++at) {
        sum += at->second;
        ++count;
      }
      values.push_back(count > 0 ? rounded(sum / count) : Json(nullptr));
    }
    return values;
  }

  /// What `value` gives for each point of time with something in it.
  template <typename Value>
  [[nodiscard]] static Json course_of(const TimePoints& points, const Value& value) {
    Json values = Json::array();
    for (const TimePoint& point : points.points) {
      values.push_back(point.tally.samples() == 0 ? Json(nullptr) : known(value(point)));
    }
    return values;
  }
  [[nodiscard]] TimePoints points_of(std::string_view name, SampleKind kind) const {
    const Series* const series = run_.find(name, kind);
    return series == nullptr ? TimePoints() : timeline_of(run_, *series, kMaxEndpointPoints);
  }
  static std::optional<double> share_passed(const TimePoint& point) {
    return 1 - static_cast<double>(point.errors) / static_cast<double>(point.tally.samples());
  }

  void checks(std::vector<Figure>& figures) {
    if (coarse_.points.size() < 3) return;
    std::vector<Line> lines;
    for (const CheckSummary& check : summary_.checks) {
      if (lines.size() == kMaxLines) break;
      lines.push_back(
          {shown(check.name), color(lines.size()), course_of(points_of(check.name, SampleKind::check), share_passed)});
    }
    if (lines.empty()) return;
    add(figures, say(Text::checks_over_time), "share", coarse_.points.front().start_seconds, coarse_.step_seconds,
        std::move(lines));
  }

  void metrics(std::vector<Figure>& figures) {
    if (coarse_.points.size() < 3) return;
    std::vector<const MetricSummary*> order;
    for (const SampleKind kind :
         {SampleKind::timing, SampleKind::number, SampleKind::rate, SampleKind::gauge, SampleKind::counter}) {
      for (const MetricSummary& one : summary_.metrics) {
        if (one.kind == kind) order.push_back(&one);
      }
    }
    for (std::size_t i = 0; i < std::min(order.size(), kMaxMetricCharts); ++i) {
      const MetricSummary& one = *order[i];
      const TimePoints points = points_of(one.name, one.kind);
      const auto in_units = [&](const std::optional<double>& seconds) {
        return seconds ? std::optional(in_unit(one.kind, *seconds)) : std::nullopt;
      };
      std::string name = html_text(one.name);
      std::string_view format = one.kind == SampleKind::timing ? "time" : "number";
      std::vector<Line> lines;
      if (one.is_distribution()) {
        lines.push_back({"p95", "p95", course_of(points, [&](const TimePoint& point) {
                           return in_units(point.tally.quantile(0.95));
                         })});
        lines.push_back({say(Text::mean), "accent",
                         course_of(points, [&](const TimePoint& point) { return in_units(point.tally.mean()); })});
      } else if (one.kind == SampleKind::counter) {
        lines.push_back({shown(one.name), "accent", course_of(points, [&](const TimePoint& point) {
                           const auto seconds = points.rate(point, 1);  // nothing where the point says little
                           return seconds ? std::optional(in_unit(one.kind, point.tally.response_time.sum_seconds()) *
                                                          *seconds)
                                          : std::nullopt;
                         })});
        name = fmt::format(fmt::runtime(say(Text::per_second_over_time)), name);
      } else if (one.kind == SampleKind::gauge) {
        lines.push_back({shown(one.name), "accent",
                         course_of(points, [&](const TimePoint& point) { return in_units(point.tally.mean()); })});
      } else {
        lines.push_back({shown(one.name), "accent", course_of(points, share_passed)});
        format = "share";
      }
      add(figures, std::move(name), format, coarse_.points.front().start_seconds, coarse_.step_seconds,
          std::move(lines));
    }
  }

  const Run& run_;
  const RunSummary& summary_;
  const TimePoints& timeline_;
  const TimePoints& coarse_;
  const Language language_;
  Json json_ = Json::array();
  std::size_t bytes_ = 0;
};

}  // namespace

MoreCharts add_more_charts(nlohmann::ordered_json& json, const Run& run, const RunSummary& summary,
                           const TimePoints& timeline, const TimePoints& coarse, Language language) {
  Charts charts(run, summary, timeline, coarse, language);
  MoreCharts more = charts.make();
  json["more"] = std::move(charts).json();
  return more;
}

}  // namespace omniwriter
