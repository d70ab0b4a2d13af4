"""Criteria and baselines the way users set them: exit codes, JSON, what the terminal says, tests that are stopped. Needs
no server.

Needs OMNIWRITER_PROGRAM, the program to test."""

import json
import os
import pathlib
import signal
import stat
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
HEADER = "timestamp,duration_ms,endpoint,status,error\n"
START = 1795447776590


def rows(count=4000, slower=1.0, error_every=0, a_second=10, start=START):
    """A steady test: durations from 10 to 50 ms, in an order that looks like chance."""
    text = []
    for i in range(count):
        failed = error_every and i % error_every == 0
        text.append(f"{start + 1000 * i // a_second},{(10 + i * 7919 % 4001 / 100) * slower:.3f},/{'ab'[i % 4 == 0]},"
                    f"{'500,http_500' if failed else '200,'}\n")
    return text


class JudgeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {"HOME": str(self.folder), "TMPDIR": str(self.folder), "TZ": "UTC",
                            "PATH": os.environ["PATH"]}

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def results(self, name="results.csv", **how):
        return self.write(name, HEADER + "".join(rows(**how)))

    def run_program(self, *arguments, **environment):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env={**self.environment, **environment},
                              capture_output=True, text=True, timeout=120, check=False)

    def ends(self, code, *arguments, **environment):
        done = self.run_program(*arguments, **environment)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def judged(self, code, *arguments, **environment):
        return json.loads(self.ends(code, *arguments, "--json", **environment).stdout)

    def ingest(self, code, *arguments, **environment):
        return self.judged(code, "ingest", "results.csv", "--no-outputs", *arguments, **environment)

    def verdicts(self, report):
        return {one["criterion"]: one["verdict"] for one in report["criteria"]}


class Criteria(JudgeTest):
    def test_what_holds_and_what_does_not(self):
        self.results(error_every=50)
        report = self.ingest(0, "--threshold", "p95<300ms", "--threshold", "errors<5%")
        self.assertEqual(report["verdict"], "pass")
        self.assertEqual(self.verdicts(report), {"p95<300ms": "pass", "errors<5%": "pass"})
        report = self.ingest(99, "--threshold", "p95<300ms", "--threshold", "errors<1%")
        self.assertEqual((report["verdict"], self.verdicts(report)), ("fail", {"p95<300ms": "pass", "errors<1%": "fail"}))
        observed = {one["criterion"]: one["observed"] for one in report["criteria"]}
        self.assertAlmostEqual(observed["errors<1%"], 0.02, places=4)
        self.assertAlmostEqual(observed["p95<300ms"], 0.048, delta=0.002)

    def test_a_warning_changes_no_exit_code(self):
        self.results(error_every=50)
        report = self.ingest(0, "--warn", "errors<1%", "--threshold", "p95<300ms")
        self.assertEqual((report["verdict"], self.verdicts(report)), ("warn", {"p95<300ms": "pass", "errors<1%": "warn"}))

    def test_without_criteria_the_alerts_warn_and_there_is_no_verdict(self):
        self.results()
        report = self.ingest(0)
        self.assertEqual((report["verdict"], report["criteria"]), (None, []))
        self.results(error_every=5)
        report = self.ingest(0, "--strict")
        self.assertIsNone(report["verdict"])
        self.assertEqual([one["verdict"] for one in report["criteria"]], ["warn"])
        self.assertAlmostEqual(report["criteria"][0]["observed"], 0.2, places=3)

    def test_a_criterion_that_nobody_understands_is_an_error_before_anything_is_read(self):
        done = self.ends(2, "ingest", "absent.csv", "--threshold", "p95<300q")
        self.assertIn("\n  p95<300q\n         ^\n", done.stderr)
        self.assertNotIn("hint:   p95", done.stderr)
        done = self.ends(2, "ingest", "absent.csv", "--threshold", "p95>", "--lang", "pt-BR")
        self.assertIn("omniwriter: erro: ", done.stderr)
        self.assertNotIn("missing", done.stderr)

    def test_what_cannot_be_told_ends_with_a_code_where_that_is_asked_for(self):
        self.results()
        report = self.ingest(0, "--threshold", "p99.99<1s")
        self.assertEqual(report["verdict"], "inconclusive")
        self.ingest(97, "--threshold", "p99.99<1s", "--strict")
        self.ingest(97, "--threshold", "p99.99<1s", OMNIWRITER_JUDGE_STRICT="true")

    def test_the_judgement_is_stored(self):
        self.results(error_every=50)
        report = self.ingest(99, "--threshold", "errors<1%")
        for command in (["runs", "show", "latest"], ["report", "latest", "--format", "json"]):
            stored = self.judged(0, *command)
            self.assertEqual((stored["verdict"], stored["criteria"]), ("fail", report["criteria"]))

    def test_quiet_tells_what_failed(self):
        self.results(error_every=50)
        done = self.ends(99, "ingest", "results.csv", "--no-outputs", "--quiet", "--threshold", "errors<1%")
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("omniwriter: error: "), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        done = self.ends(99, "ingest", "results.csv", "--no-outputs", "--threshold", "errors<1%", "--lang", "pt-BR")
        self.assertIn("errors<1%", done.stdout)

    def test_a_failed_criterion_counts_more_than_a_delivery_that_is_incomplete(self):
        self.results(error_every=50)
        out = ["ingest", "results.csv", "-o", "influxdb=http://127.0.0.1:1"]
        self.judged(4, *out, "--threshold", "p95<300ms")
        self.judged(99, *out, "--threshold", "errors<1%")
        self.judged(97, *out, "--threshold", "p99.99<1s", "--strict")


