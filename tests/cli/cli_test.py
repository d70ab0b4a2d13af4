"""Drives the built program the way its users do. Needs no server."""

import base64
import datetime
import gzip
import http.server
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import tempfile
import termios
import threading
import time
import fcntl
import unittest

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
CANARY = "canary-8f3a1c"

HEADER = "timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n"
# Two endpoints, one error; starts at 2026-11-23T15:29:36.590Z.
SMALL = HEADER + "".join(
    f"{1795447776590 + 100 * i},{10 + i},{'/cart' if i % 4 == 0 else '/home'},{500 if i == 7 else 200},"
    f"{'false' if i == 7 else 'true'},1000,100,2,2\n" for i in range(20))

RUN_ID = re.compile(r"^20261123T152936Z-[0-9a-f]{6}$")


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = self.folder / "data" / "omniwriter" / "omniwriter.db"
        self.environment = {"HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder / "data"), "TZ": "UTC",
                            "PATH": os.environ["PATH"]}

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def run_program(self, *arguments, stdin=b"", **environment):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, env={**self.environment, **environment},
                              input=stdin, capture_output=True, timeout=120, check=False)
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *arguments, **keywords):
        result = self.run_program(*arguments, **keywords)
        self.assertEqual(result.code, 0, result.err)
        return result

    def fails(self, code, text, *arguments, **keywords):
        """An error is one line that begins with the program's name, and maybe a hint below."""
        result = self.run_program(*arguments, **keywords)
        self.assertEqual(result.code, code, result.out + result.err)
        lines = result.err.splitlines()
        self.assertTrue(lines[0].startswith("omniwriter: error: "), result.err)
        self.assertTrue(all(line.startswith("hint: ") for line in lines[1:]), result.err)
        self.assertLessEqual(len(lines), 2, result.err)
        self.assertIn(text, result.err)
        return result


class HostileSurroundings(CliTest):
    """What a shell may do to a program before it starts."""

    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)

    def start(self, command, **keywords):
        return subprocess.run(["sh", "-c", command, PROGRAM], cwd=self.folder, env=self.environment, capture_output=True,
                              timeout=60, check=False, **keywords)

    def test_streams_that_are_closed(self):
        # Without stderr, what is told would go into the next file that is opened.
        self.assertEqual(self.start('"$0" ingest small.jtl -o influxdb=http://127.0.0.1:1 2>&-').returncode, 4)
        for file in self.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"omniwriter: ", file.read_bytes(), file)
        self.assertEqual(self.start('"$0" ingest small.jtl <&- 2>&- >&-').returncode, 1, "the results cannot be printed")
        done = self.start('"$0" ingest - <&-')
        self.assertEqual((done.returncode, b"error" in done.stderr), (3, True), done.stderr)

    def test_a_limit_of_the_size_of_files(self):
        large = HEADER + "".join(f"{1795447776590 + 100 * i},{10 + i % 977},/page/{i % 500},200,true,1000,100,2,2\n"
                                 for i in range(20000))
        self.write("large.jtl", large)
        done = self.start('ulimit -f 8; "$0" ingest large.jtl --no-outputs')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"omniwriter: error: ", done.stderr)
        self.ok("ingest", "large.jtl", "--no-outputs")
        done = self.start('ulimit -f 200; "$0" report latest --format html -o report.html')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"File too large", done.stderr)
        self.assertFalse(list(self.folder.glob("*report.html*")))


