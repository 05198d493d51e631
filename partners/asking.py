"""Whom a reader can ask: the directory offers what the request form takes, by the same filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from partners.hard_filters import BINDING, IS_AVAILABLE, all_of, misses
from partners.matching import Sketch


@dataclass(frozen=True)
class Asker:
    """Who reads the directory. `market` is that of the shop they can ask for, "" while there is none."""

    market: str = ""
    refusal: str = ""  # why they can ask nobody, as a sentence
    may_block: bool = False  # whether they can block a partner for the shop
    # {id: why} of partners that this shop cannot ask now, whoever they are
    out_of_reach: Mapping[int, str] = field(default_factory=dict, hash=False)

    def hindrance(self, partner):
        """Return why they cannot ask this partner now, in some words; "" when they can.

        The partner has its markets at hand.
        """
        missed = misses(partner, self._sketch, {}, among=self._filters)
        if missed:
            return missed[0] or _("Cannot be asked now")
        return self.out_of_reach.get(partner.pk, "")

    @property
    def condition(self):
        """Return the same as a condition on rows of Partner."""
        return all_of(self._filters, self._sketch, {}) & ~Q(pk__in=self.out_of_reach.keys())

    @property
    def _filters(self):
        return BINDING if self.market else (IS_AVAILABLE,)

    @property
    def _sketch(self):
        return Sketch(market=self.market)


NOBODY_KNOWN = Asker()


def asker_of(request):
    """Return the reader as an Asker; who has a shop is known to `requests_app` alone."""
    return import_string(settings.ASKER_OF_READER)(request)
