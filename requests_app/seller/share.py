"""The seller's page of one share: its partner, and the conversation with it."""

from requests_app.seller import details
from requests_app.seller.conversation import conversation_of
from requests_app.seller.decorators import standing_of


def page_of(share, user, *, before=None, form=None):
    """Return the context of a share's page for a member of its shop; `form` is a message that was refused."""
    standing = standing_of(user, share.request.shop_id)
    return {
        "partner_request": share.request,
        "partner": details.card_of(share, standing),
        "conversation": conversation_of(share, user, standing, before=before, form=form),
    }
