"""Servers behind TLS: whom we trust, who we are to them, and what is said where that does not fit. And proxies."""

import contextlib
import gzip
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

PROGRAM = os.environ["OMNIWRITER_PROGRAM"]
SAMPLES = 60
HEADER = "timeStamp,elapsed,label,responseCode,success,bytes,sentBytes,grpThreads,allThreads\n"
NOW_MS = int(time.time()) * 1000
ROWS = "".join(f"{NOW_MS - 60000 + 1000 * i},{10 + i % 90},/page{i % 3},200,true,1000,100,2,2\n" for i in range(SAMPLES))
OUTPUTS = {"influxdb": "INFLUXDB", "elasticsearch": "ELASTICSEARCH", "grafana": "GRAFANA",
           "pushgateway": "PROMETHEUS_PUSHGATEWAY", "remote_write": "OMNIWRITER_REMOTE_WRITE", "otlp": "OMNIWRITER_OTLP",
           "loki": "OMNIWRITER_LOKI"}


class Certificates:
    """Made once, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.make_authority("ca")
        self.make_authority("other_ca")
        self.make("server", "ca", "DNS:localhost,IP:127.0.0.1")
        self.make("stranger", "ca", "DNS:elsewhere.example")
        self.make("expired", "ca", "IP:127.0.0.1", "-not_after", "20200101000000Z")
        self.make("client", "ca", "DNS:client")
        self.make("impostor", "other_ca", "DNS:client")
        self.make_authority("self_signed", "-addext", "subjectAltName=IP:127.0.0.1")
        (folder / "client_both.pem").write_bytes(self.file("client").read_bytes() + self.key("client").read_bytes())

    def file(self, name):
        return self.folder / f"{name}.pem"

    def key(self, name):
        return self.folder / f"{name}.key"

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=self.folder)

    def make_authority(self, name, *more):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-keyout", self.key(name), "-out", self.file(name), *more)

    def make(self, name, authority, names, *dates):
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      f"/CN={name}", "-keyout", self.key(name), "-out", self.folder / "request")
        (self.folder / "extensions").write_text(f"subjectAltName={names}\n")
        if not dates:
            self._openssl("x509", "-req", "-in", "request", "-CA", self.file(authority), "-CAkey", self.key(authority),
                          "-days", "2", "-extfile", "extensions", "-out", self.file(name))
            return
        # Only `ca` makes certificates of the past.
        (self.folder / "index").write_text("")
        (self.folder / "ca.conf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\n"
                                             "policy=p\ndefault_md=sha256\nunique_subject=no\n[p]\ncommonName=supplied\n")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", self.file(authority), "-keyfile",
                      self.key(authority), "-startdate", "20190101000000Z", "-enddate", dates[1], "-extfile", "extensions",
                      "-in", "request", "-out", self.file(name))


class Server(http.server.ThreadingHTTPServer):
    """Answers well, whatever system it is taken for."""

    def __init__(self, certificate=None, key=None, client_authority=None):
        self.seen = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                server.seen.append((self.command, self.path))
                status, text = server.reply(self.command, self.path, body)
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(text)))
                    self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # pylint: disable=invalid-name

        super().__init__(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            if client_authority:
                context.load_verify_locations(client_authority)
                context.verify_mode = ssl.CERT_REQUIRED
            # The handshake is for the thread of the connection, not for the one that takes connections.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A handshake that fails is what is tested."""

    @staticmethod
    def reply(method, path, body):
        if "_bulk" in path:
            items = [{"create": {"status": 201}} for _ in range(body.count(b"\n") // 2)]
            return 200, json.dumps({"errors": False, "items": items}).encode()
        if path == "/":
            return 200, b'{"version":{"number":"8.6.2"}}'
        if path.startswith("/api/annotations"):
            return 200, b"[]" if method == "GET" else b'{"id":1}'
        if "_template" in path or "_alias" in path:
            return (404, b"{}") if method == "GET" else (200, b"{}")
        if path.startswith("/query"):
            return 200, b'{"results":[{"statement_id":0}]}'
        if path == "/v1/metrics":
            return 200, b""
        if method == "GET":
            return 404, b"{}"
        return 204, b""

    def close(self):
        self.shutdown()
        self.server_close()


class TlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.made = Certificates(pathlib.Path(folder.name))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "load.jtl").write_text(HEADER + ROWS, encoding="utf-8")
        (self.folder / "omniwriter.yaml").write_text("lang: en\nstore: runs.db\n", encoding="utf-8")

    def serve(self, name="server", client_authority=None):
        server = Server(self.made.file(name), self.made.key(name), client_authority and self.made.file(client_authority))
        self.addCleanup(server.close)
        return server

    def run_program(self, code, *arguments, **variables):
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              check=False, env={"HOME": str(self.folder), "PATH": os.environ["PATH"], "TZ": "UTC",
                                                **{name: str(value) for name, value in variables.items()}})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn("PRIVATE KEY", done.stdout + done.stderr)
        return done

    def ingest(self, code, server, output="influxdb", **variables):
        return self.run_program(code, "ingest", "load.jtl", "-o", f"{output}={server.url}", **variables)

    def refused(self, server, *words, **variables):
        """All is pending, at once, and the message says what to do."""
        begun = time.monotonic()
        error = self.ingest(4, server, **variables).stderr
        # What is tried again is given up after a minute. On a busy machine a reset may come before the reason does.
        self.assertLess(time.monotonic() - begun, 20, "nothing is tried again that cannot go well")
        for word in words:
            self.assertIn(word, error)
        output, = json.loads(self.run_program(4, "ledger", "load", "--json").stdout)["outputs"]
        self.assertEqual(output["pending"], SAMPLES)
        return error

    def test_every_http_system_is_trusted_as_the_settings_say(self):
        for output, variable in OUTPUTS.items():
            with self.subTest(output=output):
                server = self.serve()
                error = self.ingest(4, server, output).stderr
                self.assertIn("ca_file", error)
                self.assertEqual(server.seen, [])
                self.run_program(0, "deliver", **{variable + "_CA_FILE": self.made.file("ca")})
                self.assertTrue(server.seen)
                self.ingest(0, server, output, OMNIWRITER_TLS_CA_FILE=self.made.file("ca"))
                self.ingest(0, server, output, SSL_CERT_FILE=self.made.file("ca"))
                self.ingest(4, server, output, OMNIWRITER_TLS_CA_FILE=self.made.file("other_ca"))
                self.ingest(0, server, output, OMNIWRITER_TLS_CA_FILE=self.made.file("other_ca"),
                            **{variable + "_CA_FILE": self.made.file("ca")})

    def test_the_configuration_file_says_it_too(self):
        server = self.serve()
        (self.folder / "ca.pem").write_bytes(self.made.file("ca").read_bytes())
        for text in ("tls: {ca_file: ca.pem}", "monitoring_config: {influxdb_ca_file: ca.pem}",
                     "tls: {insecure_skip_verify: true}\nmonitoring_config: {influxdb_ca_file: ca.pem, "
                     "influxdb_insecure_skip_verify: false}"):
            (self.folder / "omniwriter.yaml").write_text(f"lang: en\nstore: runs.db\n{text}\n", encoding="utf-8")
            self.ingest(0, server)

    def test_settings_that_cannot_be(self):
        self.assertIn("nosuch.pem cannot be opened",
                      self.run_program(2, "ingest", "load.jtl", INFLUXDB_CA_FILE="nosuch.pem").stderr)
        self.assertIn("client_cert_file is not",
                      self.run_program(2, "ingest", "load.jtl", INFLUXDB_CLIENT_KEY_FILE=self.made.key("client")).stderr)
        (self.folder / "odd.pem").write_text("no certificate")
        self.refused(self.serve(), "certificates of authorities as PEM", INFLUXDB_CA_FILE=self.folder / "odd.pem")

    def test_what_does_not_fit_is_said_with_the_remedy(self):
        self.refused(self.serve("self_signed"), "into ca_file", "where it has signed its own")
        ca = {"INFLUXDB_CA_FILE": self.made.file("ca")}
        self.refused(self.serve("expired"), "expired", "renew the certificate", **ca)
        self.refused(self.serve("stranger"), "name the server as its certificate does", **ca)
        self.ingest(0, self.serve("self_signed"), INFLUXDB_CA_FILE=self.made.file("self_signed"))

    def test_the_wrong_scheme(self):
        plain = Server()
        self.addCleanup(plain.close)
        plain.scheme = "https"
        self.refused(plain, "speaks plain http", "write http://")

    def test_a_certificate_of_ours(self):
        for output, variable in OUTPUTS.items():
            with self.subTest(output=output):
                server = self.serve(client_authority="ca")
                ca = {"OMNIWRITER_TLS_CA_FILE": self.made.file("ca")}
                self.assertIn("client_cert_file", self.ingest(4, server, output, **ca).stderr)
                self.ingest(4, server, output, **ca, **{variable + "_CLIENT_CERT_FILE": self.made.file("impostor"),
                                                        variable + "_CLIENT_KEY_FILE": self.made.key("impostor")})
                self.assertEqual(server.seen, [])
                self.ingest(0, server, output, **ca, **{variable + "_CLIENT_CERT_FILE": self.made.file("client"),
                                                        variable + "_CLIENT_KEY_FILE": self.made.key("client")})
                self.ingest(0, server, output, **ca, OMNIWRITER_TLS_CLIENT_CERT_FILE=self.made.folder / "client_both.pem")

    def test_a_certificate_of_ours_that_does_not_fit(self):
        server = self.serve(client_authority="ca")
        ca = {"INFLUXDB_CA_FILE": self.made.file("ca")}
        self.refused(server, "does not take our certificate", **ca, INFLUXDB_CLIENT_CERT_FILE=self.made.file("impostor"),
                     INFLUXDB_CLIENT_KEY_FILE=self.made.key("impostor"))
        self.refused(server, "client_key_file its key", **ca, INFLUXDB_CLIENT_CERT_FILE=self.made.file("client"),
                     INFLUXDB_CLIENT_KEY_FILE=self.made.key("impostor"))

    def test_not_to_verify_is_told_once(self):
        server = self.serve("self_signed")
        error = self.ingest(0, server, INFLUXDB_INSECURE_SKIP_VERIFY="true").stderr
        self.assertEqual(error.count("WARNING"), 1)
        self.assertIn("insecure_skip_verify is on (influxdb)", error)
        self.assertIn("insecure_skip_verify is on (grafana, prometheus",
                      self.ingest(0, server, OMNIWRITER_TLS_INSECURE_SKIP_VERIFY="true").stderr)
        self.assertNotIn("WARNING", self.ingest(0, server, INFLUXDB_CA_FILE=self.made.file("self_signed")).stderr)

    def check(self, code, **variables):
        return {system["system"]: system for system in
                json.loads(self.run_program(code, "check", "--json", **variables).stdout)["systems"]}

    def test_check_and_plan_trust_as_the_outputs_do(self):
        server = self.serve()
        urls = dict.fromkeys(("GRAFANA_URL", "PROMETHEUS_URL", "PROMETHEUS_PUSHGATEWAY", "ELASTICSEARCH_URL",
                              "INFLUXDB_URL"), server.url)
        for name, state in self.check(5, **urls).items():
            self.assertFalse(state["reachable"], name)
            finding, = state["findings"]
            self.assertEqual(finding["id"], "certificate_not_trusted")
            self.assertRegex(finding["remedy"], rf"{name.replace('pushgateway', 'prometheus_pushgateway').upper()}_CA_FILE")
        for name, state in self.check(5, **urls, OMNIWRITER_TLS_CA_FILE=self.made.file("ca")).items():
            self.assertTrue(state["reachable"], name)
        for name, state in self.check(5, **urls, OMNIWRITER_TLS_INSECURE_SKIP_VERIFY="true").items():
            self.assertTrue(state["reachable"], name)
            self.assertIn("certificate_not_verified", [finding["id"] for finding in state["findings"]], name)
        server.seen.clear()
        self.run_program(2, "plan", INFLUXDB_URL=server.url, ELASTICSEARCH_URL=server.url,
                         OMNIWRITER_TLS_CA_FILE=self.made.file("ca"))
        self.assertTrue(server.seen)

    def test_proxies_of_the_environment(self):
        server = self.serve()
        plain = Server()
        self.addCleanup(plain.close)
        seen = []

        def forward(client):
            """A proxy that tunnels (CONNECT), and forwards what comes with a whole address."""
            with client:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += client.recv(65536)
                method, target, _ = head.split(b"\r\n")[0].split(b" ")
                seen.append((method.decode(), target.decode()))
                port = (server if method == b"CONNECT" else plain).server_address[1]
                with socket.create_connection(("127.0.0.1", port)) as to:
                    if method == b"CONNECT":
                        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    else:
                        to.sendall(head.replace(b"http://plain.example:80", b"").replace(b"http://plain.example", b""))
                    back = threading.Thread(target=pump, args=(to, client))
                    back.start()
                    pump(client, to)
                    back.join()

        def pump(source, to):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    to.sendall(data)
            with contextlib.suppress(OSError):
                to.shutdown(socket.SHUT_WR)

        def take(listener):
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=forward, args=(listener.accept()[0],), daemon=True).start()

        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        threading.Thread(target=take, args=(listener,), daemon=True).start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ca = {"INFLUXDB_CA_FILE": self.made.file("ca")}

        self.ingest(0, server, **ca, HTTPS_PROXY=proxy)
        self.assertEqual({method for method, _ in seen}, {"CONNECT"})
        seen.clear()
        self.ingest(0, server, **ca, HTTPS_PROXY=proxy, NO_PROXY="127.0.0.1")
        self.assertEqual(seen, [])
        self.run_program(0, "ingest", "load.jtl", "-o", "influxdb=http://plain.example", http_proxy=proxy)
        self.assertTrue(seen)
        self.assertTrue(all(target.startswith("http://plain.example") for _, target in seen))
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            error = self.run_program(4, "ingest", "load.jtl", "-o", "influxdb=http://plain.example",
                                     http_proxy=f"http://127.0.0.1:{port}").stderr
        self.assertIn(f"127.0.0.1 port {port}", error, "who is not there is the proxy")


if __name__ == "__main__":
    unittest.main()
