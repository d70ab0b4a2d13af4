"""Delivers genuine results to real servers with the real program and reads everything back.

Needs OMNIWRITER_PROGRAM, and the servers that `tools/setup.sh test` installs."""

import collections
import csv
import datetime
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.parse
import uuid

import servers as real
from lossy_proxy import LossyProxy
from servers import eventually, get_json, http

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
CORPUS = pathlib.Path(__file__).parents[1] / "corpus"
JMETER = CORPUS / "jmeter/small.jtl"
K6 = CORPUS / "k6/small.json.gz"
FILES = {"jmeter": JMETER, "k6": K6}

TEST_NAME = 'loja, "Zürich" a=b \\ c'  # every character that some format escapes
PASSWORD = "a-password-that-must-not-show"
METRICS = {  # name -> labels, apart from testid and those that Prometheus adds
    "load_test_requests_total": {"test_name", "endpoint", "status"},
    "load_test_response_time_seconds_count": {"test_name", "endpoint"},
    "load_test_errors_total": {"test_name", "error_type"},
    "load_test_active_users": {"test_name"},
    "load_test_throughput_rps": {"test_name"},
}

servers = None


def setUpModule():
    global servers  # pylint: disable=global-statement
    if not os.access(PROGRAM, os.X_OK):
        raise FileNotFoundError(f"{PROGRAM}: not built; run: make build")
    servers = unittest.enterModuleContext(real.Servers())


def milliseconds(rfc3339):
    return round(datetime.datetime.fromisoformat(rfc3339).timestamp() * 1000)


Delivery = collections.namedtuple("Delivery", "code report ledger errors store")


class EndToEndTest(unittest.TestCase):
    """Each test has a run id, a database and an index of its own."""

    maxDiff = None
    test_name = TEST_NAME
    settings = {"influxdb_username": "loader"}  # further ones of monitoring_config
    secrets = {"INFLUXDB_PASSWORD": PASSWORD}   # environment variables
    more_settings = {}  # further ones of the configuration

    def setUp(self):
        self.run_id = f"run-{uuid.uuid4().hex[:12]}"
        self.database = "db_" + self.run_id.replace("-", "_")
        self.index = self.run_id
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def deliver(self, file, *outputs, give_up_after=20, request_timeout=10, samples=False):
        """`ingest` of a file to outputs given as "name=target"."""
        (self.folder / "config.json").write_text(json.dumps(
            {"monitoring_config": {"elasticsearch_index": self.index, "influxdb_database": self.database,
                                   **self.settings},
             "delivery": {"give_up_after_seconds": give_up_after, "request_timeout_seconds": request_timeout},
             **self.more_settings}))
        store = self.folder / "runs.db"
        arguments = [PROGRAM, "ingest", "--json", "--config", "config.json", "--store", store, "--run-id", self.run_id,
                     "--test-name", self.test_name]
        for output in outputs:
            arguments += ["-o", output]
        if samples:
            arguments.append("--samples")
        done = subprocess.run([*arguments, file], cwd=self.folder, capture_output=True, timeout=180, check=False,
                              env={"PATH": os.environ["PATH"], "TZ": "UTC", **self.secrets})
        errors = done.stderr.decode()
        self.assertTrue(done.stdout, f"exit code {done.returncode}: {errors}")
        report = json.loads(done.stdout)
        ledger = {entry["output"]: entry for entry in report["outputs"]}
        names = {output.split("=")[0] for output in outputs}
        self.assertEqual(set(ledger), names | ({f"{name}_samples" for name in names} if samples else set()))
        for entry in ledger.values():  # the ledger adds up, whatever happened
            self.assertEqual(entry["accepted"] + entry["rejected"] + entry["pending"], report["samples"], entry)
        for text in (done.stdout, done.stderr, store.read_bytes()):
            for secret in self.secrets.values():
                self.assertNotIn(secret.encode(), text)
        return Delivery(done.returncode, report, ledger, errors, store)

    def assert_delivered(self, delivery):
        self.assertEqual(delivery.code, 0, delivery.errors)
        for entry in delivery.ledger.values():
            self.assertEqual((entry["rejected"], entry["pending"]), (0, 0), entry)

    # Reading back -----------------------------------------------------------------------------------------------------

    def influxdb(self, query):
        """Rows of a query as dictionaries."""
        answer = get_json(servers.influxdb.url + "/query", {"db": self.database, "q": query}, servers.influxdb.headers)
        result = answer["results"][0]
        self.assertNotIn("error", result)
        return [dict(zip(series["columns"], row), **series.get("tags", {}))
                for series in result.get("series", []) for row in series["values"]]

    def elasticsearch(self, body):
        headers = servers.elasticsearch.headers
        http("POST", f"{servers.elasticsearch.url}/{self.index}-*/_refresh", headers=headers)
        status, answer = http("POST", f"{servers.elasticsearch.url}/{self.index}/_search", json.dumps(body).encode(),
                              {"Content-Type": "application/json", **headers})
        self.assertEqual(status, 200, answer)
        return json.loads(answer)

    def elasticsearch_sums(self):
        """Documents by type, and over the intervals the sums of samples and errors."""
        answer = self.elasticsearch({
            "size": 0, "track_total_hits": True, "query": {"term": {"testid": self.run_id}},
            "aggs": {"types": {"terms": {"field": "doc_type", "size": 50}},
                     "intervals": {"filter": {"term": {"doc_type": "interval"}},
                                   "aggs": {"samples": {"sum": {"field": "samples"}},
                                            "errors": {"sum": {"field": "errors"}}}},
                     "errors": {"filter": {"term": {"doc_type": "error"}}, "aggs": {"count": {"sum": {"field": "count"}}}}}})
        aggregations = answer["aggregations"]
        return {"types": {bucket["key"]: bucket["doc_count"] for bucket in aggregations["types"]["buckets"]},
                "samples": aggregations["intervals"]["samples"]["value"],
                "errors": aggregations["intervals"]["errors"]["value"],
                "error_counts": aggregations["errors"]["count"]["value"]}

    def influxdb_sums(self):
        row, = self.influxdb("SELECT sum(requests) AS requests, sum(errors) AS errors, count(requests) AS points "
                             f"FROM load_test_interval WHERE testid = '{self.run_id}'")
        return row["requests"], row["errors"], row["points"]

    def prometheus(self, query):
        """[(labels, value)] of an instant query."""
        answer = get_json(servers.prometheus.url + "/api/v1/query", {"query": query})
        return [(entry["metric"], float(entry["value"][1])) for entry in answer["data"]["result"]]

    def prometheus_value(self, query, expected):
        """Waits until Prometheus has scraped the expected value."""
        def check():
            result = self.prometheus(query)
            return result and abs(result[0][1] - expected) < 1e-9

        try:
            eventually(check, query, 20)
        except AssertionError:
            self.fail(f"{query}: {self.prometheus(query)}, expected {expected}")

    def pushed(self):
        """Series of this run in the Pushgateway."""
        status, text = http("GET", servers.pushgateway.url + "/metrics")
        self.assertEqual(status, 200)
        return [line for line in text.decode().splitlines() if f'testid="{self.run_id}"' in line]


