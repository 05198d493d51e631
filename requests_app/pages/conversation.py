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
from django_htmx.http import reswap, retarget

from accounts.fields import LinesField, row_number
from accounts.paging import fingerprint_of
from requests_app import visibility
from requests_app.conversation import reading
from requests_app.conversation.masking import finds_contact
from requests_app.conversation.models import LONGEST

ANCHOR = "conversation"
NO_FORM = "none"


def anchor_of(key):
    """Return the id that a message has on its page, by its key: who sent one sees it there."""
    return f"message-{key}"


class MessageForm(forms.Form):
    """One message on a share. The token makes a double click one message.

    What will be hidden in it is warned of once, in the words `hidden`; "Send anyway" sends it.
    """

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

    def __init__(self, data=None, *, share=None, hidden=""):
        super().__init__(data)
        self.initial.setdefault("token", uuid4)
        self.share, self.hidden = share, hidden

    def clean(self):
        cleaned = super().clean()
        text = cleaned.get("text")
        if text and "anyway" not in self.data and _will_be_hidden(self.share, text):
            self.warning = {"title": _("Your message is not sent yet"), "text": self.hidden}
            self.add_error(None, self.hidden)
        return cleaned


def _will_be_hidden(share, text):
    """Return whether a part of the text would be hidden from the other side of the share now."""
    return visibility.hides_contact(share) and finds_contact(text, regions=reading.regions_of(share))


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
    beside=(),
):
    """Return the context of `conversation/card.html`.

    `here` is the page's own URL, with a query or without. `live_url` gives the messages alone to htmx, the same page
    where it is left out; `send_url` takes the form. `cannot` says why the reader cannot write; a form that was refused
    is shown with it, so that its text is not lost. `verb` is what the button says, `other` who the other side is,
    `masked` what is hidden for now and until when. `choices` are other conversations of the page, {label, url, active,
    note}. `beside` is what else of the page changes by itself: what differs there is a change too. None where the
    reader has no conversation to read.
    """
    if conversation is None:
        return None
    by_day = groupby(conversation.messages, key=lambda message: timezone.localdate(message.at))
    newest = conversation.messages[-1].key if conversation.messages else 0
    said = [(message.key, message.text) for message in conversation.messages]
    around = (conversation.is_masked, masked, str(cannot), lead, verb, *beside)
    return {
        "days": [{"at": messages[0].at, "messages": messages} for messages in (list(m) for _d, m in by_day)],
        "earlier_url": _with(here, f"before={conversation.earlier}") if conversation.earlier else "",
        "is_newest": conversation.is_newest,
        "is_masked": conversation.is_masked,
        "masked": masked or _("Until the partner accepts, email addresses, phone numbers and links are hidden here."),
        "unread": conversation.unread,
        "newest": newest,
        "state": _state(fingerprint_of((said, around)), newest, has_form=not cannot),
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


def _state(fingerprint, newest, *, has_form):
    return f"{fingerprint}-{newest}-{NO_FORM if not has_form else 'form'}"


def refreshed(request, card, template="conversation/live.html", context=dict):
    """Answer a page that asks anew: with the messages and what stands around them, or nothing where it has them.

    `template` and `context`, which is called, are for what else of the page changes with them. What is typed into the
    page's form stays: the whole card is given only where the page has no form and the reader can write now.
    """
    if card is None:
        return HttpResponse(status=204)
    fingerprint, newest, form = (*request.GET.get("seen", "").split("-"), "", "")[:3]
    is_bare = form == NO_FORM
    now = card["state"] if is_bare else f"{card['state'].rpartition('-')[0]}-form"  # it keeps the form that it has
    if now == f"{fingerprint}-{newest}-{form}":
        return HttpResponse(status=204)
    whole = is_bare and card["form"] is not None
    shown = {"conversation": card | {"state": now}, "whole": whole, "news": _news(card, row_number(newest))}
    answer = render(request, template, {**context(), **shown})
    return retarget(reswap(answer, "outerHTML"), f"#{ANCHOR}") if whole else answer


def _news(card, last):
    """Return how many messages came after that key, as a sentence; "" where that is not known."""
    if last is None:
        return ""
    keys = [message.key for day in card["days"] for message in day["messages"]]
    count = sum(key > last for key in keys)
    return ngettext("%(count)d new message", "%(count)d new messages", count) % {"count": count} if count else ""
