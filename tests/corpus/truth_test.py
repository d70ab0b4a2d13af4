"""Holds `omniwriter ingest` to the load tools' own summaries and to the true value at every rank.

Needs OMNIWRITER_PROGRAM, the program to test."""

import collections
import csv
import datetime
import io
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time
import unittest

import phases
import truth
import truth_table

CORPUS = pathlib.Path(__file__).parent
JMETER = CORPUS / "jmeter"
K6 = CORPUS / "k6"
GATLING = CORPUS / "gatling"
VEGETA = CORPUS / "vegeta"
TRUNCATED = CORPUS / "truncated"
HEY_SUMMARY = CORPUS / "hey" / "drop.summary.txt"
PROGRAM = os.environ["OMNIWRITER_PROGRAM"]

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99_9": 0.999}
BOUND = 0.0027076  # (b-1)/(b+1) with b = 2^(2^-7)


def run(*arguments, stdin=None):
    """`ingest` in a folder of its own, so that no configuration and no store of the machine takes part."""
    environment = {"PATH": os.environ["PATH"], "TZ": "UTC"}
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([PROGRAM, "ingest", "--no-outputs", "--store", folder + "/runs.db", *map(str, arguments)],
                              cwd=folder, env=environment, input=stdin, capture_output=True, timeout=120, check=False)


def ingest(*arguments, stdin=None):
    done = run("--json", *arguments, stdin=stdin)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


class TruthTest(unittest.TestCase):
    maxDiff = None

    def assert_times(self, times, durations_ns):
        """Mean, extremes and percentiles of a response_time_seconds object against all the samples."""
        self.assertAlmostEqual(times["relative_error"], BOUND, places=6)
        self.assertAlmostEqual(times["min"], min(durations_ns) / 1e9, places=9)
        self.assertAlmostEqual(times["max"], max(durations_ns) / 1e9, places=9)
        self.assertAlmostEqual(times["mean"], sum(durations_ns) / len(durations_ns) / 1e9, places=9)
        for name, quantile in QUANTILES.items():
            true = truth.at_rank(durations_ns, quantile)
            self.assertAlmostEqual(times[name], true, delta=true * BOUND + 1e-12, msg=name)
        seconds = [duration / 1e9 for duration in durations_ns]
        root_mean_square = math.sqrt(math.fsum(one * one for one in seconds) / len(seconds))
        self.assertAlmostEqual(times["stddev"], statistics.pstdev(seconds), delta=root_mean_square * BOUND + 1e-12)

    def assert_apdex(self, report, samples):
        """Of half a second, as JMeter counts; equal where nothing failed."""
        threshold = report["apdex_threshold_seconds"] * 1e9
        good = [sample.duration_ns for sample in samples if sample.ok]
        satisfied = sum(duration <= threshold for duration in good)
        tolerating = sum(threshold < duration <= 4 * threshold for duration in good)
        true = (satisfied + tolerating / 2) / len(samples)
        self.assertLessEqual(report["apdex"], true + 1e-12)
        self.assertGreaterEqual(report["apdex_at_most"], true - 1e-12)
        failed = len(samples) - len(good)
        self.assertLessEqual(report["apdex_at_most"] - report["apdex"], failed / len(samples) + 1e-12)

    def assert_near_tool(self, times, durations_ns, name, tool_seconds):
        """The tool interpolates between samples; we name a sample. Both lie between the samples around the rank."""
        low, high = truth.neighbours(durations_ns, QUANTILES[name])
        self.assertTrue(low - 1e-9 <= tool_seconds <= high + 1e-9, f"{name}: {tool_seconds} not in [{low}, {high}]")
        self.assertLessEqual(times[name], high * (1 + BOUND) + 1e-12)
        self.assertGreaterEqual(times[name], low * (1 - BOUND) - 1e-12)

    def assert_counts(self, report, samples):
        errors = sum(not sample.ok for sample in samples)
        self.assertEqual(report["samples"], len(samples))
        self.assertEqual(report["errors"], errors)
        self.assertAlmostEqual(report["error_ratio"], errors / len(samples), places=9)
        self.assertEqual(sum(entry["count"] for entry in report["errors_by_type"]), errors)
        self.assertEqual(sum(entry["samples"] for entry in report["endpoints"]), len(samples))
        self.assertEqual(sum(entry["errors"] for entry in report["endpoints"]), errors)

    def assert_span(self, report, samples, delta=1e-6):
        first = min(sample.start for sample in samples)
        last = max(sample.start + sample.duration_ns / 1e9 for sample in samples)
        self.assertAlmostEqual(report["duration_seconds"], last - first, delta=delta)
        if delta < 1e-3:
            rate = len(samples) / (last - first)  # of times that Python keeps to a quarter of a microsecond
            self.assertAlmostEqual(report["throughput_rps"], rate, delta=max(0.0005, 1e-6 * rate))

    def assert_endpoints(self, report, samples):
        by_name = {}
        for sample in samples:
            by_name.setdefault(sample.endpoint, []).append(sample)
        self.assertEqual({entry["endpoint"] for entry in report["endpoints"]}, set(by_name))
        for entry in report["endpoints"]:
            own = by_name[entry["endpoint"]]
            with self.subTest(endpoint=entry["endpoint"]):
                self.assertEqual(entry["samples"], len(own))
                self.assertEqual(entry["errors"], sum(not sample.ok for sample in own))
                self.assert_times(entry["response_time_seconds"], [sample.duration_ns for sample in own])


