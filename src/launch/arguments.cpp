#include "launch/arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

namespace omniwriter {

std::string program_name(const std::vector<std::string>& argv) {
  const std::filesystem::path program(argv.front());
  return program.extension() == ".sh" ? program.stem().string() : program.filename().string();
}

bool has_argument(const std::vector<std::string>& argv, std::string_view argument) {
  return place_of(argv, argument) != argv.size();
}

std::vector<std::string> values_of(const std::vector<std::string>& argv,
                                   std::initializer_list<std::string_view> names) {
  std::vector<std::string> values;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string_view argument = argv[i];
    for (const std::string_view name : names) {
      if (argument == name) {
        if (i + 1 < argv.size()) values.push_back(argv[++i]);
        break;
      }
      if (!argument.starts_with(name)) continue;
      const std::string_view rest = argument.substr(name.size());
      const bool one_letter = name.size() == 2 && name[1] != '-';
      if (rest.front() == '=') {
        values.emplace_back(rest.substr(1));
      } else if (one_letter) {
        values.emplace_back(rest);
      }
      break;
    }
  }
  return values;
}

std::optional<std::string> value_of(const std::vector<std::string>& argv,
                                    std::initializer_list<std::string_view> names) {
  std::vector<std::string> values = values_of(argv, names);
  if (values.empty()) return std::nullopt;
  return std::move(values.back());
}

std::vector<std::string> with_arguments(std::vector<std::string> argv, std::size_t place,
                                        const std::vector<std::string>& more) {
  argv.insert(argv.begin() + static_cast<std::ptrdiff_t>(place), more.begin(), more.end());
  return argv;
}

std::size_t place_of(const std::vector<std::string>& argv, std::string_view word) {
  return static_cast<std::size_t>(std::find(argv.begin(), argv.end(), word) - argv.begin());
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text, std::chrono::seconds unit) {
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
    text.remove_prefix(name.size());
    if (name.empty()) {
      seconds += number * static_cast<double>(unit.count());
    } else if (name == "ms") {
      seconds += number / 1000;
    } else if (name == "s" || name == "sec") {
      seconds += number;
    } else if (name == "m" || name == "min") {
      seconds += number * 60;
    } else if (name == "h") {
      seconds += number * 3600;
    } else {
      return std::nullopt;
    }
  }
  if (!(seconds < 1e9)) return std::nullopt;
  return std::chrono::seconds(std::llround(std::ceil(seconds)));
}

std::optional<std::chrono::seconds> duration_of(const std::vector<std::string>& argv,
                                                std::initializer_list<std::string_view> names) {
  const auto text = value_of(argv, names);
  return text ? parse_duration(*text) : std::nullopt;
}

}  // namespace omniwriter
