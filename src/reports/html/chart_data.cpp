#include "reports/html/chart_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/floor_divide.h"
#include "model/response_times.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/html/chart_json.h"
#include "reports/run_context.h"
#include "reports/run_summary.h"
#include "reports/texts.h"
#include "reports/timeline.h"

namespace omniwriter {
namespace {

using Json = ChartJson;

constexpr std::size_t kMaxNames = 5;
constexpr std::size_t kFewUsers = 3;  // most tests begin and end with fewer than they run with
constexpr int kMaxNameColumns = 40;

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;

/// The names that count most, each with its count a second; the rest together. `of`: counts of a tally by name.
template <typename Of>
Json rates_by_name(const TimePoints& timeline, const Counts& total, const Of& of, Language language) {
  Json series = Json::array();
  std::vector<std::map<std::string, std::uint64_t>> counts;
  for (const TimePoint& point : timeline.points) {
    const auto entries = of(point.tally);
    counts.emplace_back(entries.begin(), entries.end());
  }
  const auto add = [&](std::string_view name, const auto& count) {
    Json values = Json::array();
    for (std::size_t i = 0; i < timeline.points.size(); ++i) {
      values.push_back(known(timeline.rate(timeline.points[i], count(i))));
    }
    series.push_back({{"name", shortened(visible_text(name), kMaxNameColumns)}, {"values", std::move(values)}});
  };
  const std::size_t named = std::min(total.size(), kMaxNames);
  for (std::size_t at = 0; at < named; ++at) {
    add(total[at].first, [&](std::size_t i) {
      const auto found = counts[i].find(total[at].first);
      return found == counts[i].end() ? 0 : found->second;
    });
  }
  if (total.size() > named) {
    add(text_of(Text::other_types, language), [&](std::size_t i) {
      std::uint64_t others = 0;
      for (const auto& [name, count] : counts[i]) others += count;
      for (std::size_t at = 0; at < named; ++at) {
        if (const auto found = counts[i].find(total[at].first); found != counts[i].end()) others -= found->second;
      }
      return others;
    });
  }
  return series;
}

/// Rates and response times over time, as all requests and each endpoint have them.
struct Course {
  Course(const TimePoints& timeline, bool only_mean) {
    for (const TimePoint& point : timeline.points) {
      requests.push_back(known(timeline.rate(point, point.tally.samples())));
      errors.push_back(known(timeline.rate(point, point.errors)));
      const auto add_time = [&](const std::string& name, const std::optional<double>& value) {
        times[name].push_back(known(point.tally.samples() == 0 ? std::nullopt : value));
        has_times = has_times || (point.tally.samples() > 0 && value);
      };
      if (only_mean) add_time("mean", point.tally.mean());
      for (const int percentile : {99, 95, 50}) {
        if (!only_mean) add_time("p" + std::to_string(percentile), point.tally.quantile(percentile / 100.0));
      }
    }
  }

