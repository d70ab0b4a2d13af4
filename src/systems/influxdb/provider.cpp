#include <fmt/format.h>

#include "base/try.h"
#include "formats/influxql/influxql.h"
#include "systems/influxdb/influxdb.h"
#include "systems/plan.h"
#include "systems/server.h"

namespace omniwriter {
namespace {

using nlohmann::json;

class InfluxDb final : public Provider {
 public:
  InfluxDb(const Config& config, HttpClient& http)
      : database_(config.of<InfluxDbSettings>().database),
        days_(config.of<InfluxDbSettings>().retention_days),
        server_(http, config.of<InfluxDbSettings>().url, influxdb_login(config), config.delivery.request_timeout) {}

  [[nodiscard]] std::vector<Resource> wanted(Language /*language*/) const override {
    // As the server writes it: "720h0m0s", and "0s" for ever.
    const std::string duration = days_ == 0 ? "0s" : fmt::format("{}h0m0s", days_ * 24);
    std::vector<Resource> all;
    all.push_back({.kind = "database",
                   .id = database_,
                   .title = database_,
                   .content = {{"database", database_}, {"retention", duration}},
                   .holds_data = true});
    return all;
  }

  Result<std::optional<Observed>> read(const Resource& wanted) override {
    const auto databases = TRY(query("SHOW DATABASES", "GET"));
    bool present = false;
    for (const json& row : rows(databases))
      present = present || (row.is_array() && !row.empty() && row[0] == database_);
    if (!present) return std::nullopt;
    const auto policies = TRY(query("SHOW RETENTION POLICIES ON " + influxql_quoted(database_, '\"'), "GET"));
    Observed observed{.content = {{"database", database_}, {"retention", ""}}, .applied = {}, .handle = {}};
    for (const json& row : rows(policies)) {  // name, duration, shardGroupDuration, replicaN, default
      if (!row.is_array() || row.size() < 5 || row[4] != true) continue;
      observed.content["retention"] = row[1];
      observed.handle = row[0];
    }
    // As a delivery creates it; anything else is somebody's choice.
    const bool as_created = observed.content["retention"] == "0s";
    if (as_created || fingerprint(observed.content) == fingerprint(wanted.content)) {
      observed.applied = fingerprint(observed.content);
    }
    return observed;
  }

  Result<std::optional<std::string>> write(const Resource& /*wanted*/, const std::string& /*mark*/,
                                           const Observed* present) override {
    const std::string duration = days_ == 0 ? "INF" : fmt::format("{}d", days_);
    std::string statement = fmt::format("CREATE DATABASE {}", influxql_quoted(database_, '\"'));
    if (present == nullptr) {
      if (days_ > 0) statement += fmt::format(" WITH DURATION {} REPLICATION 1", duration);
    } else {
      const std::string policy = present->handle.is_string() ? present->handle.get<std::string>() : "autogen";
      statement = fmt::format("ALTER RETENTION POLICY {} ON {} DURATION {}", influxql_quoted(policy, '\"'),
                              influxql_quoted(database_, '\"'), duration);
    }
    TRY(query(statement, "POST"));
    return std::nullopt;
  }

  Result<std::optional<std::string>> remove(const Resource& /*wanted*/, const Observed& /*present*/) override {
    return "it holds results: remove it by hand";
  }

 private:
  Result<json> query(const std::string& statement, const char* method) {
    auto answer = TRY(server_.ask(method, "/query?q=" + url_encode(statement)));
    std::string error = text_at(answer.body, "/error");
    if (error.empty()) error = text_at(answer.body, "/results/0/error");
    if (answer.status == 401) {
      return fail(ErrorCode::refused,
                  fmt::format("InfluxDB does not accept the user ({}); correct INFLUXDB_USERNAME and "
                              "INFLUXDB_PASSWORD",
                              error));
    }
    if (answer.status == 403 || error.find("not authorized") != std::string::npos) {
      return fail(ErrorCode::refused,
                  fmt::format("InfluxDB: the user may not do that: {}; grant it all privileges, or create the database",
                              error));
    }
    if (!answer.ok() || !error.empty()) {
      return fail(ErrorCode::refused, fmt::format("InfluxDB refuses \"{}\": HTTP {}: {}", statement, answer.status,
                                                  error.empty() ? words_of(answer) : error));
    }
    return std::move(answer.body);
  }

  static json rows(const json& body) {
    const json::json_pointer values("/results/0/series/0/values");
    return body.contains(values) && body[values].is_array() ? body[values] : json::array();
  }

  std::string database_;
  std::size_t days_;
  Server server_;
};

}  // namespace

std::unique_ptr<Provider> influxdb_provider(const Config& config, HttpClient& http) {
  return std::make_unique<InfluxDb>(config, http);
}

}  // namespace omniwriter
