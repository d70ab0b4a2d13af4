"""The server that the load tools are sent to. It counts what it has answered."""

import collections
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from servers import eventually, find_program, free_ports, http

CONFIGURATION = pathlib.Path(__file__).parent / "nginx.conf"
LINE = re.compile(r'"[A-Z]+ ([^ ?"]+)[^"]*" (\d{3}) ')


class Target:
    """    with Target() as target:
               load(target.url)
               target.close_books()
               target.answers  # {path: number}, target.errors the same for status 400 and above
    """

    def __init__(self):
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="omniwriter-target-"))
        self.answers = collections.Counter()
        self.errors = collections.Counter()
        self._process = None

    @property
    def access_log(self):
        return self.folder / "access.log"

    def __enter__(self):
        (self.folder / "nginx.conf").write_text(CONFIGURATION.read_text().replace("PORT", str(self.port)))
        with open(self.folder / "output", "wb") as output:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with
                [find_program("nginx"), "-p", self.folder, "-c", self.folder / "nginx.conf"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder)
        eventually(lambda: self._process.poll() is not None or http("GET", self.url + "/ready")[0] == 204, "nginx", 20)
        if self._process.poll() is not None:
            raise AssertionError(f"nginx does not start: {(self.folder / 'output').read_text()}")
        return self

    def __exit__(self, *exception):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def has_answered(self, path):
        self._process.send_signal(signal.SIGUSR1)  # writes what is buffered
        return f" {path} ".encode() in self.access_log.read_bytes()

    def close_books(self):
        """Ends the server, which writes the last of its log, and counts."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)
        with open(self.access_log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                path, status = LINE.search(line).groups()
                self.answers[path] += 1
                self.errors[path] += int(status) >= 400
