#include "app/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/config.h"
#include "reports/display_width.h"

namespace omniwriter {
namespace {

constexpr int kIndent = 2;
constexpr int kMostLeft = 28;  // what is longer stands on a line of its own

struct Row {
  std::string left;
  std::string right;
};

const Option kHelpOption{.names = "-h,--help",
                         .value = "",
                         .about = {"Mostrar esta ajuda", "Show this help"},
                         .kept_in = static_cast<bool*>(nullptr)};
const Option kVersionOption{.names = "-v,--version",
                            .value = "",
                            .about = {"Mostrar a versão", "Show the version"},
                            .kept_in = static_cast<bool*>(nullptr)};

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string text;
  for (const std::string& each : texts) {
    if (!text.empty()) text += between;
    text += each;
  }
  return text;
}

std::string left_of(const Option& option) {
  std::string left = joined(option.each_name(), ", ");
  if (option.is_argument() && option.takes_many()) left += "...";
  if (!option.value.empty()) left += " " + option.value;
  return left;
}

std::string right_of(const Option& option, Language language) {
  std::string right = option.about.in(language);
  if (!option.choices.empty()) right += fmt::format(" ({})", joined(option.choices, ", "));
  return right;
}

std::string table(const std::string& title, const std::vector<Row>& rows, int columns) {
  if (rows.empty()) return {};
  int widest = 0;
  for (const Row& row : rows) {
    if (const int width = display_width(row.left); width <= kMostLeft) widest = std::max(widest, width);
  }
  const int right = kIndent + widest + 2;
  std::string text = fmt::format("\n{}:\n", title);
  for (const Row& row : rows) {
    std::string line = std::string(kIndent, ' ') + padded_right(row.left, widest);
    if (display_width(row.left) > widest) line += "\n" + std::string(static_cast<std::size_t>(kIndent + widest), ' ');
    line += "  ";
    bool first = true;
    for (const std::string& part : wrapped(row.right, std::max(20, columns - right))) {
      if (!std::exchange(first, false)) line += "\n" + std::string(static_cast<std::size_t>(right), ' ');
      line += part;
    }
    text += line + "\n";
  }
  return text;
}

std::vector<Row> rows_of(const std::vector<Option>& options, bool arguments, Language language) {
  std::vector<Row> rows;
  for (const Option& option : options) {
    if (option.is_argument() == arguments) rows.push_back({left_of(option), right_of(option, language)});
  }
  return rows;
}

std::string usage(const std::vector<const Command*>& path, Language language) {
  const bool pt = language == Language::pt_br;
  std::string text;
  for (const Command* command : path) text += (text.empty() ? "" : " ") + command->name;
  const Command& last = *path.back();
  if (!last.commands.empty()) text += pt ? " COMANDO" : " COMMAND";
  text += pt ? " [OPÇÕES]" : " [OPTIONS]";
  for (const Option& option : last.options) {
    if (!option.is_argument()) continue;
    const std::string left = left_of(option);
    text += option.required ? " " + left : fmt::format(" [{}]", left);
  }
  return text;
}

/// Calls `use` with the path to every command below.
template <typename Use>
void for_each_command(std::vector<const Command*> path, const Use& use) {
  use(path);
  for (const Command& command : path.back()->commands) {
    path.push_back(&command);
    for_each_command(path, use);
    path.pop_back();
  }
}

/// " runs list"; empty for the program itself.
std::string words_of(const std::vector<const Command*>& path) {
  std::string words;
  for (std::size_t i = 1; i < path.size(); ++i) words += " " + path[i]->name;
  return words;
}

/// What may stand in that place, but for values.
std::vector<const Option*> options_of(const std::vector<const Command*>& path) {
  std::vector<const Option*> options{&kHelpOption};
  for (const Command* command : {path.front(), path.back()}) {
    for (const Option& option : command->options) {
      if (!option.is_argument() && std::ranges::count(options, &option) == 0) options.push_back(&option);
    }
  }
  if (path.size() == 1) options.push_back(&kVersionOption);
  return options;
}

std::string bash_script(const Command& program) {
  std::string commands;
  std::string words;
  std::string choices;
  for_each_command({&program}, [&](const std::vector<const Command*>& path) {
    if (path.size() > 1) commands += fmt::format("{}\"{}\"", commands.empty() ? "" : " | ", words_of(path));
    std::vector<std::string> known;
    for (const Command& command : path.back()->commands) known.push_back(command.name);
    for (const Option* option : options_of(path)) {
      for (const std::string& name : option->each_name()) {
        known.push_back(name);
        if (option->choices.empty()) continue;
        const bool common = std::ranges::any_of(program.options, [&](const Option& each) { return &each == option; });
        if (common && path.size() > 1) continue;  // told once
        choices += fmt::format("    {}\"{} {}\") words=\"{}\" ;;\n", common ? "*" : "", common ? "" : words_of(path),
                               name, joined(option->choices, " "));
      }
    }
    for (const Option& option : path.back()->options) {
      if (option.is_argument()) std::ranges::copy(option.choices, std::back_inserter(known));
    }
    words += fmt::format("      \"{}\") words=\"{}\" ;;\n", words_of(path), joined(known, " "));
  });
  return fmt::format(R"(_omniwriter() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= words= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$command ${{COMP_WORDS[i]}}" in
      {}) command="$command ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$command $before" in
{}    *) case "$command" in
{}    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _omniwriter omniwriter
)",
                     commands, choices, words);
}

