"""Reads what is no result file behind the front of one, for every format: time and memory stay in proportion.

Needs OMNIWRITER_PROGRAM, the program to test."""

import gzip
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(os.environ["OMNIWRITER_PROGRAM"])
SEEDS = pathlib.Path(__file__).parents[2] / "fuzz/seeds"
INPUTS = {folder.name for folder in (SEEDS.parents[1] / "src/inputs").iterdir()}
SUMMARIES = {folder.name for folder in (SEEDS.parents[1] / "src/summaries").iterdir()}
OVER_TIME = {"locust_history", "hdr_log"}
MIB = 1 << 20
JTL = b"timeStamp,elapsed,label,responseCode,success\n"
BYTES = 1_000_000


def row(i, label=b"/a", code=b"200"):
    return b"%d,%d,%s,%s,true\n" % (1795447776590 + i, 10 + i % 50, label, code)


class Hostile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def ingest(self, file, *arguments):
        """Gives the exit code, the words on stderr, the seconds and the bytes that it took (or this test, if more)."""
        begun = time.monotonic()
        with open(self.folder / "stderr", "w+", encoding="utf-8") as stderr:
            process = subprocess.Popen([PROGRAM, "--store", self.folder / "runs.db", "ingest", "--threads", "16",
                                        "--quiet", file, *arguments], cwd=self.folder, stderr=stderr,
                                       env={"HOME": str(self.folder), "TZ": "UTC", "PATH": os.environ["PATH"]})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.monotonic() - begun
            stderr.seek(0)
            return process.returncode, stderr.read(), seconds, usage.ru_maxrss * 1024

    def test_long_names_take_no_more_memory_than_short_ones(self):
        file = self.folder / "results.jtl.gz"
        with gzip.open(file, "wb", 1) as out:
            out.write(JTL)
            for i in range(60):
                out.write(row(i, b"%03d" % i + b"n" * 1_000_000))
        code, err, _, memory = self.ingest(file, "-o", f"csv={self.folder / 'a.csv'}")
        self.assertEqual(code, 0, err)
        self.assertLess(memory, (64 + 8) * MIB)
        names = re.findall("([0-9]{3})n{1000}", (self.folder / "a.csv").read_text(encoding="utf-8"))
        self.assertEqual(len(set(names)), 60)

    JUNK = {"newlines": b"\n", "quotes": b'"', "quote lines": b'"\n', "commas": b",", "braces": b"{",
            "one line": b"x", "open quotes": b'x,"a"b,"c\n'}

    def fronts(self, formats):
        """The first bytes of a genuine file of each format."""
        for name in sorted(formats & {folder.name for folder in SEEDS.iterdir()}):
            seeds = sorted(file for file in (SEEDS / name).iterdir() if file.stat().st_size > 50)
            if seeds:
                yield name, seeds[0].read_bytes()

    def ingest_junk(self, front, text, size):
        """Behind the front, `text` again and again; in pieces, for this test must not need more memory than what it tests."""
        file = self.folder / "results"
        piece = text * (65536 // len(text) + 1)
        with open(file, "wb") as out:
            out.write(front)
            for _ in range((size - len(front)) // len(piece)):
                out.write(piece)
        code, err, seconds, memory = self.ingest(file, "--no-outputs")
        self.assertNotIn("internal", err)
        self.assertLess(seconds, 20)
        self.assertLess(memory, 64 * MIB)
        return code, err

    def test_junk_behind_a_good_front_takes_time_and_memory_in_proportion(self):
        for name, front in self.fronts(INPUTS):
            for kind, text in self.JUNK.items():
                with self.subTest(format=name, junk=kind):
                    code, err = self.ingest_junk(front, text, BYTES)
                    self.assertIn(code, (0, 3), err)

    def test_junk_behind_the_front_of_a_summary_does_so_too(self):
        found = set()
        for name, front in self.fronts(SUMMARIES):
            found.add(name)
            most = (16 if name in OVER_TIME else 4) * MIB
            own = {"itself": front, "its first line": front[:front.find(b"\n") + 1] or front, "no numbers": b"nan",
                   "short rows": b"a,1\n", "columns": b"," * 150 + b"\n"}
            for kind, text in {**self.JUNK, **own}.items():
                with self.subTest(format=name, junk=kind):
                    code, err = self.ingest_junk(front, text, most)
                    self.assertIn(code, (0, 2, 3), err)
            with self.subTest(format=name):
                code, err = self.ingest_junk(front, b"x", 10 * most)
                self.assertEqual(code, 3, err)
                self.assertIn("too long for a summary", err)
        self.assertEqual(found, SUMMARIES, "each has a genuine file")


if __name__ == "__main__":
    unittest.main()
