#include "config/config.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <expected>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/edit_distance.h"
#include "base/url.h"
#include "base/yaml_size.h"
#include "config/config_file.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10;

/// What is wrong with a value, without its place; nothing where it is fine. Never holds a secret.
using Problem = std::optional<std::string>;
template <typename T>
using Read = std::expected<T, std::string>;

/// A value from the file or the environment.
struct Setting {
  const YAML::Node& node;  ///< text from the environment is a scalar without tag
  fs::path folder;         ///< what relative paths start from
};

struct Option {
  OptionHelp help;
  Problem (*set)(Config&, const Setting&);
  bool is_url = false;  ///< empty means: this system is not used
};

std::string_view last_part(std::string_view key) { return key.substr(key.rfind('.') + 1); }

// --- reading one value ----------------------------------------------------------------------------------------------

bool from_file(const YAML::Node& node) { return !node.Tag().empty(); }
bool quoted(const YAML::Node& node) { return node.Tag() == "!"; }

std::string_view kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a group of settings";
  if (node.IsSequence()) return "a list";
  return "a single value";
}

/// Whether YAML and JSON take the bare word as something other than text.
bool is_typed_scalar(const std::string& text) {
  static const std::set<std::string> kWords{"true", "True", "TRUE", "false", "False", "FALSE"};
  if (kWords.contains(text)) return true;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool holds_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

Read<std::string> read_text(const YAML::Node& node) {
  if (!node.IsScalar()) return std::unexpected(fmt::format("must be text, not {}", kind_of(node)));
  const std::string& text = node.Scalar();
  if (from_file(node) && !quoted(node) && is_typed_scalar(text)) {
    return std::unexpected("must be text, not a number or true/false; put it in quotes");
  }
  if (holds_control_character(text)) return std::unexpected("must not hold control characters or line ends");
  return text;
}

Problem read_text_into(std::string& target, const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return text.error();
  target = *std::move(text);
  return {};
}

Read<double> read_number(const YAML::Node& node) {
  const bool is_text = !node.IsScalar() || quoted(node);
  double number = 0;
  if (!is_text) {
    const std::string& text = node.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(number)) return number;
  }
  return std::unexpected(fmt::format("must be a number, not {}",
                                     node.IsScalar() ? "\"" + node.Scalar() + "\"" : std::string(kind_of(node))));
}

Problem read_count_into(std::size_t& target, const Setting& setting, std::size_t least, std::size_t most) {
  const auto number = read_number(setting.node);
  if (!number) return number.error();
  if (*number < 0) return fmt::format("must not be negative, but is {}", setting.node.Scalar());
  if (*number < static_cast<double>(least) || *number > static_cast<double>(most) || *number != std::floor(*number)) {
    return fmt::format("must be a whole number from {} to {}, but is {}", least, most, setting.node.Scalar());
  }
  target = static_cast<std::size_t>(*number);
  return {};
}

Problem read_seconds_into(std::chrono::milliseconds& target, const Setting& setting) {
  const auto number = read_number(setting.node);
  if (!number) return number.error();
  if (*number < 0) return fmt::format("must not be negative, but is {}", setting.node.Scalar());
  if (*number < 0.001 || *number > 86'400) {
    return fmt::format("must be from 0.001 to 86400 seconds, but is {}", setting.node.Scalar());
  }
  target = std::chrono::milliseconds(std::llround(*number * 1000));
  return {};
}

Problem read_url_into(std::string& target, const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return text.error();
  if (!text->empty()) {
    if (const auto url = parse_url(*text); !url) return url.error().message;
  }
  target = *std::move(text);
  return {};
}

Problem read_secret_into(Secret& target, const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return text.error();
  if (!text->empty()) target = Secret(*std::move(text));  // an empty one may stand beside its file
  return {};
}

Read<fs::path> read_path(const Setting& setting) {
  auto text = read_text(setting.node);
  if (!text) return std::unexpected(std::move(text).error());
  return setting.folder / *text;
}

