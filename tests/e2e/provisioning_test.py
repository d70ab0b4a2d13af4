"""Provisions a fake Grafana and real Prometheus, Elasticsearch and InfluxDB with the real program; runs every query of
the dashboards against the servers, and lets every alert fire.

Needs OMNIWRITER_PROGRAM, and the servers that `tools/setup.sh test` installs."""

import collections
import csv
import datetime
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import uuid

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "grafana")]

# pylint: disable=wrong-import-position
import grafana_queries  # noqa: E402
import servers as real  # noqa: E402
from fake_grafana import Answer, FakeGrafana  # noqa: E402
from openapi import OpenApi  # noqa: E402
from servers import eventually, get_json, http  # noqa: E402

PROGRAM = os.path.abspath(os.environ["OMNIWRITER_PROGRAM"])
CORPUS = HERE.parent / "corpus"
JMETER = CORPUS / "jmeter/small.jtl"
VARIANTS = ("prometheus", "influxdb", "elasticsearch")
ALERTS = ("HighErrorRate", "HighResponseTime", "LowThroughput", "HighCpuUsage")
RULES_FILE = "load_test_alerts.yml"

servers = None

Done = collections.namedtuple("Done", "code text errors")


def setUpModule():
    global servers  # pylint: disable=global-statement
    if not os.access(PROGRAM, os.X_OK):
        raise FileNotFoundError(f"{PROGRAM}: not built; run: make build")
    servers = unittest.enterModuleContext(real.Servers())


def closed_port():
    return f"http://127.0.0.1:{real.free_ports(1)[0]}"


def write_results(file, *, requests, seconds, errors, response_ms, endpoint="page"):
    """A JMeter file of a run that ended just now: `errors` of every 100 requests fail."""
    end = time.time() * 1000 - 1000
    with file.open("w", encoding="utf-8") as out:
        out.write("timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,allThreads\n")
        for number in range(requests):
            bad = number % 100 < errors
            start = end - seconds * 1000 + number * seconds * 1000 / requests - response_ms
            out.write(f"{start:.0f},{response_ms},{endpoint} {number % 3},{500 if bad else 200},"
                      f"{str(not bad).lower()},512,128,7\n")


class ProvisioningTest(unittest.TestCase):
    """Each test has a Grafana, a database and an index of its own. The rules folder of Prometheus is one for all."""

    maxDiff = None

    def setUp(self):
        self.grafana = self.enterContext(FakeGrafana())
        self.key = self.grafana.add_token("Admin")
        name = uuid.uuid4().hex[:12]
        self.index, self.database = f"index-{name}", f"db_{name}"
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {
            "PATH": os.environ["PATH"], "TZ": "UTC", "GRAFANA_URL": self.grafana.url, "GRAFANA_API_KEY": self.key,
            "PROMETHEUS_URL": servers.prometheus.url, "PROMETHEUS_PUSHGATEWAY": servers.pushgateway.url,
            "ELASTICSEARCH_URL": servers.elasticsearch.url, "ELASTICSEARCH_INDEX": self.index,
            "INFLUXDB_URL": servers.influxdb.url, "INFLUXDB_DATABASE": self.database}
        self.configure()
        self.addCleanup(self.forget_rules)

    @property
    def rules_file(self):
        return servers.rules_folder / RULES_FILE

    def forget_rules(self):
        self.rules_file.unlink(missing_ok=True)
        http("POST", servers.prometheus.url + "/-/reload")

    def configure(self, *, alerts=None, delivery=None, **grafana):
        (self.folder / "config.json").write_text(json.dumps({
            "grafana": {"alert_rules": True, **grafana}, "prometheus": {"rules_dir": str(servers.rules_folder)},
            "alerts": alerts or {}, "delivery": {"give_up_after_seconds": 10, "request_timeout_seconds": 10, **(delivery or {})}}))

    def program(self, *arguments, **environment):
        done = subprocess.run([PROGRAM, arguments[0], "--config", "config.json", *arguments[1:]], cwd=self.folder,
                              capture_output=True, timeout=60, check=False, env={**self.environment, **environment})
        text, errors = done.stdout.decode(), done.stderr.decode()
        self.assertNotIn(self.key, text + errors)
        return Done(done.returncode, text, errors)

    def changes(self, *arguments, code=0, **environment):
        """{(system, kind, id): action} of plan, apply or destroy."""
        done = self.program(*arguments, "--json", **environment)
        self.assertEqual(done.code, code, done.text + done.errors)
        return {(one["system"], one["kind"], one["id"]): one["action"] for one in json.loads(done.text)["changes"]}

    def actions(self, *arguments, code=0, **environment):
        return set(self.changes(*arguments, code=code, **environment).values())

    def ingest(self, file, run_id, test_name="shop", **environment):
        """Delivers a file to Pushgateway, InfluxDB and Elasticsearch."""
        done = self.program("ingest", str(file), "--json", "--store", "runs.db", "--run-id", run_id,
                            "--test-name", test_name, **environment)
        self.assertEqual(done.code, 0, done.text + done.errors)
        http("POST", f"{servers.elasticsearch.url}/{self.index}-*/_refresh")
        return json.loads(done.text)


def gone_after(left):
    """For FakeGrafana.intercept: takes `left[0]` more writes."""
    def intercept(method, _):
        if method == "GET":
            return None
        left[0] -= 1
        return Answer(503, {"message": "gone"}) if left[0] < 0 else None

    return intercept


