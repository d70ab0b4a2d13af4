"""Installs the library, builds the programs of examples/cpp against it as a user would, and runs them. Needs no server."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ["OMNIWRITER_BUILD"]


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.run_program("cmake", "--install", BUILD, "--component", "library", "--prefix", cls.folder / "installed")
        cls.run_program("cmake", "-S", ROOT / "examples/cpp", "-B", cls.folder / "build",
                        f"-DCMAKE_PREFIX_PATH={cls.folder / 'installed'}", "-DCMAKE_BUILD_TYPE=Debug",
                        f"-DCMAKE_CXX_COMPILER={os.environ['OMNIWRITER_COMPILER']}",
                        "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wconversion -Werror")
        cls.run_program("cmake", "--build", cls.folder / "build")

    @classmethod
    def run_program(cls, *command):
        environment = {"HOME": str(cls.folder), "PATH": os.environ["PATH"], "TZ": "UTC"}
        done = subprocess.run([str(word) for word in command], cwd=cls.folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise AssertionError(f"{command} ends with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def test_the_summary_of_a_file(self):
        out = self.run_program(self.folder / "build/summarise_file", ROOT / "examples/jmeter-shop.jtl")
        samples = (ROOT / "examples/jmeter-shop.jtl").read_text().count("\n") - 1
        self.assertRegex(out, rf"^jmeter-shop \(jmeter\): {samples} requests, \d+ errors, [\d.]+ a second\n")
        for part in ("  p95: ", "  home ", "  at 1795446856: "):
            self.assertIn(part, out)

    def test_a_test_of_its_own_is_delivered(self):
        (self.folder / "config.json").write_text(json.dumps({"outputs": {"csv": "delivered.csv"}}))
        out = self.run_program(self.folder / "build/record_test")
        self.assertEqual(out, "csv: 200 accepted, 0 rejected, 0 pending\n")
        self.assertIn("sort", (self.folder / "delivered.csv").read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
