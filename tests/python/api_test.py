"""The Python API without real servers: values, errors, threads. Needs the module that the build tree holds."""

import ast
import contextlib
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import venv

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [os.environ["OMNIWRITER_PYTHON"], str(ROOT)]

import omniwriter  # noqa: E402  pylint: disable=wrong-import-position
from tests.load.integration.monitoring_integration import MonitoringIntegration  # noqa: E402  pylint: disable=wrong-import-position

UPDATE = {"test_name": "api_load_test", "requests_count": 1000, "response_time": 150.5, "errors_count": 20,
          "active_users": 50, "throughput": 50.0, "cpu_usage": 75.0, "memory_usage": 512.0}


class Pushgateway(http.server.ThreadingHTTPServer):
    """Keeps the last push of each group."""

    def __init__(self):
        self.groups = {}
        self.lines = []  # of what was written to it as an InfluxDB
        self.fails = 0
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if gateway.fails > 0:
                    gateway.fails -= 1
                    self.send_response(400)
                else:
                    gateway.groups[self.path] = body
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):  # pylint: disable=invalid-name
                """An InfluxDB that takes everything."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                gateway.lines += body.decode().splitlines()
                self.send_response(204)
                self.end_headers()

            def do_GET(self):  # pylint: disable=invalid-name
                """A Prometheus, and a Pushgateway, that knows nothing."""
                body = json.dumps({"status": "success", "data": {
                    "result": [], "groups": [], "version": "2.42.0",
                    "build_information": {"version": "1.5.1"}}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def value(self, metric):
        """The sum of all series whose line begins so."""
        found = re.findall(rf"^{re.escape(metric)}.* (\S+)$", "\n".join(self.groups.values()), re.MULTILINE)
        return sum(map(float, found))


class ApiTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)

    def integration(self, timeout=5, **systems):
        settings = {"monitoring_config": systems, "store": "runs.db",
                    "delivery": {"request_timeout_seconds": timeout, "give_up_after_seconds": timeout}}
        (self.folder / "config.json").write_text(json.dumps(settings))
        return MonitoringIntegration()

    def pushgateway(self):
        gateway = Pushgateway()
        self.addCleanup(gateway.server_close)
        self.addCleanup(gateway.shutdown)
        return gateway

    def test_update_pushes_the_seven_metrics(self):
        gateway = self.pushgateway()
        integration = self.integration(prometheus_pushgateway=gateway.url)
        integration.update_custom_metrics(**UPDATE)
        integration.update_custom_metrics(**UPDATE)
        self.assertEqual(gateway.value("load_test_requests_total"), 2000)
        self.assertEqual(gateway.value('load_test_requests_total{test_name="api_load_test",endpoint="all",status="ok"'), 1960)
        self.assertEqual(gateway.value("load_test_errors_total"), 40)
        self.assertEqual(gateway.value("load_test_response_time_seconds_count"), 2000)
        self.assertAlmostEqual(gateway.value("load_test_response_time_seconds_sum"), 301)
        for metric, value in (("load_test_active_users", 50), ("load_test_throughput_rps", 50),
                              ("load_test_system_cpu_percent", 75), ("load_test_system_memory_mb", 512)):
            self.assertEqual(gateway.value(metric), value, metric)
        self.assertAlmostEqual(gateway.value("load_test_run_response_time_mean_seconds"), 0.1505)
        text, = gateway.groups.values()
        for unknown in ("load_test_run_response_time_seconds", "load_test_run_end_time_seconds"):
            self.assertNotIn(unknown + "{", text, "percentiles of means are none, and it goes on")

    def test_influxdb_knows_how_the_test_stands(self):
        gateway = self.pushgateway()
        integration = self.integration(influxdb_url=gateway.url)
        record = {"test_name": "shop", "requests_count": 1000, "response_time_avg": 150.0, "error_rate": 0.02}
        for _ in range(2):
            self.assertTrue(integration.send_metrics_to_influxdb(record))
        runs = [line for line in gateway.lines if line.startswith("load_test_run,")]
        self.assertEqual(len(runs), 2)
        self.assertIn(" requests=2000i,errors=40i,", runs[1])
        self.assertIn(",mean=0.15,", runs[1])
        self.assertIn(",finished=0i,", runs[1])
        self.assertNotIn("p95=", runs[1])
        self.assertEqual(runs[0].rsplit(" ", 1)[1], runs[1].rsplit(" ", 1)[1], "one point")
        self.assertEqual(len([line for line in gateway.lines if line.startswith("load_test_interval,")]), 2)

    def test_positional_arguments(self):
        gateway = self.pushgateway()
        self.integration(prometheus_pushgateway=gateway.url).update_custom_metrics("t", 10, 5.0, 1, 2, 3.0, 4.0, 5.0)
        self.assertEqual(gateway.value("load_test_requests_total"), 10)

    def test_a_failed_push_stops_nobody_and_is_made_up_for(self):
        gateway = self.pushgateway()
        gateway.fails = 2
        integration = self.integration(prometheus_pushgateway=gateway.url)
        with self.assertLogs("omniwriter") as logs:
            integration.update_custom_metrics(**UPDATE)
            self.assertIn("HTTP 400", integration.problems["prometheus"])
            deadline = time.monotonic() + 20
            while "prometheus" in integration.problems and time.monotonic() < deadline:
                integration.update_custom_metrics(**{**UPDATE, "requests_count": 0, "errors_count": 0})
        self.assertEqual(integration.problems, {})
        self.assertEqual(gateway.value("load_test_requests_total"), 1000)
        self.assertEqual([record.levelname for record in logs.records], ["WARNING", "INFO"], "once each")

    def test_a_dead_server_costs_no_time(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # and nobody listens
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            integration = self.integration(10, prometheus_pushgateway=url, influxdb_url=url, elasticsearch_url=url)
            begun = time.monotonic()
            with self.assertLogs("omniwriter") as logs:
                for _ in range(100):
                    integration.update_custom_metrics(**UPDATE)
            for send in (integration.send_metrics_to_influxdb, integration.send_metrics_to_elasticsearch):
                with self.assertRaises(omniwriter.UnreachableError):
                    send({"test_name": "t"})
            self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual(len(logs.records), 1)
        self.assertIn("pushgateway", integration.problems["prometheus"])

    def test_a_silent_server_costs_little_time(self):
        with contextlib.closing(socket.socket()) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            integration = self.integration(30, prometheus_pushgateway=f"http://127.0.0.1:{silent.getsockname()[1]}")
            begun = time.monotonic()
            with self.assertLogs("omniwriter"):
                for _ in range(100):
                    integration.update_custom_metrics(**UPDATE)
            self.assertLess(time.monotonic() - begun, 4)

    def test_a_test_that_was_only_named_is_not_pushed(self):
        gateway = self.pushgateway()
        integration = self.integration(prometheus_pushgateway=gateway.url, prometheus_url=gateway.url,
                                       influxdb_url=gateway.url)
        self.assertTrue(integration.send_metrics_to_influxdb({"test_name": "named", "response_time": 150.0}))
        integration.update_custom_metrics(**UPDATE)
        gateway.groups.clear()
        integration.integrate_with_prometheus()
        self.assertEqual([path for path in gateway.groups if "named" in path], [])
        self.assertEqual(gateway.value("load_test_requests_total"), 1000)  # the others are

    def test_many_threads(self):
        gateway = self.pushgateway()
        integration = self.integration(prometheus_pushgateway=gateway.url)

        def work(name):
            for _ in range(25):
                integration.update_custom_metrics(**{**UPDATE, "test_name": name})

        threads = [threading.Thread(target=work, args=(f"test{i % 2}",)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(gateway.groups), 2)
        self.assertEqual(gateway.value("load_test_requests_total"), 8 * 25 * 1000)
        self.assertEqual(gateway.value("load_test_errors_total"), 8 * 25 * 20)

    def test_others_run_while_a_server_is_waited_for(self):
        with contextlib.closing(socket.socket()) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            integration = self.integration(1, elasticsearch_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
            ticks = 0
            errors = []

            def send():
                try:
                    integration.send_metrics_to_elasticsearch({"test_name": "t"})
                except omniwriter.UnreachableError as error:
                    errors.append(error)

            thread = threading.Thread(target=send)
            thread.start()
            while thread.is_alive():
                ticks += 1
                time.sleep(0.01)
            self.assertEqual(len(errors), 1)
            self.assertGreater(ticks, 30, "the interpreter was held")

    def test_errors_have_types_and_causes(self):
        integration = self.integration(1, influxdb_url="http://127.0.0.1:1", prometheus_pushgateway="http://127.0.0.1:1")
        with self.assertRaisesRegex(omniwriter.UsageError, "errors_count"):
            integration.update_custom_metrics(**{**UPDATE, "errors_count": 1001})
        with self.assertRaises(ValueError):
            integration.update_custom_metrics(**{**UPDATE, "response_time": float("nan")})
        with self.assertRaises(ValueError):
            integration.update_custom_metrics(**{**UPDATE, "test_name": "two\nlines"})
        with self.assertRaises(TypeError):
            integration.update_custom_metrics(**{**UPDATE, "requests_count": "many"})
        with self.assertRaisesRegex(ConnectionError, "127.0.0.1:1"):
            integration.send_metrics_to_influxdb({"test_name": "t"})
        with self.assertLogs("omniwriter", "WARNING"):
            integration.update_custom_metrics(**UPDATE)
        self.assertIn("pushgateway", integration.problems["prometheus"])
        with self.assertRaisesRegex(ValueError, "error_rate"):
            integration.send_metrics_to_influxdb({"test_name": "t", "error_rate": 2})
        (self.folder / "config.json").write_text('{"monitoring_confg": {}}')
        with self.assertRaisesRegex(omniwriter.UsageError, "monitoring_config"):
            MonitoringIntegration()
        self.assertTrue(issubclass(omniwriter.UsageError, omniwriter.OmniWriterError))

    def test_a_wrong_type_names_the_argument(self):
        integration = self.integration()
        for name, value, wanted in (("requests_count", "1000", "a whole number (int), not str"),
                                    ("requests_count", 1000.0, "a whole number (int), not float"),
                                    ("errors_count", None, "a whole number (int), not NoneType"),
                                    ("response_time", "150", "a number, not str"), ("test_name", 1, "text (str), not int")):
            with self.assertRaises(TypeError) as raised:
                integration.update_custom_metrics(**{**UPDATE, name: value})
            self.assertEqual(str(raised.exception), f"{name} must be {wanted}")

    def test_what_is_not_configured_is_false_and_does_no_harm(self):
        integration = self.integration()
        integration.update_custom_metrics(**UPDATE)
        self.assertIs(integration.send_metrics_to_elasticsearch({"test_name": "t"}), False)
        self.assertIs(integration.send_metrics_to_influxdb({"test_name": "t"}), False)
        self.assertIs(integration.integrate_with_grafana(), False)
        self.assertIs(integration.integrate_with_logs_system(), False)
        report = pathlib.Path(integration.generate_integration_report())
        self.assertRegex(str(report), r"tests/load/integration/output/monitoring_integration_report_\d+\.md$")
        consolidated = json.loads(next(report.parent.glob("integration_report_*.json")).read_text())
        self.assertEqual(consolidated["performance_metrics"],
                         {"avg_response_time": 150.5, "total_requests": 1000, "error_rate": 0.02, "throughput": 50.0})

    def test_a_system_that_is_down_says_why(self):
        integration = self.integration(1, grafana_url="http://127.0.0.1:1", prometheus_url="http://127.0.0.1:1")
        results = integration.run_full_integration()
        self.assertFalse(results["grafana"] or results["prometheus"])
        self.assertEqual(set(results["problems"]), {"grafana", "prometheus"})
        self.assertTrue(pathlib.Path(results["report_file"]).exists())

    def test_the_stub_names_what_there_is(self):
        stub = ast.parse((ROOT / "python/omniwriter/_core.pyi").read_text())
        classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
        methods = {node.name for node in classes["Integration"].body if isinstance(node, ast.FunctionDef)}
        self.assertEqual(methods, {name for name in vars(omniwriter.Integration) if not name.startswith("_")} | {"__init__"})
        for name in ("OmniWriterError", "UsageError", "UnreachableError", "RefusedError"):
            self.assertIn(name, classes)
            self.assertEqual({base.id for base in classes[name].bases},
                             {base.__name__ for base in getattr(omniwriter, name).__bases__})

    def python(self, code, **environment):
        """Runs `code` in an interpreter of its own, where `report(requests)` tells of a test."""
        setup = ("import os, sys, threading, time\n"
                 "from tests.load.integration.monitoring_integration import MonitoringIntegration\n"
                 "integration = MonitoringIntegration()\n"
                 "def report(requests=1):\n"
                 "    integration.update_custom_metrics('shop', requests, 10.0, 0, 1, 1.0, 1.0, 1.0)\n"
                 "def report_for_ever():\n"
                 "    while True: report()\n")
        return subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, check=False, timeout=100,
                              cwd=self.folder, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:2]), **environment})

    def test_the_interpreter_ends_while_a_daemon_thread_reports(self):
        gateway = self.pushgateway()
        for threads in (1, 1, 4, 4):
            done = self.python(f"for _ in range({threads}): threading.Thread(target=report_for_ever, daemon=True).start()\n"
                               "time.sleep(0.2)\n", PROMETHEUS_PUSHGATEWAY=gateway.url)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_interpreter_ends_while_a_server_is_waited_for(self):
        with contextlib.closing(socket.socket()) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            begun = time.monotonic()
            done = self.python("threading.Thread(target=report, daemon=True).start()\ntime.sleep(0.3)\n",
                               PROMETHEUS_PUSHGATEWAY=f"http://127.0.0.1:{silent.getsockname()[1]}")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertLess(time.monotonic() - begun, 30)

    def test_a_fork_while_another_thread_reports(self):
        gateway = self.pushgateway()
        done = self.python("import signal\n"
                           "threading.Thread(target=report_for_ever, daemon=True).start()\n"
                           "time.sleep(0.1)\n"
                           "failed = 0\n"
                           "for _ in range(20):\n"
                           "    child = os.fork()\n"
                           "    if child == 0:\n"
                           "        signal.alarm(20)\n"
                           "        report()\n"
                           "        os._exit(0)\n"
                           "    failed += os.waitpid(child, 0)[1] != 0\n"
                           "os._exit(failed)\n", PROMETHEUS_PUSHGATEWAY=gateway.url)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_forked_workers_do_not_overwrite_one_another(self):
        gateway = self.pushgateway()
        done = self.python("report(11)\n"
                           "children = []\n"
                           "for _ in range(8):\n"
                           "    children.append(os.fork())\n"
                           "    if children[-1] == 0:\n"
                           "        for _ in range(5): report(10)\n"
                           "        os._exit(0)\n"
                           "for child in children: os.waitpid(child, 0)\n", PROMETHEUS_PUSHGATEWAY=gateway.url)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(gateway.groups), 9, "a run for each process")
        self.assertEqual(gateway.value("load_test_requests_total"), 411)

    def test_a_secret_in_the_environment_does_not_show(self):
        done = subprocess.run(
            [sys.executable, "-c", "from tests.load.integration.monitoring_integration import MonitoringIntegration as M\n"
             "i = M()\ntry:\n  i.send_metrics_to_influxdb({'test_name': 't'})\nexcept Exception as e: print(e)\n"
             "print(i.run_full_integration())"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[:2]), "INFLUXDB_URL": "http://127.0.0.1:1",
                 "INFLUXDB_USERNAME": "u", "INFLUXDB_PASSWORD": "canary-secret", "OMNIWRITER_STORE": "runs.db"},
            capture_output=True, text=True, check=True, cwd=self.folder)
        self.assertNotIn("canary-secret", done.stdout + done.stderr)
        for file in self.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"canary-secret", file.read_bytes(), file)


class Installed(unittest.TestCase):
    """The package as a wheel installs it, in an environment of its own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        venv.create(cls.folder / "venv", symlinks=True)
        cls.python = cls.folder / "venv/bin/python"
        [packages] = (cls.folder / "venv/lib").glob("python*/site-packages")
        cls.packages = packages
        shutil.copytree(pathlib.Path(os.environ["OMNIWRITER_PYTHON"]) / "omniwriter", packages / "omniwriter")

    def run_python(self, folder, *arguments):
        return subprocess.run([self.python, *arguments], cwd=folder, env={"HOME": str(folder)}, capture_output=True,
                              text=True, timeout=60, check=False)

    def project(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def test_the_package_leaves_the_name_tests_to_the_project(self):
        install = (ROOT / "python/CMakeLists.txt").read_text()
        self.assertNotRegex(install, r"DESTINATION tests\b")
        folder = self.project("own_tests")
        (folder / "tests").mkdir()
        (folder / "tests/__init__.py").write_text("mine = 1\n")
        done = self.run_python(folder, "-c", "import tests; from omniwriter import MonitoringIntegration as M\n"
                               "from omniwriter.monitoring_integration import MonitoringIntegration as N, main\n"
                               "M(); print(tests.mine, M is N)")
        self.assertEqual((done.stdout, done.stderr), ("1 True\n", ""))

    def test_a_project_gets_the_folder_its_tests_import_from(self):
        folder = self.project("wants_the_path")
        for _ in range(2):  # the second time all is there
            done = self.run_python(folder, "-m", "omniwriter.add_to_project", ".")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = self.run_python(folder, "-c",
                               "from tests.load.integration.monitoring_integration import MonitoringIntegration as M, main\n"
                               "print(M.fallback_config_file.exists(), M().problems)")
        self.assertEqual((done.stdout, done.stderr), ("True {}\n", ""))
        config = folder / "tests/load/integration/config.json"
        config.write_text("{}")
        done = self.run_python(folder, "-m", "omniwriter.add_to_project", ".")
        self.assertEqual(done.returncode, 1)
        self.assertIn("config.json is there already", done.stderr)
        self.assertEqual(config.read_text(), "{}")


if __name__ == "__main__":
    unittest.main()
