"""Real servers on free ports of the loopback interface, in a temporary folder, gone with the process that started them.

    with Servers() as servers:
        servers.influxdb.url

All are started at once and waited for together. One that is not installed raises MissingServer, which tells how to
install it."""

import contextlib
import ctypes
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

READY_SECONDS = 180  # Elasticsearch on a busy machine; the others need three
ELASTICSEARCH = "elasticsearch-8.6.2"


class MissingServer(Exception):
    pass


def http(method, url, body=None, headers=None, timeout=30):
    """(status, body) of any answer; OSError where there is none. Knows no proxy: all servers are local."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def get_json(url, parameters=None, headers=None):
    status, body = http("GET", url + ("?" + urllib.parse.urlencode(parameters) if parameters else ""), headers=headers)
    if status != 200:
        raise AssertionError(f"{url}: {status}: {body.decode(errors='replace')}")
    return json.loads(body)


def eventually(check, what, seconds=60):
    """What `check` returns once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            result = check()
            if result:
                return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def find_program(*names):
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/bin", "/usr/sbin"])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise MissingServer(f"{names[0]} is not installed; run: tools/setup.sh test")


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Server:
    """A process group of its own, with its output in `folder`/log."""

    def __init__(self, name, port, folder, command, *, ready, user=None, environment=None, headers=None):
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self._command = command
        self._ready = ready
        self._user = user
        self._environment = environment or {}
        self.headers = headers or {}  # that every request to it needs
        self._process = None

    def _as_server(self):
        as_user = {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []} if self._user else {}
        return {"cwd": self.folder, "env": {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self._environment},
                **as_user}

    def run(self, command, text=""):
        """A command to its end, as the server would run it."""
        subprocess.run(command, input=text.encode(), stdout=subprocess.DEVNULL, check=True, timeout=60, **self._as_server())

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_die_with_parent, **self._as_server())

    def wait_until_ready(self):
        def answers_or_ended():
            if self._process.poll() is not None:
                return True
            if self._ready is None:  # it speaks no HTTP
                socket.create_connection(("127.0.0.1", urllib.parse.urlsplit(self.url).port)).close()
                return True
            return http("GET", self.url + self._ready, headers=self.headers)[0] in (200, 204)

        try:
            eventually(answers_or_ended, "an answer", READY_SECONDS)
            if self._process.poll() is not None:
                raise AssertionError(f"exit code {self._process.returncode}")
        except AssertionError as error:
            raise AssertionError(f"{self.name} does not start: {error}\n{self.log()}") from None

    def stop(self):
        """At once: what it holds is thrown away."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def pause(self):
        """Stops it from answering, while its port stays open."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self._process.pid, signal.SIGCONT)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]


def cache():
    """Where the servers are that are no Debian packages."""
    folder = os.environ.get("OMNIWRITER_CACHE") or pathlib.Path.home() / ".cache/omniwriter"
    return pathlib.Path(folder) / "servers"


def elasticsearch(name, installed, folder, port, transport_port, installer, *, settings=(), java=None,
                  headers=None):
    """Elasticsearch, or its child OpenSearch, from the folder it was unpacked to. `java`: another than that of the system."""
    program = "opensearch" if name.startswith("opensearch") else "elasticsearch"
    if not (installed / "bin" / program).is_file():
        raise MissingServer(f"{installed} is not there; run: {installer}")
    # A copy: it refuses to run as root, and other users may not read the cache of root.
    home = folder / "home"
    shutil.copytree(installed, home)
    (home / "logs").mkdir(exist_ok=True)
    (home / f"config/{program}.yml").write_text("\n".join([
        "network.host: 127.0.0.1", f"http.port: {port}", f"transport.port: {transport_port}",
        "discovery.type: single-node", "cluster.routing.allocation.disk.threshold_enabled: false", *settings]) + "\n")
    java = pathlib.Path(java or find_program("java")).resolve().parents[1]
    if not java.is_relative_to("/usr"):
        java = shutil.copytree(java, folder / "java")
    user = None
    if os.getuid() == 0:
        user = "nobody"
        owner = pwd.getpwnam(user)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    options = "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC -XX:-AlwaysPreTouch"
    prefix = "OPENSEARCH" if program == "opensearch" else "ES"
    return Server(name, port, folder, ["bash", str(home / "bin" / program)], user=user,
                  ready="/_cluster/health?wait_for_status=yellow&timeout=1s", headers=headers,
                  environment={"JAVA_HOME": str(java), f"{prefix}_JAVA_HOME": str(java), f"{prefix}_TMPDIR": str(folder),
                               f"{prefix}_JAVA_OPTS": options})


