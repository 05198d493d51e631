"""Stands between the site and its database: loses the connection at a COMMIT, or lets nobody through."""

import contextlib
import socket
import threading
from types import SimpleNamespace

BEGIN, SNAPSHOT = b"BEGIN\0", b"REPEATABLE READ\0"  # a page's reading begins with both (accounts/moment.py)
COMMIT = b"COMMIT\0"  # both in the question and in the answer


class Proxy:
    """Listens on `url` for the database of these settings.

    `lose("before")` loses the next connection whose COMMIT of an act comes by, before the server has it;
    `lose("after")`, when the server has done it and its answer is on the way.
    """

    def __init__(self, database):
        self.losing, self.lost, self.ends = None, 0, []
        self.host, self.server_port = database["HOST"], int(database["PORT"] or 5432)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"postgres://{database['USER']}:{database['PASSWORD']}@127.0.0.1:{self.port}/{database['NAME']}"
        self._in_thread(self._accept)

    def __enter__(self):
        return self

    def __exit__(self, *_raised):
        self.listener.close()

    def go(self):
        """Cut every connection and refuse new ones."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends.clear()

    def come_back(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self._in_thread(self._accept)

    def lose(self, moment):
        self.losing = moment

    def _in_thread(self, work, *args):
        threading.Thread(target=work, args=args, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                site, _address = self.listener.accept()
                database = self._connect()
                self.ends += [site, database]
                transaction = SimpleNamespace(reads=False)
                self._in_thread(self._pass_on, site, database, "before", transaction)
                self._in_thread(self._pass_on, database, site, "after", transaction)

    def _connect(self):
        if not self.host.startswith("/"):
            return socket.create_connection((self.host, self.server_port))
        database = socket.socket(socket.AF_UNIX)
        database.connect(f"{self.host}/.s.PGSQL.{self.server_port}")
        return database

    def _pass_on(self, source, target, moment, transaction):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if moment == "before" and (BEGIN in data or SNAPSHOT in data):
                    transaction.reads = SNAPSHOT in data
                if self.losing == moment and COMMIT in data and not transaction.reads:
                    self.losing, self.lost = None, self.lost + 1
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
