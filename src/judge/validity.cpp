#include "judge/validity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "judge/coordinated_omission.h"
#include "judge/criterion_values.h"
#include "judge/quantile_interval.h"
#include "judge/statistics.h"
#include "judge/warm_up.h"
#include "model/detail_points.h"
#include "model/sources.h"

namespace omniwriter {
namespace {

using Concerns = std::vector<Concern>;

std::string in_time(double seconds) {
  return seconds < 1 ? fmt::format("{:.3g} ms", seconds * 1000) : fmt::format("{:.3g} s", seconds);
}

std::string in_percent(double ratio) {
  const double percent = ratio * 100;
  return std::abs(percent) < 10 ? fmt::format("{:.2g} %", percent) : fmt::format("{:.0f} %", percent);
}

void raise_concern(Concerns& concerns, std::string_view check, ConcernLevel level, std::string what,
                   std::string advice) {
  concerns.push_back(
      {.check = std::string(check), .level = level, .what = std::move(what), .advice = std::move(advice)});
}

void look_for_omission(const Run& run, Concerns& concerns) {
  const CoordinatedOmission omission = coordinated_omission(run);
  if (!omission.found()) return;
  constexpr double kNotable = 1.2;
  constexpr double kHigh = 0.99;
  const Histogram& times = run.total().response_time;
  const double seen = times.quantile(kHigh);
  const double truly = corrected_for_omission(times, omission.expected_interval).quantile(kHigh);
  if (truly < kNotable * seen) {
    raise_concern(concerns, "coordinated_omission", ConcernLevel::note,
                  "while the system was slow, fewer requests were started: the users wait for it",
                  "a fixed arrival rate shows what a system does that gets no rest");
    return;
  }
  raise_concern(
      concerns, "coordinated_omission", ConcernLevel::warning,
      fmt::format(
          "while the system was slow, fewer requests were started: p99 is {}, and some {} with those that were not",
          in_time(seen), in_time(truly)),
      "generate requests at a fixed rate (arrival rate, constant throughput) to have them among the slow ones");
}

void look_for_think_time(const Run& run, const Tally& total, Concerns& concerns) {
  constexpr double kBusy = 0.95;
  constexpr double kAtOnce = 1.05;  // users that have several requests under way tell nothing
  constexpr double kShortest = 10;
  const auto mean = total.mean();
  if (!mean || run.duration_seconds() < kShortest) return;
  // Users are told by slot: in the first and last of them they were there for a part of it.
  double user_seconds = 0;
  for (const auto& [slot, users] : run.active_users) {
    const double from =
        std::max(static_cast<double>(slot * run.interval_seconds), static_cast<double>(run.started_ns) / 1e9);
    const double to =
        std::min(static_cast<double>((slot + 1) * run.interval_seconds), static_cast<double>(run.ended_ns) / 1e9);
    user_seconds += std::max(0.0, to - from) * users;
  }
  if (user_seconds <= 0) return;
  const double busy = *mean * static_cast<double>(total.samples()) / user_seconds;
  if (busy < kBusy || busy > kAtOnce) return;
  raise_concern(concerns, "no_think_time", ConcernLevel::note,
                "users never paused: each sent its next request as soon as it had an answer",
                "people pause; with pauses the same throughput takes more users at once");
}

void look_at_counts(const Run& run, const Tally& total, Concerns& concerns) {
  constexpr double kUsual = 0.95;
  const std::uint64_t needed = samples_needed(kUsual);
  if (total.samples() < needed) {
    raise_concern(concerns, "few_samples", ConcernLevel::warning,
                  fmt::format("{} requests carry no p95: {} are needed", total.samples(), needed),
                  "let the test run for longer");
    return;
  }
  std::uint64_t endpoints = 0;
  std::uint64_t small = 0;
  for (const Series& one : run.series) {
    if (one.kind != SampleKind::request) continue;
    ++endpoints;
    if (one.total.samples() < needed) ++small;
  }
  if (small == 0) return;
  raise_concern(concerns, "few_samples", ConcernLevel::note,
                fmt::format("{} of {} endpoints have fewer than {} requests: their p95 may be anything", small,
                            endpoints, needed),
                "let the test run for longer, or judge these by their mean");
}

/// Whether the load was the same all the time; and how response times went from the first half to the second.
struct Halves {
  bool same_load = false;
  double change = 0;  // relative
  Interval interval;  // 99 %
};

std::optional<Halves> halves_of(const RunDigest& digest) {
  constexpr std::uint64_t kLeastSamples = 30;
  constexpr double kSameLoad = 0.10;
  constexpr std::size_t kHalf = kBatches / 2;
  std::array<double, kBatches> means{};
  std::array<double, kBatches> counts{};
  for (std::size_t at = 0; at < kBatches; ++at) {
    const Histogram& times = digest.all.batches[at].response_time;
    if (times.count() < kLeastSamples || times.mean_seconds() <= 0) return std::nullopt;
    means[at] = std::log(times.mean_seconds());
    counts[at] = static_cast<double>(times.count());
  }
  const std::span<const double> all(means);
  const double change = mean_of(all.subspan(kHalf)) - mean_of(all.first(kHalf));
  const double variance = (variance_of(all.first(kHalf)) + variance_of(all.subspan(kHalf))) / kHalf;
  constexpr double kSure = 0.995;  // 99 % on both sides
  const double reach = t_quantile(kSure, kBatches - 2) * std::sqrt(variance);
  const double load = mean_of(counts);
  Halves halves;
  // The ends of a run need not fill their batches.
  halves.same_load = std::all_of(counts.begin() + 1, counts.end() - 1,
                                 [&](double count) { return std::abs(count - load) <= kSameLoad * load; });
  halves.change = std::exp(change) - 1;
  halves.interval = {std::exp(change - reach) - 1, std::exp(change + reach) - 1};
  return halves;
}

void look_for_drift(const Run& run, const RunDigest& digest, Concerns& concerns) {
  constexpr double kShortest = 60;
  constexpr double kMargin = 0.10;
  const auto warm = run.duration_seconds() < kShortest ? std::nullopt : warm_up_of(run);
  // What takes longer is not how a run begins, but how it goes on.
  constexpr double kLongestWarmUp = 1.0 / 3;
  if (warm && warm->seconds <= kLongestWarmUp * run.duration_seconds()) {
    raise_concern(concerns, "warm_up", ConcernLevel::note,
                  fmt::format("the first {:.0f} s are unlike the rest: response times of {} on average, then {}",
                              warm->seconds, in_time(warm->during), in_time(warm->after)),
                  fmt::format("leave them out of criteria: ignore first {:.0f}s", warm->seconds));
    return;  // which is why the halves differ
  }
  if (!digest.has_samples || run.duration_seconds() < kShortest) return;
  const auto halves = halves_of(digest);
  if (!halves || !halves->same_load) return;
  if (halves->interval.low <= kMargin && halves->interval.high >= -kMargin) return;
  constexpr fmt::string_view kUp =
      "at the same load, response times went up by {} from the first half to the second (99 % sure: {} to {})";
  constexpr fmt::string_view kDown =
      "at the same load, response times went down by {} from the first half to the second (99 % sure: {} to {})";
  raise_concern(
      concerns, "drift", ConcernLevel::warning,
      fmt::format(fmt::runtime(halves->change > 0 ? kUp : kDown), in_percent(std::abs(halves->change)),
                  in_percent(halves->interval.low), in_percent(halves->interval.high)),
      "the run has no steady state: let it run until it has one; what grows with time (memory, tables, queues) is "
      "worth a look");
}

void look_at_generator(const Run& run, Concerns& concerns) {
  constexpr double kTight = 80;
  constexpr double kFull = 90;
  constexpr double kShare = 0.05;
  constexpr double kLeastSeconds = 5;
  double seconds = 0;
  double tight = 0;
  double full = 0;
  for (const auto& [slot, vitals] : run.vitals) {
    if (!vitals.cpu_percent) continue;
    const auto width = static_cast<double>(run.interval_seconds);
    seconds += width;
    if (*vitals.cpu_percent > kTight) tight += width;
    if (*vitals.cpu_percent > kFull) full += width;
  }
  const auto matters = [&](double time) { return time >= kLeastSeconds && time >= kShare * seconds; };
  if (!matters(tight)) return;
  const bool invalid = matters(full);
  raise_concern(
      concerns, "generator_cpu", invalid ? ConcernLevel::invalid : ConcernLevel::warning,
      fmt::format(
          "the load generator had more than {:.0f} % of its CPU in use for {:.0f} of {:.0f} s: requests waited for it",
          invalid ? kFull : kTight, invalid ? full : tight, seconds),
      "spread the load over more generators, or take one that needs less");
}

void look_for_dropped(const Run& run, Concerns& concerns) {
  constexpr double kFew = 0.001;
  const auto added = [&](std::string_view name) {
    const Series* series = run.find(name, SampleKind::counter);
    return series == nullptr ? 0.0 : units_of(series->total.response_time.sum_seconds());
  };
  const double dropped = added("dropped_iterations");
  if (dropped <= 0) return;
  const double share = dropped / (dropped + added("iterations"));
  raise_concern(
      concerns, "dropped_iterations", share > kFew ? ConcernLevel::invalid : ConcernLevel::note,
      fmt::format("{:.0f} iterations were dropped ({}): the load was less than asked for", dropped, in_percent(share)),
      "give the load tool more users to start iterations with (preAllocatedVUs, maxVUs)");
}

void look_at_resolution(const RunDigest& digest, Concerns& concerns) {
  constexpr double kVisible = 0.02;
  constexpr double kMiddle = 0.5;
  constexpr double kHigh = 0.95;
  if (!digest.has_samples) return;
  const DistributionCurve all(digest.all.total().response_time);
  const double step = std::max(all.step_at(kMiddle), all.step_at(kHigh));
  if (step <= kVisible) return;
  raise_concern(
      concerns, "resolution", ConcernLevel::note,
      fmt::format("times were recorded in steps of {} of their value: percentiles jump by that much", in_percent(step)),
      "compare means, which have no steps");
}

void look_at_sources(const Run& run, Concerns& concerns) {
  for (const UnevenSource& uneven : uneven_sources(run)) {
    const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
    const std::string what =
        uneven.late_ns > 0
            ? fmt::format("{} began {:.0f} s after the run", uneven.source->name, seconds(uneven.late_ns))
            : fmt::format("{} ended {:.0f} s before the run", uneven.source->name, seconds(uneven.early_ns));
    raise_concern(
        concerns, "clocks", ConcernLevel::warning, what,
        "either it did not take part all the time, or its clock is off: compare the clocks of the generators");
  }
}

void look_for_losses(const Run& run, const Tally& total, Concerns& concerns) {
  constexpr double kFew = 0.001;
  constexpr double kTooMany = 0.05;
  constexpr std::uint64_t kNotAlone = 100;  // a line of a small file is no disaster
  if (run.bad_records == 0) return;
  const double share = static_cast<double>(run.bad_records) / static_cast<double>(run.bad_records + total.samples());
  raise_concern(concerns, "lost_data",
                share > kTooMany && run.bad_records >= kNotAlone ? ConcernLevel::invalid
                : share > kFew                                   ? ConcernLevel::warning
                                                                 : ConcernLevel::note,
                fmt::format("{} records of the files cannot be read ({})", run.bad_records, in_percent(share)),
                "the bad records are listed with their lines: see what wrote them");
}

}  // namespace

std::vector<Concern> validity(const Run& run, const RunDigest& digest) {
  Concerns concerns;
  const Tally total = run.total();
  if (total.samples() == 0) return concerns;
  look_for_losses(run, total, concerns);
  look_at_generator(run, concerns);
  look_for_dropped(run, concerns);
  if (!run.reported) look_for_omission(run, concerns);
  look_for_drift(run, digest, concerns);
  look_at_counts(run, total, concerns);
  look_at_sources(run, concerns);
  look_at_resolution(digest, concerns);
  look_for_think_time(run, total, concerns);
  return concerns;
}

}  // namespace omniwriter
