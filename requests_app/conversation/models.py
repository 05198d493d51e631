"""Rows of a share's conversation (docs/design.md, Conversation).

What they say leaves the database through `conversation.reading` alone.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import clock

LONGEST = 2000  # characters of a message


class Side(models.TextChoices):
    """Who of the two speaks."""

    SELLER = "seller", _("Seller")
    PARTNER = "partner", _("Partner")


class Message(models.Model):
    """One text of a share's conversation. Never changed; emptied when its request is erased, or its writer."""

    share = models.ForeignKey("requests_app.Share", on_delete=models.CASCADE, related_name="messages", db_index=False)
    side = models.CharField(_("side"), max_length=10, choices=Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=clock.now)
    text = models.TextField(_("message"), max_length=LONGEST, blank=True)
    is_question = models.BooleanField(_("question"), default=False)
    token = models.UUIDField(editable=False)  # of the form that it was sent with

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(condition=Q(side__in=Side.values), name="message_side"),
            models.UniqueConstraint(fields=["share", "token"], name="message_once_a_form"),
        ]
        indexes = [models.Index(fields=["share", "-id"], name="message_newest")]

    def __str__(self):
        return f"message {self.pk}"


class MessageReading(models.Model):
    """Up to which message of a share a person has read; the later ones are unread to them."""

    share = models.ForeignKey(
        "requests_app.Share", on_delete=models.CASCADE, related_name="message_readings", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    upto = models.BigIntegerField()  # the key of a message
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("reading of messages")
        verbose_name_plural = _("readings of messages")
        constraints = [models.UniqueConstraint(fields=["share", "by"], name="message_reading_once")]

    def __str__(self):
        return f"{self.share_id} {self.upto}"
