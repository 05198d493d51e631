"""Which partners fit these criteria, how well, and why. Knows nothing of requests (docs/design.md, Referral).

One statement takes the best few of each budget band that fits from the matching index (partners.offers); the final
order comes from what only this question knows.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from accounts import clock
from partners.choices import Language
from partners.models import Offer, Partner, PartnerTrait
from partners.names import category_name
from partners.offers import NEVER, SIZE_BITS, bands_within, focus_points, response_points
from partners.rates import convert, latest_rates

Kind = PartnerTrait.Kind
SPECIALIST_UP_TO = 3  # categories
GOOD_RATE = 0.8  # of its requests answered: worth telling from here on
FEW = 12  # taken from each band; the final order moves partners within these


@dataclass(frozen=True)
class Criteria:
    """What is looked for. `budget` and `gmv` are per month in `currency` (ISO 4217); `place` is free text."""

    market: str
    category_id: int
    category_name: str
    company_size: str
    currency: str
    budget: Decimal
    gmv: Decimal
    language: str = ""
    place: str = ""
    exclude: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Match:
    """A partner that fits: `points` of 100, and up to three `reasons` as {"code": …} with what each names."""

    partner_id: int
    points: int
    reasons: list[dict] = field(hash=False)


def find_partners(criteria, *, limit):
    """The best `limit` partners that pass every hard filter, best first.

    Ties go to the least recently referred (never first), then to the lower id: same input, same answer. A partner whose
    smallest budget cannot be converted for want of a rate is not given; `partners_without_rate` names those.
    """
    rates, at = latest_rates(), clock.now()
    found = best_offers(criteria, rates, max(FEW, limit) + len(criteria.exclude))
    fitting = _fitting(found, criteria, rates)
    scored = [(partner, _score(partner, criteria, smallest, rates, at)) for partner, smallest in fitting]
    scored.sort(key=lambda row: (-row[1].points, row[0].last_referred_at or NEVER, row[0].pk))
    return [match for _partner, match in scored[:limit]]


def _fitting(ids, criteria, rates):
    """Those of the partners whose smallest budget really fits, each with that budget in the request's currency."""
    fitting = []
    for partner in _load(ids):
        smallest = convert(partner.smallest_budget, source=partner.currency, target=criteria.currency, rates=rates)
        if smallest is not None and smallest <= criteria.budget and partner.pk not in criteria.exclude:
            fitting.append((partner, smallest))
    return fitting


def best_offers(criteria, rates, few):
    """The ids of the best `few` partners of each band that the budget reaches: one statement."""
    sql, params = offers_statement(criteria, rates, few)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def offers_statement(criteria, rates, few, *, table=Offer._meta.db_table):
    """The statement and its parameters: for each band an index-only scan that ends after `few` rows."""
    parts, params = [], []
    for band, most_cents in bands_within(criteria.budget, criteria.currency, rates):
        covered = "" if most_cents is None else " AND cents <= %s"
        parts.append(
            f"SELECT * FROM (SELECT partner_id FROM {table}"  # noqa: S608 (constants)
            f" WHERE (sizes & {SIZE_BITS[criteria.company_size]}) > 0"
            f" AND market_id = %s AND category_id = %s AND band = %s{covered}"
            " ORDER BY rank DESC, referred_at, partner_id LIMIT %s) AS best"
        )
        params += [criteria.market, criteria.category_id, band, *([most_cents] if covered else []), few]
    return " UNION ALL ".join(parts), params


def partners_without_rate(criteria):
    """Partners that pass every other filter, but whose currency has no stored rate: the staff desk names them."""
    rates = latest_rates()
    foreign = (
        Partner.objects.available()
        .filter(markets=criteria.market, categories=criteria.category_id)
        .filter(traits__kind=Kind.COMPANY_SIZE, traits__code=criteria.company_size)
        .exclude(pk__in=criteria.exclude)
        .exclude(currency=criteria.currency)
        .exclude(smallest_budget=0)
    )
    return list(foreign.exclude(currency__in=rates) if criteria.currency in rates else foreign)


def _load(ids):
    return Partner.objects.filter(pk__in=ids).prefetch_related("traits", "categories") if ids else []


def _score(partner, criteria, smallest, rates, at):
    parts = [
        _category_focus(partner, criteria),
        _budget_fit(criteria, smallest),
        _size_fit(partner, criteria, rates),
        _response(partner),
        _language(partner, criteria),
        _city(partner, criteria),
        (_waiting(partner, at), 0, None),
    ]
    told = sorted((part for part in parts if part[2]), key=lambda part: -part[1])
    return Match(partner.id, round(sum(points for points, _weight, _reason in parts)), [part[2] for part in told[:3]])


# Each part gives its points, how much its reason is worth telling, and the reason or None.


