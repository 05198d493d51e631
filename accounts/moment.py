"""Reading what belongs together as it was at one moment, while others write; and in which database a page reads."""

from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

_reads_from = ContextVar("reads_from", default=DEFAULT_DB_ALIAS)


def reads_from():
    """Return the alias of the database from which this page reads: the primary, or its replica."""
    return _reads_from.get()


@contextmanager
def reading_from(alias):
    """Let the block read rows of the product from that database (shoppartners.replica.Router)."""
    before = _reads_from.set(alias)
    try:
        yield
    finally:
        _reads_from.reset(before)


class ReadFromReplica(Exception):
    """A page that reads from the replica has asked for what the primary alone gives."""


def from_the_primary(function):
    """Have the function refuse a page that reads from the replica; raises ReadFromReplica."""

    @wraps(function)
    def asked(*args, **kwargs):
        if reads_from() != DEFAULT_DB_ALIAS:
            raise ReadFromReplica(function.__qualname__)
        return function(*args, **kwargs)

    return asked


@contextmanager
def one_moment(using=DEFAULT_DB_ALIAS):
    """Let the block see the database as its first query finds it. Within a transaction that runs already, do nothing.

    PostgreSQL reads from one snapshot (REPEATABLE READ), SQLite in a read transaction. Nothing waits for a lock. The
    block only reads: what it wrote could fail where somebody else wrote the same row meanwhile.
    """
    connection: Any = connections[using]
    if connection.in_atomic_block:
        yield
        return
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            _begin_to_read(connection, stack)
        else:
            stack.enter_context(transaction.atomic(using))
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _begin_to_read(sqlite, stack):
    """Begin a transaction of SQLite that does not wait for writers, as settings have those that write do."""
    sqlite.ensure_connection()  # which is what reads the mode from the settings
    mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        stack.enter_context(transaction.atomic(sqlite.alias))
    finally:
        sqlite.transaction_mode = mode
