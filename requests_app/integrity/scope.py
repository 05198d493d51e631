"""Of which rows a proof is, and how far it has come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db.models import Q

from requests_app.models import Event

CHUNK = 2000  # rows read at once


def _nobody_watches(rows):
    pass


@dataclass(frozen=True)
class Scope:
    """All rows, or those of the requests that something happened on since that moment, or with these keys.

    What is not a request's, such as people and partners, is always proved whole. `watch` is called with the number of
    rows that a long check has read so far.
    """

    since: datetime | None = None
    keys: range | None = None
    watch: Callable[[int], None] = _nobody_watches

    def of(self, request=""):
        """Return the condition on rows; `request` is the way from them to their request."""
        column, condition = request or "pk", Q()
        if self.keys is not None:
            condition &= Q(**{f"{column}__gte": self.keys.start, f"{column}__lt": self.keys.stop})
        if self.since is not None:
            happened = Event.objects.order_by().filter(at__gte=self.since)
            condition &= Q(**{f"{column}__in": happened.values("request")})
        return condition

    def each(self, rows):
        """Yield the rows of a query, streamed."""
        for count, row in enumerate(rows.iterator(CHUNK), start=1):
            if count % CHUNK == 0:
                self.watch(count)
            yield row

    def each_with(self, rows, others):
        """Yield each row with the list of the others that begin with its key. Both are tuples, in the key's order."""
        groups = groupby(others.iterator(CHUNK), itemgetter(0))
        key, group = next(groups, (None, ()))
        for row in self.each(rows):
            while key is not None and key < row[0]:
                key, group = next(groups, (None, ()))
            yield row, list(group) if key == row[0] else []


def with_any_of(rows, *keys):
    """Return the rows whose key one of these queries gives, each of one column.

    They are united: an OR of them is looked through for every single row once it outgrows the database's memory.
    """
    first, *others = (each.order_by() for each in keys)
    return rows.filter(pk__in=first.union(*others))


ALL = Scope()
