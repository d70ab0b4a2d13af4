#include "app/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>

#include "base/edit_distance.h"
#include "base/split.h"
#include "base/usage.h"

namespace omniwriter {
namespace {

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

/// CLI11 finds what stands where; what it means, and what is said where it means nothing, stands here.
class ArgumentReader {
 public:
  explicit ArgumentReader(const Command& program) : program_(program), app_("", program.name) {
    app_.add_flag("-v,--version", request_.version);
    add(app_, program);
  }

  Result<Request> read(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // as CLI11 takes them
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      request_.help = true;
    } catch (const CLI::ArgumentMismatch& error) {
      follow_path();
      return without_value(error.what());
    } catch (const CLI::ParseError&) {
      follow_path();
      return wrong("the arguments cannot be understood");
    }
    follow_path();
    if (request_.help || request_.version) return request_;
    return finish();
  }

 private:
  void add(CLI::App& app, const Command& command) {
    app.fallthrough();  // options of the program may stand behind a command
    app.require_subcommand(0, 1);
    app.allow_extras();  // finish() tells of them
    app.allow_windows_style_options(false);
    for (const Option& option : command.options) {
      CLI::Option* added = nullptr;
      if (option.is_argument()) {
        added = app.add_option(fmt::format("argument{}", found_.size()));
        if (option.takes_many()) added->expected(-1);  // one or more
      } else {
        added = option.is_flag() ? app.add_flag(option.names) : app.add_option(option.names);
      }
      added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      found_.emplace(&option, added);
    }
    for (const Command& each : command.commands) add(*app.add_subcommand(each.name), each);
  }

  void follow_path() {
    request_.path = {&program_};
    for (const CLI::App* app = &app_; !app->get_subcommands().empty();) {
      app = app->get_subcommands().front();
      request_.path.push_back(command().find(app->get_name()));
    }
  }

  [[nodiscard]] const Command& command() const { return *request_.path.back(); }

  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const {
    std::string called;
    for (const Command* each : request_.path) called += each->name + " ";
    return fail_with_hint(ErrorCode::usage, what, fmt::format("{}--help tells more", called));
  }

  [[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) const {
    const std::string meant = nearest(typed, known);
    if (meant.empty()) return {};
    return fmt::format("; did you mean {}?", meant);
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

  /// CLI11's message begins with the names of the option.
  [[nodiscard]] std::unexpected<Error> without_value(std::string_view message) const {
    for (const Option* option : options()) {
      if (!option->is_argument() && message.starts_with(found_.at(option)->get_name())) {
        return wrong(fmt::format("{} needs a {}", option->name(), option->value));
      }
    }
    return wrong("a value is missing");
  }

  [[nodiscard]] std::unexpected<Error> not_known(const std::vector<std::string>& extras) const {
    const auto unknown = std::ranges::find_if(extras, [](const auto& text) { return text.starts_with('-'); });
    if (unknown == extras.begin() || (unknown != extras.end() && command().commands.empty())) {
      std::vector<std::string> names{"--help"};
      for (const Option* option : options()) {
        if (!option->is_argument()) std::ranges::copy(option->each_name(), std::back_inserter(names));
      }
      const std::string name = unknown->substr(0, unknown->starts_with("--") ? unknown->find('=') : 2);
      return wrong(fmt::format("unknown option {}{}", name, did_you_mean(name, names)));
    }
    if (command().commands.empty()) return wrong("too many arguments");
    std::vector<std::string> names;
    for (const Command& each : command().commands) names.push_back(each.name);
    return wrong(fmt::format("there is no command \"{}\"{}", extras.front(), did_you_mean(extras.front(), names)));
  }

  Result<Request> finish() {
    std::vector<std::string> extras = app_.remaining(true);
    std::erase(extras, "--");
    if (!extras.empty()) return not_known(extras);
    for (const Option* option : options()) {
      const CLI::Option& found = *found_.at(option);
      if (found.count() == 0) {
        if (option->required) return wrong(fmt::format("{} is missing", option->names));
      } else if (option->is_flag()) {
        if (std::ranges::any_of(found.results(), [](const auto& text) { return text != "true"; })) {
          return wrong(fmt::format("{} takes no value", option->name()));
        }
        *std::get<bool*>(option->kept_in) = true;
      } else if (found.count() > 1 && !option->takes_many()) {
        return wrong(fmt::format("{} is given twice", option->name()));
      } else if (auto kept = keep(*option, found.results()); !kept) {
        return std::unexpected(std::move(kept).error());
      }
    }
    if (command().action || &command() == &program_) return request_;
    return wrong(fmt::format("{}: a command is missing", command().name));
  }

  Result<void> keep(const Option& option, std::vector<std::string> values) const {
    if (option.separated_by_commas) {
      std::vector<std::string> parts;
      for (const std::string& value : values) {
        for (const std::string_view part : split_at_commas(value)) parts.emplace_back(part);
      }
      values = std::move(parts);
    }
    for (const std::string& value : values) {
      if (option.choices.empty() || std::ranges::count(option.choices, value) != 0) continue;
      return wrong(fmt::format("{}: possible values are {}", option.name(), join(option.choices)));
    }
    if (auto* const* many = std::get_if<std::vector<std::string>*>(&option.kept_in)) {
      **many = std::move(values);
    } else if (auto* const* number = std::get_if<unsigned*>(&option.kept_in)) {
      const std::string& text = values.front();
      unsigned read = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
      if (error != std::errc() || end != text.data() + text.size() || read < option.least || read > option.most) {
        return wrong(fmt::format("{}: must be a whole number from {} to {}", option.name(), option.least, option.most));
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
  Request request_;
  CLI::App app_;
  std::map<const Option*, CLI::Option*> found_;
};

}  // namespace

std::vector<std::string> Option::each_name() const {
  const auto parts = split_at_commas(names);
  return {parts.begin(), parts.end()};
}

const Command* Command::find(std::string_view name_of_it) const {
  const auto found = std::ranges::find(commands, name_of_it, &Command::name);
  return found == commands.end() ? nullptr : &*found;
}

Result<Request> read_arguments(const Command& program, const std::vector<std::string>& arguments) {
  return ArgumentReader(program).read(arguments);
}

}  // namespace omniwriter
