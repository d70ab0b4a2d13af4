#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <tuple>
#include <utility>

#include "app/command.h"

namespace omniwriter {
namespace {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return kUsage;
    case ErrorCode::input:
      return kBadInput;
    case ErrorCode::unreachable:
    case ErrorCode::refused:
      return kSystemFault;
    case ErrorCode::internal:
    case ErrorCode::io:
      break;
  }
  return kInternal;
}

/// CLI11's message, but for values that were not understood: among them may be a secret.
std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) return error.what();
  const auto commands = app.get_subcommands();
  std::vector<std::string> extras = app.remaining(true);
  if (commands.empty() && !extras.empty() && !extras.front().starts_with('-')) {
    return fmt::format("there is no command \"{}\"", extras.front());
  }
  const auto option = std::ranges::find_if(extras, [](const std::string& text) { return text.starts_with('-'); });
  if (option != extras.end()) return fmt::format("unknown option {}", option->substr(0, option->find('=')));
  return "too many arguments";
}

std::string usage_hint(const CLI::App& app) {
  std::string command = "omniwriter";
  for (const CLI::App* chosen = &app; !chosen->get_subcommands().empty();) {
    chosen = chosen->get_subcommands().front();
    command += " " + chosen->get_name();
  }
  return command + " --help tells more";
}

int run(int argc, const char* const* argv, Program& program) {
  CLI::App app("Between any load test and the monitoring you already have.", "omniwriter");
  app.set_version_flag("--version", "omniwriter " OMNIWRITER_VERSION);
  app.require_subcommand(0, 1);
  add_common_flags(app, program.flags);
  add_ingest_command(app, program);
  add_follow_command(app, program);
  add_run_command(app, program);
  add_check_command(app, program);
  add_provision_commands(app, program);
  add_integrate_command(app, program);
  add_delivery_commands(app, program);
  add_runs_command(app, program);
  add_report_command(app, program);
  app.footer("Settings and their environment variables: docs/configuration.md");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    program.console.error(fmt::format("{}\n{}", usage_message(app, error), usage_hint(app)));
    return kUsage;
  }
  if (!program.action) {
    program.console.error(fmt::format("a command is missing\n{}", usage_hint(app)));
    return kUsage;
  }
  const auto result = program.action();
  if (result) return *result;
  program.console.error(result.error().message);
  return exit_code(result.error().code);
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

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  const auto group = "Common options";
  app.add_option("--config", flags.config, "Configuration file")->type_name("FILE")->group(group);
  app.add_option("--store", flags.store, "SQLite file that keeps the runs")->type_name("FILE")->group(group);
  app.add_option("--lang", flags.lang, "Language of reports: pt-BR or en")
      ->type_name("LANG")
      ->check(CLI::IsMember({"pt-BR", "en"}))
      ->group(group);
  app.add_flag("--json", flags.json, "Print one JSON object")->group(group);
  app.add_flag("--quiet", flags.quiet, "Print errors, and what --json asks for, alone")->group(group);
  app.add_flag("--verbose", flags.verbose, "Tell on stderr what is done")->group(group);
}

Result<Config> load_config(const Program& program) {
  auto config = load_config(program.flags.config, program.environment);
  if (!config) {
    return fail_with_hint(config.error().code, config.error().message, "all settings: docs/configuration.md");
  }
  if (program.flags.store) config->store = *program.flags.store;
  if (program.flags.lang) config->lang = language_of(*program.flags.lang).value_or(config->lang);
  return config;
}

void tell_of_unverified_servers(const Program& program, const Config& config) {
  if (config.unverified.empty() || program.flags.quiet) return;
  const std::string whose = fmt::format("{}", fmt::join(config.unverified, ", "));
  program.console.note(
      config.lang == Language::pt_br
          ? fmt::format(
                "ATENÇÃO: insecure_skip_verify está ligado ({}): qualquer um pode se passar por esses servidores "
                "e ler senhas e tokens; o certo é indicar a autoridade deles em ca_file",
                whose)
          : fmt::format(
                "WARNING: insecure_skip_verify is on ({}): anybody can pose as these servers, and read passwords "
                "and tokens; better name their authority in ca_file",
                whose));
}

Result<std::unique_ptr<RunStore>> open_store(const Config& config) {
  if (config.store.empty()) {
    return fail_with_hint(ErrorCode::usage, "there is no place for the store", "name a file with --store FILE");
  }
  return RunStore::open(config.store);
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
  Program program{.flags = {},
                  .environment = process_environment,
                  .clock = clock,
                  .console = Console(process_environment),
                  .action = {}};
  try {
    return run(argc, argv, program);
  } catch (const std::exception& error) {  // a bug, or no memory left
    program.console.error(fmt::format("internal error: {}", error.what()));
    return kInternal;
  }
}

}  // namespace omniwriter