def _category_focus(partner, criteria):
    """30 for a specialist in one category, less the more there are."""
    points = focus_points(len(partner.categories.all()))
    return points, points + 10, _focus_reason(partner, criteria.category_name)


def _budget_fit(criteria, smallest):
    """20 from half as much again as the partner's smallest budget, 8 right at it."""
    if smallest == 0:
        return 20, 1, None
    points = 8 + 12 * min(1, float((criteria.budget / smallest - 1) * 2))
    return points, points, {"code": "budget_ample" if points == 20 else "budget_fits"}


def _size_fit(partner, criteria, rates):
    """15 where the shop's monthly GMV reaches the partner's smallest, less below it."""
    smallest = convert(partner.smallest_gmv, source=partner.currency, target=criteria.currency, rates=rates)
    reached = 1.0 if not smallest else min(1.0, float(criteria.gmv / smallest))
    return 15 * reached, 6, _size_reason(criteria.company_size) if reached == 1 else None


def _response(partner):
    """15 times the response rate; half of it, told as nothing, while there is none."""
    points = response_points(partner)
    return points, points, answers_reason(partner) if _answers_well(partner) else None


def _language(partner, criteria):
    reason = _language_reason(partner, criteria.language)
    return (10, 9, reason) if reason else (0, 0, None)


def _city(partner, criteria):
    if partner.city and partner.city.casefold() in criteria.place.casefold():
        return 5, 14, {"code": "city", "city": partner.city}
    return 0, 0, None


def _waiting(partner, at):
    """5 for a partner never referred, or not for thirty days."""
    if partner.last_referred_at is None:
        return 5
    return min(5, max(0, (at - partner.last_referred_at).total_seconds() / 86_400 / 6))


@dataclass(frozen=True)
class Sketch:
    """What is known of a request while it is written: as Criteria, what is missing is None or ""."""

    category_id: int | None = None
    company_size: str = ""
    currency: str = ""
    budget: Decimal | None = None
    language: str = ""
    place: str = ""


@dataclass(frozen=True)
class Fit:
    """How a partner fits a sketch: `points` to order by, up to three `reasons`, and whether the budget is too small."""

    points: float
    reasons: list[dict] = field(hash=False)
    asks_for_more: bool = False


def fit_of(partner, sketch, rates):
    """How well a partner fits a request as far as it is written. `rates` are latest_rates(), {} while no budget is."""
    parts = [_response(partner), _language(partner, sketch), _city(partner, sketch)]
    named = {category.pk: category.name for category in partner.categories.all()}
    if sketch.category_id in named:
        points = focus_points(len(named))
        parts.append((points, points + 10, _focus_reason(partner, named[sketch.category_id])))
    if sketch.company_size in partner.codes_of(Kind.COMPANY_SIZE):
        parts.append((15, 16, _size_reason(sketch.company_size)))
    smallest = None
    if sketch.budget:
        smallest = convert(partner.smallest_budget, source=partner.currency, target=sketch.currency, rates=rates)
    if smallest is not None and smallest <= sketch.budget:
        parts.append(_budget_fit(sketch, smallest))
    told = sorted((part for part in parts if part[2]), key=lambda part: -part[1])
    return Fit(
        points=sum(points for points, _weight, _reason in parts),
        reasons=[reason for _points, _weight, reason in told[:3]],
        asks_for_more=smallest is not None and smallest > sketch.budget,
    )


def answers_reason(partner):
    """How much of what it is sent it answers; None while nothing can be said."""
    rate = partner.response_rate
    return None if rate is None else {"code": "answers", "percent": round(rate * 100)}


def _answers_well(partner):
    return partner.response_rate is not None and partner.response_rate >= GOOD_RATE


def _focus_reason(partner, category_name):
    code = "specialises" if len(partner.categories.all()) <= SPECIALIST_UP_TO else "works_in"
    return {"code": code, "category": category_name}


def _size_reason(company_size):
    return {"code": "size", "size": company_size}


def _language_reason(partner, language):
    spoken = language and language in partner.codes_of(Kind.LANGUAGE)
    return {"code": "language", "language": language} if spoken else None


def reason_text(reason):
    """One stored reason as a sentence in the reader's language."""
    match reason["code"]:
        case "specialises":
            return _("Specialises in %(category)s") % {"category": category_name(reason["category"])}
        case "works_in":
            return _("Works in %(category)s") % {"category": category_name(reason["category"])}
        case "budget_ample":
            return _("Your budget is well above its smallest")
        case "budget_fits":
            return _("Your budget is within its range")
        case "size":
            return _("Works with companies of your size")
        case "answers":
            return _("Answers %(percent)s%% of requests") % reason
        case "language":
            return _("Speaks %(language)s") % {"language": Language(reason["language"]).label}
        case "city":
            return _("Is in %(city)s") % reason
    return ""
