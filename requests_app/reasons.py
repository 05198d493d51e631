"""Why a request or a share ended: codes are stored, labels are shown."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClosedBy(models.TextChoices):
    SELLER = "seller", _("Seller")
    STAFF = "staff", _("Staff")
    STALE = "stale", _("No activity")


class ClosedReason(models.TextChoices):
    SELLER = "seller", _("The seller closed it")
    REQUEST_CLOSED = "request_closed", _("The request was closed")
    NO_RESPONSE = "no_response", _("The partner did not answer in time")
    STALE = "stale", _("Nothing happened for a long time")
    PARTNER_ENDED = "partner_ended", _("The partner ended it")
    PARTNER_SUSPENDED = "partner_suspended", _("The partner is not with the programme any more")
    STAFF = "staff", _("Staff closed it")


class RejectReason(models.TextChoices):
    NO_CAPACITY = "no_capacity", _("No capacity at the moment")
    BUDGET = "budget", _("Budget too low")
    CATEGORY = "category", _("Not our category")
    MARKET = "market", _("Not our market")
    INFORMATION = "information", _("Information is missing")
    SPAM = "spam", _("Spam or duplicate")
    OTHER = "other", _("Something else")