class FilesOfOthers(CliTest):
    """An output or a report never destroys what it was not meant to replace."""

    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)

    def test_no_output_writes_over_what_is_read(self):
        os.symlink("small.jtl", self.folder / "link.csv")
        os.link(self.folder / "small.jtl", self.folder / "hard.csv")
        for target in ("small.jtl", "./small.jtl", str(self.folder / "small.jtl"), "link.csv", "hard.csv"):
            for command in (["ingest", "small.jtl"], ["follow", "small.jtl", "--idle", "1"]):
                with self.subTest(target, command=command[0]):
                    self.fails(2, "which is read", *command, "-o", "csv=" + target)
        with open(self.folder / "small.jtl", "rb") as stdin:
            done = subprocess.run([PROGRAM, "ingest", "-", "-o", "csv=small.jtl"], cwd=self.folder, env=self.environment,
                                  stdin=stdin, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual((self.folder / "small.jtl").read_text(), SMALL)
        self.assertFalse(self.store.exists(), "nothing was read")
        self.fails(2, "which is read", "follow", "later.jtl", "-o", "csv=sub/../later.jtl")

    def test_nor_over_the_store_another_output_or_where_we_print(self):
        self.ok("ingest", "small.jtl", "--no-outputs")
        store = self.store.read_bytes()
        self.fails(2, "which is the store", "ingest", "small.jtl", "-o", f"csv={self.store}")
        self.fails(2, "which is the store", "replay", "latest", "-o", f"csv={self.store}")
        self.fails(2, "is the store", "report", "latest", "-o", str(self.store))
        self.assertEqual(self.store.read_bytes(), store)
        self.fails(2, "the file of output csv", "ingest", "small.jtl", "-o", "csv=out", "-o", "ndjson=./out")
        self.write("mine.json", "{}")
        self.fails(2, "the configuration file", "ingest", "small.jtl", "--config", "mine.json", "-o", "csv=mine.json")
        self.write("omniwriter.yaml", "lang: en\n")
        self.fails(2, "the configuration file", "ingest", "small.jtl", "-o", "csv=./omniwriter.yaml")
        self.fails(2, "the configuration file", "report", "latest", "-o", "omniwriter.yaml")
        os.remove(self.folder / "omniwriter.yaml")
        with open(self.folder / "log", "wb") as log:
            done = subprocess.run([PROGRAM, "ingest", "small.jtl", "-o", "csv=log"], cwd=self.folder, env=self.environment,
                                  stdout=log, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_pipes_and_devices_are_written_to(self):
        for target in ("/dev/null", "/dev/stdout"):
            out = self.ok("ingest", "small.jtl", "-o", "csv=" + target).out
            self.assertEqual("time,endpoint" in out or "endpoint," in out, target == "/dev/stdout", out)
        self.ok("report", "latest", "-o", "/dev/null")
        os.mkfifo(self.folder / "pipe")
        unread = self.run_program("ingest", "small.jtl", "-o", "csv=pipe")
        self.assertEqual(unread.code, 4, unread.err)
        if os.geteuid() == 0:  # others could not replace it anyway
            os.mknod(self.folder / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
            self.ok("ingest", "small.jtl", "-o", "csv=null")
            self.ok("report", "latest", "-o", "null")
            self.assertTrue(stat.S_ISCHR(os.stat(self.folder / "null").st_mode))

    def test_the_mode_of_a_file_is_kept_or_follows_from_the_umask(self):
        def mode(name):
            return os.stat(self.folder / name).st_mode & 0o777

        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.ok("ingest", "small.jtl", "-o", "csv=out.csv")
        self.ok("report", "latest", "-o", "report.md")
        self.assertEqual((mode("out.csv"), mode("report.md")), (0o600, 0o600))
        for name in ("out.csv", "report.md"):
            os.chmod(self.folder / name, 0o640)
        self.ok("replay", "latest", "-o", "csv=out.csv")
        self.ok("report", "latest", "-o", "report.md")
        self.assertEqual((mode("out.csv"), mode("report.md")), (0o640, 0o640))

    def test_the_state_of_a_followed_file_is_for_its_owner(self):
        self.ok("follow", "small.jtl", "--idle", "1")
        states = list(self.store.parent.glob("*.follow/*/state.json"))
        self.assertEqual([os.stat(state).st_mode & 0o777 for state in states], [0o600])


class Basics(CliTest):
    def test_version_and_help(self):
        self.assertRegex(self.ok("--version").out, r"^omniwriter \d+\.\d+\.\d+\n$")
        for command in ([], ["ingest"], ["check"], ["runs"], ["runs", "list"], ["runs", "tag"], ["report"]):
            result = self.ok(*command, "--help")
            self.assertEqual(result.err, "")
            self.assertIn("--config", result.out)

    def test_usage_errors(self):
        for text, arguments in [("there is no command \"inges\"", ["inges"]),
                                ("unknown option --jsn", ["ingest", "--jsn", "x"]), ("FILE", ["ingest"]),
                                ("too many arguments", ["check", "x"]), ("--lang", ["ingest", "x", "--lang", "de"]),
                                ("--threads", ["ingest", "x", "--threads", "-1"]), ("--tag", ["ingest", "x", "--tag", "x"]),
                                ("a run id", ["ingest", "x", "--run-id", "a b"]),
                                ("the test name", ["ingest", "x", "--test-name", ""]),
                                ("there is no output \"nosuch\"", ["ingest", "x", "-o", "nosuch=y"]),
                                ("runs", ["runs"]), ("--format", ["report", "x", "--format", "pdf"])]:
            with self.subTest(arguments):
                self.fails(2, text, *arguments)
        self.assertFalse(self.store.exists(), "a usage error leaves no trace")

    def test_help_and_version_however_they_are_asked_for(self):
        everything = self.ok().out
        self.assertEqual(self.ok("--help").out, everything)
        self.assertEqual(self.ok("help").out, everything)
        self.assertEqual(self.ok("help", "runs", "list").out, self.ok("runs", "list", "--help").out)
        for arguments in (["version"], ["-v"]):
            self.assertEqual(self.ok(*arguments).out, self.ok("--version").out)
        self.assertIn("Usage: omniwriter ingest [OPTIONS] FILE...", self.ok("help", "ingest").out)

    def test_help_speaks_the_language_of_the_locale(self):
        for environment, word in (({"LANG": "pt_BR.UTF-8"}, "Uso:"), ({"LANG": "en_GB.UTF-8"}, "Usage:"),
                                  ({"LANG": "en_US.UTF-8", "LC_ALL": "pt_PT"}, "Uso:"),
                                  ({"LANG": "pt_BR", "LC_MESSAGES": "C"}, "Usage:"),
                                  ({"LANG": "pt_BR", "OMNIWRITER_LANG": "en"}, "Usage:")):
            self.assertTrue(self.ok("help", **environment).out.startswith(word), environment)
        self.assertTrue(self.ok("--lang", "en", "help", LANG="pt_BR").out.startswith("Usage:"))

    def test_errors_speak_the_language_of_the_locale(self):
        for arguments, portuguese in {
                ("inges",): 'erro: não existe o comando "inges"; você quis dizer ingest?',
                ("ingest", "x.jtl"): "erro: não foi possível abrir x.jtl: arquivo ou pasta não encontrado",
                ("ingest", "x.jtl", "-o", "nowhere=x"): "dica: conhecidos: ",
                ("ingest", "x.jtl", "-o", "influxdb=tcp://x"): "não é o endereço de um servidor: deve começar com http://",
                ("check", "--config", "bad.yaml"): 'configuração desconhecida: "linguage"; você quis dizer',
                ("report", "x"): 'erro: não há execução "x" guardada'}.items():
            with self.subTest(arguments):
                self.write("bad.yaml", "linguage: en\n")
                self.assertIn(portuguese, self.run_program(*arguments, LANG="pt_BR.UTF-8").err)

    def test_what_is_delivered_is_told_in_the_language_of_the_locale(self):
        self.write("small.jtl", SMALL)
        closed = "influxdb=http://127.0.0.1:1"
        result = self.run_program("ingest", "small.jtl", "-o", closed, LANG="pt_BR.UTF-8")
        self.assertEqual(result.code, 4)
        self.assertRegex(result.err, r"influxdb: .*o servidor não atende; novas tentativas por até .*; Ctrl-C encerra")
        self.assertRegex(result.err, r"erro: a entrega está incompleta: influxdb \(0 aceitas, 0 rejeitadas, \d+ pendentes: ")
        self.assertIn("dica: a execução está guardada, nada se perdeu; depois de corrigir: omniwriter deliver", result.err)
        self.assertIn("o servidor não atende", self.run_program("ledger", "latest", LANG="pt_BR.UTF-8").out)
        self.assertIn("o servidor não atende", self.ok("report", "latest", LANG="pt_BR.UTF-8").out)
        kept = self.run_program("ledger", "latest", "--json", LANG="pt_BR.UTF-8").json()
        self.assertNotIn("servidor", kept["outputs"][0]["problems"][0], "JSON is the same in every language")

    def test_without_a_locale_all_that_the_terminal_shows_is_english(self):
        self.write("small.jtl", SMALL)
        self.assertIn("No system is configured", self.ok("check").out)
        self.assertIn("SETTING", self.ok("config").out)
        self.assertIn(" samples ", self.ok("ingest", "small.jtl").out)
        self.assertIn("No output is configured.", self.ok("ledger", "small").out)
        self.assertIn("# Relatório de teste de carga", self.ok("report", "small").out, "as ever")

    def test_the_terminal_speaks_the_language_of_the_configuration(self):
        self.assertIn("No system is configured", self.ok("check", LANG="en_US.UTF-8").out)
        self.assertIn("Nenhum sistema configurado", self.ok("check", LANG="en_US.UTF-8", OMNIWRITER_LANG="pt-BR").out)
        self.write("omniwriter.yaml", "lang: pt-BR\n")
        self.assertIn("Nenhum sistema configurado", self.ok("plan", LANG="en_US.UTF-8").out)
        self.assertIn("erro: não há execução", self.run_program("report", "x", LANG="en_US.UTF-8").err)

    def test_what_was_mistyped_is_told(self):
        self.fails(2, "did you mean ingest?", "injest", "x")
        self.fails(2, "did you mean --no-outputs?", "ingest", "--no-output", "x")
        self.fails(2, "did you mean list?", "runs", "lsit")
        self.assertNotIn("did you mean", self.fails(2, "there is no command", "xyzzy").err)
        canary = "s3cr3t-value"
        self.assertNotIn(canary, self.fails(2, "unknown option --pasword", "check", f"--pasword={canary}").err)

    def test_options_as_they_are_typed(self):
        self.write("small.jtl", SMALL)
        for arguments in (["--json", "ingest", "small.jtl", "--test-name=a"], ["ingest", "--json", "--test-name", "a", "--", "small.jtl"],
                          ["ingest", "small.jtl", "--json", "--test-name", "a", "-otextfile=a.prom"]):
            self.assertEqual(self.ok(*arguments).json()["test_name"], "a")
        self.assertTrue((self.folder / "a.prom").exists())
        self.fails(2, "--test-name is given twice", "ingest", "x", "--test-name", "a", "--test-name", "b")
        self.fails(2, "--test-name needs a NAME", "ingest", "x", "--test-name")
        self.fails(2, "--json takes no value", "ingest", "x", "--json=1")

    def test_completion_and_manual_know_every_command(self):
        commands = re.findall(r"^  ([a-z]+) ", self.ok().out.split("Commands:")[1].split("\n\n")[0], re.MULTILINE)
        self.assertIn("ingest", commands)
        texts = [self.ok("completion", shell).out for shell in ("bash", "zsh", "fish")] + [self.ok("man").out]
        for text in texts:
            for command in commands:
                self.assertIn(command, text)
            self.assertIn("test-name", text.replace("\\", ""))
        script = texts[0] + """
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _omniwriter; echo "${COMPREPLY[@]}"; }
complete_words omniwriter inge
complete_words omniwriter runs li
complete_words omniwriter report latest --format h
complete_words omniwriter --json plan --lang p
"""
        done = subprocess.run(["bash"], input=script, capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), ["ingest", "list", "html", "pt-BR"], done.stderr)

    def test_formats_and_outputs_are_listed(self):
        formats = self.ok("formats", "--json").json()["formats"]
        self.assertIn({"format": "jmeter-csv", "tool": "jmeter", "samples": True, "description": "JMeter CSV results (JTL)"}, formats)
        self.assertIn("JMeter CSV results (JTL)", self.ok("formats").out)
        outputs = {each["output"]: each for each in self.ok("outputs", "--json").json()["outputs"]}
        self.assertEqual(outputs["influxdb"]["target"], "URL")
        for name in outputs:
            self.assertIn(name, self.ok("outputs").out)

    def test_an_unknown_output_lists_the_known_ones(self):
        error = self.fails(2, "known ones: ", "ingest", "x", "-o", "nosuch=y").err
        for name in ("influxdb", "elasticsearch", "pushgateway", "textfile"):
            self.assertIn(name, error)

    def test_configuration_errors(self):
        self.write("config.json", '{\n  "monitoring_config": {\n    "influxdb_ur": "http://h"\n  }\n}\n')
        error = self.fails(2, 'unknown setting "influxdb_ur"', "check").err
        self.assertIn("config.json:3:", error)
        self.assertIn('did you mean "influxdb_url"?', error)
        self.fails(2, "cannot be opened", "check", "--config", "absent.json")
        self.fails(2, "environment variable GRAFANA_URL", "check", "--config", "/dev/null", GRAFANA_URL="grafana")

    def test_a_file_that_was_found_gets_no_secret_of_the_environment(self):
        """As where a pull request brings a config.json, and CI has the tokens."""
        self.write("small.jtl", SMALL)
        away = "http://127.0.0.1:1"
        cases = (({"monitoring_config": {"influxdb_url": away}}, "INFLUXDB_TOKEN"),
                 ({"monitoring_config": {"influxdb_url": away}}, "INFLUXDB_PASSWORD"),
                 ({"monitoring_config": {"elasticsearch_url": away}}, "ELASTICSEARCH_API_KEY"),
                 ({"monitoring_config": {"grafana_url": away}}, "GRAFANA_API_KEY"),
                 ({"monitoring_config": {"grafana_url": away}}, "INFLUXDB_TOKEN"),
                 ({"outputs": {"influxdb": away}}, "INFLUXDB_TOKEN"),
                 ({"outputs": {"remote_write": away}}, "OMNIWRITER_REMOTE_WRITE_TOKEN"),
                 ({"outputs": {"otlp": away}}, "OMNIWRITER_OTLP_PASSWORD"),
                 ({"outputs": {"loki": away}}, "OMNIWRITER_LOKI_TOKEN"),
                 ({"outputs": {"kafka": "127.0.0.1:1/t"}}, "OMNIWRITER_KAFKA_PASSWORD"))
        for settings, secret in cases:
            for file in ("config.json", "tests/load/integration/config.json", "omniwriter.yaml"):
                with self.subTest(secret, file=file, settings=settings):
                    self.write(file, json.dumps(settings))
                    error = self.fails(2, "--config " + file, "ingest", "small.jtl", **{secret: CANARY}).err
                    self.assertIn(secret, error)
                    self.assertNotIn(CANARY, error)
                    self.write("secret", CANARY)
                    self.fails(2, secret + "_FILE", "ingest", "small.jtl", **{secret + "_FILE": "secret"})
                    self.ok("runs", "list", "--config", file, **{secret: CANARY})
                    self.ok("runs", "list")
                    os.remove(self.folder / file)
        # The address of the environment counts, and so does that a system is switched off.
        self.write("config.json", json.dumps({"monitoring_config": {"influxdb_url": away, "influxdb_token": "its own"}}))
        self.ok("runs", "list", INFLUXDB_TOKEN=CANARY, INFLUXDB_URL="http://127.0.0.1:2")
        self.ok("runs", "list", INFLUXDB_TOKEN=CANARY, INFLUXDB_URL="")
        self.ok("runs", "list", ELASTICSEARCH_PASSWORD=CANARY)
        self.assertFalse(list(self.folder.rglob("*.db.spool")), "nothing was sent")

    def test_a_file_that_was_found_sends_no_content_of_other_files(self):
        """A pull request could name any file of who runs it as the one that holds a secret."""
        away = "http://127.0.0.1:1"
        self.write("key", CANARY)
        for settings in ({"monitoring_config": {"influxdb_url": away, "influxdb_token_file": "key"}},
                         {"monitoring_config": {"grafana_url": away, "elasticsearch_password_file": "key"}},
                         {"outputs": {"grafana": away}, "monitoring_config": {"grafana_api_key_file": "key"}},
                         {"outputs": {"loki": away}, "loki": {"token_file": "key"}}):
            with self.subTest(settings):
                self.write("config.json", json.dumps(settings))
                error = self.fails(2, "--config config.json", "runs", "list").err
                self.assertIn("_file would be sent to", error)
                self.assertNotIn(CANARY, error)
                self.ok("runs", "list", "--config", "config.json")
        self.write("config.json", json.dumps({"monitoring_config": {"influxdb_token_file": "key"}}))
        self.ok("runs", "list", INFLUXDB_URL=away)

    def test_a_configuration_of_somebody_else_is_no_hindrance(self):
        self.write("config.json", '{"database": {"host": "db"}, "debug": true}')
        self.write("omniwriter.yaml", "lang: en\n")
        result = self.ok("check", "--verbose")
        self.assertIn("No system is configured", result.out)
        self.assertIn("config.json: not one setting in it is ours", result.err)
        self.assertIn("configuration: omniwriter.yaml", result.err)
        self.fails(2, 'unknown setting "database"', "check", "--config", "config.json")
        for slip in ("monitoring_confg", "grafana_url"):  # mistyped, misplaced: ours all the same
            self.write("config.json", json.dumps({slip: {}}))
            self.fails(2, f'unknown setting "{slip}"', "check")
        self.write("config.json", '{"database": {"host": "db"}, "monitoring_config": {}}')
        self.fails(2, 'unknown setting "database"', "check")

    def test_a_bracket_that_is_missing_is_told(self):
        self.write("config.json", '{\n  "monitoring_config": {\n    "influxdb_url": "http://h"\n')
        self.assertRegex(self.fails(2, "a } or a comma is missing", "check").err, r"config\.json:\d+: ")

    def test_config_shows_what_is_in_effect_and_where_it_comes_from(self):
        self.write("omniwriter.yaml", "monitoring_config:\n  influxdb_url: http://h:8086\n  influxdb_password: s3cr3t-a\n"
                   "labels: {team: checkout}\n")
        environment = {"GRAFANA_URL": "http://g", "GRAFANA_API_KEY": "s3cr3t-b"}
        shown = self.ok("config", "--json", "--lang", "en", **environment).json()
        self.assertEqual((shown["file"], shown["ignored"]), ("omniwriter.yaml", []))
        settings = {each["setting"]: (each["value"], each["from"]) for each in shown["settings"]}
        self.assertEqual(settings["monitoring_config.influxdb_url"], ("http://h:8086", "omniwriter.yaml"))
        self.assertEqual(settings["monitoring_config.influxdb_password"], ("***", "omniwriter.yaml"))
        self.assertEqual(settings["monitoring_config.grafana_url"], ("http://g", "GRAFANA_URL"))
        self.assertEqual(settings["monitoring_config.influxdb_database"][1], "default")
        self.assertEqual(settings["labels.team"], ("checkout", "omniwriter.yaml"))
        self.assertEqual(settings["lang"], ("en", "--lang"))
        text = self.ok("config", **environment).out
        self.assertIn("http://h:8086", text)
        self.assertNotIn("s3cr3t", text + json.dumps(shown))

    def test_an_unknown_file_is_described_on_one_short_line(self):
        for content, told in (("", "an empty file"), ('{"users": [{"name": 1}], "total": 3}', "a JSON object with the keys users, total"),
                              ("city;mayor\nBonn;x\n", "a table with the columns city, mayor"),
                              ("<!DOCTYPE html><html>", "an HTML page"), ("\x01\x02", "binary data")):
            self.write("unknown", content)
            error = self.fails(3, told, "ingest", "unknown").err
            self.assertIn("omniwriter formats", error)
            self.assertLess(len(error), 300)

    def test_a_file_that_is_almost_a_known_one_leads_there(self):
        self.write("almost", "Type,Name,Request Count\nGET,/,3\n")
        error = self.fails(3, "a table with the columns Type, Name, Request Count", "ingest", "almost").err
        self.assertIn("hint: nearest formats: locust-csv", error)

    def test_the_seeds_file_that_lies_around_costs_no_time(self):
        """Its addresses are those of a whole installation on this machine, where most people have none."""
        self.write("small.jtl", SMALL)
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        self.write("config.json", json.dumps({"monitoring_config": {
            "grafana_url": address, "prometheus_url": address, "prometheus_pushgateway": address,
            "elasticsearch_url": address, "influxdb_url": address}}))
        for language, told in (("en", f"config.json, found here, names the outputs "), ("pt-BR", "indica os destinos ")):
            begun = time.monotonic()
            done = self.run_program("ingest", "small.jtl", "--lang", language)
            self.assertLess(time.monotonic() - begun, 2)
            self.assertEqual(done.code, 4, done.err)
            self.assertIn(told, done.err)
            for output in ("pushgateway", "elasticsearch", "influxdb"):
                self.assertIn(f"{output} ({address})", done.err)
            self.assertIn("--no-outputs", done.err)
        self.assertEqual(self.ok("ingest", "small.jtl", "--no-outputs").err, "")
        # Who names an address means it.
        begun = time.monotonic()
        named = self.run_program("ingest", "small.jtl", "--config", "config.json")
        self.assertEqual(named.code, 4)
        self.assertNotIn("found here", named.err)
        self.assertGreater(time.monotonic() - begun, 3)
        self.write("config.json", json.dumps({"monitoring_config": {"influxdb_url": address},
                                              "delivery": {"give_up_connecting_after_seconds": 2.5}}))
        begun = time.monotonic()
        self.assertEqual(self.run_program("ingest", "small.jtl").code, 4)
        self.assertGreater(time.monotonic() - begun, 2)
        self.assertNotIn("found here", self.run_program("ingest", "small.jtl", INFLUXDB_URL=address).err)

    def test_the_first_configuration_file_there_is(self):
        def language():
            return self.ok("report", "small").out

        self.write("small.jtl", SMALL)
        self.ok("ingest", "small.jtl")
        portuguese = language()
        self.write("omniwriter.yaml", "lang: en\n")
        english = language()
        self.assertNotEqual(portuguese, english)
        self.write("tests/load/integration/config.json", '{"lang": "pt-BR"}')
        self.assertEqual(language(), portuguese)
        self.write("config.json", '{"lang": "en"}')
        self.assertEqual(language(), english)
        self.write("mine.json", '{"lang": "pt-BR"}')
        self.assertEqual(self.ok("report", "small", "--config", "mine.json").out, portuguese)
        # flag > environment > file
        self.assertEqual(self.ok("report", "small", OMNIWRITER_LANG="pt-BR").out, portuguese)
        self.assertEqual(self.ok("report", "small", "--lang", "en", OMNIWRITER_LANG="pt-BR").out, english)

    def test_the_place_of_the_store(self):
        self.write("small.jtl", SMALL)
        self.ok("ingest", "small.jtl")
        self.assertTrue(self.store.exists())
        self.ok("ingest", "small.jtl", OMNIWRITER_STORE=str(self.folder / "env.db"))
        self.assertTrue((self.folder / "env.db").exists())
        self.ok("--store", "before.db", "ingest", "small.jtl", OMNIWRITER_STORE=str(self.folder / "unused.db"))
        self.assertTrue((self.folder / "before.db").exists())
        self.assertFalse((self.folder / "unused.db").exists())
        del self.environment["XDG_DATA_HOME"]
        self.ok("ingest", "small.jtl")
        self.assertTrue((self.folder / ".local/share/omniwriter/omniwriter.db").exists())
        del self.environment["HOME"]
        self.fails(2, "--store FILE", "ingest", "small.jtl")

    def test_a_reader_that_goes_away_is_no_error(self):
        self.write("small.jtl", SMALL)
        reading, writing = os.pipe()
        os.close(reading)
        with subprocess.Popen([PROGRAM, "ingest", "small.jtl", "--json"], cwd=self.folder, env=self.environment,
                              stdout=writing, stderr=subprocess.PIPE) as process:
            os.close(writing)
            self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.returncode, 0)

    def test_a_full_disk_is_an_error(self):
        self.write("small.jtl", SMALL)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "ingest", "small.jtl", "--json"], cwd=self.folder, env=self.environment,
                                  stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output cannot be written", done.stderr)


