"""How long one statement may take: pages have a limit, tasks, commands and migrations have none."""

from contextlib import contextmanager
from contextvars import ContextVar

_seconds = ContextVar("statement_seconds", default=0)


@contextmanager
def statements_end_after(seconds):
    """Let the server end each statement of the block's connections after so many seconds; 0 sets no limit.

    It holds for connections that the block takes from the pool.
    """
    before = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(before)


def set_limit():
    """Return the statement that sets the limit in force, or leaves the server's own where there is none."""
    seconds = _seconds.get()
    return f"SET statement_timeout = '{seconds}s'" if seconds else "RESET statement_timeout"
