#include "config/options.h"

#include <yaml-cpp/yaml.h>

#include "systems/influxdb/influxdb.h"

namespace omniwriter {
namespace {

Problem read_database(std::string& target, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  if (text->empty()) return "must not be empty";
  target = *text;
  return {};
}

}  // namespace

void declare_influxdb_options(OptionTable& table) {
  using Of = InfluxDbSettings;
  Options<Of> options(table, "monitoring_config.influxdb_", "INFLUXDB_");
  options.address("url", &Of::url, "Address of InfluxDB. Empty: not used.");
  options.add("database", &Of::database, read_database, Of{}.database,
              "Database that points go to; created where it does not exist.");
  options.text("username", &Of::username, "User of InfluxDB. Empty: no login.");
  options.secret("password", &Of::password, "Password of that user.", "the password");
  options.choice<InfluxDbApi>(
      "api", &Of::api,
      {{"auto", InfluxDbApi::automatic}, {"v1", InfluxDbApi::v1}, {"v2", InfluxDbApi::v2}, {"v3", InfluxDbApi::v3}},
      "How to write: `v1`, `v2`, `v3`, or `auto`: as the server tells of itself; with a token "
      "never `v1`, with a user always.");
  options.text("org", &Of::org, "Organisation of InfluxDB 2.");
  options.text("bucket", &Of::bucket, "Bucket of InfluxDB 2 that points go to. Empty: `influxdb_database`.");
  options.secret("token", &Of::token, "Token of InfluxDB 2 or 3. Comes before user and password.", "the token");
  options.tls(&Of::tls, "InfluxDB is");
  options.secrets_go_to({"monitoring_config.influxdb_url", "outputs.influxdb", std::string(kReaderOfDataSources)});

  Options<Of>(table, "retention.influxdb_")
      .count("days", &Of::retention_days, 0, 36'500, "Points older than that are dropped. 0: never.");
}

}  // namespace omniwriter
