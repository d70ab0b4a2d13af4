"""Holds the source tree to its rules, and shows that a breach of each is found."""

import pathlib
import tempfile
import unittest

import layering

ROOT = pathlib.Path(__file__).resolve().parents[2]


class TreeTest(unittest.TestCase):
    def check(self, findings):
        self.assertEqual(findings, [], "\n" + "\n".join(findings))

    def test_includes(self):
        self.assertGreater(len(layering.sources(ROOT / "src")), 10)
        self.check(layering.wrong_includes(ROOT))

    def test_components_are_complete(self):
        self.check(layering.incomplete_components(ROOT))

    def test_inputs_are_listed(self):
        self.check(layering.unlisted_inputs(ROOT))

    def test_locks_say_what_they_guard(self):
        self.check(layering.bare_locks(ROOT))

    def test_no_machine_paths(self):
        self.check(layering.machine_paths(ROOT))


class BreachTest(unittest.TestCase):
    """Each test plants one breach in an otherwise sound tree."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("include/omniwriter/run.h", "#include <vector>\n#include \"omniwriter/sample.h\"\n")
        self.write("src/base/clock.h", "#include <chrono>\n")
        self.write("src/outputs/influxdb/influxdb.cpp",
                   '#include "base/clock.h"\n#include "outputs/influxdb/influxdb.h"\n#include "omniwriter/run.h"\n')
        self.write("src/outputs/influxdb/influxdb_test.cpp", '#include <gtest/gtest.h>\n#include "support/server.h"\n')
        self.write("src/base/clock.cpp", "")
        self.write("src/base/clock_test.cpp", "")
        self.write("src/base/README.md", "")
        self.write("src/outputs/influxdb/README.md", "")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def assert_found(self, findings, *parts):
        self.assertEqual(len(findings), 1, findings)
        for part in parts:
            self.assertIn(part, findings[0])

    def test_a_sound_tree_has_no_findings(self):
        self.assertEqual(layering.wrong_includes(self.root), [])
        self.assertEqual(layering.incomplete_components(self.root), [])
        self.assertEqual(layering.bare_locks(self.root), [])
        self.assertEqual(layering.machine_paths(self.root), [])

    def test_bare_lock(self):
        self.write("src/base/guarded.h", "std::mutex mutex_;\n")
        self.write("src/base/queue_test.cpp", "std::mutex mutex;\n")
        self.write("src/base/queue.h", "int a;\nmutable std::mutex mutex_;\n")
        self.assert_found(layering.bare_locks(self.root), "src/base/queue.h:2", "std::mutex")

    def test_upward_include(self):
        self.write("src/base/text.h", '\n#include "model/aggregator.h"\n')
        self.assert_found(layering.wrong_includes(self.root), "src/base/text.h:2", "lies above")

    def test_component_including_another(self):
        self.write("src/outputs/influxdb/more.cpp", '#  include "outputs/elasticsearch/bulk.h"\n')
        self.assert_found(layering.wrong_includes(self.root), "more.cpp:1", "another")

    def test_components_of_one_layer(self):
        self.write("src/store/store.cpp", '#include "reports/report.h"\n')
        self.assert_found(layering.wrong_includes(self.root), "src/store/store.cpp:1", "another")

    def test_relative_include(self):
        self.write("src/base/text.cpp", '#include "clock.h"\n')
        self.assert_found(layering.wrong_includes(self.root), "relative to src/")

    def test_test_support_in_the_program(self):
        self.write("src/base/text.cpp", '#include "support/server.h"\n')
        self.assert_found(layering.wrong_includes(self.root), "src/base/text.cpp:1")

    def test_folder_without_a_layer(self):
        self.write("src/misc/x.cpp", "")
        self.assert_found(layering.wrong_includes(self.root), "src/misc")

    def test_public_header_with_a_library(self):
        self.write("include/omniwriter/x.h", "#include <fmt/format.h>\n")
        self.assert_found(layering.wrong_includes(self.root), "fmt/format.h")

    def test_public_header_with_an_inner_one(self):
        self.write("include/omniwriter/x.h", '#include "base/clock.h"\n')
        self.assert_found(layering.wrong_includes(self.root), "base/clock.h")

    def test_component_without_readme(self):
        (self.root / "src/outputs/influxdb/README.md").unlink()
        self.assert_found(layering.incomplete_components(self.root), "src/outputs/influxdb", "README.md")

    def test_component_without_test(self):
        (self.root / "src/outputs/influxdb/influxdb_test.cpp").unlink()
        self.assert_found(layering.incomplete_components(self.root), "src/outputs/influxdb", "_test.cpp")

    def test_input_that_is_not_listed(self):
        self.write("src/inputs/acme/acme.cpp", "")
        self.write("docs/formats.md", "[acme 2](../src/inputs/acme2)\n")
        self.assert_found(layering.unlisted_inputs(self.root), "src/inputs/acme")

    def test_machine_path(self):
        self.write("docs/x.md", "first\nsee /" + "root/notes.txt\n")
        self.assert_found(layering.machine_paths(self.root), "docs/x.md:2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
