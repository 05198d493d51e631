"""What the Seller Center's home shows: what waits for the seller, the newest requests, what ends soon."""

from datetime import timedelta

from accounts import clock
from accounts.names import words_of
from accounts.paging import count_text, first_of_each
from requests_app.authorisations import Authorisation
from requests_app.seller.decorators import shop_ids
from requests_app.seller.filters import FOR_THE_SELLER, address
from requests_app.seller.my_requests import requests_of
from requests_app.workflow import Headline, RequestStatus

ENDS_SOON = timedelta(days=30)
NEWEST = ("-created_at", "-id")


def waiting_for(user, *, limit):
    """The newest requests in which it is the seller's turn: also where a partner asks something."""
    waiting = requests_of(user).filter(status=RequestStatus.OPEN)
    turns = [*({"headline": headline} for headline in FOR_THE_SELLER), {"asked_since__isnull": False}]
    kinds = [kind | turn for kind in _shops(user) for turn in turns]
    return list(first_of_each(waiting, kinds, NEWEST, limit))


def recent(user, *, limit, beyond):
    """The newest requests beyond those that are shown already."""
    newest = requests_of(user).exclude(pk__in=[request.pk for request in beyond])
    return list(first_of_each(newest, _shops(user), NEWEST, limit))


def ending_soon(user, *, limit):
    """Active authorisations of the user's shops that end within thirty days, the next first."""
    soon = Authorisation.objects.filter(ended_at=None, ends_at__lte=clock.now() + ENDS_SOON)
    shown = soon.select_related("share__partner", "share__request__category")
    shown = shown.defer(*words_of("share__partner", "share__request__category"))
    return list(first_of_each(shown, _shops(user), ["ends_at", "pk"], limit))


def _shops(user):
    return [{"shop": shop_id} for shop_id in shop_ids(user)]


def stats_of(counts):
    """Return what the seller's home counts, each with the URL of just these requests: see `filters.GROUPS`."""
    waiting, with_partners = counts["waiting"], counts["with-partners"]
    return {
        "all_waiting": waiting,
        "waiting": count_text(waiting) or "0",
        "waiting_url": address({"status": "waiting"}),
        "with_partners": count_text(with_partners) or "0",
        "with_partners_url": address({"status": "with-partners"}),
        "connected": count_text(counts[Headline.CONNECTED]) or "0",
        "connected_url": address({"status": Headline.CONNECTED.value}),
        "tone": "accent" if waiting else "",
    }
