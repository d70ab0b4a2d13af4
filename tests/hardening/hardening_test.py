"""The program and the Python module are built with what takes weapons from whoever finds a fault in them."""

import glob
import os
import subprocess
import unittest


def readelf(option: str, file: str) -> str:
    return subprocess.run(["readelf", "-W", option, file], check=True, capture_output=True, text=True).stdout


class HardeningTest(unittest.TestCase):
    def setUp(self):
        program = os.environ["OMNIWRITER_PROGRAM"]
        self.files = [program, *glob.glob(os.path.dirname(program) + "/python/omniwriter/_core*.so")]

    def test_lies_at_an_address_of_its_own_each_time(self):
        for file in self.files:
            self.assertRegex(readelf("-h", file), r"Type:\s+DYN", file)

    def test_tables_of_functions_are_read_only_from_the_start(self):
        for file in self.files:
            self.assertIn("GNU_RELRO", readelf("-l", file), file)
            self.assertRegex(readelf("-d", file), r"BIND_NOW|FLAGS.*NOW")

    def test_the_stack_holds_no_code(self):
        for file in self.files:
            self.assertRegex(readelf("-l", file), r"GNU_STACK.* RW ")

    def test_overruns_are_noticed(self):
        for file in self.files:
            symbols = readelf("--dyn-syms", file)
            self.assertIn("__stack_chk_fail", symbols)
            self.assertRegex(symbols, r"__(memcpy|memmove|memset|read|recv|snprintf|poll)_chk")


if __name__ == "__main__":
    unittest.main()
