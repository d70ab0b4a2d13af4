"""Comparing runs and files the way users do: sides, exit codes, JSON, reports. Needs no server.

Needs OMNIWRITER_PROGRAM, the program to test."""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
HEADER = "timestamp,duration_ms,endpoint,status,error\n"
START = 1795447776590
ENDPOINTS = ("/home", "/cart", "/search", "/pay", "/item")


def results(seed, slower=None, endpoints=ENDPOINTS, seconds=600, scatter=0.005):
    """Ten requests a second; `slower`: by endpoint. Runs of different seeds differ as equal runs do."""
    chance = random.Random(seed)
    level = chance.gauss(1, scatter)
    rows = []
    for i in range(10 * seconds):
        endpoint = endpoints[i % len(endpoints)]
        duration = 50 * chance.lognormvariate(0, 0.3) * level * (slower or {}).get(endpoint, 1)
        rows.append(f"{START + 100 * i},{duration:.3f},{endpoint},200,\n")
    return HEADER + "".join(rows)


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, **how):
        (self.folder / name).write_text(results(name, **how), encoding="utf-8")
        return name

    def run_program(self, code, *arguments):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, env={"HOME": str(self.folder), "TZ": "UTC",
                              "PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def compared(self, code, *arguments):
        return json.loads(self.run_program(code, "compare", *arguments, "--json").stdout)

    def test_files_that_differ(self):
        base = self.write("base.csv")
        slower = self.write("slower.csv", slower=dict.fromkeys(ENDPOINTS, 1.5))
        found = self.compared(98, base, slower)
        self.assertEqual((found["verdict"], found["within_margin"], found["noise"]), ("worse", False, "assumed"))
        self.assertAlmostEqual(found["overall"]["change"], 0.5, delta=0.08)
        self.assertLess(0, found["overall"]["low"])
        self.assertEqual({one["endpoint"] for one in found["endpoints"]}, set(ENDPOINTS))
        p50 = found["endpoints"][0]["metrics"]["p50"]
        self.assertAlmostEqual(p50["candidate"] / p50["base"] - 1, p50["change"], places=9)
        self.assertEqual(self.compared(0, slower, base)["verdict"], "better")

        text = self.run_program(98, "compare", base, slower, "--lang", "en").stdout
        self.assertIn("worse", text)
        self.assertIn("assumed", text)
        self.assertIn("p50", text)

    def test_a_run_with_itself(self):
        base = self.write("base.csv")
        found = self.compared(0, base, base)
        self.assertEqual(found["verdict"], "no_change")
        self.assertGreater(found["minimum_detectable_change"], 0)

    def test_several_runs_a_side_and_an_endpoint(self):
        sides = []
        for i in range(5):
            sides += ["--base", self.write(f"base{i}.csv", seconds=300)]
            sides += ["--candidate", self.write(f"new{i}.csv", seconds=300, slower={"/pay": 1.3})]
        found = self.compared(98, *sides)
        self.assertEqual((found["verdict"], found["noise"]), ("worse", "measured"))
        verdicts = {one["endpoint"]: one["metrics"]["mean"]["verdict"] for one in found["endpoints"]}
        self.assertEqual(verdicts.pop("/pay"), "worse")
        self.assertNotIn("worse", verdicts.values())
        self.assertEqual(len(found["base"]), 5)

    def test_runs_of_the_store(self):
        for name in ("a", "b"):
            self.write(f"{name}.csv", slower=dict.fromkeys(ENDPOINTS, 1 if name == "a" else 1.6))
            self.run_program(0, "ingest", f"{name}.csv", "--run-id", name, "--test-name", "shop", "--no-outputs")
        self.assertEqual(self.compared(98, "a", "b")["base"], ["a"])

    def test_endpoints_of_other_names(self):
        base = self.write("base.csv", endpoints=("/old", "/home"))
        new = self.write("new.csv", endpoints=("/new", "/home"))
        self.assertEqual(self.compared(0, base, new)["only_in_base"], ["/old"])
        self.assertEqual(self.compared(0, base, new, "--map", "/old=/new")["only_in_base"], [])

    def test_reports(self):
        base = self.write("base.csv")
        slower = self.write("slower.csv", slower=dict.fromkeys(ENDPOINTS, 1.5))
        self.run_program(98, "compare", base, slower, "-o", "page.html", "--lang", "en")
        page = (self.folder / "page.html").read_text(encoding="utf-8")
        self.assertIn("default-src 'none'", page)
        self.assertIn("<svg", page)
        self.assertNotIn("<script", page)
        document = self.run_program(98, "compare", base, slower, "--format", "md", "--lang", "pt-BR").stdout
        self.assertIn("# Comparação de execuções", document)
        self.assertIn("o ruído entre execuções iguais é suposto", document)

    def test_what_is_wrong(self):
        self.write("base.csv", seconds=10)
        self.run_program(2, "compare", "base.csv")
        self.run_program(2, "compare", "base.csv", "base.csv", "base.csv")
        self.run_program(2, "compare", "base.csv", "base.csv", "--margin", "much")
        self.run_program(2, "compare", "base.csv", "base.csv", "--metric", "q99")
        self.run_program(2, "compare", "base.csv", "base.csv", "--map", "old")

    def test_strictly_what_cannot_be_told_is_no_success(self):
        short = self.write("short.csv", seconds=40)
        other = self.write("other.csv", seconds=40, slower=dict.fromkeys(ENDPOINTS, 1.2))
        self.assertEqual(self.compared(0, short, other)["verdict"], "inconclusive")
        self.compared(97, short, other, "--strict")
        self.assertIn("p99", self.compared(0, self.write("a.csv", seconds=2600), "a.csv", "--metric", "p99")
                      ["endpoints"][0]["metrics"])


if __name__ == "__main__":
    unittest.main()