class Ingest(CliTest):
    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)

    def test_the_json_object(self):
        result = self.ok("ingest", "small.jtl", "--json", "--tag", "branch=main")
        self.assertEqual(result.err, "")
        run = result.json()
        self.assertRegex(run["run_id"], RUN_ID)
        self.assertEqual(run["test_name"], "small")
        self.assertEqual(run["tool"], "jmeter")
        self.assertEqual(run["samples"], 20)
        self.assertEqual(run["errors"], 1)
        self.assertAlmostEqual(run["error_ratio"], 0.05)
        self.assertTrue(run["started"].startswith("2026-11-23T15:29:36.59"))
        self.assertAlmostEqual(run["duration_seconds"], 1.9 + 0.029)
        self.assertAlmostEqual(run["throughput_rps"], 20 / 1.929)
        self.assertEqual(run["bytes_received"], 20000)
        self.assertEqual(run["bytes_sent"], 2000)
        self.assertEqual(run["active_users_max"], 2)
        self.assertEqual(run["bad_records"], 0)
        self.assertEqual(run["outputs"], [])
        times = run["response_time_seconds"]
        self.assertAlmostEqual(times["mean"], 0.0195)
        self.assertAlmostEqual(times["min"], 0.010)
        self.assertAlmostEqual(times["max"], 0.029)
        for name, exact in (("p50", 0.019), ("p90", 0.027), ("p95", 0.028), ("p99", 0.029), ("p99_9", 0.029)):
            self.assertAlmostEqual(times[name], exact, delta=exact * times["relative_error"])
        self.assertEqual({e["endpoint"]: e["samples"] for e in run["endpoints"]}, {"/cart": 5, "/home": 15})
        self.assertEqual(run["errors_by_type"], [{"error_type": "http_500", "count": 1}])
        self.assertEqual(self.ok("runs", "show", "latest", "--json").json(), run)
        self.assertEqual(self.ok("report", run["run_id"], "--format", "json").json(), run)
        self.assertEqual(self.ok("report", run["run_id"], "--json").json(), run)

    def test_the_same_results_are_one_run(self):
        first = self.ok("ingest", "small.jtl", "--json").json()
        self.write("elsewhere/small.csv.gz", gzip.compress(SMALL.encode()))
        for arguments in (["small.jtl"], ["elsewhere/small.csv.gz"], ["--threads", "1", "small.jtl"]):
            self.assertEqual(self.ok("ingest", *arguments, "--json").json()["run_id"], first["run_id"])
        self.assertEqual(len(self.ok("runs", "list", "--json").json()["runs"]), 1)
        # Another name, another start, another id: another run.
        self.ok("ingest", "small.jtl", "--test-name", "other")
        self.ok("ingest", "small.jtl", "--run-id", "build-42")
        self.write("small.jtl", SMALL.replace("1795447776590,", "1795447776591,"))
        self.ok("ingest", "small.jtl")
        self.assertEqual(len(self.ok("runs", "list", "--json").json()["runs"]), 4)

    def test_a_file_that_has_grown_is_the_same_run(self):
        lines = SMALL.splitlines(keepends=True)
        self.write("small.jtl", "".join(lines[:8]))
        first = self.ok("ingest", "small.jtl", "--json").json()
        self.write("small.jtl", SMALL)
        second = self.ok("ingest", "small.jtl", "--json").json()
        self.assertEqual((first["samples"], second["samples"]), (7, 20))
        self.assertEqual(first["run_id"], second["run_id"])
        self.assertEqual(len(self.ok("runs", "list", "--json").json()["runs"]), 1)

    def test_several_files_are_one_run(self):
        lines = SMALL.splitlines(keepends=True)
        self.write("a.jtl", "".join(lines[:11]))
        self.write("b.jtl", HEADER + "".join(lines[11:]))
        merged = self.ok("ingest", "a.jtl", "b.jtl", "--test-name", "small", "--json").json()
        whole = self.ok("ingest", "small.jtl", "--json").json()
        self.assertEqual(merged.pop("files"), ["a.jtl", "b.jtl"])
        self.assertEqual(whole.pop("files"), ["small.jtl"])
        self.assertEqual([(source["source"], source["samples"]) for source in merged.pop("sources")],
                         [("a.jtl", 10), ("b.jtl", 10)])
        self.assertEqual([source["samples"] for source in whole.pop("sources")], [20])
        self.assertEqual(merged, whole)
        self.assertEqual(self.ok("ingest", "b.jtl", "a.jtl", "--json").json()["test_name"], "b")
        self.assertEqual(self.ok("ingest", "b.jtl", "a.jtl", "--test-name", "small", "--json").json()["run_id"],
                         whole["run_id"])

    def test_local_times_are_read_in_the_zone_given(self):
        dates = self.write("dates.jtl", "timeStamp,elapsed,label,success\n2026/11/23 15:29:36.590,10,/home,true\n")
        utc = self.ok("ingest", "--json", dates).json()
        self.assertEqual(utc["started"], "2026-11-23T15:29:36.590Z")
        saopaulo = self.ok("ingest", "--json", "--timezone", "America/Sao_Paulo", dates).json()
        self.assertEqual(saopaulo["started"], "2026-11-23T18:29:36.590Z")
        for zone in ("Moon/Crater", "../../etc/passwd", "/etc/passwd"):
            self.fails(2, "unknown time zone", "ingest", "--timezone", zone, dates)

    def test_stdin(self):
        run = self.ok("ingest", "-", "--json", stdin=SMALL.encode()).json()
        self.assertEqual((run["test_name"], run["samples"]), ("stdin", 20))

    def test_the_same_file_twice_in_one_run_is_refused(self):
        os.link(self.folder / "small.jtl", self.folder / "link.jtl")
        self.fails(2, "given twice", "ingest", "small.jtl", "link.jtl")
        self.fails(2, "given twice", "ingest", "-", "-")

    def test_summaries_and_quiet(self):
        run_id = self.ok("ingest", "small.jtl", "--json").json()["run_id"]
        english = self.ok("ingest", "small.jtl", "--lang", "en").out
        self.assertIn("/cart", english)
        self.assertNotIn("\x1b", english)
        self.assertNotEqual(english, self.ok("ingest", "small.jtl", "--lang", "pt-BR").out)
        quiet = self.ok("ingest", "small.jtl", "--quiet")
        self.assertEqual((quiet.out, quiet.err), ("", ""))
        self.assertEqual(self.ok("ingest", "small.jtl", "--quiet", "--json").json()["run_id"], run_id)
        self.assertIn("jmeter-csv", self.ok("ingest", "small.jtl", "--verbose").err)

    def test_input_that_cannot_be_read(self):
        self.fails(3, "absent.jtl", "ingest", "absent.jtl")
        self.fails(3, "page.html", "ingest", self.write("page.html", "<!DOCTYPE html><html></html>"))
        self.assertIn("omniwriter formats", self.fails(3, "HTML", "ingest", "page.html").err)
        self.fails(3, "empty.jtl", "ingest", self.write("empty.jtl", ""))
        self.fails(3, "absent.jtl", "ingest", "small.jtl", "absent.jtl")
        self.assertEqual(self.ok("runs", "list", "--json").json(), {"runs": []}, "no part of a run is kept")

    def test_no_valid_sample_tells_why(self):
        self.fails(3, "no valid sample in header.jtl", "ingest", self.write("header.jtl", HEADER))
        self.write("bad.jtl", HEADER + "x,1,/a,200,true,1,1,1,1\n" * 5)
        error = self.fails(3, "5 bad records", "ingest", "bad.jtl").err
        self.assertIn("bad.jtl:2: ", error)

    TRANSACTION = ("1795447776590,100,TX,\"Number of samples in transaction : 2, number of failing samples : 1\",T 1-1,"
                   "false\n")

    def test_transactions_are_shown_apart_and_what_lies_within_them_counts(self):
        header = "timeStamp,elapsed,label,responseMessage,threadName,success\n"
        requests = "1795447776590,40,/home,OK,T 1-1,true\n1795447776640,50,/pay,OK,T 1-1,false\n"
        for rows in (self.TRANSACTION + requests, requests + self.TRANSACTION):
            self.write("parents.jtl", header + rows)
            for report in (self.ok("ingest", "--json", "parents.jtl"),
                           self.ok("ingest", "--json", "-", stdin=(header + rows).encode())):
                self.assertNotIn("note", report.err.lower())
                run = report.json()
                self.assertEqual((run["samples"], run["errors"]), (2, 1))
                self.assertEqual(sorted(entry["endpoint"] for entry in run["endpoints"]), ["/home", "/pay"])
                [transaction] = run["transactions"]
                self.assertEqual((transaction["transaction"], transaction["samples"], transaction["errors"]), ("TX", 1, 1))
                self.assertAlmostEqual(transaction["throughput_rps"], 10, places=6)
                for name in ("mean", "p50", "p90", "p95", "p99", "max"):
                    self.assertEqual(transaction["response_time_seconds"][name], 0.1)
        self.assertRegex(self.ok("ingest", "parents.jtl", "--lang", "en").out, r"\n Transaction .*\n[^\n]*\n TX ")
        self.assertIn("## Transações", self.ok("report", "latest", "--format", "md").out)

    def test_transactions_without_their_requests_are_told(self):
        header = "timeStamp,elapsed,label,responseMessage,threadName,success\n"
        alone = self.ok("ingest", "--json", self.write("alone.jtl", header + self.TRANSACTION))
        self.assertEqual((alone.json()["samples"], alone.json()["errors"], alone.json()["transactions"]), (1, 1, []))
        self.assertIn("transactions alone", alone.err)
        one_more = self.ok("ingest", "--json", "-", stdin=(header + self.TRANSACTION +
                                                          "1795447779590,5,/x,OK,T 1-1,true\n").encode())
        self.assertEqual((one_more.json()["samples"], len(one_more.json()["transactions"])), (1, 1))
        self.assertIn("tell of 2 requests within them, but it holds 1", one_more.err)
        # It takes reading twice.
        piped = self.fails(3, "1 transaction and no request", "ingest", "-", stdin=(header + self.TRANSACTION).encode())
        self.assertIn("omniwriter ingest FILE", piped.err)

    def test_users_of_several_generators_are_added(self):
        def generator(name, start):
            return HEADER.replace("label", "label,threadName") + "".join(
                f"{start + 1000 * i},40,/home,{name}-Thread Group 1-{i % 20},200,true,1,1,20,20\n" for i in range(30))
        names = [self.write(f"{i}.jtl", generator(f"10.0.0.1{i}", 1795447776590)) for i in range(3)]
        self.assertEqual(self.ok("ingest", "--json", *names).json()["active_users_max"], 60)
        unnamed = [self.write(f"u{i}.jtl", SMALL) for i in range(2)]
        self.assertEqual(self.ok("ingest", "--json", *unnamed).json()["active_users_max"], 4)
        # One that goes on where another was left off is the same.
        rotated = self.write("rotated.jtl", SMALL.replace("179544777", "179544778"))
        self.assertEqual(self.ok("ingest", "--json", unnamed[0], rotated).json()["active_users_max"], 2)

    def test_the_generators_of_a_run_are_told_and_one_that_ended_early(self):
        def rows(name, seconds):
            return [f"{1795447776590 + 1000 * i},40,/home,{name}-Thread Group 1-1,200,true,1,1,20,20\n"
                    for i in range(seconds)]
        header = HEADER.replace("label", "label,threadName")
        files = [self.write(f"{i}.jtl", header + "".join(rows(f"10.0.0.1{i}", seconds)))
                 for i, seconds in enumerate((100, 100, 60))]
        run = self.ok("ingest", "--json", *files).json()
        self.assertEqual([(source["source"], source["samples"], source["active_users_max"], source["ended_early_seconds"])
                          for source in run["sources"]],
                         [("10.0.0.10", 100, 20, 0), ("10.0.0.11", 100, 20, 0), ("10.0.0.12", 60, 20, 40)])
        self.assertEqual(run["sources"][2]["ended"], "2026-11-23T15:30:35.630Z")
        self.assertEqual(self.ok("runs", "show", "latest", "--json").json()["sources"], run["sources"])
        self.assertIn("10.0.0.12: ended 40.0 s early", self.ok("runs", "show", "latest", "--lang", "en").out)
        self.assertIn("10.0.0.12: terminou 40,0 s antes (1 de 3)",
                      self.ok("report", "latest", "--lang", "pt-BR", "--format", "md").out)
        # In one file, whose samples are whose is not known.
        merged = self.write("merged.jtl", header + "".join(sorted(rows("a", 100) + rows("b", 60))))
        sources = self.ok("ingest", "--json", merged).json()["sources"]
        self.assertEqual([(source["source"], source["samples"], source["ended_early_seconds"]) for source in sources],
                         [("a", None, 0), ("b", None, 40)])
        xml = self.write("hosts.xml", '<?xml version="1.0"?>\n<testResults version="1.2">\n' + "".join(
            f'<httpSample t="40" ts="{1795447776590 + i}" s="true" lb="/a" rc="200" hn="host-{i % 2}" na="20"/>\n'
            for i in range(4)) + "</testResults>\n")
        self.assertEqual([source["source"] for source in self.ok("ingest", "--json", xml).json()["sources"]],
                         ["host-0", "host-1"])
        points = "".join(f'{{"metric":"{metric}","type":"Point","data":{{"time":"2026-11-23T15:29:36Z","value":10,'
                         '"tags":{"instance_id":"runner-7","name":"/a","status":"200"}}}\n'
                         for metric in ("vus", "http_req_duration"))
        self.assertEqual([(source["source"], source["samples"]) for source in
                          self.ok("ingest", "--json", self.write("k6.json", points)).json()["sources"]],
                         [("runner-7", 1)])
        # One that goes on where another ended is missed by nobody.
        parts = [self.write("first.jtl", HEADER + "".join(SMALL.splitlines(keepends=True)[1:])),
                 self.write("second.jtl", SMALL.replace("179544777", "179544779"))]
        sources = self.ok("ingest", "--json", *parts).json()["sources"]
        self.assertEqual([source["ended_early_seconds"] for source in sources], [0, 0])

    def test_a_run_id_is_of_one_test(self):
        self.ok("ingest", "small.jtl", "--run-id", "build-7")
        self.write("other.jtl", SMALL.replace("17954477", "17954488"))
        kept = self.ok("runs", "list", "--json").json()
        error = self.fails(2, "omniwriter runs rm build-7", "ingest", "other.jtl", "--run-id", "build-7")
        self.assertIn("test small, started 2026-11-23T15:29:36.590Z", error.err)
        self.assertEqual(self.ok("runs", "list", "--json").json(), kept)
        self.ok("ingest", "small.jtl", "--run-id", "build-7")
        self.ok("runs", "rm", "build-7")
        self.ok("ingest", "other.jtl", "--run-id", "build-7")

    def test_a_run_that_was_changed_in_the_store_is_told_and_listed(self):
        self.ok("ingest", "small.jtl")
        with sqlite3.connect(self.store) as store:
            store.execute("UPDATE runs SET bad_records = 7")
        store.close()
        self.fails(1, "damaged", "runs", "show", "latest")
        self.assertEqual(len(self.ok("runs", "list", "--json").json()["runs"]), 1)

    def test_times_and_numbers_that_do_not_tell_their_form(self):
        dates = HEADER + "".join(f"04/03/26 13:59:5{i},10,/a,200,true,1,1,1,1\n" for i in range(5))
        self.write("dates.jtl", dates)
        guessed = self.ok("ingest", "--json", "dates.jtl")
        self.assertEqual(guessed.json()["started"], "2026-04-03T13:59:50.000Z")
        self.assertIn("--time-format \"dd/MM/yy HH:mm:ss\"", guessed.err)
        told = self.ok("ingest", "--json", "dates.jtl", "--time-format", "dd/MM/yy HH:mm:ss")
        self.assertEqual((told.json()["started"], told.err), ("2026-03-04T13:59:50.000Z", ""))
        self.fails(2, "--time-format", "ingest", "dates.jtl", "--time-format", "day and month")
        self.write("numbers.csv", "timestamp;duration_ms;endpoint\n1795447776;1.234;/a\n1795447777;12;/a\n")
        doubtful = self.ok("ingest", "--json", "numbers.csv").json()
        self.assertEqual(doubtful["bad_records"], 1)
        self.assertIn("--decimal", doubtful["bad_record_reports"][0]["reason"])
        self.assertEqual(self.ok("ingest", "--json", "numbers.csv", "--decimal", "comma").json()
                         ["response_time_seconds"]["max"], 1.234)

    def test_columns_of_other_names_are_answered_with_the_map_that_reads_them(self):
        self.write("other.csv", "Time,Response Time,URL,Status Code\n1795447776,120,/a,200\n1795447777,130,/b,500\n")
        error = self.fails(3, "--map", "ingest", "other.csv").err
        [told] = re.findall(r'--map "([^"]*)"', error)
        run = self.ok("ingest", "--json", "other.csv", "--map", told).json()
        self.assertEqual((run["samples"], run["errors"], run["response_time_seconds"]["max"]), (2, 1, 0.13))

    def test_a_table_of_any_tool(self):
        self.write("other.csv", "ts;took;url\n1795447776;1.5;/a\n1795447777;2.5;/b\n")
        self.fails(3, "other.csv", "ingest", "other.csv")
        told = ("--map", "start=ts,duration:s=took,endpoint=url", "--tool", "mine")
        run = self.ok("ingest", "other.csv", "--json", *told).json()
        self.assertEqual((run["samples"], run["tool"], run["response_time_seconds"]["max"]), (2, "mine", 2.5))
        self.fails(2, "duration:ms=took", "ingest", "other.csv", "--map", "start=ts,duration=took")
        self.fails(3, "no column \"when\"", "ingest", "other.csv", "--map", "start=when,duration:s=took")
        self.fails(2, "--tool", "ingest", "other.csv", *told[:2], "--tool", "a\nb")

    def test_a_log_format_that_is_told(self):
        self.write("access.txt", "200|0.250|1795447776.840|GET /a?b=1 HTTP/1.1\n")
        run = self.ok("ingest", "access.txt", "--json", "--log-format", "$status|$request_time|$msec|$request").json()
        self.assertEqual((run["started"], run["endpoints"][0]["endpoint"]), ("2026-11-23T15:29:36.590Z", "GET /a"))
        self.fails(2, "--log-format", "ingest", "access.txt", "--log-format", "$status")

    def test_a_folder(self):
        self.write("results/a.jtl", SMALL)
        self.write("results/b.jtl", SMALL.replace("/home", "/b").replace("179544777", "179544778"))
        self.write("results/page.html", "<!DOCTYPE html><html></html>")
        result = self.ok("ingest", "--json", "results/")
        run = result.json()
        self.assertEqual((run["samples"], run["test_name"], run["files"]), (40, "results", ["results/a.jtl", "results/b.jtl"]))
        self.assertIn("left aside: results/page.html (an HTML page)", result.err)
        self.fails(2, "given twice", "--quiet", "ingest", "results", "results/a.jtl")
        self.write("results/c.csv", "timestamp,duration_ms,endpoint\n1795447776590,1,/a\n")
        self.fails(2, "several formats", "ingest", "results")
        self.write("empty/page.html", "<!DOCTYPE html><html></html>")
        self.fails(3, "no result file", "ingest", "empty")

    def test_files_that_do_not_belong_together(self):
        self.write("b.jtl", SMALL.replace("17954477", "17954585").replace("7765", "7760"))  # three hours later
        self.assertIn("as if time zones differed", self.ok("ingest", "small.jtl", "b.jtl").err)
        self.write("copy.jtl", SMALL)
        self.assertIn("the same results twice", self.ok("ingest", "small.jtl", "copy.jtl").err)
        self.assertNotIn("twice", self.ok("ingest", "small.jtl").err)

    def test_start_time(self):
        self.fails(2, "--start-time", "ingest", "small.jtl", "--start-time", "yesterday")

    def test_bad_records_are_counted(self):
        self.write("mixed.jtl", SMALL + "x,1,/a,200,true,1,1,1,1\n")
        run = self.ok("ingest", "mixed.jtl", "--json").json()
        self.assertEqual((run["samples"], run["bad_records"]), (20, 1))

    def test_values_that_cannot_be_read_are_told(self):
        self.write("junk.jtl", SMALL + "1795447779590,1,/a,200,true,abc,1,1,1\n" * 2)
        run = self.ok("ingest", "junk.jtl", "--json").json()
        self.assertEqual((run["samples"], run["bad_records"], run["bytes_received"]), (22, 0, 20000))
        self.assertEqual(run["remarks"], [{"kind": "unreadable_value", "count": 2, "file": "junk.jtl", "line": 22,
                                           "example": 'bytes is "abc"'}])
        told = '2 (junk.jtl:22: bytes is "abc")'
        self.assertIn("Values that cannot be read, and add nothing to totals: " + told,
                      self.ok("report", "latest", "--lang", "en").out.replace("\\", ""))
        self.assertIn("Valores ilegíveis, que nada somam aos totais: " + told,
                      self.ok("report", "latest", "--lang", "pt-BR").out.replace("\\", ""))

    def test_killed_while_reading_leaves_no_run(self):
        self.ok("runs", "list")
        with subprocess.Popen([PROGRAM, "ingest", "-"], cwd=self.folder, env=self.environment, stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL) as process:
            process.stdin.write(SMALL.encode())
            process.stdin.flush()
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(self.ok("runs", "list", "--json").json(), {"runs": []})

    def test_names_that_are_not_text(self):
        name = b"bad\xff\n.jtl"
        with open(os.path.join(os.fsencode(self.folder), name), "wb") as file:
            file.write(SMALL.encode())
        done = subprocess.run([PROGRAM, "ingest", name, "--json"], cwd=self.folder, env=self.environment,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["test_name"], "bad?")


