#include "systems/grafana/dashboard_link.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/http_client.h"
#include "systems/data_source.h"
#include "systems/grafana/settings.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMsPerSecond = 1'000;

std::string link(const Config& config, std::string_view variables) {
  const std::string source = grafana::datasource_uid(config, grafana::chosen_datasource(config));
  if (config.of<GrafanaSettings>().url.empty() || source.empty()) return {};
  return join_url(config.of<GrafanaSettings>().url,
                  fmt::format("/d/{}?var-datasource={}{}", grafana::kMainDashboard, url_encode(source), variables));
}

std::string variables(const Run& run, std::string_view to) {
  // What is kept of a time slot may be kept under the beginning of the slot.
  const std::int64_t slot_ns = run.interval_seconds * kNsPerSecond;
  const std::int64_t from = run.started_ns / slot_ns * run.interval_seconds * kMsPerSecond;
  return fmt::format("&var-test={}&var-run={}&from={}&to={}", url_encode(run.info.test_name),
                     url_encode(run.info.run_id), from, to);
}

}  // namespace

namespace grafana {

std::vector<const System*> readable_systems() {
  std::vector<const System*> found;
  std::ranges::copy_if(systems(), std::back_inserter(found), [](const System* s) { return s->data_source != nullptr; });
  std::ranges::sort(found, {}, [](const System* system) { return system->data_source->rank; });
  return found;
}

std::vector<const System*> datasources(const Config& config) {
  auto found = readable_systems();
  std::erase_if(found, [&](const System* system) { return system->url(config).empty(); });
  return found;
}

std::string chosen_datasource(const Config& config) {
  const std::string& asked = config.of<GrafanaSettings>().datasource;
  const auto there = datasources(config);
  if (asked.empty()) return there.empty() ? "" : std::string(there.front()->name);
  // One that is there in Grafana needs no address here.
  return uses_own_datasource(config) || std::ranges::find(there, asked, &System::name) != there.end() ? asked : "";
}

bool uses_own_datasource(const Config& config) {
  return !config.of<GrafanaSettings>().datasource_uid.empty() || !config.of<GrafanaSettings>().datasource_name.empty();
}

std::string datasource_uid(const Config& config, std::string_view system) {
  const bool chosen = system == chosen_datasource(config);
  if (chosen && !config.of<GrafanaSettings>().datasource_uid.empty())
    return config.of<GrafanaSettings>().datasource_uid;
  if (chosen && !config.of<GrafanaSettings>().datasource_name.empty())
    return config.of<GrafanaSettings>().datasource_name;
  return system.empty() ? "" : fmt::format("omniwriter-{}", system);
}

std::string datasource_name(const Config& config, const System& system) {
  if (uses_own_datasource(config) && system.name == chosen_datasource(config)) {
    return config.of<GrafanaSettings>().datasource_name.empty() ? config.of<GrafanaSettings>().datasource_uid
                                                                : config.of<GrafanaSettings>().datasource_name;
  }
  return fmt::format("Omni Writer {}", system.title);
}

}  // namespace grafana

std::string dashboard_link(const Config& config, const Run& run, std::int64_t known_ns) {
  constexpr std::int64_t kMostLateSeconds = 60;
  const std::int64_t slot = run.interval_seconds;
  std::int64_t to = (run.ended_ns / (slot * kNsPerSecond) + 1) * slot;
  const System* const source = find_system(grafana::chosen_datasource(config));
  if (source != nullptr && source->data_source->dated_by_arrival) {
    to = std::max(to, known_ns / kNsPerSecond + 1) + kMostLateSeconds;
  }
  return link(config, variables(run, fmt::format("{}", to * kMsPerSecond)));
}

std::string live_dashboard_link(const Config& config, const Run& run) { return link(config, variables(run, "now")); }

std::string dashboard_link(const Config& config) { return link(config, {}); }

}  // namespace omniwriter
