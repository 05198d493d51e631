"""What logs and error reports leave out: tokens in addresses, rows that a database quotes, what was typed."""

import re
from urllib.parse import urlsplit

# Whoever holds one of these may set a password, confirm an address or stop mails.
_TOKEN = re.compile(r"(/accounts/(?:password/reset/key|confirm-email|unsubscribe)/)[^/\s?'\"]+")
# To the next exception of a chain, or the end: what people type has empty lines, too.
_QUOTED_ROW = re.compile(r"DETAIL:.*?(?=\n\n(?:The above exception|During handling of the above)|\Z)", re.DOTALL)


def masked(text):
    return _QUOTED_ROW.sub("DETAIL: ***", _TOKEN.sub(r"\1***", text))


def mask(logger, name, event):
    """A processor of structlog, for lines of our own, of Django and of packages."""
    return {key: masked(value) if isinstance(value, str) else value for key, value in event.items()}


def scrub(event, hint):
    """An error report as it may leave the site: where it happened and how, not what was asked for or typed."""
    request = event.get("request", {})
    for name in ("query_string", "data", "cookies", "headers", "env"):
        request.pop(name, None)
    if "url" in request:
        request["url"] = masked(urlsplit(request["url"])._replace(query="").geturl())
    if "transaction" in event:
        event["transaction"] = masked(event["transaction"])
    for error in event.get("exception", {}).get("values", ()):
        error["value"] = masked(error.get("value") or "")
    event.pop("breadcrumbs", None)  # earlier lines of the log
    return event
