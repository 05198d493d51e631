"""The one clock. The demo moves it forward with `manage.py demo_days N`."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

_pinned = ContextVar("pinned", default=None)


def now():
    """Aware UTC time; on a demo site it is ahead by the days the visitor asked for."""
    return _pinned.get() or timezone.now() + demo_offset()


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
    """Move the demo's clock forward by whole days; gives the new offset."""
    offset = demo_offset() + timedelta(days=days)
    settings.DEMO_CLOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
    settings.DEMO_CLOCK_FILE.write_text(str(offset.days))
    return offset
