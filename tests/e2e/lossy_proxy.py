"""A relay that loses things on purpose, where a network or a server would."""

import contextlib
import re
import socket
import threading


class LossyProxy:
    """Relays HTTP to a server on the loopback interface, and counts the requests whose target holds `marker`.

    lost_replies  the server gets all requests; the client gets, instead of the answers to the first so many marked ones,
                  a closed connection
    dies_after    once so many marked requests are answered, nothing comes through any more

        with LossyProxy(url, "/write", lost_replies=1) as proxy:
            proxy.url
    """

    def __init__(self, url, marker, *, lost_replies=0, dies_after=None):
        self._target = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self._marked = re.compile(rb"[A-Z]+ \S*" + re.escape(marker.encode()))
        self._to_lose = lost_replies
        self._dies_after = dies_after
        self._lock = threading.Lock()
        self._sockets = []
        self.answered = 0
        self.lost = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        with self._lock:
            self._close(self._listener, *self._sockets)

    @staticmethod
    def _close(*sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _dead(self):
        return self._dies_after is not None and self.answered >= self._dies_after

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                with self._lock:
                    self._sockets += [client, server]
                waiting = threading.Event()  # a marked request has gone to the server
                threading.Thread(target=self._requests, args=(client, server, waiting), daemon=True).start()
                threading.Thread(target=self._replies, args=(client, server, waiting), daemon=True).start()

    def _requests(self, client, server, waiting):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                with self._lock:
                    if self._dead():
                        break
                if self._marked.match(data):
                    waiting.set()
                server.sendall(data)
        self._close(client, server)

    def _replies(self, client, server, waiting):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if waiting.is_set() and not data.startswith(b"HTTP/1.1 100"):
                    waiting.clear()
                    with self._lock:
                        if self.lost < self._to_lose:
                            self.lost += 1
                            break
                        self.answered += 1
                client.sendall(data)
        self._close(client, server)
