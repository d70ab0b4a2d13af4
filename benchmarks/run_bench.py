#!/usr/bin/env python3
"""Measures whole commands: throughput against DuckDB, Polars and the mere reading of the file, memory, start-up.

Needs the build of the `bench` preset and, for the peers, the environment that `tools/setup.sh bench` makes. Prints
tables, writes build/bench/results.json, and exits with 1 where a budget is missed or an answer is wrong, unless
OMNIWRITER_BENCH_NO_BUDGET=1 (a busy machine says nothing about speed).

CPU is the user and system time of a command and its children; "GB/s per core" is the size of the file over that.
"""

import argparse
import contextlib
import datetime
import gzip
import hashlib
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
DATA = BUILD / "data"
PROGRAM = BUILD / "omniwriter"
GENERATOR = BUILD / "omniwriter_generate"
READ_LIMIT = BUILD / "omniwriter_read_limit"
PEERS = ROOT / "benchmarks" / "peers"
CACHE = pathlib.Path(os.environ.get("OMNIWRITER_CACHE", pathlib.Path.home() / ".cache" / "omniwriter"))
PEER_PYTHON = os.environ.get("OMNIWRITER_BENCH_PYTHON", str(CACHE / "bench-venv" / "bin" / "python"))

MILLION = 1_000_000
HOUR, DAY = 3600, 86400
SUFFIXES = {"jtl": "jtl", "jtl-xml": "xml", "k6-json": "json", "k6-csv": "csv"}

RUNS, PEER_RUNS, START_RUNS = 5, 3, 50
MIN_GB_PER_CORE_SECOND = {"jtl": 1.0, "k6-json": 1.0, "jtl-xml": 0.3, "access-log": 0.5, "hey": 0.4, "vegeta": 0.5,
                          "gatling-binary": 0.25}
# Genuine files, over and over: title, file below tests/corpus, bytes of a header, requests in it. A row of the last two has
# 50 and 33 bytes, so what a request costs weighs more than what a byte does.
REPEATED = {
    "access-log": ("nginx access log with times", "nginx/access.timed.log.gz", 0, 2823),
    "vegeta": ("vegeta gob", "vegeta/small.bin.gz", 0, 2249),
    "hey": ("hey CSV", "hey/small.csv", 91, 3000),
    "gatling-binary": ("Gatling binary", "gatling/3.14.9.log", 0, 1250),
}
REPEATED_BYTES = 400_000_000
MAX_RSS_MIB = 64
MAX_RSS_MIB_OF_OUTPUT = 8  # more for each
MAX_START_MS = 10
# How far a percentile of ours may be off: that of the histogram at its default scale.
RELATIVE_ERROR = 0.00271

missed = []


def say(text=""):
    print(text, flush=True)


def miss(text):
    missed.append(text)
    say(f"MISSED: {text}")


def data_version():
    """Of the files in DATA, which are kept for the next time as long as the generator stays what it is."""
    version = hashlib.sha256((ROOT / "benchmarks" / "generate.cpp").read_bytes()).hexdigest()[:8]
    DATA.mkdir(parents=True, exist_ok=True)
    for stale in DATA.iterdir():
        if not stale.name.startswith(version):
            stale.unlink()
    return version


def result_file(fmt, rows, seconds, endpoints=12):
    """A generated file."""
    version = data_version()
    path = DATA / f"{version}-{fmt}-{rows}-{seconds}s-{endpoints}.{SUFFIXES[fmt]}"
    if not path.exists():
        say(f"writing {path.name}")
        partial = path.with_suffix(".partial")
        command = [GENERATOR, "--format", fmt, "--rows", str(rows), "--duration", str(seconds), "-o", partial]
        command += ["--endpoints", str(endpoints)] if endpoints != 12 else []
        subprocess.run(command, check=True)
        partial.rename(path)
    return path


