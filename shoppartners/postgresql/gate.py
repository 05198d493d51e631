"""Whether it is worth while to wait for a connection to the database."""

import threading
import time
from contextlib import contextmanager

import psycopg

PAUSE = 1.0  # seconds for which nobody tries again


class Gate:
    """Open while connections come. When one could not be had, all others fail at once, but for one who tries.

    Without it every request would wait for the pool, several times over, on a thread that then answers nobody else.
    """

    def __init__(self):
        self._closed_until = None  # time.monotonic() of the next try; None while open
        self._trying = threading.Lock()

    def shut(self):
        self._closed_until = time.monotonic() + PAUSE

    @contextmanager
    def passed(self):
        """Let the block fetch a connection. Raise psycopg.OperationalError where that is not to be tried now."""
        closed_until = self._closed_until
        if closed_until is None:
            with self._closing():
                yield
            return
        if time.monotonic() < closed_until or not self._trying.acquire(blocking=False):
            raise psycopg.OperationalError("The database did not answer a moment ago")
        try:
            with self._closing():
                yield
            self._closed_until = None
        finally:
            self._trying.release()

    @contextmanager
    def _closing(self):
        try:
            yield
        except psycopg.OperationalError:
            self.shut()
            raise


gate = Gate()


class Connection(psycopg.Connection):
    """One of the pool: when the database refuses it, nobody has to wait until the pool says so."""

    @classmethod
    def connect(cls, *args, **kwargs):
        try:
            return super().connect(*args, **kwargs)
        except psycopg.OperationalError:
            gate.shut()
            raise
