"""What figures count, over which weeks, and the tables that hold it: a row for each slot, a quarter of an hour in UTC.

The days and weeks of every time zone begin with a slot. requests_app.rollups counts.
"""

from datetime import datetime, time, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import clock, required_factor
from partners.models import Partner

WEEKS = 12  # that figures tell of, this one included
SLOT = timedelta(minutes=15)
TIMES = {  # to the first answer: the name of each count, and the time it ends before
    "under_4_hours": timedelta(hours=4),
    "under_a_day": timedelta(hours=24),
    "under_3_days": timedelta(hours=72),
    "longer": timedelta.max,
}


class Counts(models.Model):
    """Of the requests or shares that began in one slot, how many came how far, as of the last count."""

    received = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    connected = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)  # for a first answer
    under_4_hours = models.PositiveIntegerField(default=0)
    under_a_day = models.PositiveIntegerField(default=0)
    under_3_days = models.PositiveIntegerField(default=0)
    longer = models.PositiveIntegerField(default=0)

    NAMES = ("received", "answered", "accepted", "connected", "waiting", *TIMES)

    class Meta:
        abstract = True


class ShareCounts(Counts):
    unanswered = models.PositiveIntegerField(default=0)  # closed without an answer in time

    NAMES = (*Counts.NAMES, "unanswered")

    class Meta:
        abstract = True


class RequestSlot(Counts):
    """Of the requests that were submitted in one slot."""

    at = models.DateTimeField(primary_key=True)

    KEY = ("at",)

    def __str__(self):
        return f"requests of {self.at}"


class ShareSlot(ShareCounts):
    """Of the shares of all partners that were made in one slot."""

    at = models.DateTimeField(primary_key=True)

    KEY = ("at",)

    def __str__(self):
        return f"shares of {self.at}"


class PartnerSlotQuerySet(models.QuerySet):
    def visible_to(self, user):
        if not user.is_authenticated:
            return self.none()
        return self.filter(required_factor.open_to(user, "partner"), partner__members__user=user)


class PartnerSlot(ShareCounts):
    """Of the shares of one partner that were made in one slot."""

    at = models.DateTimeField()
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+", db_index=False)

    KEY = ("at", "partner")

    objects = PartnerSlotQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "at"], name="partner_slot_once")]
        indexes = [models.Index(fields=["at"], name="partner_slot_at")]

    def __str__(self):
        return f"shares of partner {self.partner_id} of {self.at}"


class DoorMisuse(models.Model):
    """A partner that often opened contact details and rejected then, as requests_app.contact_misuse counted last."""

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, primary_key=True, related_name="+")
    times = models.PositiveIntegerField()  # that it did, within requests_app.contact_misuse.WITHIN
    received = models.PositiveIntegerField()  # requests that were shared with it within that time
    median = models.FloatField()  # of the times of all partners

    def __str__(self):
        return f"misuse of the door by partner {self.partner_id}"


class CountedSlots(models.Model):
    """How far the slots are counted: one row, which requests_app.rollups keeps."""

    ONLY = 1  # the key of the row

    to_fill = models.DateTimeField(null=True)  # the first slot that is yet to be counted for the first time
    read_to = models.BigIntegerField()  # the last event of which all before it are counted too
    seen = models.BigIntegerField()  # the last event that there was at an earlier run
    seen_by = models.BigIntegerField()  # the number of that run's transaction in PostgreSQL
    counted_at = models.DateTimeField(null=True)  # what was committed by then is in the slots

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="slots_one_row")]

    def __str__(self):
        return f"slots as of {self.counted_at}"

    @classmethod
    def as_of(cls):
        """Return the moment of which the figures are; None before they are counted for the first time."""
        return cls.objects.values_list("counted_at", flat=True).first()


# Moments


def slot_of(moment):
    """Return the beginning of the slot of a moment in UTC."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def first_monday():
    """Return the first day of the first of the weeks, in the reader's zone."""
    today = timezone.localtime(clock.now()).date()
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def midnight_of(day):
    """Return the moment at which a day begins for the reader."""
    return timezone.make_aware(datetime.combine(day, time.min))


def beginning():
    """Return the moment at which the first of the weeks begins for the reader."""
    return midnight_of(first_monday())
