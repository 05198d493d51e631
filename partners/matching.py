"""Which partners fit these criteria, how well, and why. Knows nothing of requests (docs/design.md, Referral).

One statement takes the first few of each part of the matching index (partners.offers), in the order of what does not
depend on the request. They are scored, and a bound of what the others can reach says whether one of those could still
be among the best; then the same statement takes more. So the answer is that of trying every partner. What must be met
stands in partners.hard_filters, and what counts how much in partners.scoring.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from heapq import nsmallest
from itertools import chain, combinations, compress, product

from django.db import connection, connections
from django.db.models import Prefetch

from accounts import clock
from accounts.moment import reads_from
from partners.choices import SERVICE_BITS, Service
from partners.hard_filters import HARD_FILTERS, OFFERS_SERVICES, WITHIN_BUDGET, all_of
from partners.matching_index import Offer, ServiceOffer
from partners.models import Partner
from partners.offers import NEVER
from partners.rates import latest_rates, without_rate
from partners.scoring import (
    WAITING,
    Part,
    best_reasons,
    glances,
    most_outside_index,
    parts_of,
    service_points,
    traits_looked_at,
    waiting_points,
)

FEW = 12  # taken from each part of the index at first
MORE = 8  # times as many, while somebody else could be among the best


@dataclass(frozen=True)
class Criteria:
    """What is looked for. `budget` and `gmv` are per month in `currency` (ISO 4217); `place` is free text.

    `services` holds the codes that are asked for, none for any; `exclude` the ids of partners that the request was
    shared with before.
    """

    market: str
    category_id: int
    category_name: str
    company_size: str
    currency: str
    budget: Decimal
    gmv: Decimal
    language: str = ""
    place: str = ""
    services: frozenset[str] = frozenset()
    exclude: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Match:
    """A partner that fits, with the tenths of a point of each part, and up to three reasons.

    A reason is {"code": …} with what it names.
    """

    partner_id: int
    parts: dict[str, int] = field(hash=False)
    reasons: list[dict] = field(hash=False)

    @property
    def tenths(self):
        return sum(self.parts.values())

    @property
    def points(self):
        """Return the score as people read it: 0 to 100, rounded."""
        return (self.tenths + 5) // 10


@dataclass(frozen=True)
class Scan:
    """A part of the index that is read in its order: the rows of `table` that meet `sql`.

    `tenths` is what a partner has for the services named that is found there, and in no part with more.
    """

    table: str
    sql: str
    params: list
    tenths: int


@dataclass(frozen=True)
class Found:
    """A row of the index, found by the scan of this number."""

    scan: int
    partner_id: int
    rank: int
    referred_at: datetime


def find_partners(criteria, *, limit):
    """Return the best `limit` partners that pass every hard filter, best first.

    Ties go to the least recently referred (never first), then to the lower id: same input, same answer. A partner whose
    smallest budget cannot be converted for want of a rate is left out; `partners_without_rate` names those.
    """
    judge = Judge(criteria, latest_rates(), clock.now(), limit)
    scans = scans_of(criteria, judge.rates)
    judge.settle(scans, lambda few: found_by(scans, few))
    return judge.matches()


class Judge:
    """The best partners among those seen so far, and whether one that was not seen could be better."""

    def __init__(self, criteria, rates, at, limit):
        self.criteria, self.rates, self.at, self.limit = criteria, rates, at, limit
        self.outside_index = {}  # of each partner looked at: the tenths that the index does not hold, None if it fails
        self.best = []  # keys of partners, the best first
        self.inexact = [each for each in HARD_FILTERS if not each.exact_in_index]

    def settle(self, scans, ask):
        """Find the best: `ask` gives the first few rows of each scan, as often as it takes."""
        few = max(FEW, self.limit) + len(self.criteria.exclude)
        while True:
            found = ask(few)
            self.judge(scans, found)
            if not any(self.may_hold_better(scan, last) for scan, last in _filled(scans, found, few)):
                return
            few *= MORE

    def judge(self, scans, found):
        """Choose the best of those found, after a short look at each that could be among the best.

        At first that is everybody found.
        """
        held = {}  # of each partner: the tenths that the index holds, and when it was last referred
        for row in found:
            of_row = (self._tenths_held(scans[row.scan], row), row.referred_at)
            held[row.partner_id] = max(of_row, held.get(row.partner_id, of_row))
        self._choose(held)
        most = most_outside_index(self.criteria)
        hopes = {pk: _key(pk, tenths + most, at) for pk, (tenths, at) in held.items()}
        self.look_at([pk for pk, hope in hopes.items() if pk not in self.outside_index and self._is_open(hope)])
        self._choose(held)

    def _tenths_held(self, scan, row):
        """Return the tenths that a row of the index holds: of the services named, its rank, and the wait."""
        waited = Part(waiting_points(_or_none(row.referred_at), self.at)).tenths
        return scan.tenths + row.rank + waited

    def _choose(self, held):
        """Choose the best of those that were looked at."""
        keys = (
            _key(pk, tenths + others, at)
            for pk, (tenths, at) in held.items()
            if (others := self.outside_index.get(pk)) is not None
        )
        self.best = nsmallest(self.limit, keys)

    def look_at(self, ids):
        """Note the tenths of these partners that the index does not hold."""
        self.outside_index |= dict.fromkeys(ids)
        for glance in glances(ids, self.criteria):
            if self._passes(glance):
                self.outside_index[glance.pk] = glance.tenths_outside_index(self.criteria, self.rates)

    def _passes(self, partner):
        return all(each.passes(partner, self.criteria, self.rates) for each in self.inexact)

    def may_hold_better(self, scan, last):
        """Return whether a partner behind the `last` row of a scan could be among the best.

        Behind it stand those of the same rank that were referred later, and those of a lower rank.
        """
        most = most_outside_index(self.criteria)
        alike = _key(last.partner_id, self._tenths_held(scan, last) + most, last.referred_at)
        lower = _key(0, scan.tenths + last.rank - 1 + 10 * WAITING + most, NEVER)
        return self._is_open(alike) or self._is_open(lower)

    def _is_open(self, key):
        return len(self.best) < self.limit or key < self.best[-1]

    def matches(self):
        """Return the best as matches, the best first: loaded now, so as they are if one changed meanwhile."""
        of_named = Prefetch("traits", traits_looked_at(self.criteria))
        partners = Partner.objects.filter(pk__in=[pk for *_key, pk in self.best])
        found = {}
        for partner in filter(self._passes, partners.prefetch_related(of_named, "categories")):
            match = _match(partner, self.criteria, self.rates, self.at)
            found[_key(partner.pk, match.tenths, partner.last_referred_at or NEVER)] = match
        return [found[key] for key in sorted(found)]


def _key(pk, tenths, referred_at):
    """Return what partners are ordered by, the best first: more tenths, an earlier last referral, a lower id."""
    return -tenths, referred_at, pk


def _or_none(referred_at):
    return None if referred_at == NEVER else referred_at


def _match(partner, criteria, rates, at):
    parts = parts_of(partner, criteria, rates)
    waited = Part(waiting_points(partner.last_referred_at, at))
    tenths = {code: part.tenths for code, part in (parts | {"waiting": waited}).items()}
    return Match(partner.id, tenths, best_reasons(parts.values()))


def _filled(scans, found, few):
    """Yield each scan that ended after `few` rows, with its last one."""
    rows = [[] for _scan in scans]
    for row in found:
        rows[row.scan].append(row)
    for scan, own in zip(scans, rows, strict=True):
        if len(own) == few:
            yield scan, own[-1]


def found_by(scans, few):
    """Return the first `few` rows of each scan, in its order: one statement."""
    with connections[reads_from()].cursor() as cursor:
        cursor.execute(*offers_statement(scans, few))
        found = [Found(scan, pk, rank, _moment(at)) for scan, pk, rank, at in cursor.fetchall()]
    return sorted(found, key=lambda row: (row.scan, -row.rank, row.referred_at, row.partner_id))


def _moment(value):
    """Return a moment that the database gives, which SQLite gives in UTC without saying so."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def best_offers(criteria, rates, few):
    """Return the ids of the first `few` partners of each scan: one statement."""
    return list(dict.fromkeys(row.partner_id for row in found_by(scans_of(criteria, rates), few)))


