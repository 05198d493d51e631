"""Who was considered for a referral, with the points of each part, so that other weights can be tried on real cases.

A row is written in the transaction of the referral, holds numbers and keys alone, and is deleted after KEPT
(docs/design.md, Score). `manage.py replay_matching` reads the rows.
"""

from datetime import timedelta

from django.db import models, transaction

from accounts import clock
from partners.scoring import PARTS

KEPT = timedelta(days=90)
BATCH = 1000  # rows deleted in a transaction


class ConsideredList(models.Model):
    """The ranked partners of one referral, the best first: as many as matching was asked for."""

    request = models.ForeignKey(
        "requests_app.PartnerRequest", on_delete=models.CASCADE, related_name="considered_lists"
    )
    at = models.DateTimeField()
    weights = models.JSONField()  # {part: most points} at that time
    ranked = models.JSONField()  # [[partner id, {part: tenths of a point}], …]

    class Meta:
        indexes = [models.Index(fields=["at"], name="considered_at")]

    def __str__(self):
        return f"considered {self.pk}"


def list_of(matches, *, at):
    """Return the list, unsaved and of no request yet, of these matches."""
    return ConsideredList(
        at=at,
        weights={rule.code: rule.most for rule in PARTS},
        ranked=[[match.partner_id, match.parts] for match in matches],
    )


def forget_old():
    """Delete the lists that were kept long enough, a short transaction for each batch."""
    old = ConsideredList.objects.filter(at__lt=clock.now() - KEPT)
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            ConsideredList.objects.filter(pk__in=keys).delete()
