"""How well a partner fits, and why: the parts of the score, their weights and their reasons (docs/design.md, Score).

Each part is a function that gives its points, and the reason with how much that is worth showing. Referral
(`partners.matching`, which also breaks ties) and the request form's picker add up the same parts: a new part is
written here alone, and listed in PARTS, where what the public page says of it stands, too. One that the index does not
hold also adds to `most_outside_index`, and what it reads of a partner to Glance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched

from django.db.models import Exists, OuterRef, Value
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formats import listed
from partners.choices import Language, Service, label_in, service_names
from partners.hard_filters import OFFERS_SERVICES, SERVES_COMPANY_SIZE, WITHIN_BUDGET, WORKS_IN_CATEGORY
from partners.models import Partner, PartnerTrait
from partners.names import category_name
from partners.rates import convert

# The most points of each part, 100 together.
SERVICES, FOCUS, BUDGET, SIZE, RESPONSE, RATING, LANGUAGE, CITY, WAITING = 25, 20, 15, 10, 10, 5, 5, 5, 5
LEAST_FOCUS, EACH_FURTHER_CATEGORY = 4, 2.7
BUDGET_JUST_REACHED = 6
WAITED_LONG = 30  # days since the last referral
SPECIALIST_UP_TO = 3  # categories
GOOD_RATE = 0.8  # of its requests answered: worth showing from here on
MOST_REASONS = 3
OF_ONE_QUERY = 10_000  # partners


@dataclass(frozen=True)
class Part:
    """One part of a score. `reason` is {"code": …} with what it names; those of more `weight` are shown first."""

    points: float = 0
    weight: float = 0
    reason: dict | None = None

    @property
    def tenths(self):
        """Return the points as they count: in whole tenths, so that equal partners are equal."""
        return round(10 * self.points)


NOTHING = Part()


def service_points(offered, named):
    """Return the part of 25 that so many of the services named are; 25 where none is named."""
    return SERVICES * offered / named if named else SERVICES


def focus_points(category_count):
    """Return 20 for a specialist in one category, 2.7 less for each further one, 4 at least."""
    return max(FOCUS - EACH_FURTHER_CATEGORY * (category_count - 1), LEAST_FOCUS)


def response_points(partner):
    """Return 10 times the response rate; half of 10 while there is none."""
    return RESPONSE / 2 if partner.response_rate is None else RESPONSE * partner.response_rate


def services(partner, criteria, rates):
    """25 where it offers all services named, or none is; less in proportion where it offers some of them."""
    named, offered = OFFERS_SERVICES.named(criteria), OFFERS_SERVICES.offered(partner, criteria)
    points = service_points(len(offered), len(named))
    if not offered:
        return Part(points)
    all_of_several = len(offered) == len(named) > 1
    return Part(points, 100, {"code": "offers_all" if all_of_several else "offers", "services": offered})


def category_focus(partner, criteria, rates):
    """20 for a specialist in the category asked for, less the more others there are."""
    if not WORKS_IN_CATEGORY.passes(partner, criteria, rates):
        return NOTHING
    names = {category.pk: category.name for category in partner.categories.all()}
    points = focus_points(len(names))
    code = "specialises" if len(names) <= SPECIALIST_UP_TO else "works_in"
    return Part(points, points + 10, {"code": code, "category": names[criteria.category_id]})


def size_fit(partner, criteria, rates):
    """10 where the shop's monthly GMV reaches the partner's smallest, less below it; 10 while no GMV is known."""
    if not SERVES_COMPANY_SIZE.passes(partner, criteria, rates):
        return NOTHING
    reason = {"code": "size", "size": criteria.company_size}
    if criteria.gmv is None:
        return Part(SIZE, SIZE + 1, reason)
    smallest = convert(partner.smallest_gmv, source=partner.currency, target=criteria.currency, rates=rates)
    reached = 1.0 if not smallest else min(1.0, float(criteria.gmv / smallest))
    return Part(SIZE * reached, 4, reason if reached == 1 else None)


def budget_fit(partner, criteria, rates):
    """15 from half as much again as the partner's smallest budget, 6 right at it."""
    if criteria.budget is None or not WITHIN_BUDGET.passes(partner, criteria, rates):
        return NOTHING
    smallest = WITHIN_BUDGET.smallest(partner, criteria, rates)
    if smallest == 0:
        return Part(BUDGET, 1)
    room = min(1, float((criteria.budget / smallest - 1) * 2))
    points = BUDGET_JUST_REACHED + (BUDGET - BUDGET_JUST_REACHED) * room
    return Part(points, points, {"code": "budget_ample" if points == BUDGET else "budget_fits"})


def response(partner, criteria, rates):
    """10 times the response rate; half of 10, without a reason, while there is none."""
    points = response_points(partner)
    answers_well = partner.response_rate is not None and partner.response_rate >= GOOD_RATE
    return Part(points, points, answers_reason(partner) if answers_well else None)


def rating(partner, criteria, rates):
    """Half of 5 for everybody, as for a partner with fewer than five reviews: no partner has any yet."""
    return Part(RATING / 2)


def language(partner, criteria, rates):
    """5 where it speaks the shop's language."""
    if not criteria.language or criteria.language not in partner.codes_of(PartnerTrait.Kind.LANGUAGE):
        return NOTHING
    return Part(LANGUAGE, 6, {"code": "language", "language": criteria.language})


def city(partner, criteria, rates):
    """5 where its city is named in the request's location."""
    if not _is_named(partner.city, criteria):
        return NOTHING
    return Part(CITY, 10, {"code": "city", "city": partner.city})


