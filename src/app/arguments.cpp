#include "app/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/edit_distance.h"
#include "base/usage.h"

namespace omniwriter {
namespace {

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

/// What of `known` was meant; empty where nothing is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 40;  // nothing longer is a slip of the pen
  typed = typed.substr(0, kLongest);
  std::string best;
  std::size_t least = (typed.size() + 2) / 3 + 1;
  for (const std::string& name : known) {
    // Who types the beginning of a name means it.
    const std::size_t distance = typed.size() > 2 && name.starts_with(typed) ? 1 : edit_distance(typed, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

class ArgumentReader {
 public:
  ArgumentReader(const Command& program, Language language) : program_(program), language_(language) {
    request_.path.push_back(&program);
  }

  Result<Request> read(const std::vector<std::string>& arguments) {
    bool options_end = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::string& text = arguments[i];
      if (!options_end && text == "--") {
        options_end = true;
      } else if (options_end || text.size() < 2 || text.front() != '-') {
        if (auto taken = take_word(text); !taken) return std::unexpected(std::move(taken).error());
      } else {
        const std::string* next = i + 1 < arguments.size() ? &arguments[i + 1] : nullptr;
        const auto used_next = take_option(text, next);
        if (!used_next) return std::unexpected(used_next.error());
        if (*used_next) ++i;
      }
      if (request_.help || request_.version) return request_;
    }
    return finish();
  }

 private:
  [[nodiscard]] std::string say(std::string_view portuguese, std::string_view english) const {
    return std::string(language_ == Language::pt_br ? portuguese : english);
  }

  [[nodiscard]] const Command& command() const { return *request_.path.back(); }

  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const {
    std::string called;
    for (const Command* each : request_.path) called += each->name + " ";
    return fail_with_hint(ErrorCode::usage, what,
                          say(fmt::format("{}--help diz mais", called), fmt::format("{}--help tells more", called)));
  }

  [[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) const {
    const std::string meant = nearest(typed, known);
    if (meant.empty()) return {};
    return fmt::format("; {} {}?", say("você quis dizer", "did you mean"), meant);
  }

  /// Options that may stand here: those of the program and of the command.
  [[nodiscard]] std::vector<const Option*> options() const {
    std::vector<const Option*> all;
    for (const Option& option : command().options) all.push_back(&option);
    if (&command() != &program_) {
      for (const Option& option : program_.options) all.push_back(&option);
    }
    return all;
  }

  [[nodiscard]] std::vector<std::string> option_names() const {
    std::vector<std::string> names{"--help"};
    for (const Option* option : options()) {
      if (!option->is_argument()) std::ranges::copy(option->each_name(), std::back_inserter(names));
    }
    return names;
  }

  Result<void> take_word(const std::string& text) {
    if (!command().commands.empty()) {
      const Command* found = command().find(text);
      if (found == nullptr) {
        std::vector<std::string> names;
        for (const Command& each : command().commands) names.push_back(each.name);
        return wrong(fmt::format("{} \"{}\"{}", say("não há o comando", "there is no command"), text,
                                 did_you_mean(text, names)));
      }
      request_.path.push_back(found);
      return {};
    }
    for (const Option& option : command().options) {
      if (!option.is_argument()) continue;
      if (given_[&option].empty() || option.takes_many()) {
        given_[&option].push_back(text);
        return {};
      }
    }
    return wrong(say("argumentos demais", "too many arguments"));
  }

  /// Whether `next` was its value.
  Result<bool> take_option(const std::string& text, const std::string* next) {
    std::string name = text;
    std::optional<std::string> value;
    if (text.starts_with("--")) {
      if (const auto equals = text.find('='); equals != std::string::npos) {
        name = text.substr(0, equals);
        value = text.substr(equals + 1);
      }
    } else if (text.size() > 2) {
      name = text.substr(0, 2);
      value = text.substr(2);
    }
    if (name == "--help" || name == "-h") return request_.help = true;
    if (&command() == &program_ && (name == "--version" || name == "-v")) return request_.version = true;
    const auto all = options();
    const auto found = std::ranges::find_if(all, [&](const Option* option) {
      return !option->is_argument() && std::ranges::count(option->each_name(), name) != 0;
    });
    if (found == all.end()) {
      return wrong(fmt::format("{} {}{}", say("opção desconhecida", "unknown option"), name,
                               did_you_mean(name, option_names())));
    }
    const Option& option = **found;
    if (option.is_flag()) {
      if (value) return wrong(fmt::format("{} {}", name, say("não leva valor", "takes no value")));
      *std::get<bool*>(option.kept_in) = true;
      return false;
    }
    if (!value && next == nullptr) {
      return wrong(fmt::format("{}: {} {}", name, say("falta", "missing is"), option.value));
    }
    if (!given_[&option].empty() && !option.takes_many()) {
      return wrong(fmt::format("{} {}", name, say("aparece duas vezes", "is given twice")));
    }
    given_[&option].push_back(value ? *value : *next);
    return !value;
  }

  Result<Request> finish() {
    for (const Option* option : options()) {
      const auto given = given_.find(option);
      if (given == given_.end()) {
        if (option->required) return wrong(fmt::format("{} {}", say("falta", "missing is"), option->names));
      } else if (auto kept = keep(*option, std::move(given->second)); !kept) {
        return std::unexpected(std::move(kept).error());
      }
    }
    if (command().action || &command() == &program_) return request_;
    return wrong(fmt::format("{}: {}", command().name, say("falta um comando", "a command is missing")));
  }

  Result<void> keep(const Option& option, std::vector<std::string> values) const {
    if (option.separated_by_commas) {
      std::vector<std::string> parts;
      for (const std::string& value : values) std::ranges::move(split_at_commas(value), std::back_inserter(parts));
      values = std::move(parts);
    }
    for (const std::string& value : values) {
      if (option.choices.empty() || std::ranges::count(option.choices, value) != 0) continue;
      return wrong(fmt::format("{}: {} {}", option.name(), say("possíveis são", "possible are"),
                               fmt::format("{}", join(option.choices))));
    }
    if (auto* const* many = std::get_if<std::vector<std::string>*>(&option.kept_in)) {
      **many = std::move(values);
    } else if (auto* const* number = std::get_if<unsigned*>(&option.kept_in)) {
      const std::string& text = values.front();
      unsigned read = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
      if (error != std::errc() || end != text.data() + text.size() || read < option.least || read > option.most) {
        return wrong(fmt::format("{}: {}", option.name(),
                                 say(fmt::format("deve ser um número inteiro de {} a {}", option.least, option.most),
                                     fmt::format("must be a whole number from {} to {}", option.least, option.most))));
      }
      **number = read;
    } else if (auto* const* text = std::get_if<std::string*>(&option.kept_in)) {
      **text = std::move(values.front());
    } else {
      *std::get<std::optional<std::string>*>(option.kept_in) = std::move(values.front());
    }
    return {};
  }

  static std::string join(const std::vector<std::string>& texts) {
    std::string joined;
    for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
    return joined;
  }

  const Command& program_;
  Language language_;
  Request request_;
  std::map<const Option*, std::vector<std::string>> given_;
};

}  // namespace

std::vector<std::string> Option::each_name() const { return split_at_commas(names); }

const Command* Command::find(std::string_view name_of_it) const {
  const auto found = std::ranges::find(commands, name_of_it, &Command::name);
  return found == commands.end() ? nullptr : &*found;
}

Result<Request> read_arguments(const Command& program, const std::vector<std::string>& arguments, Language language) {
  return ArgumentReader(program, language).read(arguments);
}

}  // namespace omniwriter