/// At most `max_bytes` of a file; no more is read, whatever the file is.
Read<std::string> read_whole(const fs::path& file, std::size_t max_bytes) {
  std::error_code error;
  if (fs::is_directory(file, error)) return std::unexpected("it is a folder");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::unexpected("it cannot be opened");
  std::string text(max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return std::unexpected("it cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > max_bytes) return std::unexpected(fmt::format("it is larger than {} KiB", max_bytes >> 10));
  return text;
}

/// The secret is the content of the file, without one line end behind it.
Problem read_secret_file_into(Secret& target, const Setting& setting) {
  if (setting.node.IsScalar() && setting.node.Scalar().empty()) return {};
  const auto file = read_path(setting);
  if (!file) return file.error();
  auto text = read_whole(*file, kMaxSecretBytes);
  if (!text) return fmt::format("the secret cannot be read from {}: {}", file->string(), text.error());
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (holds_control_character(*text)) {
    return fmt::format("{} must hold the secret alone, on one line", file->string());
  }
  if (text->empty()) return fmt::format("{} is empty", file->string());
  target = Secret(*std::move(text));
  return {};
}

/// Calls `add(name, value)` for each entry; `add` tells what is wrong with it.
template <typename Add>
Problem read_text_map(const Setting& setting, const Add& add) {
  if (!setting.node.IsMap()) return fmt::format("must be a group of settings, not {}", kind_of(setting.node));
  std::set<std::string> names;
  for (const auto& entry : setting.node) {
    const auto name = entry.first.IsScalar() ? Read<std::string>(entry.first.Scalar()) : std::unexpected("not a name");
    if (!name) return "holds a name that is not text";
    if (!names.insert(*name).second) return fmt::format("holds \"{}\" twice", *name);
    const auto value = read_text(entry.second);
    if (!value) return fmt::format("{}: {}", *name, value.error());
    if (auto problem = add(*name, *value)) return fmt::format("{}: {}", *name, *problem);
  }
  return {};
}

// --- the settings ---------------------------------------------------------------------------------------------------

Problem set_index(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  // What Elasticsearch would say with a 400 at the first request.
  const bool bad = text->empty() || text->size() > 200 || text->find_first_of("\\/*?\"<>| ,#:") != std::string::npos ||
                   std::ranges::any_of(*text, [](char c) { return c >= 'A' && c <= 'Z'; }) ||
                   std::string_view("-_+.").find(text->front()) != std::string_view::npos;
  if (bad) {
    return "must be a name that Elasticsearch takes: lower case, none of \\ / * ? \" < > | , # : or space, and neither "
           "- _ + nor . in front";
  }
  config.monitoring.elasticsearch_index = *text;
  return {};
}

Problem set_database(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  if (text->empty()) return "must not be empty";
  config.monitoring.influxdb_database = *text;
  return {};
}

Problem set_api(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  static const std::map<std::string_view, InfluxDbApi> kNames{
      {"auto", InfluxDbApi::automatic}, {"v1", InfluxDbApi::v1}, {"v2", InfluxDbApi::v2}, {"v3", InfluxDbApi::v3}};
  const auto found = kNames.find(*text);
  if (found == kNames.end()) return "must be auto, v1, v2 or v3";
  config.monitoring.influxdb_api = found->second;
  return {};
}

Problem set_statsd_flavour(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  static const std::map<std::string_view, StatsdFlavour> kNames{
      {"dogstatsd", StatsdFlavour::dogstatsd}, {"influx", StatsdFlavour::influx}, {"plain", StatsdFlavour::plain}};
  const auto found = kNames.find(*text);
  if (found == kNames.end()) return "must be dogstatsd, influx or plain";
  config.statsd_flavour = found->second;
  return {};
}

Problem set_outputs(Config& config, const Setting& setting) {
  return read_text_map(setting, [&](const std::string& name, const std::string& target) -> Problem {
    if (target.empty()) return "must not be empty";
    if (target.find("://") != std::string::npos) {
      if (const auto url = parse_url(target); !url) return url.error().message;
    }
    config.outputs[name] = target;
    return {};
  });
}

Problem set_labels(Config& config, const Setting& setting) {
  return read_text_map(setting, [&](const std::string& name, const std::string& value) -> Problem {
    static const std::set<std::string> kTaken{"test_name", "endpoint", "status",  "error_type",
                                              "testid",    "le",       "quantile"};
    if (kTaken.contains(name)) return "OmniWriter sets this label itself; choose another name";
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const bool valid = !name.empty() && letter(name.front()) && !name.starts_with("__") &&
                       std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
    if (!valid) return "a label name holds letters, digits and _, begins with no digit, and not with __";
    if (value.empty()) return "must not be empty";
    config.labels[name] = value;
    return {};
  });
}

Problem set_buckets(Config& config, const Setting& setting) {
  if (!setting.node.IsSequence()) return fmt::format("must be a list of numbers, not {}", kind_of(setting.node));
  constexpr std::size_t kMaxBuckets = 500;
  if (setting.node.size() == 0 || setting.node.size() > kMaxBuckets) {
    return fmt::format("must hold from 1 to {} numbers", kMaxBuckets);
  }
  std::vector<double> buckets;
  for (const auto& entry : setting.node) {
    const auto number = read_number(entry);
    if (!number) return number.error();
    if (*number <= 0) return fmt::format("must hold seconds greater than 0, but holds {}", entry.Scalar());
    if (!buckets.empty() && *number <= buckets.back()) return "must be in ascending order, without repetition";
    buckets.push_back(*number);
  }
  config.response_time_buckets = std::move(buckets);
  return {};
}

Problem set_lang(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const auto language = language_of(*text);
  if (!language) return "must be pt-BR or en";
  config.lang = config.spoken = *language;
  return {};
}

Problem read_choice_into(Choice& target, const Setting& setting) {
  if (!setting.node.IsScalar()) return fmt::format("must be true, false or auto, not {}", kind_of(setting.node));
  const std::string& text = setting.node.Scalar();
  if (text != "true" && text != "false" && text != "auto") return "must be true, false or auto";
  target = text == "true" ? Choice::yes : text == "false" ? Choice::no : Choice::automatic;
  return {};
}

Problem read_bool_into(bool& target, const Setting& setting) {
  if (!setting.node.IsScalar() || (setting.node.Scalar() != "true" && setting.node.Scalar() != "false")) {
    return "must be true or false";
  }
  target = setting.node.Scalar() == "true";
  return {};
}

Problem read_threshold_into(double& target, const Setting& setting, double most) {
  const auto number = read_number(setting.node);
  if (!number) return number.error();
  if (*number < 0 || *number > most) return fmt::format("must be from 0 to {}, but is {}", most, setting.node.Scalar());
  target = *number;
  return {};
}

Problem read_severity_into(Severity& target, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  for (const Severity severity : {Severity::info, Severity::warning, Severity::critical}) {
    if (*text != name_of(severity)) continue;
    target = severity;
    return {};
  }
  return "must be info, warning or critical";
}

Problem read_whole_seconds_into(std::chrono::seconds& target, const Setting& setting) {
  std::size_t seconds = 0;
  if (auto problem = read_count_into(seconds, setting, 0, 31'536'000)) return problem;
  target = std::chrono::seconds(seconds);
  return {};
}

Problem read_path_into(fs::path& target, const Setting& setting) {
  const auto path = read_path(setting);
  if (!path) return path.error();
  target = setting.node.Scalar().empty() ? fs::path{} : path->lexically_normal();
  return {};
}

/// A length of time as Grafana writes it: "10s", "24h".
Problem read_duration_into(std::string& target, const Setting& setting, bool may_be_empty) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const bool valid =
      text->size() >= 2 && text->size() <= 8 && text->front() != '0' &&
      std::ranges::all_of(text->substr(0, text->size() - 1), [](char c) { return c >= '0' && c <= '9'; }) &&
      std::string_view("smhdw").find(text->back()) != std::string_view::npos;
  if (!valid && !(may_be_empty && text->empty())) return R"(must be a number with s, m, h, d or w, as in "10s")";
  target = *text;
  return {};
}

Problem set_folder(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  if (text->empty() || text->size() > 189) return "must hold from 1 to 189 bytes";
  config.grafana.folder = *text;
  return {};
}

Problem set_datasource(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  if (*text != "auto" && *text != "prometheus" && *text != "influxdb" && *text != "elasticsearch") {
    return "must be auto, prometheus, influxdb or elasticsearch";
  }
  config.grafana.datasource = *text == "auto" ? "" : *text;
  return {};
}

Problem set_datasource_uid(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const bool valid =
      text->size() <= 40 && std::ranges::all_of(*text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (!valid) return "must be a uid as Grafana has them: letters, digits, - and _, at most 40";
  config.grafana.datasource_uid = *text;
  return {};
}

Problem set_hidden_panels(Config& config, const Setting& setting) {
  if (!setting.node.IsSequence()) return fmt::format("must be a list of titles, not {}", kind_of(setting.node));
  config.grafana.hidden_panels.clear();
  for (const auto& entry : setting.node) {
    auto title = read_text(entry);
    if (!title) return title.error();
    config.grafana.hidden_panels.push_back(*std::move(title));
  }
  return {};
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// What YAML and JSON share, as JSON. `depth`: how much deeper it may nest.
Read<std::string> as_json(const YAML::Node& node, int depth) {
  if (depth == 0) return std::unexpected("nests too deep");
  if (node.IsNull()) return "null";
  if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    if (quoted(node)) return json_text(text);
    if (text == "true" || text == "false" || text == "null") return text;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
    return is_number ? fmt::format("{}", number) : json_text(text);
  }
  std::string out;
  for (const auto& entry : node) {
    if (!out.empty()) out += ',';
    if (node.IsMap()) {
      if (!entry.first.IsScalar()) return std::unexpected("holds a name that is not text");
      out += json_text(entry.first.Scalar()) + ":";
    }
    const auto value = as_json(node.IsMap() ? entry.second : entry, depth - 1);
    if (!value) return value;
    out += *value;
  }
  return node.IsMap() ? "{" + out + "}" : "[" + out + "]";
}

Problem set_extra_panels(Config& config, const Setting& setting) {
  constexpr std::size_t kMaxPanels = 50;
  constexpr int kMaxDepth = 30;
  if (!setting.node.IsSequence()) return fmt::format("must be a list of panels, not {}", kind_of(setting.node));
  if (setting.node.size() > kMaxPanels) return fmt::format("must hold at most {} panels", kMaxPanels);
  config.grafana.extra_panels.clear();
  for (const auto& entry : setting.node) {
    if (!entry.IsMap() || !entry["type"] || !entry["title"]) {
      return "each must be a panel as Grafana writes it, with at least title and type";
    }
    auto panel = as_json(entry, kMaxDepth);
    if (!panel) return panel.error();
    config.grafana.extra_panels.push_back(*std::move(panel));
  }
  return {};
}

Problem set_endpoint_rules(Config& config, const Setting& setting) {
  constexpr std::size_t kMaxRules = 100;
  if (!setting.node.IsSequence()) return fmt::format("must be a list of rules, not {}", kind_of(setting.node));
  if (setting.node.size() > kMaxRules) return fmt::format("must hold at most {} rules", kMaxRules);
  config.endpoints.rules.clear();
  for (const auto& entry : setting.node) {
    const bool complete = entry.IsMap() && entry.size() == 2 && entry["match"] && entry["name"];
    if (!complete) return R"(each must hold "match", a regular expression, and "name")";
    auto pattern = read_text(entry["match"]);
    auto name = read_text(entry["name"]);
    if (!pattern || !name) return !pattern ? pattern.error() : name.error();
    if (name->empty()) return "the name of a rule must not be empty";
    if (const auto problem = problem_with_pattern(*pattern)) {
      return fmt::format("\"{}\" is no regular expression that can be used: {}", *pattern, *problem);
    }
    config.endpoints.rules.push_back({*std::move(pattern), *std::move(name)});
  }
  return {};
}

Problem read_headers_into(std::map<std::string, std::string>& target, const Setting& setting) {
  return read_text_map(setting, [&](const std::string& name, const std::string& value) -> Problem {
    static const std::set<std::string> kTaken{"authorization",
                                              "content-encoding",
                                              "content-length",
                                              "content-type",
                                              "host",
                                              "transfer-encoding",
                                              "x-prometheus-remote-write-version"};
    const auto letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (name.empty() || !std::ranges::all_of(name, [&](char c) { return letter(c) || c == '-' || c == '_'; })) {
      return "the name of a header holds letters, digits, - and _";
    }
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (kTaken.contains(lower)) return "OmniWriter sets this header itself";
    target[name] = value;
    return {};
  });
}

Problem read_pem_path_into(fs::path& target, const Setting& setting) {
  if (auto problem = read_path_into(target, setting)) return problem;
  if (target.empty()) return {};
  const std::ifstream stream(target);
  std::error_code error;
  if (!stream || fs::is_directory(target, error)) return fmt::format("{} cannot be opened", target.string());
  return {};
}

/// `section` and `variable`: what stands before the name, as in "grafana_" and "GRAFANA_". `whose`: "Grafana".
template <TlsSettings& (*Of)(Config&)>
void add_tls_options(std::vector<Option>& table, const std::string& section, const std::string& variable,
                     const std::string& whose) {
  const bool all = section == "tls.";
  const std::string same = all ? "" : fmt::format(" Empty: that of `tls`.");
  table.push_back(
      {{section + "ca_file", variable + "CA_FILE", "",
        fmt::format("File with the certificates of the authorities that {} trusted by over https, as PEM.{}", whose,
                    all ? " Empty: those of the system, or of `SSL_CERT_FILE`." : same)},
       [](Config& c, const Setting& s) { return read_pem_path_into(Of(c).ca_file, s); }});
  table.push_back({{section + "client_cert_file", variable + "CLIENT_CERT_FILE", "",
                    fmt::format("File with the certificate that we show, as PEM.{}", all ? " Empty: none." : same)},
                   [](Config& c, const Setting& s) { return read_pem_path_into(Of(c).client_cert_file, s); }});
  table.push_back({{section + "client_key_file", variable + "CLIENT_KEY_FILE", "",
                    "File with its key, as PEM without a passphrase. Empty: it stands in the same file."},
                   [](Config& c, const Setting& s) { return read_pem_path_into(Of(c).client_key_file, s); }});
  table.push_back({{section + "insecure_skip_verify", variable + "INSECURE_SKIP_VERIFY", all ? "false" : "",
                    fmt::format("`true`: any certificate is taken, from whoever answers. Each run warns of it.{}",
                                all ? "" : " Not set: as `tls` has it.")},
                   [](Config& c, const Setting& s) {
                     bool skip = false;
                     auto problem = read_bool_into(skip, s);
                     if (!problem) Of(c).insecure_skip_verify = skip;
                     return problem;
                   }});
}

// Where the settings of one system are.
TlsSettings& tls_of_all(Config& config) { return config.tls; }
TlsSettings& tls_of_grafana(Config& config) { return config.monitoring.grafana_tls; }
TlsSettings& tls_of_prometheus(Config& config) { return config.monitoring.prometheus_tls; }
TlsSettings& tls_of_pushgateway(Config& config) { return config.monitoring.pushgateway_tls; }
TlsSettings& tls_of_elasticsearch(Config& config) { return config.monitoring.elasticsearch_tls; }
TlsSettings& tls_of_influxdb(Config& config) { return config.monitoring.influxdb_tls; }
template <HttpAccess Config::* Access>
TlsSettings& tls_of_access(Config& config) {
  return (config.*Access).tls;
}

struct OneTls {
  std::string_view setting;  // without the name behind it
  TlsSettings& (*of)(Config&);
};
constexpr std::array<OneTls, 8> kTlsOfOne{{{"monitoring_config.grafana_", tls_of_grafana},
                                           {"monitoring_config.prometheus_", tls_of_prometheus},
                                           {"monitoring_config.prometheus_pushgateway_", tls_of_pushgateway},
                                           {"monitoring_config.elasticsearch_", tls_of_elasticsearch},
                                           {"monitoring_config.influxdb_", tls_of_influxdb},
                                           {"remote_write.", tls_of_access<&Config::remote_write>},
                                           {"otlp.", tls_of_access<&Config::otlp>},
                                           {"loki.", tls_of_access<&Config::loki>}}};

/// "grafana", "remote_write".
std::string whose(std::string_view setting) {
  setting.remove_suffix(1);
  return std::string(last_part(setting));
}

/// Puts what holds for all wherever a system has nothing of its own. A certificate and its key belong together.
Result<void> share_tls(Config& config) {
  const auto check = [](const TlsSettings& tls, std::string_view setting) -> Result<void> {
    if (tls.client_key_file.empty() || !tls.client_cert_file.empty()) return {};
    return fail(ErrorCode::usage, fmt::format("{0}client_key_file is set, and {0}client_cert_file is not", setting));
  };
  if (auto valid = check(config.tls, "tls."); !valid) return valid;
  for (const auto& [setting, of] : kTlsOfOne) {
    TlsSettings& tls = of(config);
    if (auto valid = check(tls, setting); !valid) return valid;
    if (tls.ca_file.empty()) tls.ca_file = config.tls.ca_file;
    if (!tls.insecure_skip_verify) tls.insecure_skip_verify = config.tls.insecure_skip_verify;
    if (tls.insecure_skip_verify.value_or(false)) config.unverified.push_back(whose(setting));
    if (!tls.client_cert_file.empty()) continue;
    tls.client_cert_file = config.tls.client_cert_file;
    tls.client_key_file = config.tls.client_key_file;
  }
  return {};
}

template <HttpAccess Config::* Access>
void add_access_options(std::vector<Option>& table, const std::string& section, const std::string& variable) {
  table.push_back(
      {{section + ".token", variable + "_TOKEN", "", "Token that is sent as `Authorization: Bearer`.", true},
       [](Config& c, const Setting& s) { return read_secret_into((c.*Access).token, s); }});
  table.push_back({{section + ".token_file", variable + "_TOKEN_FILE", "", "File that holds the token."},
                   [](Config& c, const Setting& s) { return read_secret_file_into((c.*Access).token, s); }});
  table.push_back({{section + ".username", variable + "_USERNAME", "", "User of Basic authentication. Empty: none."},
                   [](Config& c, const Setting& s) { return read_text_into((c.*Access).username, s); }});
  table.push_back({{section + ".password", variable + "_PASSWORD", "", "Password of that user.", true},
                   [](Config& c, const Setting& s) { return read_secret_into((c.*Access).password, s); }});
  table.push_back({{section + ".password_file", variable + "_PASSWORD_FILE", "", "File that holds the password."},
                   [](Config& c, const Setting& s) { return read_secret_file_into((c.*Access).password, s); }});
  add_tls_options<tls_of_access<Access>>(table, section + ".", variable + "_", "the server is");
  table.push_back(
      {{section + ".headers.<name>", "", "", "A further header of every request, as in `X-Scope-OrgID`.", true},
       [](Config& c, const Setting& s) { return read_headers_into((c.*Access).headers, s); }});
}

Problem set_kafka_security(Config& config, const Setting& setting) {
  static const std::map<std::string, KafkaSecurity> kKnown{{"auto", KafkaSecurity::automatic},
                                                           {"plaintext", KafkaSecurity::plaintext},
                                                           {"ssl", KafkaSecurity::ssl},
                                                           {"sasl_plaintext", KafkaSecurity::sasl_plaintext},
                                                           {"sasl_ssl", KafkaSecurity::sasl_ssl}};
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  const auto found = kKnown.find(*text);
  if (found == kKnown.end()) return "must be auto, plaintext, ssl, sasl_plaintext or sasl_ssl";
  config.kafka.security = found->second;
  return {};
}

Problem set_sasl_mechanism(Config& config, const Setting& setting) {
  const auto text = read_text(setting.node);
  if (!text) return text.error();
  if (*text != "PLAIN" && *text != "SCRAM-SHA-256" && *text != "SCRAM-SHA-512") {
    return "must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512";
  }
  config.kafka.sasl_mechanism = *text;
  return {};
}

void add_kafka_options(std::vector<Option>& table) {
  table.push_back({{"kafka.security_protocol", "OMNIWRITER_KAFKA_SECURITY_PROTOCOL", "auto",
                    "How to connect to Kafka: `plaintext`, `ssl`, `sasl_plaintext`, `sasl_ssl`, or `auto`: `sasl_ssl` "
                    "where there is a user, `ssl` where there is a `ca_file`, else `plaintext`."},
                   set_kafka_security});
  table.push_back(
      {{"kafka.ca_file", "OMNIWRITER_KAFKA_CA_FILE", "",
        "File with the certificates of the authorities that brokers are trusted by, as PEM. Empty: those of "
        "the system."},
       [](Config& c, const Setting& s) { return read_path_into(c.kafka.ca_file, s); }});
  table.push_back({{"kafka.sasl_mechanism", "OMNIWRITER_KAFKA_SASL_MECHANISM", "PLAIN",
                    "How the user logs in: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."},
                   set_sasl_mechanism});
  table.push_back({{"kafka.username", "OMNIWRITER_KAFKA_USERNAME", "", "User of Kafka. Empty: no login."},
                   [](Config& c, const Setting& s) { return read_text_into(c.kafka.username, s); }});
  table.push_back({{"kafka.password", "OMNIWRITER_KAFKA_PASSWORD", "", "Password of that user.", true},
                   [](Config& c, const Setting& s) { return read_secret_into(c.kafka.password, s); }});
  table.push_back({{"kafka.password_file", "OMNIWRITER_KAFKA_PASSWORD_FILE", "", "File that holds the password."},
                   [](Config& c, const Setting& s) { return read_secret_file_into(c.kafka.password, s); }});
}

template <std::size_t I>
void add_alert_options(std::vector<Option>& table, std::string_view unit, std::string_view meaning) {
  const AlertRule rule = default_alert_rules()[I];
  const std::string section = fmt::format("alerts.{}.", rule.id);
  table.push_back({{section + std::string(unit), "", fmt::format("{}", rule.threshold), std::string(meaning)},
                   [](Config& c, const Setting& s) {
                     const bool percent = c.alerts[I].signal == AlertSignal::cpu;
                     const bool ratio = c.alerts[I].signal == AlertSignal::error_ratio;
                     return read_threshold_into(c.alerts[I].threshold, s, ratio ? 1 : percent ? 100 : 1e9);
                   }});
  table.push_back({{section + "severity", "", std::string(name_of(rule.severity)), "`info`, `warning` or `critical`."},
                   [](Config& c, const Setting& s) { return read_severity_into(c.alerts[I].severity, s); }});
  table.push_back({{section + "for_seconds", "", fmt::format("{}", rule.hold.count()),
                    "How long the condition must last before the alert fires."},
                   [](Config& c, const Setting& s) { return read_whole_seconds_into(c.alerts[I].hold, s); }});
  table.push_back({{section + "enabled", "", "true", "`false`: there is no such alert."},
                   [](Config& c, const Setting& s) { return read_bool_into(c.alerts[I].enabled, s); }});
}

Problem set_store(Config& config, const Setting& setting) {
  const auto path = read_path(setting);
  if (!path) return path.error();
  if (setting.node.Scalar().empty()) return "must not be empty";
  config.store = path->lexically_normal();
  return {};
}

/// The one table: parsing, the environment, error messages and the reference page all come from here.
const std::vector<Option>& options() {
  static const std::vector<Option> kTable = [] {
    std::vector<Option> table{
        {{"monitoring_config.grafana_url", "GRAFANA_URL", "", "Address of Grafana. Empty: not used."},
         [](Config& c, const Setting& s) { return read_url_into(c.monitoring.grafana_url, s); },
         true},
        {{"monitoring_config.grafana_api_key", "GRAFANA_API_KEY", "", "Token of a Grafana service account.", true},
         [](Config& c, const Setting& s) { return read_secret_into(c.monitoring.grafana_api_key, s); }},
        {{"monitoring_config.grafana_api_key_file", "GRAFANA_API_KEY_FILE", "", "File that holds the token."},
         [](Config& c, const Setting& s) { return read_secret_file_into(c.monitoring.grafana_api_key, s); }},
        {{"monitoring_config.prometheus_url", "PROMETHEUS_URL", "", "Address of Prometheus. Empty: not used."},
         [](Config& c, const Setting& s) { return read_url_into(c.monitoring.prometheus_url, s); },
         true},
        {{"monitoring_config.prometheus_pushgateway", "PROMETHEUS_PUSHGATEWAY", "",
          "Address of the Pushgateway. Empty: not used."},
         [](Config& c, const Setting& s) { return read_url_into(c.monitoring.prometheus_pushgateway, s); },
         true},
        {{"monitoring_config.elasticsearch_url", "ELASTICSEARCH_URL", "",
          "Address of Elasticsearch or OpenSearch. Empty: not used."},
         [](Config& c, const Setting& s) { return read_url_into(c.monitoring.elasticsearch_url, s); },
         true},
        {{"monitoring_config.elasticsearch_index", "ELASTICSEARCH_INDEX", "load-tests",
          "Index that documents go to, as the stem of its name."},
         set_index},
        {{"monitoring_config.elasticsearch_username", "ELASTICSEARCH_USERNAME", "",
          "User of Elasticsearch or OpenSearch. Empty: no login."},
         [](Config& c, const Setting& s) { return read_text_into(c.monitoring.elasticsearch_username, s); }},
        {{"monitoring_config.elasticsearch_password", "ELASTICSEARCH_PASSWORD", "", "Password of that user.", true},
         [](Config& c, const Setting& s) { return read_secret_into(c.monitoring.elasticsearch_password, s); }},
        {{"monitoring_config.elasticsearch_password_file", "ELASTICSEARCH_PASSWORD_FILE", "",
          "File that holds the password."},
         [](Config& c, const Setting& s) { return read_secret_file_into(c.monitoring.elasticsearch_password, s); }},
        {{"monitoring_config.elasticsearch_api_key", "ELASTICSEARCH_API_KEY", "",
          "API key of Elasticsearch, as `encoded` where it was created, or `id:key`. Comes before user and password.",
          true},
         [](Config& c, const Setting& s) { return read_secret_into(c.monitoring.elasticsearch_api_key, s); }},
        {{"monitoring_config.elasticsearch_api_key_file", "ELASTICSEARCH_API_KEY_FILE", "",
          "File that holds the API key."},
         [](Config& c, const Setting& s) { return read_secret_file_into(c.monitoring.elasticsearch_api_key, s); }},
        {{"monitoring_config.influxdb_url", "INFLUXDB_URL", "", "Address of InfluxDB. Empty: not used."},
         [](Config& c, const Setting& s) { return read_url_into(c.monitoring.influxdb_url, s); },
         true},
        {{"monitoring_config.influxdb_database", "INFLUXDB_DATABASE", "load_tests",
          "Database that points go to; created where it does not exist."},
         set_database},
        {{"monitoring_config.influxdb_username", "INFLUXDB_USERNAME", "", "User of InfluxDB. Empty: no login."},
         [](Config& c, const Setting& s) { return read_text_into(c.monitoring.influxdb_username, s); }},
        {{"monitoring_config.influxdb_password", "INFLUXDB_PASSWORD", "", "Password of that user.", true},
         [](Config& c, const Setting& s) { return read_secret_into(c.monitoring.influxdb_password, s); }},
        {{"monitoring_config.influxdb_password_file", "INFLUXDB_PASSWORD_FILE", "", "File that holds the password."},
         [](Config& c, const Setting& s) { return read_secret_file_into(c.monitoring.influxdb_password, s); }},
        {{"monitoring_config.influxdb_api", "INFLUXDB_API", "auto",
          "How to write: `v1`, `v2`, `v3`, or `auto`: as the server tells of itself; with a token never `v1`, with a "
          "user always."},
         set_api},
        {{"monitoring_config.influxdb_org", "INFLUXDB_ORG", "", "Organisation of InfluxDB 2."},
         [](Config& c, const Setting& s) { return read_text_into(c.monitoring.influxdb_org, s); }},
        {{"monitoring_config.influxdb_bucket", "INFLUXDB_BUCKET", "",
          "Bucket of InfluxDB 2 that points go to. Empty: `influxdb_database`."},
         [](Config& c, const Setting& s) { return read_text_into(c.monitoring.influxdb_bucket, s); }},
        {{"monitoring_config.influxdb_token", "INFLUXDB_TOKEN", "",
          "Token of InfluxDB 2 or 3. Comes before user and password.", true},
         [](Config& c, const Setting& s) { return read_secret_into(c.monitoring.influxdb_token, s); }},
        {{"monitoring_config.influxdb_token_file", "INFLUXDB_TOKEN_FILE", "", "File that holds the token."},
         [](Config& c, const Setting& s) { return read_secret_file_into(c.monitoring.influxdb_token, s); }},
        {{"outputs.<name>", "", "", "Target of a further output, as in `-o name=target`."}, set_outputs},
        {{"labels.<name>", "", "", "A further label on every metric, besides `testid` (the run id)."}, set_labels},
        {{"response_time_buckets", "", "",
          "Upper bounds, in seconds and ascending, of the classic histogram `load_test_response_time_seconds`. Empty: "
          "the "
          "built-in ones."},
         set_buckets},
        {{"samples", "OMNIWRITER_SAMPLES", "false",
          "Deliver every single sample too, as with `--samples`, to the outputs that can hold them: InfluxDB, "
          "Elasticsearch, Kafka."},
         [](Config& c, const Setting& s) { return read_bool_into(c.samples, s); }},
        {{"endpoints.fold", "", "true",
          "Ids in the names of requests become templates, as in `/orders/{id}`, so that runs stay comparable. `false`: "
          "names stay as they are."},
         [](Config& c, const Setting& s) { return read_bool_into(c.endpoints.fold, s); }},
        {{"endpoints.rules", "", "",
          "List of rules that come before that, each with `match`, a regular expression (RE2: no looking around, no "
          "references back), and `name`, in which `$1` is its first group. The first that matches counts."},
         set_endpoint_rules},
        {{"limits.max_series", "", "1000", "Endpoints kept apart; samples of further ones count under `__other__`."},
         [](Config& c, const Setting& s) { return read_count_into(c.limits.max_series, s, 1, 1'000'000); }},
        {{"limits.timeline_bytes", "", "2147483648",
          "Most that the timeline may hold; packed on the disk it takes a sixth of that or less, and little memory. A "
          "run "
          "that needs more gets time slots of 2, 4, 8 … seconds."},
         [](Config& c, const Setting& s) {
           return read_count_into(c.limits.timeline_bytes, s, std::size_t{1} << 20, std::size_t{1} << 36);
         }},
        {{"limits.max_record_bytes", "", "1048576", "A longer record of a result file is one bad record."},
         [](Config& c, const Setting& s) {
           return read_count_into(c.limits.max_record_bytes, s, std::size_t{1} << 10, std::size_t{1} << 30);
         }},
        {{"limits.spool_bytes", "", "8589934592",
          "Most that may wait on the disk to be delivered. Beyond it the rest of a run is encoded when there is room."},
         [](Config& c, const Setting& s) {
           return read_count_into(c.limits.spool_bytes, s, std::size_t{1} << 20, std::size_t{1} << 50);
         }},
        {{"limits.drop_samples", "", "false",
          "Where single samples find no room among that: drop the oldest, and say so in the ledger. `false`: that is "
          "an "
          "error."},
         [](Config& c, const Setting& s) { return read_bool_into(c.limits.drop_samples, s); }},
        {{"delivery.request_timeout_seconds", "", "10", "How long one request to a server may take."},
         [](Config& c, const Setting& s) { return read_seconds_into(c.delivery.request_timeout, s); }},
        {{"delivery.give_up_after_seconds", "", "60",
          "An output that accepts nothing for this long is given up; what it did not get is pending."},
         [](Config& c, const Setting& s) { return read_seconds_into(c.delivery.give_up_after, s); }},
        {{"delivery.give_up_connecting_after_seconds", "", "5",
          "The same, where nobody has answered so far and each try fails at once: a refused connection, an unknown "
          "host. Unless it is set, addresses of a file that was only found are given up after 0.5."},
         [](Config& c, const Setting& s) { return read_seconds_into(c.delivery.give_up_connecting.emplace(), s); }},
        {{"delivery.live_interval_seconds", "", "5", "How often outputs are told of a test that goes on."},
         [](Config& c, const Setting& s) { return read_seconds_into(c.delivery.live_interval, s); }},
        {{"grafana.folder", "", "Omni Writer", "Folder that dashboards and alert rules go to."}, set_folder},
        {{"grafana.datasource", "", "auto",
          "What the dashboards read: `prometheus`, `influxdb`, `elasticsearch`, or `auto`: the first of these that is "
          "used."},
         set_datasource},
        {{"grafana.datasource_uid", "", "",
          "Uid of a data source that is there in Grafana: dashboards and alert rules read it, and none is made for "
          "that system. Empty: one is made."},
         set_datasource_uid},
        {{"grafana.datasource_name", "", "", "The same by its name."},
         [](Config& c, const Setting& s) { return read_text_into(c.grafana.datasource_name, s); }},
        {{"grafana.alert_rules", "", "auto",
          "`true`: alert rules that Grafana evaluates. `auto`: only where neither `prometheus.rules_dir` nor "
          "`prometheus.ruler_url` is set."},
         [](Config& c, const Setting& s) { return read_choice_into(c.grafana.alert_rules, s); }},
        {{"grafana.refresh", "", "10s", "How often the dashboards load again. Empty: never."},
         [](Config& c, const Setting& s) { return read_duration_into(c.grafana.refresh, s, true); }},
        {{"grafana.time_range", "", "24h", "How far back the dashboards look."},
         [](Config& c, const Setting& s) { return read_duration_into(c.grafana.time_range, s, false); }},
        {{"grafana.hidden_panels", "", "", "List of panel titles to leave out."}, set_hidden_panels},
        {{"grafana.extra_panels", "", "",
          "List of further panels of the main dashboard, as Grafana writes them; without `datasource`, `id` or "
          "`gridPos` "
          "they get those of the dashboard."},
         set_extra_panels},
        {{"prometheus.rules_dir", "", "",
          "Folder that Prometheus reads rule files from, as in `rule_files: [/etc/prometheus/rules/*.yml]`. The alert "
          "rules go there."},
         [](Config& c, const Setting& s) { return read_path_into(c.prometheus.rules_dir, s); }},
        {{"prometheus.ruler_url", "", "",
          "Configuration API of a ruler for the alert rules, as in `https://mimir/prometheus/config/v1/rules`."},
         [](Config& c, const Setting& s) { return read_url_into(c.prometheus.ruler_url, s); }},
        {{"prometheus.alert_stale_after_seconds", "", "3600",
          "Results that were pushed longer ago than that raise no alert."},
         [](Config& c, const Setting& s) { return read_whole_seconds_into(c.prometheus.alert_stale_after, s); }},
        {{"retention.elasticsearch_days", "", "0",
          "Indices older than that are deleted, where the server can. 0: never."},
         [](Config& c, const Setting& s) { return read_count_into(c.retention.elasticsearch_days, s, 0, 36'500); }},
        {{"retention.influxdb_days", "", "0", "Points older than that are dropped. 0: never."},
         [](Config& c, const Setting& s) { return read_count_into(c.retention.influxdb_days, s, 0, 36'500); }},
        {{"statsd.flavour", "", "dogstatsd",
          "How tags are written for the output `statsd`: `dogstatsd`, `influx` (Telegraf), or `plain`: as parts of "
          "the name."},
         set_statsd_flavour},
        {{"scrape.token", "OMNIWRITER_SCRAPE_TOKEN", "",
          "Token that the output `scrape` wants as `Authorization: Bearer`. Needed where it listens for other "
          "machines.",
          true},
         [](Config& c, const Setting& s) { return read_secret_into(c.scrape_token, s); }},
        {{"scrape.token_file", "OMNIWRITER_SCRAPE_TOKEN_FILE", "", "File that holds the token."},
         [](Config& c, const Setting& s) { return read_secret_file_into(c.scrape_token, s); }},
        {{"report_dir", "", "tests/load/integration/output", "Folder that `integrate` writes its reports to."},
         [](Config& c, const Setting& s) { return read_path_into(c.report_dir, s); }},
        {{"store", "OMNIWRITER_STORE", "",
          "SQLite file that keeps the runs. Empty: `$XDG_DATA_HOME/omniwriter/omniwriter.db`, or "
          "`~/.local/share/omniwriter/omniwriter.db`."},
         set_store},
        {{"lang", "OMNIWRITER_LANG", "pt-BR",
          "Language: `pt-BR` or `en`; where it is not set, that of the locale. Where that tells none (`C`), the "
          "terminal "
          "speaks English."},
         set_lang},
    };
    add_tls_options<tls_of_all>(table, "tls.", "OMNIWRITER_TLS_", "all servers are");
    const std::string systems = "monitoring_config.";
    add_tls_options<tls_of_grafana>(table, systems + "grafana_", "GRAFANA_", "Grafana is");
    add_tls_options<tls_of_prometheus>(table, systems + "prometheus_", "PROMETHEUS_", "Prometheus and the ruler are");
    add_tls_options<tls_of_pushgateway>(table, systems + "prometheus_pushgateway_", "PROMETHEUS_PUSHGATEWAY_",
                                        "the Pushgateway is");
    add_tls_options<tls_of_elasticsearch>(table, systems + "elasticsearch_", "ELASTICSEARCH_", "Elasticsearch is");
    add_tls_options<tls_of_influxdb>(table, systems + "influxdb_", "INFLUXDB_", "InfluxDB is");
    add_access_options<&Config::remote_write>(table, "remote_write", "OMNIWRITER_REMOTE_WRITE");
    add_access_options<&Config::otlp>(table, "otlp", "OMNIWRITER_OTLP");
    add_access_options<&Config::loki>(table, "loki", "OMNIWRITER_LOKI");
    add_kafka_options(table);
    add_alert_options<0>(table, "ratio", "Share of failed requests, 0 to 1, above which `HighErrorRate` fires.");
    add_alert_options<1>(table, "seconds", "95th percentile of response times above which `HighResponseTime` fires.");
    add_alert_options<2>(table, "rps", "Requests a second below which `LowThroughput` fires.");
    add_alert_options<3>(table, "percent", "CPU use, 0 to 100, above which `HighCpuUsage` fires.");
    return table;
  }();
  return kTable;
}

// --- unknown names --------------------------------------------------------------------------------------------------

std::string_view section_of(std::string_view key) {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

/// The keys of the table, with sections, and without the <name> behind a group of free names.
std::set<std::string> known_keys() {
  std::set<std::string> keys;
  for (const Option& option : options()) {
    const std::string_view key = option.help.key;
    if (last_part(key) != "<name>") keys.emplace(key);
    for (auto section = section_of(key); !section.empty(); section = section_of(section)) keys.emplace(section);
  }
  return keys;
}

std::string nearest_key(std::string_view unknown) {
  constexpr std::size_t kLongest = 100;  // nothing longer is a slip of the pen, and the comparison is quadratic
  std::string best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string& key : known_keys()) {
    // A key in the wrong section is nearer than a like-named one in the right section.
    const std::size_t distance = edit_distance(last_part(unknown).substr(0, kLongest), last_part(key)) * 2 +
                                 (section_of(unknown) == section_of(key) ? 0 : 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = key;
    }
  }
  return section_of(unknown) == section_of(best) ? std::string(last_part(best)) : best;
}

const Option* find_option(std::string_view key) {
  for (const Option& option : options()) {
    if (option.help.key == key) return &option;
    if (last_part(option.help.key) == "<name>" && section_of(option.help.key) == key) return &option;
  }
  return nullptr;
}

bool is_section(std::string_view key) {
  const std::string front = std::string(key) + ".";
  return std::ranges::any_of(options(), [&](const Option& option) { return option.help.key.starts_with(front); });
}

/// The first 60 bytes of a name from a file, fit to be shown.
std::string shown(std::string_view name) {
  std::string result(name.substr(0, 60));
  std::ranges::replace_if(result, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  if (name.size() > 60) result += "…";
  return result;
}

// --- file and environment -------------------------------------------------------------------------------------------

/// Both a secret and the file that holds it: which one counts would be a guess.
Problem secret_given_twice(const std::set<std::string>& given) {
  for (const std::string& key : given) {
    if (given.contains(key + "_file")) {
      return fmt::format("{} and {}_file are both set; keep one of them", last_part(key), last_part(key));
    }
  }
  return {};
}

/// Notes where the first content of a document begins.
class ContentFinder final : public YAML::EventHandler {
 public:
  [[nodiscard]] const std::optional<YAML::Mark>& found() const { return found_; }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override { found_.reset(); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    note(mark);
  }
  void OnMapEnd() override {}

 private:
  void note(const YAML::Mark& mark) {
    if (!found_) found_ = mark;
  }

  std::optional<YAML::Mark> found_;
};

/// Where something follows the first document. YAML::Load passes over it, and YAML::LoadAll never ends on some input.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  ContentFinder finder;
  if (!parser.HandleNextDocument(finder) || !parser.HandleNextDocument(finder)) return {};
  return finder.found();
}

/// What yaml-cpp says of brackets, as people say it.
std::string what_is_missing(const std::string& message) {
  if (message.starts_with("end of map flow not found")) return "a } or a comma is missing here or before";
  if (message.starts_with("end of sequence flow not found")) return "a ] or a comma is missing here or before";
  return message;
}

std::unexpected<Error> wrong_at(const fs::path& file, const YAML::Mark& mark, std::string_view what) {
  const std::string place = mark.is_null() ? file.string() : fmt::format("{}:{}", file.string(), mark.line + 1);
  return fail(ErrorCode::usage, fmt::format("{}: {}", place, what));
}

/// What `use` gives. What yaml-cpp throws meanwhile is an error of the file.
template <typename Use>
std::invoke_result_t<Use> guarded(const fs::path& file, const Use& use) {
  try {
    return use();
  } catch (const YAML::Exception& error) {
    return wrong_at(file, error.mark, "not valid JSON or YAML: " + what_is_missing(error.msg));
  } catch (const std::exception& error) {  // yaml-cpp lets exceptions of the standard library pass
    return fail(ErrorCode::usage, fmt::format("configuration file {}: not valid JSON or YAML", file.string()));
  }
}

Result<YAML::Node> read_document(const fs::path& file) {
  const auto text = read_whole(file, kMaxFileBytes);
  if (!text) return fail(ErrorCode::usage, fmt::format("configuration file {}: {}", file.string(), text.error()));
  return guarded(file, [&]() -> Result<YAML::Node> {
    if (yaml_nodes(*text) > kMaxYamlNodes) {
      return fail(ErrorCode::usage, fmt::format("configuration file {}: its aliases stand for more than {} values",
                                                file.string(), kMaxYamlNodes));
    }
    YAML::Node document = YAML::Load(*text);
    if (const auto mark = second_document(*text)) {
      return wrong_at(file, *mark, "one document is expected, and here begins another");
    }
    return document;
  });
}

/// Whether a key stands for a secret, or for a file that holds one.
bool is_secret(std::string_view key) {
  if (key.ends_with("_file")) key.remove_suffix(std::string_view("_file").size());
  const Option* const option = find_option(key);
  return option != nullptr && option->help.secret;
}

class FileReader {
 public:
  FileReader(Config& config, const fs::path& file) : config_(config), file_(file), folder_(file.parent_path()) {}

  Result<void> read(const YAML::Node& document) {
    if (document.IsNull()) return {};
    return guarded(file_, [&] { return read_section(document, ""); });
  }

  /// The keys of secrets that it takes from files of their own.
  [[nodiscard]] const std::set<std::string>& secret_files() const { return secret_files_; }

 private:
  [[nodiscard]] std::unexpected<Error> wrong(const YAML::Mark& mark, std::string_view what) const {
    return wrong_at(file_, mark, what);
  }

  Result<void> read_section(const YAML::Node& section, const std::string& name) {
    if (!section.IsMap()) {
      return wrong(section.Mark(), fmt::format("{} must be a group of settings, not {}",
                                               name.empty() ? "the configuration" : name, kind_of(section)));
    }
    std::set<std::string> given;
    for (const auto& entry : section) {
      if (!entry.first.IsScalar()) return wrong(entry.first.Mark(), "the name of a setting must be text");
      const std::string key = name.empty() ? entry.first.Scalar() : name + "." + entry.first.Scalar();
      if (!given.insert(key).second) return wrong(entry.first.Mark(), fmt::format("{} is set twice", shown(key)));

      const bool dotted = entry.first.Scalar().find('.') != std::string::npos;
      const Option* option = dotted ? nullptr : find_option(key);
      if (option == nullptr && (dotted || !is_section(key))) {
        return wrong(entry.first.Mark(),
                     fmt::format(R"(unknown setting "{}"{}; did you mean "{}"?)", shown(entry.first.Scalar()),
                                 name.empty() ? "" : " in " + name, nearest_key(key)));
      }
      if (entry.second.IsNull()) {
        given.erase(key);
        continue;
      }
      if (option == nullptr) {
        if (auto result = read_section(entry.second, key); !result) return result;
      } else if (auto problem = option->set(config_, {entry.second, folder_})) {
        return wrong(entry.second.Mark(), fmt::format("{}: {}", key, *problem));
      }
      if (entry.second.IsScalar() && entry.second.Scalar().empty()) {
        given.erase(key);
      } else if (key.ends_with("_file") && is_secret(key)) {
        secret_files_.insert(key);
      }
    }
    if (auto problem = secret_given_twice(given)) return wrong(section.Mark(), *problem);
    return {};
  }

  Config& config_;
  const fs::path& file_;
  fs::path folder_;
  std::set<std::string> secret_files_;
};

/// The keys that the environment has set.
Result<std::set<std::string>> read_environment(Config& config, const Environment& environment) {
  std::set<std::string> given;
  for (const Option& option : options()) {
    const std::string& name = option.help.environment;
    if (name.empty()) continue;
    const auto text = environment(name);
    if (!text || (text->empty() && !option.is_url)) continue;
    if (!text->empty()) given.insert(option.help.key);
    const YAML::Node node(*text);
    if (auto problem = option.set(config, {node, {}})) {
      return fail(ErrorCode::usage, fmt::format("environment variable {}: {}", name, *problem));
    }
  }
  if (auto problem = secret_given_twice(given)) return fail(ErrorCode::usage, "environment: " + *problem);
  return given;
}

/// An address, and how the keys begin of the secrets that are sent there.
struct Addressee {
  std::string_view address;
  std::vector<std::string_view> secrets;
};
const std::vector<Addressee>& addressees() {
  // Grafana gets those of its data sources, too.
  static const std::vector<Addressee> kAll{
      {"monitoring_config.grafana_url",
       {"monitoring_config.grafana_", "monitoring_config.influxdb_", "monitoring_config.elasticsearch_"}},
      {"monitoring_config.influxdb_url", {"monitoring_config.influxdb_"}},
      {"monitoring_config.elasticsearch_url", {"monitoring_config.elasticsearch_"}},
      {"outputs.grafana", {"monitoring_config.grafana_"}},
      {"outputs.influxdb", {"monitoring_config.influxdb_"}},
      {"outputs.elasticsearch", {"monitoring_config.elasticsearch_"}},
      {"outputs.remote_write", {"remote_write."}},
      {"outputs.otlp", {"otlp."}},
      {"outputs.loki", {"loki."}},
      {"outputs.kafka", {"kafka."}}};
  return kAll;
}

/// A file that was only found, perhaps in somebody's pull request, must not have secrets sent to an address of its own
/// that its author does not know: those of the environment, and of any file it names. `config`: what came of all.
Result<void> check_addressees(const Config& config, const std::set<std::string>& environment,
                              const std::set<std::string>& secret_files) {
  const auto is_given = [&](std::string_view address) {
    const MonitoringConfig& systems = config.monitoring;
    if (address == "monitoring_config.grafana_url") return !systems.grafana_url.empty();
    if (address == "monitoring_config.influxdb_url") return !systems.influxdb_url.empty();
    if (address == "monitoring_config.elasticsearch_url") return !systems.elasticsearch_url.empty();
    return config.outputs.contains(std::string(last_part(address)));
  };
  for (const auto& [address, secrets] : addressees()) {
    if (!is_given(address) || environment.contains(std::string(address))) continue;
    const auto is_sent = [&](std::string_view key) {
      return is_secret(key) && std::ranges::any_of(secrets, [&](auto front) { return key.starts_with(front); });
    };
    const auto of_environment = std::ranges::find_if(environment, is_sent);
    const auto of_file = std::ranges::find_if(secret_files, is_sent);
    if (of_environment == environment.end() && of_file == secret_files.end()) continue;
    return fail(
        ErrorCode::usage,
        fmt::format(
            "{} would be sent to {} of {}, a file that was found and not named: name it with --config {} (in Python: "
            "config_file) if you trust it",
            of_environment != environment.end() ? find_option(*of_environment)->help.environment
                                                : "the content of " + *of_file,
            address, config.file.string(), config.file.string()));
  }
  return {};
}

/// What outputs are reached at by the word of the file alone.
std::set<std::string> addresses_of_file(const Config& config, const std::set<std::string>& environment) {
  const MonitoringConfig& systems = config.monitoring;
  std::set<std::string> addresses;
  const auto add = [&](const char* key, const std::string& address) {
    if (!environment.contains(key)) addresses.insert(address);
  };
  add("monitoring_config.grafana_url", systems.grafana_url);
  add("monitoring_config.prometheus_pushgateway", systems.prometheus_pushgateway);
  add("monitoring_config.elasticsearch_url", systems.elasticsearch_url);
  add("monitoring_config.influxdb_url", systems.influxdb_url);
  for (const auto& [name, target] : config.outputs) addresses.insert(target);
  return addresses;
}

fs::path default_store(const Environment& environment) {
  const auto data = environment("XDG_DATA_HOME");
  if (data && fs::path(*data).is_absolute()) return fs::path(*data) / "omniwriter" / "omniwriter.db";
  const auto home = environment("HOME");
  if (home && !home->empty()) return fs::path(*home) / ".local" / "share" / "omniwriter" / "omniwriter.db";
  return {};
}

/// Whether a name at the top of a file is a setting of ours, be it mistyped or in the wrong place.
bool may_be_ours(std::string_view name) {
  constexpr std::size_t kLongest = 100;
  constexpr std::size_t kLettersForASlip = 4;
  if (find_option(name) != nullptr || is_section(name)) return true;
  return std::ranges::any_of(known_keys(), [&](const std::string& key) {
    const auto section = section_of(key);
    if (!section.empty() && section != "monitoring_config") return false;
    const std::string_view known = last_part(key);
    return edit_distance(name.substr(0, kLongest), known) <= known.size() / kLettersForASlip;
  });
}

/// Whether a document holds settings, and all of them are another program's.
bool is_foreign(const YAML::Node& document) {
  if (!document.IsMap() || document.size() == 0) return false;
  return std::none_of(document.begin(), document.end(),
                      [](const auto& entry) { return entry.first.IsScalar() && may_be_ours(entry.first.Scalar()); });
}

/// See find_config_file(); `document` is that of the file, or why it cannot be read.
struct FoundDocument {
  FoundConfigFile found;
  Result<YAML::Node> document;
};
FoundDocument find_document() {
  FoundDocument result;
  for (const char* name : {"config.json", "tests/load/integration/config.json", "omniwriter.yaml"}) {
    std::error_code error;
    if (!fs::exists(name, error)) continue;
    result.document = read_document(name);
    if (std::string_view(name) != "omniwriter.yaml" && result.document && is_foreign(*result.document)) {
      result.found.foreign.emplace_back(name);
      continue;
    }
    result.found.file = name;
    break;
  }
  return result;
}

}  // namespace

FoundConfigFile find_config_file() { return find_document().found; }

std::optional<Language> locale_language(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const std::string locale = environment(name).value_or("");
    if (locale.empty()) continue;
    const std::string_view language = std::string_view(locale).substr(0, locale.find_first_of("_.@"));
    if (language == "C" || language == "POSIX") return std::nullopt;
    return language == "pt" ? Language::pt_br : Language::en;
  }
  return std::nullopt;
}

Result<Config> load_config(const std::optional<std::filesystem::path>& file, const Environment& environment) {
  Config config;
  if (const auto language = locale_language(environment)) config.lang = config.spoken = *language;
  const FoundDocument chosen = file ? FoundDocument{{file, {}}, read_document(*file)} : find_document();
  config.file = chosen.found.file.value_or(fs::path());
  FileReader reader(config, config.file);
  if (chosen.found.file) {
    if (!chosen.document) return std::unexpected(chosen.document.error());
    if (auto result = reader.read(*chosen.document); !result) return std::unexpected(std::move(result).error());
  }
  const auto given = read_environment(config, environment);
  if (!given) return std::unexpected(given.error());
  if (chosen.found.file && !file) {
    auto safe = check_addressees(config, *given, reader.secret_files());
    if (!safe) return std::unexpected(std::move(safe).error());
    config.found_addresses = addresses_of_file(config, *given);
  }
  if (auto result = share_tls(config); !result) return std::unexpected(std::move(result).error());
  if (config.store.empty()) config.store = default_store(environment);
  return config;
}

const std::vector<OptionHelp>& option_reference() {
  static const std::vector<OptionHelp> kReference = [] {
    std::vector<OptionHelp> result;
    for (const Option& option : options()) result.push_back(option.help);
    return result;
  }();
  return kReference;
}

}  // namespace omniwriter
