"""Which partners fit these criteria, how well, and why. Knows nothing of requests (docs/design.md, Referral).

One statement takes the best few of each budget band that fits from the matching index (partners.offers); the final
order comes from what only these criteria know. What must be met stands in partners.hard_filters, and what counts how
much in partners.scoring.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, product

from django.db import connection
from django.db.models.expressions import RawSQL

from accounts import clock
from partners.hard_filters import HARD_FILTERS, WITHIN_BUDGET, all_of
from partners.models import Offer, Partner
from partners.offers import NEVER
from partners.rates import latest_rates, without_rate
from partners.scoring import OWN, WANTED, best_reasons, total, waiting

FEW = 12  # taken from each band; the final order moves partners within these


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
    """A partner that fits: `points` of 100, and up to three `reasons` as {"code": …} with what each names."""

    partner_id: int
    points: int
    reasons: list[dict] = field(hash=False)


def find_partners(criteria, *, limit):
    """Return the best `limit` partners that pass every hard filter, best first.

    Ties go to the least recently referred (never first), then to the lower id: same input, same answer. A partner whose
    smallest budget cannot be converted for want of a rate is left out; `partners_without_rate` names those.
    """
    rates, at = latest_rates(), clock.now()
    best = RawSQL(*offers_statement(criteria, rates, max(FEW, limit) + len(criteria.exclude)))  # noqa: S611 (constants)
    found = Partner.objects.filter(pk__in=best).prefetch_related("traits", "categories")
    inexact = [each for each in HARD_FILTERS if not each.exact_in_index]
    fitting = (partner for partner in found if all(each.passes(partner, criteria, rates) for each in inexact))
    scored = [(partner, _match(partner, criteria, rates, at)) for partner in fitting]
    scored.sort(key=lambda row: (-row[1].points, row[0].last_referred_at or NEVER, row[0].pk))
    return [match for _partner, match in scored[:limit]]


def _match(partner, criteria, rates, at):
    parts = [part(partner, criteria, rates) for part in (*WANTED, *OWN)]
    return Match(partner.id, round(total([*parts, waiting(partner, at)])), best_reasons(parts))


def best_offers(criteria, rates, few):
    """Return the ids of the best `few` partners of each band that the budget reaches: one statement."""
    sql, params = offers_statement(criteria, rates, few)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def offers_statement(criteria, rates, few, *, table=Offer._meta.db_table):
    """Return the statement and its parameters: for each band an index-only scan that ends after `few` rows."""
    scans, params = [], []
    for conditions in product(*(each.index_conditions(criteria, rates) for each in HARD_FILTERS)):
        # That without parameters comes first: it chooses the partial index.
        asked = sorted(
            (condition for condition in conditions if condition[0]), key=lambda condition: bool(condition[1])
        )
        scans.append(
            f"SELECT * FROM (SELECT partner_id FROM {table}"  # noqa: S608 (constants)
            f" WHERE {' AND '.join(sql for sql, _values in asked)}"
            " ORDER BY rank DESC, referred_at, partner_id LIMIT %s) AS best"
        )
        params += [*chain.from_iterable(values for _sql, values in asked), few]
    return " UNION ALL ".join(scans), params


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
    parts = [part(partner, sketch, rates) for part in (*OWN, *WANTED)]
    smallest = None if sketch.budget is None else WITHIN_BUDGET.smallest(partner, sketch, rates)
    asks_for_more = smallest is not None and smallest > sketch.budget
    return Fit(points=total(parts), reasons=best_reasons(parts), asks_for_more=asks_for_more)
