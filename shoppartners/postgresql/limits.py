"""What one statement may take: pages have a limit, tasks, commands and migrations have none."""

from contextlib import contextmanager
from contextvars import ContextVar

_seconds = ContextVar("statement_seconds", default=0)


@contextmanager
def statements_end_after(seconds):
    """Let the server end each statement of the block's connections after so many seconds; 0 sets no limit.

    Where there is a limit a statement also has one process of the server: a page reads few rows, and others beside it
    read many more before it has its own. It holds for connections that the block takes from the pool.
    """
    before = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(before)


def set_limit():
    """Return the statements that set the limit in force, or leave the server's own where there is none."""
    if seconds := _seconds.get():
        return f"SET statement_timeout = '{seconds}s'; SET max_parallel_workers_per_gather = 0"
    return "RESET statement_timeout; RESET max_parallel_workers_per_gather"
