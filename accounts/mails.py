"""What every mail of ours has in common: its layout, its headers, and that its links lead to our own site."""

import email.policy
import re
from email.utils import format_datetime
from hashlib import blake2s
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine

from accounts import clock


def compose(to, context, *, subject, text, html, unsubscribe_url="", key=""):
    """An unsent mail of these three templates; a part finds `subject` and `platform` beside the `context`.

    With an `unsubscribe_url`, mail programs show their own button for it (RFC 8058). Two mails of the same `key` have
    the same Message-ID, by which many programs show what came twice once.
    """
    context = context | {"platform": settings.PLATFORM_NAME, "unsubscribe_url": unsubscribe_url}
    context["subject"] = render_line(subject, context)
    mail = _Mail(
        subject=context["subject"],
        body=re.sub(r"\n{3,}", "\n\n", _render(text, context)).strip() + "\n",
        to=[to],
        headers=_headers(unsubscribe_url, key),
    )
    mail.attach_alternative(_render(html, context, autoescape=True), "text/html")
    return mail


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
    """A template as one line of plain text."""
    return " ".join(_render(name, context | {"platform": settings.PLATFORM_NAME}).split())


def on_site(url):
    """A path, or whatever host an absolute URL names, on the site that SITE_URL names."""
    parts = urlsplit(url)
    return settings.SITE_URL.rstrip("/") + urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def _render(name, context, *, autoescape=False):
    return Engine.get_default().get_template(name).render(Context(context, autoescape=autoescape))
