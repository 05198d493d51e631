"""The partners that the form offers: those of the shop's market, found by name, with what speaks for each."""

from dataclasses import dataclass

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts import clock
from accounts.formats import day, joined
from accounts.search import words_begin
from partners.directory import pace_text, smallest_budget_text
from partners.matching import Sketch, fit_of, reason_text
from partners.models import Partner, PartnerTrait
from partners.rates import latest_rates

MOST_SHOWN = 60
PICKED, OF_THE_CATEGORY, OTHERS, NOT_NOW = range(4)  # what the database brings first
GROUPS = {PICKED: 0, OF_THE_CATEGORY: 1, OTHERS: 1, NOT_NOW: 2}  # within these the fit decides


@dataclass(frozen=True)
class Option:
    id: int
    name: str
    city: str
    services: list
    markets: list
    pace: str  # how soon it answers; "" while nothing can be said
    fits: list  # up to three reasons, as sentences
    against: str  # what speaks against it as the form stands; it can be asked all the same
    hindrance: str  # why it cannot be asked now; "" when it can
    picked: bool


class Picker:
    """The options for one shop and one state of its form, those that fit best first.

    `picked` are ids, shown whatever else is asked for; `asked` those that have the request already, never shown;
    `sketch` is what the form says so far, which the partners' fit is told of.
    """

    def __init__(self, shop, *, picked=(), asked=(), query="", sketch=None):
        self.shop, self.picked, self.asked = shop, list(picked), set(asked)
        self.query, self.sketch = query, sketch or Sketch()

    @cached_property
    def options(self):
        """The database brings those that can be asked and work in the category; their order here is that of the fit."""
        rates = latest_rates() if self.sketch.budget else {}
        found = [
            (partner, fit_of(partner, self.sketch, rates)) for partner in self._rows()[: MOST_SHOWN + len(self.picked)]
        ]
        found.sort(key=lambda row: (GROUPS[row[0].rank], row[1].asks_for_more, -row[1].points))
        return [self._option(partner, fit) for partner, fit in found]

    @cached_property
    def has_more(self):
        """Whether there are partners beyond those shown; known once `options` were read."""
        return len(self.options) >= MOST_SHOWN + len(self.picked)

    @cached_property
    def has_others(self):
        return any(not option.picked for option in self.options)

    def unavailable(self, ids):
        """Of these ids, what hinders each that cannot be asked, as sentences."""
        known = {partner.pk: partner for partner in self._listed().filter(pk__in=ids)}
        refused = [(known[pk], hindrance) for pk in ids if pk in known and (hindrance := self._hindrance(known[pk]))]
        said = [f"{partner.name}: {hindrance}." for partner, hindrance in refused]
        if any(pk not in known for pk in ids):
            said.append(_("One of the partners cannot be asked any more and was taken off your choice."))
        return said

    def _listed(self):
        """Those that can be chosen at all; `serves` says whether they serve the shop's market."""
        serves = Exists(Partner.markets.through.objects.filter(partner=OuterRef("pk"), market=self.shop.market_id))
        return Partner.objects.listed().exclude(pk__in=self.asked).annotate(serves=serves)

    def _rows(self):
        works = Exists(
            Partner.categories.through.objects.filter(partner=OuterRef("pk"), category=self.sketch.category_id)
        )
        free = Exists(Partner.objects.available().filter(pk=OuterRef("pk")))
        found = words_begin("name", self.query)
        wanted = Q(serves=True) if found is None else Q(serves=True) & Q(found)
        rank = Case(
            When(pk__in=self.picked, then=Value(PICKED)),
            When(~free, then=Value(NOT_NOW)),
            When(works, then=Value(OF_THE_CATEGORY)),
            default=Value(OTHERS),
        )
        return (
            self._listed()
            .filter(Q(pk__in=self.picked) | wanted)
            .annotate(rank=rank)
            .order_by("rank", "name", "pk")
            .prefetch_related("traits", "markets", "categories")
        )

    def _option(self, partner, fit):
        return Option(
            id=partner.pk,
            name=partner.name,
            city=partner.city,
            services=partner.labels_of(PartnerTrait.Kind.SERVICE),
            markets=[str(market) for market in partner.markets.all()],
            pace=pace_text(partner),
            fits=[reason_text(reason) for reason in fit.reasons],
            against=smallest_budget_text(partner) if fit.asks_for_more else "",
            hindrance=self._hindrance(partner),
            picked=partner.pk in self.picked,
        )

    def _hindrance(self, partner):
        if not partner.serves:
            return _("Does not serve your market")
        if partner.is_paused:
            return _("Takes no new requests until %(day)s") % {"day": day(partner.paused_until)}
        return _("Fully booked") if partner.is_fully_booked else ""


def suggested(shop, *, limit):
    """Partners of the shop's market to discover that have room now, the most experienced first."""
    rows = Partner.objects.available(clock.now()).filter(markets=shop.market_id)
    rows = rows.order_by("-shares_answered", "name", "pk").prefetch_related("traits", "markets")
    return [
        {
            "name": partner.name,
            "url": partner.get_absolute_url(),
            "tagline": partner.tagline,
            "place": " · ".join(filter(None, [partner.city, joined(partner.markets.all(), most=3)])),
            "services": partner.labels_of(PartnerTrait.Kind.SERVICE)[:3],
        }
        for partner in rows[:limit]
    ]