class JMeterTest(TruthTest):
    def check(self, name, *, summary=True):
        path = (JMETER if summary else TRUNCATED) / f"{name}.jtl"
        counted, _, transactions, within = (truth.jmeter_xml if "xml" in name else truth.jmeter_csv)(path)
        durations = [sample.duration_ns for sample in counted]
        report = ingest(path)
        self.assertEqual(report["tool"], "jmeter")
        self.assert_counts(report, counted)
        self.assert_times(report["response_time_seconds"], durations)
        self.assert_apdex(report, counted)
        self.assert_span(report, counted)
        self.assert_endpoints(report, counted)
        self.assertEqual(report["bytes_received"], sum(sample.bytes_received for sample in counted))
        self.assertEqual(report["active_users_max"], max(sample.users for sample in counted))
        self.assertEqual(sum(entry["samples"] for entry in report["transactions"]), transactions)
        self.assert_phases(report, counted)
        if summary:
            samples, mean, low, high, errors = truth.jmeter_summary(JMETER / f"{name}.summary.txt")
            apart = {id(sample) for sample in within}
            outside = [sample for sample in counted if id(sample) not in apart]
            self.assertEqual((len(outside), sum(not sample.ok for sample in outside)), (samples, errors))
            milliseconds = [sample.duration_ns // 1_000_000 for sample in outside]
            self.assertEqual(sum(milliseconds) // len(outside), mean)  # JMeter cuts it to whole milliseconds
            self.assertEqual((min(milliseconds), max(milliseconds)), (low, high))
            self.assertEqual(report["bad_records"], 0)
        return report

    def assert_phases(self, report, samples):
        told = {"connect": [], "waiting": [], "receiving": []}
        for sample in samples:
            elapsed, latency, connect = sample.duration_ns // 1_000_000, sample.latency_ms, sample.connect_ms
            answered = latency is not None and latency <= elapsed and (latency > 0 or elapsed == 0)
            connected = connect is not None and connect <= elapsed and (connect > 0 or answered)
            if connected:
                told["connect"].append(connect)
            if answered:
                told["waiting"].append(latency - (connect if connected and connect <= latency else 0))
                told["receiving"].append(elapsed - latency)
        phases = {phase["phase"]: phase for phase in report.get("phases", [])}
        self.assertEqual(set(phases), {name for name, values in told.items() if values})
        for name, phase in phases.items():
            self.assertEqual(phase["samples"], len(told[name]), name)
            self.assertAlmostEqual(phase["time_seconds"]["mean"] * 1e3, sum(told[name]) / len(told[name]), places=6)
            self.assertEqual(round(phase["time_seconds"]["max"] * 1e3), max(told[name]))

    def test_small(self):
        self.check("small")

    def test_no_subresults(self):
        self.check("no-subresults")

    def test_no_header_and_few_columns(self):
        self.check("noheader-minimal")

    def test_transactions_with_parent_sample(self):
        report = self.check("parent-tx")
        self.assertEqual((report["samples"], report["errors"]), (800, 115))  # 200 of them within transactions

    def test_semicolons_and_local_dates(self):
        self.check("semicolon-datefmt")

    def test_runs_that_also_reported_live(self):
        for name in ("wire-graphite", "wire-influx", "wire-influxraw"):
            with self.subTest(name):
                self.check(name)

    def test_xml(self):
        self.check("xml-default")

    def test_killed(self):
        report = self.check("jmeter-killed", summary=False)
        self.assertEqual(report["bad_records"], 1)  # "179": what was written of the last line

    def test_killed_xml(self):
        self.check("jmeter-killed.xml", summary=False)

    def test_dashboard(self):
        """JMeter's HTML dashboard, label by label. It counts the steps of redirects as labels of their own."""
        statistics = json.loads((JMETER / "small.statistics.json").read_text())
        counted, parts, _, _ = truth.jmeter_csv(JMETER / "small.jtl")
        report = ingest(JMETER / "small.jtl")
        entries = {entry["endpoint"]: entry for entry in report["endpoints"]}
        labels = {sample.endpoint for sample in counted}
        [browse] = report["transactions"]
        dashboard, times = statistics["TX browse"], browse["response_time_seconds"]
        self.assertEqual((browse["samples"], browse["errors"]), (dashboard["sampleCount"], dashboard["errorCount"]))
        self.assertAlmostEqual(times["mean"] * 1e3, dashboard["meanResTime"], places=6)
        self.assertAlmostEqual(times["max"] * 1e3, dashboard["maxResTime"], places=6)
        self.assertEqual(set(statistics) - {"Total", "TX browse"} - {sample.endpoint for sample in parts}, labels)
        for label in labels:
            with self.subTest(label):
                dashboard, times = statistics[label], entries[label]["response_time_seconds"]
                durations = [sample.duration_ns for sample in counted if sample.endpoint == label]
                self.assertEqual(entries[label]["samples"], dashboard["sampleCount"])
                self.assertEqual(entries[label]["errors"], dashboard["errorCount"])
                self.assertAlmostEqual(times["mean"] * 1e3, dashboard["meanResTime"], places=6)
                self.assertAlmostEqual(times["min"] * 1e3, dashboard["minResTime"], places=6)
                self.assertAlmostEqual(times["max"] * 1e3, dashboard["maxResTime"], places=6)
                for name, member in (("p50", "medianResTime"), ("p90", "pct1ResTime"), ("p95", "pct2ResTime"),
                                     ("p99", "pct3ResTime")):
                    self.assertAlmostEqual(truth.legacy(durations, QUANTILES[name]) / 1e6, dashboard[member], places=6)
                    self.assert_near_tool(times, durations, name, dashboard[member] / 1e3)

    def test_parts_add_up(self):
        """The halves of a file, each with the header, give the report of the whole, in either order."""
        lines = (JMETER / "no-subresults.jtl").read_bytes().split(b"\n")
        whole = ingest(JMETER / "no-subresults.jtl")
        with tempfile.TemporaryDirectory() as folder:
            halves = [pathlib.Path(folder, name) for name in ("first.jtl", "second.jtl")]
            halves[0].write_bytes(b"\n".join(lines[:1000]) + b"\n")
            halves[1].write_bytes(b"\n".join(lines[:1] + lines[1000:]))
            for order in (halves, halves[::-1]):
                report = ingest(*order)
                for member in ("samples", "errors", "duration_seconds", "bytes_received", "errors_by_type",
                               "response_time_seconds", "endpoints"):
                    self.assertEqual(report[member], whole[member], member)

    def test_standard_input(self):
        content = (JMETER / "small.jtl").read_bytes()
        self.assertEqual(ingest("-", stdin=content)["samples"], ingest(JMETER / "small.jtl")["samples"])


class K6Test(TruthTest):
    def check(self, name, summary=None, *, span_delta=1e-6):
        path = K6 / f"{name}.gz"
        samples, extra = (truth.k6_json if ".json" in name else truth.k6_csv)(path)
        durations = [sample.duration_ns for sample in samples]
        report = ingest(path)
        times = report["response_time_seconds"]
        self.assertEqual(report["tool"], "k6")
        self.assertEqual(report["bad_records"], 0)
        self.assert_counts(report, samples)
        self.assert_times(times, durations)
        self.assert_span(report, samples, span_delta)
        self.assert_endpoints(report, samples)
        self.assertEqual(report["active_users_max"], extra["vus"])

        tool = truth.k6_summary(K6 / (summary or f"{name.split('.')[0]}.summary-export.json"))
        self.assertEqual((report["samples"], report["errors"]), (tool.samples, tool.errors))
        self.assertEqual((report["bytes_received"], report["bytes_sent"]), (tool.data_received, tool.data_sent))
        self.assertAlmostEqual(times["mean"] * 1e3, tool.mean, places=6)
        self.assertAlmostEqual(times["min"] * 1e3, tool.minimum, places=6)
        self.assertAlmostEqual(times["max"] * 1e3, tool.maximum, places=6)
        self.assertGreaterEqual(len(tool.quantiles), 3)
        names = {quantile: name for name, quantile in QUANTILES.items()}
        for quantile, value in tool.quantiles.items():
            self.assertAlmostEqual(truth.linear(durations, quantile) / 1e6, value, places=6)
            self.assert_near_tool(times, durations, names[quantile], value / 1e3)

    def check_depth(self, name, summary=None, *, tells_kinds=True):
        """Phases, checks and metrics are what k6 says at the end of the test."""
        report = ingest(K6 / f"{name}.gz")
        tool = truth.k6_depth(K6 / (summary or f"{name.split('.')[0]}.summary-export.json"))
        phases = {phase["phase"]: phase for phase in report["phases"]}
        self.assertEqual(set(phases), set(tool.phases))
        for phase, values in tool.phases.items():
            self.assertEqual(phases[phase]["samples"], report["samples"], phase)
            times = phases[phase]["time_seconds"]
            self.assertAlmostEqual(times["mean"] * 1e3, values["avg"], places=6, msg=phase)
            self.assertAlmostEqual(times["max"] * 1e3, values["max"], places=6, msg=phase)
        self.assertEqual({check["name"]: (check["passed"], check["failed"]) for check in report.get("checks", [])},
                         tool.checks)
        metrics = {metric["name"]: metric for metric in report.get("metrics", [])}
        self.assertEqual(set(metrics), set(tool.metrics))
        for metric, values in tool.metrics.items():
            ours = metrics[metric]
            if "avg" in values:
                scale = 1e3 if ours["kind"] == "timing" else 1
                for member, theirs in (("mean", "avg"), ("min", "min"), ("max", "max")):
                    self.assertAlmostEqual(ours[member] * scale, values[theirs], places=6, msg=metric)
            elif not tells_kinds and ours["kind"] == "number":
                pass  # a file that does not say what a metric of the script is
            elif "count" in values:
                self.assertAlmostEqual(ours["sum"], values["count"], places=6, msg=metric)
            elif "passes" in values:
                self.assertEqual((ours["passed"], ours["failed"]), (values["passes"], values["fails"]), metric)
            else:
                self.assertEqual((ours["min"], ours["max"]), (values["min"], values["max"]), metric)

    def test_depth(self):
        self.check_depth("small.json")
        self.check_depth("large.json")
        self.check_depth("handle-summary.json", "handle-summary.summary.json")

    def test_depth_of_csv(self):
        self.check_depth("small.csv", tells_kinds=False)
        self.check_depth("unix_nano.csv", tells_kinds=False)

    def test_json(self):
        self.check("small.json")

    def test_csv(self):
        self.check("small.csv", span_delta=1.0)  # timestamps are whole seconds

    def test_json_with_handle_summary(self):
        self.check("handle-summary.json", "handle-summary.summary.json")

    def test_json_with_machine_readable_summary(self):
        self.check("machine-summary.json", "machine-summary.summary.json")

    def test_csv_with_rfc3339(self):
        self.check("rfc3339.csv", span_delta=1.0)

    def test_csv_with_rfc3339_nano(self):
        self.check("rfc3339_nano.csv")

    def test_csv_with_milliseconds(self):
        self.check("unix_milli.csv")

    def test_csv_with_nanoseconds(self):
        self.check("unix_nano.csv")

    def test_csv_with_other_columns(self):
        self.check("systags.csv", span_delta=1.0)

    def test_large(self):
        self.check("large.json")
        self.check("large.csv", span_delta=1.0)

    def test_killed(self):
        for name in ("k6-killed-plain.json", "k6-killed-plain.csv", "k6-killed-gz.json", "k6-killed-gz.csv"):
            with self.subTest(name):
                path = TRUNCATED / f"{name}.gz"
                samples, _ = (truth.k6_json if "json" in name else truth.k6_csv)(path)
                report = ingest(path)
                self.assert_counts(report, samples)
                self.assert_times(report["response_time_seconds"], [sample.duration_ns for sample in samples])
                self.assertLessEqual(report["bad_records"], 1)


class GatlingTest(TruthTest):
    def check(self, path, run):
        report = ingest(path)
        self.assertEqual(report["tool"], "gatling")
        self.assertEqual(report["bad_records"], 0)
        self.assert_counts(report, run.samples)
        self.assert_times(report["response_time_seconds"], [sample.duration_ns for sample in run.samples])
        self.assert_span(report, run.samples)
        self.assert_endpoints(report, run.samples)
        self.assertEqual(report["not_counted"]["transactions"], len(run.groups))
        # Both count in the order of the file. Gatling prints no such number: its chart is by scenario.
        self.assertEqual(report["active_users_max"], run.users)
        return report

    def assert_near_estimate(self, value_ms, durations_ns, quantile):
        """Gatling estimates percentiles and rounds them to milliseconds: within 0.5 % of the ranks around."""
        low, high = (truth.at_rank(durations_ns, quantile + off) * 1e3 for off in (-0.005, 0.005))
        self.assertTrue(low - 1 <= value_ms <= high + 1, f"{quantile}: {value_ms} not in [{low}, {high}]")

    def check_summary(self, report, run, path):
        """The numbers Gatling prints at the end: exact, but the mean and the percentiles, which are whole ms."""
        times, durations = report["response_time_seconds"], [sample.duration_ns for sample in run.samples]
        rows = truth.gatling_summary(path)
        self.assertEqual(rows["request count"], (report["samples"], report["samples"] - report["errors"],
                                                 report["errors"]))
        self.assertEqual(rows["min response time"][0], round(times["min"] * 1e3))
        self.assertEqual(rows["max response time"][0], round(times["max"] * 1e3))
        self.assertAlmostEqual(rows["mean response time"][0], times["mean"] * 1e3, delta=0.5)
        for row, quantile in (("50th", 0.5), ("95th", 0.95), ("99th", 0.99)):
            self.assert_near_estimate(rows[f"response time {row} percentile"][0], durations, quantile)

    def check_stats(self, report, run, path):
        """The HTML report, path by path."""
        entries = {entry["endpoint"]: entry for entry in report["endpoints"]}
        groups = collections.defaultdict(list)
        for group in run.groups:
            groups[group.endpoint].append(group)
        stats = truth.gatling_stats(path)
        self.assertEqual({name for name, (kind, _) in stats.items() if kind == "REQUEST"}, set(entries))
        self.assertEqual({name for name, (kind, _) in stats.items() if kind == "GROUP"} - {""}, set(groups))
        for name, (kind, numbers) in stats.items():
            count, low, high = (numbers[key] for key in ("numberOfRequests", "minResponseTime", "maxResponseTime"))
            if kind == "REQUEST":
                with self.subTest(name):
                    entry, times = entries[name], entries[name]["response_time_seconds"]
                    self.assertEqual((entry["samples"], entry["errors"]), (count["total"], count["ko"]))
                    self.assertEqual((round(times["min"] * 1e3), round(times["max"] * 1e3)),
                                     (low["total"], high["total"]))
                    self.assertAlmostEqual(times["mean"] * 1e3, numbers["meanResponseTime"]["total"], delta=0.5)
            elif name:  # its count holds, but OmniWriter reports no times of transactions
                own = groups[name]
                self.assertEqual((len(own), sum(not group.ok for group in own)), (count["total"], count["ko"]))
                self.assertEqual(max(group.duration_ns for group in own) // 1_000_000, high["total"])

    def test_text(self):
        for name in ("3.9.5", "3.10.5", "wire-graphite"):
            with self.subTest(name):
                run = truth.gatling_text(GATLING / f"{name}.log")
                report = self.check(GATLING / f"{name}.log", run)
                self.check_summary(report, run, GATLING / f"{name}.summary.txt")
                self.check_stats(report, run, GATLING / f"{name}.stats.json")

    def test_binary(self):
        """A tab in a name does no harm here."""
        for name, summary in (("3.14.9", "3.14.9.summary.txt"),
                              ("3.14.9-tab-in-name", "3.14.9-tab-in-name.summary.txt.gz")):
            with self.subTest(name):
                run = truth.gatling_binary(GATLING / f"{name}.log")
                self.check_summary(self.check(GATLING / f"{name}.log", run), run, GATLING / summary)

    def test_text_with_a_tab_in_a_name(self):
        """Gatling's own report fails on this file; while it ran it had counted 1201 OK and 49 KO."""
        report = self.check(GATLING / "tab-in-name.log", truth.gatling_text(GATLING / "tab-in-name.log"))
        self.assertEqual((report["samples"], report["errors"]), (1250, 49))


class RequestLogTest(TruthTest):
    """Tools that write one row per request. Summaries are of the same run where a file has one of its own name; else
    their numbers are given here, with their source."""

    def check(self, name, tool, samples, *options, endpoints=True, times=True):
        report = ingest(*options, CORPUS / name)
        self.assertEqual(report["tool"], tool)
        self.assertEqual(report["bad_records"], 0)
        self.assert_counts(report, samples)
        if times:
            self.assert_times(report["response_time_seconds"], [sample.duration_ns for sample in samples])
        else:
            for entry in (report, *report["endpoints"]):
                self.assertEqual(set(entry["response_time_seconds"].values()), {None})
        self.assert_span(report, samples)
        # What the file does not tell is null, and 0 in the truth.
        self.assertEqual(report["bytes_received"], sum(sample.bytes_received for sample in samples) or None)
        if endpoints and times:
            self.assert_endpoints(report, samples)
        return report

    def statuses(self, report):
        return {entry["error_type"]: entry["count"] for entry in report["errors_by_type"]}

    def test_hey(self):
        report = self.check("hey/small.csv", "hey", truth.hey(CORPUS / "hey/small.csv"))
        # hey prints either the rows or its summary: 3000 were sent (-n 3000), and all were answered.
        self.assertEqual(report["samples"], 3000)
        self.assertEqual(self.statuses(report), {"http_500": 216, "http_404": 67})
        # The file has no dates: taken to end when it was written, or begun when the user says.
        written = (CORPUS / "hey/small.csv").stat().st_mtime
        self.assertAlmostEqual(datetime.datetime.fromisoformat(report["ended"]).timestamp(), written, delta=0.002)
        told = ingest("--start-time", "2026-11-23T15:29:36Z", CORPUS / "hey/small.csv")
        self.assertEqual(told["started"], "2026-11-23T15:29:36.008Z")  # the first request began 8.1 ms into the run
        piped = run("--json", "-", stdin=(CORPUS / "hey/small.csv").read_bytes())
        began = datetime.datetime.fromisoformat(json.loads(piped.stdout)["started"])
        self.assertLess(abs(began.timestamp() - time.time()), 120)
        self.assertIn("--start-time", piped.stderr.decode())

    def test_hey_leaves_out_what_was_not_answered(self):
        report = self.check("hey/drop.csv", "hey", truth.hey(CORPUS / "hey/drop.csv"))
        self.assertEqual((report["samples"], report["errors"]), (1999, 0))  # of 2000 sent


    def assert_nginx(self, report, durations):
        """The clients' own numbers. Also in the log: three requests by hand, answered with 499, 404 and 400."""
        flaky, drop, orders, slow = (truth.hey_summary(CORPUS / f"nginx/summary.hey-{name}.txt")
                                     for name in ("flaky", "drop", "orders", "slow"))
        entries = {entry["endpoint"].split()[-1]: entry for entry in report["endpoints"]}
        self.assertEqual(report["samples"], 1500 + 800 + 400 + 120 + 3)
        self.assertEqual(self.statuses(report), {"http_404": 32 + 1, "http_500": 115, "http_502": 35, "http_499": 1,
                                                 "http_400": 1})
        for path, (mean, slowest, statuses), extra in (("/flaky", flaky, 0), ("/drop", drop, 0),
                                                       ("/api/orders", orders, 0), ("/slow", slow, 1)):
            with self.subTest(path):
                errors = sum(count for status, count in statuses.items() if status >= "400")
                self.assertEqual(entries[path]["samples"], sum(statuses.values()) + extra)
                self.assertEqual(entries[path]["errors"], errors + extra)
                if durations:
                    # nginx measures from when it begins to read a request, the client from before it connects: each
                    # request is shorter, and by no fixed share. The log has whole milliseconds.
                    times = entries[path]["response_time_seconds"]
                    self.assertLessEqual(times["max"], slowest + 0.0005)
                    self.assertLessEqual(times["mean"], mean + 0.0005)

    def test_nginx_combined(self):
        name = "nginx/access.combined.log.gz"
        report = self.check(name, "access-log", truth.access_log(CORPUS / name), times=False)
        self.assert_nginx(report, durations=False)

    def test_nginx_format_that_is_told(self):
        """As the server was told it."""
        name = "nginx/access.timed.log.gz"
        report = self.check(name, "access-log", truth.access_log(CORPUS / name, 1_000_000_000), "--log-format",
                            '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                            '"$http_referer" "$http_user_agent" $request_time $upstream_response_time')
        self.assert_nginx(report, durations=True)

    def test_a_log_without_response_times_says_so(self):
        for name, noted in (("nginx/access.combined.log.gz", True), ("nginx/access.timed.log.gz", False)):
            self.assertEqual(b"no response times" in run("--json", CORPUS / name).stderr, noted, name)

    def test_nginx_with_request_time(self):
        name = "nginx/access.timed.log.gz"
        report = self.check(name, "access-log", truth.access_log(CORPUS / name, 1_000_000_000))
        self.assert_nginx(report, durations=True)

    def test_nginx_json(self):
        for name in ("nginx/access.json.log.gz", "nginx/access.json-noescape.log.gz"):
            with self.subTest(name):
                report = self.check(name, "access-log", truth.access_log_json(CORPUS / name))
                self.assert_nginx(report, durations=True)

    def assert_apache(self, report, durations):
        """ab's own numbers. Also in the log: one malformed request, answered with 400."""
        entries = {entry["endpoint"].split()[-1]: entry for entry in report["endpoints"]}
        requests = 0
        for name in ("flaky", "slow", "drop"):
            complete, failed, longest_ms = truth.ab_summary(CORPUS / f"apache/summary.ab-{name}.txt")
            requests += complete
            entry = entries[f"/{name}"]
            with self.subTest(name):
                self.assertEqual(entry["samples"], complete)
                # ab counts answers that are not 2xx on kept-alive connections only once they are read to the end: of
                # the 25 of /drop (by their length) it names one.
                self.assertEqual(entry["errors"], 25 if name == "drop" else failed)
                if durations:
                    self.assertLessEqual(entry["response_time_seconds"]["max"] * 1e3, longest_ms + 1)
        self.assertEqual(report["samples"], requests + 1)

    def test_apache_with_microseconds(self):
        name = "apache/access.combined-D-us.log.gz"
        self.assert_apache(self.check(name, "access-log", truth.access_log(CORPUS / name, 1000)), durations=True)

    def test_apache_common(self):
        name = "apache/access.common.log.gz"
        self.assert_apache(self.check(name, "access-log", truth.access_log(CORPUS / name), times=False), durations=False)

    def test_apache_with_milliseconds(self):
        name = "apache/access.iso-ms.log.gz"
        self.assertEqual(run("--json", CORPUS / name).returncode, 3)  # they might be microseconds
        samples = truth.access_log(CORPUS / name, 1_000_000)
        self.assert_apache(self.check(name, "access-log", samples, "--columns", "duration_ms"), durations=True)
        for time in ("%t", "[%{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t %{%z}t]"):
            told = rf'%h %l %u {time} \"%r\" %>s %b "%{{Referer}}i" "%{{User-Agent}}i" %{{ms}}T'
            self.assert_apache(self.check(name, "access-log", samples, "--log-format", told), durations=True)

    def test_ab(self):
        for name in ("gnuplot", "drop-gnuplot"):
            with self.subTest(name):
                samples = truth.ab(CORPUS / f"ab/{name}.tsv.gz")
                report = self.check(f"ab/{name}.tsv.gz", "ab", samples)
                text = (CORPUS / f"ab/{name}.summary.txt").read_text()
                complete, _, longest_ms = truth.ab_summary(CORPUS / f"ab/{name}.summary.txt")
                times = report["response_time_seconds"]
                self.assertEqual(report["samples"], complete)
                self.assertAlmostEqual(times["max"] * 1e3, longest_ms, places=6)
                # ab prints 283 answers that were not 2xx, but the file does not say which.
                self.assertEqual(report["errors"], 0)
                # ab adds microseconds up and rounds the sum; the file has each cut to milliseconds.
                _, mean = re.search(r"^Total: +(\d+) +(\d+) ", text, re.MULTILINE).groups()
                self.assertLessEqual(abs(times["mean"] * 1e3 - int(mean)), 1)
                for percent, name_of in ((50, "p50"), (90, "p90"), (95, "p95"), (99, "p99")):
                    tool_ms = int(re.search(rf"^ +{percent}% +(\d+)$", text, re.MULTILINE)[1])
                    # ab takes the sample at index n*p, one behind ours, and rounds where the file cuts.
                    low, high = truth.neighbours([sample.duration_ns for sample in samples], percent / 100)
                    self.assertTrue(low * 1e3 <= tool_ms <= high * 1e3 + 1, f"{percent} %: {tool_ms}")

    def test_h2load(self):
        for name in ("requests", "h2"):
            with self.subTest(name):
                report = self.check(f"h2load/{name}.log.gz", "h2load", truth.h2load(CORPUS / f"h2load/{name}.log.gz"))
                done, failed, low, mean, high = truth.h2load_summary(CORPUS / f"h2load/{name}.summary.txt")
                times = report["response_time_seconds"]
                self.assertEqual(report["samples"], done)
                self.assertEqual(report["errors"], failed)  # with the 99 "errored" of h2, status -1
                if name == "requests":  # the summary of h2 leaves requests that failed out of its times
                    self.assertAlmostEqual(times["min"], low, places=6)
                    self.assertAlmostEqual(times["mean"], mean, delta=0.00001)
                    self.assertAlmostEqual(times["max"], high, delta=0.00001)

    def test_h2load_that_gave_up(self):
        name = "h2load/h1-drop-aborts"
        report = self.check(f"{name}.log.gz", "h2load", truth.h2load(CORPUS / f"{name}.log.gz"))
        # Of 200000 requests 624 were begun, and 608 done: the others are in no line.
        self.assertEqual((report["samples"], report["errors"]), (608, 0))

    def test_taurus(self):
        """Taurus with JMeter writes JMeter's CSV."""
        samples, parts, transactions, _ = truth.jmeter_csv(CORPUS / "bzt/kpi.jtl.gz")
        self.assertEqual((len(parts), transactions), (0, 0))
        report = self.check("bzt/kpi.jtl.gz", "jmeter", samples)
        stats = truth.taurus_stats(CORPUS / "bzt/kpi.final-stats.csv")
        for entry in [report | {"endpoint": ""}, *report["endpoints"]]:  # "": all of them
            with self.subTest(entry["endpoint"]):
                row, times = stats[entry["endpoint"]], entry["response_time_seconds"]
                self.assertEqual(entry["samples"], int(row["succ"]) + int(row["fail"]))
                self.assertEqual(entry["errors"], int(row["fail"]))
                self.assertAlmostEqual(times["mean"], float(row["avg_rt"]), delta=0.000006)
                self.assertAlmostEqual(times["min"], float(row["perc_0.0"]), places=6)
                self.assertAlmostEqual(times["max"], float(row["perc_100.0"]), places=6)
                for name, column in (("p50", "perc_50.0"), ("p90", "perc_90.0"), ("p95", "perc_95.0"),
                                     ("p99", "perc_99.0"), ("p99_9", "perc_99.9")):
                    self.assertAlmostEqual(times[name], float(row[column]), delta=0.001 + BOUND * times[name])

    def test_taurus_with_k6(self):
        """Taurus with k6 writes k6's CSV; its percentiles are of a histogram of whole milliseconds."""
        report = ingest(CORPUS / "bzt/k6.kpi.csv.gz")
        for entry in [report | {"endpoint": ""}, *report["endpoints"]]:
            with self.subTest(entry["endpoint"]):
                row = truth.taurus_stats(CORPUS / "bzt/k6.final-stats.csv")[entry["endpoint"]]
                self.assertEqual((entry["samples"] - entry["errors"], entry["errors"]), (int(row["succ"]), int(row["fail"])))
                self.assertAlmostEqual(entry["response_time_seconds"]["max"], float(row["perc_100.0"]), delta=0.001)

    def test_taurus_with_ab(self):
        """Taurus with ab writes ab's gnuplot file, without how requests ended: Taurus says 0 % of failures, too."""
        report = self.check("bzt/ab.tsv.gz", "ab", truth.ab(CORPUS / "bzt/ab.tsv.gz"))
        row = truth.taurus_stats(CORPUS / "bzt/ab.final-stats.csv")[""]
        self.assertEqual((report["samples"], report["errors"]), (int(row["succ"]), int(row["fail"])))
        self.assertAlmostEqual(report["response_time_seconds"]["max"], float(row["perc_100.0"]), places=6)

    def test_siege(self):
        for name in ("csv.csv", "text.txt"):
            with self.subTest(name):
                report = self.check(f"siege/{name}", "siege", truth.siege(CORPUS / f"siege/{name}"))
                good, mean, longest = truth.siege_summary(CORPUS / f"siege/{name.split('.')[0]}.summary.txt")
                times = report["response_time_seconds"]
                self.assertEqual(report["samples"] - report["errors"], good)
                self.assertAlmostEqual(times["mean"], mean, delta=0.005)  # two decimals
                self.assertAlmostEqual(times["max"], longest, places=6)

    def test_fortio(self):
        report = self.check("fortio/access.json.log.gz", "fortio", truth.fortio(CORPUS / "fortio/access.json.log.gz"))
        summary = json.loads((CORPUS / "fortio/access.summary.json").read_text())
        histogram, times = summary["DurationHistogram"], report["response_time_seconds"]
        self.assertEqual(report["samples"], histogram["Count"])
        self.assertEqual({entry["status"]: entry["count"] for entry in report["statuses"]}, summary["RetCodes"])
        # The log has whole microseconds.
        self.assertAlmostEqual(times["mean"], histogram["Avg"], delta=0.0000005)
        self.assertAlmostEqual(times["min"], histogram["Min"], delta=0.000001)
        self.assertAlmostEqual(times["max"], histogram["Max"], delta=0.000001)
        self.check("fortio/access.influx.log.gz", "fortio", truth.fortio(CORPUS / "fortio/access.influx.log.gz"))

    def test_oha(self):
        name = "oha/small.csv.gz"
        report = self.check(name, "oha", truth.oha(CORPUS / name))
        # oha prints either rows or a summary: 3000 were sent (-n 3000), and none was lost.
        self.assertEqual(report["samples"], 3000)
        self.assertEqual(self.statuses(report), {"http_500": 203, "http_404": 62})

    def test_tsung(self):
        report = self.check("tsung/tsung.dump.gz", "tsung", truth.tsung(CORPUS / "tsung/tsung.dump.gz"))
        requests, mean_ms, longest_ms, statuses = truth.tsung_totals(CORPUS / "tsung/tsung.log")
        times = report["response_time_seconds"]
        self.assertEqual(report["samples"], requests)
        self.assertAlmostEqual(times["max"] * 1e3, longest_ms, places=6)
        self.assertAlmostEqual(times["mean"] * 1e3, mean_ms, places=5)
        # Of the nine requests without a status, Tsung's log counts four by one: three as 200, one as 201.
        self.assertEqual(self.statuses(report), {"http_500": statuses["500"], "http_404": statuses["404"],
                                                 "connection_closed": 9})


class GenericTest(TruthTest):
    """No tool writes these: the rows of a genuine run of JMeter are written anew, and have to give JMeter's numbers."""

    def check(self, name, content, *options):
        samples, _, _, _ = truth.jmeter_csv(JMETER / "no-subresults.jtl")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, name)
            path.write_text(content(samples))
            report = ingest(*options, path)
        self.assertEqual(report["bad_records"], 0)
        self.assert_counts(report, samples)
        self.assert_times(report["response_time_seconds"], [sample.duration_ns for sample in samples])
        self.assert_span(report, samples)
        self.assert_endpoints(report, samples)
        count, mean, low, high, errors = truth.jmeter_summary(JMETER / "no-subresults.summary.txt")
        times = report["response_time_seconds"]
        self.assertEqual((report["samples"], report["errors"], int(times["mean"] * 1e3)), (count, errors, mean))
        self.assertEqual((round(times["min"] * 1e3), round(times["max"] * 1e3)), (low, high))
        return report

    @staticmethod
    def table(header, row, delimiter):
        def content(samples):
            text = io.StringIO(newline="")
            writer = csv.writer(text, delimiter=delimiter)
            writer.writerow(header)
            writer.writerows(map(row, samples))
            return text.getvalue()
        return content

    def test_csv(self):
        header = "timestamp,duration_ms,endpoint,status,error,bytes_received,bytes_sent,users".split(",")
        report = self.check("own.csv", self.table(header, lambda sample: (
            f"{sample.start:.3f}", sample.duration_ns / 1e6, sample.endpoint, "", "" if sample.ok else "it failed",
            sample.bytes_received, 0, sample.users), ","))
        self.assertEqual(report["tool"], "csv")
        self.assertGreater(report["active_users_max"], 0)

    def test_csv_that_is_told(self):
        report = self.check("other.csv", self.table(("what", "ended", "took", "good"), lambda sample: (
            sample.endpoint, round(sample.start * 1e3) * 1_000_000 + sample.duration_ns, sample.duration_ns / 1e3,
            sample.ok), ";"), "--map", "end=ended,duration:us=took,endpoint=what,success=good", "--tool", "mine")
        self.assertEqual(report["tool"], "mine")

    def test_json(self):
        self.check("own.ndjson", lambda samples: "".join(json.dumps(
            {"timestamp": round(sample.start * 1e3), "duration_s": sample.duration_ns / 1e9, "endpoint": sample.endpoint,
             "error": None if sample.ok else "it failed"}) + "\n" for sample in samples))

    def test_json_that_is_told(self):
        self.check("other.ndjson", lambda samples: "".join(json.dumps(
            {"request": {"uri": sample.endpoint}, "ts": round(sample.start, 3), "elapsed_ns": sample.duration_ns,
             "good": sample.ok}) + "\n" for sample in samples), "--map",
            "start=ts,duration=elapsed_ns,endpoint=request.uri,success=good")


class ParentTest(TruthTest):
    def test_a_file_in_which_all_lies_under_parents(self):
        """The genuine rows of transactions with a parent sample, without those outside: counted by the children."""
        with (JMETER / "parent-tx.jtl").open(newline="") as file:
            header, *rows = csv.reader(file)
        counted, steps, transactions, children = truth.jmeter_csv(JMETER / "parent-tx.jtl")
        inside = {id(sample) for sample in children}
        outside = {(sample.thread, round(sample.start * 1e3), sample.endpoint)
                   for sample in counted + steps if id(sample) not in inside}
        kept = [row for row in rows if (row[5], int(row[0]), row[2]) not in outside]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "parents.jtl")
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([header, *kept])
            report = ingest(path)
        self.assertGreater(transactions, 0)
        self.assert_counts(report, children)
        self.assert_times(report["response_time_seconds"], [sample.duration_ns for sample in children])
        self.assert_endpoints(report, children)


class VegetaTest(TruthTest):
    def check(self, name, samples):
        """One attack in three forms, and what `vegeta report` says of it."""
        report = ingest(VEGETA / name)
        times, durations = report["response_time_seconds"], [sample.duration_ns for sample in samples]
        self.assertEqual(report["tool"], "vegeta")
        self.assertEqual(report["bad_records"], 0)
        self.assert_counts(report, samples)
        self.assert_times(times, durations)
        self.assert_span(report, samples)
        self.assert_endpoints(report, samples)

        tool = json.loads((VEGETA / "report.json").read_text())
        self.assertEqual(report["samples"], tool["requests"])
        self.assertAlmostEqual(1 - report["error_ratio"], tool["success"], places=9)
        self.assertEqual((report["bytes_received"], report["bytes_sent"]),
                         (tool["bytes_in"]["total"], tool["bytes_out"]["total"]))
        self.assertEqual({entry["status"]: entry["count"] for entry in report["statuses"]},
                         {"error" if code == "0" else code: count for code, count in tool["status_codes"].items()})
        self.assertEqual(round(times["min"] * 1e9), tool["latencies"]["min"])
        self.assertEqual(round(times["max"] * 1e9), tool["latencies"]["max"])
        self.assertAlmostEqual(times["mean"] * 1e9, tool["latencies"]["mean"], delta=1)  # whole nanoseconds
        # Its percentiles are estimates (t-digest): within 0.5 % of the ranks around.
        for name, quantile in (("50th", 0.5), ("90th", 0.9), ("95th", 0.95), ("99th", 0.99)):
            low, high = (truth.at_rank(durations, quantile + off) * 1e9 for off in (-0.005, 0.005))
            self.assertTrue(low <= tool["latencies"][name] <= high, name)

    def test_gob(self):
        self.check("small.bin.gz", truth.vegeta_json(VEGETA / "small.ndjson.gz"))

    def test_csv(self):
        self.check("small.csv.gz", truth.vegeta_csv(VEGETA / "small.csv.gz"))

    def test_json(self):
        self.check("small.ndjson.gz", truth.vegeta_json(VEGETA / "small.ndjson.gz"))


class PhasesTest(unittest.TestCase):
    maxDiff = None

    def test_the_golden_numbers_are_those_of_the_files(self):
        self.assertEqual((CORPUS / "phases.csv").read_text(), phases.table())

    def test_ab(self):
        for file, summary in (("gnuplot.tsv.gz", "gnuplot.summary.txt"), ("drop-gnuplot.tsv.gz", "drop-gnuplot.summary.txt")):
            text = (CORPUS / "ab" / summary).read_text()
            told = list(phases.ab(CORPUS / "ab" / file))
            for name, row in (("connect", "Connect"), ("waiting", "Waiting")):
                low, mean, _, median, high = re.search(rf"\n{row}:\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", text).groups()
                values = sorted(phase[name] / 1e6 for phase in told)
                self.assertEqual((values[0], values[len(values) // 2], values[-1]), (int(low), int(median), int(high)))
                self.assertEqual(round(sum(values) / len(values)), int(mean))


class TableTest(unittest.TestCase):
    maxDiff = None

    def test_the_page_is_what_the_program_says(self):
        page = CORPUS.parent.parent / "docs/truth.md"
        self.assertEqual(truth_table.make(ingest), page.read_text(),
                         "write it anew: python3 tests/corpus/truth_table.py > docs/truth.md")

    def test_every_number_that_differs_has_a_reason(self):
        """Guards the guard: a number of ours that is off is not waved through."""
        wrong = lambda path: (report := ingest(path)) | {"samples": report["samples"] + 1}
        with self.assertRaises(KeyError):
            truth_table.make(wrong)


class SummaryTest(unittest.TestCase):
    """Summaries come back as the tool printed them, and what it did not print is null."""
    SEEDS = CORPUS.parents[1] / "fuzz" / "seeds"

    def check(self, path, *, tool, samples, errors, unknown=(), duration=None, rate=None, **times):
        report = ingest(path)
        self.assertEqual((report["tool"], report["reported"]), (tool, True))
        self.assertEqual((report["samples"], report["errors"]), (samples, errors))
        self.assertEqual(sum(entry["samples"] for entry in report["endpoints"]), samples)
        told = report["response_time_seconds"]
        for name, value in times.items():
            self.assertAlmostEqual(told[name], value, delta=1e-9, msg=name)
        for name in unknown:
            self.assertIsNone(told[name], name)
        if duration is not None:
            self.assertAlmostEqual(report["duration_seconds"], duration, delta=0.0051)
        if rate is not None:
            self.assertAlmostEqual(report["throughput_rps"], rate, delta=0.0051)
        return report

    def test_k6(self):
        for path in sorted(K6.glob("*.summary-export.json")) + [K6 / "handle-summary.summary.json"]:
            with self.subTest(path.name):
                metrics = json.loads(path.read_text())["metrics"]
                values = {name: metric.get("values", metric) for name, metric in metrics.items()}
                trend = values["http_req_duration"]
                self.check(path, tool="k6", samples=values["http_reqs"]["count"],
                           errors=values["http_req_failed"]["passes"], rate=values["http_reqs"]["rate"],
                           mean=trend["avg"] / 1e3, min=trend["min"] / 1e3, max=trend["max"] / 1e3,
                           p50=trend["med"] / 1e3, p90=trend["p(90)"] / 1e3, p95=trend["p(95)"] / 1e3)

    def test_k6_machine_readable(self):
        self.check(K6 / "machine-summary.summary.json", tool="k6", samples=1148, errors=22, duration=6.181,
                   p95=0.046485240999999796, unknown=("p99", "p99_9", "relative_error"))

    def test_wrk(self):
        self.check(CORPUS / "summaries" / "wrk.txt", tool="wrk", samples=9178, errors=838, duration=8.02, rate=1143.75,
                   mean=0.01099, max=0.14489, p50=0.00776, p90=0.0214, p99=0.07418, unknown=("min", "p95", "p99_9"))

    def test_autocannon(self):
        self.check(CORPUS / "summaries" / "autocannon.json", tool="autocannon", samples=3104, errors=266,
                   duration=8.19, mean=0.02535, min=0.001, max=0.216, p50=0.019, p90=0.05, p99=0.13, p99_9=0.193,
                   unknown=("p95",))

    def test_locust(self):
        report = self.check(CORPUS / "summaries" / "locust_stats.csv", tool="locust", samples=1010, errors=19,
                            rate=60.00091979048776, p50=0.08, p90=0.2, p95=0.29, p99=0.47, p99_9=0.69)
        slow = next(entry for entry in report["endpoints"] if "slow" in entry["endpoint"])
        self.assertEqual(slow["endpoint"], 'GET slow, "quoted" name')
        self.assertEqual(slow["response_time_seconds"]["p95"], 0.43)

    def test_locust_json(self):
        report = ingest(self.SEEDS / "locust_json" / "small.json")
        self.assertEqual((report["samples"], report["errors"]), (1017, 19))
        times = report["response_time_seconds"]
        self.assertAlmostEqual(times["p95"], 0.32, delta=0.32 * times["relative_error"])

    def test_oha(self):
        self.check(CORPUS / "summaries" / "oha-summary.json", tool="oha", samples=3000, errors=257, duration=1.7498,
                   rate=1714.443734074843, mean=0.00578989, min=0.000100889, max=0.040170382, p50=0.004344407,
                   p95=0.015234607, p99_9=0.038960752)

    def test_siege(self):
        self.check(CORPUS / "summaries" / "siege.json", tool="siege", samples=1104, errors=22, duration=5.45,
                   rate=198.72, mean=0.04, max=0.33, min=0, unknown=("p50", "p95", "p99"))

    def test_vegeta(self):
        self.check(VEGETA / "report.json", tool="vegeta", samples=2249, errors=123, duration=15.25, mean=0.05352644,
                   min=0.000132207, max=0.349333813, p50=0.020818497, p95=0.250151778, p99=0.26206609,
                   unknown=("p99_9",))

    def test_jmeter_dashboard(self):
        report = self.check(JMETER / "small.statistics.json", tool="jmeter", samples=3000, errors=359,
                            rate=165.54464187175807, mean=0.029182, max=0.36, p50=0.008, p90=0.0799, p95=0.185)
        self.assertEqual(report["not_counted"]["transactions"], 300)

    def test_taurus(self):
        self.check(CORPUS / "bzt" / "kpi.final-stats.csv", tool="taurus", samples=3947, errors=186, mean=0.0134,
                   max=0.383, p50=0.009, p95=0.037, p99_9=0.313)

    def test_ab(self):
        self.check(CORPUS / "ab" / "gnuplot.summary.txt", tool="ab", samples=3000, errors=283, duration=4.189,
                   rate=716.23, mean=0.014, min=0, max=0.087, p50=0.012, p95=0.032, p99=0.055, unknown=("p99_9",))

    def test_hey(self):
        self.check(HEY_SUMMARY, tool="hey", samples=2000, errors=2, duration=1.2422, rate=1610.0933, mean=0.006,
                   min=0.0001, max=0.0789, p50=0.0028, p95=0.018, p99=0.0277)

    def test_hdr_histogram(self):
        """Numbers are those of HdrHistogram's own reader of logs, for Java and for Python."""
        for name, library in json.loads((CORPUS / "summaries" / "hdr-library.json").read_text()).items():
            with self.subTest(name):
                report = ingest(self.SEEDS / "hdr_log" / name)
                times = report["response_time_seconds"]
                self.assertEqual(report["samples"], library["count"])
                for number in ("mean", "min", "max"):
                    self.assertAlmostEqual(times[number], library[number], delta=1e-9, msg=number)
                for number in ("p50", "p95", "p99"):
                    delta = library[number] * times["relative_error"]
                    self.assertAlmostEqual(times[number], library[number], delta=delta, msg=number)
        tagged = {entry["endpoint"]: entry["samples"] for entry in ingest(self.SEEDS / "hdr_log/java-tags.hlog")["endpoints"]}
        self.assertEqual(tagged, {"GET_/home": 2743, "POST_/orders": 2842, "all": 2530})

    def test_hdr_histogram_without_a_unit(self):
        log = (self.SEEDS / "hdr_log/python.hlog").read_text().replace(",106.000000,", ",106879.000000,")
        lines = log.splitlines()[:5]
        refused = run("-", stdin="\n".join(lines).encode())
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--time-unit", refused.stderr.decode())
        told = ingest("-", "--time-unit", "ms", stdin="\n".join(lines).encode())
        self.assertAlmostEqual(told["response_time_seconds"]["max"], 106.879, delta=1e-9)

    def test_oha_text(self):
        self.check(self.SEEDS / "oha_text" / "corpus.txt", tool="oha", samples=3000, errors=295, duration=1.7637,
                   rate=1700.9687, mean=0.0058363, min=0.0002012, max=0.057214, p50=0.0044094, p95=0.0162353)

    def test_bombardier_text(self):
        self.check(self.SEEDS / "bombardier_text" / "latencies.txt", tool="bombardier", samples=2000, errors=178,
                   rate=223.04, mean=0.04465, max=0.05619, p50=0.04402, p95=0.04809, unknown=("min", "p99_9"))

    def test_taurus_xml(self):
        self.check(self.SEEDS / "taurus_xml" / "jmeter-final-stats.xml", tool="taurus", samples=3947, errors=186,
                   duration=12, mean=0.0134, max=0.383, p50=0.009, p95=0.037, p99_9=0.313)

    def test_the_rest(self):
        self.check(self.SEEDS / "bombardier" / "small.json", tool="bombardier", samples=3000, errors=246,
                   duration=2.677, p50=0.005669, p99=0.045919, unknown=("min",))
        self.check(self.SEEDS / "fortio_report" / "drop.json", tool="fortio", samples=3000, errors=13,
                   duration=0.936, rate=3204.235784382309, p50=0.0007442381837837839, p99=0.0176)
        self.check(self.SEEDS / "artillery" / "report.json", tool="artillery", samples=1308, errors=25,
                   mean=0.2397, p50=0.1906, p95=0.5842, p99=0.9254, p99_9=1.2491)

    def test_two_summaries_are_refused_unless_they_are_distributions(self):
        wrk = CORPUS / "summaries" / "wrk.txt"
        for other in (CORPUS / "summaries" / "siege.json", JMETER / "small.jtl"):
            done = run("--json", wrk, other)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("percentiles", done.stderr.decode())
        fortio = self.SEEDS / "fortio_report"
        report = ingest(fortio / "drop.json", fortio / "small.json")
        self.assertEqual(report["samples"], sum(json.loads((fortio / name).read_text())["DurationHistogram"]["Count"]
                                                for name in ("drop.json", "small.json")))


class ForeignTest(unittest.TestCase):
    def test_other_tools_are_refused(self):
        paths = sorted((CORPUS / "foreign").iterdir())
        self.assertGreaterEqual(len(paths), 5)
        for path in paths:
            with self.subTest(path.name):
                done = run("--json", path)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertEqual(done.stdout, b"")
                self.assertIn(path.name, done.stderr.decode())

    def test_empty_and_missing_files_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            empty = pathlib.Path(folder, "empty.jtl")
            empty.touch()
            for path in (empty, pathlib.Path(folder, "missing.jtl")):
                done = run("--json", path)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(path.name, done.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
