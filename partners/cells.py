"""The columns that both tables of the matching index have (docs/design.md, Matching index)."""

from django.db import models


class Cell(models.Model):
    """What the matching index says of an available partner in a category and market.

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
