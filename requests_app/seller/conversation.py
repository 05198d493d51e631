"""The conversation with a partner, as the pages of its request show it to the seller."""

from django.urls import reverse
from django.utils.translation import gettext as _

from requests_app import policies
from requests_app.conversation import reading
from requests_app.pages.conversation import card_of


def conversation_of(share, user, standing, *, before=None, form=None):
    return card_of(
        reading.for_seller(user, share, before=before),
        here=address_of(share),
        send_url=f"{address_of(share)}message/",
        form=form,
        cannot=why_not(share, standing),
        heading=_("Conversation with %(partner)s") % {"partner": share.partner.name},
        verb=_("Reply") if share.is_asked else _("Send message"),
    )


def address_of(share):
    return reverse("seller:share", args=[share.request.reference, share.reference])


def why_not(share, standing):
    """Return why the reader cannot write to the partner now; "" where they can."""
    if not share.is_live:
        return _("It has ended for this partner, so nothing more can be written.")
    return str(policies.may_write_as_shop(standing).reason)
