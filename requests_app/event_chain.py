"""The chain of a request's events: each is signed together with the signature before it, under the request's lock.

Who can write to the database but lacks settings.AUDIT_KEY can neither change nor remove, insert or reorder an event
unnoticed. The request keeps how many there are and a signature of the last, so that a cut tail shows as well. Pure but
for the key; `requests_app.change` signs, `requests_app.integrity.invariants` verifies.
"""

import hmac
import json
from datetime import UTC

from django.conf import settings

END = ["event_count", "event_mac", "event_end"]  # what the request keeps of its chain


def extend(request, events):
    """Number and sign these unsaved events as the next of their request, and move the request's own end along.

    The request is locked (or not yet seen by anybody) and is saved by the caller; shares have their keys.
    """
    last = request.event_mac
    for number, event in enumerate(events, start=request.event_count + 1):
        event.number = number
        event.mac = last = _sign(_content(event, last), settings.AUDIT_KEY)
    request.event_count += len(events)
    request.event_mac = last
    request.event_end = _sign(_end(request), settings.AUDIT_KEY)


def breaks(request, events):
    """Return, as plain lines, where the chain of the request is broken; `events` are all of them in order."""
    before = ""
    for number, event in enumerate(events, start=1):
        if event.number != number:
            yield f"{request.reference}: event {event.number} stands where {number} should"
            return
        if not _is_signed(_content(event, before), event.mac):
            yield f"{request.reference}: event {number} is not as it was written"
            return
        before = event.mac
    whole = (request.event_count, request.event_mac) == (len(events), before)
    if not (whole and _is_signed(_end(request), request.event_end)):
        yield f"{request.reference}: its last events are missing, or what it says of them was changed"


def _content(event, before):
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    kept = [event.request_id, event.number, event.share_id, event.kind, event.actor, event.by_id, event.data, at]
    return [before, *kept]


def _end(request):
    return ["end", request.pk, request.event_count, request.event_mac]


def _sign(content, key):
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key.encode(), text.encode(), "sha256").hex()


def _is_signed(content, mac):
    keys = [settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS]
    return any(hmac.compare_digest(_sign(content, key), mac) for key in keys)
