"""What logs and error reports leave out: tokens in URLs, rows that a database quotes, and what people typed."""

import logging
import re
import traceback
from urllib.parse import urlsplit

# URLs that contain a token to set a password, confirm an address, set up a second factor, stop mails, confirm a
# contact, take in the answer of a company's provider, or join a team; signing in leads back to the last one, so it also
# stands in a query.
_TOKEN = re.compile(
    r"(/accounts/(?:password/reset/key|confirm-email|unsubscribe|2fa/first|contact|saml/[^/\s]+/finish)/"
    r"|(?<!/team)(?:/|%2F)invitations(?:/|%2F))"
    r"[^/%\s?'\"]+",
    re.IGNORECASE,
)
# Up to the next exception of a chain, or the end: typed texts contain empty lines too.
_QUOTED_ROW = re.compile(
    r"DETAIL:.*?(?=\n\n(?:After this came|The above exception|During handling of the above)|\Z)", re.DOTALL
)
_QUOTED = re.compile(r"'.*'|\".*\"", re.DOTALL)  # from the first quotation mark to the last: typed texts contain them


def masked(text):
    """Return the text without tokens and quoted rows."""
    return _QUOTED_ROW.sub("DETAIL: ***", _TOKEN.sub(r"\1***", text))


def masked_message(error):
    """Return what an exception says without what it quotes: "invalid literal for int() with base 10: ***"."""
    return _QUOTED.sub("***", masked(str(error)))


def format_error(exc_info):
    """Return the traceback of (type, exception, traceback), with its causes, in which each message is masked."""
    error, found = exc_info[1], []
    while error is not None:
        lines = ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]
        found.append("".join(lines) + f"{type(error).__qualname__}: {masked_message(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nAfter this came:\n\n".join(reversed(found))


class OneLine(logging.Filter):
    """Leave out Django's line about a request of which logs.RequestMiddleware writes one, and of errors always.

    Of a refused form token Django's line stays: it says why.
    """

    def filter(self, record):
        failed = getattr(record, "status_code", 0) >= 500 and record.exc_info
        logged = getattr(getattr(record, "request", None), "is_logged", False)
        name = record.name
        return not (name.startswith("django.") and name != "django.security.csrf" and (failed or logged))


def mask(logger, name, event):
    """Mask the values of a log event: a structlog processor for our lines and those of Django and packages."""
    return {key: masked(value) if isinstance(value, str) else value for key, value in event.items()}


def scrub(event, hint):
    """Return an error report that may leave the site: where and how, without what was requested or typed."""
    request = event.get("request", {})
    for name in ("query_string", "data", "cookies", "headers", "env"):
        request.pop(name, None)
    if "url" in request:
        request["url"] = masked(urlsplit(request["url"])._replace(query="").geturl())
    if "transaction" in event:
        event["transaction"] = masked(event["transaction"])
    for error in event.get("exception", {}).get("values", ()):
        error["value"] = masked_message(error.get("value") or "")
    event.pop("breadcrumbs", None)  # earlier lines of the log
    return event
