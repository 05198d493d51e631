"""The conversation with the seller, as the page of a share shows it to its partner."""

from django.utils.translation import gettext as _

from requests_app import policies
from requests_app.conversation import reading
from requests_app.pages.conversation import card_of
from requests_app.workflow import ShareStatus


def conversation_of(share, user, standing, *, before=None, form=None):
    """Return the card of the conversation, or None where the share is not the partner's to read any more."""
    reviewing = share.status == ShareStatus.REVIEWING
    return card_of(
        reading.for_partner(user, share, before=before),
        here=share.get_absolute_url(),
        send_url=f"{share.get_absolute_url()}message/",
        form=form,
        cannot=why_not(share, standing),
        heading=_("Conversation with the seller"),
        verb=_("Ask the seller") if reviewing else _("Send message"),
    )


def why_not(share, standing):
    """Return why the reader cannot write to the seller now; "" where they can."""
    if share.is_asked:
        return _("Your question waits for the seller’s reply. You can answer the request at any time.")
    return str(policies.may_write_as_partner(standing, share.partner).reason)
