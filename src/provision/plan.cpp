#include "provision/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/stable_hash.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

using nlohmann::json;

bool is_nothing(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return true;
    case json::value_t::boolean:
      return !value.get<bool>();
    case json::value_t::object:
    case json::value_t::array:
      return value.empty();
    case json::value_t::string:
      return value.get_ref<const std::string&>().empty();
    default:
      return value.is_number() && value.get<double>() == 0;
  }
}

json pruned(const json& value) {
  if (value.is_object()) {
    json result = json::object();
    for (const auto& [key, member] : value.items()) {
      json inner = pruned(member);
      if (!is_nothing(inner)) result[key] = std::move(inner);
    }
    return result;
  }
  if (value.is_array()) {
    json result = json::array();
    for (const json& member : value) result.push_back(pruned(member));
    return result;
  }
  // 5 and 5.0 are one number to every server.
  if (value.is_number()) return value.get<double>();
  return value;
}

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::vector<std::string> differences(const json& present, const json& wanted) {
  constexpr std::size_t kMaxDetails = 12;
  constexpr std::size_t kMaxBytes = 100;
  const json before = pruned(present);
  const json patch = json::diff(before, pruned(wanted));
  std::vector<std::string> details;
  for (const json& step : patch) {
    if (details.size() == kMaxDetails) {
      details.push_back(fmt::format("… +{}", patch.size() - kMaxDetails));
      break;
    }
    const auto path = step.at("path").get<std::string>();
    const auto shown = [&](const json& value) { return clean_utf8(text_of(value), kMaxBytes); };
    const auto old = [&] { return shown(before.at(json::json_pointer(path))); };
    const auto op = step.at("op").get<std::string>();
    if (op == "add") {
      details.push_back(fmt::format("+ {}: {}", path, shown(step.at("value"))));
    } else if (op == "remove") {
      details.push_back(fmt::format("- {}", path));
    } else {
      details.push_back(fmt::format("~ {}: {} → {}", path, old(), shown(step.at("value"))));
    }
  }
  return details;
}

/// One way through the things of one system.
class Pass {
 public:
  Pass(Provider& provider, const PlanOptions& options, SystemPlan& plan)
      : provider_(provider), options_(options), plan_(plan) {}

  Result<void> all() {
    if (auto opened = provider_.open(); !opened) return opened;
    auto wanted = provider_.wanted();
    if (options_.goal == PlanGoal::destroy) std::ranges::reverse(wanted);
    bool changed = false;
    for (const Resource& resource : wanted) {
      const auto present = provider_.read(resource);
      if (!present) return std::unexpected(present.error());
      auto done = options_.goal == PlanGoal::destroy ? removed(resource, *present) : made(resource, *present);
      if (!done) return std::unexpected(std::move(done).error());
      changed = changed || *done;
    }
    if (!changed) return {};
    auto note = provider_.settle();
    if (!note) return std::unexpected(std::move(note).error());
    plan_.note = *std::move(note);
    return {};
  }

 private:
  Result<bool> made(const Resource& wanted, const std::optional<Observed>& present) {
    const Action action = action_for(wanted, present);
    std::vector<std::string> details;
    if (present && action != Action::keep) details = differences(present->content, wanted.content);
    const bool write = options_.goal == PlanGoal::apply &&
                       (action == Action::create || action == Action::update ||
                        (action == Action::drift && options_.force) || (wanted.has_secrets && options_.force));
    if (write) {
      if (auto written = provider_.write(wanted, present ? &*present : nullptr); !written) {
        return std::unexpected(std::move(written).error());
      }
    }
    record(wanted, write && action != Action::create ? Action::update : action, std::move(details));
    return write;
  }

  Result<bool> removed(const Resource& wanted, const std::optional<Observed>& present) {
    if (!present) return false;
    if (wanted.holds_data) {
      record(wanted, Action::keep, {"it holds results: remove it by hand"});
      return false;
    }
    // Nothing of ours is in it any more, or never was.
    if (present->applied != fingerprint(present->content) && !options_.force) {
      record(wanted, Action::drift, differences(present->content, wanted.content));
      return false;
    }
    auto stays = provider_.remove(wanted, *present);
    if (!stays) return std::unexpected(std::move(stays).error());
    if (*stays) {
      record(wanted, Action::keep, {**stays});
    } else {
      record(wanted, Action::remove, {});
    }
    return !*stays;
  }

  static Action action_for(const Resource& wanted, const std::optional<Observed>& present) {
    if (!present) return Action::create;
    const std::string is = fingerprint(present->content);
    if (is == fingerprint(wanted.content)) return Action::keep;
    return is == present->applied ? Action::update : Action::drift;
  }

  void record(const Resource& resource, Action action, std::vector<std::string> details) {
    plan_.changes.push_back({plan_.system, resource.kind, resource.id, resource.title, action, std::move(details)});
  }

  Provider& provider_;
  const PlanOptions& options_;
  SystemPlan& plan_;
};

}  // namespace

std::string fingerprint(const json& content) { return stable_hash({text_of(pruned(content))}).substr(0, 16); }

std::string_view name_of(Action action) {
  switch (action) {
    case Action::create:
      return "create";
    case Action::update:
      return "update";
    case Action::keep:
      return "keep";
    case Action::drift:
      return "drift";
    default:
      return "remove";
  }
}

std::vector<SystemPlan> run_plan(const Config& config, HttpClient& http, const PlanOptions& options,
                                 const std::vector<std::string_view>& systems) {
  std::vector<SystemPlan> plans;
  for (const ProviderKind* kind : provider_kinds()) {
    if (!kind->configured(config)) continue;
    if (!systems.empty() && std::ranges::find(systems, kind->system) == systems.end()) continue;
    SystemPlan plan{.system = std::string(kind->system), .changes = {}, .error = {}, .note = {}};
    const auto provider = kind->make(config, http);
    try {
      if (auto done = Pass(*provider, options, plan).all(); !done) plan.error = std::move(done).error();
    } catch (const json::exception& error) {  // an answer of another shape than any known server gives
      plan.error = Error{ErrorCode::refused,
                         fmt::format("{} gives an answer that cannot be understood: {}", kind->system, error.what())};
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace omniwriter
