"""The tables of the matching index, and of what each market offers (docs/design.md, Matching index).

They hold nothing of their own: partners.offers and partners.listings make their rows from the partners.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThan

from accounts.names import SortKeyField
from partners.choices import SIZE_BITS


class Cell(models.Model):
    """What both tables of the matching index say of an available partner in a category and market.

    `rank` is the part of the score that does not depend on the request.
    """

    category = models.ForeignKey("partners.Category", on_delete=models.CASCADE, related_name="+", db_index=False)
    market = models.ForeignKey("partners.Market", on_delete=models.CASCADE, related_name="+", db_index=False)
    band = models.PositiveSmallIntegerField()  # of the smallest budget, in EUR: partners.bands.BANDS
    cents = models.PositiveBigIntegerField()  # that budget, rounded down
    sizes = models.PositiveSmallIntegerField()  # company sizes served: SIZE_BITS
    rank = models.PositiveSmallIntegerField()  # tenths of a point
    referred_at = models.DateTimeField()  # NEVER where it never was

    class Meta:
        abstract = True


class Offer(Cell):
    """One cell of the matching index: an available partner in a category, a market and a budget band.

    partners.offers keeps it, in the transaction of whatever changes it; check_invariants compares.
    """

    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="offers", db_index=False)
    name_order = SortKeyField(db_default="")  # the partner's

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "category", "market"], name="offer_once")]
        indexes = [
            models.Index(fields=["market", "category", "name_order", "partner"], name="offer_by_name"),
            *(  # one for each company size: however few serve it, nothing else is read
                models.Index(
                    fields=["market", "category", "band", "-rank", "referred_at", "partner"],
                    include=["cents"],
                    condition=Q(GreaterThan(F("sizes").bitand(bit), 0)),
                    name=f"offer_matching_{place}",
                )
                for place, bit in enumerate(SIZE_BITS.values())
            ),
        ]

    def __str__(self):
        return f"offer {self.pk}"


class ServiceOffer(Cell):
    """One cell of the matching index for requests that name services, kept like an offer.

    A partner has one for each one, two or three of its services, which `services` holds as SERVICE_BITS: so whoever
    offers all that is named stands together. One of full service has one row instead, with that bit.
    """

    partner = models.ForeignKey(
        "partners.Partner", on_delete=models.CASCADE, related_name="service_offers", db_index=False
    )
    services = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "category", "market", "services"], name="service_offer_once")
        ]
        indexes = [
            models.Index(
                fields=["market", "category", "services", "-rank", "referred_at", "partner"],
                include=["band", "cents", "sizes"],
                name="service_offer_matching",
            )
        ]

    def __str__(self):
        return f"service offer {self.pk}"


class Listing(models.Model):
    """One approved partner in one market that it serves, with what lists of that market sort by (partners.listings).

    Kept like an offer; check_invariants compares. It stays while the partner takes nothing new.
    """

    partner = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="listings", db_index=False)
    market = models.ForeignKey("partners.Market", on_delete=models.CASCADE, related_name="+", db_index=False)
    available = models.BooleanField()  # takes a further request now
    answered = models.PositiveIntegerField()  # requests that it answered
    name_order = SortKeyField()  # the partner's

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "market"], name="listing_once")]
        indexes = [
            models.Index(fields=["market", "available", "name_order", "partner"], name="listing_by_name"),
            models.Index(fields=["market", "available", "-answered", "name_order", "partner"], name="listing_answered"),
        ]

    def __str__(self):
        return f"listing {self.pk}"
