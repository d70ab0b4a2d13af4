#pragma once
/// Everything a user can set, apart from the flags of single commands.

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "model/alert_rules.h"
#include "model/endpoint_names.h"
#include "model/language.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// Which of the write interfaces of InfluxDB; automatic: found out from the server and from the login that is given.
enum class InfluxDbApi : std::uint8_t { automatic, v1, v2, v3 };

/// How a server is trusted over https, and who we are to it.
struct TlsSettings {
  std::filesystem::path ca_file;             ///< certificates of authorities, as PEM; empty: those of the system
  std::filesystem::path client_cert_file;    ///< our own certificate, as PEM; empty: none
  std::filesystem::path client_key_file;     ///< its key; empty: it stands in the same file
  std::optional<bool> insecure_skip_verify;  ///< whether any certificate is taken, from whoever answers
};

/// The settings of `monitoring_config` in config.json, each also an environment variable. An empty URL means that the
/// system is not used.
struct MonitoringConfig {
  std::string grafana_url;
  Secret grafana_api_key;
  std::string prometheus_url;
  std::string prometheus_pushgateway;
  std::string elasticsearch_url;
  std::string elasticsearch_index = "load-tests";
  std::string elasticsearch_username;
  Secret elasticsearch_password;
  Secret elasticsearch_api_key;  ///< as Elasticsearch encodes it, or "id:key"; comes before user and password
  std::string influxdb_url;
  std::string influxdb_database = "load_tests";
  std::string influxdb_username;
  Secret influxdb_password;
  InfluxDbApi influxdb_api = InfluxDbApi::automatic;
  std::string influxdb_org;
  std::string influxdb_bucket;  ///< empty: `influxdb_database`
  Secret influxdb_token;        ///< comes before user and password
  TlsSettings grafana_tls;
  TlsSettings prometheus_tls;
  TlsSettings pushgateway_tls;
  TlsSettings elasticsearch_tls;
  TlsSettings influxdb_tls;
};

struct Limits {
  std::size_t max_series = 1000;                        ///< endpoints; the rest is kept under "__other__"
  std::size_t timeline_bytes = std::size_t{1} << 31;    ///< beyond it the time slot doubles
  std::size_t max_record_bytes = std::size_t{1} << 20;  ///< a longer record is one bad record
  std::size_t spool_bytes = std::size_t{8} << 30;       ///< on the disk, of what waits to be delivered
  bool drop_samples = false;                            ///< where single samples find no room there: the oldest go
};

struct EndpointSettings {
  bool fold = true;                 ///< ids in names become templates: see EndpointNames
  std::vector<EndpointRule> rules;  ///< before that; the first that matches counts
};