class InfluxDbTest(EndToEndTest):
    def test_sums_and_percentiles(self):
        for tool, file in FILES.items():
            with self.subTest(tool):
                self.setUp()
                delivery = self.deliver(file, f"influxdb={servers.influxdb.url}")
                self.assert_delivered(delivery)
                report = delivery.report
                requests, errors, _ = self.influxdb_sums()
                self.assertEqual((requests, errors), (report["samples"], report["errors"]))

                by_endpoint = {row["endpoint"]: (row["requests"], row["errors"]) for row in self.influxdb(
                    "SELECT sum(requests) AS requests, sum(errors) AS errors FROM load_test_interval GROUP BY endpoint")}
                self.assertEqual(by_endpoint, {entry["endpoint"]: (entry["samples"], entry["errors"])
                                               for entry in report["endpoints"]})
                by_type = {row["error_type"]: row["count"] for row in self.influxdb(
                    'SELECT sum("count") AS "count" FROM load_test_errors GROUP BY error_type')}
                self.assertEqual(by_type, {entry["error_type"]: entry["count"] for entry in report["errors_by_type"]})

                run, = self.influxdb("SELECT * FROM load_test_run")
                self.assertEqual(run["test_name"], TEST_NAME)
                for field in ("p50", "p95", "p99", "mean", "min", "max"):
                    self.assertAlmostEqual(run[field], report["response_time_seconds"][field], places=9)
                self.assertEqual(run["finished"], 1)
                endpoints = {row["endpoint"]: row for row in self.influxdb("SELECT * FROM load_test_endpoint")}
                self.assertEqual(set(endpoints), {entry["endpoint"] for entry in report["endpoints"]})
                for entry in report["endpoints"]:
                    point = endpoints[entry["endpoint"]]
                    self.assertEqual((point["requests"], point["errors"]), (entry["samples"], entry["errors"]))
                    for field in ("p50", "p90", "p95", "p99", "mean", "max"):
                        self.assertAlmostEqual(point[field], entry["response_time_seconds"][field], places=9)
                self.assertAlmostEqual(sum(point["time_share"] for point in endpoints.values()), 1)
                interval = self.influxdb("SELECT p50, p95, p99 FROM load_test_interval")
                self.assertTrue(all(row["p50"] <= row["p95"] <= row["p99"] for row in interval))

    def test_twice_is_once(self):
        target = f"influxdb={servers.influxdb.url}"
        self.assert_delivered(self.deliver(JMETER, target))
        once = self.influxdb_sums()
        self.assert_delivered(self.deliver(JMETER, target))
        self.assertEqual(self.influxdb_sums(), once)

    def test_lost_reply(self):
        with LossyProxy(servers.influxdb.url, "/write", lost_replies=2) as proxy:
            delivery = self.deliver(K6, f"influxdb={proxy.url}")
            self.assertEqual(proxy.lost, 2)
        self.assert_delivered(delivery)
        self.assertEqual(self.influxdb_sums()[:2], (delivery.report["samples"], delivery.report["errors"]))


