"""The partners that the form offers: those of the shop's market, found by name, with what speaks for each."""

from dataclasses import dataclass, replace

from django.db.models import Case, Q, Value, When
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.formats import joined, sentence_of
from accounts.search import words_begin
from partners.directory import pace_text, smallest_budget_text
from partners.hard_filters import (
    BINDING,
    IS_AVAILABLE,
    NOT_ASKED_BEFORE,
    SERVES_MARKET,
    WORKS_IN_CATEGORY,
    all_of,
    misses,
)
from partners.matching import Sketch, fit_of
from partners.models import Partner, PartnerTrait
from partners.names import names_of
from partners.rates import latest_rates
from partners.scoring import reason_text

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
    `sketch` is what the form says so far, which decides how well each partner fits.
    """

    def __init__(self, shop, *, picked=(), asked=(), query="", sketch=None):
        sketch = sketch or Sketch()
        self.picked, self.query = list(picked), query
        self.sketch = replace(sketch, market=shop.market_id, exclude=frozenset(asked), budget=sketch.budget or None)

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
        """Return why each of these ids cannot be asked now, as sentences: [] where all can."""
        askable = Partner.objects.filter(all_of(BINDING, self.sketch, {}), pk__in=ids)
        if set(ids) <= set(askable.values_list("pk", flat=True)):
            return []
        known = {partner.pk: partner for partner in self._listed().filter(pk__in=ids).prefetch_related("markets")}
        refused = [(known[pk], hindrance) for pk in ids if pk in known and (hindrance := self._hindrance(known[pk]))]
        said = [sentence_of(partner.name, hindrance) for partner, hindrance in refused]
        if any(pk not in known for pk in ids):
            said.append(_("One of the partners cannot be asked any more and was taken off your choice."))
        return said

    def _listed(self):
        """Those that can be chosen at all."""
        return Partner.objects.listed().filter(NOT_ASKED_BEFORE.condition(self.sketch, {}))

    def _rows(self):
        serves, works, free = (
            each.condition(self.sketch, {}) for each in (SERVES_MARKET, WORKS_IN_CATEGORY, IS_AVAILABLE)
        )
        found = words_begin("name_words", self.query)
        wanted = serves if found is None else serves & Q(found)
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
            .order_by("rank", "name_order", "pk")
            .prefetch_related("traits", "markets", "categories")
        )

    def _option(self, partner, fit):
        return Option(
            id=partner.pk,
            name=partner.name,
            city=partner.city,
            services=partner.labels_of(PartnerTrait.Kind.SERVICE),
            markets=names_of(partner.markets.all()),
            pace=pace_text(partner),
            fits=[reason_text(reason) for reason in fit.reasons],
            against=smallest_budget_text(partner) if fit.asks_for_more else "",
            hindrance=self._hindrance(partner),
            picked=partner.pk in self.picked,
        )

    def _hindrance(self, partner):
        """Return why it cannot be asked now as a sentence; "" when it can."""
        return next(iter(misses(partner, self.sketch, {}, among=BINDING)), "")


def suggested(shop, *, limit):
    """Partners of the shop's market to discover that have room now, the most experienced first."""
    rows = Partner.objects.filter(all_of((SERVES_MARKET, IS_AVAILABLE), Sketch(market=shop.market_id), {}))
    rows = rows.order_by("-shares_answered", "name_order", "pk").prefetch_related("traits", "markets")
    return [
        {
            "name": partner.name,
            "url": partner.get_absolute_url(),
            "tagline": partner.tagline,
            "place": " · ".join(filter(None, [partner.city, joined(names_of(partner.markets.all()), most=3)])),
            "services": partner.labels_of(PartnerTrait.Kind.SERVICE)[:3],
        }
        for partner in rows[:limit]
    ]
