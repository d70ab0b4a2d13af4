"""Runs that go to servers of Prometheus' kind over time, and come back through their queries.

Needs OMNIWRITER_PROGRAM and Debian's Prometheus (`tools/setup.sh test`). Servers that `tools/load_servers.sh` installs are
tested where they are there; with OMNIWRITER_ALL_SERVERS they have to be."""

import bisect
import collections
import contextlib
import gzip
import http.server as http_server
import json
import math
import os
import pathlib
import random
import subprocess
import tempfile
import threading
import time
import unittest

import more_servers
import servers as real
from lossy_proxy import LossyProxy
from servers import eventually, get_json, http

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
TEST_NAME = 'loja, "Zürich" a=b \\\\ c'
WRITE = "/api/v1/write"
TIMES = "load_test_response_time_seconds"
BUCKET = 2 ** (2 ** -7)  # how much wider a bucket's upper bound is than its lower one

Request = collections.namedtuple("Request", "start_ms ms endpoint status")


def make_requests(start, seconds, seed=1):
    """Ten a second; one endpoint rests in the middle, another begins late, one request of thirty fails."""
    chance = random.Random(seed)
    for i in range(seconds * 10):
        second = i // 10
        endpoints = ["/cart", "/pay é\"", "/late"]
        endpoint = endpoints[i % 3]
        if (endpoint == "/late" and second < seconds // 2) or (endpoint == "/cart" and 5 <= second % 20 < 12):
            endpoint = endpoints[1]
        yield Request(start * 1000 + i * 100, int(chance.lognormvariate(4, 1)) + 1, endpoint, 500 if i % 30 == 7 else 200)


def last_second(requests):
    """Where the second ends in which the last of them ended."""
    return math.ceil(max(request.start_ms + request.ms for request in requests) / 1000)


def optional_server(make):
    try:
        return make()
    except real.MissingServer as missing:
        if os.environ.get("OMNIWRITER_ALL_SERVERS"):
            raise
        raise unittest.SkipTest(str(missing)) from None


class TestCase(unittest.TestCase):
    latest = "{}"  # the value of a series, also when it rests

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.start = int(time.time()) - 120

    def write_results(self, requests, name="results.csv"):
        lines = ["timestamp,duration_ms,endpoint,status,error\n"]
        for request in requests:
            name_of = '"' + request.endpoint.replace('"', '""') + '"'
            error = f"http_{request.status}" if request.status != 200 else ""
            lines.append(f"{request.start_ms},{request.ms},{name_of},{request.status},{error}\n")
        path = self.folder / name
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def command(self, verb, file, output, run_id="run-1", config=None):
        (self.folder / "config.json").write_text(json.dumps({
            "delivery": {"give_up_after_seconds": 3, "request_timeout_seconds": 5, "live_interval_seconds": 1},
            "labels": {"Team": "shop"}, **(config or {})}))
        return [PROGRAM, verb, "--json", "--quiet", "--config", "config.json", "--store", "runs.db", "--run-id", run_id,
                "--test-name", TEST_NAME, "-o", output, file]

    def deliver(self, file, output, exit_code=0, **options):
        """The ledger entry of the output, and the report."""
        done = subprocess.run(self.command("ingest", file, output, **options), cwd=self.folder, capture_output=True,
                              timeout=180, check=False, env={"PATH": os.environ["PATH"], "TZ": "UTC"})
        self.assertEqual(done.returncode, exit_code, done.stderr.decode())
        report = json.loads(done.stdout)
        (entry,) = report["outputs"]
        self.assertEqual(entry["accepted"] + entry["rejected"] + entry["pending"], report["samples"])
        if exit_code == 0:
            self.assertEqual((entry["rejected"], entry["pending"], entry["problems"]), (0, 0, []))
        return entry, report

    def query(self, server, query, at):
        """[(labels, value)] at a time, without what the server adds by itself."""
        answer = get_json(server.url + "/api/v1/query", {"query": query, "time": at})
        return [(entry["metric"], float(entry["value"][1])) for entry in answer["data"]["result"] if "value" in entry]

    def value(self, server, query, at):
        result = self.query(server, query, at)
        self.assertEqual(len(result), 1, (query, result))
        return result[0][1]

    def assert_holds(self, server, requests, report, native, *, classic=True, ends="{}"):
        """The server tells the run as it was, from the first second to the last."""
        end = requests[-1].start_ms // 1000 + 1
        final = last_second(requests) + 1
        own = '{testid="run-1"}'

        by_status = collections.Counter((request.endpoint, str(request.status)) for request in requests)
        found = {(labels["endpoint"], labels["status"]): value
                 for labels, value in self.query(server, f"load_test_requests_total{own}", final)}
        self.assertEqual(found, by_status)
        for labels, _ in self.query(server, f"load_test_requests_total{own}", final):
            self.assertEqual((labels["test_name"], labels["Team"]), (TEST_NAME, "shop"))
        (labels, errors), = self.query(server, f"load_test_errors_total{own}", final)
        self.assertEqual((labels["error_type"], errors), ("http_500", report["errors"]))

        # Each second of the timeline.
        answer = get_json(server.url + "/api/v1/query_range",
                          {"query": f"sum({self.latest.format(f'load_test_requests_total{own}')})", "start": self.start, "end": end, "step": 1})
        starts = [request.start_ms / 1000 for request in requests]
        series, = answer["data"]["result"]
        self.assertEqual([(at, float(value)) for at, value in series["values"]],
                         [(at, bisect.bisect_left(starts, at)) for at in range(self.start, end + 1)])
        # What a series counts in its first second is an increase, too.
        for _, value in self.query(server, f'load_test_requests_total{{testid="run-1",endpoint="/late"}} offset 1s', final):
            self.assertGreater(value, 0)
        increase = self.value(server, f"sum(increase(load_test_requests_total{own}[3m]))", final)
        self.assertAlmostEqual(increase, len(requests), delta=0.05 * len(requests))

        times = sorted(request.ms / 1000 for request in requests)
        if classic:
            self.assertEqual(self.value(server, f"sum({TIMES}_count{own})", final), len(times))
            self.assertAlmostEqual(self.value(server, f"sum({TIMES}_sum{own})", final), sum(times), places=6)
        for q in (0.5, 0.9, 0.95, 0.99):
            rank = math.ceil(q * len(times))
            low, high = times[max(rank - 2, 0)], times[min(rank, len(times) - 1)]
            if native:
                estimate = self.value(server, f"histogram_quantile({q}, sum({TIMES}{own}))", final)
                self.assertTrue(low / BUCKET <= estimate <= high * BUCKET, f"{q}: {estimate} not near {low} to {high}")
            if classic:
                estimate = self.value(server, f"histogram_quantile({q}, sum by (le) ({TIMES}_bucket{own}))", final)
                bounds = sorted(float(labels["le"]) for labels, _ in
                                self.query(server, f"sum by (le) ({TIMES}_bucket{own})", final))
                at = bisect.bisect_left(bounds, times[rank - 1])
                self.assertTrue(bounds[at - 1] <= estimate <= bounds[at], f"{q}: {estimate}")

        # Exact quantiles, of the run and its endpoints; what is over stays readable in a range that holds it.
        for at, read in ((final, "{}"), (final + 60, "last_over_time({}[10m])")):
            for q, name in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"), ("1", "max")):
                metric = read.format(f'load_test_run_response_time_seconds{{testid="run-1",quantile="{q}"}}')
                self.assertAlmostEqual(self.value(server, metric, at), report["response_time_seconds"][name], places=9)
            found = {labels["endpoint"]: value for labels, value in self.query(server, read.format(
                'load_test_endpoint_response_time_seconds{testid="run-1",quantile="0.95"}'), at)}
            self.assertEqual({name: round(value, 9) for name, value in found.items()},
                             {entry["endpoint"]: round(entry["response_time_seconds"]["p95"], 9)
                              for entry in report["endpoints"]})
            ended = self.value(server, read.format(f"load_test_run_end_time_seconds{own}"), at)
            self.assertAlmostEqual(ended, max(r.start_ms + r.ms for r in requests) / 1000, places=3)
        half = self.value(server, 'load_test_run_response_time_seconds{testid="run-1",quantile="1"}', self.start + 30)
        self.assertAlmostEqual(half, max(r.ms for r in requests if r.start_ms < (self.start + 30) * 1000) / 1000)

        # Where the run ends, its series end.
        self.assertGreater(len(self.query(server, own, final)), 5)
        if ends:
            self.assertEqual(self.query(server, f"count({ends.format(own)})", final + 1), [])


class Receiver(TestCase):
    """What every receiver of remote write has to show. Sub-classes say which server it is."""

    native = True

    @classmethod
    def setUpClass(cls):
        if cls is Receiver:
            raise unittest.SkipTest("of no server")
        cls.server = cls.enterClassContext(cls.running())

    def setUp(self):
        super().setUp()
        # A series of each test of its own would do; a start of its own keeps queries simple.
        self.requests = list(make_requests(self.start, 60))
        self.results = self.write_results(self.requests)

    def settle(self):
        """Before reading back."""

    @classmethod
    @contextlib.contextmanager
    def running(cls):
        with contextlib.ExitStack() as stack:
            yield optional_server(lambda: stack.enter_context(cls.context()))


class RemoteWrite(Receiver):
    @classmethod
    def setUpClass(cls):
        if cls is RemoteWrite:
            raise unittest.SkipTest("of no server")
        super().setUpClass()

    def test_a_finished_run_also_when_sent_again_and_over_a_lossy_line(self):
        with LossyProxy(self.server.url, WRITE, lost_replies=3) as proxy:
            _, report = self.deliver(self.results, f"remote_write={proxy.url}{WRITE}")
            self.assertEqual(proxy.lost, 3)
        self.settle()
        self.assert_holds(self.server, self.requests, report, self.native)
        self.deliver(self.results, f"remote_write={self.server.url}{WRITE}")
        self.settle()
        self.assert_holds(self.server, self.requests, report, self.native)


class LiveAndLate(RemoteWrite):
    """What Prometheus alone has to show."""

    @classmethod
    def setUpClass(cls):
        if cls is LiveAndLate:
            raise unittest.SkipTest("of no server")
        super().setUpClass()

    def test_a_server_that_dies_midway_gets_the_rest_later(self):
        with self.running() as server:
            with LossyProxy(server.url, WRITE, dies_after=20) as proxy:
                entry, _ = self.deliver(self.results, f"remote_write={proxy.url}{WRITE}", exit_code=4)
            self.assertGreater(entry["accepted"], 0)
            self.assertGreater(entry["pending"], 0)
            _, report = self.deliver(self.results, f"remote_write={server.url}{WRITE}")
            self.assert_holds(server, self.requests, report, self.native)

    def test_while_the_run_goes_on(self):
        late = Request(self.start * 1000 + 3500, 5, "/cart", 200)  # is written long after its second was told of
        with self.running() as server:
            file = self.write_results(self.requests[:400], "live.csv")
            process = subprocess.Popen(
                [*self.command("follow", file, f"remote_write={server.url}{WRITE}"), "--idle", "0"],
                cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
            self.addCleanup(process.communicate)
            self.addCleanup(process.kill)
            known = 'sum(load_test_requests_total{testid="run-1"})'
            eventually(lambda: self.query(server, known, self.start + 20) == [({}, 200)], "twenty seconds are known")
            self.assertIsNone(process.poll())
            rest = self.write_results([late, *self.requests[400:]], "rest.csv").read_text(encoding="utf-8")
            with open(file, "a", encoding="utf-8") as stream:
                stream.write(rest.split("\n", 1)[1])
            process.terminate()
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err.decode())
            (entry,) = json.loads(out)["outputs"]
            self.assertEqual((entry["accepted"], entry["problems"]), (601, []))
            self.assertEqual(self.value(server, known, self.start + 20), 200, "history stays as it was told")
            final = last_second(self.requests) + 1
            self.assertEqual(self.value(server, known, final), 601)
            self.assertEqual(self.query(server, known, final + 1), [])

    def test_a_run_that_is_too_old_is_refused_as_a_whole_and_says_why(self):
        old = list(make_requests(self.start - 5 * 3600, 60))
        file = self.write_results(old, "old.csv")
        with self.running() as server:
            self.deliver(self.results, f"remote_write={server.url}{WRITE}", run_id="recent")
            entry, _ = self.deliver(file, f"remote_write={server.url}{WRITE}", exit_code=4)
            self.assertEqual(entry["pending"], len(old))
            problem, = entry["problems"]
            for part in ("out_of_order_time_window to at least 7h", "replay", "create-blocks-from openmetrics"):
                self.assertIn(part, problem)
            held = self.query(server, 'count(last_over_time({testid="run-1"}[10h]))', time.time())
            self.assertEqual(held, [], "nothing of it is there")

    def test_a_run_that_is_old_goes_where_old_samples_may_go(self):
        recent_start, self.start = self.start, self.start - 5 * 3600
        old = list(make_requests(self.start, 60))
        file = self.write_results(old, "old.csv")
        with self.context(config="storage: {tsdb: {out_of_order_time_window: 7h}}") as server:
            recent = self.write_results(make_requests(recent_start, 60), "recent.csv")
            self.deliver(recent, f"remote_write={server.url}{WRITE}", run_id="recent")
            # Prometheus before 3 takes no native histograms out of order.
            _, report = self.deliver(file, f"remote_write={server.url}{WRITE}")
            self.assert_holds(server, old, report, self.native_out_of_order)


class Prometheus2(LiveAndLate):
    """Debian's: knows version 1.0 alone, and native histograms because it is told to."""

    native_out_of_order = False

    @classmethod
    def context(cls, **options):
        return real.started(lambda port, folder: real.prometheus(
            port, folder, "--web.enable-remote-write-receiver", "--enable-feature=native-histograms", **options))


class Prometheus2WithoutNativeHistograms(RemoteWrite):
    native = False

    @classmethod
    def context(cls):
        return real.started(lambda port, folder: real.prometheus(port, folder, "--web.enable-remote-write-receiver"))


class Prometheus3(LiveAndLate):
    """Knows version 2.0; that it has native histograms shows that it was used."""

    native_out_of_order = True

    @classmethod
    def context(cls, **options):
        return real.started(lambda port, folder: real.prometheus(
            port, folder, "--web.enable-remote-write-receiver", program=more_servers.prometheus3(), **options))


class VictoriaMetrics(RemoteWrite):
    """Knows version 1.0 alone; makes histograms of its own kind of native ones."""

    native = False
    latest = "last_over_time({}[1m])"  # a series that rests for seven seconds is not there for it

    @classmethod
    def context(cls):
        return more_servers.running("victoria_metrics")

    def settle(self):
        self.assertEqual(http("GET", self.server.url + "/internal/force_flush")[0], 200)


class OpenTelemetry:
    """What every receiver of OTLP has to show."""

    native = True
    ends = "{}"
    path = ""

    def setUp(self):
        super().setUp()
        self.requests = list(make_requests(self.start, 60))
        self.results = self.write_results(self.requests)

    def check(self, server):
        with LossyProxy(server.url, "/v1/metrics", lost_replies=3) as proxy:
            _, report = self.deliver(self.results, f"otlp={proxy.url}{self.path}")
            self.assertEqual(proxy.lost, 3)
        self.settle(server)
        self.assert_holds(server, self.requests, report, self.native, classic=False, ends=self.ends)
        self.deliver(self.results, f"otlp={server.url}{self.path}")
        self.settle(server)
        self.assert_holds(server, self.requests, report, self.native, classic=False, ends=self.ends)

    def settle(self, server):
        """Before reading back."""


class OpenTelemetryPrometheus3(OpenTelemetry, TestCase):
    path = "/api/v1/otlp"

    def test_a_finished_run_also_when_sent_again_and_over_a_lossy_line(self):
        program = optional_server(more_servers.prometheus3)
        with real.started(lambda port, folder: real.prometheus(port, folder, "--web.enable-otlp-receiver",
                                                               program=program)) as server:
            self.check(server)
            (labels, _), = self.query(server, 'load_test_errors_total{testid="run-1"}', last_second(self.requests))
            self.assertEqual(labels["job"], "load_test")

    def test_a_run_that_is_too_old_is_refused_as_a_whole_and_says_why(self):
        program = optional_server(more_servers.prometheus3)
        file = self.write_results(make_requests(self.start - 5 * 3600, 60), "old.csv")
        with real.started(lambda port, folder: real.prometheus(port, folder, "--web.enable-otlp-receiver",
                                                               program=program)) as server:
            self.deliver(self.results, f"otlp={server.url}{self.path}", run_id="recent")
            entry, _ = self.deliver(file, f"otlp={server.url}{self.path}", exit_code=4)
            self.assertEqual(entry["pending"], 600)
            self.assertIn("out_of_order_time_window", entry["problems"][0])


class OpenTelemetryVictoriaMetrics(OpenTelemetry, TestCase):
    native = False
    path = "/opentelemetry"
    ends = "load_test_requests_total{}"  # it passes over the end of histograms
    latest = "last_over_time({}[1m])"

    def settle(self, server):
        self.assertEqual(http("GET", server.url + "/internal/force_flush")[0], 200)

    def test_a_finished_run_also_when_sent_again_and_over_a_lossy_line(self):
        with contextlib.ExitStack() as stack:
            self.check(optional_server(lambda: stack.enter_context(more_servers.running("victoria_metrics"))))


class OpenTelemetryBytes(TestCase):
    """Google's decoder reads what a collector gets."""

    def test_every_request_arrives(self):
        requests = list(make_requests(self.start, 20))
        bodies = []

        class Collector(http_server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        with http_server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
            threading.Thread(target=collector.serve_forever, daemon=True).start()
            self.deliver(self.write_results(requests), f"otlp=http://127.0.0.1:{collector.server_port}")
            collector.shutdown()
        points = collections.defaultdict(list)
        for body in bodies:
            for metric in self.metrics_of(body):
                kind, data = next((key, value[0]) for key, value in metric.items() if key in ("sum", "gauge", "exponential_histogram"))
                if kind != "gauge":
                    self.assertEqual(data["aggregation_temporality"], ["AGGREGATION_TEMPORALITY_CUMULATIVE"])
                self.assertEqual(data.get("is_monotonic"), ["true"] if kind == "sum" else None)
                for point in data["data_points"]:
                    labels = {pair["key"][0]: pair["value"][0]["string_value"][0] for pair in point["attributes"]}
                    self.assertEqual((labels["testid"], labels["Team"]), ("run-1", "shop"))
                    own = (metric["name"][0], labels.get("endpoint"), labels.get("status"))
                    points[own].append(point)

        def final(own):
            times = [int(point["time_unix_nano"][0]) for point in points[own]]
            self.assertEqual(times, sorted(set(times)))
            self.assertEqual(points[own][-1]["flags"], ["1"], "the last point ends the series")
            return points[own][-2]

        by_status = collections.Counter((request.endpoint, str(request.status)) for request in requests)
        for (endpoint, status), count in by_status.items():
            point = final(("load_test_requests_total", endpoint, status))
            self.assertEqual(float(point["as_double"][0]), count)
            self.assertEqual(int(point["start_time_unix_nano"][0]), self.start * 10**9)
        for endpoint in {request.endpoint for request in requests}:
            times = sorted(request.ms / 1000 for request in requests if request.endpoint == endpoint)
            point = final((TIMES, endpoint, None))
            buckets = point["positive"][0]
            counts = [int(count) for count in buckets["bucket_counts"]]
            self.assertEqual((int(point["count"][0]), sum(counts)), (len(times),) * 2)
            self.assertAlmostEqual(float(point["sum"][0]), sum(times), places=6)
            self.assertEqual((float(point["min"][0]), float(point["max"][0])), (times[0], times[-1]))
            base = 2 ** (2 ** -int(point["scale"][0]))
            for i, count in enumerate(counts):
                low = base ** (int(buckets["offset"][0]) + i)
                self.assertEqual(sum(low * (1 + 1e-9) < time <= low * base * (1 + 1e-9) for time in times), count)

    def metrics_of(self, body):
        here = pathlib.Path(__file__).parent
        done = subprocess.run([real.find_program("protoc"), "--decode=ExportMetricsServiceRequest", f"-I{here}", "otlp.proto"],
                              input=body, capture_output=True, timeout=60, check=True)
        request = read_text_format(iter(done.stdout.decode().splitlines()))
        for resource in request["resource_metrics"]:
            self.assertEqual(resource["resource"][0]["attributes"][0]["key"], ["service.name"])
            for scope in resource["scope_metrics"]:
                yield from scope["metrics"]


def read_text_format(lines):
    """A message as protoc prints it: each field a list of texts or messages."""
    message = collections.defaultdict(list)
    for line in lines:
        line = line.strip()
        if line == "}":
            break
        if line.endswith(" {"):
            message[line[:-2]].append(read_text_format(lines))
        else:
            name, text = line.split(": ", 1)
            if text.startswith('"'):
                text = text[1:-1].encode().decode("unicode_escape").encode("latin-1").decode()
            message[name].append(text)
    message.default_factory = None
    return message


class Scraped(TestCase):
    """Prometheus fetches the metrics from the program itself."""

    @contextlib.contextmanager
    def scraping(self, port, token_file=None):
        """A Prometheus that has begun to scrape, which is seconds after it is ready."""
        authorization = f"authorization: {{credentials_file: '{token_file}'}}" if token_file else ""
        with real.started(lambda own, folder: real.prometheus(own, folder, config=f"""
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: load_test
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
    {authorization}
""")) as server:
            eventually(lambda: self.query(server, "up", time.time()), "a first scrape")
            yield server

    def begin(self, port, file, *flags, environment=None, **options):
        process = subprocess.Popen(
            [*self.command("follow", file, f"scrape=127.0.0.1:{port}", **options), *flags], cwd=self.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"], **(environment or {})})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def latest(self, server, series):
        """The sum of series, also of a target that is gone."""
        found = self.query(server, f"sum(last_over_time({series}[5m]))", time.time())
        return found[0][1] if found else None

    def test_while_the_run_goes_on_and_after(self):
        requests = list(make_requests(self.start, 60))
        file = self.write_results(requests[:400], "live.csv")
        ndjson = 'omniwriter_ledger_samples{output="ndjson",state="%s"}'
        own = 'omniwriter_ledger_samples{output="scrape",state="%s"}'
        port, = real.free_ports(1)
        with self.scraping(port) as server:
            process = self.begin(port, file, "--idle", "5", "-o", "ndjson=run.ndjson")
            eventually(lambda: self.latest(server, 'load_test_requests_total{testid="run-1"}') == 400, "400 live")
            self.assertEqual(self.latest(server, ndjson % "read"), 400)
            eventually(lambda: 250 < self.latest(server, ndjson % "accepted") < 400, "slots that are over are told")
            self.assertIsNone(process.poll())
            rest = self.write_results(requests[400:], "rest.csv").read_text(encoding="utf-8")
            with open(file, "a", encoding="utf-8") as stream:
                stream.write(rest.split("\n", 1)[1])
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err.decode())
            report = json.loads(out)
            self.assertEqual({entry["output"]: (entry["accepted"], entry["problems"]) for entry in report["outputs"]},
                             {"scrape": (600, []), "ndjson": (600, [])})

            by_status = collections.Counter((request.endpoint, str(request.status)) for request in requests)
            found = {(labels["endpoint"], labels["status"]): value for labels, value in
                     self.query(server, 'last_over_time(load_test_requests_total{testid="run-1"}[5m])', time.time())}
            self.assertEqual(found, by_status)
            times = [request.ms / 1000 for request in requests]
            self.assertEqual(self.latest(server, f'{TIMES}_count{{testid="run-1"}}'), 600)
            self.assertAlmostEqual(self.latest(server, f'{TIMES}_sum{{testid="run-1"}}'), sum(times), places=6)
            bound = min(float(labels["le"]) for labels, _ in
                        self.query(server, f"sum by (le) (last_over_time({TIMES}_bucket[5m]))", time.time()))
            self.assertEqual(self.latest(server, f'{TIMES}_bucket{{le="{bound:g}"}}'), sum(t <= bound for t in times))
            self.assertEqual(self.latest(server, own % "read"), 600)
            self.assertEqual(self.latest(server, own % "pending"), 600, "before this scrape nobody had the final state")

    def latest_metrics(self, port, headers=None):
        return http("GET", f"http://127.0.0.1:{port}/metrics", headers=headers)

    def test_without_the_token_nothing_is_shown(self):
        file = self.write_results(list(make_requests(self.start, 20)))
        token_file = self.folder / "token"
        token_file.write_text("s3cret\n")
        port, = real.free_ports(1)
        with self.scraping(port, token_file) as server:
            process = self.begin(port, file, "--idle", "2", environment={"OMNIWRITER_SCRAPE_TOKEN_FILE": str(token_file)},
                                 config={"delivery": {"give_up_after_seconds": 20, "live_interval_seconds": 1}})
            eventually(lambda: self.latest_metrics(port)[0] == 401, "an answer without a token")
            self.assertEqual(self.latest_metrics(port, {"Authorization": "Bearer s3cre"})[0], 401)
            self.assertNotIn(b"load_test", self.latest_metrics(port)[1])
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err.decode())
            self.assertEqual(self.latest(server, 'load_test_requests_total{testid="run-1"}'), 200)

    def test_nobody_scrapes_and_a_later_process_serves_it(self):
        file = self.write_results(list(make_requests(self.start, 20)))
        port, = real.free_ports(1)
        begun = time.monotonic()
        entry, _ = self.deliver(file, f"scrape=127.0.0.1:{port}", exit_code=4)
        self.assertLess(time.monotonic() - begun, 6, "gives up after three seconds")
        self.assertEqual(entry["pending"], 200)
        self.assertIn("nobody scraped", entry["problems"][0])
        with self.scraping(port) as server:
            done = subprocess.run([PROGRAM, "deliver", "--config", "config.json", "--store", "runs.db"], cwd=self.folder,
                                  capture_output=True, timeout=60, check=False, env={"PATH": os.environ["PATH"]})
            self.assertEqual(done.returncode, 0, done.stderr.decode() + done.stdout.decode())
            self.assertIn(f"http://127.0.0.1:{port}/metrics", done.stderr.decode())
            self.assertEqual(self.latest(server, 'load_test_requests_total{testid="run-1"}'), 200)

    def test_a_signal_ends_the_wait_for_a_scrape(self):
        file = self.write_results(list(make_requests(self.start, 20)))
        port, = real.free_ports(1)
        process = self.begin(port, file, "--idle", "1", config={"delivery": {"give_up_after_seconds": 60}})
        known = [PROGRAM, "ledger", "run-1", "--json", "--store", "runs.db"]

        def pending():
            done = subprocess.run(known, cwd=self.folder, capture_output=True, timeout=60, check=False)
            return done.stdout and [entry["pending"] for entry in json.loads(done.stdout)["outputs"]] == [200]

        eventually(pending, "the finished run is in the store")
        process.terminate()
        process.communicate(timeout=5)
        self.assertTrue(pending())


class OpenMetricsBlocks(TestCase):
    """A file becomes blocks of a Prometheus: the way for runs that are too old for any other."""

    def test_a_run_of_last_week_can_be_queried(self):
        self.start -= 7 * 86400
        requests = list(make_requests(self.start, 60))
        _, report = self.deliver(self.write_results(requests), "openmetrics=metrics.om")
        done = subprocess.run([real.find_program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "metrics.om",
                               "data"], cwd=self.folder, capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode() + done.stdout.decode())
        with real.started(lambda port, folder: real.prometheus(port, folder, "--storage.tsdb.retention.time=30d",
                                                               data=self.folder / "data")) as server:
            self.assert_holds(server, requests, report, native=False, ends="")


def load_tests(loader, standard, _pattern):
    """Without the classes that are of no server."""
    suite = unittest.TestSuite()
    for tests in standard:
        suite.addTests(test for test in tests
                       if type(test) not in (TestCase, Receiver, RemoteWrite, LiveAndLate))
    return suite


if __name__ == "__main__":
    unittest.main(verbosity=2)
