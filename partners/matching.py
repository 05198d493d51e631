"""Which partners fit these criteria, how well, and why. Knows nothing of requests (design, section 7)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts import clock
from partners.choices import Language
from partners.models import Partner, PartnerTrait
from partners.rates import convert, latest_rates

Kind = PartnerTrait.Kind
NEVER = datetime.min.replace(tzinfo=UTC)


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
    at, rates = clock.now(), latest_rates()
    scored = []
    for partner in _eligible(criteria, at).prefetch_related("traits", "categories"):
        smallest = convert(partner.smallest_budget, source=partner.currency, target=criteria.currency, rates=rates)
        if smallest is not None and smallest <= criteria.budget:
            scored.append((partner, _score(partner, criteria, smallest, rates, at)))
    scored.sort(key=lambda row: (-row[1].points, row[0].last_referred_at or NEVER, row[0].id))
    return [match for _partner, match in scored[:limit]]


def partners_without_rate(criteria):
    """Partners that pass every other filter, but whose currency has no stored rate: the staff desk names them."""
    rates = latest_rates()
    foreign = _eligible(criteria, clock.now()).exclude(currency=criteria.currency).exclude(smallest_budget=0)
    if criteria.currency not in rates:
        return list(foreign)
    return list(foreign.exclude(currency__in=rates))


def _eligible(criteria, at):
    return (
        Partner.objects.available(at)
        .filter(markets=criteria.market, categories=criteria.category_id)
        .filter(traits__kind=Kind.COMPANY_SIZE, traits__code=criteria.company_size)
        .exclude(id__in=criteria.exclude)
    )


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
    count = len(partner.categories.all())
    points = max(30 - 4 * (count - 1), 6)
    code = "specialises" if count <= 3 else "works_in"
    return points, points + 10, {"code": code, "category": criteria.category_name}


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
    reason = {"code": "size", "size": criteria.company_size} if reached == 1 else None
    return 15 * reached, 6, reason


def _response(partner):
    """15 times the response rate; half of it, told as nothing, under 5 answers."""
    rate = partner.response_rate
    if rate is None:
        return 7.5, 0, None
    return 15 * rate, 15 * rate, {"code": "answers", "percent": round(rate * 100)} if rate >= 0.8 else None


def _language(partner, criteria):
    if criteria.language and criteria.language in partner.codes_of(Kind.LANGUAGE):
        return 10, 9, {"code": "language", "language": criteria.language}
    return 0, 0, None


def _city(partner, criteria):
    if partner.city and partner.city.casefold() in criteria.place.casefold():
        return 5, 14, {"code": "city", "city": partner.city}
    return 0, 0, None


def _waiting(partner, at):
    """5 for a partner never referred, or not for thirty days."""
    if partner.last_referred_at is None:
        return 5
    return min(5, max(0, (at - partner.last_referred_at).total_seconds() / 86_400 / 6))


def reason_text(reason):
    """One stored reason as a sentence in the reader's language."""
    match reason["code"]:
        case "specialises":
            return _("Specialises in %(category)s") % reason
        case "works_in":
            return _("Works in %(category)s") % reason
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