class Configuration(JudgeTest):
    def test_criteria_of_the_file_of_the_environment_and_of_flags(self):
        self.results(error_every=50)
        self.write("omniwriter.yaml", """criteria:
  response_time{endpoint="/a"}: ["p(95)<300ms"]
  errors:
    - threshold: rate<1%
      abortOnFail: true
      delayAbortEval: 10s
warn: [p99<1ms]
""")
        report = self.ingest(99)
        self.assertEqual(list(self.verdicts(report).values()), ["pass", "fail", "warn"])
        report = self.ingest(0, OMNIWRITER_CRITERIA="errors<5%; p50<1s")
        self.assertEqual(self.verdicts(report), {"errors<5%": "pass", "p50<1s": "pass", "p99<1ms": "warn"})
        report = self.ingest(0, "--threshold", "errors<6%", OMNIWRITER_CRITERIA="errors<1%")
        self.assertEqual(self.verdicts(report), {"errors<6%": "pass", "p99<1ms": "warn"})
        report = self.ingest(0, "--threshold", "errors<6%", "--warn", "p99<1s")
        self.assertEqual(report["verdict"], "pass")

    def test_errors_name_their_place(self):
        self.write("omniwriter.yaml", "criteria:\n  - p95<300ms\n  - p95<<300ms\n")
        done = self.ends(2, "ingest", "results.csv")
        self.assertIn("omniwriter.yaml:2: criteria: ", done.stderr)

    def test_a_file_of_criteria(self):
        self.results(error_every=50)
        self.write("slo.yaml", "- p95<300ms\n- errors<1%\n")
        report = self.ingest(99, "--criteria", "slo.yaml")
        self.assertEqual(self.verdicts(report), {"p95<300ms": "pass", "errors<1%": "fail"})
        self.ends(2, "ingest", "results.csv", "--criteria", "absent.yaml")


class Baseline(JudgeTest):
    def test_worse_than_the_run_before(self):
        self.results()
        first = self.ingest(0, "--baseline", "last-passed")
        self.assertIsNone(first["verdict"], "there is nothing yet to compare with")
        self.write("results.csv", HEADER + "".join(rows(slower=1.5, start=START + 3_600_000)))
        report = self.ingest(98, "--baseline", "last-passed")
        self.assertEqual((report["verdict"], report["comparison"]["verdict"]), ("fail", "worse"))
        self.assertEqual(report["comparison"]["base"], [first["run_id"]])
        report = self.ingest(98, "--baseline", first["run_id"])
        self.ingest(99, "--baseline", first["run_id"], "--threshold", "p95<10ms")
        self.write("base.csv", HEADER + "".join(rows()))
        self.ingest(98, "--baseline", "base.csv")

    def test_a_baseline_that_is_not_there_is_told_before_anything_is_read(self):
        self.ends(2, "ingest", "absent.csv", "--baseline", "nobody")