class ElasticsearchTest(EndToEndTest):
    def test_sums_and_percentiles(self):
        for tool, file in FILES.items():
            with self.subTest(tool):
                self.setUp()
                delivery = self.deliver(file, f"elasticsearch={servers.elasticsearch.url}")
                self.assert_delivered(delivery)
                report = delivery.report
                sums = self.elasticsearch_sums()
                self.assertEqual((sums["samples"], sums["errors"]), (report["samples"], report["errors"]))
                self.assertEqual(sums["error_counts"], report["errors"])
                self.assertEqual(sums["types"]["run"], 1)

                hit, = self.elasticsearch({"query": {"term": {"doc_type": "run"}}})["hits"]["hits"]
                self.assertRegex(hit["_index"], re.escape(self.index) + r"-\d{4}\.\d\d\.\d\d$")
                run = hit["_source"]
                self.assertEqual((run["testid"], run["test_name"], run["tool"]), (self.run_id, TEST_NAME, tool))
                for field in ("p50", "p90", "p95", "p99", "p99_9", "mean", "min", "max"):
                    self.assertAlmostEqual(run["response_time_seconds"][field], report["response_time_seconds"][field],
                                           places=9)
                self.assertEqual((run["finished"], sums["types"]["endpoint"]), (True, len(report["endpoints"])))
                counts = self.elasticsearch({"size": 0, "aggs": {
                    kind: {"filter": {"term": {"doc_type": kind}}, "aggs": {"count": {"sum": {"field": "count"}}}}
                    for kind in ("status", "error_interval")}})["aggregations"]
                self.assertEqual((counts["status"]["count"]["value"], counts["error_interval"]["count"]["value"]),
                                 (report["samples"], report["errors"]))
                for hit in self.elasticsearch({"size": 50, "query": {"term": {"doc_type": "interval"}}})["hits"]["hits"]:
                    times = hit["_source"]["response_time_seconds"]
                    self.assertTrue(times["min"] <= times["p50"] <= times["p95"] <= times["p99"] <= times["max"], times)

    def test_twice_is_once(self):
        target = f"elasticsearch={servers.elasticsearch.url}"
        self.assert_delivered(self.deliver(K6, target))
        once = self.elasticsearch_sums()
        self.assert_delivered(self.deliver(K6, target))
        self.assertEqual(self.elasticsearch_sums(), once)

    def test_lost_reply(self):
        with LossyProxy(servers.elasticsearch.url, "/_bulk", lost_replies=2) as proxy:
            delivery = self.deliver(JMETER, f"elasticsearch={proxy.url}")
            self.assertEqual(proxy.lost, 2)
        self.assert_delivered(delivery)
        sums = self.elasticsearch_sums()
        self.assertEqual((sums["samples"], sums["errors"]), (delivery.report["samples"], delivery.report["errors"]))
        self.assertEqual(sums["types"]["run"], 1)


class SingleSamplesTest(EndToEndTest):
    """Each row of the file is in the backends, once, with its own times."""

    def rows(self):
        """Requests: neither transactions nor the steps of redirects."""
        with open(JMETER, newline="", encoding="utf-8") as stream:
            return sorted((int(row["timeStamp"]), int(row["elapsed"]), row["label"], int(row["bytes"]))
                          for row in csv.DictReader(stream) if not re.match(r"TX |redir-\d", row["label"]))

    def in_influxdb(self):
        return sorted((milliseconds(row["time"]), round(row["response_time"] * 1000), row["endpoint"], row["bytes_received"])
                      for row in self.influxdb("SELECT response_time, bytes_received, endpoint FROM load_test_sample"))

    def in_elasticsearch(self):
        answer = self.elasticsearch({"size": 10_000, "query": {"bool": {"filter": [
            {"term": {"testid": self.run_id}}, {"term": {"doc_type": "sample"}}]}}})
        found = [hit["_source"] for hit in answer["hits"]["hits"]]
        return sorted((milliseconds(row["@timestamp"]), round(row["response_time_seconds"]["value"] * 1000),
                       row["request"], row["bytes_received"]) for row in found)

    def test_every_row_is_there_once_however_often_it_is_sent(self):
        with LossyProxy(servers.influxdb.url, "/write", lost_replies=1) as influxdb, \
                LossyProxy(servers.elasticsearch.url, "/_bulk", lost_replies=1) as elasticsearch:
            for _ in range(2):
                self.assert_delivered(self.deliver(JMETER, f"influxdb={influxdb.url}",
                                                   f"elasticsearch={elasticsearch.url}", samples=True))
                self.assertEqual(self.in_influxdb(), self.rows())
                self.assertEqual(self.in_elasticsearch(), self.rows())
        self.assertEqual((influxdb.lost, elasticsearch.lost), (1, 1))


