"""Newer and Older pages by the last row's key, and counts that stop: fast at any size and depth."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import IntegerField, Q, Subquery

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


def page_of(rows, params, *, at="created_at", size=PAGE_SIZE):
    """The page of a queryset that `params` (request.GET) asks for by `before` or `after`, newest first by (at, id).

    An index on (owner, -at, -id) serves any page alike. A key that cannot be read gives the first page.
    """
    before, after = _key(params.get("before")), _key(params.get("after"))
    if after and not before:
        found = list(rows.filter(_beyond(at, "gt", after)).order_by(at, "id")[: size + 1])
        shown, has_newer, has_older = found[:size][::-1], len(found) > size, True
        if not shown:
            return page_of(rows, {}, at=at, size=size)
    else:
        if before:
            rows = rows.filter(_beyond(at, "lt", before))
        found = list(rows.order_by(f"-{at}", "-id")[: size + 1])
        shown, has_newer, has_older = found[:size], bool(before), len(found) > size
    return Page(
        shown,
        _url(params, after=_written(shown[0], at)) if has_newer and shown else "",
        _url(params, before=_written(shown[-1], at)) if has_older and shown else "",
    )


def _beyond(at, way, key):
    """Rows beyond the key. The first condition alone bounds the index scan; the second orders rows of one moment."""
    moment, id = key
    return Q(**{f"{at}__{way}e": moment}) & (Q(**{f"{at}__{way}": moment}) | Q(**{f"id__{way}": id}))


def _written(row, at):
    return f"{(getattr(row, at) - EPOCH) // MICROSECOND}-{row.pk}"


def _key(text):
    moment, _dash, id = (text or "").partition("-")
    if not (moment.isascii() and moment.isdigit() and id.isascii() and id.isdigit()):
        return None
    if len(moment) > 17 or len(id) > 18:
        return None
    return EPOCH + int(moment) * MICROSECOND, int(id)


def _url(params, **key):
    kept = [(name, value) for name, value in params.items() if name not in ("before", "after") and value]
    return "?" + urlencode([*kept, *key.items()])


class CountUpTo(Subquery):
    """How many rows a sliced queryset gives, as an expression: `CountUpTo(rows[: MOST_COUNTED + 1])`."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def count_text(count):
    """ "" for none, "12", "99+"."""
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")