def _is_named(city, criteria):
    return bool(city) and city.casefold() in criteria.place.casefold()


def waiting_points(referred_at, at):
    """Return 5 for who was never referred (None), or not for thirty days; less, the later it was."""
    if referred_at is None:
        return WAITING
    days = (at - referred_at).total_seconds() / 86_400
    return min(WAITING, max(0, days / (WAITED_LONG / WAITING)))


@dataclass(frozen=True)
class Rule:
    """A part of the score: its code, the most points, how they are counted and how they are explained to everybody."""

    code: str
    most: int
    count: Callable | None  # None: by matching itself, with the time of the referral
    name: Promise
    text: Promise
    in_index: bool = False  # it follows from a row of the matching index (partners.offers)


PARTS = (
    Rule(
        "services",
        SERVICES,
        services,
        gettext_lazy("Help needed"),
        gettext_lazy(
            "All of the points for a partner that offers every service you name, less in proportion for some of them."
            " A full-service partner offers all. If you name none, everybody has all of these points."
        ),
        in_index=True,
    ),
    Rule(
        "focus",
        FOCUS,
        category_focus,
        gettext_lazy("Category focus"),
        gettext_lazy("Most for a partner that works in your product category alone, less the more others it has."),
        in_index=True,
    ),
    Rule(
        "budget",
        BUDGET,
        budget_fit,
        gettext_lazy("Budget fit"),
        gettext_lazy("All where your budget is half as much again as the partner's minimum, fewer the closer it is."),
    ),
    Rule(
        "size",
        SIZE,
        size_fit,
        gettext_lazy("Size and GMV fit"),
        gettext_lazy("All where your GMV reaches the partner's minimum, less in proportion below it."),
    ),
    Rule(
        "response",
        RESPONSE,
        response,
        gettext_lazy("Response rate"),
        gettext_lazy(
            "The share of its requests that a partner answers. Half of the points until it has answered five."
        ),
        in_index=True,
    ),
    Rule(
        "rating",
        RATING,
        rating,
        gettext_lazy("Rating"),
        gettext_lazy("What shops say of a partner. Half of the points for everybody, as there are no reviews yet."),
    ),
    Rule(
        "language",
        LANGUAGE,
        language,
        gettext_lazy("Language"),
        gettext_lazy("For a partner that speaks your shop's language."),
    ),
    Rule(
        "city",
        CITY,
        city,
        gettext_lazy("City"),
        gettext_lazy("For a partner whose city your request's location names."),
    ),
    Rule(
        "waiting",
        WAITING,
        None,
        gettext_lazy("Waiting longest"),
        gettext_lazy("All for a partner that was not referred for 30 days or ever, so that everybody has their turn."),
        in_index=True,
    ),
)


def parts_of(partner, criteria, rates):
    """Return the part of each rule but the wait for a referral, as {code: Part}, for Criteria or a Sketch."""
    return {rule.code: rule.count(partner, criteria, rates) for rule in PARTS if rule.count}


def traits_looked_at(criteria):
    """Return the traits that the parts of a partner at hand look at: those that are named."""
    named = [criteria.language, criteria.company_size, *criteria.services, Service.FULL_SERVICE]
    return PartnerTrait.objects.filter(code__in=named)


def most_outside_index(criteria):
    """Return the most tenths that the parts give together which the index does not hold."""
    return (
        10 * (BUDGET + SIZE)
        + 10 * RATING // 2
        + 10 * LANGUAGE * bool(criteria.language)
        + 10 * CITY * bool(criteria.place)
    )


@dataclass(frozen=True, slots=True)
class Glance:
    """What is read of a partner that the index found: enough for the parts, and the filters, that it does not hold.

    That the partner serves the size is taken from the index.
    """

    pk: int
    city: str
    currency: str
    smallest_budget: Decimal
    smallest_gmv: Decimal
    codes: dict[str, set[str]]  # of its sizes and languages, those that are asked for

    def codes_of(self, kind):
        return self.codes[kind]

    def tenths_outside_index(self, criteria, rates):
        """Return the tenths of the parts that the index does not hold."""
        return sum(rule.count(self, criteria, rates).tenths for rule in PARTS if not rule.in_index)


def glances(ids, criteria):
    """Yield a Glance of each of these partners, which the index found for the criteria."""
    size, language = PartnerTrait.Kind.COMPANY_SIZE, PartnerTrait.Kind.LANGUAGE
    wanted = criteria.language if criteria.language in Language.values else ""  # nobody has points for another
    speaking = PartnerTrait.objects.filter(kind=language, code=wanted)
    for some in batched(ids, OF_ONE_QUERY):
        # Their keys stand in the subquery too: PostgreSQL may read it alone, and then reads no other speakers.
        speaks = Exists(speaking.filter(partner=OuterRef("pk"), partner__in=some)) if wanted else Value(False)
        shown = ("pk", "city", "currency", "smallest_budget", "smallest_gmv", speaks)
        for *own, is_spoken in Partner.objects.filter(pk__in=some).values_list(*shown):
            spoken = {wanted} if is_spoken else set()
            yield Glance(*own, codes={size: {criteria.company_size}, language: spoken})


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
        case "offers":
            return _("Offers %(services)s") % {"services": listed(service_names(reason["services"]))}
        case "offers_all":
            return _("Offers all you need: %(services)s") % {"services": listed(service_names(reason["services"]))}
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