def scans_of(criteria, rates):
    """Return the parts of the index to read.

    Without services named that is one for each budget band that the budget reaches. Else it is one for each one, two or
    three of the services named, and one for full service.
    """
    services = OFFERS_SERVICES.named(criteria)
    if not services:
        ways = product(*(each.index_conditions(criteria, rates) for each in HARD_FILTERS))
        return [_scan(Offer, conditions, service_points(0, 0)) for conditions in ways]
    conditions = [each.condition_at_once(criteria, rates) for each in HARD_FILTERS]
    named, full = len(services), SERVICE_BITS[Service.FULL_SERVICE]
    bits = [SERVICE_BITS[code] for code in services if code != Service.FULL_SERVICE]
    parts = {sum(part): len(part) for many in range(1, len(bits) + 1) for part in combinations(bits, many)}
    return [
        _scan(ServiceOffer, [*conditions, ("services = %s", [part])], service_points(offered, named))
        for part, offered in (parts | {full: named}).items()
    ]


def _scan(model, conditions, points):
    # That without parameters comes first: it chooses the partial index.
    asked = sorted((condition for condition in conditions if condition[0]), key=lambda condition: bool(condition[1]))
    sql = " AND ".join(condition for condition, _values in asked)
    return Scan(
        model._meta.db_table, sql, [*chain.from_iterable(values for _sql, values in asked)], Part(points).tenths
    )


