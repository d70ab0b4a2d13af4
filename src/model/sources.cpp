#include "model/sources.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <ranges>
#include <utility>

#include "base/bounded_name.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxSources = 1000;

Source unseen(std::string name) {
  return {.name = std::move(name),
          .samples = 0,
          .started_ns = std::numeric_limits<std::int64_t>::max(),
          .ended_ns = std::numeric_limits<std::int64_t>::min()};
}

void merge(Source& into, const Source& from) {
  into.samples = into.samples && from.samples ? std::optional(*into.samples + *from.samples) : std::nullopt;
  into.started_ns = std::min(into.started_ns, from.started_ns);
  into.ended_ns = std::max(into.ended_ns, from.ended_ns);
  into.active_users_max = std::max(into.active_users_max, from.active_users_max);
}

}  // namespace

void SourceCounts::begin_file(std::string_view name) {
  const auto known = by_name_.find(name);
  current_ = known != by_name_.end() ? known->second : files_.size();
  if (known != by_name_.end()) return;
  files_.push_back({unseen(bounded_name(name)), {}});
  by_name_.emplace(name, current_);
}

void SourceCounts::add(const ActiveUsers& point, const SampleBatch& batch) {
  if (files_.empty()) return;
  File& file = files_[current_];
  file.whole.active_users_max = std::max(file.whole.active_users_max, point.users);
  if (point.generator == 0) return;
  auto known = file.generators.find(point.generator);
  if (known == file.generators.end()) {
    const auto name = batch.generators().find(point.generator);
    if (name == batch.generators().end() || generators_ >= kMaxSources) return;
    ++generators_;
    known = file.generators.emplace(point.generator, unseen(name->second)).first;
    known->second.samples.reset();
  }
  Source& source = known->second;
  source.started_ns = std::min(source.started_ns, point.time_ns);
  source.ended_ns = std::max({source.ended_ns, point.time_ns, point.told_ns});
  source.active_users_max = std::max(source.active_users_max, point.users);
}

void SourceCounts::add_requests(std::uint64_t samples, std::int64_t started_ns, std::int64_t ended_ns) {
  if (files_.empty() || samples == 0) return;
  Source& source = files_[current_].whole;
  *source.samples += samples;
  source.started_ns = std::min(source.started_ns, started_ns);
  source.ended_ns = std::max(source.ended_ns, ended_ns);
}

void SourceCounts::add(const Source& source) { others_.push_back(source); }

std::vector<Source> SourceCounts::list() const {
  std::map<std::string, Source> by_name;
  const auto add = [&](const std::string& name, const Source& source) {
    const bool full = by_name.size() >= kMaxSources && !by_name.contains(name);
    const std::string& kept_as = full ? std::string(kOtherEndpoint) : name;
    merge(by_name.try_emplace(kept_as, unseen(kept_as)).first->second, source);
  };
  for (const Source& source : others_) add(source.name, source);
  for (const File& file : files_) {
    if (file.whole.samples == 0) continue;
    if (file.generators.size() > 1) {
      for (const Source& source : file.generators | std::views::values) add(source.name, source);
    } else {
      add(file.generators.empty() ? file.whole.name : file.generators.begin()->second.name, file.whole);
    }
  }
  std::vector<Source> sources;
  for (Source& source : by_name | std::views::values) sources.push_back(std::move(source));
  return sources;
}

std::vector<UnevenSource> uneven_sources(const Run& run) {
  constexpr std::int64_t kLeastNs = 10'000'000'000;
  constexpr std::int64_t kShare = 10;
  const std::int64_t notable = std::max(kLeastNs, (run.ended_ns - run.started_ns) / kShare);
  std::vector<UnevenSource> uneven;
  for (const Source& source : run.sources) {
    UnevenSource one{&source, source.started_ns - run.started_ns, run.ended_ns - source.ended_ns};
    const auto precedes = [&](const Source& other) { return other.ended_ns <= source.started_ns; };
    const auto follows = [&](const Source& other) { return other.started_ns >= source.ended_ns; };
    if (one.late_ns < notable || std::ranges::any_of(run.sources, precedes)) one.late_ns = 0;
    if (one.early_ns < notable || std::ranges::any_of(run.sources, follows)) one.early_ns = 0;
    if (one.late_ns != 0 || one.early_ns != 0) uneven.push_back(one);
  }
  return uneven;
}

}  // namespace omniwriter
