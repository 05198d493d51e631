"""The one clock. The demo moves it forward with `manage.py demo_days N`."""

import os
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

LAST_YEAR = 2200  # of a demo's clock: deadlines reckoned from it stay within what a date can hold
_pinned = ContextVar("pinned", default=None)


def now():
    """Aware UTC time; on a demo site it is ahead by the days the visitor asked for."""
    return _pinned.get() or timezone.now() + demo_offset()


def real_seconds():
    """Of the machine, which no demo moves: signing in lasts as long as it really does."""
    return int(timezone.now().timestamp())


@contextmanager
def at(moment):
    """Within, it is this aware `moment`: how the demo world gets its past. For seeding and tests alone."""
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
    """Move the demo's clock forward by whole days; gives the new offset. Raises OverflowError beyond LAST_YEAR."""
    offset = demo_offset() + timedelta(days=days)
    if (timezone.now() + offset).year > LAST_YEAR:
        raise OverflowError
    file = settings.DEMO_CLOCK_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(str(offset.days))
    beside.replace(file)  # at once: whoever reads meanwhile finds the old offset or the new one
    return offset