class OtherCriteria(JudgeTest):
    def test_a_stored_run_is_judged_again(self):
        self.results(error_every=50)
        self.ingest(0, "--threshold", "errors<5%")
        report = self.judged(99, "judge", "latest", "--threshold", "errors<1%")
        self.assertEqual(self.verdicts(report), {"errors<1%": "fail"})
        self.assertEqual(self.verdicts(self.judged(0, "runs", "show", "latest")), {"errors<5%": "pass"})

    def test_criteria_are_tried_on_the_last_runs(self):
        for i in range(5):
            self.write("results.csv", HEADER + "".join(rows(error_every=0 if i % 2 else 50, start=START + i * 3_600_000)))
            self.ingest(0, "--threshold", "p95<1s")
        tried = self.judged(0, "judge", "latest", "--last", "20", "--threshold", "errors<1%", "--threshold", "p95<1s")
        self.assertEqual(tried["runs"], 5)
        self.assertEqual([one["broken"] for one in tried["criteria"]], [3, 0])
        done = self.ends(0, "judge", "latest", "--last", "2", "--threshold", "errors<1%", "--lang", "pt-BR")
        self.assertIn("errors<1%: não cumprido em 1 das últimas 2 execuções", done.stdout)
        self.ends(2, "judge", "latest", "--last", "2")


