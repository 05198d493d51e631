"""What every mail of ours has in common: its layout, its headers, and that its links lead to our own site."""

import email.policy
import re
from email.header import Header
from email.utils import format_datetime, quote
from html import unescape
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine, TemplateDoesNotExist
from django.utils.html import strip_tags

from accounts import clock, support
from accounts.fields import address_in_dns
from accounts.formats import aside, together

ABOUT = "emails/about.html"  # what a request is called, in a subject and below it
LEADS = {"p": "\n\n", "li": "\n- "}  # what a paragraph and an item of a list begin with in the text part


LINE = 78  # what RFC 5322 asks of a header's lines; an encoded word is at most 75 long (RFC 2047)
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*")


def compose(to, template, context, *, unsubscribe_url="", message_id=None, reference=""):
    """Return an unsent mail to the address `to`; its text and its HTML say the same, since both are made of one body.

    `template` holds the parts (`partialdef`) `subject`, `body` and `button`, the label of the link to the `url` of the
    `context`; without a `url` there is none. The parts find `platform` and `support`, whom to write to, beside the
    `context`. The body consists of <p>, <ul> and <li>; one with links of its own needs a part `plain` beside it, which
    is the body of the text.

    With an `unsubscribe_url`, mail programs show their own button for it (RFC 8058). `message_id` is a UUID, random
    where it is None: of two mails with the same one, many programs show one. The subject ends with what the request
    is called that the mail is about (`about` of the context) and with its `reference`, unless it names that.
    """
    context = context | {"platform": settings.PLATFORM_NAME, "unsubscribe_url": unsubscribe_url}
    context |= {"support": support.whom(), "support_is_set": bool(support.mailto())}
    about = _render(f"{ABOUT}#line", context, autoescape=True)
    body = about + _render(f"{template}#body", context, autoescape=True)
    plain = _plain(template, context, body)
    subject = render_line(f"{template}#subject", context)
    context["subject"] = _with_reference(subject, reference, context.get("about", ""))
    context["button"] = render_line(f"{template}#button", context) if context.get("url") else ""
    mail = _Mail(
        subject=context["subject"],
        body=re.sub(r"\n{3,}", "\n\n", _render("emails/base.txt", context | {"body": plain})).strip() + "\n",
        to=[address_in_dns(to)],
        headers=_headers(unsubscribe_url, message_id),
    )
    mail.attach_alternative(_render("emails/base.html", context | {"body": body}, autoescape=True), "text/html")
    return mail


def _plain(template, context, body):
    try:
        return _render(f"{template}#plain", context)
    except TemplateDoesNotExist:
        return plain_text(body)


def plain_text(body):
    """Return a mail's body as plain text. What people typed is escaped in it, so it makes no paragraph and no item."""
    _before, *pieces = re.split(r"<(p|li)>", body)
    return "".join(
        LEADS[tag] + unescape(re.sub(r"[ \t\r\n]+", " ", strip_tags(words)).strip(" "))
        for tag, words in zip(pieces[::2], pieces[1::2], strict=True)
    )


def about_of(context):
    """Return what the request is called that a notification is about, in some words; "" where it is about none."""
    return render_line(f"{ABOUT}#short", context)


def _with_reference(subject, reference, about):
    added = [part for part in (about, reference) if part and part not in subject]
    return aside(subject, together(*added)) if added else subject


class _AsTyped(str):
    """A header's value that is no encoded word, whatever it looks like."""

    name = "Subject"


class _Policy(email.policy.EmailPolicy):
    """Folds headers as RFC 5322 and 2047 ask; what somebody typed in the form of an encoded word stays as typed.

    Python's own policy would decode that form, and would encode a link that is longer than a line, from which mail
    programs read no link. A body's lines may be longer, so that links stay whole there.
    """

    def header_store_parse(self, name, value):
        stored = super().header_store_parse(name, value)  # refuses line breaks
        return (name, _AsTyped(value)) if name == "Subject" else stored

    def fold(self, name, value):
        if isinstance(value, _AsTyped):
            return self._fold(name, _words(value, name))
        if hasattr(value, "addresses"):
            return self._fold(name, _words_of_addresses(name, value.addresses))
        if value.startswith("<"):
            return self._fold(name, [str(value)])  # a link or a Message-ID, in which no line may break
        return email.policy.default.clone(linesep=self.linesep).fold(name, value)

    def fold_binary(self, name, value):
        return self.fold(name, value).encode("ascii")

    def _fold(self, name, words):
        lines = [f"{name}:"]
        for number, word in enumerate(words):
            if number and len(lines[-1]) + 1 + len(word) > LINE:
                lines.append("")
            lines[-1] += f" {word}"
        return self.linesep.join(lines) + self.linesep


def _words(text, name):
    """Return the words of a text as the header of that name holds them; encoded where it needs to be."""
    if text.isascii() and "=?" not in text:
        return text.split()
    return Header(text, "utf-8", maxlinelen=75, header_name=name).encode().split()


def _words_of_addresses(name, addresses):
    words = []
    for address in addresses:
        if phrase := address.display_name:
            plain = phrase.isascii() and "=?" not in phrase
            words += f'"{quote(phrase)}"'.split() if plain else _words(phrase, name)
        words.append(f"<{address.addr_spec}>," if phrase else f"{address.addr_spec},")
    return [*words[:-1], words[-1].removesuffix(",")]


class _Mail(EmailMultiAlternatives):
    def message(self, *, policy=email.policy.default):
        return super().message(policy=_Policy(max_line_length=990, linesep=policy.linesep))


def _headers(unsubscribe_url, message_id):
    headers = {
        "Auto-Submitted": "auto-generated",  # no machine is to answer
        "Date": format_datetime(clock.now()),
        "Message-ID": f"<{(message_id or uuid4()).hex}@{_domain()}>",
    }
    if unsubscribe_url:
        headers |= {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _domain():
    """Return the domain that our Message-IDs end with: the site's, or one that is nobody's where it has none."""
    host = (urlsplit(settings.SITE_URL).hostname or "").encode("idna").decode()
    return host if DOMAIN.fullmatch(host) else "shop-partners.invalid"


def render_line(name, context):
    """Return a template, or with "#" a part of it, as one line of plain text."""
    return " ".join(_render(name, context | {"platform": settings.PLATFORM_NAME}).split())


def on_site(url):
    """A path, or whatever host an absolute URL names, on the site that SITE_URL names."""
    parts = urlsplit(url)
    return settings.SITE_URL.rstrip("/") + urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def _render(name, context, *, autoescape=False):
    return Engine.get_default().get_template(name).render(Context(context, autoescape=autoescape))
