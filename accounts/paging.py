"""Pages found by the last row's key, and counts with a limit: fast at any size and depth."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import IntegerField, Q, Subquery
from django.http import QueryDict

from accounts.moment import reads_from

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
    """How the values of a key are written in a URL and read from it; `read` raises ValueError for anything else."""

    write: Callable
    read: Callable


def _read_moment(text):
    return EPOCH + _read_number(text) * MICROSECOND


def _read_number(text):
    if len(text) > 17 or not text.removeprefix("-").isdecimal():
        raise ValueError
    return int(text)


def _read_text(text):
    if len(text) > 200:
        raise ValueError
    return text


MOMENTS = Kind(write=lambda moment: (moment - EPOCH) // MICROSECOND, read=_read_moment)
NUMBERS = Kind(write=str, read=_read_number)
TEXTS = Kind(write=str, read=_read_text)


def page_of(rows, params, *, keys=None, at="created_at", kind=MOMENTS, ascending=False, size=PAGE_SIZE):
    """Return the page that `params` (request.GET) asks for by `before` or `after`, newest first by (at, id).

    With an index on (owner, -at, -id) any page is as fast as the first. A key that cannot be read gives the first page.
    `at` may be a field of another `kind`. `ascending` reverses the order: "newer" then means earlier in the list.
    `keys` are the same rows in one or several querysets, without what `rows` joins to them: the first of each are read
    along an index of its own, and joined then.
    """
    on, back = ("gt", "lt") if ascending else ("lt", "gt")
    order, reverse = ((at, "id"), (f"-{at}", "-id"))[:: 1 if ascending else -1]
    before, after = _read_key(params.get("before"), kind), _read_key(params.get("after"), kind)
    if after and not before:
        found = list(_first(rows, keys, _beyond(at, back, after), reverse, size + 1))
        shown, has_newer, has_older = found[:size][::-1], len(found) > size, True
    else:
        found = list(_first(rows, keys, _beyond(at, on, before) if before else Q(), order, size + 1))
        shown, has_newer, has_older = found[:size], bool(before), len(found) > size
    if not shown and (before or after):
        return page_of(rows, _other_params(params), keys=keys, at=at, kind=kind, ascending=ascending, size=size)
    if not shown:
        return Page()
    return Page(
        shown,
        _url(params, after=_write_key(shown[0], at, kind)) if has_newer else "",
        _url(params, before=_write_key(shown[-1], at, kind)) if has_older else "",
    )


def _first(rows, keys, condition, order, limit):
    if keys is None:
        return rows.filter(condition).order_by(*order)[:limit]
    found = united(part.filter(condition).order_by(*order).values_list("pk")[:limit] for part in keys)
    return rows.filter(pk__in=[pk for (pk,) in found]).order_by(*order)[:limit]


def _beyond(at, way, key):
    """Return the condition for rows beyond the key. Its first part bounds the index scan, its second orders equals."""
    value, row_id = key
    return Q(**{f"{at}__{way}e": value}) & (Q(**{f"{at}__{way}": value}) | Q(**{f"id__{way}": row_id}))


def _write_key(row, at, kind):
    return f"{kind.write(getattr(row, at))}-{row.pk}"


def _read_key(text, kind):
    value, _dash, row_id = (text or "").rpartition("-")
    try:
        return kind.read(value), abs(_read_number(row_id))
    except (ValueError, OverflowError):
        return None


def _other_params(params):
    """Return the parameters besides the key, {name: values}; takes a QueryDict or its own result."""
    every = params.lists() if isinstance(params, QueryDict) else params.items()
    kept = {name: [value for value in values if value] for name, values in every}
    return {name: values for name, values in kept.items() if values and name not in ("before", "after", "seen")}


def _url(params, **key):
    return "?" + urlencode(_other_params(params) | key, doseq=True)


def united(parts, columns="found.*"):
    """Return the rows of these querysets, each one sliced and of `values_list`, in their order: one statement.

    Each part is read along an index of its own and ends at its limit. Django's `union` takes no limits on SQLite.
    `columns` are of the parts, such as "COUNT(*)" for how many rows each has.
    """
    scans, params = [], []
    for number, part in enumerate(parts):
        try:
            sql, values = part.query.sql_with_params()
        except EmptyResultSet:
            continue
        scans.append(f"SELECT {number} AS part, {columns} FROM ({sql}) AS found")  # noqa: S608  what Django compiled
        params += values
    if not scans:
        return []
    with connections[reads_from()].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(scans), params)
        return [row for _part, *row in sorted(cursor.fetchall(), key=lambda row: row[0])]


def first_of_each(rows, kinds, order, limit):
    """Return the first `limit` of the rows of these kinds, each {column: value}, as a queryset in that order.

    With an index on (*columns, *order) the same few entries are read of each kind, however many rows it has; a filter
    by all of them would sort every row.
    """
    if len(kinds) == 1:
        return rows.filter(**kinds[0]).order_by(*order)[:limit]
    bare = rows.select_related(None).prefetch_related(None)
    found = united(bare.filter(**kind).order_by(*order).values_list("pk")[:limit] for kind in kinds)
    return rows.filter(pk__in=[pk for (pk,) in found]).order_by(*order)[:limit]


class CountUpTo(Subquery):
    """The number of rows of a sliced queryset, as an expression: `CountUpTo(rows[: MOST_COUNTED + 1])`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def fingerprint_of(shown):
    """Return a short text that changes with what a list shows, so that an unchanged list is not drawn again."""
    return blake2s(repr(shown).encode(), digest_size=8).hexdigest()


def count_text(count):
    """Return "" for none, "12", or "99+"."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
