"""Reading what belongs together as it was at one moment, while others write."""

from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction


@contextmanager
def one_moment():
    """Let the block see the database as its first query finds it. Within a transaction that runs already, do nothing.

    PostgreSQL reads from one snapshot (REPEATABLE READ), SQLite in a read transaction. Nothing waits for a lock. The
    block only reads: what it wrote could fail where somebody else wrote the same row meanwhile.
    """
    if connection.in_atomic_block:
        yield
        return
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            _begin_to_read(stack)
        else:
            stack.enter_context(transaction.atomic())
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _begin_to_read(stack):
    """Begin a transaction of SQLite that does not wait for writers, as settings have those that write do."""
    sqlite: Any = connections[DEFAULT_DB_ALIAS]
    sqlite.ensure_connection()  # which is what reads the mode from the settings
    mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        stack.enter_context(transaction.atomic())
    finally:
        sqlite.transaction_mode = mode
