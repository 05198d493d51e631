"""Stands between the site and its database, and can lose the connection at a COMMIT."""

import contextlib
import socket
import threading

COMMIT = b"COMMIT\0"  # both in the question and in the answer


class Proxy:
    """Listens on `port` for the server of this socket. `lose("before")` loses the next connection whose COMMIT comes
    by, before the server has it; `lose("after")`, when the server has done it and its answer is on the way.
    """

    def __init__(self, server):
        self.server, self.losing, self.lost = server, None, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._in_thread(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_raised):
        self.listener.close()

    def lose(self, moment):
        self.losing = moment

    def _in_thread(self, work, *args):
        threading.Thread(target=work, args=args, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                site, _address = self.listener.accept()
                database = socket.socket(socket.AF_UNIX)
                database.connect(self.server)
                self._in_thread(self._pass_on, site, database, "before")
                self._in_thread(self._pass_on, database, site, "after")

    def _pass_on(self, source, target, moment):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.losing == moment and COMMIT in data:
                    self.losing, self.lost = None, self.lost + 1
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
