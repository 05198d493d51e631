"""Spam: when partners' verdicts put a request on hold, and what staff read of a shop (docs/design.md, Hold)."""

from django.db.models import Count, Q

from requests_app.models import Event, PartnerRequest, Share
from requests_app.reasons import RejectReason
from requests_app.workflow import Hold

VERDICTS = 2  # of different partners: a request is shared with each once


def is_verdict(share):
    return share.reject_reason == RejectReason.SPAM


def note_verdict(change):
    """Put the request on hold where enough partners rejected it as spam since staff released it last."""
    request, since = change.request, change.request.screened_at
    verdicts = [
        share for share in change.shares.values() if is_verdict(share) and (not since or share.ended_at > since)
    ]
    if len(verdicts) >= VERDICTS and request.hold != Hold.SCREENING:
        change.put_on_hold(Hold.SCREENING)


def on_hold():
    """Return the requests that staff are to look at, longest waiting first."""
    return PartnerRequest.objects.filter(hold=Hold.SCREENING).order_by("held_since", "id")


def of_shop(shop):
    """Return how many rejections as spam the shop has, of how many requests; and of these, holds ever and now."""
    verdicts = Share.objects.filter(request__shop=shop, reject_reason=RejectReason.SPAM)
    holds = Event.objects.filter(request__shop=shop, kind=Event.Kind.HELD, data__hold=Hold.SCREENING)
    found = verdicts.aggregate(verdicts=Count("pk"), requests=Count("request", distinct=True))
    held = PartnerRequest.objects.filter(shop=shop).aggregate(now=Count("pk", filter=Q(hold=Hold.SCREENING)))
    return {**found, "holds": holds.count(), **held}
