"""The dashboards of every data source show the numbers that the program itself prints: at five moments of a test that
goes on, and when it is over; then nothing is drawn any more, and the numbers stay.

Needs OMNIWRITER_PROGRAM, and the servers that `tools/setup.sh test` installs."""

import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "support")]

# pylint: disable=wrong-import-position
import grafana_queries  # noqa: E402
import servers as real  # noqa: E402
from fake_grafana import FakeGrafana  # noqa: E402
from servers import eventually, http  # noqa: E402

PROGRAM = os.path.abspath(os.environ["OMNIWRITER_PROGRAM"])
MOMENTS = 5
HEADER = "timeStamp,elapsed,label,responseCode,responseMessage,success,bytes,sentBytes,allThreads,Latency,Connect\n"
ENDPOINTS = ("home", "search (all)", "order/confirm")

servers = None
receiver = None  # a Prometheus that is written to


def row_of(number, start_ms):
    endpoint = number % 3
    elapsed = (10, 30, 60)[endpoint] + number * 7 % 29
    bad = endpoint and number % (10 * endpoint + 1) == 0
    message = f"no stock of item {number + 1000}" if bad else "OK"
    return (f"{start_ms},{elapsed},{ENDPOINTS[endpoint]},{500 if bad else 200},{message},{str(not bad).lower()},"
            f"{1000 + number % 100},{200 + endpoint},{4 + number // 200},{elapsed // 2},{elapsed // 10}\n")


def phases_of(rows):
    """{endpoint: {column of the dashboard: seconds}}: what JMeter's columns come to."""
    by_endpoint = {}
    for row in rows:
        values = row.split(",")
        elapsed, latency, connect = int(values[1]), int(values[-2]), int(values[-1])
        by_endpoint.setdefault(values[2], []).append((connect, latency - connect, elapsed - latency))
    return {endpoint: {column: sum(one[index] for one in all_of_it) / len(all_of_it) / 1000
                       for index, column in enumerate(("Connect", "Waiting", "Receiving"))}
            for endpoint, all_of_it in by_endpoint.items()}


def k6_lines(start):
    """Ten seconds of a test with checks, of which every fifth of the second fails, and a counter."""
    def point(metric, moment, value, **tags):
        return json.dumps({"metric": metric, "type": "Point", "data": {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{round(moment % 1 * 1000):03}Z",
            "value": value, "tags": tags}}) + "\n"

    lines = [json.dumps({"type": "Metric", "data": {"name": "orders", "type": "counter", "contains": "default",
                                                    "thresholds": [], "submetrics": None}, "metric": "orders"}) + "\n"]
    for number in range(100):
        moment = start + number / 10 + 0.05
        scenario, duration = (("browse", 20), ("buy", 60))[number % 4 == 0]
        request = {"name": "home", "method": "GET", "status": "200", "expected_response": "true", "group": "",
                   "scenario": scenario}
        lines.append(point("http_req_duration", moment, duration, **request))
        for phase, value in (("blocked", 1), ("waiting", 15), ("receiving", 4)):
            lines.append(point(f"http_req_{phase}", moment, value, **request))
        lines.append(point("checks", moment, 1, check="status is 200", group=""))
        lines.append(point("checks", moment, int(number % 5 != 0), check="has a price", group=""))
        lines.append(point("orders", moment, 3))
    return lines


class Load(threading.Thread):
    """A test that goes on until it is told to end: 40 requests a second, none of which runs into the next second."""

    def __init__(self, file):
        super().__init__(daemon=True)
        self.file, self.rows, self.over = file, [], threading.Event()

    def run(self):
        with self.file.open("w", encoding="utf-8", buffering=1) as out:
            out.write(HEADER)
            start = time.time() // 1 + 1
            for number in itertools.count():
                moment = start + number // 40 + number % 40 * 0.02
                if self.over.wait(max(0, moment + 0.1 - time.time())):
                    return
                self.rows.append(row_of(number, int(moment * 1000)))
                out.write(self.rows[-1])


class DashboardsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        """Servers of their own: runs of another test would be among those that can be chosen."""
        global servers, receiver  # pylint: disable=global-statement
        if not os.access(PROGRAM, os.X_OK):
            raise FileNotFoundError(f"{PROGRAM}: not built; run: make build")
        servers = cls.enterClassContext(real.Servers())
        receiver = cls.enterClassContext(real.started(lambda port, folder: real.prometheus(
            port, folder, "--web.enable-remote-write-receiver", "--enable-feature=native-histograms")))

    def setUp(self):
        self.grafana = self.enterContext(FakeGrafana())
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.test_name, self.run_id = f"shop {uuid.uuid4().hex[:8]}", f"run-{uuid.uuid4().hex[:8]}"
        self.index = f"index-{uuid.uuid4().hex[:12]}"
        self.expectations = {}
        self.environment = {
            "PATH": os.environ["PATH"], "TZ": "UTC", "GRAFANA_URL": self.grafana.url,
            "GRAFANA_API_KEY": self.grafana.add_token("Admin"), "PROMETHEUS_URL": servers.prometheus.url,
            "PROMETHEUS_PUSHGATEWAY": servers.pushgateway.url, "ELASTICSEARCH_URL": servers.elasticsearch.url,
            "ELASTICSEARCH_INDEX": self.index, "INFLUXDB_URL": servers.influxdb.url,
            "INFLUXDB_DATABASE": f"db_{uuid.uuid4().hex[:12]}"}
        self.boards = {}
        for source in ("prometheus", "influxdb", "elasticsearch"):
            self.configure(source)
            done = self.program("apply", "--force", "--json")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.boards[source] = {uid: stored["versions"][-1]["data"] for uid, stored in self.grafana.dashboards.items()}
        self.sources = {uid: json.loads(json.dumps(one)) for uid, one in self.grafana.data_sources.items()}
        self.sources["omniwriter-prometheus"]["jsonData"]["timeInterval"] = "1s"
        written_to = json.loads(json.dumps(self.sources["omniwriter-prometheus"]))
        written_to["url"] = receiver.url
        self.variants = {
            "prometheus: pushgateway": ("prometheus", self.sources),
            "prometheus: remote write": ("prometheus", {**self.sources, "omniwriter-prometheus": written_to}),
            "influxdb": ("influxdb", self.sources), "elasticsearch": ("elasticsearch", self.sources)}

    def configure(self, datasource):
        (self.folder / "config.json").write_text(json.dumps({
            "lang": "en", "grafana": {"datasource": datasource, "alert_rules": True},
            "alerts": {"high_error_rate": {"ratio": 0.01, "for_seconds": 5}, "low_throughput": {"rps": 1}},
            "delivery": {"live_interval_seconds": 2, "give_up_after_seconds": 60},
            "outputs": {"remote_write": receiver.url + "/api/v1/write"}}))

    def command(self, verb, *arguments):
        return [PROGRAM, verb, "--config", "config.json", *arguments]

    def program(self, verb, *arguments, **environment):
        return subprocess.run(self.command(verb, *arguments), cwd=self.folder, capture_output=True, text=True, timeout=120,
                              check=False, env={**self.environment, **environment})

    def expected(self, rows):
        """What the program prints of the first so many rows."""
        if len(rows) not in self.expectations:
            with tempfile.NamedTemporaryFile("w", suffix=".jtl", encoding="utf-8", dir=self.folder) as file:
                file.write(HEADER + "".join(rows))
                file.flush()
                done = subprocess.run([PROGRAM, "ingest", "--json", "--quiet", "--store", "other.db", file.name],
                                      cwd=self.folder, capture_output=True, text=True, timeout=60, check=True,
                                      env={"PATH": os.environ["PATH"], "TZ": "UTC"})
                self.expectations[len(rows)] = json.loads(done.stdout)
        return self.expectations[len(rows)]

    def board(self, variant, uid="omniwriter-main", start=None, end=None, relative=True):
        source, sources = self.variants[variant]
        now_ms = int(time.time() * 1000)
        board = grafana_queries.Dashboard(self.boards[source][uid], sources, start or now_ms - 15 * 60000, end or now_ms,
                                          relative=relative)
        return board, {panel["title"]: panel for panel in board.panels}

    def number(self, variant, title, **window):
        board, panels = self.board(variant, **window)
        return list(board.numbers(panels[title]).values())

    def first_number(self, variant):
        try:
            return self.number(variant, "Requests")
        except grafana_queries.QueryError:  # an index that is just being made
            return []

    def shown(self, variant, **window):
        """Everything that the panels with numbers show, from one state: None where it changed meanwhile."""
        http("POST", f"{servers.elasticsearch.url}/{self.index}-*/_refresh")
        board, panels = self.board(variant, **window)
        before = board.numbers(panels["Requests"])
        numbers = {title: board.numbers(panels[title]) for title in
                   ("Requests", "Throughput", "Errors", "Mean", "p95", "p99", "Data")}
        tables = {title: board.rows(panels[title]) for title in ("Runs of the test", "Endpoints")}
        tables["slowest"] = board.rows(panels["Slowest endpoints (p95)"])
        return (numbers, tables) if board.numbers(panels["Requests"]) == before else None

    def check(self, variant, report, numbers, tables, throughput_within):
        """What is shown against what the program prints."""
        def same(shown, expected, what, within=1e-4):
            self.assertIsNotNone(shown, what)
            self.assertAlmostEqual(shown, expected, delta=abs(expected) * within + 1e-12, msg=f"{variant}: {what}")

        times = report["response_time_seconds"]
        for title, expected in (("Requests", report["samples"]), ("Errors", report["error_ratio"]), ("Mean", times["mean"]),
                                ("p95", times["p95"]), ("p99", times["p99"])):
            value, = numbers[title].values()
            same(value, expected, title)
        throughput, = numbers["Throughput"].values()
        same(throughput, report["throughput_rps"], "Throughput", throughput_within)
        same(numbers["Data"]["Received"], report["bytes_received"], "Received")
        same(numbers["Data"]["Sent"], report["bytes_sent"], "Sent")

        run, = tables["Runs of the test"]
        self.assertEqual(run["Run"], self.run_id)
        for column, expected in (("Requests", report["samples"]), ("Errors", report["error_ratio"]),
                                 ("Mean", times["mean"]), ("p95", times["p95"]), ("Δ p95", 0)):
            same(run[column], expected, f"runs: {column}")
        for column in ("Duration", "Throughput"):
            same(run[column], report[{"Duration": "duration_seconds", "Throughput": "throughput_rps"}[column]],
                 f"runs: {column}", throughput_within)

        rows = {row["Endpoint"]: row for row in tables["Endpoints"]}
        self.assertEqual(set(rows), {one["endpoint"] for one in report["endpoints"]})
        shares = [row["Share of time"] for row in tables["Endpoints"]]
        self.assertEqual(shares, sorted(shares, reverse=True))
        self.assertAlmostEqual(sum(shares), 1, places=6)
        for one in report["endpoints"]:
            row, own = rows[one["endpoint"]], one["response_time_seconds"]
            for column, expected in (("Requests", one["samples"]), ("Errors", one["error_ratio"]), ("Mean", own["mean"]),
                                     ("p50", own["p50"]), ("p90", own["p90"]), ("p95", own["p95"]), ("p99", own["p99"]),
                                     ("Max", own["max"])):
                same(row[column], expected, f"{one['endpoint']}: {column}")
            same(row["Throughput"], one["throughput_rps"], "throughput of an endpoint", throughput_within)
        slowest = max(report["endpoints"], key=lambda one: one["response_time_seconds"]["p95"])
        self.assertEqual(tables["slowest"][0]["Endpoint"], slowest["endpoint"])

    def check_details(self, variant, rows, **window):
        """Phases and messages against the rows of the load tool's file."""
        board, panels = self.board(variant, **window)
        shown = {row["Endpoint"]: row for row in board.rows(panels["Phases by endpoint"])}
        expected = phases_of(rows)
        self.assertEqual(set(shown), set(expected), variant)
        for endpoint, means in expected.items():
            for column, mean in means.items():
                self.assertAlmostEqual(shown[endpoint][column], mean, delta=mean * 1e-4, msg=f"{variant}: {endpoint}: {column}")
        messages = board.rows(panels["What the tool said of errors"])
        failed = [row.split(",")[2] for row in rows if ",500," in row]
        self.assertEqual({(row["Endpoint"], row["Error type"], row["Message"]): row["Count"] for row in messages},
                         {(endpoint, "http_500", "no stock of item #"): failed.count(endpoint) for endpoint in set(failed)},
                         variant)

    def check_one_endpoint(self, variant, report):
        """With one endpoint chosen, the top follows."""
        board, panels = self.board(variant)
        for one in report["endpoints"]:
            board.select(endpoint=one["endpoint"])
            for title, expected in (("Requests", one["samples"]), ("Errors", one["error_ratio"]),
                                    ("Throughput", one["throughput_rps"]),
                                    ("Mean", one["response_time_seconds"]["mean"]),
                                    ("p95", one["response_time_seconds"]["p95"])):
                value, = board.numbers(panels[title]).values()
                self.assertAlmostEqual(value, expected, delta=expected * 1e-4, msg=f"{variant}: {one['endpoint']}: {title}")
            row, = board.rows(panels["Endpoints"])
            self.assertEqual(row["Endpoint"], one["endpoint"])
            for title in ("Throughput (req/s)", "Error Rate (%)", "Response Time (ms): p50, p95, p99",
                          "Requests by status"):
                self.assertTrue(any(frame.points for frames in board.frames(panels[title]).values() for frame in frames),
                                f"{variant}: {one['endpoint']}: {title}")

    def over_time(self, board):
        """{title: times of what is drawn} of the panels over time, in seconds."""
        drawn = {}
        for panel in board.panels:
            if panel["type"] in ("timeseries", "heatmap", "state-timeline"):
                drawn[panel["title"]] = [moment / 1000 for frames in board.frames(panel).values() for frame in frames
                                         for moment, value in frame.points if value is not None and value == value]
        return drawn

    def variables(self, variant):
        """The first of the tests that can be chosen, and its runs."""
        board, _ = self.board(variant)
        return next(iter(board.variables["test"]), None), board.variables["run"]

    def alerts(self, variant):
        board, panels = self.board(variant, "omniwriter-alerts")
        return {row["Alert"]: row for row in board.rows(panels["Alertas Ativos"])}


