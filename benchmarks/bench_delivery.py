#!/usr/bin/env python3
"""Measures delivery to the real InfluxDB and Elasticsearch: points a second, and the processor time of both sides.

Takes the program named by OMNIWRITER_PROGRAM (build/release/omniwriter). A run of OMNIWRITER_BENCH_POINTS (1,000,000)
items is read once, then delivered to each server directly and through a proxy that adds 20 ms on the way to it. Prints a
table; the servers are started and stopped here (`tools/setup.sh test`)."""

import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import servers as real  # noqa: E402

PROGRAM = os.environ.get("OMNIWRITER_PROGRAM", str(ROOT / "build/release/omniwriter"))
POINTS = int(os.environ.get("OMNIWRITER_BENCH_POINTS", 1_000_000))
ENDPOINTS = 200
HEADER = "timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n"


def write_results(path, points):
    """As many rows as points: one request of each endpoint a second."""
    source = random.Random(1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER)
        for i in range(points):
            second, endpoint = divmod(i, ENDPOINTS)
            file.write(f"{1795447776000 + second * 1000 + endpoint},{1 + int(source.expovariate(0.01))},/page{endpoint},"
                       "200,true,1000,100,5,5\n")


class SlowWay(threading.Thread):
    """A way to a server on which everything takes `delay` seconds longer."""

    def __init__(self, url, delay):
        super().__init__(daemon=True)
        self._to = ("127.0.0.1", urllib.parse.urlsplit(url).port)
        self._delay = delay
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.start()

    def run(self):
        while True:
            client, _ = self._listener.accept()
            server = socket.create_connection(self._to)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, to in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, to), daemon=True).start()

    def _carry(self, source, to):
        """Half of the delay each way; what comes meanwhile is not held up by what came before."""
        waiting, ended = [], threading.Event()
        arrived = threading.Condition()

        def deliver():
            while True:
                with arrived:
                    while not waiting and not ended.is_set():
                        arrived.wait()
                    if not waiting:
                        break
                    due, block = waiting.pop(0)
                time.sleep(max(0.0, due - time.monotonic()))
                with contextlib.suppress(OSError):
                    to.sendall(block)
            with contextlib.suppress(OSError):
                to.shutdown(socket.SHUT_WR)

        threading.Thread(target=deliver, daemon=True).start()
        with contextlib.suppress(OSError):
            while block := source.recv(1 << 16):
                with arrived:
                    waiting.append((time.monotonic() + self._delay / 2, block))
                    arrived.notify()
        with arrived:
            ended.set()
            arrived.notify()


def cpu_seconds(group):
    """User and system time of all processes of a process group so far."""
    ticks = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def deliver(folder, run_id, output, url):
    """One run to one output: (seconds, our CPU seconds, items, peak MiB)."""
    command = [PROGRAM, "replay", "bench", "--start-time", "now", "--run-id", run_id, "-o", f"{output}={url}", "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    took = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    [ledger] = json.loads(done.stdout)["outputs"]
    if ledger["pending"] or ledger["rejected"]:
        raise SystemExit(f"not all was delivered: {ledger}")
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ledger["items"], after.ru_maxrss // 1024


def start(name, folder):
    (folder / name).mkdir()
    if name == "influxdb":
        ports = real.free_ports(2)
        return real.influxdb(real.find_program("influxd"), folder / name, *ports)
    return real.elasticsearch(name, real.cache() / real.ELASTICSEARCH, folder / name, *real.free_ports(2),
                              "tools/setup.sh test", settings=["xpack.security.enabled: false"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=1)
    rounds = parser.parse_args().rounds
    print(f"{'server':<14} {'way':>6} {'items/s':>9} {'s':>7} {'our CPU':>8} {'server':>7} {'share':>6} {'peak MiB':>8}",
          flush=True)
    with tempfile.TemporaryDirectory(prefix="omniwriter-bench-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)
        (folder / "omniwriter.yaml").write_text("store: runs.db\nlimits:\n  timeline_bytes: 2147483648\n", encoding="utf-8")
        write_results(folder / "bench.jtl", POINTS)
        subprocess.run([PROGRAM, "ingest", "bench.jtl", "--run-id", "bench", "--no-outputs", "--quiet"], cwd=folder,
                       check=True)
        for output in ("influxdb", "elasticsearch"):
            server = start(output, folder)
            try:
                server.start()
                server.wait_until_ready()
                for number in range(rounds):
                    for way, delay in (("local", 0), ("20 ms", 0.02)):
                        url = SlowWay(server.url, delay).url if delay else server.url
                        before = cpu_seconds(server._process.pid)  # pylint: disable=protected-access
                        took, ours, items, peak = deliver(folder, f"{output}-{number}-{delay}", output, url)
                        theirs = cpu_seconds(server._process.pid) - before  # pylint: disable=protected-access
                        print(f"{output:<14} {way:>6} {items / took:>9,.0f} {took:>7.1f} {ours:>8.1f} {theirs:>7.1f} "
                              f"{ours / theirs:>6.0%} {peak:>8}", flush=True)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