struct DeliverySettings {
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds live_interval{5'000};
  std::chrono::milliseconds give_up_after{60'000};
  std::optional<std::chrono::milliseconds> give_up_connecting;  ///< none: see DeliveryOptions
};

/// Where a choice is the program's unless the user makes it.
enum class Choice : std::uint8_t { automatic, yes, no };

struct GrafanaSettings {
  std::string folder = "Omni Writer";  ///< title of the folder of dashboards and alert rules
  std::string datasource;              ///< "prometheus", "influxdb", "elasticsearch"; empty: the first that is used
  std::string datasource_uid;          ///< of a data source that is there, for the dashboards to read; empty: our own
  std::string datasource_name;         ///< the same by its name
  Choice alert_rules =
      Choice::automatic;           ///< yes: alert rules that Grafana evaluates; automatic: where nothing else does
  std::string refresh = "10s";     ///< of the dashboards
  std::string time_range = "24h";  ///< the dashboards show the last so much
  std::vector<std::string> hidden_panels;  ///< titles
  std::vector<std::string> extra_panels;   ///< each a panel of the main dashboard, as JSON
};

struct PrometheusSettings {
  std::filesystem::path rules_dir;               ///< folder that Prometheus reads rule files from; empty: none
  std::string ruler_url;                         ///< of a ruler's configuration API; empty: none
  std::chrono::seconds alert_stale_after{3600};  ///< no alert for what was pushed longer ago
};

/// What the names and tags of StatsD look like.
enum class StatsdFlavour : std::uint8_t { dogstatsd, influx, plain };

/// How an output logs in at its server, and what else that wants to hear.
struct HttpAccess {
  Secret token;          ///< sent as `Authorization: Bearer` where not empty
  std::string username;  ///< Basic authentication where not empty
  Secret password;
  std::map<std::string, std::string> headers;  ///< values may be secret
  TlsSettings tls;
};

/// How connections to Kafka are made; automatic: `sasl_ssl` where there is a user, `ssl` where there is a file of
/// authorities, else `plaintext`.
enum class KafkaSecurity : std::uint8_t { automatic, plaintext, ssl, sasl_plaintext, sasl_ssl };

struct KafkaAccess {
  KafkaSecurity security = KafkaSecurity::automatic;
  std::filesystem::path ca_file;         ///< certificates of authorities, as PEM; empty: those of the system
  std::string sasl_mechanism = "PLAIN";  ///< or SCRAM-SHA-256, SCRAM-SHA-512
  std::string username;
  Secret password;
};

struct RetentionSettings {
  std::size_t elasticsearch_days = 0;  ///< indices older than that are deleted; 0: never
  std::size_t influxdb_days = 0;       ///< points older than that are dropped; 0: never
};

struct Config {
  std::filesystem::path file;  ///< that it was read from; empty: none
  /// Of every system; load_config() puts it wherever a system has nothing of its own.
  TlsSettings tls;
  std::vector<std::string> unverified;  ///< systems whose certificates are taken as they come: "grafana"
  MonitoringConfig monitoring;
  GrafanaSettings grafana;
  PrometheusSettings prometheus;
  RetentionSettings retention;
  StatsdFlavour statsd_flavour = StatsdFlavour::dogstatsd;
  HttpAccess remote_write;
  HttpAccess otlp;
  HttpAccess loki;
  KafkaAccess kafka;
  Secret scrape_token;  ///< that a scraper has to send as `Authorization: Bearer`
  std::array<AlertRule, 4> alerts = default_alert_rules();
  std::map<std::string, std::string> outputs;  ///< output name -> target, besides those that `monitoring` implies
  std::map<std::string, std::string> labels;   ///< extra labels on every metric, besides `testid` (the run id)
  std::vector<double> response_time_buckets;   ///< seconds; upper bounds of the classic histogram; empty: the default
  bool samples = false;                        ///< single samples go to the outputs that can hold them
  EndpointSettings endpoints;
  Limits limits;
  DeliverySettings delivery;
  std::set<std::string> found_addresses;                               ///< that are known from this file alone
  std::filesystem::path store;                                         ///< SQLite file
  std::filesystem::path report_dir = "tests/load/integration/output";  ///< where `integrate` writes its reports
  Language lang = Language::pt_br;                                     ///< of reports and dashboards
  Language spoken = Language::en;  ///< of the terminal: the same, unless nobody has set it; then the locale's
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The language of the user's locale: LC_ALL, else LC_MESSAGES, else LANG. Nothing where it is not set, or "C".
[[nodiscard]] std::optional<Language> locale_language(const Environment& environment);

/// Reads the configuration: environment over file over default. `file`: the one the user named; without it
/// ./config.json, then tests/load/integration/config.json, then omniwriter.yaml, the first that exists. JSON and YAML
/// alike. A secret of the environment, or of a file of its own, that would go to an address of a file that was not
/// named is an error. An unknown key is an error that names the nearest known one; so is a value of a wrong type or an
/// impossible URL.
[[nodiscard]] Result<Config> load_config(const std::optional<std::filesystem::path>& file,
                                         const Environment& environment);

/// One line of the reference: every key there is, its environment variable, default and meaning.
struct OptionHelp {
  std::string key;          ///< "monitoring_config.grafana_url"
  std::string environment;  ///< "GRAFANA_URL"; empty where there is none
  std::string fallback;
  std::string meaning;
  bool secret = false;
};
[[nodiscard]] const std::vector<OptionHelp>& option_reference();

}  // namespace omniwriter
