"""A Grafana 12.2 for tests: keeps what is made through its HTTP API and answers as a real one was recorded to answer.

    with FakeGrafana() as grafana:
        token = grafana.add_token("Admin")
        ... grafana.url ...
        grafana.edit_dashboard("some-uid", lambda dashboard: dashboard["panels"].pop())  # as a person in the browser

As a program it prints its address and an administrator's token as JSON and serves until its standard input ends:

    python3 tests/support/fake_grafana.py --version 12.2.0

Covers what provisioning needs: health, organisation, user and rights, service accounts, data sources, folders,
dashboards with versions, search, alert rules with provenance, rule groups and their states, annotations. Anything else
answers 404 and is listed in `unknown_requests`. ../grafana/fake_grafana_test.py compares it with the recordings."""

import argparse
import base64
import collections
import copy
import datetime
import http.server
import json
import re
import secrets
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
DURATION_UNITS = {"y": 31536000000, "w": 604800000, "d": 86400000, "h": 3600000, "m": 60000, "s": 1000, "ms": 1}
DURATION = re.compile("".join(f"(?:([0-9]+){unit})?" for unit in DURATION_UNITS))
NEVER = "0001-01-01T00:00:00Z"
TYPE_NAMES = {"prometheus": "Prometheus", "influxdb": "InfluxDB", "elasticsearch": "Elasticsearch",
              "grafana-testdata-datasource": "TestData"}
LOGOS = {"prometheus": "public/plugins/prometheus/img/prometheus_logo.svg",
         "influxdb": "public/plugins/influxdb/img/influxdb_logo.svg",
         "elasticsearch": "public/plugins/elasticsearch/img/elasticsearch.svg",
         "grafana-testdata-datasource": "public/plugins/grafana-testdata-datasource/img/testdata.svg"}

VIEWER = {"dashboards:read", "folders:read", "annotations:read", "alert.rules:read", "datasources:query",
          "datasources:id:read", "alert.instances:read", "alert.provisioning:read"}
EDITOR = VIEWER | {"dashboards:create", "dashboards:write", "dashboards:delete", "folders:create", "folders:write",
                   "folders:delete", "annotations:create", "annotations:write", "annotations:delete",
                   "alert.rules:create", "alert.rules:write", "alert.rules:delete", "alert.provisioning:write"}
ADMIN = EDITOR | {"datasources:read", "datasources:create", "datasources:write", "datasources:delete",
                  "serviceaccounts:read", "serviceaccounts:create", "serviceaccounts:write"}
ROLES = {"Viewer": VIEWER, "Editor": EDITOR, "Admin": ADMIN}

Request = collections.namedtuple("Request", "method path query headers body status")
"""What arrived: `path` decoded, `query` a list of pairs, `body` JSON, None or, where it is no JSON, the text."""


class Answer(Exception):
    """Ends the handling of a request. No body (None) is an empty one."""

    def __init__(self, status, body=None):
        super().__init__(status, body)
        self.status = status
        self.body = body


def failure(status, message, /, **members):
    return Answer(status, {"message": message, **members})


def coded_failure(status, message_id, message, /, **members):
    return Answer(status, {"statusCode": status, "messageId": message_id, "message": message, **members})


