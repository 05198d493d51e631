"""What a component drew, remembered by its name, its arguments and what else its words depend on.

Components know no model and no request, so equal parameters draw equal HTML. Each process remembers for itself. See
docs/decisions/0013-remembered-components.md.
"""

from collections import OrderedDict
from datetime import datetime
from decimal import Decimal
from enum import Enum
from threading import Lock
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts import clock

MOST_PIECES = 4096
LONGEST_PIECE = 2000  # characters; with MOST_PIECES the memory of a process stays under 10 MB of Latin text
LONGEST_TEXT = 500  # characters of an argument
AS_THEY_STAND = frozenset({str, SafeString, int, bool, type(None)})


class Piece(NamedTuple):
    html: str
    symbols: tuple  # the icons that it uses, as the page's sheet of icons takes them


class Memory:
    """The pieces used last, `most` of them. Threads share it."""

    def __init__(self, most=MOST_PIECES):
        self.most = most
        self._pieces = OrderedDict()
        self._lock = Lock()

    def __len__(self):
        return len(self._pieces)

    def find(self, key):
        """Return the Piece, or None."""
        with self._lock:
            if piece := self._pieces.get(key):
                self._pieces.move_to_end(key)
            return piece

    def keep(self, key, piece):
        if len(piece.html) > LONGEST_PIECE:
            return
        with self._lock:
            self._pieces[key] = piece
            if len(self._pieces) > self.most:
                self._pieces.popitem(last=False)

    def forget(self):
        with self._lock:
            self._pieces.clear()


memory = Memory()


def key_of(name, values):
    """Return what `name` draws from these values follows from, or None where that cannot be said of one of them.

    A type stands beside its value: 1 and True are equal, and so are "<b>" and the same marked as safe, but they are
    drawn otherwise.
    """
    key = [name, get_language()]
    for value in values:
        plain = str(value) if isinstance(value, Promise) else value
        kind = type(plain)
        if kind in AS_THEY_STAND:
            if isinstance(plain, str) and len(plain) > LONGEST_TEXT:
                return None
            key += kind, plain
        elif kind is Decimal:
            key += kind, str(plain)  # 1.0 and 1.00 are equal
        elif kind is datetime:
            key += kind, plain.isoformat(), *_calendar()
        elif isinstance(plain, str) and isinstance(plain, Enum):
            key += kind, plain.value
        else:
            return None
    return tuple(key)


def _calendar():
    """Return what a moment's words depend on beside the language: the reader's zone, and which year is this one."""
    return timezone.get_current_timezone_name(), timezone.localtime(clock.now()).year
