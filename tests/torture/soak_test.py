"""Runs for hours, and with gigabytes that wait: memory, open files and disk stay where they were.

OMNIWRITER_SOAK_MINUTES (120) and OMNIWRITER_BACKLOG_GIB (10) say how long and how much."""

import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from oracle import Elasticsearch, Faults, InfluxDb, Pushgateway  # noqa: E402

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
MINUTES = float(os.environ.get("OMNIWRITER_SOAK_MINUTES", 120))
BACKLOG_GIB = float(os.environ.get("OMNIWRITER_BACKLOG_GIB", 10))
ROWS_PER_SECOND = 5000
ROTATE_ROWS = 500_000
MIB = 1 << 20
HEADER = "timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n"


class Forgetful:
    """A server that keeps nothing of what it is sent, for hours of it."""

    def show(self, identity, content, is_state=False):
        pass


class ForgetfulInflux(Forgetful, InfluxDb):
    pass


class ForgetfulPushgateway(Forgetful, Pushgateway):
    pass


class ForgetfulElasticsearch(Forgetful, Elasticsearch):
    documents = 0

    def answer(self, method, path, body):
        if "/_search" in path:  # nothing is here that could be taken back
            return 200, b'{"hits":{"hits":[]}}'
        if not path.startswith("/_bulk"):
            return super().answer(method, path, body)
        count = body.count(b"\n") // 2
        self.documents += count
        items = b",".join([b'{"create":{"status":201}}'] * count)
        return 200, b'{"errors":false,"items":[' + items + b"]}"


def bytes_below(folder):
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(path, name)).st_blocks * 512
            except OSError:
                pass  # deleted meanwhile
    return total


