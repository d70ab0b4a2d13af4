"""The dashboards that the program makes fit the types of the Grafana they are made for, and the check can tell.

Needs node and what `tools/setup.sh typecheck` installs; OMNIWRITER_PROGRAM for the program's own dashboards."""

import copy
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import typecheck

PROMETHEUS = {"type": "prometheus", "uid": "p"}
INFLUXDB = {"type": "influxdb", "uid": "i"}
ELASTICSEARCH = {"type": "elasticsearch", "uid": "e"}

SAMPLE = {
    "uid": "sample", "title": "Sample", "schemaVersion": 42, "tags": ["t"], "refresh": "5s", "timezone": "browser",
    "time": {"from": "now-15m", "to": "now"}, "editable": True, "graphTooltip": 1, "links": [
        {"asDropdown": False, "icon": "external link", "includeVars": True, "keepTime": True, "tags": ["t"],
         "targetBlank": False, "title": "Other", "tooltip": "", "type": "dashboards"}],
    "annotations": {"list": [{"datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "iconColor": "blue",
                              "name": "runs", "target": {"limit": 100, "matchAny": False, "tags": ["a"], "type": "tags"}}]},
    "templating": {"list": [{"name": "run", "label": "Run", "type": "query", "datasource": PROMETHEUS, "hide": 0,
                             "query": {"query": "label_values(m, testid)", "refId": "run"}, "refresh": 2, "multi": True,
                             "includeAll": True, "current": {"text": ["All"], "value": ["$__all"]}, "sort": 2,
                             "definition": "label_values(m, testid)", "regex": ""}]},
    "panels": [
        {"id": 1, "type": "timeseries", "title": "Series", "datasource": PROMETHEUS, "interval": "1s",
         "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
         "targets": [{"refId": "A", "datasource": PROMETHEUS, "expr": "up", "legendFormat": "{{job}}", "range": True}],
         "fieldConfig": {"defaults": {"unit": "reqps", "min": 0, "color": {"mode": "palette-classic"},
                                      "custom": {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 10, "spanNulls": True,
                                                 "showPoints": "never", "thresholdsStyle": {"mode": "line"}},
                                      "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": None},
                                                                                   {"color": "red", "value": 5}]}},
                         "overrides": [{"matcher": {"id": "byName", "options": "x"},
                                        "properties": [{"id": "custom.lineWidth", "value": 1},
                                                       {"id": "unit", "value": "s"}]}]},
         "options": {"legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["max"]},
                     "tooltip": {"mode": "multi", "sort": "desc"}}},
        {"id": 2, "type": "stat", "title": "Now", "datasource": INFLUXDB, "gridPos": {"x": 12, "y": 0, "w": 6, "h": 8},
         "targets": [{"refId": "A", "datasource": INFLUXDB, "query": "SELECT 1", "rawQuery": True,
                      "resultFormat": "time_series"}],
         "fieldConfig": {"defaults": {"mappings": [{"type": "value", "options": {"1": {"text": "on", "color": "green"}}}]},
                         "overrides": []},
         "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value",
                     "graphMode": "area", "textMode": "auto", "orientation": "auto"}},
        {"id": 3, "type": "table", "title": "Table", "datasource": ELASTICSEARCH, "gridPos": {"x": 0, "y": 8, "w": 12, "h": 8},
         "targets": [{"refId": "A", "datasource": ELASTICSEARCH, "query": "a:b", "timeField": "@timestamp",
                      "metrics": [{"id": "1", "type": "max", "field": "x"}],
                      "bucketAggs": [{"id": "2", "type": "terms", "field": "y", "settings": {"size": "10", "order": "desc"}}]}],
         "transformations": [{"id": "organize", "options": {}}],
         "options": {"showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "Max", "desc": True}]}},
        {"id": 4, "type": "heatmap", "title": "Heat", "datasource": PROMETHEUS, "gridPos": {"x": 0, "y": 16, "w": 12, "h": 8},
         "targets": [{"refId": "A", "datasource": PROMETHEUS, "expr": "sum by (le) (m)", "format": "heatmap"}],
         "options": {"calculate": False, "yAxis": {"unit": "s"}, "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
                     "cellGap": 1, "rowsFrame": {"layout": "auto"}}},
        {"id": 5, "type": "alertlist", "title": "Alerts", "gridPos": {"x": 0, "y": 24, "w": 12, "h": 8},
         "options": {"maxItems": 20, "groupMode": "default", "viewMode": "list", "stateFilter": {"firing": True}}},
        {"id": 6, "type": "row", "title": "Row", "collapsed": False, "gridPos": {"x": 0, "y": 32, "w": 24, "h": 1}, "panels": []},
    ]}