class PrometheusTest(EndToEndTest):
    def check_metrics(self, job, report):
        """What Prometheus scraped through `job` against the report."""
        own = f'{{job="{job}",testid="{self.run_id}"}}'
        self.prometheus_value(f"sum(load_test_requests_total{own})", report["samples"])
        self.prometheus_value(f"sum(load_test_errors_total{own})", report["errors"])
        self.prometheus_value(f"sum(load_test_response_time_seconds_count{own})", report["samples"])
        self.prometheus_value(f"load_test_active_users{own}", report["active_users_max"])
        for metric, labels in METRICS.items():
            series = self.prometheus(metric + own)
            self.assertTrue(series, metric)
            for found, _ in series:
                self.assertEqual(set(found) - {"__name__", "job", "instance", "testid"}, labels, metric)
                self.assertEqual(found["test_name"], TEST_NAME)
        self.assertAlmostEqual(self.prometheus(f"load_test_throughput_rps{own}")[0][1], report["throughput_rps"], places=6)
        by_type = {labels["error_type"]: value for labels, value in self.prometheus(f"load_test_errors_total{own}")}
        self.assertEqual(by_type, {entry["error_type"]: entry["count"] for entry in report["errors_by_type"]})
        times = report["response_time_seconds"]
        mean, = self.prometheus(f"sum(load_test_response_time_seconds_sum{own}) / "
                                f"sum(load_test_response_time_seconds_count{own})")
        self.assertAlmostEqual(mean[1], times["mean"], places=9)

        for quantile, name in (("0.5", "p50"), ("0.9", "p90"), ("0.95", "p95"), ("0.99", "p99"), ("1", "max")):
            which = own.replace("}", f',quantile="{quantile}"}}')
            self.assertAlmostEqual(self.prometheus(f"load_test_run_response_time_seconds{which}")[0][1], times[name],
                                   places=9)
            found = {labels["endpoint"]: value for labels, value in
                     self.prometheus(f"load_test_endpoint_response_time_seconds{which}")}
            for entry in report["endpoints"]:
                self.assertAlmostEqual(found[entry["endpoint"]], entry["response_time_seconds"][name], places=9)
        self.assertEqual(self.prometheus(f"load_test_recent_response_time_seconds{own}"), [], "it is over")
        bounds = sorted(float(labels["le"]) for labels, _ in
                        self.prometheus(f"sum by (le) (load_test_response_time_seconds_bucket{own})"))
        self.assertEqual(bounds[-1], float("inf"))
        for name, quantile in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            # Prometheus interpolates within a bucket; ours is the value of a sample, but for its error: both lie in the
            # same bucket.
            (_, estimate), = self.prometheus(
                f"histogram_quantile({quantile}, sum by (le) (load_test_response_time_seconds_bucket{own}))")
            upper = next(bound for bound in bounds if times[name] * (1 + times["relative_error"]) <= bound)
            lower = max((bound for bound in bounds if bound < times[name] * (1 - times["relative_error"])), default=0.0)
            self.assertTrue(lower <= estimate <= upper, f"{name}: {estimate} not in [{lower}, {upper}], as {times[name]}")

    def test_pushgateway(self):
        for tool, file in FILES.items():
            with self.subTest(tool):
                self.setUp()
                delivery = self.deliver(file, f"pushgateway={servers.pushgateway.url}")
                self.assert_delivered(delivery)
                self.check_metrics("load_test", delivery.report)

    def test_pushing_again_replaces_the_group(self):
        target = f"pushgateway={servers.pushgateway.url}"
        self.assert_delivered(self.deliver(JMETER, target))
        once = sorted(self.pushed())
        self.assertTrue(any('endpoint="home"' in line for line in once))
        self.assert_delivered(self.deliver(JMETER, target))
        without_push_time = [line for line in once if not line.startswith("push_")]
        self.assertEqual([line for line in sorted(self.pushed()) if not line.startswith("push_")], without_push_time)
        # Another run under the id of one that was removed leaves nothing of the first one behind.
        subprocess.run([PROGRAM, "runs", "rm", self.run_id, "--store", self.folder / "runs.db"], cwd=self.folder, check=True,
                       capture_output=True, timeout=60, env={"PATH": os.environ["PATH"], "TZ": "UTC"})
        delivery = self.deliver(K6, target)
        self.assert_delivered(delivery)
        self.assertFalse([line for line in self.pushed() if 'endpoint="home"' in line])
        self.check_metrics("load_test", delivery.report)

    def test_textfile_through_node_exporter(self):
        file = servers.textfile_folder / f"{self.run_id}.prom"
        delivery = self.deliver(K6, f"textfile={file}")
        self.assert_delivered(delivery)
        self.check_metrics("textfile", delivery.report)
        (_, failed), = self.prometheus('node_textfile_scrape_error{job="textfile"}')
        self.assertEqual(failed, 0)
        file.unlink()

    def test_promtool_finds_no_fault(self):
        file = self.folder / "metrics.prom"
        self.assert_delivered(self.deliver(JMETER, f"textfile={file}"))
        done = subprocess.run([servers.promtool, "check", "metrics"], input=file.read_bytes(), capture_output=True,
                              timeout=60, check=False)
        # The label of summaries is meant: these are quantiles.
        faults = [line for line in (done.stdout + done.stderr).decode().splitlines()
                  if not line.endswith('non-summary metrics should not have "quantile" label')]
        self.assertEqual(faults, [])


