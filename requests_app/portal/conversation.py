"""The conversation with the seller, as the page of a share shows it to its partner."""

from django.utils.translation import gettext as _

from requests_app import policies
from requests_app.conversation import reading
from requests_app.pages.conversation import MessageForm, card_of
from requests_app.workflow import ShareStatus


def message_form(data, share):
    """Return the form of a message to the seller."""
    hidden = _(
        "It looks as if your text holds an email address, a phone number or a link. "
        "It will be hidden from the seller, too, until you accept."
    )
    return MessageForm(data, share=share, hidden=hidden)


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
        lead=lead_of(share) if reviewing else "",
        verb=_("Ask the seller") if reviewing else _("Send message"),
        other=_("The seller"),
        masked=_("Until you accept, email addresses, phone numbers and links are hidden from both sides."),
        beside=(share.status, share.is_asked),
    )


def lead_of(share):
    """Return what a question to the seller is, and what it is not."""
    if share.is_extended:
        return _("A question is no answer: your time to answer runs on. You can ask one question at a time.")
    return _(
        "A question is no answer: your time to answer runs on. The seller’s first reply gives you 48 hours more. "
        "You can ask one question at a time."
    )


def why_not(share, standing):
    """Return why the reader cannot write to the seller now; "" where they can."""
    if refusal := policies.may_write_as_partner(standing, share.partner).reason:
        return str(refusal)
    if share.is_asked:
        return _("Your question waits for the seller’s reply. You can answer the request at any time.")
    return ""
