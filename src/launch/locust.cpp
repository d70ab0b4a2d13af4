#include "launch/arguments.h"
#include "launch/launch.h"

namespace omniwriter {
namespace {

// Locust keeps no samples: this tells each, with one write() a row, so that the rows of several processes do not mix.
constexpr std::string_view kPlugIn =
    R"python("""Writes a row for every request to the file OMNIWRITER_RESULTS names. Made by OmniWriter."""

import csv
import io
import os

from locust import events
from locust.runners import LocalRunner

_file = os.open(os.environ["OMNIWRITER_RESULTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_runner = None


@events.init.add_listener
def _keep_runner(environment, **_):
    global _runner
    _runner = environment.runner


@events.request.add_listener
def _write(request_type, name, response_time, response_length, exception=None, start_time=None, response=None, **_):
    # A worker does not know how many users the others have.
    users = _runner.user_count if isinstance(_runner, LocalRunner) else ""
    status = getattr(response, "status_code", None) or ""
    error = ""
    if exception is not None:
        error = f"http_{status}" if isinstance(status, int) and status >= 400 else type(exception).__name__
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow(
        [int(start_time * 1e6), f"{response_time:.6f}", f"{request_type} {name}", status, error,
         response_length or 0, users])
    os.write(_file, row.getvalue().encode())
)python";

bool recognises(const std::vector<std::string>& argv) {
  return program_name(argv) == "locust" || (has_argument(argv, "-m") && has_argument(argv, "locust"));
}

Result<Launch> plan(const LaunchRequest& request) {
  Launch launch;
  launch.tool = "locust";
  launch.results = request.folder / "locust.csv";
  const std::filesystem::path plug_in = request.folder / "omniwriter_locust.py";
  launch.files = {{launch.results, "timestamp,duration_ms,endpoint,status,error,bytes_received,users\n"},
                  {plug_in, std::string(kPlugIn)}};
  launch.command.environment = {{"OMNIWRITER_RESULTS", launch.results.string()}};
  launch.expected = duration_of(request.argv, {"--run-time", "-t"});

  // Of several -f the last counts, so ours joins the user's.
  auto locustfiles = value_of(request.argv, {"--locustfile", "-f"});
  if (!locustfiles) locustfiles = request.environment("LOCUST_LOCUSTFILE");
  launch.command.argv = with_arguments(request.argv, request.argv.size(),
                                       {"-f", locustfiles.value_or("locustfile.py") + "," + plug_in.string()});
  return launch;
}

}  // namespace

const Launcher& launcher_locust() {
  static constexpr Launcher kLauncher{"locust", recognises, plan};
  return kLauncher;
}

}  // namespace omniwriter