class FilesTest(EndToEndTest):
    def test_csv_and_ndjson_hold_the_timeline(self):
        table, lines = self.folder / "run.csv", self.folder / "run.ndjson"
        delivery = self.deliver(JMETER, f"csv={table}", f"ndjson={lines}")
        self.assert_delivered(delivery)
        wanted = {entry["endpoint"]: entry["samples"] for entry in delivery.report["endpoints"]}
        with open(table, encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, strict=True))
        points = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
        of_slots = [point for point in points if point["type"] in ("interval", "interval_total", "phase")]
        self.assertEqual(len(rows), len(of_slots))
        by_endpoint, phases = collections.Counter(), collections.Counter()
        for row, point in zip(rows, of_slots):
            self.assertEqual((row["type"], row["time"], row["endpoint"]), (point["type"], point["time"], point.get("endpoint", "")))
            self.assertEqual((row["test_name"], point["test_name"]), (TEST_NAME, TEST_NAME))
            self.assertEqual(float(row["p95"]), point["p95"])
            if row["type"] == "phase":
                self.assertEqual((row["phase"], int(row["count"])), (point["phase"], point["count"]))
                phases[row["phase"]] += int(row["count"])
            else:
                by_endpoint[row["endpoint"]] += int(row["requests"])
        self.assertEqual(set(phases), {"connect", "waiting", "receiving"})
        self.assertEqual(phases, collections.Counter(
            {phase: sum(point["count"] for point in points if point["type"] == "run_phase" and point["phase"] == phase)
             for phase in phases}))
        self.assertEqual(by_endpoint.pop(""), delivery.report["samples"])
        self.assertEqual(by_endpoint, wanted)
        self.assertEqual((points[-1]["type"], points[-1]["requests"]), ("run", delivery.report["samples"]))


