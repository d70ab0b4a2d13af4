"""Drives `follow` and `run` the way users do, with files that grow and a load tool that is a script. Needs no server.

Needs OMNIWRITER_PROGRAM, the program to test."""

import calendar
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "torture"))
from oracle import Elasticsearch, InfluxDb  # noqa: E402

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
HEADER = "timestamp,duration_ms,endpoint,status,error\n"
# Three of four are of /a; every tenth is an error; ten a second.
ROWS = [f"{1795447776590 + 100 * i},{10 + i % 50}.5,/{'b' if i % 4 == 0 else 'a'},{'500,http_500' if i % 10 == 0 else '200,'}\n"
        for i in range(5000)]
ERRORS = 500


class LiveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "results.csv"
        self.environment = {"HOME": str(self.folder), "TMPDIR": str(self.folder), "TZ": "UTC",
                            "PATH": os.environ["PATH"]}

    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def follow(self, *arguments):
        return self.start("follow", self.file, "--no-outputs", "--json", "--quiet", *arguments)

    def append(self, text, file=None):
        with open(file or self.file, "a", encoding="utf-8") as stream:
            stream.write(text)

    def finish(self, process, code=0, samples=5000, errors=ERRORS):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err.decode())
        report = json.loads(out)
        self.assertEqual((report["samples"], report["errors"], report["bad_records"]), (samples, errors, 0))
        return report

    def run_program(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=60, check=False)

    def seen(self, samples):
        """Waits until a run of so many samples is in the store: the follower has read them."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            done = self.run_program("runs", "show", "latest", "--json")
            if done.returncode == 0 and json.loads(done.stdout)["samples"] == samples:
                return
            time.sleep(0.05)
        self.fail(f"{samples} samples were not seen")


class Follow(LiveTest):
    def test_reads_what_is_written_later_in_whatever_pieces(self):
        process = self.follow("--idle", "2")  # before there is a file
        text = HEADER + "".join(ROWS)
        with open(self.file, "w", encoding="utf-8") as stream:
            for at in range(0, len(text), 7001):
                stream.write(text[at:at + 7001])
                stream.flush()
        self.finish(process)

    def test_is_one_run_however_often_it_is_killed(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        process.kill()
        process.wait()
        self.append("".join(ROWS[2000:3000]))
        process = self.follow()
        self.seen(3000)
        process.kill()
        process.wait()
        self.append("".join(ROWS[3000:]))
        self.finish(self.follow("--idle", "1"))
        listed = json.loads(self.run_program("runs", "list", "--json").stdout)
        self.assertEqual(len(listed["runs"] if isinstance(listed, dict) else listed), 1)

    def test_goes_on_behind_what_was_saved(self):
        self.append(HEADER + "".join(ROWS[:2000]) + ROWS[2000][:20])
        process = self.follow()
        self.seen(2000)
        time.sleep(0.5)  # where to go on is saved right behind the run
        process.kill()
        process.wait()
        with open(self.file, "r+", encoding="utf-8") as stream:
            stream.seek(len(HEADER) + len("".join(ROWS[:500])))
            stream.write("x" * 10)  # nobody looks there again
        self.append(ROWS[2000][20:] + "".join(ROWS[2001:]))
        self.finish(self.follow("--idle", "1"))

    def test_has_the_id_that_ingest_gives(self):
        # The first row is not of the request that began first.
        rows = [ROWS[0].replace(",10.5,", ",0.5,"), ROWS[0].replace(",10.5,", ",900.5,").replace("776590", "776489"), *ROWS[1:]]
        self.append(HEADER + rows[0])
        process = self.follow()
        self.seen(1)
        live = json.loads(self.run_program("runs", "show", "latest", "--json").stdout)["run_id"]
        self.append("".join(rows[1:]))
        self.seen(5001)
        process.send_signal(signal.SIGINT)
        followed = self.finish(process, samples=5001, errors=ERRORS + 1)
        ingested = json.loads(self.run_program("ingest", self.file, "--no-outputs", "--json").stdout)
        self.assertEqual([live, followed["run_id"]], [ingested["run_id"]] * 2)
        self.assertEqual(ingested["started"], "2026-11-23T15:29:36.489Z")

    def test_goes_on_through_rotation(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        self.file.rename(self.folder / "results.csv.1")
        self.append("".join(ROWS[2000:2500]), self.folder / "results.csv.1")  # its writer has not noticed yet
        self.append(HEADER + "".join(ROWS[2500:]))
        time.sleep(2.5)  # the old file may get more for a second
        process.send_signal(signal.SIGINT)
        self.finish(process)

    def test_goes_on_through_rotation_while_it_is_dead(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        process.kill()
        process.wait()
        self.append("".join(ROWS[2000:2500]))
        self.file.rename(self.folder / "results.csv.1")
        self.append(HEADER + "".join(ROWS[2500:4000]))
        process = self.follow()
        self.seen(4000)
        process.kill()
        process.wait()
        self.append("".join(ROWS[4000:]))
        self.finish(self.follow("--idle", "1"))

    def test_is_killed_right_after_a_rotation(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        self.file.rename(self.folder / "results.csv.1")
        self.append("".join(ROWS[2000:2500]), self.folder / "results.csv.1")
        self.append(HEADER + "".join(ROWS[2500:]))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:  # until the rotated file is kept, and before the next one is
            if any(json.loads(state.read_text())["base"] for state in self.folder.rglob("state.json")):
                break
            time.sleep(0.01)
        process.kill()
        process.wait()
        (self.folder / "results.csv.1").unlink()
        self.finish(self.follow("--idle", "1"))

    def rotate(self, rows, *, keep=9, copy=False, packed=False):
        """As logrotate does: the newest is number 1. The next file holds `rows`."""
        def number(n):
            return self.folder / f"results.csv.{n}"

        for n in range(keep, 0, -1):
            for ending in ("", ".gz"):
                if (file := number(f"{n}{ending}")).exists():
                    if n == keep:
                        file.unlink()
                    else:
                        file.rename(number(f"{n + 1}{ending}"))
        if copy:
            shutil.copy2(self.file, number(1))
            os.truncate(self.file, 0)
        else:
            self.file.rename(number(1))
        if packed:
            subprocess.run(["gzip", number(1)], check=True)
        self.append(HEADER + "".join(rows))

    def killed(self, samples):
        process = self.follow()
        self.seen(samples)
        process.kill()
        process.wait()

    def test_reads_all_files_that_were_rotated_while_it_is_dead(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        self.killed(2000)
        self.append("".join(ROWS[2000:2500]))
        for begin, end in ((2500, 3000), (3000, 3500), (3500, 5000)):
            self.rotate(ROWS[begin:end])
        self.finish(self.follow("--idle", "1"))

    def test_reads_all_files_that_were_rotated_and_packed_while_it_is_dead(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        self.killed(2000)
        self.append("".join(ROWS[2000:2500]))
        self.rotate(ROWS[2500:3000], packed=True)
        self.rotate(ROWS[3000:5000], packed=True)
        self.finish(self.follow("--idle", "1"))

    def test_reads_dated_files(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        self.killed(2000)
        for name, begin, end in (("results.csv-20261126", 2000, 3000), ("results.csv-20261127", 3000, 5000)):
            self.file.rename(self.folder / name)
            self.append(HEADER + "".join(ROWS[begin:end]))
        self.finish(self.follow("--idle", "1"))

    def test_reads_all_files_that_were_rotated_within_a_second(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        self.rotate(ROWS[2000:3000])
        self.rotate(ROWS[3000:4000])
        self.rotate(ROWS[4000:])
        time.sleep(2.5)  # the first one may get more for a second
        process.send_signal(signal.SIGINT)
        self.finish(process)

    def test_reads_what_was_rotated_after_it_was_killed_behind_a_rotation(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        self.rotate(ROWS[2000:3000])
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if any(json.loads(state.read_text())["base"] for state in self.folder.rglob("state.json")):
                break
            time.sleep(0.01)
        process.kill()
        process.wait()
        self.rotate(ROWS[3000:])
        self.finish(self.follow("--idle", "1"))

    def test_reads_a_copy_that_was_made_before_the_file_was_cut(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        self.killed(2000)
        self.append("".join(ROWS[2000:3000]))
        self.rotate(ROWS[3000:], copy=True)
        self.finish(self.follow("--idle", "1"))

    def test_tells_that_a_file_is_gone(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        self.killed(2000)
        self.append("".join(ROWS[2000:3000]))
        for rows in (ROWS[3000:3500], ROWS[3500:4000], ROWS[4000:]):
            self.rotate(rows, keep=2)
        process = self.start("follow", self.file, "--no-outputs", "--json", "--idle", "1")
        out, err = process.communicate(timeout=60)
        report = json.loads(out)
        self.assertEqual((process.returncode, report["samples"]), (4, 4000), err.decode())
        self.assertIn("missing", err.decode())
        self.assertTrue(any("missing" in bad["reason"] for bad in report["bad_record_reports"]), report)

    def test_goes_on_after_truncation(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow()
        self.seen(2000)
        os.truncate(self.file, 0)
        self.append(HEADER + "".join(ROWS[2000:]))
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        self.finish(process)

    def test_another_file_after_the_end_is_another_run(self):
        self.append(HEADER + "".join(ROWS))
        first = self.finish(self.follow("--idle", "1"))
        self.file.unlink()
        self.append(HEADER + "".join(ROWS[1000:1100]))
        second = self.finish(self.follow("--idle", "1"), samples=100, errors=10)
        self.assertNotEqual(first["run_id"], second["run_id"])

    def test_ends_with_the_file_where_the_format_says_so(self):
        self.append('<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n'
                    '<httpSample t="5" lt="1" ts="1795447776590" s="true" lb="x" rc="200" rm="OK" tn="t 1-1"/>\n'
                    '</testResults>\n')
        self.finish(self.follow("--idle", "0"), samples=1, errors=0)

    def test_reads_a_summary_once_it_has_ended(self):
        self.append((pathlib.Path(__file__).parents[1] / "corpus/summaries/wrk.txt").read_text())
        report = self.finish(self.follow("--idle", "1"), samples=9178, errors=838)
        self.assertTrue(report["reported"])

    def test_ends_where_another_run_has_its_id(self):
        self.append(HEADER + ROWS[0])
        other = self.folder / "other.csv"
        other.write_text(HEADER + ROWS[-1], encoding="utf-8")
        self.run_program("ingest", other, "--no-outputs", "--run-id", "taken")
        process = self.follow("--run-id", "taken")
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 2, err.decode())
        self.assertIn("is another one", err.decode())

    def test_says_what_is_wrong_with_a_file(self):
        self.append("<!DOCTYPE html><html><body>404</body></html>\n")
        process = self.start("follow", self.file, "--no-outputs", "--idle", "1")
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 3)
        self.assertIn("HTML", err.decode())


class FollowWithSamples(Follow):
    """The same, with every single sample delivered: once, whatever happens to the file and the program."""

    def setUp(self):
        super().setUp()
        self.server = InfluxDb(None)
        self.addCleanup(self.server.close)

    def follow(self, *arguments):
        return self.start("follow", self.file, "-o", f"influxdb={self.server.url}", "--samples", "--json", "--quiet",
                          *arguments)

    def finish(self, process, code=0, samples=5000, errors=ERRORS):
        report = super().finish(process, code, samples, errors)
        self.assertEqual({output["output"]: output["accepted"] for output in report["outputs"]},
                         {"influxdb": samples, "influxdb_samples": samples})
        delivered = sorted((int(time_ns) // 1_000_000, fields) for (series, time_ns), fields
                           in self.server.points("load_test_sample") if f"testid={report['run_id']}" in series)
        self.assertEqual(len(delivered), samples)
        if samples == len(ROWS):
            self.assertEqual([start for start, _ in delivered], [int(row.split(",")[0]) for row in ROWS])
        self.assertEqual(self.server.changed, [])
        return report

    def test_reads_a_summary_once_it_has_ended(self):
        self.append((pathlib.Path(__file__).parents[1] / "corpus/summaries/wrk.txt").read_text())
        out, err = self.follow("--idle", "1").communicate(timeout=60)
        ledger = {output["output"]: output for output in json.loads(out)["outputs"]}
        self.assertEqual(ledger["influxdb"]["accepted"], 9178, err.decode())
        self.assertEqual(ledger["influxdb_samples"]["rejected"], 9178)
        self.assertEqual(ledger["influxdb_samples"]["problems"], ["the load tool told no single samples"])


class FollowThatIsKilled(LiveTest):
    """`deliver` knows of a run whose follower is gone, and leaves alone one that is followed."""

    def setUp(self):
        super().setUp()
        self.server = InfluxDb(None)
        self.addCleanup(self.server.close)

    def follow(self, *arguments):
        return self.start("follow", self.file, "-o", f"influxdb={self.server.url}", "--samples", "--json", *arguments)

    def delivered(self):
        """Requests of the points of the timeline, and single samples."""
        intervals = sum(int(field.split("=")[1].rstrip("i")) for _, fields in self.server.points("load_test_interval")
                        for field in fields.split(",") if field.startswith("requests="))
        return intervals, len(self.server.points("load_test_sample"))

    def test_it_is_delivered_as_it_was_saved_and_goes_on_when_started_again(self):
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.follow("--idle", "0")
        self.seen(2000)
        done = self.run_program("deliver")
        self.assertEqual((done.returncode, "still being taken in" in done.stderr), (0, True), done.stderr)
        process.kill()
        process.wait()
        self.append("".join(ROWS[2000:]))

        done = self.run_program("deliver")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"omniwriter follow {self.file}", done.stderr)
        self.assertEqual(self.delivered(), (2000, 2000))
        self.assertIn("nothing is pending", self.run_program("deliver").stderr)

        process = self.follow("--idle", "1")
        self.finish(process)
        self.assertEqual(self.delivered(), (5000, 5000))
        [spool] = self.folder.rglob("*.spool")
        self.assertEqual(list(spool.iterdir()), [])


    def test_a_file_that_has_grown_takes_the_place_of_what_was_delivered_of_it(self):
        for rows, samples in ((ROWS[:2000], 2000), (ROWS[2000:], 5000), ([], 5000)):
            self.append("".join(rows) if self.file.exists() else HEADER + "".join(rows))
            done = self.run_program("ingest", self.file, "-o", f"influxdb={self.server.url}", "--samples", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["samples"], samples)
            self.assertEqual(self.delivered(), (samples, samples))
        self.assertEqual(len(json.loads(self.run_program("runs", "list", "--json").stdout)["runs"]), 1)


class FollowedOnce(LiveTest):
    """What is told while a test goes on is not told again in the end."""

    def setUp(self):
        super().setUp()
        (self.folder / "omniwriter.yaml").write_text("delivery:\n  live_interval_seconds: 0.2\n", encoding="utf-8")

    def servers(self):
        servers = {"influxdb": InfluxDb(None), "elasticsearch": Elasticsearch(None)}
        for server in servers.values():
            self.addCleanup(server.close)
        return servers, [argument for name, server in servers.items() for argument in ("-o", f"{name}={server.url}")]

    def told(self, server, count):
        """Waits until the server shows so many points or documents."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with server.lock:
                if len(server.visible) >= count:
                    return
            time.sleep(0.05)
        self.fail(f"{len(server.visible)} of {count} are there")

    @staticmethod
    def without_alerts(server):
        """While a test goes on, alerts are told of at more moments than in the end."""
        return {identity: content for identity, content in server.visible.items()
                if "alert" not in f"{identity} {content}"}

    def test_and_a_late_sample_once_more(self):
        servers, outputs = self.servers()
        late = ROWS[700].replace("1795447846590", "1795447846591")
        process = self.start("follow", self.file, "--idle", "4", "--json", *outputs)
        self.append(HEADER)
        for begin in range(0, 5000, 1000):
            self.append("".join(ROWS[begin:begin + 1000]))
            for server in servers.values():
                self.told(server, begin // 10 * 4)
        self.append(late)
        report = self.finish(process, samples=5001, errors=ERRORS + 1)
        self.assertTrue(all(output["accepted"] == 5001 for output in report["outputs"]), report["outputs"])

        wanted, outputs = self.servers()
        done = self.run_program("ingest", self.file, "--store", self.folder / "other.db", *outputs)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, server in servers.items():
            self.assertEqual(self.without_alerts(server), self.without_alerts(wanted[name]))
            again = {identity: count for identity, count in server.lasting().items() if count != 1}
            slot = 1795447846  # of the late sample
            self.assertTrue(again and all(str(slot) in f"{identity} {server.visible[identity]}" or
                                          "2026-11-23T15:30:46" in server.visible[identity] for identity in again), again)
            self.assertLessEqual(max(again.values()), 2)
            self.assertLess(len(again), 30)

    def assert_told_once(self, servers, slots, most=2):
        """All that `ingest` of the same file tells is there, nothing was taken back, and nothing but these slots came
        more often than once."""
        wanted, outputs = self.servers()
        done = self.run_program("ingest", self.file, "--store", self.folder / "other.db", *outputs)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, server in servers.items():
            self.assertEqual(self.without_alerts(server), self.without_alerts(wanted[name]))
            self.assertEqual(server.removals, 0)
            texts = [text for slot in slots for text in
                     (f"{slot}000000000", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(slot)))]
            again = {identity: count for identity, count in server.lasting().items() if count != 1}
            odd = {identity: count for identity, count in again.items()
                   if count > most or not any(text in f"{identity} {server.visible[identity]}" for text in texts)}
            self.assertEqual(odd, {})
            self.assertEqual(bool(again), bool(slots))

    def test_where_the_first_requests_end_late(self):
        servers, outputs = self.servers()
        rows = [f"{1795447776590 + 100 * i},{10 + i % 50},/{'b' if i % 4 == 0 else 'a'},200,true,1000,100,5,5\n"
                for i in range(3000)]
        # JMeter writes a request when it ends: these began before all others, which are long told of by then.
        in_the_first_slot, before_it = (f"{1795447776590 - earlier},{took},/slow,200,true,1000,100,5,5\n"
                                        for earlier, took in ((90, 120_000), (3_000, 200_000)))
        process = self.start("follow", self.file, "--idle", "4", "--json", *outputs)
        self.append("timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n")
        for begin, late in ((0, ""), (1000, in_the_first_slot), (2000, before_it)):
            self.append("".join(rows[begin:begin + 1000]) + late)
            for server in servers.values():
                self.told(server, (begin + 1000) // 10 * 4)
        self.finish(process, samples=3002, errors=0)
        self.assert_told_once(servers, [1795447776])

    def test_of_a_file_that_has_grown_since_it_was_delivered_what_is_new(self):
        servers, outputs = self.servers()
        # An error where there was none: its kind is known since another slot now.
        late = ROWS[2].replace("200,", "500,http_500")
        for command, rows in (("follow", ROWS[:2000]), ("ingest", [*ROWS[2000:3000], late]), ("follow", ROWS[3000:])):
            self.append("".join(rows) if self.file.exists() else HEADER + "".join(rows))
            idle = ("--idle", "1") if command == "follow" else ()
            done = self.run_program(command, self.file, *idle, *outputs)
            self.assertEqual(done.returncode, 0, done.stderr)
        listed = json.loads(self.run_program("runs", "list", "--json").stdout)["runs"]
        self.assertEqual([run["samples"] for run in listed], [5001])
        last_slots = [int(ROWS[number].split(",")[0]) // 1000 for number in (1999, 2999)]
        self.assert_told_once(servers, [1795447776, *last_slots])

    def test_of_a_run_that_was_delivered_when_its_follower_was_killed_what_is_new(self):
        servers, outputs = self.servers()
        self.append(HEADER + "".join(ROWS[:2000]))
        process = self.start("follow", self.file, *outputs)
        self.seen(2000)
        for server in servers.values():
            self.told(server, 700)
        time.sleep(0.5)  # what was told is kept right behind
        process.kill()
        process.wait()
        self.append("".join(ROWS[2000:]))
        for command in (("deliver",), ("follow", self.file, "--idle", "1", *outputs)):
            done = self.run_program(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_told_once(servers, [int(ROWS[1999].split(",")[0]) // 1000])

    def test_of_a_file_that_is_followed_again_nothing(self):
        servers, outputs = self.servers()
        self.append(HEADER + "".join(ROWS[:1000]))
        for _ in range(2):
            done = self.run_program("follow", self.file, "--idle", "1", *outputs)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_told_once(servers, [int(ROWS[999].split(",")[0]) // 1000])


class Run(LiveTest):
    def tool(self, rows, *, code=0, lines=""):
        """A load tool: writes rows to the file it is given, and waits after the first 1000 for a file `go`."""
        script = self.folder / "tool.py"
        script.write_text(f"""
import pathlib, signal, sys, time
{lines}
with open(sys.argv[1], "w") as out:
    out.write({HEADER!r})
    for i, row in enumerate({rows!r}):
        out.write(row)
sys.exit({code})
""", encoding="utf-8")
        return [sys.executable, str(script), str(self.file)]

    def run_tool(self, command, *flags):
        return self.start("run", "--no-outputs", "--json", "--quiet", "--results", self.file, *flags, "--", *command)

    def test_reads_all_that_the_tool_wrote_and_names_the_run_after_its_script(self):
        report = self.finish(self.run_tool(self.tool(ROWS)))
        self.assertEqual(report["test_name"], "tool")

    def test_an_id_that_another_run_has_is_refused_before_the_test_begins(self):
        self.finish(self.run_tool(self.tool(ROWS), "--run-id", "build-7"))
        self.file.unlink()
        process = self.run_tool(self.tool(ROWS), "--run-id", "build-7")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2, err.decode())
        self.assertIn("omniwriter runs rm build-7", err.decode())
        self.assertFalse(self.file.exists(), "the tool was not started")

    def test_gives_the_exit_code_on(self):
        self.finish(self.run_tool(self.tool(ROWS, code=42)), code=42)

    def test_an_old_file_does_not_count(self):
        self.append(HEADER + "".join(ROWS))
        self.finish(self.run_tool(self.tool(ROWS[:100])), samples=100, errors=10)

    def test_hands_signals_on_and_reads_to_the_end(self):
        lines = """
def stop(*_):
    with open(sys.argv[1], "w") as out:
        out.write(%r)
    sys.exit(3)
signal.signal(signal.SIGTERM, stop)
pathlib.Path("ready").touch()
while True: time.sleep(0.05)
""" % (HEADER + "".join(ROWS[:50]))
        process = self.run_tool(self.tool([], lines=lines))
        deadline = time.monotonic() + 30
        while not (self.folder / "ready").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        self.finish(process, code=3, samples=50, errors=5)

    def stubborn_tool(self):
        """One that does not heed signals, and is at it."""
        lines = """
for number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
with open(sys.argv[1], "w") as out:
    out.write(%r)
pathlib.Path("ready").touch()
while True: time.sleep(0.05)
""" % (HEADER + "".join(ROWS[:50]))
        process = self.start("run", "--no-outputs", "--json", "--results", self.file, "--", *self.tool([], lines=lines))
        deadline = time.monotonic() + 30
        while not (self.folder / "ready").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return process

    def test_a_tool_that_does_not_heed_a_signal_is_killed_after_a_while(self):
        process = self.stubborn_tool()
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        for line in process.stderr:
            if b"to end; kills it after 5 s" in line:
                break
        self.assertLess(time.monotonic() - begun, 3, "it is told at once")
        self.finish(process, code=128 + signal.SIGKILL, samples=50, errors=5)
        self.assertLess(time.monotonic() - begun, 20)

    def test_a_second_signal_kills_the_tool(self):
        process = self.stubborn_tool()
        process.send_signal(signal.SIGTERM)
        for line in process.stderr:
            if b"to end; kills it after 5 s" in line:
                break
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.finish(process, code=128 + signal.SIGKILL, samples=50, errors=5)
        self.assertLess(time.monotonic() - begun, 4)

    def test_a_tool_that_cannot_be_started(self):
        done = self.run_program("run", "--no-outputs", "--results", "x", "--", "no-such-tool")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot start no-such-tool", done.stderr)

    def test_a_tool_that_fails_before_it_writes_anything(self):
        done = self.run_program("run", "--no-outputs", "--results", "x", "--", "false")
        self.assertEqual(done.returncode, 1)
        self.assertIn("false ended with code 1", done.stderr)

    def test_dry_run_starts_nothing(self):
        done = self.run_program("run", "--dry-run", "--", "k6", "run", "script.js")
        self.assertEqual(done.returncode, 0)
        self.assertIn("k6 run --out csv=", done.stdout)
        self.assertIn("results: ", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_leaves_nothing_behind(self):
        fake = self.folder / "hey"
        fake.write_text("#!/bin/sh\necho 'response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,"
                        "status-code,offset'\necho 0.0010,0,0,0,0.0009,0.0001,200,0.5\n", encoding="utf-8")
        fake.chmod(0o700)
        before = time.time()
        done = self.run_program("run", "--no-outputs", "--json", "--", str(fake), "http://x")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["samples"], report["tool"]), (1, "hey"))
        # hey tells no date: the run began when the tool was started.
        started = time.strptime(report["started"][:19], "%Y-%m-%dT%H:%M:%S")
        self.assertAlmostEqual(time.mktime(started) - time.timezone, before, delta=30)
        self.assertEqual(list(self.folder.glob("omniwriter-*")), [])


class Vitals(LiveTest):
    """CPU and memory beside a run."""

    def busy_tool(self, seconds, lines=""):
        """Writes a row every 50 ms and holds 200 MB. It is at work half of the time, and so is a child of it; both write down
        how much time on CPUs they have had so far, as the kernel tells them."""
        script = self.folder / "busy.py"
        script.write_text(f"""
import json, os, resource, sys, time
kept = bytearray(b"x" * 200_000_000)
child = os.fork()
end = time.time() + {seconds}
with open(sys.argv[1], "w" if child else "a") as out, open(f"used.{{'parent' if child else 'child'}}", "w") as used:
    if child:
        out.write({HEADER!r})
    while time.time() < end:
        {lines}
        begun = time.time()
        used.write(f"{{begun}} {{time.process_time()}}\\n")
        while time.time() < begun + 0.025: pass
        time.sleep(0.025)
        if child:
            out.write(f"{{int(begun * 1000)}},10,/a,200,\\n")
            out.flush()
if child:
    os.waitpid(child, 0)
    with open("memory", "w") as out:
        out.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6))
""", encoding="utf-8")
        return [sys.executable, str(script), str(self.file)]

    def used_until(self, moment):
        """Seconds on CPUs that both had until then; None before or after their time."""
        total = 0
        for name in ("parent", "child"):
            lines = (self.folder / f"used.{name}").read_text().splitlines()
            told = [tuple(map(float, line.split())) for line in lines]
            after = next((i for i, (when, _) in enumerate(told) if when >= moment), 0)
            if after == 0:
                return None
            (from_time, from_used), (to_time, to_used) = told[after - 1], told[after]
            total += from_used + (to_used - from_used) * (moment - from_time) / (to_time - from_time)
        return total

    def done(self, process):
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err.decode())
        return json.loads(out), err.decode()

    def test_the_processes_of_the_tool_are_measured_and_delivered(self):
        process = self.start("run", "--json", "--results", self.file, "-o", "textfile=metrics.prom", "-o", "csv=points.csv",
                             "--", *self.busy_tool(4))
        report, err = self.done(process)
        # Pages that the two share count in each.
        memory = float((self.folder / "memory").read_text())
        self.assertGreater(report["memory_mb_max"], 0.95 * memory)
        self.assertLess(report["memory_mb_max"], 2.1 * memory)
        self.assertNotIn("CPU and memory", err)

        stored = json.loads(self.run_program("runs", "show", "latest", "--json").stdout)
        for name in ("cpu_percent_mean", "cpu_percent_max", "memory_mb_max"):
            self.assertEqual(stored[name], report[name])
        metrics = (self.folder / "metrics.prom").read_text()
        for name, least in (("load_test_system_cpu_percent", 1), ("load_test_system_memory_mb", 200)):
            value = [float(line.split()[1]) for line in metrics.splitlines() if line.startswith(name + "{")]
            self.assertTrue(len(value) == 1 and value[0] >= least, (name, value))
        lines = [line.split(",") for line in (self.folder / "points.csv").read_text().splitlines()]
        points = [dict(zip(lines[0], line)) for line in lines[1:]]
        of_all = [point for point in points if not point["endpoint"] and point["requests"] != str(report["samples"])]
        self.assertGreaterEqual(len(of_all), 4)
        compared = 0
        for point in of_all:
            self.assertTrue(0 < float(point["cpu_percent"]) <= 100, point)
            second = calendar.timegm(time.strptime(point["time"][:19], "%Y-%m-%dT%H:%M:%S"))
            before, after = self.used_until(second), self.used_until(second + 1)
            if before is None or after is None:
                continue
            compared += 1
            self.assertGreater(float(point["memory_mb"]), 190)
            # The kernel tells others in ticks of 10 ms, of each process; a look may come late on a busy machine.
            percent = 100 * (after - before) / len(os.sched_getaffinity(0))
            self.assertAlmostEqual(float(point["cpu_percent"]), percent, delta=5 + 0.1 * percent)
        self.assertGreaterEqual(compared, 2)

    def test_reading_the_results_again_keeps_what_was_measured(self):
        report, _ = self.done(self.start("run", "--no-outputs", "--json", "--results", self.file, "--", *self.busy_tool(2)))
        again, _ = self.done(self.start("ingest", "--no-outputs", "--json", self.file, "--test-name", "busy"))
        self.assertEqual(again["run_id"], report["run_id"])
        for name in ("cpu_percent_mean", "memory_mb_max"):
            self.assertAlmostEqual(again[name], report[name], places=9)

    def test_what_cannot_be_measured_is_told_and_the_run_goes_on(self):
        self.environment["OMNIWRITER_VITALS_CGROUP"] = "no/such.group"
        report, err = self.done(self.start("run", "--no-outputs", "--json", "--results", self.file, "--",
                                           *self.busy_tool(0.2)))
        self.assertIn("CPU and memory are not measured: /sys/fs/cgroup/no/such.group is no cgroup of version 2", err)
        self.assertIsNone(report["memory_mb_max"])

    def test_nothing_is_measured_where_nobody_wants_it(self):
        report, _ = self.done(self.start("run", "--no-outputs", "--json", "--vitals", "none", "--results", self.file, "--",
                                         *self.busy_tool(1)))
        self.assertIsNone(report["cpu_percent_max"])
        self.environment["OMNIWRITER_VITALS_SOURCE"] = "none"
        report, _ = self.done(self.start("run", "--no-outputs", "--json", "--results", self.file, "--", *self.busy_tool(1)))
        self.assertIsNone(report["memory_mb_max"])
        report, _ = self.done(self.start("run", "--no-outputs", "--json", "--vitals", "host", "--results", self.file, "--",
                                         *self.busy_tool(1)))
        self.assertGreater(report["memory_mb_max"], 100)

    def test_follow_measures_the_process_that_it_is_told(self):
        tool = subprocess.Popen(self.busy_tool(3), cwd=self.folder)
        self.addCleanup(tool.wait)
        report, _ = self.done(self.start("follow", self.file, "--no-outputs", "--json", "--idle", "1", "--pid", tool.pid))
        self.assertGreater(report["cpu_percent_mean"], 1)
        self.assertGreater(report["memory_mb_max"], 190)
        for flags, reason in ((("--pid", str(2**22 + 1)), "there is no process"),
                              (("--cgroup", "/none"), "no cgroup of version 2"),
                              (("--vitals", "tool"), "--vitals tool needs --pid or --cgroup"),
                              (("--vitals", "host", "--pid", "1"), "exclude each other"),
                              (("--cgroup", "x", "--pid", "1"), "exclude each other")):
            done = self.run_program("follow", str(self.file), "--no-outputs", *flags)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(reason, done.stderr)

    def test_a_restart_keeps_what_was_measured(self):
        tool = subprocess.Popen(self.busy_tool(60), cwd=self.folder)
        self.addCleanup(tool.wait)
        self.addCleanup(tool.kill)
        process = self.start("follow", self.file, "--no-outputs", "--json", "--pid", tool.pid)
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        first, _ = self.done(process)
        self.assertGreater(first["memory_mb_max"], 190)
        tool.kill()
        # The file goes on, and nothing is measured any more.
        self.append("".join(f"{int(time.time() * 1000)},10,/a,200,\n" for _ in range(3)))
        report, err = self.done(self.start("follow", self.file, "--no-outputs", "--json", "--idle", "1"))
        self.assertIn(f"goes on with run {first['run_id']}", err)
        self.assertEqual(report["memory_mb_max"], first["memory_mb_max"])

    def test_a_load_generator_at_its_limit_is_told(self):
        # A control group whose CPUs are at work nineteen seconds of twenty.
        group = self.folder / "group"
        group.mkdir()
        (group / "memory.current").write_text("64000000\n")
        (group / "cpu.stat").write_text("usage_usec 0\n")
        cpus = os.sysconf("SC_NPROCESSORS_ONLN")
        lines = f"""
        if child:
            with open("next", "w") as now: now.write(f"usage_usec {{int((time.time() - end + 8) * {cpus} * 950_000)}}\\n")
            os.replace("next", "group/cpu.stat")
"""
        process = self.start("run", "--no-outputs", "--json", "--lang", "en", "--cgroup", group, "--results", self.file,
                             "--", *self.busy_tool(8, lines))
        report, err = self.done(process)
        self.assertAlmostEqual(report["cpu_percent_max"], 95, delta=10)
        self.assertEqual(report["memory_mb_max"], 64)
        self.assertEqual(err.count("% of its CPU: it may be measuring itself"), 1, err)
        advice = self.run_program("report", "latest", "--format", "md", "--lang", "en")
        self.assertIn("one at its limit has its own requests wait", advice.stdout)


def run_together():
    """Each test in a process of its own, several at once: they wait most of their time."""
    def run(test):
        return subprocess.run([sys.executable, "-B", __file__, ".".join(test.id().split(".")[-2:])],
                              capture_output=True, text=True, check=False)

    tests = [test for suite in unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]) for test in suite]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(run, tests))
    for one in done:
        if one.returncode != 0:
            print(one.stdout + one.stderr)
    print(f"{len(done)} tests, {sum(one.returncode != 0 for one in done)} failed")
    sys.exit(not done or any(one.returncode != 0 for one in done))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        run_together()
    unittest.main()
