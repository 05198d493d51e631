"""The conversation of a share as both sides' pages draw it: messages by day, and the form below.

Templates are given what `requests_app.conversation.reading` lets through, never rows.
"""

from itertools import groupby
from uuid import uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.fields import LinesField, row_number
from accounts.paging import fingerprint_of
from requests_app.conversation.models import LONGEST

ANCHOR = "conversation"


class MessageForm(forms.Form):
    """One message. The token makes a double click one message."""

    text = LinesField(
        label=gettext_lazy("Message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={
            "required": gettext_lazy("Write something first."),
            "max_length": gettext_lazy(
                "A message has at most %(limit_value)d characters; this one has %(show_value)d."
            ),
        },
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
    warning: dict | None = None  # {title, text} where it is to be sent only by "Send anyway"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid4)


def card_of(
    conversation,
    *,
    here,
    send_url,
    live_url="",
    form=None,
    cannot="",
    heading="",
    lead="",
    verb="",
    other="",
    masked="",
    choices=(),
):
    """Return the context of `conversation/card.html`.

    `here` is the page's own URL, with a query or without. `live_url` gives the messages alone to htmx, the same page
    where it is left out; `send_url` takes the form. `cannot` says why the reader cannot write; a form that was refused
    is shown with it, so that its text is not lost. `verb` is what the button says, `other` who the other side is,
    `masked` what is hidden for now and until when. `choices` are other conversations of the page, {label, url, active,
    note}. None where the reader has no conversation to read.
    """
    if conversation is None:
        return None
    by_day = groupby(conversation.messages, key=lambda message: timezone.localdate(message.at))
    newest = conversation.messages[-1].key if conversation.messages else 0
    return {
        "days": [{"at": messages[0].at, "messages": messages} for messages in (list(m) for _d, m in by_day)],
        "earlier_url": _with(here, f"before={conversation.earlier}") if conversation.earlier else "",
        "is_newest": conversation.is_newest,
        "is_masked": conversation.is_masked,
        "masked": masked or _("Until the partner accepts, email addresses, phone numbers and links are hidden here."),
        "unread": conversation.unread,
        "newest": newest,
        "state": f"{fingerprint_of([(message.key, message.text) for message in conversation.messages])}-{newest}",
        "here": f"{here}#{ANCHOR}",
        "live_url": live_url or here,
        "send_url": send_url,
        "draft": send_url.partition("?")[0],
        "form": None if cannot else form or MessageForm(),
        "refused": form if cannot else None,
        "cannot": cannot,
        "heading": heading,
        "lead": lead,
        "verb": verb,
        "other": other or _("The other side"),
        "choices": choices,
    }


def _with(address, query):
    return f"{address}{'&' if '?' in address else '?'}{query}#{ANCHOR}"


def refreshed(request, card, template="conversation/live.html", context=None):
    """Answer a page that asks for the messages anew: with them and how many came, or nothing where it has them.

    `template` and `context` are for what else of the page changes with them.
    """
    seen = request.GET.get("seen", "")
    if card is None or seen == card["state"]:
        return HttpResponse(status=204)
    return render(request, template, {**(context or {}), "conversation": card, "news": _news(request, card)})


def newest_seen(request):
    """Return the key of the newest message that a page which asks anew shows; None where that is not known."""
    return row_number(request.GET.get("seen", "").partition("-")[2])


def _news(request, card):
    """Return how many messages the page did not show, as a sentence; "" where that is not known."""
    last = newest_seen(request)
    if last is None:
        return ""
    keys = [message.key for day in card["days"] for message in day["messages"]]
    count = sum(key > last for key in keys)
    return ngettext("%(count)d new message", "%(count)d new messages", count) % {"count": count} if count else ""
