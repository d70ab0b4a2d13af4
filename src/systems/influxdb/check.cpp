#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "formats/influxql/influxql.h"
#include "systems/influxdb/influxdb.h"
#include "systems/probe.h"

namespace omniwriter {
namespace {

using Json = nlohmann::json;

Localized influxdb_variables() {
  return {"INFLUXDB_USERNAME e INFLUXDB_PASSWORD, ou INFLUXDB_TOKEN",
          "INFLUXDB_USERNAME and INFLUXDB_PASSWORD, or INFLUXDB_TOKEN"};
}

void influxdb_bucket_missing(Probe& probe, const std::string& bucket) {
  probe.fault("influxdb_bucket_missing",
              {fmt::format("não há o bucket {}, ou o token não o vê", bucket),
               fmt::format("there is no bucket {}, or the token does not see it", bucket)},
              {"crie o bucket, dê ao token o direito de gravar nele, e confira INFLUXDB_ORG e INFLUXDB_BUCKET",
               "create the bucket, let the token write to it, and check INFLUXDB_ORG and INFLUXDB_BUCKET"});
}

/// Points that are older than the server keeps them are refused. `seconds`: how long it does; 0: for ever.
void check_influxdb_retention(Probe& probe, const std::string& place, double seconds) {
  if (seconds <= 0) return;
  constexpr double kHour = 3600;
  constexpr double kDay = 24 * kHour;
  const bool in_days = seconds >= 2 * kDay;
  const double number = std::floor(seconds / (in_days ? kDay : kHour));
  const Localized finding{
      fmt::format("{} guarda os pontos por {} {}: testes mais antigos são recusados", place, number,
                  in_days ? "dias" : "h"),
      fmt::format("{} keeps points for {} {}: runs that are older are refused", place, number, in_days ? "days" : "h")};
  if (seconds < kDay) {
    probe.advice("influxdb_retention_short", finding,
                 {"aumente a retenção (ALTER RETENTION POLICY … DURATION …), ou um teste longo perde o seu começo",
                  "lengthen it (ALTER RETENTION POLICY … DURATION …), or a long test loses its beginning"});
  } else {
    probe.note("influxdb_retention", finding,
               {"nada a fazer; para testes mais antigos, aumente a retenção ou use replay --start-time now",
                "nothing to do; for older runs lengthen it, or use replay --start-time now"});
  }
}

/// "168h0m0s"; 0 where it is for ever.
double seconds_of_duration(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end == text.data() + text.size()) return 0;
    seconds += number * (*end == 'h' ? 3600 : *end == 'm' ? 60 : 1);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  }
  return seconds;
}

void check_retention_policies(Probe& probe, const std::string& database) {
  const auto response =
      probe.get("/query?q=" + url_encode("SHOW RETENTION POLICIES ON " + influxql_quoted(database, '"')));
  if (!response || !response->ok()) return;
  const Json json = parsed(*response);
  const Json::json_pointer columns("/results/0/series/0/columns");
  const Json::json_pointer values("/results/0/series/0/values");
  if (json.is_discarded() || !json.contains(columns) || !json.contains(values) || !json[values].is_array()) return;
  const auto column = [&](const char* name) {
    const auto found = std::ranges::find(json[columns], Json(name));
    return fmt::format("/{}", found - json[columns].begin());
  };
  for (const Json& row : json[values]) {
    const Json::json_pointer is_default(column("default"));
    if (!row.contains(is_default) || row[is_default] != true) continue;
    check_influxdb_retention(probe, database, seconds_of_duration(text_at(row, column("duration"))));
  }
}

/// A bucket of version 2, which somebody has to make, or the databases of version 3, which makes its own. False where
/// the server does not know what is asked: version 1.8 takes what is written in the way of version 2.
bool check_influxdb_place(Probe& probe, const Config& config, InfluxDbApi api) {
  const std::string& wanted = influxdb_place(config.of<InfluxDbSettings>(), api);
  const bool v3 = api == InfluxDbApi::v3;
  const auto response = probe.get(v3 ? std::string("/api/v3/configure/database?format=json")
                                     : fmt::format("/api/v2/buckets?org={}&name={}",
                                                   url_encode(config.of<InfluxDbSettings>().org), url_encode(wanted)));
  if (!response) return true;
  if (refuses_login(response->status)) {
    probe.refuses_our_login(response->status, influxdb_variables());
    return true;
  }
  if (v3) return true;
  const Json answer = parsed(*response);
  const bool listed = answer.is_object() && answer.contains("buckets") && !answer["buckets"].empty();
  const bool known = response->ok() || (response->status == 404 && !text_at(answer, "/code").empty());
  if (known && !listed) influxdb_bucket_missing(probe, wanted);
  const Json::json_pointer kept("/buckets/0/retentionRules/0/everySeconds");
  if (listed && answer.contains(kept) && answer[kept].is_number()) {
    check_influxdb_retention(probe, wanted, answer[kept].get<double>());
  }
  return known;
}

