#include "model/system_state.h"

#include <array>
#include <utility>

namespace omniwriter {

std::string_view title_of(const SystemState& state) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTitles{{{"grafana", "Grafana"},
                                                                                  {"prometheus", "Prometheus"},
                                                                                  {"pushgateway", "Pushgateway"},
                                                                                  {"elasticsearch", "Elasticsearch"},
                                                                                  {"influxdb", "InfluxDB"}}};
  for (const auto& [system, title] : kTitles) {
    if (state.system == system) return title;
  }
  return state.system;
}

Localized word_for(const SystemState& state) {
  if (!state.configured) return {"não configurado", "not configured"};
  if (!state.reachable) return {"inacessível", "unreachable"};
  return state.ok ? Localized{"ok", "ok"} : Localized{"com problema", "not ok"};
}

}  // namespace omniwriter
