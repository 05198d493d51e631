"""A round: the same act on many rows, by several threads at once, until all is done or the process is asked to end."""

import random
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from contextvars import copy_context

from django.db import OperationalError, connection

SIGNALS = (signal.SIGTERM, signal.SIGINT)
WITHIN = 8  # seconds that the acts and mails in hand, and other tasks, have to end; then the process is cut off
_is_ending = False


def end():
    """End this process: every round after the act in hand, and what takes longer than WITHIN as by `kill -9`.

    The next worker goes on with what is left. Of what is cut off the database undoes what was begun.
    """
    global _is_ending
    if not _is_ending:
        _is_ending = True
        signal.setitimer(signal.ITIMER_REAL, WITHIN)  # nobody handles SIGALRM: it ends the process


def is_ending():
    return _is_ending


@contextmanager
def ended_by_signals():
    """Have SIGTERM and SIGINT end the rounds within the block, instead of cutting them off."""
    before = {number: signal.signal(number, lambda *_signal: end()) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def each(keys, act, *, threads, around=nullcontext):
    """Call `act` with each of these keys; return the sum of what it returned. Each thread works within `around()`.

    Of an act that raises, the error is raised when the others have ended. Only where the database passes over locked
    rows do several threads work at once, and never inside a transaction, which other threads do not see.
    """
    keys = list(keys)
    at_once = connection.features.has_select_for_update_skip_locked and not connection.in_atomic_block
    others = min(threads if at_once else 1, len(keys)) - 1
    if others > 0:
        random.shuffle(keys)  # another process with the same rows begins elsewhere
    keys.reverse()
    if others <= 0:
        return _work(keys, act, around)
    with ThreadPoolExecutor(others) as pool:
        running = [pool.submit(copy_context().run, _help, keys, act, around) for _number in range(others)]
        done = _work(keys, act, around)
    return done + sum(thread.result() for thread in running)


def _help(keys, act, around):
    """Work on a connection of this thread's own; not at all where none can be had, since the first thread has one."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return 0
    try:
        return _work(keys, act, around)
    finally:
        connection.close()


def _work(keys, act, around):
    done = 0
    with around():
        while not _is_ending:
            try:
                key = keys.pop()  # one step: no two threads get the same
            except IndexError:
                break
            done += act(key)
    return done
