#pragma once
/// Everything a user can set, apart from the flags of single commands. What is of one component is declared in its own
/// folder, by options.h.

#include <any>
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
#include <typeindex>
#include <vector>

#include "base/secret.h"
#include "model/alert_rules.h"
#include "model/endpoint_names.h"
#include "model/language.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// How a server is trusted over https, and who we are to it.
struct TlsSettings {
  std::filesystem::path ca_file;             ///< certificates of authorities, as PEM; empty: those of the system
  std::filesystem::path client_cert_file;    ///< our own certificate, as PEM; empty: none
  std::filesystem::path client_key_file;     ///< its key; empty: it stands in the same file
  std::optional<bool> insecure_skip_verify;  ///< whether any certificate is taken, from whoever answers
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

/// How an output logs in at its server, and what else that wants to hear.
struct HttpAccess {
  Secret token;          ///< sent as `Authorization: Bearer` where not empty
  std::string username;  ///< Basic authentication where not empty
  Secret password;
  std::map<std::string, std::string> headers;  ///< values may be secret
  TlsSettings tls;
};

/// What users set of components, each a type of that component's own. The configuration keeps it and knows nothing of
/// it.
class ComponentSettings {
 public:
  /// The defaults of T where nobody has set any.
  template <typename T>
  [[nodiscard]] const T& of() const {
    static const T kDefaults{};
    const auto found = all_.find(typeid(T));
    return found == all_.end() ? kDefaults : *std::any_cast<T>(&found->second);
  }
  template <typename T>
  [[nodiscard]] T& of() {
    return *std::any_cast<T>(&all_.try_emplace(typeid(T), T{}).first->second);
  }

 private:
  std::map<std::type_index, std::any> all_;
};

struct Config : ComponentSettings {
  std::filesystem::path file;  ///< that it was read from; empty: none
  /// Of every system; load_config() puts it wherever a system has nothing of its own.
  TlsSettings tls;
  std::vector<std::string> unverified;  ///< systems whose certificates are taken as they come: "grafana"
  std::array<AlertRule, 4> alerts = default_alert_rules();
  std::map<std::string, std::string> outputs;  ///< output name -> target, besides those that the systems imply
  std::map<std::string, std::string> labels;   ///< extra labels on every metric, besides `testid` (the run id)
  std::vector<double> response_time_buckets;   ///< seconds; upper bounds of the classic histogram; empty: the default
  std::vector<std::string> dimensions;         ///< what requests are told apart by; see InputOptions
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

/// A usage error where these cannot be Config::dimensions: too many, one twice, a name that is none.
[[nodiscard]] Result<void> check_dimensions(const std::vector<std::string>& names);

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
  bool address = false;  ///< of a server: one that is set but empty counts, too
};
[[nodiscard]] const std::vector<OptionHelp>& option_reference();

}  // namespace omniwriter
