"""Statements that PostgreSQL parses and plans once for a connection, instead of each time that they are sent."""

from contextlib import contextmanager

from django.db import connection

AFTER = 2  # times that a connection has sent the same statement


@contextmanager
def prepared():
    """Have what the block asks of the database prepared, on this thread's connection. On SQLite do nothing.

    For acts, which find rows by keys: one plan fits all values. What lists and searches ask is planned each time, since
    their best plan depends on whose rows they are.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    own = connection.connection
    before, own.prepare_threshold = own.prepare_threshold, AFTER
    try:
        yield
    finally:
        own.prepare_threshold = before
