#include "app/vitals_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "config/vitals_settings.h"
#include "model/vitals_summary.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::chrono::seconds kBetweenLooks{1};

struct Wanted {
  VitalsSource source = VitalsSource::none;
  std::string cgroup;
  unsigned pid = 0;
  bool named = false;  // on the command line
};

Result<Wanted> wanted(const Config& config, const VitalsFlags& flags, bool starts_the_tool) {
  const auto& settings = config.of<VitalsSettings>();
  Wanted wanted{settings.source, settings.cgroup, flags.pid, flags.pid != 0 || flags.cgroup};
  if (flags.source) {
    wanted.source = *flags.source == "host"   ? VitalsSource::host
                    : *flags.source == "none" ? VitalsSource::none
                                              : VitalsSource::tool;
  }
  if (flags.pid != 0 && flags.cgroup) return fail(ErrorCode::usage, "--pid and --cgroup exclude each other");
  if (wanted.named) {
    if (flags.source && wanted.source != VitalsSource::tool) {
      return fail(ErrorCode::usage, fmt::format("--vitals {} and {} exclude each other", *flags.source,
                                                flags.pid != 0 ? "--pid" : "--cgroup"));
    }
    wanted.source = VitalsSource::tool;
  }
  if (flags.cgroup) wanted.cgroup = *flags.cgroup;
  if (flags.pid != 0) wanted.cgroup.clear();
  const bool is_known = starts_the_tool || wanted.pid != 0 || !wanted.cgroup.empty();
  if (wanted.source == VitalsSource::tool && !is_known) {
    if (flags.source) return fail(ErrorCode::usage, "--vitals tool needs --pid or --cgroup here");
    wanted.source = VitalsSource::none;
  }
  return wanted;
}

Result<std::unique_ptr<UsageMeter>> meter_of(const Wanted& wanted, std::optional<pid_t> starter) {
  if (wanted.source == VitalsSource::host) return meter_of_host();
  if (!wanted.cgroup.empty()) return meter_of_cgroup(wanted.cgroup);
  return wanted.pid != 0 ? meter_of_process(static_cast<pid_t>(wanted.pid)) : meter_of_children(starter.value_or(0));
}

}  // namespace

void add_vitals_options(Command& command, VitalsFlags& flags) {
  command.options.push_back({.names = "--vitals",
                             .value = "SOURCE",
                             .about = {"De que medir CPU e memória enquanto o teste corre; padrão: da ferramenta",
                                       "What to measure CPU and memory of while the test runs; default: the tool"},
                             .kept_in = &flags.source,
                             .choices = {"tool", "host", "none"}});
  command.options.push_back({.names = "--cgroup",
                             .value = "PATH",
                             .about = {"Medir este grupo de controle (versão 2), em que a ferramenta corre",
                                       "Measure this control group (version 2), in which the tool runs"},
                             .kept_in = &flags.cgroup});
}

void keep_vitals(const RunStore& store, Run& run) {
  if (!run.vitals.empty()) return;
  const auto before = store.load(run.info.run_id, Timelines::none);
  if (!before) return;
  VitalsLog log;
  log.add(before->vitals, before->interval_seconds);
  run.vitals = log.between(run.started_ns, run.ended_ns, run.interval_seconds);
}

Result<void> VitalsWatch::start(const Config& config, const VitalsFlags& flags, std::optional<pid_t> starter) {
  const Wanted what = TRY(wanted(config, flags, starter.has_value()));
  if (what.source == VitalsSource::none) return {};
  auto meter = meter_of(what, starter);
  if (meter) {
    sampler_ = std::make_unique<VitalsSampler>(*std::move(meter), program_.clock);
  } else if (what.named) {
    return std::unexpected(std::move(meter).error());
  } else if (!program_.flags.quiet) {
    program_.console.note(fmt::format("CPU and memory are not measured: {}", meter.error().message));
  }
  return {};
}

void VitalsWatch::stop() {
  if (sampler_) sampler_->stop();
}

void VitalsWatch::go_on_from(const Run& earlier) { earlier_.add(earlier.vitals, earlier.interval_seconds); }

void VitalsWatch::add_to(Run& run) const {
  run.vitals = earlier_.between(run.started_ns, run.ended_ns, run.interval_seconds);
  if (!sampler_) return;
  for (const auto& [slot, vitals] : sampler_->between(run.started_ns, run.ended_ns, run.interval_seconds)) {
    run.vitals[slot] = vitals;
  }
}

void VitalsWatch::tell_if_busy(std::int64_t since_ns) {
  const auto now = program_.clock.steady();
  if (!sampler_ || told_ || program_.flags.quiet || now < next_look_) return;
  next_look_ = now + kBetweenLooks;
  constexpr std::int64_t kLookedAt = 20 * kNsPerSecond;
  const std::int64_t now_ns = program_.clock.wall_ns();
  const auto busy = longest_busy_time(sampler_->between(std::max(since_ns, now_ns - kLookedAt), now_ns, 1), 1);
  if (!busy) return;
  told_ = true;
  program_.console.note(
      fmt::format("the load generator uses up to {:.0f} % of its CPU: it may be measuring itself; spread the load over "
                  "more machines, or lower it",
                  busy->most_percent));
}

void VitalsWatch::tell_if_of_another_time(const Run& run) const {
  if (!sampler_ || program_.flags.quiet || !sampler_->has_measured() || !run.vitals.empty()) return;
  program_.console.note("CPU and memory were measured at other times than those of the results: they are left out");
}

}  // namespace omniwriter
