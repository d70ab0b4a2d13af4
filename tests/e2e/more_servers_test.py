"""The same deliveries as in e2e_test.py, to servers of other versions and makers.

Needs OMNIWRITER_PROGRAM; a server that tools/load_servers.sh has not installed is skipped."""

import base64
import collections
import json
import os
import subprocess
import types
import unittest
import urllib.parse

import e2e_test
import more_servers
import servers as real
from servers import eventually, get_json, http


class OnOneServer:
    """Before a class of e2e_test: its tests meet `server` in the role of `role`."""

    server = role = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            running = cls.enterClassContext(more_servers.running(cls.server))
        except real.MissingServer as missing:
            raise unittest.SkipTest(str(missing)) from None
        e2e_test.servers = types.SimpleNamespace(**{cls.role: running})

    def live_results(self):
        """A file with forty seconds of a run; one sample of an early second, and the twenty seconds left."""
        start_ms = 1795447776000
        rows = [f"{start_ms + 100 * i},{10 + i % 50},/cart,200,\n" for i in range(600)]
        file = self.folder / "results.csv"
        file.write_text("timestamp,duration_ms,endpoint,status,error\n" + "".join(rows[:400]))
        return file, f"{start_ms + 5500},40000,/cart,200,\n", "".join(rows[400:])

    def follow(self, file, **environment):
        (self.folder / "config.json").write_text(json.dumps({"delivery": {"live_interval_seconds": 1}}))
        process = subprocess.Popen(
            [e2e_test.PROGRAM, "follow", file, "--idle", "0", "--json", "--quiet", "--store", self.folder / "runs.db",
             "--run-id", self.run_id], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], **self.secrets, **environment})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def finish(self, process, file, rest):
        with open(file, "a", encoding="utf-8") as stream:
            stream.write(rest)
        process.terminate()
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err.decode())


