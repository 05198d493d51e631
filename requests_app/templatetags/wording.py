"""A notification's codes as words and icons. An empty code gives an empty text."""

from datetime import datetime

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import formats
from accounts.models import User
from partners import scoring
from partners.models import PartnerMember
from partners.names import category_name, market_name
from partners.workflow import LOOKS, DeclineReason, PartnerStatus
from requests_app import help_needed
from requests_app.events import drawn_for_notifications
from requests_app.models import ShopMember
from requests_app.pages import authorisations, terms
from requests_app.reasons import ClosedBy, ClosedReason, RejectReason, ReleaseReason, stated_text
from requests_app.request_details import RequestDetails
from requests_app.teams import mails
from requests_app.visibility import label_of
from requests_app.workflow import Hold

register = template.Library()
DRAWN = drawn_for_notifications() | {
    f"partner_{status}_for_partner": (LOOKS[status].icon, LOOKS[status].tone) for status in PartnerStatus
}
DRAWN["staff_joined_for_owner"] = ("user-plus", "violet")
DRAWN |= mails.DRAWN
DRAWN["settings_changed_for_owner"] = ("cog-6-tooth", "blue")
DRAWN["second_factor_required_for_member"] = ("lock-closed", "blue")
DRAWN["sign_in_changed_for_owner"] = ("finger-print", "blue")
SETTINGS = {  # what owners set of a shop or partner, as its log and mails name it
    "name": gettext_lazy("name"),
    "market": gettext_lazy("market"),
    "currency": gettext_lazy("currency"),
    "language": gettext_lazy("language"),
    "contact": gettext_lazy("contact for shops"),
    "second_factor": gettext_lazy("two-step sign-in is not required any more"),
}
SIGN_IN_CHANGES = {  # what may change of a company's sign-in
    "provider": gettext_lazy("The provider was set up or changed."),
    "enabled": gettext_lazy("It was switched on or off."),
    "domain_verified": gettext_lazy("A domain was verified."),
    "domain_withdrawn": gettext_lazy("The verification of a domain was taken back."),
    "default_role": gettext_lazy("Who joins by it gets another role."),
    "password_off": gettext_lazy("Whether passwords count was changed."),
}
ROLES = dict(ShopMember.Role.choices) | dict(PartnerMember.Role.choices)


@register.filter
def role_words(role):
    return str(ROLES.get(role, role))


@register.filter
def person_name(pk):
    """Return what the person is called now: a notification keeps no name, so that none outlives its erasing."""
    return str(User.objects.filter(pk=pk).first() or _("A member")) if pk else _("A member")


def _moment(value):
    return datetime.fromisoformat(value) if isinstance(value, str) else value


@register.filter
def moment(value):
    """Return a datetime, or its ISO text, whole and with the zone: "Tuesday 3 December 2026, 14:05 GMT"."""
    return formats.full(_moment(value)) if value else ""


@register.filter
def short_day(value):
    """Return it as "Tue 3 Dec"."""
    return formats.day(_moment(value)) if value else ""


@register.filter
def names(values):
    """Return "Northlight Commerce, Kiko Live and Volta"."""
    return formats.listed(values)


@register.filter
def field_labels(changed):
    """Return the names of the form's fields among these, as the form calls them, in its order."""
    return names([str(label_of(name)) for name in RequestDetails.FIELDS if name in changed])


@register.filter
def proposal_labels(changed):
    """Return the names of a proposal's terms among these, as its rows call them, in their order."""
    return names(terms.changed_rows(changed))


@register.filter
def settings_words(changed):
    """Return the names of the settings among these, in the order of the list; what it does not know it leaves out."""
    return names([str(label) for name, label in SETTINGS.items() if name in changed])


@register.filter
def sign_in_changes(changed):
    """Return a sentence for each of these changes of a company's sign-in, in the order of the list."""
    return [str(sentence) for code, sentence in SIGN_IN_CHANGES.items() if code in changed]


@register.filter
def category_words(name):
    return category_name(name)


@register.filter
def request_name(services, category):
    """Return what a request is called, of the codes of its services and its category's stored name."""
    return help_needed.name_of(services or (), category_name(category))


@register.filter
def short_name(services, category):
    """Return the same for a subject."""
    return help_needed.name_of(services or (), category_name(category), short=True)


@register.filter
def start_words(code):
    return help_needed.start_text(code)


@register.filter
def market_words(code_and_name):
    return market_name(*code_and_name)


@register.filter
def areas(granted):
    return authorisations.areas_text(granted)


@register.filter
def decline_reason(code):
    return DeclineReason(code).label if code else ""


@register.filter
def reject_reason(code):
    return RejectReason(code).label if code else ""


@register.filter
def closed_reason(code):
    return ClosedReason(code).label if code else ""


@register.filter
def stated_reason(code, closed_reason):
    """Return the reason that was given for an end (a ClosedReason or ClosedBy)."""
    return stated_text(closed_reason, code)


@register.filter
def closed_by(code):
    """Return who closed a request, as a sentence to its seller."""
    return {
        ClosedBy.SELLER: _("Your shop closed it."),
        ClosedBy.STAFF: _("Our staff closed it."),
        ClosedBy.STALE: _("Nothing had happened for a long time."),
        ClosedBy.CONTACT: _("Its contact email was not confirmed in time."),
    }.get(code, "")


@register.filter
def release_reason(code):
    return ReleaseReason(code).label if code else ""


@register.filter
def hold_text(code):
    """Return why a request is on hold, as a sentence to its seller."""
    return {
        Hold.CONTACT: _("Its contact email is not confirmed yet."),
        Hold.SCREENING: _("Our staff look at it first, and may write to you."),
    }.get(code, "")


@register.filter
def reason_text(reason):
    """Return why the platform referred a partner."""
    return scoring.reason_text(reason)


@register.filter
def drawn(template_name):
    """Return the icon and tone of a notification: those that its event has in the timelines."""
    return DRAWN.get(template_name, ("bell", "grey"))