class ApplyTest(ProvisioningTest):
    def test_on_empty_systems_then_again(self):
        planned = self.changes("plan", code=2)
        self.assertEqual(set(planned.values()), {"create"})
        self.assertEqual(self.grafana.writes(), [])
        self.assertFalse(self.rules_file.exists())
        self.assertEqual({system for system, _, _ in planned}, {"grafana", "prometheus", "elasticsearch", "influxdb"})
        self.assertLessEqual({("grafana", "dashboard", "omniwriter-main"), ("grafana", "dashboard", "omniwriter-alerts"),
                              ("grafana", "datasource", "omniwriter-prometheus"),
                              ("grafana", "datasource", "omniwriter-influxdb"),
                              ("grafana", "datasource", "omniwriter-elasticsearch"),
                              ("grafana", "alert_rule", "omniwriter-high-error-rate")}, set(planned))

        started = time.monotonic()
        applied = self.changes("apply")
        self.assertLess(time.monotonic() - started, 2)
        self.assertEqual(applied, planned)
        self.assertEqual(set(self.grafana.data_sources), {f"omniwriter-{variant}" for variant in VARIANTS})
        self.assertEqual(set(self.grafana.dashboards), {"omniwriter-main", "omniwriter-alerts"})
        self.assertEqual(set(self.grafana.folders), {"omniwriter"})
        self.assertEqual(len(self.grafana.rules), 4)
        groups = get_json(servers.prometheus.url + "/api/v1/rules")["data"]["groups"]
        self.assertEqual([rule["name"] for group in groups for rule in group["rules"]], list(ALERTS))
        self.assertEqual(http("GET", f"{servers.elasticsearch.url}/_index_template/{self.index}")[0], 200)
        databases, = get_json(servers.influxdb.url + "/query", {"q": "SHOW DATABASES"})["results"][0]["series"]
        self.assertIn([self.database], databases["values"])

        writes = len(self.grafana.writes())
        self.assertEqual(self.actions("apply"), {"keep"})
        self.assertEqual(self.actions("plan"), {"keep"})
        self.assertEqual(len(self.grafana.writes()), writes)

    def test_grafana_finds_no_fault_in_what_it_got(self):
        self.changes("apply")
        self.assertEqual(self.grafana.unknown_requests, [])
        _, text = http("GET", self.grafana.url + "/api/prometheus/grafana/api/v1/rules",
                       headers={"Authorization": f"Bearer {self.key}"})
        states = [rule for group in json.loads(text)["data"]["groups"] for rule in group["rules"]]
        self.assertEqual([rule["health"] for rule in states], ["ok"] * 4)
        for uid in self.grafana.data_sources:
            status, text = http("GET", f"{self.grafana.url}/api/datasources/uid/{uid}/health",
                                headers={"Authorization": f"Bearer {self.key}"})
            self.assertEqual(status, 200, f"{uid}: {text}")

    def test_requests_are_as_grafana_describes_them(self):
        self.changes("apply")
        self.configure(alerts={"high_error_rate": {"ratio": 0.2}}, refresh="30s")
        self.changes("apply")
        self.changes("destroy")
        self.program("check")
        self.ingest(JMETER, "run-1")
        self.ingest(JMETER, "run-1")
        api = OpenApi.load()
        self.assertTrue({"POST", "PUT", "DELETE", "GET"} <= {request.method for request in self.grafana.requests})
        faults = [fault for request in self.grafana.requests
                  for fault in api.faults(request.method, request.path, request.query, request.body)]
        self.assertEqual(faults, [])

    def test_rules_that_are_not_wanted_any_more_go(self):
        def rules():
            return {uid.removeprefix("omniwriter-") for uid in self.grafana.rules}

        self.changes("apply")
        self.assertEqual(len(rules()), 4)
        self.configure(alerts={"low_throughput": {"enabled": False}})
        planned = self.changes("plan", code=2)
        self.assertEqual(planned["grafana", "alert_rule", "omniwriter-low-throughput"], "remove")
        self.assertEqual(len(rules()), 4, "a plan changes nothing")
        self.assertEqual(self.changes("apply"), planned)
        self.assertEqual(rules(), {"high-error-rate", "high-response-time", "high-cpu-usage"})
        self.assertNotIn("LowThroughput", self.rules_file.read_text())
        self.assertEqual(self.actions("plan"), {"keep"})

        # Prometheus evaluates them by now: both would alert.
        self.grafana.edit_rule("omniwriter-high-cpu-usage", lambda rule: rule["labels"].update(severity="page"))
        self.configure(alert_rules="auto")
        applied = self.changes("apply")
        self.assertEqual(applied["grafana", "alert_rule", "omniwriter-high-cpu-usage"], "drift")
        self.assertEqual(rules(), {"high-cpu-usage"}, "somebody changed that one")
        self.changes("apply", "--force")
        self.assertEqual(rules(), set())

    def test_the_language_is_that_in_which_it_was_applied(self):
        def description():
            return self.grafana.dashboards["omniwriter-main"]["versions"][-1]["data"]["description"]

        self.changes("apply", "--lang", "en")
        english = description()
        self.assertIn("Error rate of", self.rules_file.read_text())
        for arguments in (("plan",), ("plan", "--lang", "pt-BR"), ("apply",), ("plan", "--lang", "en")):
            self.assertEqual(self.actions(*arguments), {"keep"}, arguments)
        self.configure(refresh="1m", alerts={"high_error_rate": {"ratio": 0.2}})
        self.changes("apply")
        self.assertEqual(description(), english)
        self.assertIn("Error rate of", self.rules_file.read_text())
        self.changes("apply", "--force", "--lang", "pt-BR")
        self.assertNotEqual(description(), english)
        self.assertEqual(self.actions("plan", "--lang", "en"), {"keep"})

    def test_receivers_of_alerts_get_links_and_no_marks(self):
        self.changes("apply", "--lang", "en")
        for rule in self.grafana.rules.values():
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "dashboard", "__dashboardUid__",
                                                        "__panelId__"})
            self.assertEqual(set(rule["labels"]), {"severity"})
            panels = self.grafana.dashboards[rule["annotations"]["__dashboardUid__"]]["versions"][-1]["data"]["panels"]
            self.assertIn(int(rule["annotations"]["__panelId__"]), [panel["id"] for panel in panels])
            self.assertTrue(rule["annotations"]["dashboard"].startswith(self.grafana.url + "/d/omniwriter-main?"))

    def test_a_changed_configuration_is_an_update(self):
        self.changes("apply")
        self.configure(alerts={"high_error_rate": {"ratio": 0.2}})
        changed = {key: action for key, action in self.changes("plan", code=2).items() if action != "keep"}
        self.assertEqual(set(changed.values()), {"update"})
        self.assertIn(("grafana", "alert_rule", "omniwriter-high-error-rate"), changed)
        self.assertIn("prometheus", {system for system, _, _ in changed})
        self.assertEqual({key: action for key, action in self.changes("apply").items() if action != "keep"}, changed)
        self.assertEqual(self.actions("plan"), {"keep"})
        self.assertIn("0.2", self.rules_file.read_text())

    def test_data_sources_log_in_as_the_outputs_do(self):
        def secrets(name):
            return self.grafana.data_sources["omniwriter-" + name]["secureJsonData"]

        def apply_with(*flags, **environment):
            done = self.program("plan", *flags, **environment)
            for text in ("s3cret", "t0ken", "aWQ6a2V5"):
                self.assertNotIn(text, done.text + done.errors)
            changed = {key[2]: action for key, action in self.changes("apply", *flags, **environment).items()
                       if action != "keep"}
            self.assertEqual(self.actions("plan", **environment), {"keep"})
            shown = json.dumps([{**source, "secureJsonData": None} for source in self.grafana.data_sources.values()])
            for text in ("s3cret", "t0ken", "aWQ6a2V5"):
                self.assertNotIn(text, shown)
            return changed

        by_password = {"ELASTICSEARCH_USERNAME": "ann", "ELASTICSEARCH_PASSWORD": "s3cret",
                       "INFLUXDB_USERNAME": "ann", "INFLUXDB_PASSWORD": "s3cret"}
        self.changes("apply")
        self.assertEqual(apply_with(**by_password),
                         {"omniwriter-elasticsearch": "update", "omniwriter-influxdb": "update"})
        self.assertEqual((secrets("elasticsearch"), secrets("influxdb"), secrets("prometheus")),
                         ({"basicAuthPassword": "s3cret"}, {"password": "s3cret"}, {}))
        self.assertEqual(self.grafana.data_sources["omniwriter-elasticsearch"]["basicAuthUser"], "ann")

        changed = {**by_password, "ELASTICSEARCH_PASSWORD": "s3cret2"}
        self.assertEqual(apply_with(**changed), {}, "nobody sees that")
        self.assertEqual(apply_with("--force", **changed),
                         {"omniwriter-elasticsearch": "update", "omniwriter-influxdb": "update"})
        self.assertEqual(secrets("elasticsearch"), {"basicAuthPassword": "s3cret2"})

        self.assertEqual(apply_with(ELASTICSEARCH_API_KEY="id:key"),
                         {"omniwriter-elasticsearch": "update", "omniwriter-influxdb": "update"})
        self.assertEqual(secrets("elasticsearch")["httpHeaderValue1"], "ApiKey aWQ6a2V5")
        self.assertEqual(self.grafana.data_sources["omniwriter-elasticsearch"]["jsonData"]["httpHeaderName1"],
                         "Authorization")
        self.assertFalse(self.grafana.data_sources["omniwriter-elasticsearch"]["basicAuth"])

    def test_one_after_the_other_may_be_interrupted(self):
        """Grafana dies after each number of requests in turn; applying again makes up for it."""
        total = None
        for allowed in range(0, 40, 3):
            with self.subTest(allowed), FakeGrafana() as grafana:
                key = grafana.add_token("Admin")
                left = [allowed]

                grafana.intercept = gone_after(left)
                environment = {"GRAFANA_URL": grafana.url, "GRAFANA_API_KEY": key}
                done = self.program("apply", "--json", **environment)
                self.assertEqual(done.code, 5 if left[0] < 0 else 0, done.text)
                grafana.intercept = None
                self.assertNotIn("drift", self.actions("apply", **environment))
                self.assertEqual(self.actions("plan", **environment), {"keep"})
                if done.code == 0:
                    total = allowed
            if total is not None:
                break
        self.assertIsNotNone(total)


