#include "systems/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/stable_hash.h"
#include "base/try.h"
#include "base/utf8.h"
#include "systems/system.h"

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

std::vector<std::string> differences_of(const json& present, const json& wanted) {
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

/// What is kept with a thing that was written: the fingerprint of its content, and the language of the texts in it.
/// Older ones have no language, and are of contents as they were sent.
struct Mark {
  std::string fingerprint;
  std::optional<Language> language;
};

Mark read_mark(const std::string& text) {
  const auto blank = text.find(' ');
  if (blank == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, blank), language_of(text.substr(blank + 1))};
}

Language other_than(Language language) { return language == Language::en ? Language::pt_br : Language::en; }

/// One way through the things of one system.
class Pass {
 public:
  Pass(Provider& provider, Language language, const PlanOptions& options, SystemPlan& plan)
      : provider_(provider), language_(language), options_(options), plan_(plan) {}

  Result<void> all() {
    TRY(provider_.open());
    TRY(options_.goal == PlanGoal::destroy ? destroy() : apply());
    if (changed_) plan_.note = TRY(provider_.reload());
    if (skipped_ == 0) return {};
    return fail(ErrorCode::refused,
                skipped_ == 1 ? first_reason_ : fmt::format("{} (and {} more)", first_reason_, skipped_ - 1));
  }

 private:
  Result<void> apply() {
    const auto wanted = provider_.wanted(language_);
    const auto translated = provider_.wanted(other_than(language_));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto present = TRY(provider_.read(wanted[i]));
      // Who applies in one language and looks in another has not changed anything.
      const auto kept = present ? read_mark(present->applied).language : std::nullopt;
      const bool in_other = kept && *kept != language_ && !options_.force;
      TRY(made(in_other ? translated[i] : wanted[i], in_other ? *kept : language_, present));
    }
    for (const Resource& resource : provider_.unwanted(options_.goal)) TRY(remove(resource));
    return {};
  }

  Result<void> destroy() {
    auto all = provider_.wanted(language_);
    std::ranges::reverse(all);
    auto leftovers = provider_.unwanted(options_.goal);
    all.insert(all.begin(), std::move_iterator(leftovers.begin()), std::move_iterator(leftovers.end()));
    for (const Resource& resource : all) TRY(remove(resource));
    return {};
  }

  Result<void> made(const Resource& wanted, Language language, const std::optional<Observed>& present) {
    const std::string goal = fingerprint(provider_.normal(wanted, wanted.content));
    const Action action = action_for(wanted, goal, present);
    std::vector<std::string> details;
    if (present && !present->locked.empty() && action != Action::keep) {
      if (present->content.is_null() || (options_.goal == PlanGoal::apply && options_.force)) {
        skip(wanted, present->locked);
        return {};
      }
      details.push_back(present->locked);
    }
    if (present && action != Action::keep) {
      for (std::string& one : differences(wanted, present->content)) details.push_back(std::move(one));
    }
    const bool write = options_.goal == PlanGoal::apply && (!present || present->locked.empty()) &&
                       (action == Action::create || action == Action::update ||
                        (action == Action::drift && options_.force) || (wanted.has_secrets && options_.force));
    if (write) {
      const auto reason =
          TRY(provider_.write(wanted, fmt::format("{} {}", goal, tag_of(language)), present ? &*present : nullptr));
      if (reason) {
        skip(wanted, *reason);
        return {};
      }
      changed_ = true;
    }
    record(wanted, write && action != Action::create ? Action::update : action, std::move(details));
    return {};
  }

  Result<void> remove(const Resource& resource) {
    const auto present = TRY(provider_.read(resource));
    if (!present) return {};
    if (!present->locked.empty()) {
      record(resource, Action::keep, {present->locked});
      return {};
    }
    if (resource.holds_data) {
      record(resource, Action::keep, {"it holds results: remove it by hand"});
      return {};
    }
    // Nothing of ours is in it any more, or never was.
    if (!is_as_applied(resource, *present) && !options_.force) {
      record(resource, Action::drift,
             resource.content.is_null() ? std::vector<std::string>{"it is not wanted any more, but somebody changed it"}
                                        : differences(resource, present->content));
      return {};
    }
    if (options_.goal == PlanGoal::look) {
      record(resource, Action::remove, {});
      return {};
    }
    const auto stays = TRY(provider_.remove(resource, *present));
    if (stays) {
      record(resource, Action::keep, {*stays});
      return {};
    }
    record(resource, Action::remove, {});
    changed_ = true;
    return {};
  }

  [[nodiscard]] bool is_as_applied(const Resource& resource, const Observed& present) const {
    const Mark mark = read_mark(present.applied);
    return mark.fingerprint == fingerprint(provider_.normal(resource, present.content)) ||
           (!mark.language && mark.fingerprint == fingerprint(present.content));
  }

  [[nodiscard]] Action action_for(const Resource& wanted, const std::string& goal,
                                  const std::optional<Observed>& present) const {
    if (!present) return Action::create;
    if (fingerprint(provider_.normal(wanted, present->content)) == goal) return Action::keep;
    return present->locked.empty() && is_as_applied(wanted, *present) ? Action::update : Action::drift;
  }

  [[nodiscard]] std::vector<std::string> differences(const Resource& wanted, const json& present) const {
    return differences_of(provider_.normal(wanted, present), provider_.normal(wanted, wanted.content));
  }

  void skip(const Resource& resource, const std::string& reason) {
    record(resource, Action::skip, {reason});
    if (skipped_++ == 0) first_reason_ = reason;
  }

  void record(const Resource& resource, Action action, std::vector<std::string> details) {
    plan_.changes.push_back({plan_.system, resource.kind, resource.id, resource.title, action, std::move(details)});
  }

  Provider& provider_;
  const Language language_;
  const PlanOptions& options_;
  SystemPlan& plan_;
  bool changed_ = false;
  std::size_t skipped_ = 0;
  std::string first_reason_;
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
    case Action::remove:
      return "remove";
    default:
      return "skip";
  }
}

std::vector<SystemPlan> run_plan(const Config& config, HttpClient& http, const PlanOptions& options,
                                 std::string_view only) {
  std::vector<SystemPlan> plans;
  // What Grafana shows comes before Grafana, which is listed first.
  for (const System* system : systems() | std::views::reverse) {
    if (system->provider == nullptr || system->url(config).empty()) continue;
    if (!only.empty() && system->name != only) continue;
    SystemPlan plan{.system = std::string(system->name), .changes = {}, .error = {}, .note = {}};
    const auto provider = system->provider(config, http);
    try {
      if (auto done = Pass(*provider, config.lang, options, plan).all(); !done) plan.error = std::move(done).error();
    } catch (const json::exception& error) {  // an answer of another shape than any known server gives
      plan.error = Error{ErrorCode::refused,
                         fmt::format("{} gives an answer that cannot be understood: {}", system->name, error.what())};
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace omniwriter
