"""How well a partner fits, and why: the parts of the score, their weights and their reasons (docs/design.md, Score).

Each part is a function that gives its points, and the reason with how much that is worth showing. Referral and the
request form's picker add up the same parts: a new part is written here alone, and listed in WANTED or OWN.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from partners.choices import Language, label_in
from partners.hard_filters import SERVES_COMPANY_SIZE, WITHIN_BUDGET, WORKS_IN_CATEGORY
from partners.models import PartnerTrait
from partners.names import category_name
from partners.rates import convert

# The most points of each part, 100 together.
FOCUS, BUDGET, SIZE, RESPONSE, LANGUAGE, CITY, WAITING = 30, 20, 15, 15, 10, 5, 5
LEAST_FOCUS, EACH_FURTHER_CATEGORY = 6, 4
BUDGET_JUST_REACHED = 8
WAITED_LONG = 30  # days since the last referral
SPECIALIST_UP_TO = 3  # categories
GOOD_RATE = 0.8  # of its requests answered: worth showing from here on
MOST_REASONS = 3


@dataclass(frozen=True)
class Part:
    """One part of a score. `reason` is {"code": …} with what it names; those of more `weight` are shown first."""

    points: float = 0
    weight: float = 0
    reason: dict | None = None


NOTHING = Part()


def focus_points(category_count):
    """Return 30 for a specialist in one category, 4 less for each further one, 6 at least."""
    return max(FOCUS - EACH_FURTHER_CATEGORY * (category_count - 1), LEAST_FOCUS)


def response_points(partner):
    """Return 15 times the response rate; half of 15 while there is none."""
    return RESPONSE / 2 if partner.response_rate is None else RESPONSE * partner.response_rate


def category_focus(partner, criteria, rates):
    """30 for a specialist in the category asked for, less the more others there are."""
    if not WORKS_IN_CATEGORY.passes(partner, criteria, rates):
        return NOTHING
    names = {category.pk: category.name for category in partner.categories.all()}
    points = focus_points(len(names))
    code = "specialises" if len(names) <= SPECIALIST_UP_TO else "works_in"
    return Part(points, points + 10, {"code": code, "category": names[criteria.category_id]})


def size_fit(partner, criteria, rates):
    """15 where the shop's monthly GMV reaches the partner's smallest, less below it; 15 while no GMV is known."""
    if not SERVES_COMPANY_SIZE.passes(partner, criteria, rates):
        return NOTHING
    reason = {"code": "size", "size": criteria.company_size}
    if criteria.gmv is None:
        return Part(SIZE, SIZE + 1, reason)
    smallest = convert(partner.smallest_gmv, source=partner.currency, target=criteria.currency, rates=rates)
    reached = 1.0 if not smallest else min(1.0, float(criteria.gmv / smallest))
    return Part(SIZE * reached, 6, reason if reached == 1 else None)


def budget_fit(partner, criteria, rates):
    """20 from half as much again as the partner's smallest budget, 8 right at it."""
    if criteria.budget is None or not WITHIN_BUDGET.passes(partner, criteria, rates):
        return NOTHING
    smallest = WITHIN_BUDGET.smallest(partner, criteria, rates)
    if smallest == 0:
        return Part(BUDGET, 1)
    room = min(1, float((criteria.budget / smallest - 1) * 2))
    points = BUDGET_JUST_REACHED + (BUDGET - BUDGET_JUST_REACHED) * room
    return Part(points, points, {"code": "budget_ample" if points == BUDGET else "budget_fits"})


def response(partner, criteria, rates):
    """15 times the response rate; half of 15, without a reason, while there is none."""
    points = response_points(partner)
    answers_well = partner.response_rate is not None and partner.response_rate >= GOOD_RATE
    return Part(points, points, answers_reason(partner) if answers_well else None)


def language(partner, criteria, rates):
    """10 where it speaks the shop's language."""
    if not criteria.language or criteria.language not in partner.codes_of(PartnerTrait.Kind.LANGUAGE):
        return NOTHING
    return Part(LANGUAGE, 9, {"code": "language", "language": criteria.language})


def city(partner, criteria, rates):
    """5 where its city is named in the request's location."""
    if not partner.city or partner.city.casefold() not in criteria.place.casefold():
        return NOTHING
    return Part(CITY, 14, {"code": "city", "city": partner.city})


WANTED = (category_focus, size_fit, budget_fit)  # how it meets what is asked for
OWN = (response, language, city)  # what speaks for it besides


def waiting(partner, at):
    """5 for a partner never referred, or not for thirty days; less, the later it was. Counts for referrals alone."""
    if partner.last_referred_at is None:
        return Part(WAITING)
    days = (at - partner.last_referred_at).total_seconds() / 86_400
    return Part(min(WAITING, max(0, days / (WAITED_LONG / WAITING))))


def total(parts):
    return sum(part.points for part in parts)


def best_reasons(parts):
    """Return up to three reasons, those of most weight first."""
    with_reason = sorted((part for part in parts if part.reason), key=lambda part: -part.weight)
    return [part.reason for part in with_reason[:MOST_REASONS]]


def answers_reason(partner):
    """Return the reason that says how many of its requests it answers; None while nothing can be said."""
    rate = partner.response_rate
    return None if rate is None else {"code": "answers", "percent": round(rate * 100)}


def reason_text(reason):
    """Return a stored reason as a sentence in the reader's language; "" for a code that is no more."""
    match reason["code"]:
        case "specialises":
            return _("Specialises in %(category)s") % {"category": category_name(reason["category"])}
        case "works_in":
            return _("Works in %(category)s") % {"category": category_name(reason["category"])}
        case "budget_ample":
            return _("Your budget is well above its minimum")
        case "budget_fits":
            return _("Your budget is within its range")
        case "size":
            return _("Works with companies of your size")
        case "answers":
            return _("Answers %(percent)s%% of requests") % reason
        case "language":
            return _("Speaks %(language)s") % {"language": label_in(Language, reason["language"])}
        case "city":
            return _("Is in %(city)s") % reason
    return ""
