"""Replays what a real Grafana 12.2 was recorded to answer (recordings.ndjson) against the fake one, and compares status
and body."""

import base64
import json
import pathlib
import re
import sys
import unittest
import urllib.parse

PROJECT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "tests/support"), str(PROJECT / "tests/e2e")]

from fake_grafana import FakeGrafana, format_duration, parse_duration  # noqa: E402 pylint: disable=wrong-import-position
from servers import http  # noqa: E402 pylint: disable=wrong-import-position

GENERATED = re.compile(r"\b(?:[a-g]g56l\w{9}|f[0-9a-f]{13}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b")
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
SECRET = re.compile(r"glsa_\w+")


def recordings():
    """In the order in which they were made: each has a name, the request (method, path, headers, body where there was
    one), the status and the answer."""
    text = (pathlib.Path(__file__).parent / "recordings.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def comparable(value, key=None):
    """The value without what differs from one Grafana to the next: generated uids and keys, and the time of day."""
    if isinstance(value, dict):
        return {name: comparable(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [comparable(member) for member in value]
    if isinstance(value, str):
        if key == "accessErrorId":
            return "ACE"
        for pattern, name in ((GENERATED, "<uid>"), (MOMENT, "<time>"), (SECRET, "<secret>")):
            value = pattern.sub(name, value)
    elif key in ("created", "updated") and isinstance(value, int):
        return "<time>"
    return value


def without_evaluation(states):
    """Of the states of alert rules what is known without having evaluated them for a while."""
    kept = ("name", "queriedDatasourceUIDs", "uid", "folderUid", "labels", "type", "isPaused", "provenance")
    return {group["name"]: {"file": group["file"], "folderUid": group["folderUid"], "interval": group["interval"],
                            "rules": [{member: rule[member] for member in kept if rule.get(member)}
                                      for rule in group["rules"]]} for group in states["data"]["groups"]}


class ReplayTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.tokens = {}  # name -> key

    def test_answers_as_recorded(self):
        self.assertGreater(len(recordings()), 140)
        with FakeGrafana() as grafana:
            grafana.anonymous_role = "Viewer"  # as the recorded one was until its restart
            recorded_health = {}
            grafana.probe_data_source = lambda source: recorded_health[source["uid"]]
            for recording in recordings():
                if "-401-" in recording["name"]:
                    grafana.anonymous_role = None
                if "-ds-health-" in recording["name"]:
                    answer = recording["answer"]
                    recorded_health[recording["path"].split("/")[4]] = (answer["status"] == "OK", answer["message"])
                with self.subTest(recording["name"]):
                    self.replay(grafana, recording)
        self.assertEqual(grafana.unknown_requests, ["GET /api/nope"])

    def authorization(self, recording):
        """The recordings hide who asked; their names tell."""
        name, kind = recording["name"].split("-", 1)[1], recording["headers"].get("Authorization")
        if kind == "Basic":
            wrong = name in ("bad-basic", "401-basic")
            return "Basic " + base64.b64encode(b"admin:wrong" if wrong else b"admin:admin").decode()
        if kind == "Bearer":
            if name in ("bad-bearer", "401-bearer"):
                return "Bearer glsa_wrong"
            return "Bearer " + self.tokens["v" if "viewer" in name and "sa-" not in name else "tok1"]
        return None

    def replay(self, grafana, recording):
        headers = {name: value for name, value in recording["headers"].items() if name != "Authorization"}
        authorization = self.authorization(recording)
        if authorization:
            headers["Authorization"] = authorization
        body = recording.get("body")
        if body is not None:
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        path = urllib.parse.quote(recording["path"], safe="/?&=%")
        status, text = http(recording["method"], grafana.url + path, body, headers)
        answer = json.loads(text) if text else ""
        if status == 200 and "/tokens" in path and recording["method"] == "POST":
            self.tokens[answer["name"]] = answer["key"]
        self.assertEqual(status, recording["status"], answer)
        expected = recording["answer"]
        if path.startswith("/api/prometheus/grafana"):
            self.assertEqual(comparable(without_evaluation(answer)), comparable(without_evaluation(expected)))
            faults = [{rule["uid"]: rule["lastError"] for group in states["data"]["groups"] for rule in group["rules"]
                       if "lastError" in rule and "dataQueryError" not in rule["lastError"]}
                      for states in (answer, expected)]
            if faults[1]:
                self.assertEqual(*faults)
            return
        self.assertEqual(comparable(answer), comparable(expected))


class BehaviourTest(unittest.TestCase):
    """What no recording shows."""

    def setUp(self):
        self.grafana = self.enterContext(FakeGrafana())
        self.token = self.grafana.add_token("Admin")

    def ask(self, method, path, body=None, token=None):
        status, text = http(method, self.grafana.url + path, None if body is None else json.dumps(body).encode(),
                            {"Authorization": f"Bearer {token or self.token}"})
        return status, json.loads(text) if text else None

    def save(self, **members):
        return self.ask("POST", "/api/dashboards/db", {"dashboard": {"uid": "one", "title": "One", **members}})

    def test_tokens_that_are_no_longer_good(self):
        expired = self.grafana.add_token("Admin", seconds_to_live=-1)
        revoked = self.grafana.add_token("Admin")
        self.grafana.revoke_token(revoked)
        for token, message_id in ((expired, "api-key.expired"), (revoked, "api-key.revoked"), ("x", "api-key.invalid")):
            status, answer = self.ask("GET", "/api/org", token=token)
            self.assertEqual((status, answer["messageId"]), (401, message_id))

    def test_roles(self):
        for role, writes_dashboards, writes_data_sources in (("Viewer", 403, 403), ("Editor", 200, 403),
                                                             ("Admin", 200, 200)):
            token = self.grafana.add_token(role)
            body = {"dashboard": {"uid": role, "title": role}}
            self.assertEqual(self.ask("POST", "/api/dashboards/db", body, token)[0], writes_dashboards, role)
            source = {"name": role, "type": "prometheus", "access": "proxy"}
            self.assertEqual(self.ask("POST", "/api/datasources", source, token)[0], writes_data_sources, role)
            rights = self.ask("GET", "/api/access-control/user/permissions", token=token)[1]
            self.assertEqual("datasources:create" in rights, role == "Admin")

    def test_a_save_in_the_browser_is_a_version_with_its_defaults(self):
        self.assertEqual(self.save(panels=[{"id": 1, "type": "stat", "title": "Old"}])[0], 200)
        self.grafana.edit_dashboard("one", lambda dashboard: dashboard["panels"][0].update(title="New"), "renamed")
        dashboard = self.ask("GET", "/api/dashboards/uid/one")[1]["dashboard"]
        self.assertEqual((dashboard["version"], dashboard["panels"][0]["title"]), (2, "New"))
        self.assertEqual(dashboard["panels"][0]["pluginVersion"], "12.2.0")
        versions = self.ask("GET", "/api/dashboards/uid/one/versions")[1]["versions"]
        self.assertEqual([(one["version"], one["message"]) for one in versions], [(2, "renamed"), (1, "Initial save")])
        self.assertEqual(self.save(version=1)[0], 412)
        self.assertEqual(self.save(version=2)[1]["version"], 3)

    def test_what_is_provisioned_from_files_is_read_only(self):
        self.save()
        self.grafana.dashboards["one"]["provisioned"] = True
        self.assertEqual(self.save(version=1)[0], 400)
        source = {"name": "a", "uid": "a", "type": "prometheus", "access": "proxy"}
        self.ask("POST", "/api/datasources", source)
        self.grafana.data_sources["a"]["readOnly"] = True
        self.assertEqual(self.ask("PUT", "/api/datasources/uid/a", source)[0], 403)
        self.assertEqual(self.ask("DELETE", "/api/datasources/uid/a")[0], 403)

    def test_read_only_and_interception(self):
        self.grafana.read_only = True
        self.assertEqual(self.save()[0], 500)
        self.assertEqual(self.ask("GET", "/api/search")[0], 200)

    def test_only_provisioned_rules_are_closed_to_the_browser(self):
        self.ask("POST", "/api/folders", {"uid": "f", "title": "F"})
        rule = {"title": "R", "ruleGroup": "g", "folderUID": "f", "orgID": 1, "condition": "A", "noDataState": "OK",
                "execErrState": "Error", "for": "120s", "data": [{"refId": "A", "datasourceUid": "x", "model": {}}]}
        status, made = self.ask("POST", "/api/v1/provisioning/alert-rules", {**rule, "uid": "r"})
        self.assertEqual((status, made["for"], made["provenance"]), (201, "2m", "api"))
        with self.assertRaises(PermissionError):
            self.grafana.edit_rule("r", lambda one: one.update(title="S"))
        states = self.ask("GET", "/api/prometheus/grafana/api/v1/rules")[1]["data"]["groups"]
        self.assertEqual(states[0]["rules"][0]["health"], "error")  # there is no data source "x"

    def test_durations(self):
        for text, milliseconds, written in (("0s", 0, "0s"), ("120s", 120000, "2m"), ("1h30m", 5400000, "1h30m"),
                                            ("90s", 90000, "1m30s"), ("7d", 604800000, "1w"), ("xyz", None, None)):
            self.assertEqual(parse_duration(text), milliseconds)
            if written:
                self.assertEqual(format_duration(milliseconds), written)


if __name__ == "__main__":
    unittest.main(verbosity=2)