class DriftTest(ProvisioningTest):
    def edit_everything(self):
        """By hand, as people do. What was edited."""
        self.grafana.edit_dashboard("omniwriter-main", lambda board: board["panels"][1].update(title="Mine"), "mine")
        self.grafana.edit_rule("omniwriter-high-error-rate", lambda rule: rule["labels"].update(severity="page"))
        self.grafana.edit_data_source("omniwriter-prometheus",
                                      lambda source: source["jsonData"].update(timeInterval="30s"))
        self.rules_file.write_text(self.rules_file.read_text().replace("0.05", "0.07"))
        url = f"{servers.elasticsearch.url}/_index_template/{self.index}"
        template = get_json(url)["index_templates"][0]["index_template"]
        template["template"]["settings"]["index"]["number_of_replicas"] = "0"
        status, text = http("PUT", url, json.dumps(template).encode(), {"Content-Type": "application/json"})
        self.assertEqual(status, 200, text)
        return {("grafana", "dashboard", "omniwriter-main"), ("grafana", "alert_rule", "omniwriter-high-error-rate"),
                ("grafana", "datasource", "omniwriter-prometheus")}

    def drifted(self, *arguments, **options):
        return {key for key, action in self.changes(*arguments, **options).items() if action == "drift"}

    def test_what_people_changed_is_kept_until_forced(self):
        self.changes("apply")
        edited = self.edit_everything()
        drifted = self.drifted("plan")
        self.assertLessEqual(edited, drifted)
        self.assertEqual({system for system, _, _ in drifted}, {"grafana", "prometheus", "elasticsearch"})
        self.assertEqual(self.drifted("apply"), drifted)
        dashboard = self.grafana.dashboards["omniwriter-main"]
        self.assertEqual(dashboard["version"], 2)
        self.assertIn("0.07", self.rules_file.read_text())

        forced = self.changes("apply", "--force")
        self.assertEqual({key for key, action in forced.items() if action == "update"}, drifted)
        self.assertEqual(self.actions("plan"), {"keep"})
        self.assertEqual(dashboard["version"], 3)
        self.assertNotIn("Mine", json.dumps(dashboard["versions"][-1]["data"]))
        self.assertNotIn("0.07", self.rules_file.read_text())

    def test_what_is_saved_in_the_browser_differs_in_what_was_changed(self):
        self.changes("apply")
        self.grafana.edit_dashboard("omniwriter-main", lambda board: board)
        self.grafana.edit_rule("omniwriter-high-error-rate", lambda rule: rule)
        self.assertEqual(self.actions("plan"), {"keep"}, "nothing was changed")

        self.grafana.edit_dashboard("omniwriter-main",
                                    lambda board: board["panels"][3].update(description="ask Ann before touching it"))
        self.grafana.edit_rule("omniwriter-high-error-rate", lambda rule: rule.update({"for": "10m"}))
        drifted = {one["id"]: one["details"] for one in json.loads(self.program("plan", "--json").text)["changes"]
                   if one["action"] == "drift"}
        self.assertEqual(set(drifted), {"omniwriter-main", "omniwriter-high-error-rate"})
        for details in drifted.values():
            self.assertEqual(len(details), 1, details)
        self.assertIn("/panels/3/description", drifted["omniwriter-main"][0])
        self.assertIn("/for", drifted["omniwriter-high-error-rate"][0])

        # A later version of ours is an update of what nobody changed, however it was saved.
        self.grafana.edit_dashboard("omniwriter-alerts", lambda board: board)
        self.configure(refresh="1m")
        self.assertEqual(self.changes("plan", code=2)["grafana", "dashboard", "omniwriter-alerts"], "update")

    def test_a_dashboard_that_is_moved_stays_where_it_is(self):
        self.changes("apply")
        http("POST", self.grafana.url + "/api/folders", json.dumps({"uid": "own", "title": "Own"}).encode(),
             {"Authorization": f"Bearer {self.key}"})
        self.grafana.dashboards["omniwriter-main"]["folder_uid"] = "own"
        self.configure(refresh="1m")
        self.changes("apply")
        self.assertEqual(self.grafana.dashboards["omniwriter-main"]["folder_uid"], "own")

    def test_a_save_between_reading_and_writing_is_not_lost(self):
        self.changes("apply")
        self.configure(refresh="1m")
        seen = []

        def intercept(method, path):
            if method == "POST" and path == "/api/dashboards/db" and not seen:
                seen.append(path)
                self.grafana.edit_dashboard("omniwriter-main", lambda board: board.update(description="Mine"))

        self.grafana.intercept = intercept
        done = self.program("apply", "--json")
        self.grafana.intercept = None
        self.assertTrue(seen)
        self.assertEqual(done.code, 5, done.text)
        latest = self.grafana.dashboards["omniwriter-main"]["versions"][-1]["data"]
        self.assertEqual(latest.get("description"), "Mine")