class LiveTest(DashboardsTest):
    def test_live_and_after(self):
        file = self.folder / "results.jtl"
        load = Load(file)
        self.addCleanup(load.over.set)
        process = subprocess.Popen(
            self.command("follow", str(file), "--idle", "0", "--json", "--quiet", "--store", "runs.db", "--run-id",
                         self.run_id, "--test-name", self.test_name),
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        load.start()
        for variant in self.variants:
            # The servers may know of other runs; the newest stands first.
            eventually(lambda: self.variables(variant) == (self.test_name, [self.run_id]), f"{variant}: run", 60)  # noqa: B023
            eventually(lambda: self.first_number(variant), f"{variant}: requests", 60)  # noqa: B023
            eventually(lambda: sorted(self.board(variant)[0].variables["endpoint"]) == sorted(ENDPOINTS),  # noqa: B023
                       f"{variant}: endpoints", 15)

        seen = {variant: set() for variant in self.variants}
        for moment in range(MOMENTS):
            for variant in self.variants:
                with self.subTest(variant, moment=moment):
                    numbers, tables = eventually(lambda: self.shown(variant), "one state", 15)  # noqa: B023
                    known, = numbers["Requests"].values()
                    seen[variant].add(known)
                    # Slots tell when they are over, not when their last request was.
                    within = 1 / 3 if "write" in variant else 1e-4
                    self.check(variant, self.expected(load.rows[:int(known)]), numbers, tables, within)
            time.sleep(2)
        self.assertIsNone(process.poll())
        for variant, moments in seen.items():
            self.assertGreaterEqual(len(moments), MOMENTS - 1, f"{variant} stood still: {moments}")
            with self.subTest(variant):
                board, _ = self.board(variant)
                for title, times in self.over_time(board).items():
                    if title not in ("System Resources", "Checks passed", "Mean by $dimension"):  # the tool told of none
                        self.assertTrue(times, f"{variant}: {title} is empty while the test runs")
                alert = self.alerts(variant)["HighErrorRate"]
                self.assertEqual((alert["State"], alert["Threshold"], alert["Run"]), (2, "> 1 %", self.run_id))
                self.assertEqual(alert.get("Unit") or alert["Value"].split()[-1], "%")

        load.over.set()
        load.join()
        time.sleep(3)
        process.terminate()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        report = json.loads(out)
        self.assertEqual(report["samples"], len(load.rows))
        ended, minute = time.time(), 60000
        for variant in self.variants:
            with self.subTest(variant, moment="after"):
                eventually(lambda: self.number(variant, "Requests") == [report["samples"]], "all requests", 60)  # noqa: B023
                self.check(variant, report, *self.shown(variant), 1e-4)
                self.check_one_endpoint(variant, report)
                self.check_details(variant, load.rows)
                # A quarter of an hour later, and for who looks at another time.
                later = int(ended * 1000) + 15 * minute
                self.check(variant, report, *self.shown(variant, start=later - 24 * 60 * minute, end=later), 1e-4)
                if variant != "elasticsearch":
                    self.check(variant, report, *self.shown(variant, start=later, end=later + minute), 1e-4)

        time.sleep(max(0, ended + 12 - time.time()))
        for variant in self.variants:
            with self.subTest(variant, moment="nothing drawn"):
                board, _ = self.board(variant)
                for title, times in self.over_time(board).items():
                    # Histograms of phases are told at the end of their stretch of 16 seconds.
                    room = 20 if title == "Mean by phase" and "write" in variant else 4
                    late = [moment for moment in times if moment > ended + room]
                    if title == "Histórico de Alertas":
                        continue
                    self.assertEqual(late, [], f"{variant}: {title}: drawn after the end at {ended}")


class DetailsTest(DashboardsTest):
    def test_checks_and_metrics_of_a_run_that_is_over(self):
        start = int(time.time()) - 60
        (self.folder / "k6.json").write_text("".join(k6_lines(start)))
        done = self.program("ingest", "k6.json", "--by", "scenario", "--json", "--quiet", "--store", "runs.db", "--run-id", self.run_id,
                            "--test-name", self.test_name)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for variant in self.variants:
            with self.subTest(variant):
                eventually(lambda: self.first_number(variant) == [100], f"{variant}: requests", 60)  # noqa: B023
                http("POST", f"{servers.elasticsearch.url}/{self.index}-*/_refresh")
                board, panels = self.board(variant)
                results = {row["Check"]: row for row in board.rows(panels["Results of checks"])}
                self.assertEqual({name: (row["Passed"], row["Failed"]) for name, row in results.items()},
                                 {"status is 200": (100, 0), "has a price": (80, 20)})
                self.assertAlmostEqual(results["has a price"]["Rate"], 0.8)
                self.assertEqual(board.variables["dimension"], ["scenario"])
                values = {row["Value"]: row for row in board.rows(panels["Values of $dimension"])}
                for value, requests, seconds in (("browse", 75, 0.02), ("buy", 25, 0.06)):
                    self.assertEqual((values[value]["Requests"], values[value]["Errors"]), (requests, 0))
                    for column in ("Mean", "p50", "p95", "p99", "Max"):
                        self.assertAlmostEqual(values[value][column], seconds, delta=seconds * 0.0028, msg=column)
                phases, = board.rows(panels["Phases by endpoint"])
                for column, expected in (("Endpoint", "home"), ("Blocked", 0.001), ("Waiting", 0.015), ("Receiving", 0.004)):
                    if column == "Endpoint":
                        self.assertEqual(phases[column], expected)
                    else:
                        self.assertAlmostEqual(phases[column], expected, delta=1e-6)
                if "pushgateway" in variant:
                    continue  # was told of the end alone
                drawn = {}
                for frames in board.frames(panels["Checks passed"]).values():
                    for frame in frames:
                        name = next(iter(frame.labels.values()))
                        drawn[name] = [value for _, value in frame.points if value is not None and value == value]
                self.assertEqual(set(drawn), {"status is 200", "has a price"})
                self.assertTrue(drawn["has a price"] and all(abs(value - 0.8) < 0.21 for value in drawn["has a price"]), drawn)
                self.assertEqual(set(drawn["status is 200"]), {1})
                means = {}
                for frames in board.frames(panels["Mean by $dimension"]).values():
                    for frame in frames:
                        means[next(iter(frame.labels.values()))] = [
                            value for _, value in frame.points if value is not None and value == value]
                self.assertEqual(set(means), {"browse", "buy"})
                for value in means["buy"]:
                    self.assertAlmostEqual(value, 0.06, delta=1e-6)
                stacked = {}
                for frames in board.frames(panels["Mean by phase"]).values():
                    for frame in frames:
                        stacked[next(iter(frame.labels.values()))] = [
                            value for _, value in frame.points if value is not None and value == value]
                self.assertEqual(set(stacked), {"blocked", "waiting", "receiving"})
                for value in stacked["waiting"]:
                    self.assertAlmostEqual(value, 0.015, delta=1e-6)


if __name__ == "__main__":
    unittest.main(verbosity=2)
