"""What people do in a share's conversation, each one transaction (requests_app.change).

Both raise NotAllowed, MovedOn where the share ended meanwhile, and what `writing.write` raises; nothing is lost then:
the form shows the text again.
"""

from accounts import clock
from accounts.policies import require
from requests_app import policies
from requests_app.change import changing_share
from requests_app.conversation.models import MessageReading
from requests_app.conversation.writing import write
from requests_app.events import Actor
from requests_app.exceptions import MovedOn


def send_as_seller(*, share_id, by, text, token):
    """Return the message that an owner or editor of the shop sends; it replies to the partner's question if one waits.

    `text` has 1 to 2,000 characters, `token` is the UUID of its form: sent twice, it is one message.
    """
    with changing_share(share_id, by=by, actor=Actor.SELLER) as (change, share):
        require(policies.may_write_as_shop(policies.standing_in_shop(by, change.request.shop_id)))
        return write(change, share, text, token=token)


def send_as_partner(*, share_id, by, text, token):
    """Return the message that an owner or reviewer of the partner sends; while it reviews it is a question.

    A question is no answer: the time to answer runs on.
    """
    with changing_share(share_id, by=by, actor=Actor.PARTNER) as (change, share):
        require(policies.may_write_as_partner(policies.standing_in_partner(by, share.partner), share.partner))
        if not change.request.is_open:
            raise MovedOn(change.request)
        return write(change, share, text, token=token)


def note_read(*, share_id, by, upto):
    """Note that the person has read the share's messages up to this key; never back to an earlier one."""
    now = {"upto": upto, "at": clock.now()}
    MessageReading.objects.bulk_create([MessageReading(share_id=share_id, by=by, **now)], ignore_conflicts=True)
    MessageReading.objects.filter(share=share_id, by=by, upto__lt=upto).update(**now)