class DestroyTest(ProvisioningTest):
    def add_foreign(self):
        """Things of other people, some among ours."""
        def send(path, body):
            status, text = http("POST", self.grafana.url + path, json.dumps(body).encode(),
                                {"Authorization": f"Bearer {self.key}"})
            self.assertIn(status, (200, 201), text)

        send("/api/datasources", {"uid": "theirs", "name": "Theirs", "type": "prometheus", "access": "proxy"})
        send("/api/folders", {"uid": "theirs", "title": "Theirs"})
        for uid, folder in (("theirs", "theirs"), ("among-ours", "omniwriter")):
            send("/api/dashboards/db", {"dashboard": {"uid": uid, "title": uid}, "folderUid": folder})
        send("/api/v1/provisioning/alert-rules", {
            "uid": "theirs", "title": "Theirs", "ruleGroup": "theirs", "folderUID": "theirs", "orgID": 1,
            "condition": "A", "noDataState": "OK", "execErrState": "OK", "for": "1m",
            "data": [{"refId": "A", "datasourceUid": "theirs", "model": {"expr": "up"}}]})
        other = servers.rules_folder / "theirs.yml"
        other.write_text("groups: [{name: theirs, rules: [{record: a, expr: vector(1)}]}]\n")
        self.addCleanup(other.unlink)

    def test_only_ours_goes(self):
        self.changes("apply")
        self.add_foreign()
        result = self.changes("destroy")
        self.assertEqual(result["influxdb", "database", self.database], "keep")
        self.assertEqual(result["grafana", "folder", "omniwriter"], "keep")  # somebody's dashboard is in it
        self.assertEqual(set(result.values()), {"remove", "keep"})
        self.assertEqual(set(self.grafana.dashboards), {"theirs", "among-ours"})
        self.assertEqual(set(self.grafana.data_sources), {"theirs"})
        self.assertEqual(set(self.grafana.rules), {"theirs"})
        self.assertEqual([file.name for file in servers.rules_folder.iterdir()], ["theirs.yml"])
        self.assertEqual(http("GET", f"{servers.elasticsearch.url}/_index_template/{self.index}")[0], 404)
        groups = get_json(servers.prometheus.url + "/api/v1/rules")["data"]["groups"]
        self.assertEqual([group["name"] for group in groups], ["theirs"])

    def test_nothing_is_left_where_nobody_else_was(self):
        self.changes("apply")
        self.changes("destroy")
        self.assertEqual((self.grafana.dashboards, self.grafana.data_sources, self.grafana.folders, self.grafana.rules),
                         ({}, {}, {}, {}))
        self.assertLessEqual(self.actions("destroy"), {"keep"})

    def test_what_people_changed_is_not_removed_until_forced(self):
        self.changes("apply")
        self.grafana.edit_dashboard("omniwriter-main", lambda board: board.update(description="Mine"))
        self.rules_file.write_text(self.rules_file.read_text().replace("0.05", "0.07"))
        result = self.changes("destroy")
        self.assertEqual(result["grafana", "dashboard", "omniwriter-main"], "drift")
        self.assertEqual(set(self.grafana.dashboards), {"omniwriter-main"})
        self.assertTrue(self.rules_file.exists())
        self.changes("destroy", "--force")
        self.assertEqual(self.grafana.dashboards, {})
        self.assertFalse(self.rules_file.exists())

    def test_results_stay(self):
        self.changes("apply")
        self.ingest(JMETER, "run-1")
        self.changes("destroy", "--force")
        self.assertGreater(get_json(f"{servers.elasticsearch.url}/{self.index}-*/_count")["count"], 0)
        answer = get_json(servers.influxdb.url + "/query", {"db": self.database, "q": "SELECT * FROM load_test_run"})
        self.assertIn("series", answer["results"][0])


class OwnDataSourceTest(ProvisioningTest):
    """A Grafana that has its data sources."""

    def setUp(self):
        super().setUp()
        for uid, name, kind in (("theirs", "Our Prometheus", "prometheus"), ("tests", "TestData", "grafana-testdata-datasource")):
            status, text = http("POST", self.grafana.url + "/api/datasources", json.dumps(
                {"uid": uid, "name": name, "type": kind, "access": "proxy", "url": servers.prometheus.url}).encode(),
                {"Authorization": f"Bearer {self.key}"})
            self.assertEqual(status, 200, text)
        for variable in ("ELASTICSEARCH_URL", "INFLUXDB_URL"):
            del self.environment[variable]

    def assert_all_read_it(self):
        self.assertEqual(set(self.grafana.data_sources), {"theirs", "tests"}, "none is made")
        for board in self.grafana.dashboards.values():
            variable = next(one for one in board["versions"][-1]["data"]["templating"]["list"]
                            if one["name"] == "datasource")
            self.assertEqual(variable["current"], {"text": "Our Prometheus", "value": "theirs"})
        self.assertEqual({rule["data"][0]["datasourceUid"] for rule in self.grafana.rules.values()}, {"theirs"})

    def test_by_its_uid_and_an_editor_is_enough(self):
        self.configure(datasource_uid="theirs")
        editor = self.grafana.add_token("Editor")
        self.assertEqual(set(self.changes("plan", code=2, GRAFANA_API_KEY=editor).values()), {"create"})
        self.changes("apply", GRAFANA_API_KEY=editor)
        self.assert_all_read_it()
        self.assertEqual(self.actions("plan", GRAFANA_API_KEY=editor), {"keep"})
        link = self.ingest(JMETER, "run-1")["dashboard_url"]
        self.assertIn("?var-datasource=theirs&", link)
        self.changes("destroy")
        self.assertEqual(set(self.grafana.data_sources), {"theirs", "tests"})

    def test_by_its_name_and_without_an_address_here(self):
        self.configure(datasource_name="Our Prometheus")
        self.changes("apply", PROMETHEUS_URL="")
        self.assert_all_read_it()
        self.assertEqual(self.actions("plan", PROMETHEUS_URL=""), {"keep"})

    def test_ours_stays_until_all_of_it_goes(self):
        self.changes("apply")
        self.configure(datasource_uid="theirs")
        self.changes("apply")
        self.assertIn("omniwriter-prometheus", self.grafana.data_sources, "others may read it by now")
        self.changes("destroy")
        self.assertEqual(set(self.grafana.data_sources), {"theirs", "tests"})

    def test_one_that_cannot_be_read_is_told(self):
        for setting, words in (({"datasource_uid": "none"}, "no data source"), ({"datasource_name": "None"}, "no data source"),
                               ({"datasource_uid": "tests"}, "grafana-testdata-datasource"),
                               ({"datasource_uid": "theirs", "datasource": "influxdb"}, "influxdb is needed")):
            with self.subTest(setting):
                self.configure(**setting)
                done = self.program("apply", "--json")
                self.assertEqual(done.code, 5, done.text)
                error = next(one["error"] for one in json.loads(done.text)["systems"] if one["system"] == "grafana")
                self.assertIn(words, error)
                self.assertIn(next(iter(setting.values())), error)
        self.assertEqual(self.grafana.dashboards, {})