  Json requests = Json::array();
  Json errors = Json::array();
  Json times = Json::object();
  bool has_times = false;
};

/// Denser where the percentiles that people ask for are.
constexpr std::array kCurve{0.0,    0.1,   0.2,    0.3,   0.4,    0.5,    0.6,     0.7,     0.75,     0.8,
                            0.85,   0.9,   0.92,   0.94,  0.95,   0.96,   0.97,    0.98,    0.985,    0.99,
                            0.9925, 0.995, 0.9975, 0.999, 0.9995, 0.9999, 0.99995, 0.99999, 0.999995, 0.999999};

/// As far as there is a sample beyond.
Json curve_of(const Histogram& times) {
  Json curve = Json::array();
  for (const double q : kCurve) {
    if ((1 - q) * static_cast<double>(times.count()) < 1 - 1e-9) break;
    curve.push_back(rounded(times.quantile(q)));
  }
  return curve;
}

Json bars_of(const Histogram& times) {
  TimeBars bars = time_bars_of(times, kMaxBars);
  if (bars.counts.empty()) return nullptr;
  return {{"scale", bars.scale}, {"first", bars.first}, {"width", bars.width}, {"counts", std::move(bars.counts)}};
}

/// The distribution of a tally, where it is known.
void add_distribution(Json& into, const Tally& tally) {
  if (tally.samples() == 0 || !tally.relative_error()) return;
  Json bars = bars_of(tally.response_time);
  if (bars.is_null()) return;
  into["curve"] = curve_of(tally.response_time);
  into["bars"] = std::move(bars);
}

/// What an endpoint tells besides the numbers of the table: "200: 1,234 (99%)".
Json facts_of(const Run& run, const Tally& tally, Language language) {
  constexpr std::size_t kMaxFacts = 5;
  Json facts = Json::array();
  const auto statuses = run.by_status(tally);
  for (std::size_t i = 0; i < std::min(statuses.size(), kMaxFacts); ++i) {
    const auto& [status, count] = statuses[i];
    facts.push_back(
        fmt::format("{}: {} ({})", shortened(visible_text(status), kMaxNameColumns), format_count(count, language),
                    format_percent(static_cast<double>(count) / static_cast<double>(tally.samples()), language)));
  }
  if (statuses.size() > kMaxFacts) {
    facts.push_back(fmt::format(fmt::runtime(text_of(Text::and_more, language)),
                                format_count(statuses.size() - kMaxFacts, language)));
  }
  const double seconds = run.duration_seconds();
  const auto add_bytes = [&](std::string_view mark, const std::optional<std::uint64_t>& bytes) {
    if (!bytes) return;
    std::string text = fmt::format("{} {}", mark, format_bytes(*bytes, language));
    if (seconds > 0) {
      const auto rate = static_cast<std::uint64_t>(static_cast<double>(*bytes) / seconds + 0.5);
      text += fmt::format(" ({}/s)", format_bytes(rate, language));
    }
    facts.push_back(std::move(text));
  };
  add_bytes("↓", run.received(tally.bytes_received));
  add_bytes("↑", run.sent(tally.bytes_sent));
  return facts;
}

/// Charts of endpoints, by impact, as many as there is room for. All have the same points of time.
void add_endpoints(Json& into, const Run& run, const TimePoints& all, bool only_mean, Language language) {
  Json time = Json::array();
  Json users = Json::array();
  for (const TimePoint& point : all.points) {
    time.push_back(point.start_seconds);
    users.push_back(point.users ? Json(*point.users) : Json(nullptr));
  }
  Json& endpoints = into["endpoints"] = {{"step", all.step_seconds},
                                         {"time", std::move(time)},
                                         {"requests", Course(all, only_mean).requests},
                                         {"users", std::move(users)},
                                         {"each", Json::array()}};
  std::size_t bytes = 0;
  for (const Series& series : run.series) {
    if (series.kind != SampleKind::request) continue;
    Course course(timeline_of(run, series, kMaxEndpointPoints), only_mean);
    Json endpoint{{"name", shortened(visible_text(series.endpoint), kMaxNameColumns)},
                  {"requests", std::move(course.requests)},
                  {"errors", std::move(course.errors)},
                  {"times", std::move(course.times)},
                  {"facts", facts_of(run, series.total, language)}};
    add_distribution(endpoint, series.total);
    bytes += dumped(endpoint).size();
    if (bytes > kMaxEndpointBytes) break;
    endpoints["each"].push_back(std::move(endpoint));
  }
}

/// Rows are equally wide groups of buckets, so each is exact.
Json heatmap(const Run& run) {
  const TimePoints timeline = timeline_of(run, kMaxHeatmapColumns);
  Histogram all;
  for (const TimePoint& point : timeline.points) all.merge(point.tally.response_time);
  const TimeBars rows = time_bars_of(all, kMaxHeatmapRows);
  if (rows.counts.empty()) return nullptr;

  Json bounds = Json::array();
  for (std::size_t row = 0; row <= rows.counts.size(); ++row) bounds.push_back(rounded(rows.edge(row)));
  Json columns = Json::array();
  Json times = Json::array();
  std::uint64_t most = 0;
  for (const TimePoint& point : timeline.points) {
    std::vector<std::uint64_t> counts(rows.counts.size());
    const Histogram& exact = point.tally.response_time;
    const Histogram& at_scale = exact.scale() == rows.scale ? exact : exact.downscaled(rows.scale);
    at_scale.for_each_bucket([&](Histogram::Bucket bucket) {
      counts[static_cast<std::size_t>((bucket.index - rows.first) / rows.width)] += bucket.count;
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

/// The scenarios with the most users, each with those at once in each point of time.
void add_scenario_users(Json& into, const Run& run, const TimePoints& timeline) {
  const auto all = scenario_users_of(run);
  for (std::size_t i = 0; i < std::min(all.size(), kMaxNames); ++i) {
    Json values = Json::array();
    for (const TimePoint& point : timeline.points) {
      const std::int64_t first = floor_divide(point.start_seconds, run.interval_seconds);
      std::optional<std::uint32_t> most;
      for (auto at = all[i].by_slot->lower_bound(first);
           at != all[i].by_slot->end() &&
           at->first * run.interval_seconds < point.start_seconds + timeline.step_seconds;
           ++at) {
        most = std::max(most.value_or(0), at->second);
      }
      values.push_back(most ? Json(*most) : Json(nullptr));
    }
    into["users_by_scenario"].push_back(
        {{"name", shortened(visible_text(all[i].scenario), kMaxNameColumns)}, {"values", std::move(values)}});
  }
}

}  // namespace

ChartData chart_data(const ReportInput& input, Language language) {
  const Run& run = input.run;
  const TimePoints timeline = timeline_of(run, kMaxChartPoints);
  const Tally total = run.total();
  const RunSummary summary(run);
  const bool only_mean = summary.only_mean;
  ChartData data;
  data.step_seconds = timeline.step_seconds;
  data.points = timeline.points.size();

  Json time = Json::array();
  Json users = Json::array();
  Json received = Json::array();
  Json sent = Json::array();
  Json cpu = Json::array();
  Json memory = Json::array();
  std::set<std::uint32_t> numbers_of_users;
  for (const TimePoint& point : timeline.points) {
    time.push_back(point.start_seconds);
    data.most_requests = std::max(data.most_requests, timeline.rate(point, point.tally.samples()).value_or(0));
    users.push_back(point.users ? Json(*point.users) : Json(nullptr));
    received.push_back(known(timeline.rate(point, point.tally.bytes_received)));
    sent.push_back(known(timeline.rate(point, point.tally.bytes_sent)));
    cpu.push_back(known(point.cpu_percent));
    memory.push_back(known(point.memory_mb));
    data.has_users = data.has_users || point.users;
    if (point.users) numbers_of_users.insert(*point.users);
    data.has_errors = data.has_errors || point.errors > 0;
    data.has_machine = data.has_machine || point.cpu_percent || point.memory_mb;
  }
  data.users_vary = numbers_of_users.size() >= kFewUsers;
  Course course(timeline, only_mean);
  data.has_times = course.has_times;

  const auto say = [&](Text text) { return std::string(text_of(text, language)); };
  Json json{{"lang", tag_of(language)},
            {"texts",
             {{"requests", say(Text::requests)},
              {"errors", say(Text::errors)},
              {"users", say(Text::users)},
              {"memory", say(Text::memory)},
              {"mean", say(Text::mean)},
              {"cell", say(Text::requests_in_cell)},
              {"oneInCell", say(Text::one_request_in_cell)},
              {"received", say(Text::received)},
              {"sent", say(Text::sent)},
              {"all", say(Text::all_requests)},
              {"endpoint", say(Text::endpoint)},
              {"filtered", say(Text::filtered)},
              {"requestsOverTime", say(Text::requests_over_time)},
              {"timesOverTime", say(Text::response_time_over_time)},
              {"byPercentile", say(Text::by_percentile)},
              {"byTime", say(Text::by_response_time)},
              {"againstThroughput", say(Text::against_throughput)},
              {"allRequests", say(Text::all_requests_per_second)},
              {"againstUsers", say(Text::against_users)}}},
            {"usersVary", data.users_vary},
            {"apdex", std::chrono::duration<double>(input.apdex).count()},
            {"step", timeline.step_seconds},
            {"time", std::move(time)},
            {"requests", std::move(course.requests)},
            {"errors", std::move(course.errors)},
            {"times", std::move(course.times)}};
  if (data.has_users) json["users"] = std::move(users);
  if (data.has_users) add_scenario_users(json, run, timeline);
  if (data.has_errors) {
    json["errors_by_type"] = rates_by_name(
        timeline, run.by_error_type(total), [&](const Tally& tally) { return run.by_error_type(tally); }, language);
  }
  const auto statuses = run.by_status(total);
  if (data.points > 0 && statuses.size() > 1) {
    data.has_statuses = true;
    json["statuses"] =
        rates_by_name(timeline, statuses, [&](const Tally& tally) { return run.by_status(tally); }, language);
  }
  if (data.points > 0 && total.bytes_received > 0) json["received"] = std::move(received);
  if (data.points > 0 && total.bytes_sent > 0) json["sent"] = std::move(sent);
  data.has_bytes = json.contains("received") || json.contains("sent");
  if (data.has_machine) {
    json["cpu"] = std::move(cpu);
    json["memory"] = std::move(memory);
  }
  if (data.points > 0) {
    // What a tool told of its times is no distribution, unless it told its buckets.
    if (total.relative_error()) json["heatmap"] = heatmap(run);
    add_distribution(json, total);
    data.has_distribution = json.contains("curve");
    json["percentiles"] = kCurve;
    data.coarse = timeline_of(run, kMaxEndpointPoints);
    add_endpoints(json, run, data.coarse, only_mean, language);
    data.endpoints = json["endpoints"]["each"].size();
    data.more = add_more_charts(json, run, summary, timeline, data.coarse, language);
  }
  data.json = dumped(json);
  return data;
}

}  // namespace omniwriter
