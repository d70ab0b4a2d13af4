#include "config/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/edit_distance.h"
#include "base/try.h"
#include "base/utf8.h"
#include "config/config_file.h"
#include "config/document.h"
#include "config/option_table.h"
#include "omniwriter/sample.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

/// Addresses of servers, by the settings that hold them.
using Addresses = std::map<std::string, std::string>;

/// The first 60 bytes of a name from a file, fit to be shown.
std::string shown(std::string_view name) {
  std::string result(name.substr(0, 60));
  std::ranges::replace_if(result, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  if (name.size() > 60) result += "…";
  return result;
}

/// Both a secret and the file that holds it: which one counts would be a guess.
Problem secret_given_twice(const std::set<std::string>& given) {
  for (const std::string& key : given) {
    if (given.contains(key + "_file")) {
      return fmt::format("{} and {}_file are both set; keep one of them", last_part(key), last_part(key));
    }
  }
  return {};
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
  /// The addresses in it, by their keys.
  [[nodiscard]] const Addresses& addresses() const { return addresses_; }

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
      const ConfigOption* option = dotted ? nullptr : find_option(key);
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
        TRY(read_section(entry.second, key));
      } else if (auto problem = option->set(config_, {.node = entry.second, .folder = folder_})) {
        return wrong(entry.second.Mark(), fmt::format("{}: {}", key, *problem));
      }
      if (entry.second.IsScalar() && entry.second.Scalar().empty()) {
        given.erase(key);
      } else if (key.ends_with("_file") && is_secret(key)) {
        secret_files_.insert(key);
      } else if (option != nullptr && option->help.address) {
        note_address(key, entry.second);
      }
    }
    if (auto problem = secret_given_twice(given)) return wrong(section.Mark(), *problem);
    return {};
  }

  void note_address(const std::string& key, const YAML::Node& value) {
    if (value.IsScalar()) {
      addresses_[key] = value.Scalar();
      return;
    }
    for (const auto& entry : value) addresses_[key + "." + entry.first.Scalar()] = entry.second.Scalar();
  }

  Config& config_;
  const fs::path& file_;
  fs::path folder_;
  std::set<std::string> secret_files_;
  Addresses addresses_;
};

/// The keys that the environment has set. `of_file`: the addresses of the file, of which those go that it overrules.
Result<std::set<std::string>> read_environment(Config& config, const Environment& environment, Addresses& of_file) {
  std::set<std::string> given;
  for (const ConfigOption& option : option_table().options) {
    const std::string& name = option.help.environment;
    if (name.empty()) continue;
    const auto text = environment(name);
    if (!text || (text->empty() && !option.help.address)) continue;
    of_file.erase(option.help.key);
    if (!text->empty()) given.insert(option.help.key);
    const YAML::Node node(*text);
    if (auto problem = option.set(config, {.node = node, .folder = {}})) {
      return fail(ErrorCode::usage, fmt::format("environment variable {}: {}", name, *problem));
    }
  }
  if (auto problem = secret_given_twice(given)) return fail(ErrorCode::usage, "environment: " + *problem);
  return given;
}

/// A file that was only found, perhaps in somebody's pull request, must not have secrets sent to an address of its own
/// that its author does not know: those of the environment, and of any file it names.
Result<void> check_addressees(const fs::path& file, const Addresses& of_file, const std::set<std::string>& environment,
                              const std::set<std::string>& secret_files) {
  for (const auto& [section, addresses] : option_table().addressees) {
    const auto is_sent = [&](std::string_view key) { return is_secret(key) && key.starts_with(section); };
    const auto of_environment = std::ranges::find_if(environment, is_sent);
    const auto in_file = std::ranges::find_if(secret_files, is_sent);
    if (of_environment == environment.end() && in_file == secret_files.end()) continue;
    for (const std::string& address : addresses) {
      if (!of_file.contains(address)) continue;
      return fail(
          ErrorCode::usage,
          fmt::format(
              "{} would be sent to {} of {}, a file that was found and not named: name it with --config {} (in Python: "
              "config_file) if you trust it",
              of_environment != environment.end() ? find_option(*of_environment)->help.environment
                                                  : "the content of " + *in_file,
              address, file.string(), file.string()));
    }
  }
  return {};
}

/// "grafana", "remote_write".
std::string whose(std::string_view section) {
  section.remove_suffix(1);
  return std::string(last_part(section));
}

/// Puts what holds for all wherever a system has nothing of its own. A certificate and its key belong together.
Result<void> share_tls(Config& config) {
  const auto check = [](const TlsSettings& tls, std::string_view setting) -> Result<void> {
    if (tls.client_key_file.empty() || !tls.client_cert_file.empty()) return {};
    return fail(ErrorCode::usage, fmt::format("{0}client_key_file is set, and {0}client_cert_file is not", setting));
  };
  TRY(check(config.tls, "tls."));
  for (const auto& [section, of] : option_table().tls) {
    TlsSettings& tls = of(config);
    TRY(check(tls, section));
    if (tls.ca_file.empty()) tls.ca_file = config.tls.ca_file;
    if (!tls.insecure_skip_verify) tls.insecure_skip_verify = config.tls.insecure_skip_verify;
    const bool is_told = std::ranges::find(config.unverified, whose(section)) != config.unverified.end();
    if (tls.insecure_skip_verify.value_or(false) && !is_told) config.unverified.push_back(whose(section));
    if (!tls.client_cert_file.empty()) continue;
    tls.client_cert_file = config.tls.client_cert_file;
    tls.client_key_file = config.tls.client_key_file;
  }
  return {};
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

Result<void> check_dimensions(const std::vector<std::string>& names) {
  constexpr std::size_t kMaxBytes = 100;
  if (names.size() > kMaxDimensions) {
    return fail(ErrorCode::usage,
                fmt::format("at most {} dimensions can be kept, not {}", kMaxDimensions, names.size()));
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    const bool valid = !name->empty() && name->size() <= kMaxBytes && clean_utf8(*name, kMaxBytes) == *name &&
                       name->find('=') == std::string::npos;
    if (!valid) {
      return fail(ErrorCode::usage,
                  fmt::format("a dimension is the name of a tag or column, not \"{}\"", clean_utf8(*name, kMaxBytes)));
    }
    if (std::find(names.begin(), name, *name) != name) {
      return fail(ErrorCode::usage, fmt::format("the dimension \"{}\" is named twice", *name));
    }
  }
  return {};
}

Result<Config> load_config(const std::optional<std::filesystem::path>& file, const Environment& environment) {
  Config config;
  if (const auto language = locale_language(environment)) config.lang = config.spoken = *language;
  FoundDocument chosen = file ? FoundDocument{{file, {}}, read_document(*file)} : find_document();
  config.file = chosen.found.file.value_or(fs::path());
  FileReader reader(config, config.file);
  if (chosen.found.file) {
    const YAML::Node document = TRY(chosen.document);
    TRY(reader.read(document));
  }
  Addresses of_file = reader.addresses();
  const auto given = TRY(read_environment(config, environment, of_file));
  if (chosen.found.file && !file) {
    TRY(check_addressees(config.file, of_file, given, reader.secret_files()));
    for (const auto& [key, address] : of_file) config.found_addresses.insert(address);
  }
  TRY(share_tls(config));
  if (config.store.empty()) config.store = default_store(environment);
  return config;
}

}  // namespace omniwriter
