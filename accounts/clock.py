"""The one clock. The demo moves it forward with `manage.py demo_days N`."""

import os
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

LAST_YEAR = 2200  # of a demo's clock: deadlines after it stay within what a date can hold
_pinned = ContextVar("pinned", default=None)


def now():
    """Return the aware time in UTC; on a demo site it is ahead by the days that the visitor asked for."""
    return _pinned.get() or timezone.now() + demo_offset()


def real_seconds():
    """Return the machine's time in seconds, which no demo moves: sessions end when they really end."""
    return int(timezone.now().timestamp())


@contextmanager
def at(moment):
    """Make `now` return this aware `moment` within the block. For seeding the demo's past, and for tests, alone."""
    token = _pinned.set(moment)
    try:
        yield
    finally:
        _pinned.reset(token)


def demo_offset():
    if not settings.DEMO:
        return timedelta()
    try:
        return timedelta(days=int(settings.DEMO_CLOCK_FILE.read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()


def move_demo_clock(days):
    """Move the demo's clock forward by whole days. Return the new offset; raise OverflowError beyond LAST_YEAR."""
    offset = demo_offset() + timedelta(days=days)
    if (timezone.now() + offset).year > LAST_YEAR:
        raise OverflowError
    file = settings.DEMO_CLOCK_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    new_file = file.with_name(f"{file.name}.{os.getpid()}")
    new_file.write_text(str(offset.days))
    new_file.replace(file)  # in one step: a reader finds the old offset or the new one
    return offset
