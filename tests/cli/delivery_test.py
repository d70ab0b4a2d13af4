"""Drives ledger, deliver and replay the way users do, against a server that refuses, fails or takes what it is told."""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "torture"))
from oracle import InfluxDb  # noqa: E402

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
SAMPLES = 600
HEADER = "timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n"
ROWS = "".join(f"{1795447776000 + 100 * i},{10 + i % 90},/page{i % 3},200,true,1000,100,2,2\n" for i in range(SAMPLES))


class MoodyInflux(InfluxDb):
    """Takes what it is told, unless it is told otherwise."""

    status = 204  # or "silent": no answer before it is released
    poison = None  # a line that holds this is refused
    words = b'{"error":"not today"}'
    has_database = True
    full_after = None  # so many requests to write, all others get 401

    def __init__(self, faults):
        super().__init__(faults)
        self.released = threading.Event()

    def answer(self, method, path, body):
        if "CREATE%20DATABASE" in path:
            self.has_database = True
        if path.startswith("/write") and self.full_after is not None:
            if self.full_after == 0:
                return 401, self.words
            self.full_after -= 1
        if path.startswith("/write") and not self.has_database:
            return 404, b'{"error":"database not found: \\"load_tests\\""}'
        if not path.startswith("/write") or self.status == 204 and not self.poison:
            return super().answer(method, path, body)
        if self.status == "silent":
            self.released.wait(60)
            return 503, b""
        if self.status != 204:
            return self.status, self.words
        lines = body.decode().splitlines(keepends=True)
        bad = [line for line in lines if self.poison in line]
        super().answer(method, path, "".join(line for line in lines if line not in bad).encode())
        if not bad:
            return 204, b""
        return 400, json.dumps({"error": f"partial write: poison dropped={len(bad)}"}).encode()


class DeliveryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "load.jtl").write_text(HEADER + ROWS, encoding="utf-8")
        (self.folder / "omniwriter.yaml").write_text("lang: en\nstore: runs.db\n", encoding="utf-8")
        self.spool = self.folder / "runs.db.spool"
        self.server = MoodyInflux(None)
        self.addCleanup(self.server.close)

    def run_program(self, code, *arguments):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              check=False, env={"HOME": str(self.folder), "PATH": os.environ["PATH"], "TZ": "UTC"})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def ingest(self, code, *arguments):
        return self.run_program(code, "ingest", "load.jtl", "-o", f"influxdb={self.server.url}", *arguments)

    def ledger(self, code, run="load"):
        account = json.loads(self.run_program(code, "ledger", run, "--json").stdout)
        self.assertEqual(account["samples"], SAMPLES)
        self.assertEqual(account["closed"], code == 0)
        [output] = account["outputs"]
        self.assertEqual(output["accepted"] + output["rejected"] + output["pending"], SAMPLES)
        return output

    def test_pending_is_delivered_later(self):
        self.server.status = 401
        error = self.ingest(4).stderr
        self.assertIn("omniwriter deliver", error)
        self.assertIn("omniwriter check", error, "who has no login is told where to look")
        self.assertIn("not today", error)
        self.assertEqual(self.ledger(4)["pending"], SAMPLES)
        self.run_program(4, "deliver")
        self.server.status = 204
        text = self.run_program(0, "deliver").stdout
        self.assertIn("✓", text)
        output = self.ledger(0)
        self.assertEqual((output["accepted"], output["target"]), (SAMPLES, self.server.url))
        self.assertEqual(list(self.spool.iterdir()), [])
        self.assertIn("nothing is pending", self.run_program(0, "deliver").stderr)

    def test_a_notification_is_sent_by_a_later_process(self):
        told = []

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                told.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        hook = http.server.HTTPServer(("127.0.0.1", 0), Hook)  # nobody answers yet
        self.addCleanup(hook.server_close)
        (self.folder / "hook").write_text(f"http://127.0.0.1:{hook.server_port}/s3cret\n", encoding="utf-8")
        (self.folder / "omniwriter.yaml").write_text(
            "lang: en\nstore: runs.db\nnotify: {webhook_url_file: hook}\n"
            "delivery: {request_timeout_seconds: 1, give_up_after_seconds: 1}\n", encoding="utf-8")
        done = self.run_program(99, "ingest", "load.jtl", "--threshold", "p95<1ms")
        self.assertEqual(self.ledger(4)["target"], "127.0.0.1 (notify.webhook_url)")
        self.assertNotIn("s3cret", done.stdout + done.stderr)
        kept = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file() and path.name != "hook")
        self.assertNotIn(b"s3cret", kept)
        told.clear()  # a connection may have waited
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        self.addCleanup(hook.shutdown)
        self.run_program(0, "deliver")
        path, body = told[-1]
        self.assertEqual(path, "/s3cret")
        self.assertEqual((body["test_name"], body["verdict"], body["samples"]), ("load", "fail", SAMPLES))

    def test_what_is_refused_is_kept_and_sent_again(self):
        self.server.poison = "endpoint=/page1"
        self.ingest(4)
        output = self.ledger(4)
        self.assertEqual(output["rejected"], SAMPLES // 3)
        self.assertEqual(output["pending"], 0)
        self.assertIn("poison", output["problems"][0])
        file = self.folder / output["dead_letters"]
        letters = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(sum(letter["samples"] for letter in letters), SAMPLES // 3)
        for letter in letters:
            self.assertIn("endpoint=/page1", letter["text"])
            self.assertIn("poison", letter["reason"])
        self.assertIn(f"omniwriter replay {output['dead_letters']}", self.run_program(4, "ledger", "load").stdout)

        self.run_program(4, "replay", str(file))  # nothing has changed
        self.assertEqual(self.ledger(4)["rejected"], SAMPLES // 3)
        self.server.status = 401
        self.run_program(4, "replay", str(file))
        self.assertEqual(len(file.read_text(encoding="utf-8").splitlines()), len(letters))
        self.server.status, self.server.poison = 204, None
        self.run_program(0, "replay", str(file))
        self.assertEqual(self.ledger(0)["accepted"], SAMPLES)
        self.assertFalse(file.exists())

    def test_a_run_is_replayed_at_another_time(self):
        self.run_program(0, "ingest", "load.jtl")
        self.run_program(2, "replay", "load")  # to where?
        where = ("-o", f"influxdb={self.server.url}")
        self.run_program(0, "replay", "load", *where)
        before = dict(self.server.visible)
        self.assertTrue(before)
        self.run_program(0, "replay", "load", *where, "--start-time", "2026-11-24T00:00:00Z", "--run-id", "later")
        moved = {key: value for key, value in self.server.visible.items() if key not in before}
        self.assertEqual(len(moved), len(before))
        self.assertTrue(all("testid=later" in key for key, _ in moved))
        difference = {int(time) for _, time in moved}, {int(time) for _, time in before}
        self.assertEqual(min(difference[0]) - min(difference[1]), max(difference[0]) - max(difference[1]))
        self.assertEqual(self.ledger(0, "later")["accepted"], SAMPLES)
        self.run_program(2, "replay", "load", *where, "--start-time", "tomorrow")

    def test_a_later_run_brings_along_what_was_pending(self):
        self.server.status = 401
        self.ingest(4)
        self.server.status = 204
        (self.folder / "other.jtl").write_text(HEADER + ROWS.replace("/page", "/other"), encoding="utf-8")
        note = self.run_program(0, "ingest", "other.jtl", "-o", f"influxdb={self.server.url}").stderr
        self.assertIn("earlier runs", note)
        self.assertEqual(self.ledger(0, "load")["accepted"], SAMPLES)
        self.assertEqual(self.ledger(0, "other")["accepted"], SAMPLES)

    def test_two_that_deliver_at_once(self):
        self.server.status = 401
        self.ingest(4)
        self.server.status = 204
        both = [subprocess.Popen([PROGRAM, "deliver"], cwd=self.folder, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env={"HOME": str(self.folder), "TZ": "UTC"})
                for _ in range(2)]
        self.assertIn(0, [process.wait(timeout=60) for process in both])
        self.run_program(0, "deliver")
        self.assertEqual(self.ledger(0)["accepted"], SAMPLES)
        self.assertEqual(self.server.changed, [])

    def test_ends_soon_when_asked_to(self):
        tool = self.folder / "tool.sh"
        tool.write_text(f"cat {self.folder}/load.jtl > results.jtl\n", encoding="utf-8")
        commands = {"ingest": ("ingest", "../load.jtl"),
                    "follow": ("follow", "../load.jtl"),
                    "run": ("run", "--test-name", "load", "--results", "results.jtl", "--", "sh", str(tool)),
                    "deliver": ("deliver",)}
        for trouble in ("refuses", "says nothing"):
            for name, command in commands.items():
                with self.subTest(command=name, server=trouble):
                    self.end_soon(f"{name} {trouble}", command)

    def end_soon(self, place, command):
        server = MoodyInflux(None)
        self.addCleanup(server.close)
        folder = self.folder / place
        folder.mkdir()
        (folder / "omniwriter.yaml").write_text("lang: en\nstore: runs.db\n", encoding="utf-8")
        environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "TZ": "UTC"}
        out = ("-o", f"influxdb={server.url}")
        if command[0] == "deliver":
            server.status = 401
            subprocess.run([PROGRAM, "ingest", "../load.jtl", *out], cwd=folder, env=environment, check=False,
                           capture_output=True)
            out = ()
        server.status = 503 if place.endswith("refuses") else "silent"
        before = server.requests
        with subprocess.Popen([PROGRAM, command[0], *out, *command[1:]], cwd=folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, env=environment) as process:
            for _ in range(400):
                if server.requests > before:
                    break
                time.sleep(0.05)
            self.assertGreater(server.requests, before)
            process.terminate()
            asked = time.monotonic()
            _, error = process.communicate(timeout=60)
            took = time.monotonic() - asked
        self.assertLess(took, 5)
        self.assertEqual(process.returncode, 4, error)
        server.status = 204
        server.released.set()
        done = subprocess.run([PROGRAM, "deliver", "--json"], cwd=folder, env=environment, check=False,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        [run] = json.loads(done.stdout)["runs"]
        self.assertEqual(run["outputs"][0]["accepted"], SAMPLES)
        self.assertEqual(server.changed, [])

    def test_removing_a_run_removes_what_waits(self):
        self.server.status = 401
        self.ingest(4)
        self.assertEqual(len(list(self.spool.iterdir())), 1)
        self.run_program(0, "runs", "rm", "load")
        self.assertEqual(list(self.spool.iterdir()), [])
        self.run_program(0, "deliver")

    def test_no_secret_is_kept(self):
        self.server.status = 503
        (self.folder / "config.json").write_text(json.dumps({"monitoring_config": {
            "influxdb_username": "ann", "influxdb_password": "canary-4711"},
            "delivery": {"give_up_after_seconds": 0.2}, "store": "runs.db"}), encoding="utf-8")
        self.ingest(4)
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "config.json":
                self.assertNotIn(b"canary-4711", path.read_bytes(), path)

    def single_samples(self):
        """Start in milliseconds, response time in seconds and endpoint of the points of single samples."""
        found = []
        for (series, time_ns), fields in self.server.points("load_test_sample"):
            tags = dict(pair.split("=") for pair in series.split(",")[1:])
            values = dict(pair.split("=") for pair in fields.split(","))
            found.append((int(time_ns) // 1_000_000, float(values["response_time"]), tags["endpoint"]))
        return sorted(found)

    def expected_samples(self):
        return sorted((int(row[0]), int(row[1]) / 1000, row[2])
                      for row in (line.split(",") for line in ROWS.splitlines()))

    def ledger_of_two(self, code):
        account = json.loads(self.run_program(code, "ledger", "load", "--json").stdout)
        return {output["output"]: output for output in account["outputs"]}

    def test_single_samples_are_delivered_where_asked_for(self):
        self.ingest(0)
        self.assertEqual(self.single_samples(), [])
        self.ingest(0, "--samples")
        self.assertEqual(self.single_samples(), self.expected_samples())
        for output in self.ledger_of_two(0).values():
            self.assertEqual(output["accepted"], SAMPLES)
        self.assertEqual(list(self.spool.iterdir()), [])
        self.ingest(0, "--samples")  # once more: nothing shows twice
        self.assertEqual(self.single_samples(), self.expected_samples())
        self.assertEqual(self.server.changed, [])

    def test_single_samples_wait_for_the_server(self):
        self.server.status = 401
        self.ingest(4, "--samples")
        self.assertEqual(self.ledger_of_two(4)["influxdb_samples"]["pending"], SAMPLES)
        (self.folder / "load.jtl").unlink()
        self.run_program(4, "deliver")
        self.server.status = 204
        self.run_program(0, "deliver")
        self.assertEqual(self.single_samples(), self.expected_samples())
        self.assertEqual(self.ledger_of_two(0)["influxdb_samples"]["accepted"], SAMPLES)
        self.assertEqual(list(self.spool.iterdir()), [])

    def test_single_samples_that_a_killed_process_left_are_removed(self):
        self.server.status = 401
        self.ingest(4, "--samples")
        [log] = self.spool.glob("*@samples")
        shutil.copytree(log, self.folder / "kept")
        self.run_program(4, "deliver")
        self.assertTrue(log.exists(), "they are waited for")
        self.server.status = 204
        self.run_program(0, "deliver")
        self.assertEqual(list(self.spool.iterdir()), [])
        # As where it was killed right before it deleted them, and before their run was in the store.
        shutil.copytree(self.folder / "kept", log)
        shutil.copytree(self.folder / "kept", self.spool / "20260101T000000Z-000000@samples")
        self.run_program(0, "deliver")
        self.assertEqual(list(self.spool.iterdir()), [])

    def test_single_samples_that_are_gone_are_counted(self):
        self.server.status = 401
        self.ingest(4, "--samples")
        [log] = self.spool.glob("*@samples")
        shutil.rmtree(log)
        for queue in self.spool.glob("*@influxdb_samples"):
            shutil.rmtree(queue)
        self.server.status = 204
        self.assertIn("not kept", self.run_program(4, "deliver").stdout)
        ledger = self.ledger_of_two(4)
        self.assertEqual(ledger["influxdb"]["accepted"], SAMPLES)
        self.assertEqual(ledger["influxdb_samples"]["rejected"], SAMPLES)

    def test_single_samples_that_find_no_room_are_told(self):
        rows = "".join(f"{1795447776000 + i},{i % 977},/page/{i * 7919},200,true,{i * 31 % 10007},100,2,2\n"
                       for i in range(300_000))
        (self.folder / "load.jtl").write_text(HEADER + rows, encoding="utf-8")
        (self.folder / "omniwriter.yaml").write_text("lang: en\nstore: runs.db\nlimits: {spool_bytes: 1048576}\n")
        self.assertIn("limits.drop_samples", self.ingest(2, "--samples").stderr)
        self.assertEqual(list(self.spool.iterdir()), [])
        (self.folder / "omniwriter.yaml").write_text(
            "lang: en\nstore: runs.db\nlimits: {spool_bytes: 1048576, drop_samples: true}\n")
        self.assertIn("dropped, the oldest first", self.ingest(4, "--samples").stderr)
        ledger = self.ledger_of_two(4)
        self.assertEqual(ledger["influxdb"]["accepted"], 300_000)
        kept = self.single_samples()
        self.assertEqual(ledger["influxdb_samples"]["accepted"], len(kept))
        self.assertEqual(ledger["influxdb_samples"]["rejected"], 300_000 - len(kept))
        self.assertGreater(len(kept), 1000)
        self.assertEqual(kept[-1][0], 1795447776000 + 299_999)

    def test_single_samples_need_an_output_that_takes_them(self):
        error = self.run_program(2, "ingest", "load.jtl", "-o", "csv=run.csv", "--samples").stderr
        self.assertIn("these can: influxdb, elasticsearch, kafka", error)
        self.run_program(2, "ingest", "load.jtl", "-o", f"influxdb_samples={self.server.url}")
        self.run_program(2, "ingest", "load.jtl", "--no-outputs", "--samples")

    def test_what_a_person_can_mend_is_pending(self):
        """And the reason is whole, from one end to the other."""
        self.server.status = 400
        self.server.words = json.dumps({"error": "partial write: points beyond retention policy "
                                                 + "very " * 200 + "old dropped=5"}).encode()
        error = self.ingest(4).stderr
        self.assertIn("very old dropped=5; the retention of the database ends after this run began", error)
        self.assertIn("replay RUN --start-time now", error)
        self.assertNotIn("refused for good", error)
        output = self.ledger(4)
        self.assertEqual((output["pending"], output["rejected"]), (SAMPLES, 0))
        self.assertIn("old dropped=5", output["problems"][0])
        self.server.status = 204
        self.run_program(0, "deliver")
        self.assertEqual(self.ledger(0)["accepted"], SAMPLES)
        self.assertEqual(self.server.changed, [])

    def test_a_web_page_is_no_acknowledgement(self):
        self.server.status = 200
        self.server.words = b"<!DOCTYPE html><title>Hotel Wi-Fi</title>"
        self.assertIn("web page, HTTP 200: Hotel Wi-Fi", self.ingest(4).stderr)
        self.assertEqual(self.ledger(4)["pending"], SAMPLES)

    def test_a_dead_server_costs_seconds(self):
        self.server.close()
        begun = time.monotonic()
        done = self.ingest(4)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertIn("600", done.stdout)
        self.assertRegex(done.stderr, r"influxdb: .*tried again for up to .*; Ctrl-C ends it")
        self.assertRegex(done.stderr, r"omniwriter deliver \S+; to another address: omniwriter replay \S+ -o influxdb=")
        self.assertEqual(self.ledger(4)["pending"], SAMPLES)
        (self.folder / "omniwriter.yaml").write_text(
            "lang: pt-BR\nstore: runs.db\ndelivery: {give_up_connecting_after_seconds: 1.2}\n", encoding="utf-8")
        begun = time.monotonic()
        self.assertIn("Ctrl-C encerra", self.ingest(4).stderr)
        self.assertNotIn("Ctrl-C", self.ingest(4, "--quiet").stderr)
        self.assertLess(time.monotonic() - begun, 4)

    def test_the_summary_comes_before_the_delivery(self):
        self.server.status = "silent"
        self.addCleanup(self.server.released.set)
        with subprocess.Popen([PROGRAM, "ingest", "load.jtl", "-o", f"influxdb={self.server.url}"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={"HOME": str(self.folder), "TZ": "UTC"}) as process:
            line = ""
            while "p95" not in line:
                line = process.stdout.readline()
                self.assertTrue(line)
            self.assertIsNone(process.poll())
            waits = process.stderr.readline()
            self.assertRegex(waits, rf"waiting for influxdb \({self.server.url}\); Ctrl-C ends it")
            self.assertIsNone(process.poll())
            process.terminate()
            out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, error)
        self.assertIn("600", out, "where the samples went, in the end")

    def test_deliver_goes_to_the_address_of_now(self):
        dead = MoodyInflux(None)
        dead.close()
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "TZ": "UTC"}

        def run(code, *arguments, **variables):
            done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120,
                                  check=False, env={**environment, **variables})
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return done

        run(4, "ingest", "load.jtl", INFLUXDB_URL=dead.url)
        begun = time.monotonic()
        error = run(0, "deliver", INFLUXDB_URL=self.server.url).stderr
        self.assertLess(time.monotonic() - begun, 4)
        self.assertIn(f"influxdb goes to {self.server.url}, as it is configured now; before it was {dead.url}", error)
        output = self.ledger(0)
        self.assertEqual((output["accepted"], output["target"]), (SAMPLES, self.server.url))
        self.assertIn("nothing is pending", run(0, "deliver", INFLUXDB_URL=dead.url).stderr)

        # What -o said stays, and the way out is told.
        run(4, "ingest", "load.jtl", "--run-id", "named", "-o", f"influxdb={dead.url}", INFLUXDB_URL=self.server.url)
        error = run(4, "deliver", INFLUXDB_URL=self.server.url).stderr
        self.assertIn(f"omniwriter replay named -o influxdb={self.server.url}", error)
        run(0, "replay", "named", "-o", f"influxdb={self.server.url}")
        self.assertEqual(self.ledger(0, "named")["accepted"], SAMPLES)

    def test_another_server_gets_the_whole_run(self):
        """Whatever the one before has got of it."""
        (self.folder / "load.jtl").write_text(HEADER + "".join(
            f"{1795447776000 + 100 * i},{10 + i % 90},/page{i},200,true,1000,100,2,2\n" for i in range(20000)))
        (self.folder / "omniwriter.yaml").write_text(
            f"lang: en\nstore: runs.db\nendpoints: {{fold: false}}\noutputs: {{influxdb: '{self.server.url}'}}\n")
        self.server.full_after = 1
        self.run_program(4, "ingest", "load.jtl")
        first = dict(self.server.visible)
        self.assertTrue(first)
        other = MoodyInflux(None)
        self.addCleanup(other.close)
        (self.folder / "omniwriter.yaml").write_text(
            f"lang: en\nstore: runs.db\nendpoints: {{fold: false}}\noutputs: {{influxdb: '{other.url}'}}\n")
        self.run_program(0, "deliver")
        self.assertGreater(len(other.visible), len(first))
        self.assertLessEqual(first.items(), other.visible.items())

    def test_who_waits_prepares_the_output_again(self):
        self.server.status = 401
        self.ingest(4)
        with subprocess.Popen([PROGRAM, "deliver", "--wait"], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              env={"HOME": str(self.folder), "TZ": "UTC"}) as process:
            before = self.server.requests
            while self.server.requests < before + 3:
                time.sleep(0.02)
                self.assertIsNone(process.poll())
            self.server.has_database = False
            self.server.status = 204
            out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + error)
        self.assertEqual(self.ledger(0)["accepted"], SAMPLES)

    def test_an_outage_is_told_while_it_lasts(self):
        (self.folder / "omniwriter.yaml").write_text(
            "lang: en\nstore: runs.db\ndelivery: {live_interval_seconds: 0.1}\n", encoding="utf-8")
        self.server.status = 503
        with subprocess.Popen([PROGRAM, "follow", "load.jtl", "-o", f"influxdb={self.server.url}", "--idle", "3"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={"HOME": str(self.folder), "TZ": "UTC"}) as process:
            line = ""
            while "tried again" not in line:
                line = process.stderr.readline()
                self.assertTrue(line)
            self.server.status = 204
            while "takes things again, after" not in line:
                line = process.stderr.readline()
                self.assertTrue(line)
            self.assertIsNone(process.poll())
            out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out + error)
        self.assertNotIn("tried again", error)

    def test_bad_files_are_told(self):
        self.run_program(2, "deliver", "nosuch")
        (self.folder / "x.ndjson").write_text("{}\n", encoding="utf-8")
        self.assertIn("no dead letters", self.run_program(2, "replay", "x.ndjson").stderr)


if __name__ == "__main__":
    unittest.main()
