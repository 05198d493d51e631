"""A notification's codes as words and icons. An empty code gives an empty text."""

from datetime import datetime

from django import template
from django.utils.translation import gettext as _

from accounts import formats
from partners import matching
from requests_app.models import RequestDetails
from requests_app.notifications import NO_RESPONSE
from requests_app.portal import history as portal_history
from requests_app.seller import history as seller_history
from requests_app.visibility import label_of
from requests_app.workflow import ClosedBy, ClosedReason, RejectReason

register = template.Library()
DRAWN = (
    {f"{kind}_for_seller": drawn for kind, drawn in seller_history.DRAWN.items()}
    | {f"{kind}_for_partner": drawn for kind, drawn in portal_history.DRAWN.items()}
    | {
        NO_RESPONSE: ("clock", "amber"),
        "partner_approved_for_partner": ("check-badge", "green"),
        "partner_suspended_for_partner": ("no-symbol", "red"),
    }
)


def _moment(value):
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@register.filter
def moment(value):
    """A datetime, or its ISO text, whole and with the zone: "Tuesday 3 December 2026, 14:05 GMT"."""
    return formats.full(_moment(value)) if value else ""


@register.filter
def short_day(value):
    """ "Tue 3 Dec"."""
    return formats.day(_moment(value)) if value else ""


@register.filter
def names(values):
    """ "Northlight Commerce, Kiko Live and Volta"."""
    return formats.listed(values)


@register.filter
def field_labels(changed):
    """The names of the form's fields among these, as the form calls them, in its order."""
    return names([str(label_of(name)) for name in RequestDetails.FIELDS if name in changed])


@register.filter
def areas(granted):
    return seller_history.areas_text(granted)


@register.filter
def reject_reason(code):
    return RejectReason(code).label if code else ""


@register.filter
def closed_reason(code):
    return ClosedReason(code).label if code else ""


@register.filter
def closed_by(code):
    """Who closed a request, as a sentence to its seller."""
    return {
        ClosedBy.SELLER: _("Your shop closed it."),
        ClosedBy.STAFF: _("Our staff closed it."),
        ClosedBy.STALE: _("Nothing had happened for a long time."),
    }.get(code, "")


@register.filter
def reason_text(reason):
    """Why the platform referred a partner."""
    return matching.reason_text(reason)


@register.filter
def drawn(template_name):
    """The icon and tone of a notification: those that its event has in the timelines."""
    return DRAWN.get(template_name, ("bell", "grey"))
