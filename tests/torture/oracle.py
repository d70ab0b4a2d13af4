"""Servers that fail on purpose and remember what they were sent: what is visible in them, as it would be in the real
ones, and whether anything that was there ever changed."""

import collections
import gzip
import http.server
import json
import random
import socketserver
import threading
import time
import urllib.parse

import wire


class Faults:
    """Which requests fail and how, by a seed."""

    KINDS = ("429", "503", "reset", "timeout", "lost_reply")

    def __init__(self, seed, share, hold_seconds):
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.share = share
        self.hold_seconds = hold_seconds
        self.counts = dict.fromkeys(self.KINDS, 0)

    def next(self):
        with self._lock:
            if self._random.random() >= self.share:
                return None
            kind = self._random.choice(self.KINDS)
            self.counts[kind] += 1
            return kind


class BlackHole:
    """Every request is taken, kept from the server, and never answered."""

    def next(self):
        return "silence"


class Oracle:
    """One server on a free port of the loopback interface. Sub-classes say what they keep and answer."""

    def __init__(self, faults):
        self.faults = faults
        self.requests = 0
        self.most_lines = None  # in a body; None: any number
        self.first_request = None  # time.monotonic() of the first request since it was set to None
        self.visible = {}  # identity -> content
        self.taken = collections.Counter()  # how often each identity came
        self.states = set()  # identities that change while a run goes on
        self.changed = []  # identities whose content was another one before
        self.removals = 0  # how often all of a run was taken back
        self.lock = threading.Lock()
        oracle = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body go in two writes

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                coding = self.headers.get("Content-Encoding")
                if coding:
                    body = {"gzip": gzip.decompress, "snappy": wire.unsnappy}[coding](body)
                oracle.requests += 1
                oracle.first_request = oracle.first_request or time.monotonic()
                fault = oracle.faults.next() if oracle.faults else None
                if fault == "silence":
                    time.sleep(3600)
                if fault == "reset":
                    self.close_connection = True
                    self.connection.close()
                    return
                if fault in ("429", "503"):
                    self.reply(int(fault), b"{}")
                    return
                if self.command == "POST" and oracle.is_too_large(body):
                    self.reply(413, b"{}")
                    return
                with oracle.lock:
                    status, answer, *headers = oracle.answer(self.command, self.path, body)
                if fault == "timeout":
                    time.sleep(oracle.faults.hold_seconds)
                if fault in ("timeout", "lost_reply"):
                    self.close_connection = True
                    self.connection.close()
                    return
                self.reply(status, answer, *headers)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

            def reply(self, status, body, headers=()):
                try:
                    self.send_response(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def handle(self):
                try:
                    super().handle()
                except (OSError, ValueError):
                    pass

        class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):  # HTTPServer would ask for its own name
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def is_too_large(self, body):
        """Whether a body is refused for its size: a way to get many requests."""
        return self.most_lines is not None and body.count(b"\n") > self.most_lines

    def lasting(self):
        """How often each identity came that is no state: what belongs to a time slot."""
        return {identity: count for identity, count in self.taken.items() if identity not in self.states}

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def show(self, identity, content, is_state=False):
        """`is_state`: it may be another one next time."""
        self.taken[identity] += 1
        if is_state:
            self.states.add(identity)
        if self.visible.setdefault(identity, content) != content:
            if not is_state:
                self.changed.append(identity)
            self.visible[identity] = content


class InfluxDb(Oracle):
    """Measurement, tags and time are the identity of a point."""

    # These change while a run goes on.
    STATES = ("load_test_run", "load_test_endpoint", "load_test_alerts", "load_test_error_message")

    def points(self, measurement):
        """((measurement and tags, time), fields) of a measurement's points."""
        with self.lock:
            return [point for point in self.visible.items() if point[0][0].startswith(measurement + ",")]

    def answer(self, method, path, body):
        if not path.startswith("/write"):
            statement = urllib.parse.unquote(path)
            if "DELETE" in statement:
                run_id = statement.rsplit("'", 2)[1]
                measurement = statement.split('FROM "')[1].split('"')[0] if "FROM" in statement else ""
                self.removals += not measurement
                self.visible = {point: fields for point, fields in self.visible.items()
                                if not (f"testid={run_id}" in point[0].split(",") and
                                        point[0].startswith(measurement))}
            return 200, b'{"results":[{"statement_id":0}]}'
        for line in body.decode().splitlines():
            rest, timestamp = line.rsplit(" ", 1)
            end = 0
            while True:
                end = rest.index(" ", end)
                if rest[end - 1] != "\\":
                    break
                end += 1
            self.show((rest[:end], timestamp), rest[end + 1:], rest.startswith(self.STATES))
        return 204, b""