class RefusalTest(ProvisioningTest):
    def refusal(self, **environment):
        """What is said about Grafana; all else must have been made."""
        done = self.program("apply", "--json", **environment)
        self.assertEqual(done.code, 5, done.text + done.errors)
        state = {one["system"]: one for one in json.loads(done.text)["systems"]}
        for system in ("prometheus", "elasticsearch", "influxdb"):
            self.assertTrue(state[system]["ok"], state[system])
        self.assertFalse(state["grafana"]["ok"])
        return state["grafana"]["error"]

    def test_each_has_a_message_of_its_own(self):
        messages = {
            "wrong": self.refusal(GRAFANA_API_KEY="glsa_wrong"),
            "none": self.refusal(GRAFANA_API_KEY=""),
            "expired": self.refusal(GRAFANA_API_KEY=self.grafana.add_token("Admin", seconds_to_live=-1)),
            "closed": self.refusal(GRAFANA_URL=closed_port()),
            "not grafana": self.refusal(GRAFANA_URL=servers.prometheus.url),
        }
        self.assertEqual(self.grafana.writes(), [])
        self.grafana.version = "4.6.3"
        messages["old"] = self.refusal()
        self.grafana.version = "n/a"
        messages["unknown version"] = self.refusal()
        self.grafana.version = "12.2.0"
        self.assertEqual(self.grafana.writes(), [])
        self.assertEqual(len(set(messages.values())), len(messages), messages)
        for name, message in messages.items():
            with self.subTest(name):
                self.assertIn("/api/health" if name == "closed" else "rafana", message)
                self.assertLess(len(message), 400)
        for name, words in (("wrong", "GRAFANA_API_KEY"), ("expired", "expired"), ("old", "4.6.3"),
                            ("unknown version", "n/a"), ("not grafana", "not Grafana")):
            self.assertIn(words, messages[name])

    def test_rights_that_are_missing(self):
        for role in ("Viewer", "Editor"):
            with self.subTest(role):
                done = self.program("apply", "--json", GRAFANA_API_KEY=self.grafana.add_token(role))
                self.assertEqual(done.code, 5, done.text)
                error = next(one["error"] for one in json.loads(done.text)["systems"] if one["system"] == "grafana")
                self.assertIn("Admin", error)
                self.assertIn("Permissions needed", error)
                self.assertEqual(self.grafana.data_sources, {})
                self.assertEqual(set(self.grafana.dashboards),
                                 set() if role == "Viewer" else {"omniwriter-main", "omniwriter-alerts"})
                self.assertEqual(len(self.grafana.rules), 0 if role == "Viewer" else 4)
                skipped = {(one["kind"], one["id"]): one["details"] for one in json.loads(done.text)["changes"]
                           if one["action"] == "skip"}
                if role == "Editor":
                    self.assertEqual(set(skipped), {("datasource", f"omniwriter-{name}") for name in VARIANTS})
                for reasons in skipped.values():
                    self.assertIn("Admin", " ".join(reasons))

    def test_an_editor_is_enough_where_the_data_sources_are_there(self):
        self.changes("apply")
        self.configure(refresh="1m")
        editor = self.grafana.add_token("Editor")
        changed = self.changes("apply", GRAFANA_API_KEY=editor)
        self.assertEqual(changed["grafana", "dashboard", "omniwriter-main"], "update")
        self.assertEqual(changed["grafana", "datasource", "omniwriter-prometheus"], "keep")
        self.assertEqual(self.actions("plan", GRAFANA_API_KEY=editor), {"keep"})

    def test_what_is_provisioned_from_files_is_told_and_the_rest_goes_on(self):
        self.changes("apply")
        self.grafana.dashboards["omniwriter-main"]["provisioned"] = True
        self.grafana.rules["omniwriter-high-error-rate"]["provenance"] = "file"
        self.assertEqual(self.actions("plan"), {"keep"}, "they are as they should be")
        self.configure(refresh="1m", alerts={name: {"for_seconds": 60} for name in ("high_error_rate", "low_throughput")})
        done = self.program("apply", "--json")
        self.assertEqual(done.code, 0, done.text)
        changes = {one["id"]: one for one in json.loads(done.text)["changes"]}
        for name in ("omniwriter-main", "omniwriter-high-error-rate"):
            self.assertEqual(changes[name]["action"], "drift")
            self.assertIn("read-only", changes[name]["details"][0])
        self.assertEqual(changes["omniwriter-alerts"]["action"], "update")
        self.assertEqual(changes["omniwriter-low-throughput"]["action"], "update")

        done = self.program("apply", "--force", "--json")  # cannot be forced
        self.assertEqual(done.code, 5, done.text)
        changes = {one["id"]: one["action"] for one in json.loads(done.text)["changes"]}
        self.assertEqual(changes["omniwriter-main"], "skip")
        self.assertEqual(len(self.grafana.dashboards["omniwriter-main"]["versions"]), 1)

    def test_read_only_grafana_and_what_is_provisioned_from_files(self):
        self.grafana.read_only = True
        self.assertIn("read-only", self.refusal())
        self.grafana.read_only = False
        self.changes("apply")
        self.grafana.data_sources["omniwriter-prometheus"]["readOnly"] = True
        self.environment["PROMETHEUS_URL"] = servers.prometheus.url + "/"
        self.grafana.data_sources["omniwriter-prometheus"]["url"] = "http://elsewhere"
        self.assertEqual(self.actions("apply") - {"keep"}, {"drift"})
        done = self.program("apply", "--force", "--json")
        self.assertEqual(done.code, 5, done.text)
        self.assertIn("read-only", done.text)

    def test_anonymous_viewer_is_not_taken_for_a_login(self):
        self.grafana.anonymous_role = "Viewer"
        self.assertIn("rafana", self.refusal(GRAFANA_API_KEY="glsa_wrong"))
        self.assertFalse(self.grafana.dashboards)

    def test_one_system_that_is_down_does_not_stop_the_others(self):
        for variable, system in (("PROMETHEUS_URL", "prometheus"), ("ELASTICSEARCH_URL", "elasticsearch"),
                                 ("INFLUXDB_URL", "influxdb")):
            with self.subTest(system), FakeGrafana() as grafana:
                key = grafana.add_token("Admin")
                self.rules_file.unlink(missing_ok=True)
                done = self.program("apply", "--json", **{"GRAFANA_URL": grafana.url, "GRAFANA_API_KEY": key,
                                                          variable: closed_port()})
                self.assertEqual(done.code, 5, done.text)
                failed = [one for one in json.loads(done.text)["systems"] if not one["ok"]]
                self.assertEqual([one["system"] for one in failed], [system])
                self.assertTrue(failed[0]["error"])
                self.assertEqual(set(grafana.dashboards), {"omniwriter-main", "omniwriter-alerts"})


class DeliveredTest(ProvisioningTest):
    """With results in the real servers. The fake Grafana holds the data sources as they were made."""

    def setUp(self):
        super().setUp()
        self.test_name = f"shop {uuid.uuid4().hex[:8]}"
        self.run_id = f"run-{uuid.uuid4().hex[:8]}"

    def deliver(self, file, *, test_name=None, **environment):
        report = self.ingest(file, self.run_id, test_name or self.test_name, **environment)
        self.add_system_metrics(report)
        wanted = {"query": f'sum(load_test_requests_total{{testid="{self.run_id}"}}) + '
                           f'sum(load_test_system_cpu_percent{{testid="{self.run_id}"}})'}
        eventually(lambda: get_json(servers.prometheus.url + "/api/v1/query", wanted)["data"]["result"], wanted, 10)
        return report

    def add_system_metrics(self, report, cpu=95.5):
        """CPU and memory of the machine under test, in the words that the outputs have for them: no file holds them."""
        labels = f'test_name={json.dumps(report["test_name"], ensure_ascii=False)},testid="{self.run_id}"'
        text = (f"# TYPE load_test_system_cpu_percent gauge\nload_test_system_cpu_percent{{{labels}}} {cpu}\n"
                f"# TYPE load_test_system_memory_mb gauge\nload_test_system_memory_mb{{{labels}}} 512\n")
        status, answer = http("PUT", f"{servers.pushgateway.url}/metrics/job/machine/run/{self.run_id}", text.encode())
        self.assertIn(status, (200, 202), answer)
        started = datetime.datetime.fromisoformat(report["started"])
        second = int(started.timestamp()) + 1
        name = report["test_name"]
        for character in "\\ ,=":
            name = name.replace(character, "\\" + character) if character != "\\" else name
        line = f"load_test_interval_total,test_name={name},testid={self.run_id} cpu_percent={cpu},memory_mb=512 {second}"
        status, answer = http("POST", f"{servers.influxdb.url}/write?db={self.database}&precision=s", line.encode())
        self.assertEqual(status, 204, answer)
        document = {"@timestamp": second * 1000, "doc_type": "interval_total", "testid": self.run_id,
                    "test_name": report["test_name"], "cpu_percent": cpu, "memory_mb": 512}
        status, answer = http("POST", f"{servers.elasticsearch.url}/{self.index}-{started:%Y.%m.%d}/_doc?refresh=true",
                              json.dumps(document).encode(), {"Content-Type": "application/json"})
        self.assertEqual(status, 201, answer)

    def board(self, uid, start_ms, end_ms, **chosen):
        stored = self.grafana.dashboards[uid]
        return grafana_queries.Dashboard(stored["versions"][-1]["data"], self.grafana.data_sources, start_ms, end_ms, chosen)


