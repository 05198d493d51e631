"""What every mail of ours has in common: its layout, its headers, and that its links lead to our own site."""

import email.policy
import re
from email.utils import format_datetime
from hashlib import blake2s
from html import unescape
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine, TemplateDoesNotExist
from django.utils.html import strip_tags

from accounts import clock
from accounts.fields import address_in_dns

LEADS = {"p": "\n\n", "li": "\n- "}  # what a paragraph and an item of a list begin with in the text part


def compose(to, template, context, *, unsubscribe_url="", key=""):
    """Return an unsent mail to the address `to`; its text and its HTML say the same, since both are made of one body.

    `template` holds the parts (`partialdef`) `subject`, `body` and `button`, the label of the link to the `url` of the
    `context`; without a `url` there is none. The parts find `platform` beside the `context`. The body consists of
    <p>, <ul> and <li>; one with links of its own needs a part `plain` beside it, which is the body of the text.

    With an `unsubscribe_url`, mail programs show their own button for it (RFC 8058). Two mails of the same `key` have
    the same Message-ID, by which many programs show what came twice once.
    """
    context = context | {"platform": settings.PLATFORM_NAME, "unsubscribe_url": unsubscribe_url}
    body = _render(f"{template}#body", context, autoescape=True)
    plain = _plain(template, context, body)
    context["subject"] = render_line(f"{template}#subject", context)
    context["button"] = render_line(f"{template}#button", context) if context.get("url") else ""
    mail = _Mail(
        subject=context["subject"],
        body=re.sub(r"\n{3,}", "\n\n", _render("emails/base.txt", context | {"body": plain})).strip() + "\n",
        to=[address_in_dns(to)],
        headers=_headers(unsubscribe_url, key),
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


class _Mail(EmailMultiAlternatives):
    """Long links stay whole: a header folded at 78 characters is encoded, and mail programs read no links from that."""

    def message(self, *, policy=email.policy.default):
        return super().message(policy=policy.clone(max_line_length=990))


def _headers(unsubscribe_url, key):
    headers = {"Auto-Submitted": "auto-generated", "Date": format_datetime(clock.now())}  # no machine is to answer
    if unsubscribe_url:
        headers |= {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if key:
        digest = blake2s(key.encode(), digest_size=16).hexdigest()
        headers["Message-ID"] = f"<{digest}@{urlsplit(settings.SITE_URL).hostname}>"
    return headers


def render_line(name, context):
    """Return a template, or with "#" a part of it, as one line of plain text."""
    return " ".join(_render(name, context | {"platform": settings.PLATFORM_NAME}).split())


def on_site(url):
    """A path, or whatever host an absolute URL names, on the site that SITE_URL names."""
    parts = urlsplit(url)
    return settings.SITE_URL.rstrip("/") + urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def _render(name, context, *, autoescape=False):
    return Engine.get_default().get_template(name).render(Context(context, autoescape=autoescape))