class Outputs(CliTest):
    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)

    def test_a_text_file(self):
        run = self.ok("ingest", "small.jtl", "-o", "textfile=out.prom", "--json").json()
        self.assertEqual(ledger(run), [("textfile", 20, 0, 0)])
        self.assertIn("load_test_requests_total{", (self.folder / "out.prom").read_text())
        self.assertEqual(self.ok("runs", "show", "latest", "--json").json()["outputs"], run["outputs"])
        (self.folder / "out.prom").unlink()
        self.ok("ingest", "small.jtl", "-o", "textfile=out.prom", "--no-outputs")
        self.assertFalse((self.folder / "out.prom").exists())

    def test_outputs_of_the_configuration(self):
        self.write("config.json", '{"outputs": {"textfile": "file.prom"}}')
        self.ok("ingest", "small.jtl")
        self.assertTrue((self.folder / "file.prom").exists())
        self.write("config.json", '{"outputs": {"nosuch": "x"}}')
        self.fails(2, 'there is no output "nosuch"', "ingest", "small.jtl")

    def test_incomplete_delivery(self):
        self.write("config.json", '{"delivery": {"give_up_after_seconds": 0.2}}')
        gone = f"http://127.0.0.1:{unused_port()}"
        result = self.run_program("ingest", "small.jtl", "--json", INFLUXDB_URL=gone)
        self.assertEqual(result.code, 4, result.err)
        self.assertIn("delivery is incomplete: influxdb", result.err)
        self.assertIn("omniwriter deliver ", result.err)
        self.assertEqual(ledger(result.json()), [("influxdb", 0, 0, 20)])
        self.assertEqual(self.ok("runs", "show", "latest", "--json").json()["outputs"], result.json()["outputs"])


