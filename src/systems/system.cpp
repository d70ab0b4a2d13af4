#include "systems/system.h"

#include <algorithm>

#include "systems/probe.h"

namespace omniwriter {

const System* find_system(std::string_view name) {
  const auto found = std::ranges::find(systems(), name, &System::name);
  return found == systems().end() ? nullptr : *found;
}

std::string_view whole_of(std::string_view name) {
  const System* const system = find_system(name);
  return system == nullptr || system->part_of.empty() ? name : system->part_of;
}

bool is_configured(const Config& config, std::string_view name) {
  return std::ranges::any_of(systems(), [&](const System* system) {
    return (system->name == name || system->part_of == name) && !system->url(config).empty();
  });
}

std::string_view title_of(std::string_view name) {
  const System* const system = find_system(name);
  return system == nullptr ? name : system->title;
}

std::vector<SystemState> check_systems(const Config& config, HttpClient& http, const Clock& clock,
                                       std::string_view only) {
  std::vector<SystemState> states;
  for (const System* system : systems()) {
    if (!only.empty() && system->name != only && system->part_of != only) continue;
    Probe probe(*system, config, http, clock);
    if (!system->url(config).empty()) system->check(probe, config);
    states.push_back(std::move(probe).state());
  }
  return states;
}

std::string dashboard_of_any_run(const Config& config) {
  for (const System* system : systems()) {
    if (system->dashboard == nullptr) continue;
    if (std::string address = system->dashboard(config); !address.empty()) return address;
  }
  return {};
}

bool is_ours(const Config& config, std::string_view alertname) {
  return std::ranges::any_of(config.alerts, [&](const AlertRule& rule) { return rule.alertname == alertname; });
}

void at_least(std::optional<std::size_t>& known, std::size_t number) { known = std::max(known.value_or(0), number); }

}  // namespace omniwriter
