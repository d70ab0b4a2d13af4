"""Runs as files and the history of a test, the way users work with them. Needs no server.

Needs OMNIWRITER_PROGRAM, the program to test."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
HEADER = "timestamp,duration_ms,endpoint,status,error\n"
START = 1795447776590
DAY = 86_400_000
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def results(start=START, slower=1.0, count=4000):
    """A steady test: durations from 10 to 50 ms, in an order that looks like chance."""
    return HEADER + "".join(f"{start + 100 * i},{(10 + i * 7919 % 4001 / 100) * slower:.3f},/{'ab'[i % 4 == 0]},"
                            f"{'500,http_500' if i % 500 == 0 else '200,'}\n" for i in range(count))


class HistoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {"HOME": str(self.folder), "TMPDIR": str(self.folder), "TZ": "UTC", "LANG": "en_US.UTF-8",
                            "PATH": os.environ["PATH"]}

    def ends(self, code, *arguments, **environment):
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env={**self.environment, **environment},
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def ingest(self, *arguments, store="a.db", code=0, **how):
        (self.folder / "checkout.csv").write_text(results(**how), encoding="utf-8")
        return json.loads(self.ends(code, "ingest", "checkout.csv", "--no-outputs", "--store", store, "--json",
                                    *arguments).stdout)

    def test_an_imported_run_is_the_run_itself(self):
        self.ingest("--tag", "branch=main", "--threshold", "p95<1s")
        exported = json.loads(self.ends(0, "runs", "export", "latest", "--store", "a.db", "--json").stdout)["exported"]
        file = self.folder / exported[0]["file"]
        self.assertRegex(file.name, r"^checkout_20261123T\d{6}Z-[0-9a-f]{6}\.omnirun$")
        self.assertEqual(file.stat().st_size, exported[0]["bytes"])
        self.ends(0, "runs", "import", file, "--store", "b.db")
        for form in ("json", "md", "html", "csv"):
            reports = [self.ends(0, "report", "latest", "--format", form, "--store", store).stdout
                       for store in ("a.db", "b.db")]
            self.assertEqual(reports[0], reports[1], form)
        judged = [json.loads(self.ends(0, "judge", name, "--threshold", "p95<1s", "--json", "--store", store).stdout)
                  for name, store in (("latest", "a.db"), ("latest", "b.db"), (f"./{file.name}", "c.db"))]
        for one in judged:
            self.assertEqual(one["judgement"] if "judgement" in one else one,
                             judged[0]["judgement"] if "judgement" in judged[0] else judged[0])
        self.assertEqual(self.ends(0, "runs", "import", file, "--store", "b.db").stdout.count("\n"), 1, "it is there")

        content = file.read_bytes()
        file.write_bytes(content[:-10])
        self.assertIn("cut off", self.ends(3, "runs", "import", file, "--store", "b.db").stderr)
        self.assertIn("no exported run", self.ends(3, "runs", "import", "checkout.csv", "--store", "b.db").stderr)
        self.assertEqual(len(json.loads(self.ends(0, "runs", "list", "--json", "--store", "b.db").stdout)["runs"]), 1)

    def test_the_history_folder_stands_in_for_a_store(self):
        first = self.ingest("--history", "h", "--threshold", "p95<1s")
        self.assertEqual(len(list((self.folder / "h").iterdir())), 1)
        second = self.ingest("--history", "h", "--baseline", "last-passed", "--threshold", "p95<1s", store="fresh.db",
                             start=START + DAY)
        self.assertIn(first["run_id"], json.dumps(second))
        self.assertEqual(len(list((self.folder / "h").iterdir())), 2)

    def test_verdicts_are_listed(self):
        self.ingest("--threshold", "p95<1ms", code=99)
        rows = json.loads(self.ends(0, "runs", "list", "--store", "a.db", "--json").stdout)["runs"]
        self.assertEqual(rows[0]["verdict"], "fail")
        self.assertIn("VERDICT", self.ends(0, "runs", "list", "--store", "a.db").stdout)

    def test_the_history_shows_where_a_test_changed(self):
        for day in range(12):
            self.ingest("--history", "h", store=f"{day % 2}.db", start=START + day * DAY, count=400,
                        slower=(1 if day < 6 else 1.5) * (1 + day % 3 / 100))
        history = json.loads(self.ends(0, "history", "checkout", "--history", "h", "--store", "0.db", "--json").stdout)
        self.assertEqual(len(history["runs"]), 12)
        changes = history["metrics"]["p50"]["changes"]
        self.assertEqual([change["run_id"] for change in changes], [history["runs"][6]["run_id"]])
        text = self.ends(0, "history", "checkout", "--history", "h", "--store", "0.db", "--metric", "p50").stdout
        self.assertIn("new level +49.8%", text)
        self.ends(0, "history", "checkout", "--history", "h", "--store", "0.db", "-o", "history.html")
        page = (self.folder / "history.html").read_text(encoding="utf-8")
        self.assertIn("<svg", page)
        self.assertNotIn("http", page.replace("http-equiv", ""))
        self.assertIn("there is no run of a test", self.ends(2, "history", "absent", "--store", "0.db").stderr)

    def test_a_run_knows_what_it_was_made_with(self):
        (self.folder / ".git/refs/heads").mkdir(parents=True)
        (self.folder / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
        (self.folder / ".git/refs/heads/main").write_text(COMMIT + "\n", encoding="utf-8")
        environment = self.ingest()["environment"]
        self.assertEqual(environment["git_commit"], COMMIT)
        self.assertEqual(environment["git_branch"], "main")
        self.assertTrue(environment["cpu_count"].isdigit())
        self.assertIn("host", environment)
        self.assertIn(COMMIT, self.ends(0, "report", "latest", "--store", "a.db").stdout)


if __name__ == "__main__":
    unittest.main()