def repeated_file(fmt):
    """A genuine file as often as it takes, and the number of its requests."""
    _, name, header, requests = REPEATED[fmt]
    source = ROOT / "tests" / "corpus" / name
    content = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    times = REPEATED_BYTES // len(content) + 1
    path = DATA / f"{data_version()}-{fmt}-{times}.repeated"
    if not path.exists():
        say(f"writing {path.name}")
        partial = path.with_suffix(".partial")
        with partial.open("wb") as out:
            out.write(content[:header])
            for _ in range(times):
                out.write(content[header:])
        partial.rename(path)
    return path, times * requests


def measure(command):
    """Runs a command to its end. CPU and wall time in seconds, peak memory in MiB (of its largest process)."""
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(map(str, command))}\nended with {process.returncode}:\n{errors.read().decode()}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "rss_mib": usage.ru_maxrss / 1024}


def medians(runs):
    return {
        "cpu_s": statistics.median(run["cpu"] for run in runs),
        "wall_s": statistics.median(run["wall"] for run in runs),
        "rss_mib": max(run["rss_mib"] for run in runs),
        "runs": len(runs),
    }


def ingest(path, *more):
    """Our command, with a store that is new each time."""
    store = pathlib.Path(tempfile.mkdtemp(prefix="store-", dir=BUILD))
    return [PROGRAM, "ingest", "--no-outputs", "--store", store / "runs.db", *more, path], store


def run_contender(make_command):
    command, scratch = make_command()
    try:
        return measure(command)
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)


def peer(name, fmt, path):
    return [PEER_PYTHON, PEERS / f"{name}_peer.py", "--format", fmt, path]


def throughput(fmt, title, path, rows, with_peers):
    size = path.stat().st_size
    contenders = {
        "omniwriter --threads 1": (RUNS, lambda: ingest(path, "--threads", "1")),
        "omniwriter": (RUNS, lambda: ingest(path)),
        "read limit": (RUNS, lambda: ([READ_LIMIT, path], None)),
        "count newlines": (RUNS, lambda: ([READ_LIMIT, "--newlines", path], None)),
    }
    if with_peers:
        contenders["DuckDB"] = (PEER_RUNS, lambda: (peer("duckdb", fmt, path), None))
        contenders["Polars"] = (PEER_RUNS, lambda: (peer("polars", fmt, path), None))

    measure([READ_LIMIT, path])  # the file is in memory for everyone
    runs = {name: [] for name in contenders}
    for turn in range(RUNS):  # in turns, so that a busy moment of the machine hits all alike
        for name, (times, make_command) in contenders.items():
            if turn < times:
                runs[name].append(run_contender(make_command))

    results = {name: medians(of) for name, of in runs.items()}
    ours = results["omniwriter"]["cpu_s"]
    say(f"\n{title}: {rows:,} rows, {size / 1e6:,.0f} MB")
    say(f"  {'':24}{'CPU s':>8}{'wall s':>8}{'peak MiB':>10}{'GB/s per core':>15}{'CPU / ours':>12}")
    for name, result in results.items():
        result["gb_per_core_s"] = size / 1e9 / result["cpu_s"]
        result["cpu_over_ours"] = result["cpu_s"] / ours
        say(
            f"  {name:24}{result['cpu_s']:8.2f}{result['wall_s']:8.2f}{result['rss_mib']:10.0f}"
            f"{result['gb_per_core_s']:15.2f}{result['cpu_over_ours']:12.2f}"
        )
    for name in ("omniwriter --threads 1", "omniwriter"):
        if results[name]["gb_per_core_s"] < MIN_GB_PER_CORE_SECOND[fmt]:
            miss(f"{title}, {name}: {results[name]['gb_per_core_s']:.2f} GB/s per core < {MIN_GB_PER_CORE_SECOND[fmt]}")
    return {"title": title, "format": fmt, "rows": rows, "bytes": size, "contenders": results}