class LiveTest(EndToEndTest):
    """`follow` tells the outputs of a test while it goes on."""

    def test_outputs_hear_of_the_run_while_it_goes_on_and_hold_all_of_it_in_the_end(self):
        start_ms = 1795447776000
        rows = [f"{start_ms + 100 * i},{10 + i % 50},/cart,200,\n" for i in range(600)]
        late = f"{start_ms + 5500},40000,/cart,200,\n"  # begins in the sixth second, which was told of long ago
        early = f"{start_ms - 2500},50,/cart,200,\n"  # begins before all others
        (self.folder / "config.json").write_text(json.dumps(
            {"monitoring_config": {"elasticsearch_index": self.index, "influxdb_database": self.database},
             "delivery": {"live_interval_seconds": 1}}))
        results = self.folder / "results.csv"
        results.write_text("timestamp,duration_ms,endpoint,status,error\n" + "".join(rows[:400]))
        process = subprocess.Popen(
            [PROGRAM, "follow", results, "--idle", "0", "--json", "--quiet", "--config", "config.json",
             "--store", self.folder / "runs.db", "--run-id", self.run_id, "--test-name", TEST_NAME,
             "-o", "influxdb=" + servers.influxdb.url, "-o", "elasticsearch=" + servers.elasticsearch.url,
             "-o", "pushgateway=" + servers.pushgateway.url],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)

        def heard_of(sums, samples):
            try:
                return sums() >= samples
            except (AssertionError, ValueError):  # no database, no index, no point yet
                return False

        # Forty seconds are known; all but the last ten are told of.
        eventually(lambda: heard_of(lambda: self.influxdb_sums()[0], 290), "InfluxDB hears of the run")
        eventually(lambda: heard_of(lambda: self.elasticsearch_sums()["samples"], 290), "Elasticsearch hears of the run")
        eventually(self.pushed, "the Pushgateway hears of the run")
        self.assertIsNone(process.poll(), "still following")

        # How the run stands is told from the start.
        run, = self.influxdb("SELECT * FROM load_test_run")
        self.assertEqual((run["requests"], run["finished"]), (400, 0))
        self.assertAlmostEqual(run["p95"], 0.057, delta=0.057 * 0.00272)
        endpoint, = self.influxdb("SELECT * FROM load_test_endpoint")
        self.assertEqual((endpoint["requests"], endpoint["endpoint"], endpoint["p95"]), (400, "/cart", run["p95"]))
        self.assertIn({"state": 0}, [{"state": row["state"]} for row in self.influxdb("SELECT state FROM load_test_alerts")])
        document = self.elasticsearch_run()
        self.assertEqual((document["samples"], document["finished"]), (400, False))
        self.assertEqual(document["response_time_seconds"]["p95"], run["p95"])
        self.assertTrue([line for line in self.pushed() if line.startswith("load_test_run_response_time_seconds{")])
        self.assertFalse([line for line in self.pushed() if line.startswith("load_test_run_end_time_seconds{")])

        # Where it turns out to have begun earlier, it is still one run.
        with open(results, "a", encoding="utf-8") as stream:
            stream.write(early)
        eventually(lambda: [row["requests"] for row in self.influxdb("SELECT requests FROM load_test_run")] == [401],
                   "InfluxDB has the run at its new start alone")
        eventually(lambda: heard_of(lambda: self.elasticsearch_run()["samples"], 401), "Elasticsearch, too")
        self.assertGreaterEqual(self.influxdb_sums()[0], 290, "what was told before is still there")
        with open(results, "a", encoding="utf-8") as stream:
            stream.writelines([late, *rows[400:]])
        process.terminate()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err.decode())
        report = json.loads(out)
        self.assertEqual(report["samples"], 602)
        self.assertEqual(self.influxdb_sums()[0], 602)
        eventually(lambda: self.elasticsearch_sums()["samples"] == 602, "Elasticsearch holds each sample once")
        run, = self.influxdb("SELECT * FROM load_test_run")
        self.assertEqual((run["requests"], run["finished"]), (602, 1))
        document = self.elasticsearch_run()
        self.assertEqual((document["samples"], document["finished"]), (602, True))
        for p95 in (run["p95"], document["response_time_seconds"]["p95"]):
            self.assertAlmostEqual(p95, report["response_time_seconds"]["p95"], places=9)

    def elasticsearch_run(self):
        hit, = self.elasticsearch({"query": {"term": {"doc_type": "run"}}})["hits"]["hits"]
        return hit["_source"]


class CheckTest(EndToEndTest):
    def check(self):
        environment = {"GRAFANA_URL": "", "PROMETHEUS_URL": servers.prometheus.url,
                       "PROMETHEUS_PUSHGATEWAY": servers.pushgateway.url, "ELASTICSEARCH_URL": servers.elasticsearch.url,
                       "ELASTICSEARCH_INDEX": self.index, "INFLUXDB_URL": servers.influxdb.url,
                       "INFLUXDB_DATABASE": self.database}
        done = subprocess.run([PROGRAM, "check", "--json"], cwd=self.folder, capture_output=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], **environment})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return {state["system"]: state for state in json.loads(done.stdout)["systems"]}

    def findings(self):
        return {system: [finding["finding"] for finding in state["findings"]] for system, state in self.check().items()}

    def test_what_is_missing_and_what_is_not(self):
        for state in self.check().values():
            expected = state["system"] != "grafana"
            self.assertEqual((state["configured"], state["reachable"], state["ok"]), (expected,) * 3, state)
            self.assertRegex(state["version"], r"^\d+\.\d+\.\d+" if expected else "^$")
        notes = ["Prometheus keeps no native histograms: percentiles of dashboards come from fixed bounds",
                 "Prometheus takes no samples older than about an hour: past runs cannot be sent by remote write"]
        missing = {"grafana": [], "prometheus": notes, "pushgateway": [],
                   "elasticsearch": [f"there is no index template {self.index} yet"],
                   "influxdb": [f"there is no database {self.database} yet"]}
        # Prometheus may not have scraped yet.
        eventually(lambda: self.findings() == missing, f"only this is missing: {missing}")
        self.assert_delivered(self.deliver(JMETER, f"influxdb={servers.influxdb.url}",
                                           f"elasticsearch={servers.elasticsearch.url}"))
        self.assertEqual(self.findings(), {**{system: [] for system in missing}, "prometheus": notes})