class PanelTest(DeliveredTest):
    """Every query of the dashboards shows something of real data."""

    def assert_every_panel_shows_something(self, board, silent=()):
        for panel in board.panels:
            if not panel.get("targets") or panel["title"] in silent:
                continue
            with self.subTest(panel["title"]):
                values = [value for frames in board.frames(panel).values() for frame in frames
                          for _, value in frame.points if value is not None and math.isfinite(value)]
                self.assertTrue(values, f"shows nothing: {json.dumps(panel['targets'])}")
                self.assertTrue(any(frame.points for frame in board.shown(panel)), "nothing is left of it")

    PHASES = {"Média por fase", "Fases por endpoint"}
    CHECKS = {"Checks aprovados", "Resultados dos checks"}
    DIMENSIONS = {"Média por $dimension", "Valores de $dimension"}
    MESSAGES = {"O que a ferramenta disse dos erros"}

    def check(self, report, variant, untold):
        """`untold`: panels of what the load tool did not tell."""
        self.configure(datasource=variant)
        self.changes("apply", "--force")
        start_ms, end_ms = (int(datetime.datetime.fromisoformat(report[moment]).timestamp() * 1000)
                            for moment in ("started", "ended"))
        # Prometheus came to know of the run at one moment, when it was over: there is no course to draw, and nothing is.
        top = self.grafana.dashboards["omniwriter-main"]["versions"][-1]["data"]["panels"]
        silent = {panel["title"] for row in top for panel in row.get("panels") or [row]
                  if variant == "prometheus" and panel["type"] in ("timeseries", "heatmap")}
        silent |= untold | {"System Resources"} | ({"Histórico de Alertas"} if variant == "prometheus" else set())
        board = self.board("omniwriter-main", start_ms - 60000, end_ms + 60000)
        self.assertIn(report["test_name"], board.variables["test"])
        board = self.board("omniwriter-main", start_ms - 60000, end_ms + 60000, test=report["test_name"])
        self.assertEqual(board.variables["run"], [self.run_id])
        self.assert_every_panel_shows_something(board, silent)
        self.assert_numbers(board, report)
        board = self.board("omniwriter-alerts", start_ms - 60000, end_ms + 60000, test=report["test_name"])
        self.assert_every_panel_shows_something(board, silent)

    def assert_numbers(self, board, report):
        """The panels with numbers, against the report."""
        panels = {panel["title"]: panel for panel in board.panels}
        for title, expected in (("Requisições", report["samples"]), ("Erros", report["error_ratio"]),
                                ("Throughput", report["throughput_rps"]),
                                ("p95", report["response_time_seconds"]["p95"])):
            value, = board.numbers(panels[title]).values()
            self.assertAlmostEqual(value, expected, delta=expected * 1e-4, msg=title)

    def test_recorded_results(self):
        report = self.deliver(JMETER, OMNIWRITER_DIMENSIONS="thread_group")
        for variant in VARIANTS:
            self.check(report, variant, self.CHECKS)

    def test_results_of_just_now(self):
        file = self.folder / "now.jtl"
        write_results(file, requests=300, seconds=60, errors=20, response_ms=1500)
        report = self.deliver(file)
        for variant in VARIANTS:
            self.check(report, variant, self.PHASES | self.CHECKS | self.DIMENSIONS | self.MESSAGES)