class InfluxDb18Test(OnOneServer, e2e_test.InfluxDbTest):
    """It asks for a login, and is written to in the way of version 2."""

    server, role = "influxdb1.8", "influxdb"
    settings = {}
    secrets = {"INFLUXDB_TOKEN": f"loader:{e2e_test.PASSWORD}"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        influxdb = e2e_test.servers.influxdb
        cls.statement(f"CREATE USER loader WITH PASSWORD '{e2e_test.PASSWORD}' WITH ALL PRIVILEGES")
        influxdb.headers = {"Authorization": f"Token loader:{e2e_test.PASSWORD}"}

    @staticmethod
    def statement(text):
        influxdb = e2e_test.servers.influxdb
        status, body = http("POST", influxdb.url + "/query?" + urllib.parse.urlencode({"q": text}), headers=influxdb.headers)
        if status != 200 or b"error" in body:
            raise AssertionError(f"{text}: {status} {body}")

    def setUp(self):
        super().setUp()
        self.statement(f'CREATE DATABASE "{self.database}"')

    def test_what_was_told_too_early_is_taken_back(self):
        results, late, rest = self.live_results()
        process = self.follow(results, INFLUXDB_URL=e2e_test.servers.influxdb.url, INFLUXDB_DATABASE=self.database)

        def heard():
            try:
                return self.influxdb_sums()[0] >= 290
            except ValueError:  # no point yet
                return False

        eventually(heard, "the server hears of the run")
        self.finish(process, results, late + rest)
        self.assertEqual(self.influxdb_sums()[0], 601)

    def test_check(self):
        self.statement(f"CREATE USER reader WITH PASSWORD '{e2e_test.PASSWORD}'")
        self.statement(f'GRANT READ ON "{self.database}" TO reader')

        def findings(**environment):
            done = subprocess.run(
                [e2e_test.PROGRAM, "check", "--json"], cwd=self.folder, capture_output=True, timeout=60, check=False,
                env={"PATH": os.environ["PATH"], "INFLUXDB_URL": e2e_test.servers.influxdb.url,
                     "INFLUXDB_DATABASE": self.database, **environment})
            state, = (state for state in json.loads(done.stdout)["systems"] if state["system"] == "influxdb")
            return [finding["id"] for finding in state["findings"]]

        user = {"INFLUXDB_USERNAME": "loader", "INFLUXDB_PASSWORD": e2e_test.PASSWORD}
        self.assertEqual(findings(**user), [])
        self.assertEqual(findings(**self.secrets), [])
        self.assertEqual(findings(**{**user, "INFLUXDB_USERNAME": "reader"}), ["influxdb_write_refused"])
        self.assertEqual(findings(**{**user, "INFLUXDB_PASSWORD": "wrong"}), ["influxdb_login_refused"])
        self.assertEqual(findings(INFLUXDB_TOKEN="loader:wrong"), ["influxdb_login_refused"])
        self.assertEqual(findings(), ["influxdb_login_missing"])
        self.assertEqual(findings(**self.secrets, INFLUXDB_BUCKET="elsewhere"), ["influxdb_bucket_missing"])

    def test_wrong_token(self):
        self.secrets = {"INFLUXDB_TOKEN": "loader:wrong"}
        delivery = self.deliver(e2e_test.JMETER, f"influxdb={e2e_test.servers.influxdb.url}")
        self.assertEqual(delivery.ledger["influxdb"]["pending"], delivery.report["samples"])
        self.assertIn("401", delivery.errors)

    def test_no_such_bucket(self):
        self.database += "_elsewhere"
        delivery = self.deliver(e2e_test.JMETER, f"influxdb={e2e_test.servers.influxdb.url}")
        self.assertEqual(delivery.ledger["influxdb"]["pending"], delivery.report["samples"])
        self.assertIn("404", delivery.errors)

    def test_a_field_of_another_type(self):
        """Some lines are dropped and not named: they are found."""
        http("POST", f"{e2e_test.servers.influxdb.url}/write?db={self.database}",
             b'load_test_run,test_name=x requests="text" 1795447776000000000\n'
             b'load_test_interval,endpoint=home requests="text" 1795447776000000000\n', e2e_test.servers.influxdb.headers)
        delivery = self.deliver(e2e_test.JMETER, f"influxdb={e2e_test.servers.influxdb.url}")
        entry = delivery.ledger["influxdb"]
        self.assertEqual(entry["pending"], 0)
        rows = self.influxdb("SELECT count(p50) AS points, sum(requests) AS requests FROM load_test_interval_total")
        self.assertEqual(rows[0]["requests"], delivery.report["samples"])
        self.assertIn("field type conflict", delivery.errors)


class VictoriaMetricsTest(OnOneServer, e2e_test.EndToEndTest):
    server, role = "victoria_metrics", "influxdb"
    test_name = "loja, Zürich a=b"  # it cannot read a quote in a tag

    def total(self, expression):
        http("GET", e2e_test.servers.influxdb.url + "/internal/force_flush")
        answer = get_json(e2e_test.servers.influxdb.url + "/api/v1/query",
                          {"query": f'sum(sum_over_time({expression}{{testid="{self.run_id}"}}[100y]))'})
        (_, value), = [entry["value"] for entry in answer["data"]["result"]]
        return float(value)

    def sums(self, metric):
        """Samples of a metric of this run and their sum, by endpoint."""
        http("GET", e2e_test.servers.influxdb.url + "/internal/force_flush")
        status, lines = http("GET", e2e_test.servers.influxdb.url + "/api/v1/export?" + urllib.parse.urlencode(
            {"match[]": f'{{__name__="{metric}",testid="{self.run_id}"}}'}))
        self.assertEqual(status, 200, lines)
        found = {}
        for line in lines.splitlines():
            series = json.loads(line)
            found[series["metric"].get("endpoint")] = len(series["values"]), sum(series["values"])
            self.assertEqual(series["timestamps"], sorted(set(series["timestamps"])))
        return found

    def test_graphite(self):
        target = f"graphite=127.0.0.1:{e2e_test.servers.influxdb.graphite_port}"
        delivery = self.deliver(e2e_test.K6, target)
        self.assert_delivered(delivery)
        encoded = {entry["endpoint"].replace(" ", "%20"): entry["samples"] for entry in delivery.report["endpoints"]}
        # It takes what was sent to its port a moment after the connection was closed.
        eventually(lambda: sum(total for _, total in self.sums("load_test.run.requests").values()), "the run")
        by_endpoint = self.sums("load_test.interval.requests")
        self.assertEqual({endpoint: total for endpoint, (_, total) in by_endpoint.items()}, encoded)
        (_, errors), = self.sums("load_test.run.errors").values()
        self.assertEqual(errors, delivery.report["errors"])
        (_, p95), = self.sums("load_test.run.p95").values()
        self.assertAlmostEqual(p95, delivery.report["response_time_seconds"]["p95"], places=9)

    def test_line_protocol(self):
        for settings, secrets in (({}, {}), ({"influxdb_org": "o"}, {"INFLUXDB_TOKEN": "any-token"})):
            with self.subTest(settings):
                self.setUp()
                self.settings, self.secrets = settings, secrets
                for _ in range(2):  # twice is once: what has the same time is merged
                    delivery = self.deliver(e2e_test.K6, f"influxdb={e2e_test.servers.influxdb.url}")
                    self.assert_delivered(delivery)
                self.assertEqual(self.total("load_test_run_requests"), 2 * delivery.report["samples"])


class KafkaTest(OnOneServer, e2e_test.EndToEndTest):
    server = role = "kafka"

    def consumed(self, topic):
        """(key, id, message) of all that is in a topic, as kcat reads it."""
        done = subprocess.run(
            [real.find_program("kcat"), "-C", "-q", "-e", "-b", e2e_test.servers.kafka.brokers, "-t", topic, "-o", "beginning",
             "-f", "%k\\t%h\\t%s\\n"], capture_output=True, timeout=60, check=True)
        messages = []
        for line in done.stdout.decode().splitlines():
            key, headers, value = line.split("\t", 2)
            messages.append((key, headers.removeprefix("omni-id="), json.loads(value)))
        return messages

    def test_every_point_arrives(self):
        lines = self.folder / "run.ndjson"
        target = f"kafka={e2e_test.servers.kafka.brokers}/{self.run_id}"
        for times in (1, 2):
            delivery = self.deliver(e2e_test.K6, target, f"ndjson={lines}")
            self.assert_delivered(delivery)
            messages = self.consumed(self.run_id)
            points = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
            self.assertEqual(len(messages), times * len(points))
            by_id = {identity: message for _, identity, message in messages}
            self.assertEqual(len(by_id), len(points))
            order = lambda point: (point["time"], point["type"], point.get("endpoint", ""))
            self.assertEqual(sorted(by_id.values(), key=order), sorted(points, key=order))
        for key in {key for key, _, _ in messages}:
            self.assertEqual(len({(m["type"], m.get("endpoint")) for k, _, m in messages if k == key}), 1)

    def test_over_tls_with_a_user(self):
        broker = e2e_test.servers.kafka
        target = f"kafka={broker.secure_brokers}/{self.run_id}"
        self.more_settings = {"kafka": {"ca_file": str(broker.ca_file), "username": "ann"}}
        self.secrets = {"OMNIWRITER_KAFKA_PASSWORD": "s3cret-not"}
        delivery = self.deliver(e2e_test.K6, target)
        self.assertEqual((delivery.code, delivery.ledger["kafka"]["pending"]), (4, delivery.report["samples"]))
        self.assertIn("uthentication failed", delivery.errors)
        self.secrets = {"OMNIWRITER_KAFKA_PASSWORD": "s3cret"}
        delivery = self.deliver(e2e_test.K6, target)
        self.assert_delivered(delivery)
        kinds = collections.Counter(message["type"] for _, _, message in self.consumed(self.run_id))
        self.assertEqual(kinds["run"], 1)
        self.more_settings = {"kafka": {"username": "ann"}}
        delivery = self.deliver(e2e_test.K6, target)
        self.assertEqual((delivery.code, delivery.ledger["kafka"]["pending"]), (4, delivery.report["samples"]))
        self.assertIn("certificate verify failed", delivery.errors, "an authority that is not known")

    def test_the_broker_goes_away(self):
        brokers = f"127.0.0.1:{real.free_ports(1)[0]}"
        delivery = self.deliver(e2e_test.K6, f"kafka={brokers}/results", give_up_after=1, request_timeout=1)
        self.assertEqual(delivery.ledger["kafka"]["pending"], delivery.report["samples"])
        self.assertIn("Connection refused", delivery.errors)


class Elasticsearch7Test(OnOneServer, e2e_test.ElasticsearchTest):
    server, role = "elasticsearch7", "elasticsearch"
    version = "7.17.9"

    def environment(self):
        return {"PATH": os.environ["PATH"], "ELASTICSEARCH_URL": e2e_test.servers.elasticsearch.url,
                "ELASTICSEARCH_INDEX": self.index, "ELASTICSEARCH_USERNAME": self.settings.get("elasticsearch_username", ""),
                **self.secrets}

    def program(self, *arguments):
        return subprocess.run([e2e_test.PROGRAM, *arguments], cwd=self.folder, capture_output=True, timeout=120, check=False,
                              env=self.environment())

    def test_check_and_provisioning(self):
        def check():
            done = self.program("check", "--json")
            state, = (state for state in json.loads(done.stdout)["systems"] if state["system"] == "elasticsearch")
            self.assertEqual((done.returncode, state["ok"], state["version"]), (0, True, self.version), state)
            return [finding["id"] for finding in state["findings"]]

        self.assertEqual(check(), ["elasticsearch_template_missing"])
        self.assertEqual(self.program("plan").returncode, 2)
        done = self.program("apply")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(check(), [])
        self.assert_delivered(self.deliver(e2e_test.JMETER, f"elasticsearch={e2e_test.servers.elasticsearch.url}"))
        done = self.program("plan")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_what_was_told_too_early_is_taken_back(self):
        results, late, rest = self.live_results()
        process = self.follow(results, **self.environment())

        def heard():
            try:
                return self.elasticsearch_sums()["samples"] >= 290
            except AssertionError:  # no index yet
                return False

        eventually(heard, "the server hears of the run")
        self.finish(process, results, late + rest)
        eventually(lambda: self.elasticsearch_sums()["samples"] == 601, "it holds each sample once")

    def test_check_warns_of_limits(self):
        disk = "cluster.routing.allocation.disk."
        base, headers = e2e_test.servers.elasticsearch.url, e2e_test.servers.elasticsearch.headers
        url, headers = base + "/_cluster/settings", {"Content-Type": "application/json", **headers}
        self.assert_delivered(self.deliver(e2e_test.JMETER, "elasticsearch=" + base))  # so there is a shard
        settings = {disk + "threshold_enabled": True, disk + "watermark.low": "1%", disk + "watermark.high": "98%",
                    disk + "watermark.flood_stage": "99%", "cluster.max_shards_per_node": 1}

        def put(values):
            status, answer = http("PUT", url, json.dumps({"transient": values}).encode(), headers)
            self.assertEqual(status, 200, answer)

        put(settings)
        self.addCleanup(put, {name: None for name in settings})
        done = self.program("check", "--json")
        state, = (state for state in json.loads(done.stdout)["systems"] if state["system"] == "elasticsearch")
        self.assertEqual([finding["id"] for finding in state["findings"]],
                         ["elasticsearch_shards_full", "elasticsearch_disk_high"])
        self.assertEqual(done.returncode, 5)

    def test_one_bad_document_is_rejected_alone(self):
        """The template is ours, but somebody made the index by hand, with another type."""
        self.assert_delivered(self.deliver(e2e_test.JMETER, f"elasticsearch={e2e_test.servers.elasticsearch.url}"))
        base = e2e_test.servers.elasticsearch.url
        headers = {"Content-Type": "application/json", **e2e_test.servers.elasticsearch.headers}
        index, = get_json(f"{base}/{self.index}/_alias", headers=headers)
        self.assertEqual(http("DELETE", f"{base}/{index}", headers=headers)[0], 200)
        mapping = {"properties": {"first_seen": {"type": "long"}}}
        mappings = {"mappings": {"_doc": mapping} if self.version < "7" else mapping}
        status, body = http("PUT", f"{base}/{index}", json.dumps(mappings).encode(), headers)
        self.assertEqual(status, 200, body)
        self.run_id += "-again"
        delivery = self.deliver(e2e_test.JMETER, f"elasticsearch={base}")
        self.assertEqual(delivery.code, 4)
        self.assertIn("first_seen", delivery.errors)
        self.assertEqual(delivery.ledger["elasticsearch"]["pending"], 0)
        # Documents of errors account for no samples; those of intervals are all there.
        self.assertEqual(delivery.ledger["elasticsearch"]["accepted"], delivery.report["samples"])
        sums = self.elasticsearch_sums()
        self.assertEqual((sums["samples"], sums["types"]["run"]), (delivery.report["samples"], 1))
        self.assertNotIn("error", sums["types"])


class Elasticsearch6Test(Elasticsearch7Test):
    server, version = "elasticsearch6", "6.8.23"
    settings = {"elasticsearch_username": more_servers.ADMIN}
    secrets = {"ELASTICSEARCH_PASSWORD": more_servers.PASSWORD}

    def test_an_api_key(self):
        url, headers = e2e_test.servers.elasticsearch.url, e2e_test.servers.elasticsearch.headers
        body = {"name": self.run_id, "role_descriptors": {"writer": {
            "cluster": ["monitor", "manage_index_templates"], "index": [{"names": [self.index + "*"], "privileges": ["all"]}]}}}
        status, answer = http("POST", url + "/_security/api_key", json.dumps(body).encode(),
                              {"Content-Type": "application/json", **headers})
        self.assertEqual(status, 200, answer)
        key = json.loads(answer)
        plain = f"{key['id']}:{key['api_key']}"
        for text in (plain, base64.b64encode(plain.encode()).decode()):
            self.secrets = {"ELASTICSEARCH_API_KEY": text}
            delivery = self.deliver(e2e_test.JMETER, f"elasticsearch={url}")
            self.assert_delivered(delivery)
            self.assertEqual(self.elasticsearch_sums()["samples"], delivery.report["samples"])

    def test_check_tells_what_rights_are_missing(self):
        url, headers = e2e_test.servers.elasticsearch.url, e2e_test.servers.elasticsearch.headers
        body = {"name": self.run_id, "role_descriptors": {"reader": {
            "cluster": ["monitor"], "index": [{"names": [self.index + "*"], "privileges": ["read"]}]}}}
        _, answer = http("POST", url + "/_security/api_key", json.dumps(body).encode(),
                         {"Content-Type": "application/json", **headers})
        key = json.loads(answer)
        self.secrets = {"ELASTICSEARCH_API_KEY": f"{key['id']}:{key['api_key']}"}
        done = self.program("check", "--json")
        self.assertEqual(done.returncode, 5, done.stdout)
        self.assertIn(b"the user or key lacks rights: manage_index_templates, create_index, write", done.stdout)

    def test_wrong_login(self):
        url = e2e_test.servers.elasticsearch.url
        for settings, secrets in (({}, {}), (self.settings, {"ELASTICSEARCH_PASSWORD": "wrong-password"}),
                                  ({}, {"ELASTICSEARCH_API_KEY": "wrong:api-key"})):
            with self.subTest(secrets):
                self.settings, self.secrets = settings, secrets
                delivery = self.deliver(e2e_test.JMETER, f"elasticsearch={url}")
                self.assertEqual(delivery.ledger["elasticsearch"]["pending"], delivery.report["samples"])
                self.assertIn("401", delivery.errors)
                done = self.program("check", "--json")
                self.assertEqual(done.returncode, 5)
                self.assertIn("elasticsearch_login_refused" if secrets else "elasticsearch_login_missing",
                              done.stdout.decode())
                self.assertEqual(self.program("plan").returncode, 5)


class Elasticsearch710Test(Elasticsearch7Test):
    server, version = "elasticsearch7.10", "7.10.2"


class OpenSearch2Test(Elasticsearch7Test):
    server, version = "opensearch2", "opensearch 2.19.4"


class OpenSearch3Test(Elasticsearch7Test):
    server, version = "opensearch3", "opensearch 3.4.0"


if __name__ == "__main__":
    unittest.main(verbosity=2)
