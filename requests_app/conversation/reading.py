"""What of a share's conversation may be read: messages leave the database through here alone.

They go through the door of free text (requests_app.visibility). A partner reads them while it has the request; where
the seller hides the contact details until it accepts, with addresses, numbers and links masked. The members of the shop
read their own request's always, and what a partner wrote meanwhile with the same mask.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Case, OuterRef, Subquery, When

from requests_app import visibility
from requests_app.conversation import services, writing
from requests_app.conversation.masking import masked
from requests_app.conversation.models import Message, MessageReading, Side
from requests_app.models import PartnerRequest

PAGE = 20  # messages at a time, the newest
STAFF_PAGE = 50  # of all conversations of a request


@dataclass(frozen=True)
class ShownMessage:
    key: int
    is_own: bool  # of the reader's side
    name: str  # of who wrote it; "" where the reader may not know it
    at: datetime
    text: str  # "" where it was erased
    is_question: bool
    is_new: bool  # of the other side, and unread until now


@dataclass(frozen=True)
class Conversation:
    """Messages as their reader may read them, the newest last."""

    messages: list
    earlier: int | None  # the key before which there are more
    is_masked: bool  # addresses, numbers and links are hidden for now
    is_newest: bool = True  # not a page of earlier ones

    @property
    def unread(self):
        return sum(message.is_new for message in self.messages)


def for_partner(viewer, share, *, before=None):
    """Return the share's Conversation for a member of its partner, or None: the door.

    `before` is the key of a message, for the earlier ones. That they were read is noted with the page.
    """
    if not visibility.is_member(viewer, share) or not visibility.is_with_partner(share):
        return None
    return _conversation(viewer, share, Side.PARTNER, before)


def for_seller(viewer, share, *, before=None):
    """Return likewise for a member of the shop whose request it is, also after its end; None for anyone else."""
    if not PartnerRequest.objects.visible_to(viewer).filter(pk=share.request_id).exists():
        return None
    return _conversation(viewer, share, Side.SELLER, before)


def _conversation(viewer, share, side, before):
    rows = share.messages.select_related("by").order_by("-id")
    rows = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    earlier, rows = rows[PAGE - 1].pk if len(rows) > PAGE else None, rows[:PAGE]
    read = _read_upto(viewer, share) if rows else 0
    is_masked = visibility.hides_contact(share)
    shown = partial(_shown, share, side, read, regions_of(share) if is_masked and rows else (), is_masked)
    newest = max((row.pk for row in rows if row.side != side), default=0)
    if newest > read:
        note = partial(services.note_read, share_id=share.pk, by=viewer, upto=newest)
        transaction.on_commit(note)  # if that fails, the page is not shown
    return Conversation([shown(row) for row in reversed(rows)], earlier, is_masked, not before)


def _shown(share, side, read, regions, is_masked, row):
    is_own = row.side == side
    hides = is_masked and (side == Side.PARTNER or not is_own)
    return ShownMessage(
        key=row.pk,
        is_own=is_own,
        name="" if is_masked and side == Side.PARTNER and not is_own else str(row.by),
        at=row.at,
        text=masked(row.text, regions=regions) if hides else row.text,
        is_question=row.is_question,
        is_new=not is_own and row.pk > read,
    )


def _read_upto(viewer, share):
    return MessageReading.objects.filter(share=share, by=viewer).values_list("upto", flat=True).first() or 0


def regions_of(share):
    """Return the countries whose phone numbers are known without a code."""
    return (share.request.sold_in.code, *share.partner.markets.values_list("code", flat=True))


def for_staff(request, *, before=None):
    """Return ([(share, ShownMessage)], earlier) of what was said on a request, with the seller's as own.

    The newest STAFF_PAGE of all its conversations, of each the newest last; `earlier` is the key to give as `before`
    for those before them, None where there are none. For the page that opens the contact details and no other: behind
    the same permission, and each page on record with those (services.open_contact_as_staff).
    """
    rows = Message.objects.filter(share__request=request).select_related("share__partner", "by").order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: STAFF_PAGE + 1])
    earlier = found[STAFF_PAGE - 1].pk if len(found) > STAFF_PAGE else None
    page = sorted(found[:STAFF_PAGE], key=lambda row: (row.share_id, row.pk))
    return [(row.share, _shown(row.share, Side.SELLER, row.pk, (), False, row)) for row in page], earlier


def with_readings(viewer, shares):
    """Return the queryset of shares, each that lives with the message up to which the viewer has read it."""
    read = Subquery(MessageReading.objects.filter(share=OuterRef("pk"), by=viewer).values("upto"))
    return shares.annotate(read_upto=Case(When(ended_at=None, then=read)))


def is_unread(share, side):
    """Return whether a share of `with_readings` holds something unread to the viewer, who reads for that Side.

    What ended waits for nobody: who joins a team later has not read it, and need not.
    """
    newest = share.partner_message if side == Side.SELLER else share.seller_message
    return share.is_live and (newest or 0) > (share.read_upto or 0)


def was_sent(viewer, share, text, token):
    """Return whether the viewer, of the share's partner, sent this text with the form of this token."""
    return written_by(viewer).filter(share=share, token=writing.key_of(Side.PARTNER, text, token)).exists()


def written_by(user):
    """Return the messages that the user wrote themselves: their own words, for them alone."""
    return Message.objects.filter(by=user).order_by("pk")
