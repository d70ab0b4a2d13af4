#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <tuple>
#include <utility>

#include "app/command.h"
#include "app/help.h"
#include "base/try.h"
#include "config/config_file.h"

namespace omniwriter {
namespace {

constexpr const char* kVersionText = "omniwriter " OMNIWRITER_VERSION "\n";

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::not_found:  // a run or an output; of a file of results, `input` is told
    case ErrorCode::conflict:
      return kUsage;
    case ErrorCode::input:
      return kBadInput;
    case ErrorCode::unreachable:
    case ErrorCode::refused:
    case ErrorCode::busy:
      return kSystemFault;
    case ErrorCode::internal:
    case ErrorCode::io:
      break;
  }
  return kInternal;
}

/// The language of the help, and of what is wrong with the arguments: before any file is read.
Language spoken_language(const std::vector<std::string>& arguments, const Environment& environment) {
  constexpr std::string_view kOption = "--lang";
  std::optional<Language> language;
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string_view text = arguments[i];
    if (text == kOption && i + 1 < arguments.size()) language = language_of(arguments[i + 1]);
    if (text.starts_with("--lang=")) language = language_of(text.substr(kOption.size() + 1));
  }
  if (!language) language = language_of(environment("OMNIWRITER_LANG").value_or(""));
  if (!language) language = locale_language(environment);
  return language.value_or(Language::en);
}

/// They may stand before and behind every command.
void add_common_options(Command& table, CommonFlags& flags) {
  table.options = {
      {.names = "--config",
       .value = "FILE",
       .about = {"Arquivo de configuração", "Configuration file"},
       .kept_in = &flags.config},
      {.names = "--store",
       .value = "FILE",
       .about = {"Arquivo SQLite que guarda as execuções", "SQLite file that keeps the runs"},
       .kept_in = &flags.store},
      {.names = "--lang",
       .value = "LANG",
       .about = {"Idioma; padrão: o do ambiente (LC_ALL, LC_MESSAGES, LANG)",
                 "Language; default: that of the locale (LC_ALL, LC_MESSAGES, LANG)"},
       .kept_in = &flags.lang,
       .choices = {"pt-BR", "en"}},
      {.names = "--json", .about = {"Mostrar um só objeto JSON", "Print one JSON object"}, .kept_in = &flags.json},
      {.names = "--quiet",
       .about = {"Mostrar só erros e o que --json pede", "Print only errors and what --json asks for"},
       .kept_in = &flags.quiet},
      {.names = "--verbose",
       .about = {"Dizer na saída de erros o que está sendo feito", "Say on stderr what is being done"},
       .kept_in = &flags.verbose}};
}

void fill(Command& table, Program& program) {
  add_common_options(table, program.flags);
  add_ingest_command(table, program);
  add_follow_command(table, program);
  add_run_command(table, program);
  add_check_command(table, program);
  add_provision_commands(table, program);
  add_integrate_command(table, program);
  add_delivery_commands(table, program);
  add_runs_command(table, program);
  add_report_command(table, program);
  add_compare_command(table, program);
  add_judge_command(table, program);
  add_history_command(table, program);
  add_catalogue_commands(table, program);
  add_help_commands(table, program);
}

Result<int> run(const Command& table, const std::vector<std::string>& arguments, Program& program) {
  const auto request = TRY(read_arguments(table, arguments));
  if (request.version) return printed(program, kVersionText);
  const auto& action = request.path.back()->action;
  if (request.help || !action) {
    return printed(program, help_text(request.path, program.console.language(), program.console.style().width));
  }
  return action();
}

/// Where one of them is closed, the next file would get its number, and what is printed. In its place stands one that
/// can neither be read nor written, so that using it stays an error.
void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) == -1) std::ignore = ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<int> printed(const Program& program, std::string_view text) {
  TRY(program.console.print(text));
  return kDone;
}

