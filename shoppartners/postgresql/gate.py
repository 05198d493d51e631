"""Whether it is worth while to wait for a connection to the database."""

import threading
import time
from contextlib import contextmanager
from weakref import WeakSet

import psycopg

PAUSE = 1.0  # seconds for which nobody tries again


class Gate:
    """Open while connections come. When none can be had, all others fail at once, but for one who tries.

    Without it every request would wait for the pool, several times over, on a thread that then answers nobody else.
    While a connection works the gate stays open, though the pool is full or may not grow: the next one is soon free.
    """

    def __init__(self):
        self._closed_until = None  # time.monotonic() of the next try; None while open
        self._trying = threading.Lock()
        self._connections = WeakSet()
        self._counting = threading.Lock()

    def add(self, connection):
        with self._counting:
            self._connections.add(connection)

    def failed(self):
        """Note that a connection could not be had. Shut, unless one is there that has not failed."""
        self._closed_until = None if self._has_connection() else time.monotonic() + PAUSE

    def _has_connection(self):
        with self._counting:
            return any(not connection.closed for connection in self._connections)

    @contextmanager
    def passed(self):
        """Let the block fetch a connection. Raise psycopg.OperationalError where that is not to be tried now."""
        closed_until = self._closed_until
        if closed_until is None:
            with self._noting():
                yield
            return
        if time.monotonic() < closed_until or not self._trying.acquire(blocking=False):
            raise psycopg.OperationalError("The database did not answer a moment ago")
        try:
            with self._noting():
                yield
            self._closed_until = None
        finally:
            self._trying.release()

    @contextmanager
    def _noting(self):
        try:
            yield
        except psycopg.OperationalError:
            self.failed()
            raise


gate = Gate()


class Connection(psycopg.Connection):
    """One of the pool: when the database refuses the last one, nobody has to wait until the pool says so."""

    @classmethod
    def connect(cls, *args, **kwargs):
        try:
            connection = super().connect(*args, **kwargs)
        except psycopg.OperationalError:
            gate.failed()
            raise
        gate.add(connection)
        return connection
