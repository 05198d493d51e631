"""The chain of a request's events: each is signed together with the signature before it, under the request's lock.

Who can write to the database but lacks settings.AUDIT_KEY can neither change nor remove, insert or reorder an event
unnoticed. The request keeps how many there are and a signature of the last, so that a cut tail shows as well. Pure but
for the key; `requests_app.change` signs, `requests_app.integrity.invariants` verifies.
"""

import hmac
import json
from datetime import UTC
from functools import lru_cache

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast

END = ["event_count", "event_mac", "event_end"]  # what the request keeps of its chain
SIGNED = ("request_id", "number", "share_id", "kind", "actor", "by_id", "data", "at")


def extend(request, events):
    """Number and sign these unsaved events as the next of their request, and move the request's own end along.

    The request is locked (or not yet seen by anybody) and is saved by the caller; shares have their keys.
    """
    last, key = request.event_mac, _keys()[0]
    for number, event in enumerate(events, start=request.event_count + 1):
        event.number = number
        signed = {name: getattr(event, name) for name in SIGNED} | {"data": json.dumps(event.data)}
        event.mac = last = _sign(_content(last, *signed.values()), key)
    request.event_count += len(events)
    request.event_mac = last
    request.event_end = _sign(_end(request.pk, request.event_count, request.event_mac), key)


def rows(events):
    """Return what `breaks` reads of these events, as tuples in the order of their chains; the data as JSON."""
    of_data = Cast("data", TextField())
    columns = [of_data if name == "data" else name for name in SIGNED]
    return events.order_by("request_id", "number").values_list(*columns, "mac")


def breaks(request_id, reference, end, rows):
    """Yield, as plain lines, where the chain of a request is broken.

    `end` are the values of its END, `rows` the `rows` of all its events.
    """
    count, last, signature = end
    yield from breaks_of(reference, rows, _content, (count, last), _end(request_id, count, last), signature)


def breaks_of(name, rows, content, ended, end, signature):
    """Yield, as plain lines, where a chain is broken; `name` is what the lines call it.

    `rows` are tuples of what `content` signs, after the signature before, and then of the signature; the number is the
    second. `ended` is (how many there are, the last signature) as it was kept, and `signature` that of the text `end`.
    """
    before, keys = "", _keys()
    for number, (*signed, mac) in enumerate(rows, start=1):
        if signed[1] != number:
            yield f"{name}: event {signed[1]} stands where {number} should"
            return
        if not _is_signed(content(before, *signed), mac, keys):
            yield f"{name}: event {number} is not as it was written"
            return
        before = mac
    if ended != (len(rows), before) or not _is_signed(end, signature, keys):
        yield f"{name}: its last events are missing, or what it says of them was changed"


def _content(before, request_id, number, share_id, kind, actor, by_id, data, at):
    """Return the text that is signed. It is a list in JSON, written by hand since a proof writes millions of them."""
    codes = f"{_written(kind)},{_written(actor)},{_number(by_id)},{_compact(data)}"
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return f'["{before}",{request_id},{number},{_number(share_id)},{codes},"{moment}"]'


def _number(value):
    return "null" if value is None else value


@lru_cache(maxsize=256)
def _written(code):
    return json.dumps(code)


@lru_cache(maxsize=4096)  # codes and small numbers: the same come again and again
def _compact(data):
    """Return a JSON text as it is signed, however the database spaces and orders it."""
    return json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"))


def _end(request_id, count, mac):
    return f'["end",{request_id},{count},{json.dumps(mac)}]'


def sign(content):
    """Return the signature of a text, with the key that holds now."""
    return _sign(content, _keys()[0])


def _sign(content, key):
    return hmac.digest(key, content.encode(), "sha256").hex()


def _keys():
    return [key.encode() for key in (settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS)]


def _is_signed(content, mac, keys):
    return any(hmac.compare_digest(_sign(content, key), mac) for key in keys)