def compressed(fmt, title, rows, seconds):
    """What reading a file out of gzip costs, beside unpacking it alone and beside reading it unpacked."""
    plain = result_file(fmt, rows, seconds)
    path = plain.with_name(plain.name + ".gz")
    if not path.exists():
        with path.with_suffix(".partial").open("wb") as out:
            subprocess.run(["gzip", "-c", plain], check=True, stdout=out)
        path.with_suffix(".partial").rename(path)
    contenders = {
        "omniwriter, gzip": lambda: ingest(path),
        "omniwriter, unpacked": lambda: ingest(plain),
        "gzip -dc": lambda: (["gzip", "-dc", path], None),
    }
    runs = {name: [] for name in contenders}
    for _ in range(RUNS):
        for name, make_command in contenders.items():
            runs[name].append(run_contender(make_command))
    results = {name: medians(of) for name, of in runs.items()}
    size = plain.stat().st_size
    say(f"\n{title}: {rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, unpacked {size / 1e6:,.0f} MB")
    say(f"  {'':24}{'CPU s':>8}{'wall s':>8}{'unpacked GB/s per core':>24}")
    for name, result in results.items():
        result["gb_per_core_s"] = size / 1e9 / result["cpu_s"]
        say(f"  {name:24}{result['cpu_s']:8.2f}{result['wall_s']:8.2f}{result['gb_per_core_s']:24.2f}")
    return {"title": title, "format": fmt, "rows": rows, "seconds": seconds, "bytes": size, "contenders": results}


def check_answers(fmt, title, path):
    """Whether our counts, errors and percentiles are those of the peers."""
    command, store = ingest(path, "--json")
    try:
        out = subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout
    finally:
        shutil.rmtree(store, ignore_errors=True)
    ours = {endpoint["endpoint"]: endpoint for endpoint in json.loads(out)["endpoints"]}
    largest = 0.0
    for name in ("duckdb", "polars"):
        answer = json.loads(subprocess.run(map(str, peer(name, fmt, path)), check=True, capture_output=True).stdout)
        if ours.keys() != answer.keys():
            miss(f"{title}: endpoints differ from {name}'s: {sorted(ours.keys() ^ answer.keys())}")
            continue
        for label, theirs in answer.items():
            if (ours[label]["samples"], ours[label]["errors"]) != (theirs["count"], theirs["errors"]):
                miss(f"{title}, {label}: {ours[label]['samples']} samples, {ours[label]['errors']} errors; {name} {theirs}")
            for percentile in ("p50", "p90", "p95", "p99"):
                exact = theirs[percentile] / 1e3
                off = abs(ours[label]["response_time_seconds"][percentile] - exact)
                largest = max(largest, off / exact if exact else 0.0)
                if off > exact * RELATIVE_ERROR + 1e-9:
                    miss(f"{title}, {label}: {percentile} is off by {off / exact:.3%} of {name}'s {exact} s")
    say(f"  answers equal DuckDB's and Polars': {len(ours)} endpoints, percentiles within {largest:.3%}")
    return {"endpoints": len(ours), "largest_percentile_error": largest}


def memory(cases):
    """Peak memory of `ingest` and `follow`, to outputs that take everything."""
    say(f"\nMemory\n  {'':48}{'MB':>8}{'peak MiB':>10}{'budget':>8}{'CPU s':>8}{'wall s':>8}")
    rows_out = []
    for command, outputs, (fmt, rows, seconds, endpoints), keep in cases:
        path = result_file(fmt, rows, seconds, endpoints)
        budget = MAX_RSS_MIB + MAX_RSS_MIB_OF_OUTPUT * outputs
        with sinks(outputs) as targets:
            result = run_contender(lambda: take_in(command, path, targets))  # pylint: disable=cell-var-from-loop
        what = f"{command} {fmt}, {rows // MILLION} M rows, {seconds // HOUR} h x {endpoints}, {outputs} outputs"
        size = path.stat().st_size
        say(f"  {what:48}{size / 1e6:8,.0f}{result['rss_mib']:10.1f}{budget:8}{result['cpu']:8.2f}{result['wall']:8.2f}")
        if result["rss_mib"] > budget:
            miss(f"{what}: peak of {result['rss_mib']:.1f} MiB > {budget} MiB")
        rows_out.append({"command": command, "outputs": outputs, "format": fmt, "rows": rows, "seconds": seconds,
                         "endpoints": endpoints, "bytes": size, **result})
        if not keep:
            path.unlink()
    return rows_out


