"""Kills the program while servers fail, and sees that nothing is lost, nothing shows twice and nothing changed.

OMNIWRITER_TORTURE_SEED, _SAMPLES, _KILLS, _REQUESTS and _TERMINATIONS set how hard; the seed is printed, and makes the same test again."""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from oracle import BlackHole, Elasticsearch, Faults, Grafana, InfluxDb, Otlp, Pushgateway, RemoteWrite  # noqa: E402

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
SEED = int(os.environ.get("OMNIWRITER_TORTURE_SEED", random.SystemRandom().randrange(1 << 32)))
SAMPLES = int(os.environ.get("OMNIWRITER_TORTURE_SAMPLES", 50_000))
KILLS = int(os.environ.get("OMNIWRITER_TORTURE_KILLS", 12))
REQUESTS = int(os.environ.get("OMNIWRITER_TORTURE_REQUESTS", 500))
TERMINATIONS = int(os.environ.get("OMNIWRITER_TORTURE_TERMINATIONS", 6))
SERVERS = {"influxdb": InfluxDb, "elasticsearch": Elasticsearch, "pushgateway": Pushgateway, "grafana": Grafana,
           "remote_write": RemoteWrite, "otlp": Otlp}
FILES = ("openmetrics", "textfile")
REQUEST_TIMEOUT = 0.5
SECONDS = 60 if SAMPLES < 500_000 else 300  # of the test that is delivered


def write_samples(path, count):
    source = random.Random(SEED)
    with open(path, "w", encoding="utf-8") as file:
        file.write("timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n")
        for i in range(count):
            failed = source.random() < 0.03
            file.write(f"{1795447776000 + i * SECONDS * 1000 // count},{1 + int(source.expovariate(0.01))},/page{i % 20},"
                       f"{500 if failed else 200},{'false' if failed else 'true'},1000,100,5,5\n")


