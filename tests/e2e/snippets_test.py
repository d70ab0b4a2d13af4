"""Runs the code blocks of tests/load/integration/README.md as they stand, in order, against real servers."""

import contextlib
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [os.environ["OMNIWRITER_PYTHON"], str(ROOT), str(ROOT / "tests/support")]

import servers as real  # noqa: E402  pylint: disable=wrong-import-position
from fake_grafana import FakeGrafana  # noqa: E402  pylint: disable=wrong-import-position
from servers import eventually, get_json, http  # noqa: E402  pylint: disable=wrong-import-position

# What users were given; the project keeps to it.
SEED = ROOT / "tests/contract/seed.md"


def python_blocks(file):
    return re.findall(r"```python\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)


class SnippetsTest(unittest.TestCase):
    def test_the_blocks_are_those_that_users_were_given(self):
        self.assertEqual(python_blocks(ROOT / "tests/load/integration/README.md"), python_blocks(SEED))

    def test_all_blocks(self):
        with real.Servers() as servers, FakeGrafana() as grafana, tempfile.TemporaryDirectory() as folder:
            self.addCleanup(os.chdir, os.getcwd())
            os.chdir(folder)
            environment = {"GRAFANA_URL": grafana.url, "GRAFANA_API_KEY": grafana.add_token("Admin"),
                           "PROMETHEUS_URL": servers.prometheus.url, "PROMETHEUS_PUSHGATEWAY": servers.pushgateway.url,
                           "ELASTICSEARCH_URL": servers.elasticsearch.url, "INFLUXDB_URL": servers.influxdb.url,
                           "OMNIWRITER_STORE": "runs.db"}
            os.environ.update(environment)
            printed = io.StringIO()
            names = {}
            with contextlib.redirect_stdout(printed):
                for block in python_blocks(ROOT / "tests/load/integration/README.md"):
                    exec(compile(block, "README.md", "exec"), names)  # pylint: disable=exec-used
            self.check_what_was_said(names, printed.getvalue())
            self.check_servers(servers, grafana)

    def check_what_was_said(self, names, printed):
        self.assertNotIn("❌", printed)
        results = names["results"]
        for system in ("grafana", "prometheus", "elasticsearch", "influxdb", "logs"):
            self.assertIs(results[system], True, results["problems"])
        report = pathlib.Path(names["report_file"]).read_text(encoding="utf-8")
        for line in ("# Relatório de Integração com Monitoramento", "## Resumo Executivo", "- Integração Grafana: ✅",
                     "- Integração Prometheus: ✅", "- Integração Logs: ✅", "- Dashboards criados: 2",
                     "- Métricas customizadas: 7", "- Alertas unificados: 4", "## Status das Integrações", "- InfluxDB: ✅"):
            self.assertIn(line, report.splitlines())
        newest = max(pathlib.Path("tests/load/integration/output").glob("integration_report_*.json"))
        consolidated = json.loads(newest.read_text(encoding="utf-8"))
        self.assertEqual(list(consolidated)[:7], ["report_id", "timestamp", "integration_status", "metrics_summary",
                                                  "system_health", "performance_metrics", "recommendations"])
        self.assertEqual(consolidated["metrics_summary"]["active_dashboards"], 2)

    def check_servers(self, servers, grafana):
        def query(text):
            result = get_json(servers.prometheus.url + "/api/v1/query", {"query": text})["data"]["result"]
            return result and float(result[0]["value"][1])

        own = '{test_name="api_load_test"}'
        for text, expected in ((f"sum(load_test_requests_total{own})", 1000), (f"sum(load_test_errors_total{own})", 20),
                               (f"load_test_active_users{own}", 50), (f"load_test_throughput_rps{own}", 50),
                               (f"load_test_system_cpu_percent{own}", 75), (f"load_test_system_memory_mb{own}", 512),
                               (f"sum(load_test_response_time_seconds_sum{own})", 150.5)):
            eventually(lambda text=text, expected=expected: query(text) == expected, f"{text} == {expected}", 20)

        http("POST", f"{servers.elasticsearch.url}/load-tests-*/_refresh")
        found = get_json(f"{servers.elasticsearch.url}/load-tests/_search", {"q": "doc_type:interval_total", "size": 10})
        documents = {hit["_source"]["test_name"]: hit["_source"] for hit in found["hits"]["hits"]}
        self.assertEqual(set(documents), {"api_load_test", "integration_test"})
        self.assertEqual(documents["api_load_test"]["response_time_avg"], 150.5)
        self.assertEqual(documents["api_load_test"]["response_time_seconds"]["mean"], 0.1505)

        points = get_json(servers.influxdb.url + "/query",
                          {"db": "load_tests", "q": "SELECT requests, cpu_percent FROM load_test_interval_total"})
        self.assertEqual([row[1:] for row in points["results"][0]["series"][0]["values"]], [[1000, 75], [1000, 75]])
        self.assertEqual(len(grafana.dashboards), 2)


if __name__ == "__main__":
    unittest.main()
