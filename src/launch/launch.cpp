#include "launch/launch.h"

#include <array>

#include "base/usage.h"
#include "launch/arguments.h"

namespace omniwriter {
namespace {

const auto& launchers() {
  static const std::array kAll{
      &launcher_k6(),         &launcher_jmeter(), &launcher_gatling(),   &launcher_locust(),     &launcher_vegeta(),
      &launcher_hey(),        &launcher_oha(),    &launcher_artillery(), &launcher_autocannon(), &launcher_wrk(),
      &launcher_bombardier(), &launcher_fortio(), &launcher_bzt()};
  return kAll;
}

}  // namespace

Result<Launch> plan_launch(const LaunchRequest& request, const std::optional<std::string>& results) {
  const Launcher* known = nullptr;
  for (const Launcher* launcher : launchers()) {
    if (known == nullptr && launcher->recognises(request.argv)) known = launcher;
  }
  if (results) {
    Launch launch;
    if (known != nullptr) launch.tool = known->tool;
    launch.command.argv = request.argv;
    launch.results = *results;
    return launch;
  }
  if (known != nullptr) return known->plan(request);
  std::string tools;
  for (const Launcher* launcher : launchers()) tools += (tools.empty() ? "" : ", ") + std::string(launcher->tool);
  return fail_with_hint(ErrorCode::usage, "no load tool is known that is started as " + request.argv.front(),
                        "name the file that it writes its results to: --results FILE. Known are: " + tools);
}

std::string shell_text(const ChildCommand& command) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  const auto quoted = [&](const std::string& text) {
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
  };
  std::string text;
  for (const auto& [name, value] : command.environment) text += name + "=" + quoted(value) + " ";
  for (std::size_t i = 0; i < command.argv.size(); ++i) text += (i == 0 ? "" : " ") + quoted(command.argv[i]);
  if (command.standard_output) text += " > " + quoted(command.standard_output->string());
  return text;
}

}  // namespace omniwriter