def influxdb(program, folder, port, rpc_port, settings=""):
    (folder / "influxdb.conf").write_text(f"""
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
{settings}""")
    return Server("influxdb", port, folder, [program, "run", "-config", str(folder / "influxdb.conf")], ready="/ping")


@contextlib.contextmanager
def started(make):
    """A server on its own: `make(port, folder)` returns it."""
    with tempfile.TemporaryDirectory(prefix="omniwriter-e2e-", ignore_cleanup_errors=True) as folder:
        server = make(free_ports(1)[0], pathlib.Path(folder))
        try:
            server.start()
            server.wait_until_ready()
            yield server
        finally:
            server.stop()


def prometheus(port, folder, *flags, program=None, config="global: {}", data="data"):
    """A Prometheus that scrapes nothing unless told to."""
    (folder / "prometheus.yml").write_text(config + "\n")
    return Server("prometheus", port, folder,
                  [program or find_program("prometheus"), "--config.file=prometheus.yml", f"--storage.tsdb.path={data}",
                   f"--web.listen-address=127.0.0.1:{port}", *flags], ready="/-/ready")


class Servers:
    """One of each. Every attribute but `textfile_folder`, `rules_folder` and `promtool` is a Server.

    Prometheus reads the rule files of `rules_folder` when it is told to reload, and sends alerts to Alertmanager."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        self.all = []

    def __enter__(self):
        try:
            self._make()
            for server in self.all:
                self._stack.callback(server.stop)
                server.start()
            for server in self.all:
                server.wait_until_ready()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _make(self):
        root = tempfile.TemporaryDirectory(prefix="omniwriter-e2e-", ignore_cleanup_errors=True)
        self._stack.enter_context(root)
        self._root = pathlib.Path(root.name)
        self._root.chmod(0o711)  # Elasticsearch may run as another user
        self.textfile_folder = self._folder("textfile")
        self.rules_folder = self._folder("rules")
        self.promtool = find_program("promtool")
        ports = free_ports(8)
        self.pushgateway = self._pushgateway(ports[0])
        self.node_exporter = self._node_exporter(ports[1])
        self.alertmanager = self._alertmanager(ports[7])
        self.prometheus = self._prometheus(ports[2], ports[0], ports[1], ports[7])
        self.influxdb = self._influxdb(ports[3], ports[4])
        self.elasticsearch = self._elasticsearch(ports[5], ports[6])
        self.all = [self.elasticsearch, self.influxdb, self.pushgateway, self.node_exporter, self.alertmanager,
                    self.prometheus]

    def _folder(self, name):
        folder = self._root / name
        folder.mkdir()
        return folder

    def _pushgateway(self, port):
        program = find_program("prometheus-pushgateway", "pushgateway")
        # Debian's keeps what it holds in a file of the system unless told otherwise.
        return Server("pushgateway", port, self._folder("pushgateway"),
                      [program, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="], ready="/-/ready")

    def _node_exporter(self, port):
        program = find_program("prometheus-node-exporter", "node_exporter")
        return Server("node_exporter", port, self._folder("node_exporter"),
                      [program, f"--web.listen-address=127.0.0.1:{port}", "--collector.disable-defaults",
                       "--collector.textfile", f"--collector.textfile.directory={self.textfile_folder}"],
                      ready="/metrics")

    def _alertmanager(self, port):
        program = find_program("prometheus-alertmanager", "alertmanager")
        folder = self._folder("alertmanager")
        (folder / "alertmanager.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
        return Server("alertmanager", port, folder,
                      [program, "--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=",
                       f"--web.listen-address=127.0.0.1:{port}"], ready="/-/ready")

    def _prometheus(self, port, pushgateway_port, node_exporter_port, alertmanager_port):
        program = find_program("prometheus")
        folder = self._folder("prometheus")
        (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}
rule_files: ["{self.rules_folder}/*.yml"]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager_port}"]}}]}}]
scrape_configs:
  - job_name: pushgateway
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{pushgateway_port}"]}}]
  - job_name: textfile
    static_configs: [{{targets: ["127.0.0.1:{node_exporter_port}"]}}]
""")
        return Server("prometheus", port, folder,
                      [program, "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.enable-lifecycle",
                       "--rules.alert.resend-delay=1s",  # at first it may not know of Alertmanager yet
                       f"--web.listen-address=127.0.0.1:{port}"], ready="/-/ready")

    def _influxdb(self, port, rpc_port):
        return influxdb(find_program("influxd"), self._folder("influxdb"), port, rpc_port)

    def _elasticsearch(self, port, transport_port):
        return elasticsearch("elasticsearch", cache() / ELASTICSEARCH, self._folder("elasticsearch"), port, transport_port,
                             "tools/setup.sh test", settings=["xpack.security.enabled: false"])
