#pragma once
/// The command line as a table of commands and their options. Reading it, the help, the completion of shells and the
/// manual page all come from this table.

#include <functional>
#include <limits>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/language.h"
#include "omniwriter/error.h"

namespace omniwriter {

/// An option, or an argument: what is told by its place. Its type follows from what it is kept in: bool takes no value,
/// a vector any number of them.
struct Option {
  std::string names = {};  ///< "-o,--out"; of an argument what the help calls it, "FILE"
  std::string value = {};  ///< what the help calls its value, "NAME=TARGET"; empty for flags and arguments
  Localized about = {};
  std::variant<bool*, unsigned*, std::string*, std::optional<std::string>*, std::vector<std::string>*> kept_in = {};
  bool required = false;
  std::vector<std::string> choices = {};  ///< empty: any value
  unsigned least = 0;
  unsigned most = std::numeric_limits<unsigned>::max();
  bool separated_by_commas = false;  ///< one value is a list

  [[nodiscard]] bool is_argument() const { return !names.starts_with('-'); }
  [[nodiscard]] bool is_flag() const { return std::holds_alternative<bool*>(kept_in); }
  [[nodiscard]] bool takes_many() const { return std::holds_alternative<std::vector<std::string>*>(kept_in); }
  /// "-o", "--out"
  [[nodiscard]] std::vector<std::string> each_name() const;
  /// The last of them, which is the longest.
  [[nodiscard]] std::string name() const { return each_name().back(); }
};

struct Command {
  std::string name = {};
  Localized about = {};
  /// Gives the exit code; an error ends the program with the exit code of its kind. Empty where a command of `commands`
  /// has to follow.
  std::function<Result<int>()> action = {};
  std::vector<Option> options = {};
  std::list<Command> commands = {};  ///< a list: references to its commands stay

  [[nodiscard]] const Command* find(std::string_view name_of_it) const;
};

/// What a command line asks for.
struct Request {
  std::vector<const Command*> path;  ///< from the program down to the chosen command
  bool help = false;
  bool version = false;
};

/// Reads the command line into what the options are kept in. The options of `program` itself may stand before and
/// behind every command. Errors name what is wrong but no value, for that may be a secret, and come with a hint.
[[nodiscard]] Result<Request> read_arguments(const Command& program, const std::vector<std::string>& arguments);

}  // namespace omniwriter