class Torture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        print(f"OMNIWRITER_TORTURE_SEED={SEED} samples={SAMPLES} kills={KILLS}", file=sys.stderr)
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)
        cls.folder = pathlib.Path(cls.holder.name)
        write_samples(cls.folder / "load.jtl", SAMPLES)
        cls.expected = cls.without_faults()

    @classmethod
    def start_servers(cls, faults=None):
        servers = {name: kind(faults) for name, kind in SERVERS.items()}
        return servers

    @classmethod
    def environment(cls, name, request_timeout=REQUEST_TIMEOUT, give_up_after=60, live_interval=5):
        folder = cls.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "omniwriter.yaml").write_text(
            f"store: {folder}/runs.db\ndelivery:\n  request_timeout_seconds: {request_timeout}\n"
            f"  give_up_after_seconds: {give_up_after}\n  live_interval_seconds: {live_interval}\n", encoding="utf-8")
        return folder

    @classmethod
    def outputs(cls, servers, folder):
        targets = {name: server.url for name, server in servers.items()} | {name: folder / name for name in FILES}
        return [argument for name, target in targets.items() for argument in ("-o", f"{name}={target}")]

    @classmethod
    def start(cls, folder, *arguments):
        return subprocess.Popen([PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env={"HOME": str(folder), "PATH": os.environ["PATH"], "TZ": "UTC"})

    @classmethod
    def run_to_end(cls, folder, *arguments):
        with cls.start(folder, *arguments) as process:
            out, err = process.communicate(timeout=300)
            return process.returncode, out, err

    @classmethod
    def without_faults(cls):
        folder = cls.environment("calm")
        servers = cls.start_servers()
        begun = time.monotonic()
        code, _, err = cls.run_to_end(folder, "ingest", "../load.jtl", "--quiet", *cls.outputs(servers, folder))
        assert code == 0, err
        cls.calm_seconds = time.monotonic() - begun
        seen = cls.seen(servers, folder)
        for server in servers.values():
            server.close()
        return seen

    @staticmethod
    def seen(servers, folder):
        shown = {name: dict(server.visible) for name, server in servers.items()}
        return shown | {name: (folder / name).read_bytes() for name in FILES}

    def ledger(self, folder):
        code, out, err = self.run_to_end(folder, "ledger", "load", "--json")
        self.assertIn(code, (0, 4), err)
        return json.loads(out)

    def expect_all_there(self, servers, folder):
        ledger = self.ledger(folder)
        self.assertTrue(ledger["closed"], ledger)
        self.assertEqual(ledger["samples"], SAMPLES)
        for output in ledger["outputs"]:
            self.assertEqual(output["accepted"], SAMPLES, output)
        seen = self.seen(servers, folder)
        for name, expected in self.expected.items():
            self.assertEqual(seen[name], expected, f"{name}: lost, or there twice, or changed")
        for name, server in servers.items():
            self.assertEqual(server.changed, [], name)

    def test_killed_at_random_instants_while_servers_fail(self):
        random_ = random.Random(SEED + 1)
        faults = Faults(SEED + 2, share=0.2, hold_seconds=REQUEST_TIMEOUT + 0.3)
        servers = self.start_servers(faults)
        folder = self.environment("killed")
        started = time.monotonic()
        kills = 0
        slowest_restart = 0.0
        while True:
            # Once the run is in the store, later processes have all they need.
            code, out, _ = self.run_to_end(folder, "runs", "list", "--json")
            stored = code == 0 and json.loads(out)["runs"]
            command = ("deliver",) if stored else ("ingest", "../load.jtl", *self.outputs(servers, folder))
            for server in servers.values():
                server.first_request = None
            begun = time.monotonic()
            process = self.start(folder, *command, "--quiet")
            if kills < KILLS:
                try:
                    process.wait(timeout=random_.uniform(0.0, self.calm_seconds))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
            out, err = process.communicate(timeout=300)
            first = [server.first_request for server in servers.values() if server.first_request]
            if stored and first:
                slowest_restart = max(slowest_restart, min(first) - begun)
            if process.returncode == 0 and kills >= KILLS:
                break
            if process.returncode == 0:
                # Delivered before it could be killed: everything is sent once more.
                code, _, err = self.run_to_end(folder, "runs", "rm", "load")
                self.assertEqual(code, 0, err)
            else:
                self.assertIn(process.returncode, (-signal.SIGKILL, 4), err)
        print(f"{kills} kills, faults {faults.counts}, {sum(s.requests for s in servers.values())} requests, "
              f"{time.monotonic() - started:.0f} s, restart to first send {slowest_restart:.2f} s", file=sys.stderr)
        self.assertEqual(kills, KILLS)
        self.expect_all_there(servers, folder)
        self.assertLess(slowest_restart, 2.0)
        for server in servers.values():
            server.close()

    def test_a_followed_run_is_killed_and_a_sample_comes_late(self):
        random_ = random.Random(SEED + 6)
        servers = {name: SERVERS[name](Faults(SEED + 7, share=0.1, hold_seconds=REQUEST_TIMEOUT + 0.3))
                   for name in ("influxdb", "elasticsearch", "pushgateway")}
        targets = [argument for name, server in servers.items() for argument in ("-o", f"{name}={server.url}")]
        folder = self.environment("followed", live_interval=0.1)
        header, *rows = (self.folder / "load.jtl").read_text(encoding="utf-8").splitlines(keepends=True)
        rows.insert(len(rows) * 4 // 5, rows.pop(len(rows) // 3))  # its slot was sent long before
        with open(folder / "load.jtl", "w", encoding="utf-8") as growing:
            growing.write(header)
            written, kills = 0, 0
            while True:
                process = self.start(folder, "follow", "load.jtl", "--quiet", "--idle", "0" if kills < KILLS else "1",
                                     *targets)
                end = len(rows) * (kills + 1) // (KILLS + 1)
                while written < end:
                    part = max(1, len(rows) // 200)
                    growing.write("".join(rows[written:min(written + part, end)]))
                    growing.flush()
                    written = min(written + part, end)
                    time.sleep(0.01)
                if kills == KILLS:
                    break
                time.sleep(random_.uniform(0.0, self.calm_seconds))
                process.kill()
                process.communicate()
                kills += 1
        _, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, err)
        ledger = self.ledger(folder)
        self.assertTrue(ledger["closed"], ledger)
        for name, server in servers.items():
            output, = (output for output in ledger["outputs"] if output["output"] == name)
            self.assertEqual(output["accepted"], SAMPLES, output)
            seen, expected = server.visible, self.expected[name]
            if name != "pushgateway":  # while a test goes on, alerts are sent of more moments than in the end
                seen, expected = self.without_alerts(seen), self.without_alerts(expected)
            self.assertEqual(seen, expected, name)
            lasting = server.lasting().values()
            print(f"{name}: {server.requests} requests, {len(lasting)} items of slots came {sum(lasting)} times",
                  file=sys.stderr)
            if name != "pushgateway":
                # Again comes what was under way when it was killed or had no reply, and the slot of the late sample; and all
                # of it, should it be killed before it could note that it began.
                self.assertLess(sum(lasting), 2.5 * len(lasting), name)
            server.close()

    @staticmethod
    def without_alerts(visible):
        return {identity: content for identity, content in visible.items() if "alert" not in f"{identity} {content}"}

    def test_lost_replies_show_nothing_twice(self):
        faults = Faults(SEED + 3, share=0.1, hold_seconds=0)
        faults.KINDS = ("lost_reply",)
        servers = self.start_servers(faults)
        # Each takes so little at once that there are enough requests.
        for name, lines in (("influxdb", 1), ("elasticsearch", 2)):
            documents = len(self.expected[name])
            share = REQUESTS // 2 + REQUESTS // 50  # the others make few
            servers[name].most_lines = lines * max(documents // share, 1)
        folder = self.environment("lost_replies")
        begun = time.monotonic()
        code, _, err = self.run_to_end(folder, "ingest", "../load.jtl", "--quiet", *self.outputs(servers, folder))
        self.assertEqual(code, 0, err)
        requests = sum(server.requests for server in servers.values())
        print(f"{requests} requests, {faults.counts['lost_reply']} replies lost, {time.monotonic() - begun:.0f} s",
              file=sys.stderr)
        self.assertGreaterEqual(requests, REQUESTS)
        self.expect_all_there(servers, folder)
        for server in servers.values():
            server.close()

    def test_a_black_hole_holds_up_nobody(self):
        def deliver(black_hole):
            servers = self.start_servers()
            if black_hole:
                servers["influxdb"].faults = BlackHole()
            folder = self.environment(f"hole_{black_hole}", give_up_after=4)
            begun = time.monotonic()
            process = self.start(folder, "ingest", "../load.jtl", "--quiet", *self.outputs(servers, folder))
            expected = len(self.expected["elasticsearch"])
            while len(servers["elasticsearch"].visible) < expected and time.monotonic() < begun + 60:
                time.sleep(0.005)
            took = time.monotonic() - begun
            process.communicate(timeout=120)
            self.assertEqual(process.returncode, 4 if black_hole else 0)
            for output in self.ledger(folder)["outputs"]:
                lost = black_hole and output["output"] == "influxdb"
                self.assertEqual(output["accepted"], 0 if lost else SAMPLES)
            for server in servers.values():
                server.close()
            return took

        baseline = max(deliver(False) for _ in range(3))
        self.assertLess(deliver(True), 2 * baseline + 0.2)

    def test_terminated_under_load(self):
        random_ = random.Random(SEED + 4)
        servers = self.start_servers(Faults(SEED + 5, share=0.2, hold_seconds=REQUEST_TIMEOUT + 0.3))
        servers["influxdb"].faults = BlackHole()
        folder = self.environment("terminated", request_timeout=30)
        slowest = (0.0, "")
        for i in range(TERMINATIONS):
            code, out, _ = self.run_to_end(folder, "runs", "list", "--json")
            stored = code == 0 and json.loads(out)["runs"]
            # Now and then from the start, so that there is always something to do.
            command = ("deliver",) if stored and i % 5 else ("ingest", "../load.jtl", *self.outputs(servers, folder))
            process = self.start(folder, *command, "--quiet")
            time.sleep(random_.uniform(0.0, 2 * self.calm_seconds))
            process.send_signal(random_.choice((signal.SIGTERM, signal.SIGINT)))
            asked = time.monotonic()
            _, err = process.communicate(timeout=60)
            slowest = max(slowest, (time.monotonic() - asked, command[0]))
            self.assertIn(process.returncode, (-signal.SIGTERM, -signal.SIGINT, 4), err)
        print(f"{TERMINATIONS} times terminated, the end came within {slowest[0]:.2f} s", file=sys.stderr)
        # A machine with a slow disk takes long to flush what a calm delivery flushes, too.
        self.assertLess(slowest[0], 5 + self.calm_seconds, slowest)
        for server in servers.values():
            server.faults = None
        code, out, err = self.run_to_end(folder, "runs", "list", "--json")
        stored = code == 0 and json.loads(out)["runs"]
        command = ("deliver",) if stored else ("ingest", "../load.jtl", *self.outputs(servers, folder))
        code, _, err = self.run_to_end(folder, *command, "--quiet")
        self.assertEqual(code, 0, err)
        self.expect_all_there(servers, folder)
        for server in servers.values():
            server.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