class Elasticsearch(Oracle):
    """The first document of an id stays; or, where it has a version, the newest."""

    # These change while a run goes on, or when its file grows.
    STATES = ("run", "endpoint", "error", "alert", "run_phase", "run_check", "run_metric", "error_message")

    def __init__(self, faults):
        super().__init__(faults)
        self.versions = {}  # identity -> that of the document

    def answer(self, method, path, body):
        if path == "/":
            return 200, b'{"version":{"number":"8.6.2"}}'
        if "/_search" in path:
            query = json.loads(body)["query"]
            wanted = query["bool"]["filter"] if "bool" in query else [query]
            types = wanted[1]["terms"]["doc_type"] if "bool" in query else None
            self.removals += types is None
            found = [{"_index": identity[0], "_id": identity[1]} for identity, document in self.visible.items()
                     if (told := json.loads(document))["testid"] == wanted[0]["term"]["testid"] and
                     (types is None or told["doc_type"] in types)]
            return 200, json.dumps({"hits": {"hits": found}}).encode()
        if not path.startswith("/_bulk"):
            return (404, b"{}") if method == "GET" else (200, b'{"acknowledged":true}')
        lines = body.decode().splitlines()
        items = []
        if lines[0].startswith('{"delete"'):
            for line in lines:
                head = json.loads(line)["delete"]
                self.visible.pop((head["_index"], head["_id"]), None)
            return 200, b'{"errors":false,"items":[]}'
        for action, document in zip(lines[::2], lines[1::2]):
            (kind, head), = json.loads(action).items()
            identity = (head.get("_index"), head["_id"])
            if kind == "index":
                refused = head["version"] < self.versions.get(identity, 0)
            else:
                refused = identity in self.visible
            items.append({kind: {"status": 409 if refused else 201}})
            if kind == "index" and not refused:
                self.versions[identity] = head["version"]
                self.show(identity, document, json.loads(document)["doc_type"] in self.STATES)
            elif kind == "create":
                self.show(identity, document)
        errors = any(result["status"] != 201 for item in items for result in item.values())
        return 200, json.dumps({"errors": errors, "items": items}).encode()


class Pushgateway(Oracle):
    """A PUT replaces its group."""

    def answer(self, method, path, body):
        if method == "PUT":
            self.show(path, body)
        return 200, b""


class Grafana(Oracle):
    """Annotations: a POST makes a new one, whatever is there."""

    def answer(self, method, path, body):
        url = urllib.parse.urlsplit(path)
        if method == "GET":
            tags = set(urllib.parse.parse_qs(url.query).get("tags", []))
            found = [{"id": number, "tags": json.loads(content)["tags"]} for number, content in self.visible.items()
                     if tags <= set(json.loads(content)["tags"])]
            return 200, json.dumps(found[:1]).encode()
        number = int(url.path.rsplit("/", 1)[1]) if method == "PUT" else len(self.visible) + 1
        self.show(number, body)
        return 200, json.dumps({"id": number, "message": "done"}).encode()


class RemoteWrite(Oracle):
    """Speaks version 2.0 with native histograms. Labels, time and kind are the identity of a sample."""

    def answer(self, method, path, body):
        if method == "GET":
            return 404, b"{}"
        symbols, series = [], []
        for number, value in wire.fields(body):
            if number == 4:
                symbols.append(value)
            elif number == 5:
                series.append(value)
        samples = histograms = 0
        for one in series:
            labels = None
            for number, value in wire.fields(one):
                if number == 1:
                    labels = tuple(symbols[ref] for ref in wire.varints(value))
                elif number == 2:
                    samples += 1
                    sample = dict(wire.fields(value))
                    self.show((labels, "sample", sample.get(2, 0)), sample.get(1, b""))
                elif number == 3:
                    histograms += 1
                    self.show((labels, "histogram", dict(wire.fields(value)).get(15, 0)), value)
        written = "X-Prometheus-Remote-Write-%s-Written"
        return 204, b"", [(written % "Samples", str(samples)), (written % "Histograms", str(histograms)),
                          (written % "Exemplars", "0")]


class Otlp(Oracle):
    """Resource, metric, attributes and time are the identity of a point."""

    POINTS = {5: (7, 3), 7: (7, 3), 10: (1, 3)}  # kind of data -> numbers of attributes and time in its points

    def answer(self, method, path, body):
        for _, resource_metrics in wire.fields(body):
            parts = wire.fields(resource_metrics)
            resource = tuple(value for number, value in parts if number == 1)
            for scope_metrics in (value for number, value in parts if number == 2):
                for metric in (value for number, value in wire.fields(scope_metrics) if number == 2):
                    self.show_points(resource, wire.fields(metric))
        return 200, b"", [("Content-Type", "application/x-protobuf")]

    def show_points(self, resource, metric):
        name = dict(metric)[1]
        for kind, (attributes, time_) in self.POINTS.items():
            for data in (value for number, value in metric if number == kind):
                for point in (value for number, value in wire.fields(data) if number == 1):
                    inner = wire.fields(point)
                    labels = tuple(sorted(value for number, value in inner if number == attributes))
                    self.show((resource, name, labels, dict(inner)[time_]), point)
