#include "reports/html/chart_data.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "reports/display_width.h"
#include "reports/run_summary.h"
#include "reports/texts.h"
#include "reports/timeline.h"

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxErrorTypes = 5;
constexpr int kMaxNameColumns = 40;

/// Five significant digits: more than a chart shows, and a third of the bytes.
Json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == 0) return 0;
  const double scale = std::pow(10, 4 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

Json known(const std::optional<double>& value) { return value ? rounded(*value) : Json(nullptr); }

/// The types with the most errors, each with its errors a second; the rest together.
Json errors_by_type(const Run& run, const TimePoints& timeline, Language language) {
  Json series = Json::array();
  const auto types = run.by_error_type(run.total());
  std::vector<std::map<std::string, std::uint64_t>> counts;
  for (const TimePoint& point : timeline.points) {
    const auto entries = run.by_error_type(point.tally);
    counts.emplace_back(entries.begin(), entries.end());
  }
  const auto add = [&](std::string_view name, const auto& count) {
    Json values = Json::array();
    for (std::size_t i = 0; i < timeline.points.size(); ++i) {
      values.push_back(known(timeline.rate(timeline.points[i], count(i))));
    }
    series.push_back({{"name", shortened(visible_text(name), kMaxNameColumns)}, {"values", std::move(values)}});
  };
  const std::size_t named = std::min(types.size(), kMaxErrorTypes);
  for (std::size_t type = 0; type < named; ++type) {
    add(types[type].first, [&](std::size_t i) {
      const auto found = counts[i].find(types[type].first);
      return found == counts[i].end() ? 0 : found->second;
    });
  }
  if (types.size() > named) {
    add(text_of(Text::other_types, language), [&](std::size_t i) {
      std::uint64_t others = timeline.points[i].errors;
      for (std::size_t type = 0; type < named; ++type) {
        if (const auto found = counts[i].find(types[type].first); found != counts[i].end()) others -= found->second;
      }
      return others;
    });
  }
  return series;
}

/// Rows are equally wide groups of buckets, so each is exact.
Json heatmap(const Run& run) {
  const TimePoints timeline = timeline_of(run, kMaxHeatmapColumns);
  Histogram all;
  for (const TimePoint& point : timeline.points) all.merge(point.tally.response_time);
  const auto buckets = all.buckets();
  if (buckets.empty()) return nullptr;
  const std::int64_t lowest = buckets.front().index;
  const std::int64_t span = buckets.back().index - lowest + 1;
  const auto most_rows = static_cast<std::int64_t>(kMaxHeatmapRows);
  const std::int64_t group = (span + most_rows - 1) / most_rows;
  const std::int64_t rows = (span + group - 1) / group;

  Json bounds = Json::array();
  for (std::int64_t row = 0; row <= rows; ++row) {
    bounds.push_back(
        rounded(Histogram::upper_bound_seconds(static_cast<std::int32_t>(lowest + row * group - 1), all.scale())));
  }
  Json columns = Json::array();
  Json times = Json::array();
  std::uint64_t most = 0;
  for (const TimePoint& point : timeline.points) {
    std::vector<std::uint64_t> counts(static_cast<std::size_t>(rows));
    const Histogram& exact = point.tally.response_time;
    const Histogram& at_scale = exact.scale() == all.scale() ? exact : exact.downscaled(all.scale());
    at_scale.for_each_bucket([&](Histogram::Bucket bucket) {
      counts[static_cast<std::size_t>((bucket.index - lowest) / group)] += bucket.count;
    });
    counts.front() += exact.zero_count();  // there is no place for 0 on the axis
    most = std::max(most, *std::ranges::max_element(counts));
    times.push_back(point.start_seconds);
    columns.push_back(counts);
  }
  return {{"step", timeline.step_seconds},
          {"time", std::move(times)},
          {"bounds", std::move(bounds)},
          {"most", most},
          {"columns", std::move(columns)}};
}

}  // namespace

ChartData chart_data(const Run& run, Language language) {
  const TimePoints timeline = timeline_of(run, kMaxChartPoints);
  ChartData data;
  data.step_seconds = timeline.step_seconds;
  data.points = timeline.points.size();

  Json time = Json::array();
  Json requests = Json::array();
  Json errors = Json::array();
  Json users = Json::array();
  Json cpu = Json::array();
  Json memory = Json::array();
  Json times = Json::object();
  const bool only_mean = RunSummary(run).only_mean;
  for (const TimePoint& point : timeline.points) {
    time.push_back(point.start_seconds);
    const auto rate = timeline.rate(point, point.tally.samples());
    data.most_requests = std::max(data.most_requests, rate.value_or(0));
    requests.push_back(known(rate));
    errors.push_back(known(timeline.rate(point, point.errors)));
    users.push_back(point.users ? Json(*point.users) : Json(nullptr));
    cpu.push_back(known(point.cpu_percent));
    memory.push_back(known(point.memory_mb));
    const auto add_time = [&](const std::string& name, const std::optional<double>& value) {
      times[name].push_back(known(point.tally.samples() == 0 ? std::nullopt : value));
    };
    if (only_mean) add_time("mean", point.tally.mean());
    for (const int percentile : {99, 95, 50}) {
      if (!only_mean) add_time("p" + std::to_string(percentile), point.tally.quantile(percentile / 100.0));
    }
    data.has_users = data.has_users || point.users;
    data.has_errors = data.has_errors || point.errors > 0;
    data.has_machine = data.has_machine || point.cpu_percent || point.memory_mb;
  }

  const auto say = [&](Text text) { return std::string(text_of(text, language)); };
  Json json{{"lang", tag_of(language)},
            {"texts",
             {{"requests", say(Text::requests)},
              {"errors", say(Text::errors)},
              {"users", say(Text::users)},
              {"memory", say(Text::memory)},
              {"mean", say(Text::mean)},
              {"cell", say(Text::requests_in_cell)},
              {"oneInCell", say(Text::one_request_in_cell)}}},
            {"step", timeline.step_seconds},
            {"time", std::move(time)},
            {"requests", std::move(requests)},
            {"errors", std::move(errors)},
            {"times", std::move(times)}};
  // What a tool told of its times is no distribution, unless it told its buckets.
  if (data.points > 0 && run.total().relative_error()) {
    json["heatmap"] = heatmap(run);
    data.has_distribution = !json["heatmap"].is_null();
  }
  if (data.has_users) json["users"] = std::move(users);
  if (data.has_errors) json["errors_by_type"] = errors_by_type(run, timeline, language);
  if (data.has_machine) {
    json["cpu"] = std::move(cpu);
    json["memory"] = std::move(memory);
  }
  data.json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return data;
}

}  // namespace omniwriter
