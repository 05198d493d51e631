"""A partner's status or availability as a pill."""

from django import template

from accounts.templatetags.pieces import remembered
from partners.workflow import LOOKS

register = template.Library()


@remembered(register)
@register.inclusion_tag("components/pill.html")
def partner_status(code):
    """Draw a PartnerStatus or an Availability."""
    return pill(LOOKS.get(code), code)


def pill(look, code, meaning=""):
    """Return the parameters of components/pill.html; a code without a look is drawn as it stands."""
    if look is None:
        return {"tone": "grey", "label": code}
    return {"tone": look.tone, "icon_name": look.icon, "label": look.label, "text": meaning}
