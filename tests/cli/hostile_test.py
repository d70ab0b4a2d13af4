"""Reads what is no result file behind the front of one, for every format of samples: time and memory stay in proportion.

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

    def test_junk_behind_a_good_front_takes_time_and_memory_in_proportion(self):
        junk = {"newlines": b"\n", "quotes": b'"', "quote lines": b'"\n', "commas": b",", "braces": b"{",
                "one line": b"x", "open quotes": b'x,"a"b,"c\n'}
        for folder in sorted(SEEDS.iterdir()):
            seeds = sorted(file for file in folder.iterdir() if file.stat().st_size > 50)
            if not seeds or folder.name not in INPUTS:
                continue
            front = seeds[0].read_bytes()
            for kind, text in junk.items():
                with self.subTest(format=folder.name, junk=kind):
                    file = self.folder / "results"
                    file.write_bytes(front + text * (BYTES // len(text)))
                    code, err, seconds, memory = self.ingest(file, "--no-outputs")
                    self.assertIn(code, (0, 3), err)
                    self.assertNotIn("internal", err)
                    self.assertLess(seconds, 20)
                    self.assertLess(memory, 64 * MIB)


if __name__ == "__main__":
    unittest.main()