class MendTest(EndToEndTest):
    """What a person can mend keeps all of a run pending; `check` finds it, and `deliver` brings the run once it is mended."""

    def ask(self, server, method, path, body=None):
        status, answer = http(method, server.url + path, None if body is None else json.dumps(body).encode(),
                              {"Content-Type": "application/json", **server.headers})
        self.assertIn(status, (200, 201), answer)
        return json.loads(answer) if answer else None

    def findings(self, **urls):
        done = subprocess.run([PROGRAM, "check", "--json", "--config", "config.json"], cwd=self.folder, capture_output=True,
                              timeout=60, check=False, env={"PATH": os.environ["PATH"], **self.secrets, **urls})
        self.assertIn(done.returncode, (0, 5), done.stderr)
        return {finding["id"] for state in json.loads(done.stdout)["systems"] for finding in state["findings"]}

    def assert_mended(self, output, server, spoil, mend, words, finding=None, variable=None):
        """Delivers, finds all pending, mends, and delivers again."""
        self.deliver(JMETER, f"textfile={self.folder}/x.prom")  # writes the configuration
        spoil()
        if finding:
            self.assertIn(finding, self.findings(**{variable: server.url}))
        delivery = self.deliver(JMETER, f"{output}={server.url}")
        samples = delivery.report["samples"]
        self.assertEqual(delivery.code, 4)
        self.assertEqual((delivery.ledger[output]["pending"], delivery.ledger[output]["rejected"]), (samples, 0),
                         delivery.errors)
        for word in words:
            self.assertIn(word, delivery.errors)
        self.assertIn(f"omniwriter deliver {self.run_id}", delivery.errors)
        mend()
        if finding:
            self.assertNotIn(finding, self.findings(**{variable: server.url}))
        done = subprocess.run([PROGRAM, "deliver", "--json", "--config", "config.json", "--store", delivery.store],
                              cwd=self.folder, capture_output=True, timeout=180, check=False,
                              env={"PATH": os.environ["PATH"], "TZ": "UTC", **self.secrets})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        entry, = json.loads(done.stdout)["runs"][0]["outputs"]
        self.assertEqual(entry["accepted"], samples)
        return samples

    def in_elasticsearch(self, spoil, mend, words, finding=None):
        samples = self.assert_mended("elasticsearch", servers.elasticsearch, spoil, mend, words, finding,
                                     "ELASTICSEARCH_URL")
        self.assertEqual(self.elasticsearch_sums()["samples"], samples)

    def test_the_limit_of_shards(self):
        def limit(shards):
            self.ask(servers.elasticsearch, "PUT", "/_cluster/settings",
                     {"persistent": {"cluster.max_shards_per_node": shards}})

        self.addCleanup(limit, None)
        self.in_elasticsearch(lambda: limit(1), lambda: limit(None),
                              ["validation_exception", "/[1] maximum normal shards open"], "elasticsearch_shards_full")

    def test_a_template_of_the_same_priority(self):
        other = f"/_index_template/other-{self.run_id}"
        self.in_elasticsearch(
            lambda: self.ask(servers.elasticsearch, "PUT", other,
                             {"index_patterns": [self.index + "*"], "priority": 500}),
            lambda: self.ask(servers.elasticsearch, "DELETE", other),
            ["that have the same priority [500]", f"other-{self.run_id}"], "elasticsearch_template_clash")

    def test_an_index_with_the_name_of_the_alias(self):
        def spoil():
            self.assert_delivered(self.deliver(JMETER, f"elasticsearch={servers.elasticsearch.url}"))
            for name in self.ask(servers.elasticsearch, "GET", f"/{self.index}-*"):
                self.ask(servers.elasticsearch, "DELETE", f"/{name}")
            self.ask(servers.elasticsearch, "PUT", f"/{self.index}")

        self.in_elasticsearch(spoil, lambda: self.ask(servers.elasticsearch, "DELETE", f"/{self.index}"),
                              ["invalid_alias_name_exception", self.index], "elasticsearch_alias_clash")

    def test_an_index_that_is_blocked(self):
        def block(setting, value):
            self.ask(servers.elasticsearch, "PUT", f"/{self.index}-*/_settings", {f"index.blocks.{setting}": value})

        for setting in ("write", "read_only_allow_delete"):  # 403 and 429
            with self.subTest(setting):
                self.setUp()

                def spoil():
                    first, self.run_id = self.run_id, "before-" + self.run_id
                    self.assert_delivered(self.deliver(JMETER, f"elasticsearch={servers.elasticsearch.url}"))
                    self.run_id = first
                    block(setting, True)  # pylint: disable=cell-var-from-loop

                self.in_elasticsearch(spoil, lambda: block(setting, None),  # pylint: disable=cell-var-from-loop
                                      ["cluster_block_exception"],
                                      "elasticsearch_index_read_only" if setting != "write" else None)

    def test_a_retention_that_is_too_short(self):
        def query(text):
            status, answer = http("POST", servers.influxdb.url + "/query?" + urllib.parse.urlencode({"q": text}))
            self.assertEqual((status, "error" in json.loads(answer)["results"][0]), (200, False), answer)

        samples = self.assert_mended(
            "influxdb", servers.influxdb, lambda: query(f'CREATE DATABASE "{self.database}" WITH DURATION 1h'),
            lambda: query(f'ALTER RETENTION POLICY autogen ON "{self.database}" DURATION 0s'),
            ["points beyond retention policy", "ALTER RETENTION POLICY"], "influxdb_retention_short", "INFLUXDB_URL")
        self.assertEqual(self.influxdb_sums()[0], samples)

    def test_a_name_that_another_group_holds_under_another_type(self):
        program = real.find_program("prometheus-pushgateway", "pushgateway")
        with real.started(lambda port, folder: real.Server(
                "pushgateway", port, folder,
                [program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="], ready="/-/ready")) as gateway:
            group = gateway.url + "/metrics/job/other"

            def push(method, text=None):
                self.assertIn(http(method, group, text)[0], (200, 202))

            self.assert_mended("pushgateway", gateway,
                               lambda: push("PUT", b"# TYPE load_test_throughput_rps counter\nload_test_throughput_rps 1\n"),
                               lambda: push("DELETE"), ["inconsistent with existing metrics", "omniwriter check"],
                               "pushgateway_type_clash", "PROMETHEUS_PUSHGATEWAY")
            _, text = http("GET", gateway.url + "/metrics")
            self.assertIn(f'testid="{self.run_id}"', text.decode())


class FailureTest(EndToEndTest):
    def all_but(self, name, target):
        """Every output, with one of them sent elsewhere."""
        urls = {"influxdb": servers.influxdb.url, "elasticsearch": servers.elasticsearch.url,
                "pushgateway": servers.pushgateway.url, "textfile": str(self.folder / "metrics.prom")}
        urls[name] = target
        return [f"{output}={url}" for output, url in urls.items()]

    def assert_only_pending(self, delivery, name):
        self.assertEqual(delivery.code, 4, delivery.errors)
        for output, entry in delivery.ledger.items():
            with self.subTest(output):
                if output == name:
                    self.assertGreater(entry["pending"], 0)
                else:
                    self.assertEqual(entry["accepted"], delivery.report["samples"])
        self.assertIn(name, delivery.errors)

    def test_server_not_running(self):
        for name in ("influxdb", "elasticsearch", "pushgateway"):
            with self.subTest(name):
                self.setUp()
                nobody = f"http://127.0.0.1:{real.free_ports(1)[0]}"
                delivery = self.deliver(JMETER, *self.all_but(name, nobody), give_up_after=1)
                self.assert_only_pending(delivery, name)
                self.assertEqual(delivery.ledger[name]["accepted"], 0)

    def test_folder_that_is_not_there(self):
        delivery = self.deliver(JMETER, *self.all_but("textfile", str(self.folder / "nowhere/metrics.prom")),
                                give_up_after=1)
        self.assert_only_pending(delivery, "textfile")

    def long_run(self):
        """A JMeter file with enough endpoints and seconds for several batches to every server."""
        file = self.folder / "long.jtl"
        with file.open("w", encoding="utf-8") as out:
            out.write("timeStamp,elapsed,label,responseCode,success\n")
            for second in range(400):
                for endpoint in range(30):
                    ok = (second + endpoint) % 10 != 0
                    out.write(f"{1795446856000 + second * 1000 + endpoint},{20 + second % 7 * endpoint},page {endpoint},"
                              f"{200 if ok else 500},{str(ok).lower()}\n")
        return file

    def test_server_that_dies_midway(self):
        """What was delivered before is not lost, and not doubled when all of it is sent again."""
        for name, server, marker, sums in (("influxdb", servers.influxdb, "/write", self.influxdb_sums),
                                           ("elasticsearch", servers.elasticsearch, "/_bulk",
                                            lambda: tuple(self.elasticsearch_sums().values())[1:])):
            with self.subTest(name):
                self.setUp()
                file = self.long_run()
                with LossyProxy(server.url, marker, dies_after=1) as proxy:
                    delivery = self.deliver(file, *self.all_but(name, proxy.url), give_up_after=1)
                self.assertEqual(delivery.report["samples"], 12000)
                self.assert_only_pending(delivery, name)
                accepted = delivery.ledger[name]["accepted"]
                self.assertGreater(accepted, 0)
                self.assertEqual(sums()[0], accepted)  # the server holds what the ledger says, no more and no less
                self.assert_delivered(self.deliver(file, f"{name}={server.url}"))
                self.assertEqual(sums()[:2], (12000, 1200))

    def test_server_that_hangs(self):
        servers.influxdb.pause()
        self.addCleanup(servers.influxdb.resume)
        delivery = self.deliver(JMETER, *self.all_but("influxdb", servers.influxdb.url), give_up_after=1,
                                request_timeout=1)
        self.assert_only_pending(delivery, "influxdb")

    def test_all_outputs_at_once(self):
        self.assert_delivered(self.deliver(K6, *self.all_but("influxdb", servers.influxdb.url)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
