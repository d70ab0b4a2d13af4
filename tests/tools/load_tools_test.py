"""Real load tools started by `omniwriter run`, with a server behind them that counts what it has answered.

Needs OMNIWRITER_PROGRAM, the program to test, and what tools/load_tools.sh installs."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE)]

# pylint: disable=wrong-import-position
from servers import eventually  # noqa: E402
from target import Target  # noqa: E402

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
SCENARIOS = HERE / "scenarios"
TOOLS = pathlib.Path(os.environ.get("OMNIWRITER_CACHE") or pathlib.Path.home() / ".cache" / "omniwriter") / "tools"
RATE = 5000


def path_of(endpoint):
    """`GET http://127.0.0.1:8080/fast?x=1`, `GET /fast` and `/fast` are all /fast."""
    return urllib.parse.urlsplit(endpoint.split(" ")[-1]).path


class LoadToolTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.target = self.enterContext(Target())
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {"PATH": os.pathsep.join([str(TOOLS / "bin"), os.environ["PATH"], "/usr/sbin"]),
                            "HOME": str(self.folder), "TARGET": self.target.url, "TZ": "UTC"}

    def omniwriter(self, *arguments, exit_code=0):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, exit_code, done.stderr.decode(errors="replace")[-3000:])
        return done.stdout.decode()

    def stored(self):
        """The report of the only run in the store."""
        (row,) = json.loads(self.omniwriter("runs", "list", "--json", "--store", "runs.db"))["runs"]
        return json.loads(self.omniwriter("runs", "show", row["run_id"], "--json", "--store", "runs.db"))

    def run_tool(self, *command, exit_code=0, **environment):
        """The report of a run, after the server has closed its books."""
        self.environment.update(environment)
        self.omniwriter("run", "--no-outputs", "--store", "runs.db", "--", *command, exit_code=exit_code)
        self.target.close_books()
        return self.stored()

    def assert_refereed(self, report, in_flight=0):
        """`in_flight`: how many answers a tool may have thrown away that stops on time."""
        answers, errors = self.target.answers, self.target.errors
        self.assertGreater(errors.total(), 0)
        self.assertLess(errors.total(), answers.total())
        self.assertEqual(report["bad_records"], 0)
        lost = answers.total() - report["samples"]
        self.assertTrue(0 <= lost <= in_flight, f"{lost} of {answers.total()} answers are missing")
        lost_errors = errors.total() - report["errors"]
        self.assertTrue(0 <= lost_errors <= in_flight, f"{lost_errors} of {errors.total()} errors are missing")
        self.assertEqual(sum(entry["count"] for entry in report["errors_by_type"]), report["errors"])

    def assert_refereed_by_endpoint(self, report):
        self.assert_refereed(report)
        self.assertEqual({path_of(entry["endpoint"]): entry["samples"] for entry in report["endpoints"]},
                         dict(self.target.answers))
        self.assertEqual({path_of(entry["endpoint"]): entry["errors"] for entry in report["endpoints"]},
                         dict(self.target.errors))

    def assert_rate(self, report, at_least=RATE):
        """Less than RATE is asked of tools that need most of two cores for it, beside their target."""
        print(f"\n{report['tool']}: {report['samples']} requests at {report['throughput_rps']:.0f}/s, none lost",
              file=sys.stderr)
        self.assertGreaterEqual(report["throughput_rps"], at_least)


class K6Test(LoadToolTest):
    def test_every_request(self):
        report = self.run_tool("k6", "run", "--quiet", SCENARIOS / "k6.js", SCENARIO="mixed")
        self.assertEqual(report["tool"], "k6")
        self.assert_refereed_by_endpoint(report)
        (slow,) = [entry for entry in report["endpoints"] if path_of(entry["endpoint"]) == "/slow"]
        self.assertGreater(slow["response_time_seconds"]["min"], 0.15)
        self.assertLess(report["response_time_seconds"]["p50"], 0.15)

    def test_crossed_thresholds_give_its_exit_code(self):
        report = self.run_tool("k6", "run", "--quiet", SCENARIOS / "k6.js", SCENARIO="mixed", STRICT="1", exit_code=99)
        self.assert_refereed_by_endpoint(report)

    def test_a_high_rate(self):
        report = self.run_tool("k6", "run", "--quiet", SCENARIOS / "k6.js", SCENARIO="rate", RATE=str(RATE // 2))
        self.assert_refereed_by_endpoint(report)
        self.assert_rate(report, RATE // 4)

    def test_an_interrupt_ends_tool_and_run(self):
        self.environment["SCENARIO"] = "endless"
        with subprocess.Popen([PROGRAM, "run", "--no-outputs", "--store", "runs.db", "--", "k6", "run", "--quiet",
                               str(SCENARIOS / "k6.js")], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            eventually(lambda: self.target.has_answered("/fast"), "a request")
            process.send_signal(signal.SIGINT)
            _, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 105, log.decode(errors="replace")[-3000:])
        self.target.close_books()
        report = self.stored()
        self.assertGreater(report["samples"], 0)
        self.assertEqual(report["samples"], self.target.answers["/fast"])


class JmeterTest(LoadToolTest):
    def jmeter(self, *arguments, loops, **options):
        return self.run_tool("jmeter", "-n", "-t", SCENARIOS / "jmeter.jmx", f"-Jport={self.target.port}",
                             f"-Jloops={loops}", *arguments, **options)

    def test_every_request(self):
        report = self.jmeter(loops=200)
        self.assertEqual(report["tool"], "jmeter")
        self.assert_refereed_by_endpoint(report)
        self.assertEqual(report["samples"], 4 * 3 * 200)

    def test_its_own_file_is_followed_and_kept(self):
        report = self.jmeter("-l", "own.jtl", "-Jjmeter.save.saveservice.output_format=xml", loops=50)
        self.assert_refereed_by_endpoint(report)
        self.assertIn("</testResults>", (self.folder / "own.jtl").read_text())

    def test_a_high_rate(self):
        report = self.jmeter(loops=6000)
        self.assert_refereed_by_endpoint(report)
        self.assert_rate(report, RATE // 2)


class VegetaTest(LoadToolTest):
    def test_a_high_rate(self):
        (self.folder / "targets").write_text("".join(f"GET {self.target.url}{path}\n" for path in
                                                     ("/fast", "/flaky", "/missing")))
        report = self.run_tool("vegeta", "attack", f"-rate={RATE * 6 // 5}/s", "-duration=5s", "-max-workers=200",
                               "-targets=targets")
        self.assertEqual(report["tool"], "vegeta")
        self.assert_refereed_by_endpoint(report)
        self.assert_rate(report, RATE // 2)


class HeyTest(LoadToolTest):
    def test_a_high_rate(self):
        report = self.run_tool("hey", "-n", "60000", "-c", "20", self.target.url + "/flaky")
        self.assertEqual(report["tool"], "hey")
        self.assertEqual(report["samples"], 60000)
        self.assert_refereed(report)
        self.assert_rate(report)


class LocustTest(LoadToolTest):
    def locust(self, *arguments, exit_code=1):
        return self.run_tool("locust", "-f", SCENARIOS / "locustfile.py", "--headless", "-u", "10", "-r", "10", "-t", "3s",
                             "--stop-timeout", "5", "--only-summary", "--host", self.target.url, *arguments,
                             exit_code=exit_code)

    def test_every_request(self):
        report = self.locust()
        self.assertEqual(report["tool"], "locust")
        self.assert_refereed_by_endpoint(report)

    def test_several_processes(self):
        self.assert_refereed_by_endpoint(self.locust("--processes", "2", "--exit-code-on-error", "7", exit_code=7))


class WrkTest(LoadToolTest):
    CONNECTIONS = 16

    def test_a_high_rate(self):
        report = self.run_tool("wrk", "-t", "1", "-c", str(self.CONNECTIONS), "-d", "3s", self.target.url + "/flaky")
        self.assertEqual(report["tool"], "wrk")
        self.assert_refereed(report, in_flight=self.CONNECTIONS)
        self.assert_rate(report)

    def test_times_are_of_requests_that_were_made(self):
        report = self.run_tool("wrk", "-t", "2", "-c", str(self.CONNECTIONS), "-d", "2s", self.target.url + "/slow")
        answers = self.target.answers["/slow"]
        self.assertTrue(0 <= answers - report["samples"] <= self.CONNECTIONS, f"{report['samples']} of {answers}")
        # wrk tells no minimum. The requests that it adds for those it could not make would lie below.
        self.assertGreater(report["response_time_seconds"]["p50"], 0.15)


class GatlingTest(LoadToolTest):
    def setUp(self):
        super().setUp()
        subprocess.run(["javac", "-cp", TOOLS / "gatling" / "lib" / "*", "-d", self.folder,
                        SCENARIOS / "LuckSimulation.java"], check=True, capture_output=True)
        self.environment["GATLING_CLASSES"] = str(self.folder)

    def test_every_request(self):
        report = self.run_tool("gatling", "-s", "LuckSimulation", MOST_FAILED="50")
        self.assertEqual(report["tool"], "gatling")
        self.assert_refereed_by_endpoint(report)
        self.assertEqual(report["samples"], 1000)

    def test_a_failed_assertion_gives_its_exit_code(self):
        self.assert_refereed_by_endpoint(self.run_tool("gatling", "-s", "LuckSimulation", MOST_FAILED="1", exit_code=2))


class ReportedTest(LoadToolTest):
    """Tools that only tell sums: counts are theirs, and exact."""

    def test_autocannon(self):
        report = self.run_tool("autocannon", "-c", "5", "-a", "1000", self.target.url + "/flaky")
        self.assertEqual(report["tool"], "autocannon")
        self.assert_refereed(report)

    def test_artillery(self):
        report = self.run_tool("artillery", "run", "--target", self.target.url, SCENARIOS / "artillery.yml")
        self.assertEqual(report["tool"], "artillery")
        self.assert_refereed(report)


class RefereeTest(LoadToolTest):
    def test_its_log_says_the_same(self):
        subprocess.run(["hey", "-n", "2000", "-c", "10", self.target.url + "/flaky"], check=True, capture_output=True)
        subprocess.run(["hey", "-n", "20", "-c", "10", self.target.url + "/slow"], check=True, capture_output=True)
        self.target.close_books()
        self.omniwriter("ingest", "--no-outputs", "--store", "runs.db", self.target.access_log)
        self.assert_refereed_by_endpoint(self.stored())


if __name__ == "__main__":
    unittest.main()