Result<Config> load_config(Program& program) {
  if (program.flags.verbose && !program.flags.config) {
    const FoundConfigFile found = find_config_file();
    for (const auto& file : found.foreign) {
      program.console.note(fmt::format("{}: not one setting in it is ours; it is ignored", file.string()));
    }
    if (found.file) program.console.note(fmt::format("configuration: {}", found.file->string()));
  }
  auto config = load_config(program.flags.config, program.environment);
  if (!config) {
    return fail_with_hint(config.error().code, config.error().message, "all settings: docs/configuration.md");
  }
  if (program.flags.store) config->store = *program.flags.store;
  if (program.flags.lang) config->lang = config->spoken = language_of(*program.flags.lang).value_or(config->lang);
  program.console.speak(config->spoken);
  return config;
}

void tell_of_unverified_servers(const Program& program, const Config& config) {
  if (config.unverified.empty() || program.flags.quiet) return;
  const std::string whose = fmt::format("{}", fmt::join(config.unverified, ", "));
  program.console.note(
      fmt::format("WARNING: insecure_skip_verify is on ({}): anybody can pose as these servers, and read passwords and "
                  "tokens; better name their authority in ca_file",
                  whose));
}

Result<std::unique_ptr<RunStore>> open_store(const Config& config) {
  if (config.store.empty()) {
    return fail_with_hint(ErrorCode::usage, "there is no place for the store", "name a file with --store FILE");
  }
  return RunStore::open(config.store);
}

bool tells_of_rights(std::string_view words) {
  return words.find("HTTP 401") != std::string_view::npos || words.find("HTTP 403") != std::string_view::npos;
}

std::function<void(std::string_view, const std::string&)> notices_to(const Program& program) {
  if (program.flags.quiet) return {};
  return [&program](std::string_view output, const std::string& notice) {
    program.console.note(fmt::format("{}: {}", output, notice));
  };
}

int run_program(int argc, const char* const* argv) {
  open_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away shows as a failed write
  std::signal(SIGXFSZ, SIG_IGN);  // and so does a limit of the size of files
  SystemClock clock;
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  Program program{.flags = {},
                  .environment = process_environment,
                  .clock = clock,
                  .console = Console(process_environment, spoken_language(arguments, process_environment))};
  try {
    Command table{.name = "omniwriter",
                  .about = {"Entre qualquer teste de carga e o monitoramento que você já tem.",
                            "Between any load test and the monitoring you already have."}};
    fill(table, program);
    const auto result = run(table, arguments, program);
    if (result) return *result;
    program.console.error(result.error().message);
    return exit_code(result.error().code);
  } catch (const std::exception& error) {  // a bug, or no memory left
    program.console.error(fmt::format("internal error: {}", error.what()));
    return kInternal;
  }
}

void add_help_commands(Command& table, Program& program) {
  const auto path = std::make_shared<std::vector<std::string>>();
  const auto shell = std::make_shared<std::string>();
  table.commands.push_back(
      {.name = "completion",
       .about = {"Mostrar o script que completa comandos e opções em um shell",
                 "Print the script that completes commands and options in a shell"},
       .action = [&table, &program,
                  shell] { return printed(program, completion_script(table, *shell, program.console.language())); },
       .options = {{.names = "SHELL",
                    .about = {"O shell", "The shell"},
                    .kept_in = shell.get(),
                    .required = true,
                    .choices = {"bash", "zsh", "fish"}}}});
  table.commands.push_back(
      {.name = "man",
       .about = {"Mostrar a página de manual: omniwriter man | man -l -",
                 "Print the manual page: omniwriter man | man -l -"},
       .action = [&table, &program] { return printed(program, manual_page(table, program.console.language())); }});
  table.commands.push_back({.name = "help",
                            .about = {"Explicar um comando", "Explain a command"},
                            .action =
                                [&table, &program, path] {
                                  std::vector<std::string> asked = *path;
                                  asked.emplace_back("--help");
                                  return run(table, asked, program);
                                },
                            .options = {{.names = "COMMAND",
                                         .about = {"O comando; padrão: todos", "The command; default: all"},
                                         .kept_in = path.get()}}});
  table.commands.push_back({.name = "version", .about = {"Mostrar a versão", "Show the version"}, .action = [&program] {
                              return printed(program, kVersionText);
                            }});
}

}  // namespace omniwriter
