"""What logs and error reports leave out: tokens in URLs, rows that a database quotes, and what people typed."""

import re
from urllib.parse import urlsplit

# URLs that contain a token to set a password, confirm an address, set up a second factor or stop mails.
_TOKEN = re.compile(r"(/accounts/(?:password/reset/key|confirm-email|unsubscribe|2fa/first)/)[^/\s?'\"]+")
# Up to the next exception of a chain, or the end: typed texts contain empty lines too.
_QUOTED_ROW = re.compile(r"DETAIL:.*?(?=\n\n(?:The above exception|During handling of the above)|\Z)", re.DOTALL)


def masked(text):
    """Return the text without tokens and quoted rows."""
    return _QUOTED_ROW.sub("DETAIL: ***", _TOKEN.sub(r"\1***", text))


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
        error["value"] = masked(error.get("value") or "")
    event.pop("breadcrumbs", None)  # earlier lines of the log
    return event