def changed(change):
    dashboard = copy.deepcopy(SAMPLE)
    change(dashboard, dashboard["panels"])
    return dashboard


WRONG = {  # what is wrong -> (the change, what the compiler must name)
    "a member that does not exist": (lambda board, panels: board.update(refrsh="5s"), "refrsh"),
    "a text where a number belongs": (lambda board, panels: panels[0]["gridPos"].update(w="12"), "number"),
    "an unknown option": (lambda board, panels: panels[1]["options"].update(colourMode="value"), "colourMode"),
    "an unknown value of an option": (lambda board, panels: panels[1]["options"].update(graphMode="lines"), "lines"),
    "an unknown field option": (lambda board, panels: panels[0]["fieldConfig"]["defaults"]["custom"].update(line=2), "line"),
    "an override of what is not there": (
        lambda board, panels: panels[0]["fieldConfig"]["overrides"][0]["properties"].append({"id": "custom.line", "value": 1}),
        "custom.line"),
    "an unknown colour mode": (
        lambda board, panels: panels[0]["fieldConfig"]["defaults"]["color"].update(mode="rainbow"), "rainbow"),
    "a query member of another data source": (lambda board, panels: panels[0]["targets"][0].update(rawQuery=True), "rawQuery"),
    "an unknown aggregation": (lambda board, panels: panels[2]["targets"][0]["metrics"][0].update(type="median"), "median"),
    "a panel that is not known": (lambda board, panels: panels[3].update(type="heatmop"), "heatmop"),
    "an unknown state filter": (lambda board, panels: panels[4]["options"]["stateFilter"].update(fires=True), "fires"),
    "an unknown kind of variable": (lambda board, panels: board["templating"]["list"][0].update(type="label"), "label"),
    "another schema": (lambda board, panels: board.update(schemaVersion=41), "41"),
    "a title that is missing": (lambda board, panels: panels[0].pop("title"), "title"),
}


class TypecheckTest(unittest.TestCase):
    maxDiff = None

    def test_what_is_right_has_no_fault_and_everything_wrong_has_one(self):
        names = list(WRONG)
        found = typecheck.faults([("right", SAMPLE)] + [(f"wrong{index}", changed(WRONG[name][0]))
                                                        for index, name in enumerate(names)])
        self.assertEqual([fault for fault in found if fault.startswith("right.")], [])
        for index, name in enumerate(names):
            with self.subTest(name):
                own = [fault for fault in found if fault.startswith(f"wrong{index}.")]
                self.assertTrue(any(WRONG[name][1] in fault for fault in own), own)

    def test_the_programs_dashboards(self):
        dashboards = []
        with tempfile.TemporaryDirectory() as scratch:
            for variant in ("prometheus", "influxdb", "elasticsearch"):
                folder = pathlib.Path(scratch, variant)
                folder.mkdir()
                (folder / "config.json").write_text(json.dumps({"grafana": {"datasource": variant}}))
                done = subprocess.run(
                    [os.environ["OMNIWRITER_PROGRAM"], "plan", "--config", "config.json", "--out", "made"], cwd=folder,
                    capture_output=True, text=True, timeout=60, check=False,
                    env={"PATH": os.environ["PATH"], "GRAFANA_URL": "http://127.0.0.1:9", "PROMETHEUS_URL": "http://127.0.0.1:9",
                         "INFLUXDB_URL": "http://127.0.0.1:9", "ELASTICSEARCH_URL": "http://127.0.0.1:9"})
                made = sorted((folder / "made/dashboards").glob("*.json"))
                self.assertEqual([file.name for file in made], ["omniwriter-alerts.json", "omniwriter-main.json"],
                                 f"exit code {done.returncode}: {done.stderr}")
                dashboards += [(variant, json.loads(file.read_text(encoding="utf-8"))) for file in made]
        self.assertEqual(typecheck.faults(dashboards), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
