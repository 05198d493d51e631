"""The conversation of a share as both sides' pages draw it: messages by day, and the form below.

Templates are given what `requests_app.conversation.reading` lets through, never rows.
"""

from itertools import groupby
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import LinesField
from accounts.formats import day
from accounts.paging import fingerprint_of
from requests_app.conversation.models import LONGEST

ANCHOR = "conversation"


class MessageForm(forms.Form):
    """One message. The token makes a double click one message."""

    text = LinesField(
        label=_("Message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("Write something first."),
            "max_length": _("A message has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid4)


def card_of(conversation, *, here, send_url, form=None, cannot="", heading="", lead="", verb=""):
    """Return the context of `conversation/card.html`.

    `here` is the page's own URL, which draws the messages anew, `send_url` takes the form; `cannot` says why the reader
    cannot write, `verb` what the button says. None where the reader has no conversation to read.
    """
    if conversation is None:
        return None
    by_day = groupby(conversation.messages, key=lambda message: timezone.localdate(message.at))
    return {
        "days": [{"label": day(messages[0].at), "messages": messages} for messages in (list(m) for _d, m in by_day)],
        "earlier_url": f"{here}?before={conversation.earlier}#{ANCHOR}" if conversation.earlier else "",
        "is_masked": conversation.is_masked,
        "unread": conversation.unread,
        "state": fingerprint_of([(message.key, message.text) for message in conversation.messages]),
        "here": here,
        "send_url": send_url,
        "form": None if cannot else form or MessageForm(),
        "cannot": cannot,
        "heading": heading,
        "lead": lead,
        "verb": verb,
    }
