"""The partners that the form offers: those of the shop's market, found by name, with what speaks for each."""

from dataclasses import dataclass, replace

from django.db.models import Case, Value, When
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.formats import joined, sentence_of
from accounts.paging import united
from accounts.search import is_too_long, words_begin
from partners import listings
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
from requests_app import availability

MOST_SHOWN = 60
AT_ONCE = 20  # more cards would not stay under 60 kB
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
    """The options for one shop and one state of its form, those that fit best first. `market`: else the shop's.

    `picked` are ids, shown whatever else is asked for; `asked` those that have the request already, never shown;
    `sketch` is what the form says so far, which decides how well each partner fits; `start` how many were shown before.
    """

    def __init__(self, shop, *, market=None, picked=(), asked=(), query="", start=0, sketch=None):
        sketch = sketch or Sketch()
        self.shop, self.picked, self.query, self.start = shop, list(picked), query, start
        market = market or shop.market_id
        self.sketch = replace(sketch, market=market, exclude=frozenset(asked), budget=sketch.budget or None)

    @cached_property
    def options(self):
        """The picked, then AT_ONCE others from `start` on."""
        chosen, others = self._in_order
        return [self._option(partner, fit) for partner, fit in chosen + others[self.start : self.start + AT_ONCE]]

    @cached_property
    def _in_order(self):
        """Two lists of pairs of partner and fit: those picked, and the first MOST_SHOWN others.

        The database brings those first that can be asked and work in the category; their order here is that of the fit.
        """
        rates = latest_rates() if self.sketch.budget else {}
        ids = {*self.picked, *self._found[:MOST_SHOWN]}
        rows = self._listed().filter(pk__in=ids).prefetch_related("traits", "markets", "categories")
        found = [(partner, fit_of(partner, self.sketch, rates)) for partner in rows]
        ranks = {partner.pk: self._rank(partner) for partner, _fit in found}

        def key(row):
            partner, fit = row
            rank = ranks[partner.pk]
            return (GROUPS[rank], fit.asks_for_more, -fit.points, rank, partner.name_order, partner.pk)

        found.sort(key=key)
        chosen = sum(rank == PICKED for rank in ranks.values())
        return found[:chosen], found[chosen:]

    def _rank(self, partner):
        if partner.pk in self.picked:
            return PICKED
        if not partner.is_available or partner.pk in self._out_of_reach:
            return NOT_NOW
        return OF_THE_CATEGORY if WORKS_IN_CATEGORY.passes(partner, self.sketch, {}) else OTHERS

    @cached_property
    def _out_of_reach(self):
        """Of those that the shop cannot ask now, whoever they are: {id: why}."""
        return availability.hindrances(self.shop.pk)

    @property
    def _own_blocks(self):
        return {pk for pk, why in self._out_of_reach.items() if why == availability.OWN_BLOCK}

    @cached_property
    def next_start(self):
        """How many were shown when the next ones are asked for; 0 where these are the last."""
        beyond = self.start + AT_ONCE
        return beyond if beyond < len(self._in_order[1]) else 0

    @cached_property
    def has_more(self):
        """Whether there are partners beyond the MOST_SHOWN that can be looked through without a search."""
        return len(self._found) > MOST_SHOWN

    @cached_property
    def has_others(self):
        return bool(self._in_order[1])

    def unavailable(self, ids):
        """Return why each of these ids cannot be asked now, as sentences: [] where all can."""
        askable = Partner.objects.filter(all_of(BINDING, self.sketch, {}), pk__in=ids)
        if set(ids) <= set(askable.values_list("pk", flat=True)) - self._out_of_reach.keys():
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

    @cached_property
    def _found(self):
        """The keys of the first MOST_SHOWN partners besides those picked, and of one more if there is one."""
        if is_too_long(self.query):
            return []
        searched = words_begin("name_words", self.query)
        return self._first() if searched is None else list(self._matching(searched)[: MOST_SHOWN + 1])

    def _first(self):
        """Without a search: first who works in the category, then who does not, then who cannot be asked now.

        Each comes by name along an index of its own, in one statement. The second part is long enough for all partners
        of the first to be in it too.
        """
        market, few = self.sketch.market, MOST_SHOWN + 1
        without = {*self.picked, *self.sketch.exclude, *self._own_blocks}
        parts = [
            listings.in_category(market, self.sketch.category_id),
            listings.in_market(market, available=True),
            listings.in_market(market, available=False),
        ]
        limits = (few, 2 * few, few)
        rows = united(
            part.exclude(partner__in=without).values_list("partner")[:limit]
            for part, limit in zip(parts, limits, strict=True)
        )
        return list(dict.fromkeys(pk for (pk,) in rows))[:few]

    def _matching(self, searched):
        serves, works, free = (
            each.condition(self.sketch, {}) for each in (SERVES_MARKET, WORKS_IN_CATEGORY, IS_AVAILABLE)
        )
        rank = Case(
            When(~free, then=Value(NOT_NOW)),
            When(works, then=Value(OF_THE_CATEGORY)),
            default=Value(OTHERS),
        )
        rows = self._listed().filter(searched, serves).exclude(pk__in={*self.picked, *self._own_blocks})
        return rows.order_by(rank, "name_order", "pk").values_list("pk", flat=True)

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
        missed = misses(partner, self.sketch, {}, among=BINDING)
        return missed[0] if missed else self._out_of_reach.get(partner.pk, "")


def suggested(shop, *, limit):
    """Partners of the shop's market to discover that have room now, the most experienced first."""
    first = listings.most_experienced(shop.market_id).values("partner")[:limit]
    free = Partner.objects.filter(all_of((SERVES_MARKET, IS_AVAILABLE), Sketch(market=shop.market_id), {}))
    within = free.filter(pk__in=first).exclude(pk__in=availability.out_of_reach(shop.pk))
    rows = within.order_by("-shares_answered", "name_order", "pk")
    return [
        {
            "name": partner.name,
            "url": partner.get_absolute_url(),
            "tagline": partner.tagline,
            "place": " · ".join(filter(None, [partner.city, joined(names_of(partner.markets.all()), most=3)])),
            "services": partner.labels_of(PartnerTrait.Kind.SERVICE)[:3],
        }
        for partner in rows.prefetch_related("traits", "markets")
    ]