class Watch:
    """What a process holds, second by second."""

    def __init__(self, pid, folder):
        self.pid, self.folder = pid, folder
        self.resident, self.files, self.disk = [], [], []

    def look(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            self.resident.append(int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        self.files.append(len(os.listdir(f"/proc/{self.pid}/fd")))
        self.disk.append(bytes_below(self.folder))

    def quarters(self, series):
        """The most of the second and of the last quarter: the first half is for warming up."""
        quarter = len(series) // 4
        return max(series[quarter:2 * quarter]), max(series[3 * quarter:])


class SoakTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "TZ": "UTC"}

    def configure(self, **limits):
        (self.folder / "omniwriter.yaml").write_text(json.dumps({
            "lang": "en", "store": "state/runs.db", "limits": limits,
            "delivery": {"request_timeout_seconds": 2, "live_interval_seconds": 1, "give_up_after_seconds": 5}}))

    def run_program(self, *arguments, codes=(0,)):
        """Gives the exit code and the most memory it took."""
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        self.assertIn(process.returncode, codes, error)
        return process.returncode, usage.ru_maxrss * 1024

    def test_a_follower_stays_as_it_is(self):
        self.configure(timeline_bytes=MIB)  # so that slots have doubled to their width of the end soon
        faults = Faults(7, share=0.1, hold_seconds=3)
        servers = {"influxdb": ForgetfulInflux(faults), "elasticsearch": ForgetfulElasticsearch(faults),
                   "pushgateway": ForgetfulPushgateway(faults)}
        for server in servers.values():
            self.addCleanup(server.close)
        outputs = [part for name, server in servers.items() for part in ("-o", f"{name}={server.url}")]
        file = self.folder / "results.jtl"
        file.write_text(HEADER)
        process = subprocess.Popen([PROGRAM, "follow", file, *outputs, "--idle", "0", "--quiet"], cwd=self.folder,
                                   env=self.environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        watch = Watch(process.pid, self.folder / "state")
        ended = threading.Event()
        written = 0

        def write():
            nonlocal written
            source = random.Random(1)
            stream = open(file, "a", encoding="utf-8")
            in_file = 0
            next_second = time.monotonic()
            while not ended.is_set():
                now = time.time_ns() // 1_000_000
                stream.writelines(f"{now + i * 1000 // ROWS_PER_SECOND},{1 + int(source.expovariate(0.01))},/page{i % 20},"
                                  f"200,true,1000,100,5,5\n" for i in range(ROWS_PER_SECOND))
                stream.flush()
                written += ROWS_PER_SECOND
                in_file += ROWS_PER_SECOND
                if in_file >= ROTATE_ROWS:
                    stream.close()
                    file.rename(self.folder / "results.jtl.1")
                    stream = open(file, "w", encoding="utf-8")
                    stream.write(HEADER)
                    in_file = 0
                next_second += 1
                ended.wait(max(0.0, next_second - time.monotonic()))
            stream.close()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            begun = time.monotonic()
            while time.monotonic() - begun < MINUTES * 60:
                # Half a minute in three nothing is taken.
                faults.share = 1.0 if (time.monotonic() - begun) % 180 > 150 else 0.1
                time.sleep(1)
                self.assertIsNone(process.poll(), "it has ended")
                watch.look()
        finally:
            ended.set()
            writer.join()
        faults.share = 0.0
        time.sleep(5)  # the last rows are read
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
        self.assertIn(process.returncode, (0, 4), error)
        self.run_program("deliver")
        ledger = json.loads(subprocess.run([PROGRAM, "ledger", "latest", "--json"], cwd=self.folder, check=True,
                                           env=self.environment, capture_output=True).stdout)
        self.assertEqual(ledger["samples"], written)
        self.assertTrue(ledger["closed"], ledger)

        told = {}
        for name, slack in (("resident", 8 * MIB), ("files", 2), ("disk", 8 * MIB)):
            before, after = watch.quarters(getattr(watch, name))
            told[name] = (before, after)
            self.assertLessEqual(after, before * 1.1 + slack, name)
        print(f"{MINUTES:g} minutes, {written:,} samples; resident {told['resident'][0] / MIB:.0f} → "
              f"{told['resident'][1] / MIB:.0f} MiB, median {statistics.median(watch.resident) / MIB:.0f}; files "
              f"{told['files'][0]} → {told['files'][1]}; disk {told['disk'][0] / MIB:.1f} → "
              f"{told['disk'][1] / MIB:.1f} MiB", file=sys.stderr)

    def test_gigabytes_wait_in_little_memory(self):
        wanted = BACKLOG_GIB * (1 << 30)
        needed = wanted * 1.3
        if shutil.disk_usage(self.folder).free < needed:
            self.skipTest(f"needs {needed / (1 << 30):.0f} GiB of disk")
        self.configure(spool_bytes=int(needed))
        rows = 1_000_000
        server = ForgetfulElasticsearch(Faults(7, share=1.0, hold_seconds=0))
        self.addCleanup(server.close)
        server.faults.KINDS = ("503",)
        spool = self.folder / "state/runs.db.spool"
        runs, most = 0, 0
        begun = time.monotonic()
        while bytes_below(spool) < wanted:
            start = 1795447776000 + runs * 10_000_000
            with open(self.folder / "load.jtl", "w", encoding="utf-8") as stream:
                stream.write(HEADER)
                stream.writelines(f"{start + i},{1 + i * 31 % 977},/page{i % 20},200,true,{i * 7 % 5003},100,5,5\n"
                                  for i in range(rows))
            _, memory = self.run_program("ingest", "load.jtl", "--samples", "--quiet", "-o",
                                         f"elasticsearch={server.url}", codes=(4,))
            most = max(most, memory)
            runs += 1
        waiting = bytes_below(spool)
        filled = time.monotonic() - begun
        server.faults.share = 0.0
        begun = time.monotonic()
        _, memory = self.run_program("deliver", "--quiet")
        took = time.monotonic() - begun
        print(f"{waiting / (1 << 30):.1f} GiB of {runs} runs waited after {filled:.0f} s: {most / MIB:.0f} MiB resident; "
              f"delivered in {took:.0f} s: {memory / MIB:.0f} MiB", file=sys.stderr)
        self.assertLess(max(most, memory), 256 * MIB)
        self.assertGreaterEqual(server.documents, runs * rows)
        self.assertLess(bytes_below(spool), MIB)


if __name__ == "__main__":
    unittest.main(verbosity=2)