class WhileItRuns(JudgeTest):
    """The tool is a shell script that writes a test of minutes within seconds."""

    def tool(self, pieces, code=0, pause=0.3):
        for i, piece in enumerate(pieces):
            self.write(f"piece-{i}.csv", piece)
        body = "".join(f"cat piece-{i}.csv >> out.csv\nsleep {pause}\n" for i in range(len(pieces)))
        self.write("tool.sh", f"#!/bin/sh\n: > out.csv\n{body}echo end > ended\nexit {code}\n")
        os.chmod(self.folder / "tool.sh", stat.S_IRWXU)
        return ["run", "--results", "out.csv", "--no-outputs", "--vitals", "none"]

    def pieces(self, **how):
        all_rows = rows(**how)
        return [HEADER + "".join(all_rows[:500])] + ["".join(all_rows[i:i + 100]) for i in range(500, len(all_rows), 100)]

    def test_a_criterion_that_is_not_met_is_told_once(self):
        done = self.ends(99, *self.tool(self.pieces(error_every=10, count=2500)), "--threshold", "errors<1%", "--",
                         "./tool.sh")
        self.assertEqual(done.stderr.count("so far the criterion \"errors<1%\" is not met"), 1, done.stderr)
        self.assertTrue((self.folder / "ended").exists(), "it went on to its end")

    def test_a_criterion_may_stop_the_test(self):
        self.write("slo.yaml", "criteria:\n  errors:\n    - {threshold: rate<1%, abortOnFail: true, delayAbortEval: 10s}\n")
        tool = self.tool(self.pieces(error_every=10, count=4000))
        done = self.ends(99, *tool, "--config", "slo.yaml", "--json", "--", "./tool.sh")
        self.assertFalse((self.folder / "ended").exists(), "the tool was stopped")
        self.assertIn("the test is stopped", done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual([one["verdict"] for one in report["criteria"]], ["fail"])
        self.assertLess(report["samples"], 4000)

    def test_it_is_not_stopped_before_its_time(self):
        self.write("slo.yaml", "criteria:\n  errors:\n    - {threshold: rate<1%, abortOnFail: true, delayAbortEval: 1h}\n")
        tool = self.tool(self.pieces(error_every=10, count=2500))
        done = self.ends(99, *tool, "--config", "slo.yaml", "--lang", "pt-BR", "--", "./tool.sh")
        self.assertTrue((self.folder / "ended").exists())

    def test_it_ends_once_its_numbers_are_exact_enough(self):
        done = self.ends(0, *self.tool(self.pieces(count=4000)), "--until-precise", "20%", "--json", "--", "./tool.sh")
        self.assertFalse((self.folder / "ended").exists(), "the tool was stopped")
        self.assertIn("ends the test, for its numbers are exact enough: p95 ", done.stderr)
        report = json.loads(done.stdout)
        self.assertGreaterEqual(report["duration_seconds"], 60)
        self.assertLess(report["samples"], 4000)
        self.ends(2, "run", "--until-precise", "0", "--", "./tool.sh")

    def test_the_code_of_the_tool_and_ours(self):
        tool = self.tool(self.pieces(error_every=10, count=600), code=7)
        self.ends(7, *tool, "--threshold", "errors<50%", "--", "./tool.sh")
        self.ends(7, *tool, "--threshold", "p99.99<1s", "--strict", "--", "./tool.sh")
        self.ends(99, *tool, "--threshold", "errors<1%", "--", "./tool.sh")

    def test_follow_tells_and_goes_on(self):
        self.results(error_every=10)
        done = self.ends(99, "follow", "results.csv", "--idle", "3", "--no-outputs", "--threshold", "errors<1%", "--lang",
                         "pt-BR")
        self.assertIn("errors<1%", done.stderr)


class Repeated(JudgeTest):
    def test_runs_are_kept_apart_and_judged_together(self):
        self.write("tool.sh", "#!/bin/sh\nn=$(cat n 2>/dev/null || echo 0)\necho $((n+1)) > n\ncat run-$n.csv > out.csv\n")
        os.chmod(self.folder / "tool.sh", stat.S_IRWXU)
        for i in range(3):
            self.write(f"run-{i}.csv", HEADER + "".join(rows(error_every=50 if i == 1 else 0, start=START + i * 3_600_000)))
        run = ["run", "--repeat", "3", "--results", "out.csv", "--no-outputs", "--vitals", "none"]
        done = self.ends(99, *run, "--threshold", "errors<1%", "--json", "--", "./tool.sh")
        report = json.loads(done.stdout)
        self.assertEqual((report["verdict"], [one["verdict"] for one in report["runs"]]), ("fail", ["pass", "fail", "pass"]))
        listed = self.judged(0, "runs", "list", "--tag", "repeat=" + report["repeat"])
        self.assertEqual({one["run_id"] for one in listed["runs"]}, {one["run_id"] for one in report["runs"]})
        self.ends(2, *run, "--run-id", "x", "--", "./tool.sh")

    def test_a_test_is_run_again_while_nothing_can_be_said(self):
        self.write("tool.sh", "#!/bin/sh\nn=$(cat n 2>/dev/null || echo 0)\necho $((n+1)) > n\ncat run-$n.csv > out.csv\n")
        os.chmod(self.folder / "tool.sh", stat.S_IRWXU)
        for i in range(4):  # the first is too short for the percentile
            self.write(f"run-{i}.csv", HEADER + "".join(rows(count=40 if i == 0 else 4000, start=START + i * 3_600_000)))
        run = ["run", "--retry-on-anomaly", "3", "--results", "out.csv", "--no-outputs", "--vitals", "none", "--threshold",
               "p99<1s"]
        report = json.loads(self.ends(0, *run, "--json", "--", "./tool.sh").stdout)
        self.assertEqual([one["verdict"] for one in report["runs"]], ["inconclusive"] + ["pass"] * (len(report["runs"]) - 1))
        self.ends(2, *run, "--repeat", "2", "--", "./tool.sh")

    def test_all_of_them_are_compared_with_the_baseline(self):
        self.results()
        self.ingest(0, "--test-name", "tool", "--tag", "branch=main")
        self.write("tool.sh", "#!/bin/sh\nn=$(cat n 2>/dev/null || echo 0)\necho $((n+1)) > n\ncat run-$n.csv > out.csv\n")
        os.chmod(self.folder / "tool.sh", stat.S_IRWXU)
        for i in range(3):
            self.write(f"run-{i}.csv", HEADER + "".join(rows(slower=1.5, start=START + (i + 1) * 3_600_000)))
        done = self.ends(98, "run", "--repeat", "3", "--results", "out.csv", "--no-outputs", "--vitals", "none", "--baseline",
                         "last-passed", "--json", "--", "./tool.sh")
        report = json.loads(done.stdout)
        self.assertEqual(len(report["runs"][0]["comparison"]["candidate"]), 3)


if __name__ == "__main__":
    unittest.main()
