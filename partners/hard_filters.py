"""The hard filters: what a partner must meet to be referred for a request (docs/design.md, Referral).

A class holds all that is said of one filter: how it is asked of a partner at hand, of rows in the database and of the
matching index, and the sentence for a partner that does not meet it. Matching, its index, the picker and the staff desk
read HARD_FILTERS, so that a new filter is written here alone, with its column of `Offer` if it has one.

Everywhere `criteria` is a partners.matching.Criteria or Sketch, and `rates` are those of partners.rates.latest_rates.
"""

from abc import ABC, abstractmethod
from decimal import ROUND_DOWN, Decimal

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.formats import any_of, day, money
from partners.bands import band_columns, bands_within, within_condition
from partners.choices import SIZE_BITS, Currency, Service, service_names
from partners.models import Partner, PartnerTrait, available_at
from partners.rates import convert
from partners.workflow import Availability

LARGEST_AMOUNT = Decimal(10**20 - 1).scaleb(-2)  # that the column of smallest_budget takes


class HardFilter(ABC):
    text: Promise  # what the public page says of it
    overrulable = False  # a seller who picks, and staff who refer by hand, may choose a partner that does not meet it
    exact_in_index = True  # the index finds no partner that does not meet it; else each that it found is asked

    @abstractmethod
    def passes(self, partner, criteria, rates):
        """Return whether the partner, with its traits, markets and categories at hand, meets it.

        One that is not exact in the index also takes a partners.scoring.Glance.
        """

    @abstractmethod
    def why_not(self, partner, criteria, rates):
        """Return the sentence for a partner that does not meet it; "" where no list shows such partners."""

    @abstractmethod
    def condition(self, criteria, rates):
        """Return it as a condition on rows of Partner."""

    def index_rows(self, partner, at, rates):
        """Return what the index holds of the partner as [{column: value}], one for each row; [] keeps it out."""
        return [{}]

    def index_conditions(self, criteria, rates):
        """Return the conditions on the index as [(SQL, parameters)]; each of several is a scan of its own."""
        return [("", [])]

    def condition_at_once(self, criteria, rates):
        """Return the same as one condition, for the index of services: its scans are not divided further."""
        (condition,) = self.index_conditions(criteria, rates)
        return condition


class NotAskedBefore(HardFilter):
    """It is not among those left out: asked before, or out of the shop's reach (requests_app.availability)."""

    text = gettext_lazy(
        "It was not asked about this request before, your shop has fewer than two open requests with it, and neither "
        "has blocked the other."
    )
    exact_in_index = False

    def passes(self, partner, criteria, rates):
        return partner.pk not in criteria.exclude

    def why_not(self, partner, criteria, rates):
        return ""

    def condition(self, criteria, rates):
        return ~Q(pk__in=criteria.exclude)


class ServesMarket(HardFilter):
    text = gettext_lazy("It serves your shop's market.")

    def passes(self, partner, criteria, rates):
        return criteria.market in {market.pk for market in partner.markets.all()}

    def why_not(self, partner, criteria, rates):
        return _("Does not serve your market")

    def condition(self, criteria, rates):
        return Q(Exists(Partner.markets.through.objects.filter(partner=OuterRef("pk"), market=criteria.market)))

    def index_rows(self, partner, at, rates):
        return [{"market_id": market.pk} for market in partner.markets.all()]

    def index_conditions(self, criteria, rates):
        return [("market_id = %s", [criteria.market])]


class WorksInCategory(HardFilter):
    text = gettext_lazy("It works in your product category.")
    overrulable = True

    def passes(self, partner, criteria, rates):
        return criteria.category_id in {category.pk for category in partner.categories.all()}

    def why_not(self, partner, criteria, rates):
        return _("Does not work in %(category)s") % {"category": criteria.category_name}

    def condition(self, criteria, rates):
        held = Partner.categories.through.objects.filter(partner=OuterRef("pk"), category=criteria.category_id)
        return Q(Exists(held))

    def index_rows(self, partner, at, rates):
        return [{"category_id": category.pk} for category in partner.categories.all()]

    def index_conditions(self, criteria, rates):
        return [("category_id = %s", [criteria.category_id])]


class OffersServices(HardFilter):
    """It offers one of the services named, or full service. The index has a table of its own for such requests."""

    text = gettext_lazy(
        "It offers at least one of the services you need, or full service. If you name none, any partner may."
    )
    overrulable = True
    kind = PartnerTrait.Kind.SERVICE

    def named(self, criteria):
        """Return the services named, in the order of the vocabulary. One that it has no more asks for nothing."""
        return [code for code in Service.values if code in criteria.services]

    def offered(self, partner, criteria):
        """Return which of the services named the partner offers."""
        held = partner.codes_of(self.kind)
        full = Service.FULL_SERVICE in held
        return [code for code in self.named(criteria) if full or code in held]

    def passes(self, partner, criteria, rates):
        return not self.named(criteria) or bool(self.offered(partner, criteria))

    def why_not(self, partner, criteria, rates):
        return _("Does not offer %(services)s") % {"services": any_of(service_names(criteria.services))}

    def condition(self, criteria, rates):
        codes = self.named(criteria)
        if not codes:
            return Q()
        codes.append(Service.FULL_SERVICE)
        return Q(Exists(PartnerTrait.objects.filter(partner=OuterRef("pk"), kind=self.kind, code__in=codes)))