@contextlib.contextmanager
def sinks(outputs):
    """The first so many outputs, each with its server, as arguments."""
    names = ("influxdb", "elasticsearch", "pushgateway")[:outputs]
    command = [sys.executable, ROOT / "benchmarks" / "sinks.py", *names]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
        urls = servers.stdout.readline().split()
        yield [word for name, url in zip(names, urls) for word in ("-o", f"{name}={url}")]
        servers.stdin.close()


def take_in(command, path, targets):
    store = pathlib.Path(tempfile.mkdtemp(prefix="store-", dir=BUILD))
    config = store / "config.json"
    config.write_text("{}")  # rather than one that lies about
    how = ["--idle", "1"] if command == "follow" else []
    words = ["--quiet", "--config", config, "--store", store / "runs.db", *how, *(targets or ["--no-outputs"])]
    return [PROGRAM, command, *words, path], store


def start_up():
    walls = [measure([PROGRAM, "--version"])["wall"] * 1e3 for _ in range(START_RUNS)]
    median = statistics.median(walls)
    say(f"\nStart-up: omniwriter --version takes {median:.1f} ms (median of {START_RUNS})")
    if median > MAX_START_MS:
        miss(f"start-up: {median:.1f} ms > {MAX_START_MS} ms")
    return median


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="memory with files of 50 million rows too")
    args = parser.parse_args()
    for needed in (PROGRAM, GENERATOR, READ_LIMIT):
        if not needed.exists():
            sys.exit(f"{needed} is missing: cmake --preset bench && cmake --build --preset bench")
    if not pathlib.Path(PEER_PYTHON).exists():
        sys.exit(f"{PEER_PYTHON} is missing: tools/setup.sh bench")

    say(f"{processor()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    results = {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processor": processor(),
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "peers": (ROOT / "benchmarks" / "requirements.txt").read_text().split(),
        "throughput": [],
    }
    for fmt, title in (("jtl", "JMeter CSV"), ("k6-json", "k6 NDJSON")):
        path = result_file(fmt, 5 * MILLION, HOUR)
        case = throughput(fmt, title, path, 5 * MILLION, with_peers=True)
        case["answers"] = check_answers(fmt, title, path)
        results["throughput"].append(case)

    xml = result_file("jtl-xml", 2 * MILLION, HOUR)
    results["throughput"].append(throughput("jtl-xml", "JMeter XML", xml, 2 * MILLION, with_peers=False))
    for fmt, (title, *_) in REPEATED.items():
        path, rows = repeated_file(fmt)
        results["throughput"].append(throughput(fmt, title, path, rows, with_peers=False))
    results["throughput"].append(compressed("jtl", "JMeter CSV in gzip", 5 * MILLION, HOUR))

    cases = [("ingest", 0, (fmt, rows * MILLION, seconds, 12), True)
             for fmt in ("jtl", "k6-json") for rows in (1, 5) for seconds in (HOUR, DAY)]
    cases += [("ingest", 0, (fmt, MILLION, DAY, 12), True) for fmt in ("k6-csv", "jtl-xml")]
    cases += [(command, outputs, long_test, True) for long_test in (("jtl", 5 * MILLION, 10 * HOUR, 100),
                                                                    ("jtl", 5 * MILLION, DAY, 20))
              for outputs in (0, 1, 3) for command in ("ingest", "follow")]
    if args.large:
        cases += [("ingest", outputs, (fmt, 50 * MILLION, seconds, 12), outputs == 0)
                  for fmt in ("jtl", "k6-json") for seconds in (HOUR, DAY) for outputs in (0, 3)]
    results["memory"] = memory(cases)
    results["start_ms"] = start_up()
    results["missed"] = missed

    (BUILD / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    say(f"\nwritten to {(BUILD / 'results.json').relative_to(ROOT)}")
    if missed:
        say(f"{len(missed)} missed:")
        for text in missed:
            say(f"  {text}")
    return 1 if missed and os.environ.get("OMNIWRITER_BENCH_NO_BUDGET") != "1" else 0


if __name__ == "__main__":
    sys.exit(main())
