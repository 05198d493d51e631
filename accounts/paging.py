"""Newer and Older pages by the last row's key, and counts that stop: fast at any size and depth."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from urllib.parse import urlencode

from django.db.models import IntegerField, Q, Subquery
from django.http import QueryDict

PAGE_SIZE = 20
MOST_COUNTED = 99
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the queries ("?before=…") that lead to their neighbours; "" where there are none."""

    rows: list = field(default_factory=list)
    newer_url: str = ""
    older_url: str = ""

    @property
    def is_first(self):
        return not self.newer_url


@dataclass(frozen=True)
class Kind:
    """How the values of a key stand in a URL; `read` raises ValueError where nobody wrote what it is given."""

    write: Callable
    read: Callable


def _read_moment(text):
    return EPOCH + _read_number(text) * MICROSECOND


def _read_number(text):
    if len(text) > 17 or not text.removeprefix("-").isdecimal():
        raise ValueError
    return int(text)


def _read_text(text):
    if len(text) > 200 or "\x00" in text:
        raise ValueError
    return text


MOMENTS = Kind(write=lambda moment: (moment - EPOCH) // MICROSECOND, read=_read_moment)
NUMBERS = Kind(write=str, read=_read_number)
TEXTS = Kind(write=str, read=_read_text)


def page_of(rows, params, *, at="created_at", kind=MOMENTS, ascending=False, size=PAGE_SIZE):
    """The page of a queryset that `params` (request.GET) asks for by `before` or `after`, newest first by (at, id).

    An index on (owner, -at, -id) serves any page alike. A key that cannot be read gives the first page. `at` may be a
    field of another `kind`, and `ascending` turns the order round: "newer" is then what stands before.
    """
    on, back = ("gt", "lt") if ascending else ("lt", "gt")
    order, reverse = ((at, "id"), (f"-{at}", "-id"))[:: 1 if ascending else -1]
    before, after = _key(params.get("before"), kind), _key(params.get("after"), kind)
    if after and not before:
        found = list(rows.filter(_beyond(at, back, after)).order_by(*reverse)[: size + 1])
        shown, has_newer, has_older = found[:size][::-1], len(found) > size, True
    else:
        beyond = rows.filter(_beyond(at, on, before)) if before else rows
        found = list(beyond.order_by(*order)[: size + 1])
        shown, has_newer, has_older = found[:size], bool(before), len(found) > size
    if not shown and (before or after):
        return page_of(rows, _kept(params), at=at, kind=kind, ascending=ascending, size=size)
    if not shown:
        return Page()
    return Page(
        shown,
        _url(params, after=_written(shown[0], at, kind)) if has_newer else "",
        _url(params, before=_written(shown[-1], at, kind)) if has_older else "",
    )


def _beyond(at, way, key):
    """Rows beyond the key. The first condition alone bounds the index scan; the second orders rows of one value."""
    value, row_id = key
    return Q(**{f"{at}__{way}e": value}) & (Q(**{f"{at}__{way}": value}) | Q(**{f"id__{way}": row_id}))


def _written(row, at, kind):
    return f"{kind.write(getattr(row, at))}-{row.pk}"


def _key(text, kind):
    value, _dash, row_id = (text or "").rpartition("-")
    try:
        return kind.read(value), abs(_read_number(row_id))
    except (ValueError, OverflowError):
        return None


def _kept(params):
    """What the page is asked for besides, {name: values}; also from what this gave before."""
    every = params.lists() if isinstance(params, QueryDict) else params.items()
    kept = {name: [value for value in values if value] for name, values in every}
    return {name: values for name, values in kept.items() if values and name not in ("before", "after", "seen")}


def _url(params, **key):
    return "?" + urlencode(_kept(params) | key, doseq=True)


class CountUpTo(Subquery):
    """How many rows a sliced queryset gives, as an expression: `CountUpTo(rows[: MOST_COUNTED + 1])`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def mark_of(shown):
    """A short text that changes with what a list shows, so that an unchanged list is not drawn again."""
    return blake2s(repr(shown).encode(), digest_size=8).hexdigest()


def count_text(count):
    """ "" for none, "12", "99+"."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