std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string fish_script(const Command& program, Language language) {
  std::string script;
  const auto add_option = [&](const Option& option, const std::string& where) {
    std::string line = "complete -c omniwriter" + where;
    for (const std::string& name : option.each_name()) {
      line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.choices.empty()) {
      line += " -x -a " + fish_quoted(joined(option.choices, " "));
    } else if (!option.is_flag()) {
      line += " -r";
    }
    script += line + " -d " + fish_quoted(option.about.in(language)) + "\n";
  };
  for_each_command({&program}, [&](const std::vector<const Command*>& path) {
    std::string condition;
    for (std::size_t i = 1; i < path.size(); ++i) {
      condition += (condition.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") + path[i]->name;
    }
    const std::string where = condition.empty() ? "" : " -n " + fish_quoted(condition);
    std::vector<std::string> below;
    for (const Command& command : path.back()->commands) below.push_back(command.name);
    for (const Command& command : path.back()->commands) {
      const std::string none_yet =
          path.size() == 1 ? "__fish_use_subcommand"
                           : fmt::format("{}; and not __fish_seen_subcommand_from {}", condition, joined(below, " "));
      script += fmt::format("complete -c omniwriter -n {} -f -a {} -d {}\n", fish_quoted(none_yet), command.name,
                            fish_quoted(command.about.in(language)));
    }
    for (const Option& option : path.back()->options) {
      if (!option.is_argument()) {
        add_option(option, where);
      } else if (!option.choices.empty()) {
        script += fmt::format("complete -c omniwriter{} -f -a {}\n", where, fish_quoted(joined(option.choices, " ")));
      }
    }
  });
  add_option(kHelpOption, "");
  add_option(kVersionOption, " -n __fish_use_subcommand");
  return script;
}

/// `text` as roff shows it unchanged.
std::string roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  if (escaped.starts_with('.') || escaped.starts_with('\'')) escaped.insert(0, "\\&");
  return escaped;
}

std::string roff_entry(const std::string& left, const std::string& right) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(left), roff(right));
}

}  // namespace

std::string help_text(const std::vector<const Command*>& path, Language language, int columns) {
  const bool pt = language == Language::pt_br;
  const Command& last = *path.back();
  std::string text = fmt::format("{}: {}\n\n", pt ? "Uso" : "Usage", usage(path, language));
  for (const std::string& line : wrapped(last.about.in(language), columns)) text += line + "\n";
  std::vector<Row> commands;
  for (const Command& command : last.commands) commands.push_back({command.name, command.about.in(language)});
  text += table(pt ? "Comandos" : "Commands", commands, columns);
  text += table(pt ? "Argumentos" : "Arguments", rows_of(last.options, true, language), columns);
  if (path.size() > 1) text += table(pt ? "Opções" : "Options", rows_of(last.options, false, language), columns);
  auto common = rows_of(path.front()->options, false, language);
  common.push_back({left_of(kHelpOption), right_of(kHelpOption, language)});
  if (path.size() == 1) common.push_back({left_of(kVersionOption), right_of(kVersionOption, language)});
  text += table(pt ? "Opções comuns" : "Common options", common, columns);
  if (path.size() == 1) {
    text += pt ? "\nMais sobre um comando: omniwriter help COMANDO\nTodas as configurações, e as em vigor: omniwriter "
                 "config\n"
               : "\nMore on a command: omniwriter help COMMAND\nAll settings, and those in effect: omniwriter config\n";
  }
  return text;
}

std::string manual_page(const Command& program, Language language) {
  const bool pt = language == Language::pt_br;
  std::string text = fmt::format(".TH OMNIWRITER 1 \"\" \"omniwriter {}\"\n.SH {}\nomniwriter \\- {}\n",
                                 OMNIWRITER_VERSION, pt ? "NOME" : "NAME", roff(program.about.in(language)));
  text += fmt::format(".SH {}\n{}\n", pt ? "SINOPSE" : "SYNOPSIS", roff(usage({&program}, language)));
  text += fmt::format(".SH {}\n", pt ? "COMANDOS" : "COMMANDS");
  for_each_command({&program}, [&](const std::vector<const Command*>& path) {
    if (path.size() == 1 || !path.back()->commands.empty()) return;
    text += fmt::format(".SS {}\n{}\n", roff(usage(path, language)), roff(path.back()->about.in(language)));
    for (const Option& option : path.back()->options) {
      text += roff_entry(left_of(option), right_of(option, language));
    }
  });
  text += fmt::format(".SH {}\n", pt ? "OPÇÕES COMUNS" : "COMMON OPTIONS");
  for (const Option* option : options_of({&program})) {
    text += roff_entry(left_of(*option), right_of(*option, language));
  }
  text += fmt::format(".SH {}\n", pt ? "AMBIENTE" : "ENVIRONMENT");
  for (const OptionHelp& setting : option_reference()) {
    if (!setting.environment.empty()) text += roff_entry(setting.environment, setting.key);
  }
  return text;
}

std::string completion_script(const Command& program, std::string_view shell, Language language) {
  if (shell == "fish") return fish_script(program, language);
  const std::string script = bash_script(program);
  return shell == "zsh" ? "#compdef omniwriter\nautoload -U +X bashcompinit && bashcompinit\n" + script : script;
}

}  // namespace omniwriter