SEEDS = pathlib.Path(__file__).parents[2] / "fuzz" / "seeds"


class Summaries(CliTest):
    """What tools say at the end of a run."""

    def seed(self, name):
        return (SEEDS / name).read_text()

    def test_several_in_one_file_are_several_runs(self):
        self.write("both.txt", self.seed("hey_text/drop.summary.txt") + self.seed("hey_text/summary.txt"))
        self.fails(2, "holds 2 summaries (hey text), and each is a run of its own: --part N, from 1 to 2", "ingest", "both.txt")
        samples = [self.ok("ingest", "both.txt", "--part", part, "--json").json()["samples"] for part in "12"]
        self.assertEqual(samples, [2000, 3000])
        self.assertEqual(len(self.ok("runs", "list", "--json").json()["runs"]), 2)
        self.fails(2, "there is no part 3", "ingest", "both.txt", "--part", "3")
        self.write("tools.txt", self.seed("hey_text/summary.txt") + self.seed("wrk/summary.txt"))
        self.fails(2, "holds 2 summaries (hey text, wrk and wrk2 text)", "ingest", "tools.txt")
        self.assertEqual(self.ok("ingest", "tools.txt", "--part", "2", "--json").json()["tool"], "wrk")
        self.write("small.jtl", SMALL)
        self.fails(2, "--part has no meaning", "ingest", "small.jtl", "--part", "1")

    def test_without_a_date_a_run_ended_when_its_file_was_written(self):
        self.write("hey.txt", self.seed("hey_text/summary.txt"))
        os.utime(self.folder / "hey.txt", (1_790_000_000, 1_790_000_000))
        result = self.ok("ingest", "hey.txt", "--json")
        self.assertEqual(result.json()["ended"], "2026-09-21T14:13:20.000Z")
        self.assertIn("it has no dates, so the run is taken to have ended when the file was last written", result.err)
        told = self.ok("ingest", "hey.txt", "--json", "--start-time", "2026-01-01T00:00:00Z")
        self.assertEqual((told.json()["started"], told.err), ("2026-01-01T00:00:00.000Z", ""))

    def test_from_stdin_it_ended_just_now(self):
        for name in ("hey_text/summary.txt", "hey/default.csv", "wrk/summary.txt"):
            with self.subTest(name):
                run = self.ok("ingest", "-", "--json", stdin=(SEEDS / name).read_bytes()).json()
                self.assertGreater(run["started"], "2020")

    def test_what_nobody_answered_took_no_time(self):
        for name in ("hey_text/refused.txt", "wrk/refused.txt"):
            with self.subTest(name):
                run = self.ok("ingest", SEEDS / name, "--json").json()
                self.assertEqual((run["samples"], run["error_ratio"]), (20 if "hey" in name else 236, 1))
                times = run["response_time_seconds"]
                self.assertEqual({times[key] for key in ("mean", "min", "p50", "p95", "max")}, {None})

    def test_what_locust_wrote_beside_belongs_to_the_run(self):
        self.write("run/small_stats.csv", self.seed("locust_csv/small_stats.csv"))
        self.write("run/small_stats_history.csv", self.seed("locust_history/history.csv"))
        self.write("run/small_failures.csv", "Method,Name,Error,Occurrences,First Seen,Last Seen\n"
                                             "GET,/drop,RemoteDisconnected('closed'),8,,\n")
        self.write("run/small_exceptions.csv", "Count,Message,Traceback,Nodes\n")
        files = [f"run/{path.name}" for path in sorted((self.folder / "run").iterdir())]
        for arguments in (["run"], ["run/small_stats.csv"], files):
            with self.subTest(arguments):
                result = self.ok("ingest", *arguments, "--json", "--test-name", "small")
                run = result.json()
                self.assertEqual((run["samples"], run["errors"], run["active_users_max"]), (1010, 19, 10))
                self.assertEqual(run["started"], "2026-11-23T15:12:16.000Z")
                self.assertIn({"error_type": "RemoteDisconnected('closed')", "count": 8}, run["errors_by_type"])
                self.assertEqual(result.err, "")