def slug_of(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def timestamp(nanoseconds=False):
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%dT%H:%M:%S") + (f".{now.microsecond:06d}001Z" if nanoseconds else "Z")


def parse_duration(text):
    """Milliseconds of a duration as Prometheus writes it, or None."""
    if text == "0":
        return 0
    match = DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if not match:
        return None
    return sum(int(number or 0) * unit for number, unit in zip(match.groups(), DURATION_UNITS.values()))


def format_duration(milliseconds):
    if milliseconds == 0:
        return "0s"
    text = ""
    for name, unit in DURATION_UNITS.items():
        if name in "yw" and milliseconds % unit:
            continue
        count, milliseconds = divmod(milliseconds, unit)
        text += f"{count}{name}" if count else ""
    return text


def as_go_keeps_it(value):
    """JSON as it comes back from a Go server: members sorted, whole numbers without a fraction."""
    if isinstance(value, dict):
        return {name: as_go_keeps_it(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [as_go_keeps_it(member) for member in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(value)
    return value


def generated_uid():
    return "f" + secrets.token_hex(7)[:13]


def check_uid(uid):
    if len(uid) > 40:
        raise failure(400, "uid too long, max 40 characters")
    if not UID.fullmatch(uid):
        raise failure(400, "uid contains illegal characters")


def probe_data_source(source):
    """(healthy, message) from asking the real server behind a data source, as its plugin would."""
    path = {"prometheus": "/api/v1/query?query=1%2B1", "influxdb": "/query?q=SHOW%20DATABASES",
            "elasticsearch": "/_cluster/health"}.get(source["type"])
    if path is None:
        return True, "Data source is working"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(source["url"].rstrip("/") + path, timeout=5):
            return True, {"prometheus": "Successfully queried the Prometheus API.",
                          "influxdb": "datasource is working. 1 measurements found",
                          "elasticsearch": "Elasticsearch data source is healthy."}[source["type"]]
    except (OSError, ValueError) as error:
        return False, f"{source['url']}: {error}"


def evaluate_rule(grafana, rule):
    """What is wrong with a rule when Grafana evaluates it (empty: nothing): what is not checked when it is saved."""
    references = [query["refId"] for query in rule["data"]]
    for query in rule["data"]:
        if query["datasourceUid"] not in grafana.data_sources and query["datasourceUid"] != "__expr__":
            return f"failed to build query '{rule['condition']}': data source not found"
    if rule["condition"] not in references:
        return (f"[alerting.alert-rule.conditionNotExist] Condition {rule['condition']} does not exist, must be one of "
                f"[{' '.join(references)}]")
    return ""


LEGEND = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
TOOLTIP = {"hideZeros": False, "mode": "single", "sort": "none"}
HIDE_FROM = {"legend": False, "tooltip": False, "viz": False}
AXIS = {"axisBorderShow": False, "axisCenteredZero": False, "axisColorMode": "text", "axisLabel": "",
        "axisPlacement": "auto", "hideFrom": HIDE_FROM, "scaleDistribution": {"type": "linear"}}
REDUCE = {"calcs": ["lastNotNull"], "fields": "", "values": False}
# By type of panel: options, custom members of fields, mode of the colour; as each panel's plugin has them.
PANEL_DEFAULTS = {
    "timeseries": ({"legend": LEGEND, "tooltip": TOOLTIP},
                   {**AXIS, "barAlignment": 0, "barWidthFactor": 0.6, "drawStyle": "line", "fillOpacity": 0,
                    "gradientMode": "none", "insertNulls": False, "lineInterpolation": "linear", "lineWidth": 1,
                    "pointSize": 5, "showPoints": "auto", "showValues": False, "spanNulls": False,
                    "stacking": {"group": "A", "mode": "none"}, "thresholdsStyle": {"mode": "off"}}, "palette-classic"),
    "barchart": ({"barRadius": 0, "barWidth": 0.97, "fullHighlight": False, "groupWidth": 0.7, "legend": LEGEND,
                  "orientation": "auto", "showValue": "auto", "stacking": "none", "tooltip": TOOLTIP,
                  "xTickLabelRotation": 0, "xTickLabelSpacing": 0},
                 {**AXIS, "fillOpacity": 80, "gradientMode": "none", "lineWidth": 1, "thresholdsStyle": {"mode": "off"}},
                 "palette-classic"),
    "stat": ({"colorMode": "value", "graphMode": "area", "justifyMode": "auto", "orientation": "auto",
              "percentChangeColorMode": "standard", "reduceOptions": REDUCE, "showPercentChange": False,
              "textMode": "auto", "wideLayout": True}, {}, "thresholds"),
    "table": ({"cellHeight": "sm", "footer": {"countRows": False, "fields": "", "reducer": ["sum"], "show": False},
               "showHeader": True},
              {"align": "auto", "cellOptions": {"type": "auto"}, "footer": {"reducers": []}, "inspect": False},
              "thresholds"),
    "heatmap": ({"calculate": False, "cellGap": 1,
                 "color": {"exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": False,
                           "scale": "exponential", "scheme": "Oranges", "steps": 64},
                 "exemplars": {"color": "rgba(255,0,255,0.7)"}, "filterValues": {"le": 1e-9}, "legend": {"show": True},
                 "rowsFrame": {"layout": "auto"}, "showValue": "auto",
                 "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": False},
                 "yAxis": {"axisPlacement": "left", "reverse": False}},
                {"hideFrom": HIDE_FROM, "scaleDistribution": {"type": "linear"}}, None),
    "state-timeline": ({"alignValue": "left", "legend": LEGEND, "mergeValues": True, "rowHeight": 0.9,
                        "showValue": "auto", "tooltip": TOOLTIP},
                       {"axisPlacement": "auto", "fillOpacity": 70, "hideFrom": HIDE_FROM, "insertNulls": False,
                        "lineWidth": 0, "spanNulls": False}, "continuous-GrYlRd"),
}


def fill_in(given, defaults):
    """Defaults where nothing is given, as deep as both are objects."""
    for member, default in defaults.items():
        if member not in given:
            given[member] = copy.deepcopy(default)
        elif isinstance(default, dict) and isinstance(given[member], dict):
            fill_in(given[member], default)


def as_saved_in_browser(dashboard, version):
    """The same dashboard as the browser sends it after any edit: with the defaults that it fills in when loading."""
    saved = copy.deepcopy(dashboard)
    fill_in(saved, {"editable": True, "fiscalYearStartMonth": 0, "graphTooltip": 0, "links": [], "preload": False,
                    "schemaVersion": 42, "tags": [], "templating": {"list": []},
                    "time": {"from": "now-6h", "to": "now"}, "timepicker": {}, "timezone": "browser",
                    "annotations": {"list": []}, "panels": []})
    built_in = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
                "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"}
    if not any(entry.get("builtIn") for entry in saved["annotations"]["list"]):
        saved["annotations"]["list"].insert(0, built_in)
    for panel in saved["panels"]:
        if panel.get("type") == "row":
            continue
        panel["pluginVersion"] = version
        options, custom, color = PANEL_DEFAULTS.get(panel["type"], ({}, {}, None))
        fill_in(panel, {"options": options, "fieldConfig": {"defaults": {}, "overrides": []}})
        defaults = panel["fieldConfig"]["defaults"]
        if custom:
            fill_in(defaults, {"custom": custom})
        if color:
            defaults.setdefault("color", {"mode": color})
            defaults.setdefault("mappings", [])
            defaults.setdefault("thresholds", {"mode": "absolute", "steps": [{"color": "green", "value": 0},
                                                                             {"color": "red", "value": 80}]})
        for step in defaults.get("thresholds", {}).get("steps", []):
            step["value"] = step.get("value") or 0
    for variable in saved["templating"]["list"]:
        fill_in(variable, {"options": [], "regex": "", "allowCustomValue": True})
    return saved


class FakeGrafana:  # pylint: disable=too-many-public-methods
    """All methods may be called from any thread. State is in plain dictionaries by uid, to look at and to change."""

    def __init__(self, version="12.2.0", port=0):
        self.version = version
        self.anonymous_role = None   # "Viewer": whoever has no valid login is one
        self.read_only = False       # a Grafana whose database cannot be written
        self.intercept = None        # callable(method, path) -> Answer or None, before anything else
        self.probe_data_source = probe_data_source
        self.evaluate_rule = evaluate_rule
        self.requests = []
        self.unknown_requests = []
        self.data_sources = {}
        self.folders = {}
        self.dashboards = {}
        self.rules = {}
        self.group_intervals = {}    # (folder uid, group) -> seconds
        self.annotations = {}
        self._annotation_tags_ever = collections.defaultdict(set)
        self.service_accounts = {}
        self.tokens = {}             # key -> {"account", "name", "expires", ...}
        self._next_ids = collections.Counter()
        self._lock = threading.RLock()
        self._port = port
        self._server = None
        self._routes = [(method, re.compile(pattern + "/?"), right, handler) for method, pattern, right, handler in (
            ("GET", "/api/health", "", self._health),
            ("GET", "/api/frontend/settings", "in", self._frontend_settings),
            ("GET", "/api/org", "in", self._org),
            ("GET", "/api/user", "in", self._user),
            ("GET", "/api/access-control/user/permissions", "in", self._permissions),
            ("POST", "/api/serviceaccounts", "serviceaccounts:create", self._create_account),
            ("GET", "/api/serviceaccounts/search", "serviceaccounts:read", self._search_accounts),
            ("POST", "/api/serviceaccounts/([0-9]+)/tokens", "serviceaccounts:write", self._create_token),
            ("GET", "/api/serviceaccounts/([0-9]+)/tokens", "serviceaccounts:read", self._list_tokens),
            ("GET", "/api/datasources", "datasources:read", self._list_data_sources),
            ("POST", "/api/datasources", "datasources:create", self._create_data_source),
            ("GET", "/api/datasources/uid/([^/]+)", "datasources:read", self._get_data_source),
            ("PUT", "/api/datasources/uid/([^/]+)", "datasources:write", self._update_data_source),
            ("DELETE", "/api/datasources/uid/([^/]+)", "datasources:delete", self._delete_data_source),
            ("GET", "/api/datasources/uid/([^/]+)/health", "datasources:query", self._data_source_health),
            ("GET", "/api/datasources/name/([^/]+)", "datasources:read", self._get_data_source_by_name),
            ("GET", "/api/datasources/id/([^/]+)", "datasources:id:read", self._get_data_source_id),
            ("GET", "/api/folders", "folders:read", self._list_folders),
            ("POST", "/api/folders", "folders:create", self._create_folder),
            ("GET", "/api/folders/([^/]+)", "folders:read", self._get_folder),
            ("PUT", "/api/folders/([^/]+)", "folders:write", self._update_folder),
            ("DELETE", "/api/folders/([^/]+)", "folders:delete", self._delete_folder),
            ("GET", "/api/folders/([^/]+)/counts", "folders:read", self._folder_counts),
            ("POST", "/api/dashboards/db", "any of dashboards:create, dashboards:write", self._save_dashboard),
            ("POST", "/api/dashboards/import", "dashboards:create", self._import_dashboard),
            ("GET", "/api/dashboards/tags", "dashboards:read", self._dashboard_tags),
            ("GET", "/api/dashboards/uid/([^/]+)", "dashboards:read", self._get_dashboard),
            ("DELETE", "/api/dashboards/uid/([^/]+)", "dashboards:delete", self._delete_dashboard),
            ("GET", "/api/dashboards/uid/([^/]+)/versions", "dashboards:read", self._dashboard_versions),
            ("GET", "/api/dashboards/uid/([^/]+)/versions/([0-9]+)", "dashboards:read", self._dashboard_version),
            ("POST", "/api/dashboards/uid/([^/]+)/restore", "dashboards:write", self._restore_dashboard),
            ("GET", "/api/search", "dashboards:read", self._search),
            ("GET", "/api/v1/provisioning/alert-rules", "alert.provisioning:read", self._list_rules),
            ("POST", "/api/v1/provisioning/alert-rules", "alert.provisioning:write", self._create_rule),
            ("GET", "/api/v1/provisioning/alert-rules/([^/]+)", "alert.provisioning:read", self._get_rule),
            ("PUT", "/api/v1/provisioning/alert-rules/([^/]+)", "alert.provisioning:write", self._update_rule),
            ("DELETE", "/api/v1/provisioning/alert-rules/([^/]+)", "alert.provisioning:write", self._delete_rule),
            ("GET", "/api/v1/provisioning/folder/([^/]+)/rule-groups/([^/]+)", "alert.provisioning:read",
             self._get_group),
            ("PUT", "/api/v1/provisioning/folder/([^/]+)/rule-groups/([^/]+)", "alert.provisioning:write",
             self._replace_group),
            ("DELETE", "/api/v1/provisioning/folder/([^/]+)/rule-groups/([^/]+)", "alert.provisioning:write",
             self._delete_group),
            ("GET", "/api/prometheus/grafana/api/v1/rules", "alert.rules:read", self._rule_states),
            ("GET", "/api/annotations", "annotations:read", self._list_annotations),
            ("POST", "/api/annotations", "annotations:create", self._create_annotation),
            ("POST", "/api/annotations/graphite", "annotations:create", self._create_graphite_annotation),
            ("GET", "/api/annotations/tags", "annotations:read", self._annotation_tags),
            ("GET", "/api/annotations/([0-9]+)", "annotations:read", self._get_annotation),
            ("PATCH", "/api/annotations/([0-9]+)", "annotations:write", self._patch_annotation),
            ("PUT", "/api/annotations/([0-9]+)", "annotations:write", self._replace_annotation),
            ("DELETE", "/api/annotations/([0-9]+)", "annotations:delete", self._delete_annotation),
        )]

    # Running ----------------------------------------------------------------------------------------------------------

    def __enter__(self):
        class Handler(_Handler):
            grafana = self

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def _next_id(self, kind):
        self._next_ids[kind] += 1
        return self._next_ids[kind]

    # For tests --------------------------------------------------------------------------------------------------------

    def add_token(self, role="Admin", seconds_to_live=0):
        """A token of a new service account. A negative lifetime has expired already."""
        with self._lock:
            account = self._add_account(f"{role.lower()}-{self._next_ids['account'] + 1}", role)
            return self._add_token(account, "token", seconds_to_live)["key"]

    def revoke_token(self, key):
        with self._lock:
            self.tokens[key]["revoked"] = True

    def writes(self):
        """The requests so far that were to change something."""
        return [request for request in self.requests if request.method != "GET"]

    def edit_dashboard(self, uid, change, message=""):
        """Saves a dashboard as a person does in the browser: `change` gets its JSON and changes it in place."""
        with self._lock:
            stored = self.dashboards[uid]
            body = as_saved_in_browser(self._dashboard_json(stored), self.version)
            change(body)
            self._store_dashboard(body, stored["folder_uid"], message, stored)

    def edit_rule(self, uid, change):
        """Saves an alert rule as a person does in the browser, which refuses to edit provisioned ones."""
        with self._lock:
            rule = self.rules[uid]
            if rule.get("provenance"):
                raise PermissionError(f"{uid} is provisioned ({rule['provenance']}): the browser shows it read-only")
            change(rule)
            for query in rule["data"]:
                model, reference = query["model"], query["refId"]
                model.setdefault("hide", False)
                if query["datasourceUid"] == "__expr__":
                    model["datasource"] = {"type": "__expr__", "uid": "__expr__", "name": "Expression"}
                    query["relativeTimeRange"] = {"from": 0, "to": 0}
                    fill_in(model, {"conditions": [{"evaluator": {"params": [], "type": "gt"}, "operator": {"type": "and"},
                                                    "query": {"params": [reference]},
                                                    "reducer": {"params": [], "type": "last"}, "type": "query"}]})
                else:
                    model["datasource"] = {"type": self.data_sources.get(query["datasourceUid"], {}).get("type", ""),
                                           "uid": query["datasourceUid"]}
                    fill_in(model, {"editorMode": "code", "legendFormat": "__auto"})
            rule["updated"] = timestamp()

    def edit_data_source(self, uid, change):
        with self._lock:
            source = self.data_sources[uid]
            if source["readOnly"]:
                raise PermissionError(f"{uid} is provisioned: the browser shows it read-only")
            change(source)
            source["version"] += 1

    # Requests ---------------------------------------------------------------------------------------------------------

    def handle(self, method, target, headers, raw):
        """(status, body as bytes) of a request, noted in `requests`."""
        parts = urllib.parse.urlsplit(target)
        query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        path = urllib.parse.unquote(parts.path)
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode(errors="replace")
        with self._lock:
            try:
                answer = self._route(method, parts.path, query, headers, body)
            except Answer as early:
                answer = early
            self.requests.append(Request(method, path, query, dict(headers.items()), body, answer.status))
            return answer.status, b"" if answer.body is None else json.dumps(answer.body).encode()

    def _route(self, method, path, query, headers, body):
        if self.intercept:
            answer = self.intercept(method, path)
            if answer:
                return answer
        found = None
        for route_method, pattern, right, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and route_method == method:
                found = (right, handler, [urllib.parse.unquote(group) for group in match.groups()])
                break
        if not found:
            self.unknown_requests.append(f"{method} {path}")
            return failure(404, "Not found")
        right, handler, arguments = found
        caller = self._authenticate(headers) if right else None
        if caller:
            rights = ROLES[caller["role"]]
            if right != "in" and not any(one in rights for one in right.removeprefix("any of ").split(", ")):
                return failure(403, "You'll need additional permissions to perform this action. "
                                    f"Permissions needed: {right}",
                               accessErrorId=f"ACE{secrets.randbelow(10 ** 10):010d}", title="Access denied")
        if self.read_only and method != "GET":
            return coded_failure(500, "", "attempt to write a readonly database", traceID="")
        call = _Call(caller, dict(query), query, headers, body)
        return handler(call, *arguments)

    def _authenticate(self, headers):
        kind, _, secret = headers.get("Authorization", "").partition(" ")
        message_id, message = "auth.unauthorized", "Unauthorized"
        if kind == "Basic":
            if base64.b64decode(secret) == b"admin:admin":
                return {"role": "Admin", "id": 1, "uid": "admin", "login": "admin", "name": "",
                        "email": "admin@localhost"}
            message_id, message = "password-auth.failed", "Invalid username or password"
        elif kind == "Bearer":
            token = self.tokens.get(secret)
            if token is None:
                message_id, message = "api-key.invalid", "Invalid API key"
            elif token["revoked"]:
                message_id, message = "api-key.revoked", "Revoked API key"
            elif token["expires"] is not None and token["expires"] <= time.time():
                message_id, message = "api-key.expired", "Expired API key"
            else:
                account = token["account"]
                return {"role": account["role"], "id": 0, "uid": f"service-account:{account['id']}",
                        "login": account["login"], "name": account["name"], "email": account["login"]}
        if self.anonymous_role:
            return {"role": self.anonymous_role, "id": 0, "uid": "", "login": "", "name": "", "email": ""}
        raise coded_failure(401, message_id, message, extra=None, traceID="")

    # Health, organisation, accounts -----------------------------------------------------------------------------------

    def _health(self, _):
        return Answer(200, {"database": "ok", "version": self.version, "commit": "probe"})

    def _frontend_settings(self, _):
        """What the browser is told: here, which data sources there are. Whoever may query may see that much."""
        return Answer(200, {"datasources": {source["name"]: {
            "id": source["id"], "uid": source["uid"], "type": source["type"], "name": source["name"],
            "isDefault": source["isDefault"], "jsonData": source["jsonData"], "readOnly": source["readOnly"]}
            for source in self.data_sources.values()}})

    def _org(self, _):
        return Answer(200, {"id": 1, "name": "Main Org.", "address": dict.fromkeys(
            ("address1", "address2", "city", "zipCode", "state", "country"), "")})

    def _user(self, call):
        return Answer(200, {**{member: call.caller[member] for member in ("id", "uid", "email", "name", "login")},
                            "theme": "", "orgId": 1, "isGrafanaAdmin": False, "isDisabled": False, "isExternal": False,
                            "isExternallySynced": False, "isGrafanaAdminExternallySynced": False, "authLabels": None,
                            "updatedAt": NEVER, "createdAt": NEVER, "avatarUrl": "", "isProvisioned": False})

    def _permissions(self, call):
        return Answer(200, {right: [right.split(":")[0] + ":*"] for right in ROLES[call.caller["role"]]})

    def _add_account(self, name, role):
        number = self._next_id("account") + 1  # 1 is the administrator
        account = {"id": number, "uid": generated_uid(), "name": name, "login": f"sa-1-{name}", "orgId": 1,
                   "isDisabled": False, "role": role, "tokens": 0, "avatarUrl": ""}
        self.service_accounts[number] = account
        return account

    def _add_token(self, account, name, seconds_to_live):
        account["tokens"] += 1
        key = f"glsa_{secrets.token_hex(16)}_{secrets.token_hex(4)}"
        self.tokens[key] = {"id": self._next_id("token"), "name": name, "key": key, "account": account, "revoked": False,
                            "created": timestamp(), "expires": time.time() + seconds_to_live if seconds_to_live else None}
        return self.tokens[key]

    def _create_account(self, call):
        if any(account["name"] == call.body["name"] for account in self.service_accounts.values()):
            raise coded_failure(400, "serviceaccounts.ErrAlreadyExists", "service account already exists")
        return Answer(201, self._add_account(call.body["name"], call.body["role"]))

    def _search_accounts(self, call):
        found = [{**account, "avatarUrl": "/public/img/user_profile.png"} for account in self.service_accounts.values()
                 if call.query.get("query", "") in account["name"]]
        return Answer(200, {"totalCount": len(found), "serviceAccounts": found, "page": 1, "perPage": 1000})

    def _tokens_of(self, number):
        return [token for token in self.tokens.values() if token["account"]["id"] == int(number)]

    def _create_token(self, call, number):
        if any(token["name"] == call.body["name"] for token in self._tokens_of(number)):
            raise coded_failure(400, "serviceaccounts.ErrTokenAlreadyExists",
                                "service account token with given name already exists in the organization")
        token = self._add_token(self.service_accounts[int(number)], call.body["name"], call.body.get("secondsToLive", 0))
        return Answer(200, {member: token[member] for member in ("id", "name", "key")})

    def _list_tokens(self, _, number):
        return Answer(200, [{"id": token["id"], "name": token["name"], "created": token["created"], "lastUsedAt": None,
                             "expiration": None, "secondsUntilExpiration": 0, "hasExpired": False,
                             "isRevoked": token["revoked"]} for token in self._tokens_of(number)])

    # Data sources -----------------------------------------------------------------------------------------------------

    def _data_source(self, uid):
        if uid not in self.data_sources:
            raise failure(404, "Data source not found")
        return self.data_sources[uid]

    @staticmethod
    def _data_source_json(source):
        return {**{member: source[member] for member in source if member != "secureJsonData"},
                "secureJsonFields": dict.fromkeys(source["secureJsonData"], True)}

    def _list_data_sources(self, _):
        def listed(source):
            answer = {**self._data_source_json(source), "typeName": TYPE_NAMES.get(source["type"], source["type"])}
            for member in ("withCredentials", "secureJsonFields", "version", "apiVersion", "basicAuthUser"):
                answer.pop(member)
            return answer

        return Answer(200, [listed(source) for source in
                            sorted(self.data_sources.values(), key=lambda source: source["name"].lower())])

    def _create_data_source(self, call):
        body = call.json()
        if not body.get("type"):
            raise failure(400, "bad request data")
        uid = body.get("uid") or generated_uid()
        if not UID.fullmatch(uid):
            raise coded_failure(400, "datasource.uidInvalid", "Invalid datasource UID.")
        name = body.get("name") or body["type"]
        if any(source["name"] == name for source in self.data_sources.values()):
            raise failure(409, "data source with the same name already exists")
        if uid in self.data_sources:
            raise failure(409, "data source with the same uid already exists")
        source = {"id": self._next_id("data source"), "uid": uid, "orgId": 1, "name": name, "type": body["type"],
                  "typeLogoUrl": LOGOS.get(body["type"], "public/img/icn-datasource.svg"),
                  "access": body.get("access", ""), "url": body.get("url", ""), "user": body.get("user", ""),
                  "database": body.get("database", ""), "basicAuth": body.get("basicAuth", False),
                  "basicAuthUser": body.get("basicAuthUser", ""), "withCredentials": body.get("withCredentials", False),
                  "isDefault": body.get("isDefault", False),
                  "jsonData": as_go_keeps_it(body.get("jsonData") or {}), "version": 1,
                  "readOnly": False, "apiVersion": "", "secureJsonData": body.get("secureJsonData") or {}}
        self._set_default(source)
        self.data_sources[uid] = source
        return self._data_source_answer(source, "Datasource added")

    def _set_default(self, source):
        if source["isDefault"]:
            for other in self.data_sources.values():
                other["isDefault"] = False

    def _data_source_answer(self, source, message):
        return Answer(200, {"datasource": self._data_source_json(source), "id": source["id"], "message": message,
                            "name": source["name"]})

    def _get_data_source(self, _, uid):
        return Answer(200, self._data_source_json(self._data_source(uid)))

    def _data_source_named(self, name):
        for source in self.data_sources.values():
            if source["name"] == name:
                return source
        raise failure(404, "Data source not found")

    def _get_data_source_by_name(self, _, name):
        return Answer(200, self._data_source_json(self._data_source_named(name)))

    def _get_data_source_id(self, _, name):
        return Answer(200, {"id": self._data_source_named(name)["id"]})

    def _update_data_source(self, call, uid):
        source, body = self._data_source(uid), call.json()
        if source["readOnly"]:
            raise failure(403, "Cannot update read-only data source")
        if not body.get("type") or not body.get("name"):
            raise failure(400, "bad request data")
        if any(other["name"] == body["name"] for other in self.data_sources.values() if other is not source):
            raise failure(409, "data source with the same name already exists")
        version = body.get("version", 0)
        if version and source["version"] >= version + 1:
            raise failure(409, "Datasource has already been updated by someone else. Please reload and try again")
        self.data_sources[uid] = source = {**source, "name": body["name"], "type": body["type"],
                                           "access": body.get("access", ""), "user": body.get("user", ""),
                                           "basicAuth": body.get("basicAuth", False),
                                           "withCredentials": body.get("withCredentials", False),
                                           "isDefault": body.get("isDefault", False),
                                           "jsonData": as_go_keeps_it(body.get("jsonData") or {}),
                                           "version": version + 1}
        for member in ("url", "database", "basicAuthUser"):  # an empty one does not replace what is there
            source[member] = body.get(member) or source[member]
        source["secureJsonData"] = {**source["secureJsonData"], **(body.get("secureJsonData") or {})}
        self._set_default({**source, "uid": None})
        source["isDefault"] = body.get("isDefault", False)
        return self._data_source_answer(source, "Datasource updated")

    def _delete_data_source(self, _, uid):
        source = self._data_source(uid)
        if source["readOnly"]:
            raise failure(403, "Cannot delete read-only data source")
        del self.data_sources[uid]
        return Answer(200, {"id": source["id"], "message": "Data source deleted"})

    def _data_source_health(self, _, uid):
        source = self._data_source(uid)
        healthy, message = self.probe_data_source(source)
        answer = {"message": message, "status": "OK" if healthy else "ERROR"}
        if healthy and source["type"] == "prometheus":
            answer["details"] = {"application": "Prometheus", "features": {"rulerApiEnabled": False}}
        return Answer(200 if healthy else 400, answer)

    # Folders ----------------------------------------------------------------------------------------------------------

    def _folder_json(self, folder, with_parents=True):
        answer = {"id": folder["id"], "uid": folder["uid"], "orgId": 1, "title": folder["title"],
                  "url": f"/dashboards/f/{folder['uid']}/{slug_of(folder['title'])}", "hasAcl": False, "canSave": True,
                  "canEdit": True, "canAdmin": True, "canDelete": True, "createdBy": folder["by"],
                  "created": folder["created"], "updatedBy": folder["by"], "updated": folder["updated"],
                  "version": folder["version"]}
        if folder["description"]:
            answer["description"] = folder["description"]
        if folder["parent"] and with_parents:
            parents, above = [], folder["parent"]
            while above:
                parents.insert(0, self._folder_json(self.folders[above], with_parents=False))
                above = self.folders[above]["parent"]
            answer.update(parentUid=folder["parent"], parents=parents)
        return answer

    def _folder(self, uid):
        if uid not in self.folders:
            raise failure(404, "folder not found", status="not-found")
        return self.folders[uid]

    def _list_folders(self, call):
        parent = call.query.get("parentUid", "")
        return Answer(200, [{"id": folder["id"], "uid": folder["uid"], "title": folder["title"],
                             **({"parentUid": parent} if parent else {})}
                            for folder in self.folders.values() if folder["parent"] == parent])

    def _create_folder(self, call):
        body = call.json()
        uid, parent = body.get("uid") or generated_uid(), body.get("parentUid", "")
        if not body.get("title"):
            raise failure(400, "folder title cannot be empty")
        check_uid(uid)
        if parent and parent not in self.folders:
            raise failure(404, "folder not found")
        if uid in self.folders:
            raise failure(412, "the folder has been changed by someone else")
        self.folders[uid] = {"id": self._next_id("dashboard"), "uid": uid, "title": body["title"], "parent": parent,
                             "description": body.get("description", ""), "by": call.caller["name"],
                             "created": timestamp(), "updated": timestamp(), "version": 1}
        return Answer(200, self._folder_json(self.folders[uid]))

    def _get_folder(self, _, uid):
        return Answer(200, self._folder_json(self._folder(uid)))

    def _update_folder(self, call, uid):
        folder, body = self._folder(uid), call.json()
        if not body.get("overwrite") and body.get("version") != folder["version"]:
            raise failure(412, "The dashboard has been changed by someone else")
        folder.update(title=body.get("title") or folder["title"],
                      description=body.get("description", folder["description"]), by=call.caller["name"], updated=timestamp(), version=folder["version"] + 1)
        return Answer(200, self._folder_json(folder))

    def _inside(self, uid):
        """The folder and all those in it."""
        return {uid}.union(*(self._inside(folder["uid"]) for folder in self.folders.values() if folder["parent"] == uid))

    def _folder_counts(self, _, uid):
        self._folder(uid)
        return Answer(200, {"alertrule": sum(rule["folderUID"] == uid for rule in self.rules.values()),
                            "dashboard": sum(one["folder_uid"] == uid for one in self.dashboards.values()),
                            "folder": sum(one["parent"] == uid for one in self.folders.values()), "librarypanel": 0})

    def _delete_folder(self, call, uid):
        self._folder(uid)
        gone = self._inside(uid)
        rules = [rule["uid"] for rule in self.rules.values() if rule["folderUID"] in gone]
        if rules and call.query.get("forceDeleteRules") != "true":
            raise coded_failure(400, "folder.not-empty", "Folder cannot be deleted: folder is not empty")
        for rule in rules:
            del self.rules[rule]
        for dashboard in [one["uid"] for one in self.dashboards.values() if one["folder_uid"] in gone]:
            del self.dashboards[dashboard]
        for folder in gone:
            del self.folders[folder]
        return Answer(200, {"message": "Folder deleted"})

    # Dashboards -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _dashboard_json(stored, version=None):
        data = copy.deepcopy(stored["versions"][(version or stored["version"]) - 1]["data"])
        return {**data, "id": stored["id"], "uid": stored["uid"], "version": version or stored["version"]}

    def _dashboard(self, uid):
        if uid not in self.dashboards:
            raise failure(404, "Dashboard not found")
        return self.dashboards[uid]

    def _store_dashboard(self, body, folder_uid, message, stored):
        """A new version; the answer to the request. Of an unchanged one, Grafana answers the version before."""
        data = as_go_keeps_it({member: value for member, value in body.items()
                               if member not in ("id", "uid", "version")})
        answered = None
        if stored is None:
            uid = body.get("uid") or str(uuid.uuid4())
            stored = self.dashboards[uid] = {"id": self._next_id("dashboard"), "uid": uid, "version": 0, "versions": [],
                                             "created": timestamp(), "provisioned": False}
        elif stored["versions"][-1]["data"] == data and stored["folder_uid"] == folder_uid:
            answered = stored["version"]
        stored["version"] += 1
        stored.update(title=data["title"], folder_uid=folder_uid, updated=timestamp(), tags=list(data.get("tags") or []))
        stored["versions"].append({"data": data, "message": message, "created": timestamp()})
        slug = slug_of(stored["title"])
        return Answer(200, {"folderUid": folder_uid, "id": stored["id"], "slug": slug, "status": "success",
                            "uid": stored["uid"], "url": f"/d/{stored['uid']}/{slug}",
                            "version": answered or stored["version"]})

    def _save_dashboard(self, call):
        body = call.json()
        dashboard = body.get("dashboard")
        if not isinstance(dashboard, dict):
            raise failure(400, "bad request data")
        if not dashboard.get("title"):
            raise failure(400, "Dashboard title cannot be empty", status="empty-name")
        if dashboard.get("uid"):
            check_uid(dashboard["uid"])
        folder_uid = body.get("folderUid", "")
        if folder_uid and folder_uid not in self.folders:
            raise failure(400, "folder not found")
        stored = self.dashboards.get(dashboard.get("uid"))
        if dashboard.get("id"):
            stored = next((one for one in self.dashboards.values() if one["id"] == dashboard["id"]), None)
            if stored is None:
                raise failure(404, "Dashboard not found", status="not-found")
        if stored and stored["provisioned"]:
            raise failure(400, "Cannot save provisioned dashboard")
        if stored and not body.get("overwrite") and dashboard.get("version") != stored["version"]:
            raise failure(412, "The dashboard has been changed by someone else", status="version-mismatch")
        return self._store_dashboard(dashboard, folder_uid, body.get("message", ""), stored)

    def _import_dashboard(self, call):
        body = call.json()
        saved = self._save_dashboard(call).body
        return Answer(200, {"uid": saved["uid"], "pluginId": "", "title": body["dashboard"]["title"], "imported": True,
                            "importedUri": f"db/{saved['slug']}", "importedUrl": saved["url"], "slug": saved["slug"],
                            "dashboardId": saved["id"], "folderId": 0, "folderUid": saved["folderUid"], "description": "",
                            "path": "", "removed": False})

    def _get_dashboard(self, _, uid):
        stored = self._dashboard(uid)
        folder = self.folders.get(stored["folder_uid"])
        everything = {"canAdd": True, "canEdit": True, "canDelete": True}
        slug = slug_of(stored["title"])
        meta = {"type": "db", "canSave": True, "canEdit": True, "canAdmin": True, "canStar": True, "canDelete": True,
                "slug": slug, "url": f"/d/{uid}/{slug}", "expires": NEVER, "created": stored["created"],
                "updated": stored["updated"], "updatedBy": "Anonymous", "createdBy": "Anonymous",
                "version": stored["version"], "hasAcl": False, "isFolder": False, "apiVersion": "v0alpha1",
                "folderId": folder["id"] if folder else 0, "folderUid": stored["folder_uid"],
                "folderTitle": folder["title"] if folder else "General",
                "folderUrl": f"/dashboards/f/{folder['uid']}/{slug_of(folder['title'])}" if folder else "",
                "provisioned": stored["provisioned"], "provisionedExternalId": "",
                "annotationsPermissions": {"dashboard": everything, "organization": everything}}
        return Answer(200, {"meta": meta, "dashboard": self._dashboard_json(stored)})

    def _delete_dashboard(self, _, uid):
        stored = self._dashboard(uid)
        if stored["provisioned"]:
            raise failure(400, "provisioned dashboard cannot be deleted")
        del self.dashboards[uid]
        return Answer(200, {"message": f"Dashboard {stored['title']} deleted", "title": stored["title"], "uid": uid})

    @staticmethod
    def _version_json(stored, version):
        entry = stored["versions"][version - 1]
        return {"id": version, "dashboardId": stored["id"], "uid": stored["uid"], "parentVersion": version - 1,
                "restoredFrom": 0, "version": version, "created": entry["created"], "message": entry["message"],
                "data": {**entry["data"], "uid": stored["uid"], "version": version}, "createdBy": "Anonymous"}

    def _dashboard_versions(self, call, uid):
        stored = self._dashboard(uid)
        versions = [self._version_json(stored, version) for version in range(stored["version"], 0, -1)]
        versions[-1]["message"] = "Initial save"  # the list says so whatever it was
        start, limit = int(call.query.get("start", 0)), int(call.query.get("limit", 0))
        return Answer(200, {"continueToken": "", "versions": versions[start:start + limit if limit else None]})

    def _dashboard_version(self, _, uid, version):
        stored = self._dashboard(uid)
        if not 1 <= int(version) <= stored["version"]:
            raise failure(404, "Dashboard version not found")
        return Answer(200, self._version_json(stored, int(version)))

    def _restore_dashboard(self, call, uid):
        stored, version = self._dashboard(uid), call.json().get("version")
        if not 1 <= version <= stored["version"]:
            raise failure(404, "Dashboard version not found")
        return self._store_dashboard(self._dashboard_json(stored, version), stored["folder_uid"],
                                     f"Restored from version {version}", stored)

    def _dashboard_tags(self, _):
        counts = collections.Counter(tag for one in self.dashboards.values() for tag in one["tags"])
        return Answer(200, [{"term": tag, "count": count} for tag, count in sorted(counts.items())])

    def _search(self, call):
        def hit(one, kind, path, folder_uid):
            slug, folder = slug_of(one["title"]), self.folders.get(folder_uid)
            answer = {"id": one["id"], "uid": one["uid"], "orgId": 1, "title": one["title"], "uri": f"db/{slug}",
                      "url": f"/{path}/{one['uid']}/{slug}", "slug": "", "type": kind, "tags": sorted(one.get("tags", [])),
                      "isStarred": False, "sortMeta": 0, "isDeleted": False}
            if folder:
                answer.update(folderId=folder["id"], folderUid=folder_uid, folderTitle=folder["title"],
                              folderUrl=f"/dashboards/f/{folder_uid}/{slug_of(folder['title'])}")
            return answer

        hits = [hit(one, "dash-folder", "dashboards/f", one["parent"]) for one in self.folders.values()]
        hits += [hit(one, "dash-db", "d", one["folder_uid"]) for one in self.dashboards.values()]
        for parameter, fits in (
                ("query", lambda one, texts: all(text.lower() in one["title"].lower() for text in texts)),
                ("tag", lambda one, tags: all(tag in one["tags"] for tag in tags)),
                ("type", lambda one, types: one["type"] in types),
                ("folderUIDs", lambda one, uids: one.get("folderUid") in uids),
                ("dashboardUIDs", lambda one, uids: one["uid"] in uids)):
            wanted = [value for name, value in call.pairs if name == parameter]
            if wanted:
                hits = [one for one in hits if fits(one, wanted)]
        hits.sort(key=lambda one: (one["type"] != "dash-folder", one["title"].lower(), one["id"]))
        limit, page = int(call.query.get("limit", 1000)), int(call.query.get("page", 1))
        return Answer(200, hits[(page - 1) * limit:page * limit])

    # Alert rules ------------------------------------------------------------------------------------------------------

    def _checked_rule(self, body, uid, provenance):
        """The rule that a body describes, as Grafana keeps it."""
        durations = {}
        for member in ("for", "keep_firing_for"):
            durations[member] = parse_duration(body.get(member) or "0s")
            if durations[member] is None:
                raise failure(400, "bad request data")
        if not body.get("data"):
            raise failure(400, "invalid alert rule: no queries or expressions are found")
        if not body.get("title"):
            raise failure(400, "invalid alert rule: title is empty")
        if not body.get("folderUID"):
            raise failure(400, "invalid alert rule: folderUID must be set")
        if body["folderUID"] not in self.folders:
            raise failure(400, "invalid alert rule: folder does not exist")
        if not 1 <= len(body.get("ruleGroup", "")) <= 190 or len(body["title"]) > 190:
            raise failure(400, "invalid alert rule: rule group name must be 1 to 190 characters")
        if not UID.fullmatch(uid):
            raise failure(400, f"invalid alert rule\ncannot create rule with UID '{uid}': invalid format of UID. Only "
                               "letters, numbers, '-' and '_' are allowed")
        for member, what, states in (("noDataState", "NoData", ("Alerting", "NoData", "OK", "KeepLast")),
                                     ("execErrState", "Error", ("Alerting", "Error", "OK", "KeepLast"))):
            if body.get(member) not in states:
                raise failure(400, f"invalid alert rule: unknown {what} state option {body.get(member)}")
        data = []
        for query in body["data"]:
            model = {"intervalMs": 1000, "maxDataPoints": 43200, **query.get("model", {})}
            model = as_go_keeps_it(model)
            data.append({"refId": query.get("refId", ""), "queryType": query.get("queryType", ""),
                         "relativeTimeRange": query.get("relativeTimeRange") or {"from": 0, "to": 0},
                         "datasourceUid": query.get("datasourceUid", ""), "model": model})
        rule = {"uid": uid, "orgID": 1, "folderUID": body["folderUID"], "ruleGroup": body["ruleGroup"],
                "title": body["title"], "condition": body.get("condition", ""), "data": data,
                "updated": timestamp(nanoseconds=True), "noDataState": body["noDataState"],
                "execErrState": body["execErrState"],
                **{member: format_duration(value) for member, value in durations.items()}}
        for member in ("annotations", "labels"):
            if body.get(member):
                rule[member] = dict(body[member])
        if provenance:
            rule["provenance"] = provenance
        return {**rule, "isPaused": body.get("isPaused", False),
                "notification_settings": body.get("notification_settings"), "record": body.get("record")}

    @staticmethod
    def _provenance(call):
        return "" if "X-Disable-Provenance" in call.headers else "api"

    def _keep_rule(self, rule):
        self.rules[rule["uid"]] = {**copy.deepcopy(rule), "updated": timestamp()}
        self.group_intervals.setdefault((rule["folderUID"], rule["ruleGroup"]), 60)

    def _list_rules(self, _):
        return Answer(200, list(self.rules.values()))

    def _create_rule(self, call):
        body = call.json()
        uid = body.get("uid") or generated_uid()
        rule = self._checked_rule(body, uid, self._provenance(call))
        if uid in self.rules:
            reason = "UNIQUE constraint failed: alert_rule.org_id, alert_rule.uid"
            raise coded_failure(409, "alerting.alert-rule.conflict",
                                f"Failed to save alert rule '{uid}' in organization 1 due to conflict: {reason}",
                                extra={"Error": reason, "OrgID": 1, "RuleUID": uid})
        rule = {"id": self._next_id("rule"), **rule}
        self._keep_rule(rule)
        return Answer(201, rule)

    def _get_rule(self, _, uid):
        return Answer(200, self.rules[uid]) if uid in self.rules else Answer(404)

    def _update_rule(self, call, uid):
        if uid not in self.rules:
            raise Answer(404)
        stored, provenance = self.rules[uid], self._provenance(call)
        rule = self._checked_rule(call.json(), uid, provenance)
        if stored.get("provenance", "") not in ("", provenance):
            raise failure(500, "Internal Server Error")
        rule = {"id": stored["id"], **rule}
        self._keep_rule(rule)
        return Answer(200, rule)

    def _delete_rule(self, call, uid):
        if self.rules.get(uid, {}).get("provenance", "") not in ("", self._provenance(call)):
            raise failure(500, "Internal Server Error")
        self.rules.pop(uid, None)
        return Answer(204)

    def _rules_of(self, folder, group):
        return [rule for rule in self.rules.values() if (rule["folderUID"], rule["ruleGroup"]) == (folder, group)]

    def _get_group(self, _, folder, group):
        rules = self._rules_of(folder, group)
        if not rules:
            raise Answer(404)
        without_provenance = [{member: value for member, value in rule.items() if member != "provenance"}
                              for rule in rules]
        return Answer(200, {"title": group, "folderUid": folder, "interval": self.group_intervals[folder, group],
                            "rules": without_provenance})

    def _replace_group(self, call, folder, group):
        body = call.json()
        interval = body.get("interval", 0)
        if interval <= 0 or interval % 10:
            raise failure(400, f"invalid alert rule: interval ({interval}s) should be non-zero and divided exactly by "
                               "scheduler interval: 10")
        rules = [self._checked_rule({**rule, "folderUID": folder, "ruleGroup": group}, rule.get("uid") or generated_uid(),
                                    self._provenance(call)) for rule in body.get("rules", [])]
        for gone in [rule["uid"] for rule in self._rules_of(folder, group)]:
            if gone not in {rule["uid"] for rule in rules}:
                del self.rules[gone]
        answered = []
        for rule, given in zip(rules, body.get("rules", [])):
            number = self.rules[rule["uid"]]["id"] if rule["uid"] in self.rules else self._next_id("rule")
            self._keep_rule({"id": number, **rule})
            answered.append({"id": 0, **rule, "data": given["data"], "updated": NEVER})
        self.group_intervals[folder, group] = interval
        return Answer(200, {"title": group, "folderUid": folder, "interval": interval, "rules": answered})

    def _delete_group(self, _, folder, group):
        rules = self._rules_of(folder, group)
        if not rules:
            raise Answer(404)
        for rule in rules:
            del self.rules[rule["uid"]]
        del self.group_intervals[folder, group]
        return Answer(204)

    def _rule_states(self, call):
        """Every rule as evaluated just now. What fires is not known here: see grafana_queries.py of the e2e tests."""
        groups, totals = [], collections.Counter()
        for folder, group in sorted(self.group_intervals):
            rules = []
            for rule in self._rules_of(folder, group):
                if call.query.get("folder_uid", folder) != folder:
                    continue
                error = self.evaluate_rule(self, rule)
                state = {"state": "inactive", "name": rule["title"], "query": rule["data"][0]["model"].get("expr", ""),
                         "queriedDatasourceUIDs": sorted({query["datasourceUid"] for query in rule["data"]}
                                                         - {"__expr__"}),
                         "annotations": rule.get("annotations", {}), "alerts": [], "uid": rule["uid"],
                         "folderUid": folder, "labels": rule.get("labels", {}), "health": "error" if error else "ok",
                         "type": "alerting", "lastEvaluation": timestamp(), "evaluationTime": 0.001, "isPaused": False}
                if rule.get("provenance"):
                    state["provenance"] = rule["provenance"]
                if error:
                    state["lastError"] = error
                rules.append(state)
                totals["error" if error else "inactive"] += 1
            if rules:
                groups.append({"name": group, "file": self.folders[folder]["title"], "folderUid": folder, "rules": rules,
                               "totals": {"inactive": len(rules)}, "interval": self.group_intervals[folder, group],
                               "lastEvaluation": timestamp(), "evaluationTime": 0.001})
        return Answer(200, {"status": "success", "data": {"groups": groups, "totals": dict(totals)}})

    # Annotations ------------------------------------------------------------------------------------------------------

    def _annotation(self, number):
        if int(number) not in self.annotations:
            raise failure(404, "Annotation not found")
        return self.annotations[int(number)]

    def _add_annotation(self, call, members, message):
        now = int(time.time() * 1000)
        number = self._next_id("annotation")
        start = members.get("time") or now
        uid = members.get("dashboardUID", "")
        self.annotations[number] = {
            "id": number, "alertId": 0, "alertName": "", "dashboardId": self.dashboards[uid]["id"] if uid else 0,
            "dashboardUID": uid, "panelId": members.get("panelId", 0), "userId": 0, "newState": "", "prevState": "",
            "created": now, "updated": now, "time": start, "timeEnd": members.get("timeEnd") or start,
            "text": members["text"], "tags": list(members.get("tags") or []), "login": call.caller["login"],
            "email": call.caller["email"], "avatarUrl": "/public/img/user_profile.png", "data": {}}
        self._annotation_tags_ever[number].update(self.annotations[number]["tags"])
        return Answer(200, {"id": number, "message": message})

    def _create_annotation(self, call):
        body = call.json()
        if not body.get("text"):
            raise failure(400, "Failed to save annotation")
        if body.get("dashboardUID") and body["dashboardUID"] not in self.dashboards:
            raise failure(500, "Error while checking annotation permissions")
        return self._add_annotation(call, body, "Annotation added")

    def _create_graphite_annotation(self, call):
        body = call.json()
        text = body["what"] + (f"\n{body['data']}" if body.get("data") else "")
        return self._add_annotation(call, {"text": text, "tags": body.get("tags"), "time": body.get("when", 0) * 1000},
                                    "Graphite annotation added")

    def _list_annotations(self, call):
        found = sorted(self.annotations.values(), key=lambda one: -one["time"])
        tags = [value for name, value in call.pairs if name == "tags"]
        any_tag = call.query.get("matchAny") == "true"
        if tags:
            found = [one for one in found if (any if any_tag else all)(tag in one["tags"] for tag in tags)]
        if "from" in call.query and "to" in call.query:
            found = [one for one in found
                     if one["time"] <= int(call.query["to"]) and one["timeEnd"] >= int(call.query["from"])]
        if "dashboardUID" in call.query:
            found = [one for one in found if one["dashboardUID"] == call.query["dashboardUID"]]
        return Answer(200, found[:int(call.query.get("limit", 100))])

    def _get_annotation(self, _, number):
        return Answer(200, self._annotation(number))

    def _change_annotation(self, call, number, message):
        annotation = self._annotation(number)
        annotation.update({member: call.json()[member] for member in ("text", "tags", "time", "timeEnd", "data")
                           if member in call.json()}, updated=int(time.time() * 1000))
        self._annotation_tags_ever[int(number)].update(annotation["tags"])
        return Answer(200, {"message": message})

    def _patch_annotation(self, call, number):
        return self._change_annotation(call, number, "Annotation patched")

    def _replace_annotation(self, call, number):
        return self._change_annotation(call, number, "Annotation updated")

    def _delete_annotation(self, _, number):
        self._annotation(number)
        del self.annotations[int(number)]
        return Answer(200, {"message": "Annotation deleted"})

    def _annotation_tags(self, _):
        # One that an annotation had before it was changed still counts.
        counts = collections.Counter(tag for tags in self._annotation_tags_ever.values() for tag in tags)
        return Answer(200, {"result": {"tags": [{"tag": tag, "count": count} for tag, count in sorted(counts.items())]}})


class _Call:
    """An authenticated request on its way to a handler."""

    def __init__(self, caller, query, pairs, headers, body):
        self.caller = caller
        self.query = query  # the last of each name
        self.pairs = pairs
        self.headers = headers
        self.body = body

    def json(self):
        if not isinstance(self.body, dict):
            raise failure(400, "bad request data")
        return self.body


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    grafana = None

    def _serve(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, text = self.grafana.handle(self.command, self.path, self.headers, raw)
        self.send_response(status)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Content-Type-Options", "nosniff")
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # pylint: disable=invalid-name

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def main():
    parser = argparse.ArgumentParser(description="A Grafana that exists in tests only.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--version", default="12.2.0")
    parser.add_argument("--anonymous", action="store_true", help="let everyone in as a viewer")
    options = parser.parse_args()
    with FakeGrafana(options.version, options.port) as grafana:
        grafana.anonymous_role = "Viewer" if options.anonymous else None
        print(json.dumps({"url": grafana.url, "token": grafana.add_token("Admin")}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
