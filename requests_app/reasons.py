"""Why a request or a share ended: codes are stored, labels are shown."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.formats import said_of


class ClosedBy(models.TextChoices):
    SELLER = "seller", _("Seller")
    STAFF = "staff", _("Staff")
    STALE = "stale", _("No activity")
    CONTACT = "contact", _("Contact email not confirmed")


class ClosedReason(models.TextChoices):
    SELLER = "seller", _("The seller closed it")
    REQUEST_CLOSED = "request_closed", _("The request was closed")
    NO_RESPONSE = "no_response", _("The partner did not answer in time")
    STALE = "stale", _("Nothing happened for a long time")
    PARTNER_ENDED = "partner_ended", _("The partner ended it")
    PARTNER_SUSPENDED = "partner_suspended", _("The partner is not with the programme any more")
    STAFF = "staff", _("Staff closed it")


class StaffReason(models.TextChoices):
    """Why staff closed a request or a share, for the seller and the partner to read."""

    ASKED = "asked", _("The seller asked for it")
    DUPLICATE = "duplicate", _("It repeats another request")
    NOT_GENUINE = "not_genuine", _("It does not ask partners for help")
    UNREACHABLE = "unreachable", _("Nobody could be reached at its contact address")
    RULES = "rules", _("It does not keep to the rules of the programme")
    OTHER = "other", _("Another reason; write to us if you have a question")


class EndReason(models.TextChoices):
    """Why a partner ended a connection, for the seller to read."""

    DONE = "done", _("The work is done")
    NO_CAPACITY = "no_capacity", _("No capacity at the moment")
    TERMS = "terms", _("No agreement on the terms")
    COOPERATION = "cooperation", _("Working together did not go well")
    OTHER = "other", _("Something else")


STATED: dict[str, type[models.TextChoices]] = {
    ClosedReason.STAFF: StaffReason,
    ClosedReason.PARTNER_ENDED: EndReason,
}


def stated_text(closed_reason, code):
    """Return the reason that was given for an end, as a sentence's part; "" where none was."""
    choices = STATED.get(closed_reason)
    return str(dict(choices.choices).get(code, code)) if choices and code else ""


def with_reason(ending, closed_reason, code):
    """Return how something ended, in words, and behind it the reason that was given for that, if one was."""
    stated = stated_text(closed_reason, code)
    return said_of(ending, stated) if stated else ending


class ReleaseReason(models.TextChoices):
    """Why staff released a request from hold, as its seller reads it."""

    GENUINE = "genuine", _("We found nothing wrong with it")
    CORRECTED = "corrected", _("You changed what could be misunderstood")
    EXPLAINED = "explained", _("You answered our questions")


class RejectReason(models.TextChoices):
    NO_CAPACITY = "no_capacity", _("No capacity at the moment")
    BUDGET = "budget", _("Budget too low")
    CATEGORY = "category", _("Not our category")
    MARKET = "market", _("Not our market")
    INFORMATION = "information", _("Information is missing")
    SPAM = "spam", _("Spam or duplicate")
    OTHER = "other", _("Something else")
