"""A TCP relay that loses things on purpose."""

import contextlib
import socket
import threading


class LossyProxy:
    """Relays to `port` of the loopback interface. The server gets every request; of the first `lost_replies` answers the
    client gets a closed connection instead. After `requests_until_down` answers (None: never) nothing more comes through,
    as if the server had died between two requests.

        with LossyProxy(port, lost_replies=1) as proxy:
            proxy.url
    """

    def __init__(self, port, *, lost_replies=0, requests_until_down=None):
        self._target = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._to_lose = lost_replies
        self._left = requests_until_down
        self._sockets = []
        self.lost = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._close(self._listener)
        for one in self._sockets:
            self._close(one)

    @staticmethod
    def _close(one):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
                threading.Thread(target=self._replies, args=(client, server), daemon=True).start()

    def _requests(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                with self._lock:
                    down = self._left == 0
                if down:
                    break
                server.sendall(data)
        self._close(client)
        self._close(server)

    def _replies(self, client, server):
        # Client and server take turns, so what the server sends after a request of the client is the answer to it;
        # answers to this program's requests come in one piece or in pieces that follow at once.
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 20):
                with self._lock:
                    lose = self._to_lose > 0
                    self._to_lose -= lose
                    self.lost += lose
                    if self._left:
                        self._left -= 1
                if lose:
                    break
                client.sendall(data)
        self._close(client)
        self._close(server)
