#pragma once
/// How a component says what a user can set of it. The reference page, the environment, and messages about unknown
/// settings come from here, too.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/values.h"

namespace omniwriter {

struct ConfigOption {
  OptionHelp help;
  std::function<Problem(Config& config, const Setting& setting)> set;
};

/// All that can be set.
struct OptionTable {
  /// How one server is trusted.
  struct Tls {
    std::string section;  ///< what stands before the names of the settings: "monitoring_config.grafana_"
    std::function<TlsSettings&(Config& config)> of;
  };
  /// Where secrets go.
  struct Addressees {
    std::string section;                 ///< what stands before their names
    std::vector<std::string> addresses;  ///< settings that hold an address
  };
  std::vector<ConfigOption> options;
  std::vector<Tls> tls;
  std::vector<Addressees> addressees;
};

/// Adds the settings of one section, which are members of T. Defaults are those of T.
template <typename T>
class Options {
 public:
  /// `section`: what stands before each name, as in "monitoring_config.influxdb_". `variable`: the same of environment
  /// variables, which have the names in capitals; empty: there are none.
  Options(
      OptionTable& table, std::string section, std::string variable = {},
      std::function<T&(Config&)> of = [](Config& config) -> T& { return config.of<T>(); })
      : table_(table), section_(std::move(section)), variable_(std::move(variable)), of_(std::move(of)) {}

  /// One that is read by `read(place, setting)`; `fallback` as the reference shows it.
  template <typename Place, typename ReadInto>
  void add(std::string_view name, Place T::* place, const ReadInto& read, std::string fallback, std::string meaning) {
    add(name, std::move(fallback), std::move(meaning),
        [place, read](T& target, const Setting& setting) { return read(target.*place, setting); });
  }
  template <typename Set>
  void add(std::string_view name, std::string fallback, std::string meaning, const Set& set) {
    ConfigOption& option = table_.options.emplace_back();
    option.help = {section_ + std::string(name), variable_of(name), std::move(fallback), std::move(meaning)};
    option.set = [of = of_, set](Config& config, const Setting& setting) -> Problem {
      return set(of(config), setting);
    };
  }

  void text(std::string_view name, std::string T::* place, std::string meaning) {
    add(name, place, read_text_into, T{}.*place, std::move(meaning));
  }
  void path(std::string_view name, std::filesystem::path T::* place, std::string meaning) {
    add(name, place, read_path_into, (T{}.*place).string(), std::move(meaning));
  }
  void flag(std::string_view name, bool T::* place, std::string meaning) {
    add(name, place, read_bool_into, T{}.*place ? "true" : "false", std::move(meaning));
  }
  void count(std::string_view name, std::size_t T::* place, std::size_t least, std::size_t most, std::string meaning) {
    add(
        name, place,
        [least, most](std::size_t& target, const Setting& setting) {
          return read_count_into(target, setting, least, most);
        },
        fmt::format("{}", T{}.*place), std::move(meaning));
  }
  /// The address of a server. An empty one means that it is not used, in the environment, too.
  void address(std::string_view name, std::string T::* place, std::string meaning) {
    add(name, place, read_url_into, "", std::move(meaning));
    table_.options.back().help.address = true;
  }
  /// With a second setting, the file that holds it.
  void secret(std::string_view name, Secret T::* place, std::string meaning, std::string_view what_the_file_holds) {
    add(name, place, read_secret_into, "", std::move(meaning));
    table_.options.back().help.secret = true;
    add(std::string(name) + "_file", place, read_secret_file_into, "",
        fmt::format("File that holds {}.", what_the_file_holds));
  }
  /// One of a few words.
  template <typename Value>
  void choice(std::string_view name, Value T::* place, std::vector<std::pair<std::string_view, Value>> words,
              std::string meaning) {
    const auto fallback = std::ranges::find(words, T{}.*place, &std::pair<std::string_view, Value>::second)->first;
    add(
        name, place,
        [words](Value& target, const Setting& setting) -> Problem {
          const auto text = read_text(setting.node);
          if (!text) return text.error();
          const auto found = std::ranges::find(words, *text, &std::pair<std::string_view, Value>::first);
          if (found == words.end()) {
            std::vector<std::string_view> names;
            for (const auto& word : words) names.push_back(word.first);
            return must_be(names);
          }
          target = found->second;
          return {};
        },
        std::string(fallback), std::move(meaning));
  }
  /// `whose`: "Grafana is".
  void tls(TlsSettings T::* place, const std::string& whose);
  /// Where the secrets of this section are sent.
  void secrets_go_to(std::vector<std::string> addresses) {
    table_.addressees.push_back({section_, std::move(addresses)});
  }

 private:
  [[nodiscard]] std::string variable_of(std::string_view name) const {
    if (variable_.empty()) return {};
    std::string variable = variable_;
    for (const char c : name) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return variable;
  }

  OptionTable& table_;
  std::string section_;
  std::string variable_;
  std::function<T&(Config&)> of_;
};

/// How a server is trusted, as `section`, "monitoring_config.grafana_", has it. `whose`: "Grafana is".
void add_tls_options(OptionTable& table, const std::string& section, const std::string& variable,
                     const std::string& whose, std::function<TlsSettings&(Config&)> of);
/// Who we are to a server, how it is trusted, and headers. `section`: "otlp", also the name of the output.
void add_access_options(OptionTable& table, const std::string& section, const std::function<HttpAccess&(Config&)>& of);

template <typename T>
void Options<T>::tls(TlsSettings T::* place, const std::string& whose) {
  add_tls_options(table_, section_, variable_, whose,
                  [of = of_, place](Config& config) -> TlsSettings& { return of(config).*place; });
}

// What components declare: defined by the registry, which CMake generates.
void declare_system_options(OptionTable& table);
void declare_output_options(OptionTable& table);
/// What is of no component.
void declare_general_options(OptionTable& table);

/// All of that. The settings of one section stand together.
[[nodiscard]] const OptionTable& option_table();

}  // namespace omniwriter