class ServesCompanySize(HardFilter):
    text = gettext_lazy("It serves companies of your size.")
    overrulable = True
    kind = PartnerTrait.Kind.COMPANY_SIZE

    def passes(self, partner, criteria, rates):
        return criteria.company_size in partner.codes_of(self.kind)

    def why_not(self, partner, criteria, rates):
        return _("Does not serve companies of this size")

    def condition(self, criteria, rates):
        held = PartnerTrait.objects.filter(partner=OuterRef("pk"), kind=self.kind, code=criteria.company_size)
        return Q(Exists(held))

    def index_rows(self, partner, at, rates):
        return [{"sizes": sum(SIZE_BITS[code] for code in partner.codes_of(self.kind))}]

    def index_conditions(self, criteria, rates):
        return [(f"(sizes & {SIZE_BITS.get(criteria.company_size, 0)}) > 0", [])]


class WithinBudget(HardFilter):
    """The smallest budget, in the request's currency, is at most the request's; without a rate it cannot be met."""

    text = gettext_lazy("Its minimum budget is at most yours. Other currencies are converted at stored, dated rates.")
    overrulable = True
    exact_in_index = False  # cents are rounded, and of EUR

    def smallest(self, partner, criteria, rates):
        """Return the partner's smallest monthly budget in the criteria's currency; None without a rate."""
        return convert(partner.smallest_budget, source=partner.currency, target=criteria.currency, rates=rates)

    def passes(self, partner, criteria, rates):
        smallest = self.smallest(partner, criteria, rates)
        return smallest is not None and smallest <= criteria.budget

    def why_not(self, partner, criteria, rates):
        if self.smallest(partner, criteria, rates) is None:
            return _("No exchange rate to compare its minimum budget with")
        text = _("Its minimum budget is %(amount)s a month")
        return text % {"amount": money(partner.smallest_budget, partner.currency)}

    def condition(self, criteria, rates):
        return within_budget(criteria.budget, criteria.currency, rates)

    def index_rows(self, partner, at, rates):
        return [band_columns(partner.smallest_budget, partner.currency, rates)]

    def index_conditions(self, criteria, rates):
        return [
            ("band = %s AND cents <= %s", list(reached))
            for reached in bands_within(criteria.budget, criteria.currency, rates)
        ]

    def condition_at_once(self, criteria, rates):
        return within_condition(criteria.budget, criteria.currency, rates)


class IsAvailable(HardFilter):
    """Approved, not paused, below capacity: `Partner.is_available`. Asked again under the lock with each new share."""

    text = gettext_lazy("It is approved, takes new requests and has room for one more.")

    def passes(self, partner, criteria, rates):
        return partner.is_available

    def why_not(self, partner, criteria, rates):
        match partner.availability:
            case Availability.PAUSED if not partner.is_paused:
                return _("Takes no new requests now")
            case Availability.PAUSED:
                return _("Takes no new requests until %(day)s") % {"day": day(partner.paused_until)}
            case Availability.BOOKED:
                return _("Fully booked")
        return ""

    def condition(self, criteria, rates):
        return available_at(clock.now())

    def index_rows(self, partner, at, rates):
        return [{}] if partner.is_available_at(at) else []


NOT_ASKED_BEFORE, SERVES_MARKET, WORKS_IN_CATEGORY = NotAskedBefore(), ServesMarket(), WorksInCategory()
OFFERS_SERVICES, SERVES_COMPANY_SIZE = OffersServices(), ServesCompanySize()
WITHIN_BUDGET, IS_AVAILABLE = WithinBudget(), IsAvailable()
HARD_FILTERS = (  # in the order in which a list of sentences names them
    NOT_ASKED_BEFORE,
    SERVES_MARKET,
    WORKS_IN_CATEGORY,
    OFFERS_SERVICES,
    SERVES_COMPANY_SIZE,
    WITHIN_BUDGET,
    IS_AVAILABLE,
)
BINDING = tuple(each for each in HARD_FILTERS if not each.overrulable)
OVERRULABLE = tuple(each for each in HARD_FILTERS if each.overrulable)


def misses(partner, criteria, rates, *, among=HARD_FILTERS):
    """Return a sentence for each of these filters that the partner does not meet."""
    return [each.why_not(partner, criteria, rates) for each in among if not each.passes(partner, criteria, rates)]


def all_of(filters, criteria, rates):
    """Return the condition on rows of Partner that they meet all of these filters."""
    return Q(*(each.condition(criteria, rates) for each in filters))


def within_budget(budget, currency, rates, *, keep_unrated=False):
    """Return the condition on rows of Partner that their smallest monthly budget is at most this one.

    It is compared in the partner's own currency, so that the database converts nothing. A partner whose budget cannot
    be compared for want of a rate is left out, unless `keep_unrated`.
    """
    fits = Q(smallest_budget=0)
    for code in Currency.values:
        own = convert(budget, source=currency, target=code, rates=rates)
        if own is not None:
            most = min(own, LARGEST_AMOUNT).quantize(LARGEST_AMOUNT, ROUND_DOWN)
            fits |= Q(currency=code, smallest_budget__lte=most)
        elif keep_unrated:
            fits |= Q(currency=code)
    return fits
