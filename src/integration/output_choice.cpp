#include "integration/output_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"
#include "base/url.h"
#include "base/usage.h"

namespace omniwriter {

namespace {

bool writes_file(const ChosenOutput& output) { return output.kind->target_help == "FILE"; }

Result<void> check_outputs_are_apart(const std::vector<ChosenOutput>& chosen, const Config& config) {
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!writes_file(chosen[i])) continue;
    const std::vector others(chosen.begin() + static_cast<std::ptrdiff_t>(i) + 1, chosen.end());
    const auto what = fmt::format("the file of output {}", chosen[i].kind->name);
    if (auto spared = check_outputs_spare(others, chosen[i].target, what); !spared) return spared;
  }
  for (const char* companion : {"", "-wal", "-shm"}) {
    auto spared = check_outputs_spare(chosen, config.store.string() + companion, "the store");
    if (!spared) return spared;
  }
  if (!config.file.empty()) {
    if (auto spared = check_outputs_spare(chosen, config.file, "the configuration file"); !spared) return spared;
  }
  for (const char* stream : {"/dev/stdout", "/dev/stderr"}) {
    if (auto spared = check_outputs_spare(chosen, stream, "where we print to"); !spared) return spared;
  }
  return {};
}

}  // namespace

Result<std::vector<ChosenOutput>> choose_outputs(const std::vector<const OutputKind*>& kinds, const Config& config,
                                                 const std::vector<std::string>& flags) {
  struct Target {
    std::string text;
    bool named = false;
  };
  std::map<std::string_view, Target> targets;  // by name
  for (const OutputKind* kind : kinds) {
    if (std::string target = kind->configured_target(config); !target.empty())
      targets[kind->name] = {std::move(target)};
  }

  const auto choose = [&](const std::string& name, const std::string& target, bool named) -> Result<void> {
    const auto kind = std::ranges::find(kinds, name, &OutputKind::name);
    if (kind == kinds.end()) {
      std::string known;
      for (const OutputKind* each : kinds) {
        if (each->samples_of.empty()) known += fmt::format("{}{}", known.empty() ? "" : ", ", each->name);
      }
      return fail_with_hint(ErrorCode::usage, fmt::format("there is no output \"{}\"", name), "known ones: " + known);
    }
    if (const std::string_view samples_of = (*kind)->samples_of; !samples_of.empty()) {
      return fail_with_hint(ErrorCode::usage, fmt::format("output {} cannot be chosen alone", name),
                            fmt::format("it comes along with {} where single samples are asked for: --samples, or "
                                        "samples: true",
                                        samples_of));
    }
    if (target.empty()) return fail(ErrorCode::usage, fmt::format("output {} has no target", name));
    if ((*kind)->target_help == "URL") {
      if (const auto url = parse_url(target); !url) {
        return fail_with_hint(url.error().code, fmt::format("output {}: {}", name, url.error().message),
                              fmt::format("for example: -o {}=http://localhost:8086; credentials come from the "
                                          "environment or the configuration file, see docs/configuration.md",
                                          name));
      }
    }
    targets[(*kind)->name] = {target, named};
    return {};
  };

  for (const auto& [name, target] : config.outputs) {
    if (auto chosen = choose(name, target, false); !chosen) return std::unexpected(std::move(chosen).error());
  }
  std::map<std::string, int> given;
  for (const std::string& flag : flags) {
    const auto pair = split_pair(flag, "-o");
    if (!pair) return std::unexpected(pair.error());
    // Anything may stand before the first '=' of a target that lacks its name: it is not repeated.
    if (pair->first.find_first_of(":/@") != std::string::npos) {
      return fail_with_hint(ErrorCode::usage, "-o takes name=target", "for example: -o influxdb=http://localhost:8086");
    }
    if (++given[pair->first] > 1) {
      return fail(ErrorCode::usage, fmt::format("output {} is given twice", pair->first));
    }
    if (auto chosen = choose(pair->first, pair->second, true); !chosen)
      return std::unexpected(std::move(chosen).error());
  }

  std::vector<ChosenOutput> result;
  for (const OutputKind* kind : kinds) {
    const auto found = targets.find(kind->name);
    if (found == targets.end()) continue;
    const auto& [target, named] = found->second;
    result.push_back({kind, target, named, !named && config.found_addresses.contains(target)});
  }
  if (auto apart = check_outputs_are_apart(result, config); !apart) return std::unexpected(std::move(apart).error());
  return result;
}

Result<void> check_outputs_spare(const std::vector<ChosenOutput>& chosen, const std::filesystem::path& file,
                                 std::string_view what) {
  for (const ChosenOutput& one : chosen) {
    if (writes_file(one) && is_same_file(one.target, file)) {
      return fail_with_hint(ErrorCode::usage,
                            fmt::format("output {} would write over {}, which is {}", one.kind->name, one.target, what),
                            "name another file");
    }
  }
  return {};
}

Result<void> add_outputs_of_samples(const std::vector<const OutputKind*>& kinds, std::vector<ChosenOutput>& chosen) {
  std::vector<ChosenOutput> of_samples;
  std::string able;
  for (const OutputKind* kind : kinds) {
    if (kind->samples_of.empty()) continue;
    able += fmt::format("{}{}", able.empty() ? "" : ", ", kind->samples_of);
    const auto base = std::ranges::find(chosen, kind->samples_of, [](const ChosenOutput& it) { return it.kind->name; });
    if (base != chosen.end()) of_samples.push_back({kind, base->target, base->named, base->found});
  }
  if (of_samples.empty()) {
    return fail_with_hint(ErrorCode::usage, "single samples are asked for, and no output takes them",
                          "these can: " + able);
  }
  std::ranges::copy(of_samples, std::back_inserter(chosen));
  return {};
}

}  // namespace omniwriter
