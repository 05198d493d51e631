"""How a message comes into a share's conversation, within a change of its request (docs/design.md, Conversation)."""

from datetime import timedelta
from uuid import uuid4, uuid5

from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from requests_app.conversation.models import LONGEST, Message, Side
from requests_app.events import Actor, Kind
from requests_app.exceptions import MovedOn, QuestionWaits, TooManyMessages
from requests_app.workflow import TIME_FOR_A_REPLY, ShareStatus

MOST_A_DAY = 20  # that one side sends in one conversation within a day
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def write(change, share, text, *, token=None):
    """Add a message of the side that acts to a locked, live share of the change, with its event; return it.

    `text` is plain text of 1 to LONGEST characters, `token` the UUID of the form it was typed in: the same text with
    the same token is the message that it made, however often it comes, another text a message of its own. Of a partner
    that reviews it is a question, and the seller's next message replies to it: that moves `respond_by` on, once. Raise
    MovedOn where the share is not live, QuestionWaits where the partner's last question has no reply yet, and
    TooManyMessages.
    """
    side = Side(change.actor)
    token = key_of(side, text, token) if token else uuid4()
    if sent := share.messages.filter(token=token).first():
        return sent
    if not share.is_live:
        raise MovedOn(share)
    _check(text)
    _require_room(change, share, side)
    is_question = side == Side.PARTNER and share.status == ShareStatus.REVIEWING
    if is_question and share.is_asked:
        raise QuestionWaits
    message = Message.objects.create(
        share=share,
        side=side,
        by=change.by,
        at=change.at,
        text=text,
        is_question=is_question,
        token=token,
    )
    setattr(share, f"{side}_message", message.pk)
    _note(change, share, is_question=is_question)
    return message


def key_of(side, text, token):
    """Return what a message of a form's token is kept under: the side and its text belong to it."""
    return uuid5(token, f"{Side(side)} {text}")


def _note(change, share, *, is_question):
    if is_question:
        share.ask(at=change.at)
        change.record(Kind.ASKED, share)
    elif change.actor == Actor.SELLER and share.is_asked:
        gives_time = not share.is_extended
        share.reply(at=change.at)
        change.record(Kind.REPLIED, share, **({"hours": TIME_FOR_A_REPLY // HOUR} if gives_time else {}))
        if gives_time:
            change.record(Kind.EXTENDED, share, actor=Actor.PLATFORM)
    else:
        change.record(Kind.MESSAGE, share)


def _check(text):
    if not text.strip():
        raise NotPossible(_("Write something first."))
    if len(text) > LONGEST:
        raise NotPossible(_("A message has at most %(most)d characters.") % {"most": LONGEST})


def _require_room(change, share, side):
    if share.messages.filter(side=side, at__gt=change.at - DAY).count() >= MOST_A_DAY:
        raise TooManyMessages(MOST_A_DAY)