/// Writing nothing tells whether one may.
void check_influxdb_writing(Probe& probe, const std::string& database) {
  const auto response = probe.ask("POST", "/write?db=" + url_encode(database));
  if (!response || !refuses_login(response->status)) return;
  probe.fault("influxdb_write_refused",
              {fmt::format("o usuário não pode gravar no banco de dados {} (HTTP {})", database, response->status),
               fmt::format("the user may not write to database {} (HTTP {})", database, response->status)},
              {fmt::format("dê-lhe esse direito: GRANT WRITE ON \"{}\" TO o usuário", database),
               fmt::format("grant it: GRANT WRITE ON \"{}\" TO the user", database)});
}

}  // namespace

void check_influxdb(Probe& probe, const Config& config) {
  probe.login(influxdb_login(config));
  const auto ping = probe.get("/ping");
  if (!ping) return;
  probe.version(ping->header("x-influxdb-version"));
  const bool has_user = !config.of<InfluxDbSettings>().username.empty();
  if (!ping->ok() && !refuses_login(ping->status)) return probe.not_this_system("InfluxDB", ping->status);

  const InfluxDbApi api = influxdb_api(config.of<InfluxDbSettings>(), ping->header("x-influxdb-version"));
  if (api != InfluxDbApi::v1 && check_influxdb_place(probe, config, api)) return;

  const auto response = probe.get("/query?q=SHOW%20DATABASES");
  if (!response) return;
  if (refuses_login(response->status)) return probe.refuses_our_login(response->status, influxdb_variables());
  const Json json = parsed(*response);
  const Json::json_pointer results("/results/0");
  if (!response->ok() || json.is_discarded() || !json.contains(results)) {
    return probe.fault(
        "influxdb_no_influxql",
        {fmt::format("o InfluxDB não responde a consultas em InfluxQL (HTTP {})", response->status),
         fmt::format("InfluxDB does not answer queries in InfluxQL (HTTP {})", response->status)},
        {"corrija INFLUXDB_URL; no InfluxDB 2, associe o banco de dados a um bucket (influx v1 dbrp create)",
         "correct INFLUXDB_URL; for InfluxDB 2, map the database to a bucket (influx v1 dbrp create)"});
  }
  if (std::string error = text_at(json, "/results/0/error"); !error.empty()) {
    error = clean_utf8(error, kShownQuoteBytes);
    return probe.fault("influxdb_query_refused",
                       {"o InfluxDB se recusa a listar os seus bancos de dados: " + error,
                        "InfluxDB refuses to list its databases: " + error},
                       {"dê a INFLUXDB_USERNAME o direito de ler o banco de dados",
                        "give INFLUXDB_USERNAME the right to read the database"});
  }
  const std::string& wanted = influxdb_place(config.of<InfluxDbSettings>(), api);
  const Json::json_pointer values("/results/0/series/0/values");
  bool present = false;
  if (json.contains(values) && json[values].is_array()) {
    for (const Json& row : json[values]) present = present || text_at(row, "/0") == wanted;
  }
  if (present) {
    check_retention_policies(probe, wanted);
    if (has_user) check_influxdb_writing(probe, wanted);
    return;
  }
  if (api == InfluxDbApi::v2) return influxdb_bucket_missing(probe, wanted);
  if (has_user) {
    probe.note("influxdb_database_missing",
               {fmt::format("o usuário ainda não vê um banco de dados {}", wanted),
                fmt::format("there is no database {} yet that the user can see", wanted)},
               {"nada a fazer se o usuário for administrador: ingest o cria; senão, crie-o e dê acesso ao usuário",
                "nothing to do if the user is an administrator: ingest creates it; else create it and grant it"});
  } else {
    probe.note(
        "influxdb_database_missing",
        {fmt::format("ainda não há o banco de dados {}", wanted), fmt::format("there is no database {} yet", wanted)},
        {"nada a fazer: ingest o cria", "nothing to do: ingest creates it"});
  }
}

}  // namespace omniwriter