class Runs(CliTest):
    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)
        self.run_id = self.ok("ingest", "small.jtl", "--tag", "branch=main", "--json").json()["run_id"]

    def test_list(self):
        runs = self.ok("runs", "list", "--json").json()
        read = datetime.datetime.fromisoformat(runs["runs"][0].pop("read").replace("Z", "+00:00"))
        self.assertLess(abs(time.time() - read.timestamp()), 60)
        self.assertEqual(runs, {"runs": [
            {"run_id": self.run_id, "test_name": "small", "tool": "jmeter", "started": "2026-11-23T15:29:36.590Z",
             "duration_seconds": 1.929, "samples": 20, "errors": 1, "error_ratio": 0.05,
             "response_time_seconds": {"p95": self.ok("runs", "show", "small", "--json").json()["response_time_seconds"]["p95"]},
             "verdict": None, "tags": {"branch": "main"}}]})
        text = self.ok("runs", "list").out
        self.assertIn(self.run_id, text)
        self.assertIn("branch=main", text)

    def test_the_latest_run_is_the_one_that_was_read_last(self):
        self.write("older.jtl", SMALL.replace("1795447", "1795347"))
        older = self.ok("ingest", "older.jtl", "--json").json()["run_id"]
        self.assertEqual(self.ok("runs", "show", "latest", "--json").json()["run_id"], older)
        self.assertEqual([run["run_id"] for run in self.ok("runs", "list", "--json").json()["runs"]],
                         [older, self.run_id])
        self.ok("ingest", "small.jtl", "--json")
        self.assertEqual(self.ok("runs", "show", "latest", "--json").json()["run_id"], self.run_id)

    def test_show_takes_short_names(self):
        for name in (self.run_id, self.run_id[:12], "small", "latest"):
            self.assertEqual(self.ok("runs", "show", name, "--json").json()["run_id"], self.run_id)
        self.fails(2, "nosuch", "runs", "show", "nosuch")

    def test_tag(self):
        self.assertEqual(self.ok("runs", "tag", "latest", "a=b", "branch=", "--json").json(),
                         {"run_id": self.run_id, "tags": {"a": "b"}})
        self.fails(2, "name=value", "runs", "tag", "latest", "c=d", "x")
        self.assertEqual(self.ok("runs", "list", "--json").json()["runs"][0]["tags"], {"a": "b"}, "all tags or none")

    def test_rm(self):
        self.fails(2, "nosuch", "runs", "rm", self.run_id, "nosuch")
        self.assertEqual(len(self.ok("runs", "list", "--json").json()["runs"]), 1, "all runs or none")
        self.assertEqual(self.ok("runs", "rm", "small", "latest", "--json").json(), {"removed": [self.run_id]})
        self.assertEqual(self.ok("runs", "list", "--json").json(), {"runs": []})

    def test_a_run_that_is_being_delivered_is_not_removed(self):
        place = self.store.parent / f"omniwriter.db.spool/{self.run_id}@influxdb"
        place.mkdir(parents=True)
        with open(place / "lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.fails(5, f"another process is delivering {self.run_id}", "runs", "rm", self.run_id)
        self.ok("runs", "rm", self.run_id)

    def test_report_to_a_file(self):
        text = self.ok("report", "latest", "--lang", "en").out
        self.assertTrue(text.startswith("# "))
        self.ok("report", "latest", "--lang", "en", "-o", "report.md")
        self.assertEqual((self.folder / "report.md").read_text(), text)
        self.fails(1, "cannot write", "report", "latest", "-o", "no/such/folder/report.md")

    def test_a_store_that_is_none(self):
        self.write("broken.db", "this is not a database, and long enough to be read as one" * 100)
        result = self.run_program("runs", "list", "--store", "broken.db")
        self.assertEqual(result.code, 1)
        self.assertIn("broken.db", result.err)


def ledger(run):
    return [(entry["output"], entry["accepted"], entry["rejected"], entry["pending"]) for entry in run["outputs"]]


def unused_port():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        return server.server_address[1]


class ReadOnlyStore(CliTest):
    def test_what_is_in_it_can_be_read(self):
        self.assertEqual(self.run_program("ingest", self.write("a.jtl", SMALL), "--no-outputs", "--quiet").code, 0)
        for path, mode in ((self.store, 0o444), (self.store.parent, 0o555), (self.folder, 0o755)):
            path.chmod(mode)
        self.addCleanup(self.store.parent.chmod, 0o755)
        # To root, everything can be written.
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}

        def run(*arguments):
            return subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.environment, capture_output=True,
                                  text=True, timeout=60, check=False, **other)

        listed = run("runs", "list", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertEqual(len(json.loads(listed.stdout)["runs"]), 1)
        shown = run("runs", "show", "latest", "--json")
        self.assertEqual((shown.returncode, json.loads(shown.stdout)["samples"]), (0, 20), shown.stderr)
        self.assertEqual(run("report", "latest").returncode, 0)
        refused = run("ingest", "a.jtl", "--no-outputs", "--quiet")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("readonly", refused.stderr)

    def test_a_folder_for_temporary_files_that_is_none(self):
        done = self.run_program("run", "--no-outputs", "--", "true", TMPDIR="/nowhere")
        self.assertEqual(done.code, 2)
        self.assertIn("/nowhere (TMPDIR)", done.err)
        self.assertNotIn("internal", done.err)


class Refusing(http.server.BaseHTTPRequestHandler):
    """Answers everything with 401, and the login it got."""

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        body = json.dumps({"error": "no: " + str(self.headers.get("Authorization"))}).encode()
        self.server.logins.add(self.headers.get("Authorization"))
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


class Secrets(CliTest):
    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)

    def assert_no_canary(self, result):
        self.assertNotIn(CANARY, result.out + result.err)
        self.assertNotIn(base64.b64encode(f"admin:{CANARY}".encode()).decode(), result.out + result.err)
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name not in ("config.json", "password"):
                self.assertNotIn(CANARY.encode(), path.read_bytes(), path)

    def test_never_on_the_command_line(self):
        for output in (f"influxdb=http://user:{CANARY}@host:1", f"influxdb=user:{CANARY}@host",
                       f"influxdb=http://host:1/?p={CANARY}", f"http://user:{CANARY}@host:1",
                       f"influx=http://user:{CANARY}@host"):
            with self.subTest(output):
                self.assert_no_canary(self.fails(2, "", "ingest", "small.jtl", "-o", output))
        self.assertIn("credentials", self.fails(2, "", "ingest", "small.jtl", "-o", "influxdb=http://u:p@h").err)
        self.assert_no_canary(self.fails(2, "unknown option", "ingest", "small.jtl", f"--influxdb-password={CANARY}"))
        self.assert_no_canary(self.fails(2, "unknown option", "ingest", "small.jtl", "--influxdb-password", CANARY))

    def test_never_in_output_or_store(self):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
            server.logins = set()
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}"
            secrets = {"INFLUXDB_URL": url, "INFLUXDB_USERNAME": "admin", "INFLUXDB_PASSWORD": CANARY,
                       "ELASTICSEARCH_URL": url, "ELASTICSEARCH_API_KEY": CANARY, "GRAFANA_URL": url,
                       "GRAFANA_API_KEY": CANARY}
            self.write("password", CANARY + "\n")
            self.write("config.json", json.dumps({"monitoring_config": {
                "influxdb_url": url, "influxdb_token_file": "password", "elasticsearch_url": url,
                "elasticsearch_username": "admin", "elasticsearch_password": CANARY,
                "grafana_url": url, "grafana_api_key": CANARY}, "delivery": {"give_up_after_seconds": 0.2}}))
            for environment in (secrets, {}):
                for arguments in (["ingest", "small.jtl", "--verbose"], ["ingest", "small.jtl", "--json"], ["check"],
                                  ["check", "--json"], ["report", "latest"], ["runs", "show", "latest"]):
                    with self.subTest(arguments):
                        self.assert_no_canary(
                            self.run_program(*arguments, "--config", "config.json", **environment))
            server.shutdown()
            self.assertGreater(len(server.logins), 0)
        with sqlite3.connect(self.store) as store:
            kept = "\n".join(store.iterdump())
            self.assertNotIn(CANARY, kept)
            self.assertNotIn(base64.b64encode(f"admin:{CANARY}".encode()).decode(), kept)
        store.close()


