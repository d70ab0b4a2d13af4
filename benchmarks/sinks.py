#!/usr/bin/env python3
"""Servers that take whatever they are sent and keep none of it: for measuring our side alone.

Serves the InfluxDB, the Elasticsearch and the Pushgateway that are asked for on free ports of 127.0.0.1, prints their
addresses on one line, and ends with its standard input."""

import gzip
import http.server
import socketserver
import sys
import threading


class InfluxDb:
    @staticmethod
    def answer(_method, path, _body):
        return (204, b"") if path.startswith("/write") else (200, b'{"results":[{"statement_id":0}]}')


class Elasticsearch:
    @staticmethod
    def answer(method, path, body):
        if path == "/":
            return 200, b'{"version":{"number":"8.6.2"}}'
        if path.startswith("/_bulk"):
            results = b",".join([b'{"index":{"status":201}}'] * (body().count(b"\n") // 2))
            return 200, b'{"errors":false,"items":[' + results + b"]}"
        if "/_search" in path:
            return 200, b'{"hits":{"hits":[]}}'
        return (404, b"{}") if method == "GET" else (200, b'{"acknowledged":true}')


class Pushgateway:
    @staticmethod
    def answer(_method, _path, _body):
        return 200, b""


KINDS = {"influxdb": InfluxDb, "elasticsearch": Elasticsearch, "pushgateway": Pushgateway}


def serve(kind):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body go in two writes

        def log_message(self, *_):
            pass

        def handle_any(self):
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            packed = self.headers.get("Content-Encoding") == "gzip"
            status, answer = kind.answer(self.command, self.path, lambda: gzip.decompress(sent) if packed else sent)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

    class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


if __name__ == "__main__":
    print(*(serve(KINDS[name]) for name in sys.argv[1:]), flush=True)
    sys.stdin.read()