def offers_statement(scans, few):
    """Return the statement and its parameters: each scan reads the index alone and ends after `few` rows."""
    if connection.vendor == "postgresql":
        return _lateral_statement(scans, few)
    sql = " UNION ALL ".join(
        f"SELECT * FROM (SELECT {number} AS scan, {_first_rows(scan.table, scan.sql, few)}) AS best"  # noqa: S608 (constants)
        for number, scan in enumerate(scans)
    )
    return sql, [value for scan in scans for value in scan.params]


def _lateral_statement(scans, few):
    """Return the same for PostgreSQL, which plans one scan in half the time and reads it again with other values.

    The scans of a question differ in values alone.
    """
    columns = list(zip(*(scan.params for scan in scans), strict=True))
    differ = [len(set(column)) > 1 for column in columns]
    names = [f"way.value_{place}" if each else "%s" for place, each in enumerate(differ)]
    sql = scans[0].sql.replace("%s", "{}").format(*names)
    ways = [[number, *compress(scan.params, differ)] for number, scan in enumerate(scans)]
    places = f"({','.join(['%s'] * len(ways[0]))})"
    header = ",".join(["scan", *(name.removeprefix("way.") for name in compress(names, differ))])
    statement = (
        f"SELECT way.scan, best.* FROM (VALUES {','.join([places] * len(ways))}) AS way ({header})"  # noqa: S608 (constants)
        f" CROSS JOIN LATERAL (SELECT {_first_rows(scans[0].table, sql, few)}) AS best"
    )
    same = [column[0] for column, each in zip(columns, differ, strict=True) if not each]
    return statement, [*chain.from_iterable(ways), *same]


def _first_rows(table, condition, few):
    return (
        f"partner_id, rank, referred_at FROM {table} WHERE {condition}"
        f" ORDER BY rank DESC, referred_at, partner_id LIMIT {few:d}"
    )


def partners_without_rate(criteria):
    """Return those that pass every other filter, but whose currency has no stored rate: the staff desk names them."""
    rates = latest_rates()
    others = [each for each in HARD_FILTERS if each is not WITHIN_BUDGET]
    unrated = without_rate("smallest_budget", source="currency", target=criteria.currency, rates=rates)
    return list(Partner.objects.filter(all_of(others, criteria, rates), unrated))


@dataclass(frozen=True)
class Sketch:
    """What is known of a request while it is written: as Criteria; None or "" stands for what is not known yet."""

    category_id: int | None = None
    company_size: str = ""
    currency: str = ""
    budget: Decimal | None = None
    language: str = ""
    place: str = ""
    market: str = ""
    services: frozenset[str] = frozenset()
    exclude: frozenset[int] = frozenset()
    gmv = None  # not looked at while the request is written


@dataclass(frozen=True)
class Fit:
    """How a partner fits a sketch: `points` to order by, up to three `reasons`, and whether the budget is too small."""

    points: float
    reasons: list[dict] = field(hash=False)
    asks_for_more: bool = False


def fit_of(partner, sketch, rates):
    """Return how well a partner fits what is written so far. `rates` are latest_rates(), {} while no budget is."""
    parts = parts_of(partner, sketch, rates)
    smallest = None if sketch.budget is None else WITHIN_BUDGET.smallest(partner, sketch, rates)
    asks_for_more = smallest is not None and smallest > sketch.budget
    points = sum(part.tenths for part in parts.values()) / 10
    return Fit(points=points, reasons=best_reasons(parts.values()), asks_for_more=asks_for_more)