class Terminal(CliTest):
    """Runs the program on a pseudo-terminal."""

    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)
        self.environment["TERM"] = "xterm"

    def on_terminal(self, *arguments, out=True, err=True, code=0, **environment):
        """What stdout and stderr got, where either is a terminal of 80 columns."""
        masters, texts, descriptors = {}, {"out": b"", "err": b""}, {}
        for name, wanted in (("out", out), ("err", err)):
            if wanted:
                master, slave = pty.openpty()
                fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            else:
                master, slave = os.pipe()
            masters[master], descriptors[name] = name, slave
        with subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, env={**self.environment, **environment},
                              stdin=subprocess.DEVNULL, stdout=descriptors["out"], stderr=descriptors["err"]) as process:
            for slave in descriptors.values():
                os.close(slave)
            while masters:
                for master in select.select(list(masters), [], [], 60)[0]:
                    try:
                        data = os.read(master, 65536)
                    except OSError:  # how a terminal tells its end
                        data = b""
                    texts[masters[master]] += data
                    if not data:
                        os.close(master)
                        del masters[master]
        self.assertEqual(process.returncode, code, texts)
        return texts["out"].decode(), texts["err"].decode()

    def test_nothing_from_outside_acts_on_a_terminal(self):
        class Hostile(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.send_response(403)
                self.end_headers()
                self.wfile.write("\x1b[2J \u009b2J \u202egpj.exe \u2066 no".encode())
            do_GET = do_POST

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Hostile)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        address = f"http://127.0.0.1:{server.server_port}"
        for code, arguments in ((4, ["ingest", "small.jtl", "-o", "influxdb=" + address]), (5, ["check"]),
                                (5, ["plan"]), (4, ["ledger", "latest"]), (4, ["ledger", "latest", "--json"])):
            urls = {name: address for name in ("INFLUXDB_URL", "GRAFANA_URL", "ELASTICSEARCH_URL", "PROMETHEUS_URL",
                                               "PROMETHEUS_PUSHGATEWAY")} if arguments[0] in ("check", "plan") else {}
            for text in self.on_terminal(*arguments, code=code, **urls):
                self.assertNotRegex(text, "[\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", arguments)
                self.assertNotIn("\x1b[2J", text, arguments)
        # On stderr it does not matter where that leads: logs are shown on terminals later.
        error = self.run_program("ingest", "small.jtl", "--run-id", "other", "-o", "influxdb=" + address).err
        self.assertNotRegex(error, "[\x80-\x9f\u202e]")

    def test_progress_is_shown_and_erased(self):
        _, err = self.on_terminal("ingest", "small.jtl", out=False)
        self.assertRegex(err, r"^\rsmall\.jtl 100 %.*\x1b\[K\r\x1b\[K$")

    def test_progress_stays_on_one_line(self):
        name = "a-file-with-a-name-that-is-longer-than-any-terminal-is-wide-" + "x" * 60 + ".jtl"
        self.write(name, SMALL)
        _, err = self.on_terminal("ingest", name, out=False)
        line = err.split("\x1b[K")[0].strip("\r")
        self.assertLess(len(line), 80)
        # Of a live run: redrawn, not repeated, also where a tool runs.
        self.write("tool.sh", f"cp small.jtl live.jtl\nsleep 2.5\n")
        _, err = self.on_terminal("run", "--results", "live.jtl", "--", "sh", "tool.sh", out=False, COLUMNS="")
        drawn = [part for part in err.split("\r") if "req/s" in part]
        self.assertGreater(len(drawn), 1, err)
        for part in drawn:
            self.assertLess(len(part.split("\x1b[K")[0]), 80, part)
            self.assertNotIn("\n", part)

    def test_no_progress_where_it_is_not_wanted(self):
        for arguments, keywords in ((["--quiet"], {}), ([], {"err": False}), ([], {"TERM": "dumb"}), ([], {"TERM": ""})):
            _, err = self.on_terminal("ingest", "small.jtl", *arguments, **keywords)
            self.assertEqual(err, "", (arguments, keywords))

    def test_colour_on_terminals_alone(self):
        out, _ = self.on_terminal("ingest", "small.jtl")
        self.assertIn("\x1b[", out)
        for keywords in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"out": False}):
            out, _ = self.on_terminal("ingest", "small.jtl", **keywords)
            self.assertNotIn("\x1b", out, keywords)
        self.assertIn("\x1b[", self.on_terminal("ingest", "small.jtl", NO_COLOR="")[0], "an empty NO_COLOR says nothing")

    def test_json_is_plain_on_a_terminal(self):
        out, _ = self.on_terminal("ingest", "small.jtl", "--json")
        self.assertEqual(json.loads(out)["samples"], 20)


