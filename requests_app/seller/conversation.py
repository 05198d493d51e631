"""The conversation with a partner, as the pages of its request show it to the seller."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app import policies
from requests_app.conversation import reading
from requests_app.conversation.models import Side
from requests_app.pages.conversation import ANCHOR, MessageForm, card_of

FIELD = "id_text"
ON_REQUEST = "?on=request"  # of an address that serves the conversation on View Details
ENDED = gettext_lazy("It has ended for this partner, so nothing more can be written.")


def message_form(data, share):
    """Return the form of a message to the partner of a share."""
    hidden = _(
        "It looks as if your text holds an email address, a phone number or a link. "
        "It will be hidden from %(partner)s until it accepts."
    )
    return MessageForm(data, share=share, hidden=hidden % {"partner": share.partner.name})


def conversation_of(share, user, standing, *, before=None, form=None, on_request=False, choices=()):
    """Return the card of a share's conversation for a member of its shop, on its own page or on View Details.

    `choices` are the other conversations of the page.
    """
    name = {"partner": share.partner.name}
    query = ON_REQUEST if on_request else ""
    return card_of(
        reading.for_seller(user, share, before=before),
        here=address_on_request(share) if on_request else address_of(share),
        live_url=f"{address_of(share)}{query}",
        send_url=f"{address_of(share)}message/{query}",
        form=form,
        cannot=why_not(share, standing),
        heading=_("Conversation with %(partner)s") % name,
        verb=_("Reply") if share.is_asked else _("Send message"),
        other=share.partner.name,
        masked=_masked_text(share) % name,
        choices=choices,
        beside=_beside(share, on_request=on_request),
    )


def _beside(share, *, on_request):
    """Return what the panel of the page follows from."""
    request = share.request
    own = (share.status, share.is_asked)
    return (*own, request.headline, request.hold, request.asked_since) if on_request else own


def _masked_text(share):
    if share.is_live:
        return _("Until %(partner)s accepts, email addresses, phone numbers and links are hidden from both sides.")
    return _("%(partner)s did not accept: email addresses, phone numbers and links in its messages stay hidden.")


def shown_of(shares, asked_for=""):
    """Return the share whose conversation View Details shows, and those it can show; (None, []) where there is none.

    The one of the reference that the address asks for, else the one whose partner waits for a reply the longest, else
    the one with the newest message.
    """
    live = [share for share in shares if share.is_live]
    open_to_choice = live or [share for share in shares if newest_in(share)]
    chosen = next((share for share in shares if share.reference == asked_for), None)
    if chosen is None and open_to_choice:
        asked = sorted((share for share in live if share.is_asked), key=lambda share: share.asked_at)
        chosen = asked[0] if asked else max(open_to_choice, key=newest_in)
    return chosen, open_to_choice


def choices_of(shares, shown):
    """Return the links that choose a conversation, where there are several; of shares of `with_readings`."""
    if shown is None or {share.pk for share in shares} <= {shown.pk}:
        return []
    every = shares if shown in shares else [shown, *shares]
    return [
        {
            "label": share.partner.name,
            "url": f"{address_on_request(share)}#{ANCHOR}",
            "active": share == shown,
            "note": _note_of(share, shown),
        }
        for share in every
    ]


def _note_of(share, shown):
    if share.is_asked:
        return _("asks you something")
    return _("new") if share != shown and reading.is_unread(share, Side.SELLER) else ""


def newest_in(share):
    """Return the key of the newest message of a share's conversation, 0 where it has none."""
    return max(share.seller_message or 0, share.partner_message or 0)


def address_of(share):
    return reverse("seller:share", args=[share.request.reference, share.reference])


def address_on_request(share):
    """Return View Details of its request, showing this conversation."""
    return f"{reverse('seller:request', args=[share.request.reference])}?with={share.reference}"


def why_not(share, standing):
    """Return why the reader cannot write to the partner now; "" where they can."""
    return str(policies.may_write_as_shop(standing).reason) if share.is_live else str(ENDED)
