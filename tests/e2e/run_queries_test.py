"""What a run gets from a real Prometheus that knows of its time: `vitals.queries`.

Needs OMNIWRITER_PROGRAM and Debian's Prometheus (`tools/setup.sh test`)."""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import servers as real
from servers import eventually, get_json

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]


class RunQueriesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        port, = real.free_ports(1)
        cls.start = int(time.time())
        cls.prometheus = real.prometheus(port, folder, config=f"""
scrape_configs:
  - job_name: itself
    scrape_interval: 1s
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]""")
        cls.addClassCleanup(cls.prometheus.stop)
        cls.prometheus.start()
        cls.prometheus.wait_until_ready()
        eventually(lambda: len(cls.scrapes()) >= 3, "three scrapes")
        cls.times = cls.scrapes()

    @classmethod
    def scrapes(cls):
        """Seconds at which it knows that it was up."""
        answer = get_json(cls.prometheus.url + "/api/v1/query_range",
                          {"query": "up", "start": cls.start, "end": int(time.time()), "step": 1})
        return [at for series in answer["data"]["result"] for at, _ in series["values"]]

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        first, last = int(self.times[0]), int(self.times[-1])
        rows = "".join(f"{at * 1000 + 1},{ms},/cart,200\n" for at in range(first, last) for ms in (5, 20))
        (self.folder / "results.csv").write_text("timestamp,duration_ms,endpoint,status\n" + rows)

    def ingest(self, queries, *, command="ingest", more=(), **settings):
        """The report, and what was told."""
        (self.folder / "config.json").write_text(json.dumps({
            "monitoring_config": {"prometheus_url": settings.pop("url", self.prometheus.url)},
            "vitals": {"queries": queries, **settings}}))
        done = subprocess.run([PROGRAM, command, "--json", "--config", "config.json", "--store", "runs.db", "--no-outputs",
                               "--run-id", "run-1", *more, "results.csv"], cwd=self.folder, capture_output=True,
                              timeout=60, check=False, text=True, env={"PATH": os.environ["PATH"], "TZ": "UTC"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), done.stderr

    def test_numbers_and_their_labels(self):
        report, told = self.ingest({
            "alive": "up * 7", "requests": "topk(3, prometheus_http_requests_total >= 0)", "cpu_percent": "up * 50",
            "memory_mb": "up * 128"})
        alive = report["observed"][0]
        self.assertEqual((alive["query"], alive["labels"], alive["min"], alive["mean"], alive["max"], alive["last"]),
                         ("alive", {}, 7, 7, 7, 7))
        requests = [one for one in report["observed"] if one["query"] == "requests"]
        self.assertGreater(len(requests), 1)
        for one in requests:
            self.assertIn("handler", one["labels"])
            self.assertNotIn("instance", one["labels"], "all have the same")
        self.assertEqual((report["cpu_percent_mean"], report["cpu_percent_max"], report["memory_mb_max"]), (50, 50, 128))
        self.assertNotIn("cpu_percent", {one["query"] for one in report["observed"]})
        self.assertNotIn("query", told)

    def test_follow_asks_when_the_test_is_over(self):
        report, _ = self.ingest({"alive": "up * 7"}, command="follow", more=("--idle", "1"))
        self.assertEqual([one["query"] for one in report["observed"]], ["alive"])

    def test_what_fails_is_told_and_the_rest_is_there(self):
        report, told = self.ingest({"bad": "sum(", "none": "up == 2", "alive": "up"})
        self.assertEqual([one["query"] for one in report["observed"]], ["alive"])
        self.assertIn("the query bad was not answered", told)
        self.assertIn("parse error", told)
        self.assertIn("the query none gives nothing for the time of the run", told)

    def test_what_the_server_no_longer_knows_stays_with_a_run_that_is_read_again(self):
        before, _ = self.ingest({"alive": "up * 7", "other": "up * 3"})
        again, told = self.ingest({"alive": "up * 8", "other": "up == 2"})
        self.assertEqual([(one["query"], one["max"]) for one in again["observed"]], [("alive", 8), ("other", 3)])
        self.assertIn("the query other gives nothing", told)
        port, = real.free_ports(1)
        last, _ = self.ingest({"alive": "up"}, url=f"http://127.0.0.1:{port}")
        self.assertEqual(last["observed"], again["observed"])
        self.assertEqual(len(before["observed"]), 2)

    def test_a_server_that_is_down_is_no_failure(self):
        port, = real.free_ports(1)
        begun = time.monotonic()
        report, told = self.ingest({"alive": "up", "other": "up"}, prometheus_url=f"http://127.0.0.1:{port}")
        self.assertLess(time.monotonic() - begun, 20)
        self.assertNotIn("observed", report)
        self.assertEqual(told.count("was not answered"), 1, told)


if __name__ == "__main__":
    unittest.main()