class RunsOfMany(CliTest):
    def setUp(self):
        super().setUp()
        self.write("small.jtl", SMALL)
        for name, tag in (("checkout", "main"), ("checkout-with-a-name-that-is-rather-long-for-a-terminal", "other")):
            self.ok("ingest", "small.jtl", "--test-name", name, "--run-id", name[:12] + tag, "--tag", f"branch={tag}")

    def names(self, *arguments):
        return [run["test_name"][:20] for run in self.ok("runs", "list", "--json", *arguments).json()["runs"]]

    def test_filters(self):
        self.assertEqual(len(self.names()), 2)
        self.assertEqual(self.names("--test", "checkout"), ["checkout"])
        self.assertEqual(self.names("--tag", "branch=main"), ["checkout"])
        self.assertEqual(self.names("--tag", "branch=none"), [])
        self.assertEqual(len(self.names("--limit", "1")), 1)
        self.assertEqual(len(self.names("--since", "2026-11-23")), 2)
        self.assertEqual(self.names("--since", "2026-11-24T00:00:00Z"), [])
        self.fails(2, "--since is", "runs", "list", "--since", "yesterday")

    def test_the_list_fits_the_width(self):
        for columns in (60, 80, 120):
            lines = self.ok("runs", "list", COLUMNS=str(columns)).out.splitlines()
            self.assertLessEqual(max(map(len, lines)), columns)
        self.assertIn("rather-long-for-a-terminal", self.ok("runs", "list").out)

    def test_a_report_goes_by_the_ending_of_its_file(self):
        self.ok("report", "checkout", "-o", "x.html")
        self.assertTrue((self.folder / "x.html").read_text().startswith("<!"))
        self.ok("report", "checkout", "-o", "x.json")
        self.assertEqual(json.loads((self.folder / "x.json").read_text())["test_name"], "checkout")


class Check(CliTest):
    def test_nothing_configured(self):
        states = self.ok("check", "--json").json()["systems"]
        self.assertEqual([state["system"] for state in states],
                         ["grafana", "prometheus", "pushgateway", "elasticsearch", "influxdb"])
        for state in states:
            self.assertEqual(state, {"system": state["system"], "configured": False, "reachable": False, "version": "",
                                     "ok": False, "findings": []})
        self.assertIn("Nenhum sistema configurado", self.ok("check", "--lang", "pt-BR").out)
        self.assertIn("No system is configured", self.ok("check", "--lang", "en").out)

    def test_unreachable(self):
        url = f"http://127.0.0.1:{unused_port()}"
        result = self.run_program("check", "--json", PROMETHEUS_URL=url)
        self.assertEqual(result.code, 5)
        state = result.json()["systems"][1]
        self.assertEqual((state["configured"], state["reachable"], state["ok"]), (True, False, False))
        self.assertEqual(state["findings"][0]["id"], "unreachable")
        self.assertEqual(state["findings"][0]["remedy"], "start it, or correct PROMETHEUS_URL")
        for language, words in {"pt-BR": ("inacessível", "não configurado", "corrija PROMETHEUS_URL"),
                                "en": ("unreachable", "not configured", "correct PROMETHEUS_URL")}.items():
            text = self.run_program("check", "--lang", language, PROMETHEUS_URL=url)
            self.assertEqual(text.code, 5)
            self.assertIn("✗ prometheus", text.out)
            self.assertIn("– grafana", text.out)
            for word in words:
                self.assertIn(word, text.out)
        # An address that is set but empty switches a system off.
        self.write("config.json", json.dumps({"monitoring_config": {"prometheus_url": url}}))
        self.assertEqual(self.run_program("check").code, 5)
        self.ok("check", PROMETHEUS_URL="")


if __name__ == "__main__":
    unittest.main()
