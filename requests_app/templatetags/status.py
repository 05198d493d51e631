"""The status of a share or request as a pill, and how far it has come as a bar of four stages."""

from django import template

from accounts.templatetags.pieces import remembered
from partners.templatetags.partner_status import pill
from requests_app.workflow import (
    ENDED,
    LOOKS,
    STAGE_NAMES_FOR_PARTNER,
    STAGE_NAMES_FOR_SELLER,
    STAGES_FOR_PARTNER,
    STAGES_FOR_SELLER,
    meaning,
)

register = template.Library()


@remembered(register)
@register.inclusion_tag("components/pill.html")
def status(code, described="", alone=False):
    """Draw a ShareStatus, Headline or RequestStatus; `described`, "seller" or "partner", puts beside it what it means
    to them. `alone` says of a closed share that its request was not closed with it.
    """
    return pill(LOOKS.get(code), code, meaning(code, described, alone=alone))


@remembered(register)
@register.inclusion_tag("components/stages.html")
def stages(code, reader="seller", small=False):
    """Draw how far a request, or a partner's share of one, has come, in the reader's words ("seller" or "partner").

    `small` is a short bar without the stages' names, for rows.
    """
    of_partner = reader == "partner"
    stage = (STAGES_FOR_PARTNER if of_partner else STAGES_FOR_SELLER).get(code, ENDED)
    return {
        "reached": stage.number,
        "said": stage.said,
        "names": STAGE_NAMES_FOR_PARTNER if of_partner else STAGE_NAMES_FOR_SELLER,
        "small": small,
    }