class AlertTest(DeliveredTest):
    """The four alerts in the real Prometheus and Alertmanager, and as Grafana evaluates them."""

    def firing(self):
        return {alert["labels"]["alertname"] for alert in get_json(servers.alertmanager.url + "/api/v2/alerts")
                if alert["labels"].get("testid") == self.run_id}

    def at_once(self):
        self.configure(alerts={name: {"for_seconds": 0} for name in ("high_error_rate", "high_response_time",
                                                                     "low_throughput", "high_cpu_usage")})
        self.changes("apply", "--force")

    def test_rules_are_sound(self):
        for format_name in ("prometheus", "promtool-test"):
            done = self.program("rules", "--format", format_name)
            self.assertEqual(done.code, 0, done.errors)
            (self.folder / {"prometheus": RULES_FILE, "promtool-test": "test.yml"}[format_name]).write_text(done.text)
        for arguments in (("check", "rules", RULES_FILE), ("test", "rules", "test.yml")):
            done = subprocess.run([servers.promtool, *arguments], cwd=self.folder, capture_output=True, timeout=60,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_fires_on_a_bad_run(self):
        file = self.folder / "bad.jtl"
        write_results(file, requests=300, seconds=60, errors=20, response_ms=1500)  # 5 requests a second
        self.at_once()
        self.deliver(file)
        eventually(lambda: self.firing() == set(ALERTS), "all alerts in Alertmanager", 15)
        states = get_json(servers.prometheus.url + "/api/v1/alerts")["data"]["alerts"]
        own = {alert["labels"]["alertname"]: alert for alert in states if alert["labels"].get("testid") == self.run_id}
        for name, word in (("HighErrorRate", "20%"), ("HighCpuUsage", "95.5"), ("LowThroughput", self.test_name),
                           ("HighResponseTime", self.test_name)):
            self.assertIn(word, own[name]["annotations"]["description"])
            self.assertEqual(own[name]["labels"]["severity"], "info" if name == "LowThroughput" else "warning")

    def alert_states(self, seconds):
        """Names of alerts of this run that fire in Prometheus, one set for each change within so many seconds."""
        seen, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            alerts = get_json(servers.prometheus.url + "/api/v1/alerts")["data"]["alerts"]
            firing = {alert["labels"]["alertname"] for alert in alerts
                      if alert["labels"].get("testid") == self.run_id and alert["state"] == "firing"}
            if not seen or seen[-1] != firing:
                seen.append(firing)
            time.sleep(0.2)
        return seen

    def test_a_run_that_was_watched_does_not_alert_again(self):
        """The whole course with its hours is in what `rules --format promtool-test` prints: this is Prometheus itself."""
        self.configure(alerts={name: {"for_seconds": 0} for name in ("high_error_rate", "high_response_time",
                                                                     "low_throughput", "high_cpu_usage")},
                       delivery={"live_interval_seconds": 1})
        self.changes("apply", "--force")
        file = self.folder / "live.jtl"
        # It ended long ago by its own clock: so it is over at once when it says that it is.
        moment = (time.time() - 3600) * 1000
        with file.open("w", encoding="utf-8", buffering=1) as out, subprocess.Popen(
                [PROGRAM, "follow", "--config", "config.json", "--store", "runs.db", "--run-id", self.run_id, "--test-name",
                 self.test_name, "--idle", "3", "--quiet", str(file)], cwd=self.folder, env=self.environment) as follower:
            out.write("timeStamp,elapsed,label,responseCode,success,allThreads\n")
            # Rules look every 15 s: one that is shorter than twice that may pass for one that was pushed when it was over.
            least = time.monotonic() + 35
            stop = time.monotonic() + 75
            while time.monotonic() < stop:
                for number in range(5):  # a second of five requests, one of them fails
                    bad = number == 0
                    out.write(f"{moment + number * 200:.0f},1500,page,{500 if bad else 200},{str(not bad).lower()},7\n")
                moment += 1000
                if (time.monotonic() > least and
                        {"HighErrorRate", "HighResponseTime", "LowThroughput"} <= self.firing()):
                    break
                time.sleep(1)
            self.assertLess(time.monotonic(), stop, "the alerts of a run that goes on")
            annotation, = self.grafana.annotations.values()
            self.assertEqual(annotation["time"], annotation["timeEnd"], "it goes on")
            self.assertEqual(follower.wait(60), 0)
        annotation, = self.grafana.annotations.values()
        self.assertLess(annotation["time"], annotation["timeEnd"])
        eventually(lambda: self.alert_states(0.1) == [set()], "the end of the alerts", 15)
        self.assertEqual(self.alert_states(15), [set()], "it fired again")

    def test_none_fires_on_a_healthy_run(self):
        file = self.folder / "good.jtl"
        write_results(file, requests=3000, seconds=60, errors=1, response_ms=200)
        self.at_once()
        report = self.ingest(file, self.run_id, self.test_name)
        self.add_system_metrics(report, cpu=40)
        # Two evaluations after Prometheus has seen the run.
        query = {"query": f'count_over_time(load_test_throughput_rps{{testid="{self.run_id}"}}[1m]) > 2'}
        eventually(lambda: get_json(servers.prometheus.url + "/api/v1/query", query)["data"]["result"], query, 15)
        states = get_json(servers.prometheus.url + "/api/v1/alerts")["data"]["alerts"]
        self.assertEqual([alert for alert in states if alert["labels"].get("testid") == self.run_id], [])
        self.assertEqual(self.firing(), set())
        for variant in VARIANTS:
            self.assertEqual(self.fires_in_grafana(variant), set(), variant)

    def fires_in_grafana(self, variant):
        self.configure(datasource=variant)
        self.changes("apply", "--force")
        firing = set()
        for rule in self.grafana.rules.values():
            frames = grafana_queries.evaluate_rule(rule, self.grafana.data_sources, int(time.time() * 1000))
            for frame in frames:
                if frame.labels.get("testid") == self.run_id and frame.points[-1][1]:
                    firing.add(rule["uid"])
        return firing

    def test_grafana_evaluates_them_alike(self):
        file = self.folder / "bad.jtl"
        write_results(file, requests=300, seconds=60, errors=20, response_ms=1500)
        self.changes("apply")
        self.deliver(file)
        of_results = {"omniwriter-high-error-rate", "omniwriter-high-response-time", "omniwriter-low-throughput"}
        for variant in VARIANTS:
            # CPU comes with a run only where its tool tells it; Prometheus takes it from anybody.
            expected = of_results | ({"omniwriter-high-cpu-usage"} if variant == "prometheus" else set())
            self.assertEqual(self.fires_in_grafana(variant), expected, variant)


LIVE_PUSH = """
import time
from tests.load.integration.monitoring_integration import MonitoringIntegration
integration = MonitoringIntegration()
for _ in range(2):  # to be seen growing
    integration.update_custom_metrics(test_name={name!r}, requests_count=1000, response_time=2500.0, errors_count=200,
                                      active_users=50, throughput=5.0, cpu_usage=95.5, memory_usage=512.0)
    time.sleep(1.5)
record = {{"test_name": {name!r}, "requests_count": 1000, "response_time_avg": 2500.0, "error_rate": 0.2,
          "throughput": 5.0, "cpu_usage": 95.5, "memory_usage": 512.0}}
assert integration.send_metrics_to_elasticsearch(record) and integration.send_metrics_to_influxdb(record)
"""


# Which queries of a panel have an answer where a test pushes its own numbers: of several, each has what the others lack.
# A push has percentiles in Prometheus alone, elsewhere the mean takes their place; the records have no users, and no
# throughput of an endpoint.
QUERIES_OF_A_PUSH = {
    "Throughput (req/s)": {"prometheus": {"A"}, "influxdb": {"A"}, "elasticsearch": {"A"}},
    "Error Rate (%)": {"prometheus": {"A"}, "influxdb": {"A"}, "elasticsearch": {"errors"}},
    "Response Time (ms): p50, p95, p99": {"prometheus": {"A", "B", "C"}, "influxdb": {"B"}, "elasticsearch": {"mean"}},
    "Active Users": {"prometheus": {"A"}, "influxdb": set(), "elasticsearch": set()},
    "System Resources": {"prometheus": {"A", "B"}, "influxdb": {"A"}, "elasticsearch": {"A"}},
}


class LivePushTest(DeliveredTest):
    """A test that pushes its own numbers, CPU and memory among them, through the Python API."""

    def setUp(self):
        super().setUp()
        if "OMNIWRITER_PYTHON" not in os.environ:
            self.skipTest("OMNIWRITER_PYTHON does not name the built Python module")

    def push(self):
        path = os.pathsep.join([os.path.abspath(os.environ["OMNIWRITER_PYTHON"]), str(HERE.parents[1])])
        done = subprocess.run([sys.executable, "-c", LIVE_PUSH.format(name=self.test_name)], cwd=self.folder, timeout=60,
                              capture_output=True, check=False, env={**self.environment, "PYTHONPATH": path})
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        http("POST", f"{servers.elasticsearch.url}/{self.index}-*/_refresh")

    def test_dashboards_and_alerts(self):
        self.configure(alerts={name: {"for_seconds": 0} for name in ("high_error_rate", "high_response_time",
                                                                     "low_throughput", "high_cpu_usage")})
        self.changes("apply")
        self.push()

        def firing():
            return {alert["labels"]["alertname"] for alert in get_json(servers.alertmanager.url + "/api/v2/alerts")
                    if alert["labels"]["test_name"] == self.test_name}

        eventually(lambda: firing() == set(ALERTS), "all alerts of the pushed test in Alertmanager", 15)
        now_ms = int(time.time() * 1000)
        for variant in VARIANTS:
            self.configure(datasource=variant)
            self.changes("apply", "--force")
            board = self.board("omniwriter-main", now_ms - 600000, now_ms + 60000, test=self.test_name)
            self.assertIn(self.test_name, board.variables["test"])
            panels = {panel["title"]: panel for panel in board.panels}
            for title, of_variant in QUERIES_OF_A_PUSH.items():
                with self.subTest(variant=variant, panel=title):
                    answered = {ref for ref, frames in board.frames(panels[title]).items()
                                if any(value is not None for frame in frames for _, value in frame.points)}
                    self.assertEqual(answered, of_variant[variant])
            resources = [value for frames in board.frames(panels["System Resources"]).values() for frame in frames
                         for _, value in frame.points]
            self.assertEqual({95.5, 512.0}, set(resources))


HOSTILE = ('a "quoted" name', "it's", "{{ $labels.testid }} {{ printf", '{a="b"} or up', "back\\slash \\n", "ends with \\",
           "`ticks`", "\N{GRINNING FACE} \u00e9\u0301", "a/b", "..", "$test ${run} [[run]] $__all", "<b>&amp;</b>",
           "a|b.*(c)[d]+?^$", "' OR 1=1 --", "%s %d", "a,b=c d", "#hash", "*", "AND", "12.5")
REFUSED = ("two\nlines", "x" * 65536, "", " leads with space", "\ttab", "\x1b[31m")


class HostileNameTest(DeliveredTest):
    """Names of tests come back unchanged everywhere, or are refused with a clear word."""

    def test_names_that_no_system_takes_are_refused(self):
        for name in REFUSED:
            with self.subTest(name[:20]):
                done = self.program("ingest", str(JMETER), "--test-name", name, "--store", "runs.db")
                self.assertEqual(done.code, 2, done.errors)
                self.assertIn("test name", done.errors)
                self.assertLess(len(done.errors), 1000)
                self.assertNotIn("\x1b[31m", done.errors)

    def test_all_others_come_back_unchanged(self):
        # Each test has a number of requests of its own, so that a panel cannot show those of another.
        expected = {}
        self.configure(alerts={"high_error_rate": {"for_seconds": 0}})
        self.changes("apply")
        for number, name in enumerate(HOSTILE):
            file = self.folder / "results.jtl"
            write_results(file, requests=200 + number, seconds=60, errors=20, response_ms=1500)
            report = self.ingest(file, f"{self.run_id}-{number}", name)
            self.assertEqual(report["test_name"], name)
            expected[name] = report["samples"]
        query = {"query": f'sum by (test_name) (load_test_requests_total{{testid=~"{self.run_id}-.*"}})'}

        def scraped():
            result = get_json(servers.prometheus.url + "/api/v1/query", query)["data"]["result"]
            return {series["metric"]["test_name"]: float(series["value"][1]) for series in result} == expected

        eventually(scraped, "every name in Prometheus", 15)
        now_ms = int(time.time() * 1000)
        for variant in VARIANTS:
            self.configure(datasource=variant, alerts={"high_error_rate": {"for_seconds": 0}})
            self.changes("apply", "--force")
            for name, samples in expected.items():
                with self.subTest(variant=variant, name=name):
                    if variant == "prometheus" and "`" in name:
                        continue  # the one character that Grafana cannot put into these queries
                    if variant == "influxdb" and name.endswith("\\"):  # line protocol cannot say it
                        name = name[:-1] + "\N{FULLWIDTH REVERSE SOLIDUS}"
                    board = self.board("omniwriter-main", now_ms - 600000, now_ms + 60000, test=name)
                    self.assertIn(name, board.variables["test"])
                    panel = next(one for one in board.panels if one["type"] == "stat")  # the requests
                    self.assertEqual(list(board.numbers(panel).values()), [samples])

        def described():
            alerts = get_json(servers.alertmanager.url + "/api/v2/alerts")
            return {alert["labels"]["test_name"]: alert["annotations"]["description"] for alert in alerts
                    if alert["labels"]["testid"].startswith(self.run_id)
                    and alert["labels"]["alertname"] == "HighErrorRate"}

        eventually(lambda: set(described()) == set(HOSTILE), "an alert for every name", 15)
        for name, description in described().items():
            self.assertIn(name, description)
        self.assertLessEqual(len(self.grafana.annotations), len(HOSTILE))
        texts = [annotation["text"] for annotation in self.grafana.annotations.values()]
        for name in HOSTILE:
            self.assertTrue(any(name in text for text in texts), name)

    def test_endpoints_too(self):
        endpoints = [name for name in HOSTILE if not name.endswith("\\")]
        file = self.folder / "results.jtl"
        now = int(time.time() * 1000) - 60000
        with file.open("w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["timeStamp", "elapsed", "label", "responseCode", "success"])
            for number, name in enumerate(endpoints):
                rows.writerows([now + repeat * 100, 50, name, 200, "true"] for repeat in range(number + 1))
        self.deliver(file)
        now_ms = int(time.time() * 1000)
        for variant in VARIANTS:
            self.configure(datasource=variant)
            self.changes("apply", "--force")
            board = self.board("omniwriter-main", now_ms - 600000, now_ms + 60000, test=self.test_name)
            panel = next(one for one in board.panels if one["title"] == "Endpoints")
            for number, name in enumerate(endpoints):
                with self.subTest(variant=variant, endpoint=name):
                    if variant == "prometheus" and "`" in name:
                        continue
                    self.assertIn(name, board.variables["endpoint"])
                    board.select(endpoint=name)
                    row, = board.rows(panel)
                    self.assertEqual((row["Endpoint"], row["Requisições"]), (name, number + 1))


class LinkTest(ProvisioningTest):
    def assert_leads_to(self, link, report, source="omniwriter-prometheus"):
        parts = urllib.parse.urlsplit(link)
        self.assertTrue(link.startswith(self.grafana.url + "/d/omniwriter-main?"), link)
        shown = {name: value for name, value in urllib.parse.parse_qsl(parts.query)}
        started, ended = (datetime.datetime.fromisoformat(report[moment]).timestamp() * 1000
                          for moment in ("started", "ended"))
        self.assertEqual((shown["var-datasource"], shown["var-test"], shown["var-run"]),
                         (source, report["test_name"], report["run_id"]))
        self.assertLessEqual(int(shown["from"]), started)
        self.assertGreater(int(shown["from"]), started - 5000)
        self.assertGreaterEqual(int(shown["to"]), ended)
        self.assertNotIn(self.key, link)

    def test_what_tells_of_a_run_leads_to_its_dashboard(self):
        report = self.ingest(JMETER, "run-1", "shop & more")
        self.assert_leads_to(report["dashboard_url"], report)
        stored = ("--store", "runs.db")
        self.assert_leads_to(json.loads(self.program("apply", "--json", *stored).text)["dashboard_url"], report)
        self.assert_leads_to(json.loads(self.program("runs", "show", "run-1", "--json", *stored).text)["dashboard_url"],
                             report)
        beginning = self.grafana.url + "/d/omniwriter-main?var-datasource=omniwriter-prometheus&var-test=shop%20%26%20more"
        for arguments in (("ingest", str(JMETER), "--run-id", "run-2", "--test-name", "shop & more"), ("apply",),
                          ("report", "run-1"), ("replay", "run-1")):
            self.assertIn(beginning, self.program(*arguments, *stored).text, arguments)
        page = self.program("report", "run-1", "--format", "html", *stored).text
        self.assertIn(f'<a href="{beginning.replace("&", "&amp;")}', page)
        self.configure(datasource="influxdb")
        shown = json.loads(self.program("runs", "show", "run-1", "--json", *stored).text)
        self.assert_leads_to(shown["dashboard_url"], report, "omniwriter-influxdb")
        shown = json.loads(self.program("runs", "show", "run-1", "--json", *stored, GRAFANA_URL="").text)
        self.assertIsNone(shown["dashboard_url"])


class AnnotationTest(ProvisioningTest):
    def test_a_run_is_annotated_once(self):
        report = self.ingest(JMETER, "run-1", "shop")
        annotation, = self.grafana.annotations.values()
        self.assertEqual([annotation["time"], annotation["timeEnd"]],
                         [int(datetime.datetime.fromisoformat(report[moment]).timestamp() * 1000)
                          for moment in ("started", "ended")])
        self.assertEqual(set(annotation["tags"]), {"omniwriter", "test:shop", "run:run-1"})
        self.assertIn("/d/omniwriter-main?var-datasource=omniwriter-prometheus", annotation["text"])
        self.ingest(JMETER, "run-1", "shop")
        self.ingest(JMETER, "run-2", "shop")
        self.assertEqual(len(self.grafana.annotations), 2)

    def test_a_grafana_that_refuses_it_does_not_stop_the_results(self):
        done = self.program("ingest", str(JMETER), "--json", "--store", "runs.db", GRAFANA_API_KEY="glsa_wrong")
        self.assertEqual(done.code, 4, done.errors)
        ledger = {one["output"]: one for one in json.loads(done.text)["outputs"]}
        self.assertEqual(ledger["grafana"]["accepted"], 0)
        for output in ("pushgateway", "influxdb", "elasticsearch"):
            self.assertEqual(ledger[output]["pending"] + ledger[output]["rejected"], 0, ledger[output])


del ProvisioningTest, DeliveredTest  # these hold no test themselves

if __name__ == "__main__":
    unittest.main(verbosity=2)
