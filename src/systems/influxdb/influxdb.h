#pragma once
/// InfluxDB, versions 1 to 3.

#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "net/http_client.h"
#include "systems/data_source.h"
#include "systems/influxdb/settings.h"

namespace omniwriter {

class Probe;
class Provider;
struct OptionTable;

/// For versions 1 and 2, and for what version 3 understands of them. Where a user and a token are given, the token
/// alone is used.
[[nodiscard]] HttpLogin influxdb_login(const Config& config);
/// Which interface is written to, for a server that tells this version of itself ("1.8.10", "v2.7.6"; empty: none).
/// Where a user is given, version 1 it is: later ones know tokens alone. Where a token is given it is not.
[[nodiscard]] InfluxDbApi influxdb_api(const InfluxDbSettings& settings, std::string_view version);
/// The database of version 1 and 3, the bucket of version 2.
[[nodiscard]] const std::string& influxdb_place(const InfluxDbSettings& settings, InfluxDbApi api);

// What system_influxdb() is made of.
void declare_influxdb_options(OptionTable& table);
void check_influxdb(Probe& probe, const Config& config);
[[nodiscard]] std::unique_ptr<Provider> influxdb_provider(const Config& config, HttpClient& http);
[[nodiscard]] std::unique_ptr<grafana::Queries> influxdb_queries(const Config& config);

}  // namespace omniwriter
