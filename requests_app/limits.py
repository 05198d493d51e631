"""How much one person and one shop may submit, counted in the database under a lock, whatever process answers."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, Value
from django.utils.translation import ngettext

from accounts import clock
from requests_app import availability
from requests_app.exceptions import StandsInTheWay
from requests_app.models import PartnerRequest

WINDOW = timedelta(hours=1)  # in which a person may submit settings.REQUESTS_PER_HOUR
YOUNG = timedelta(days=7)  # how long a shop is new here
MOST_OPEN_WHILE_YOUNG = 3  # open requests of such a shop
MOST_COMPARED = 100  # open requests of a category, the newest, that a new one is compared with
MOST_ALIKE = 5  # of these that are shown
MOST_PICKS = 10  # partners that a seller may have chosen for one request at a time


def submitted_enough(user):
    """Return whether the person, whose row is locked, may submit no further request now: an expression for a query."""
    recent = PartnerRequest.objects.filter(created_by=user, created_at__gt=clock.now() - WINDOW)
    most = settings.REQUESTS_PER_HOUR
    return Exists(recent[most - 1 : most]) if most > 0 else Value(True)


def is_young(shop):
    return shop.created_at > clock.now() - YOUNG


def require_room_of_young(shop):
    """Raise StandsInTheWay where the shop, which is young and whose row is locked, has as many open requests as it may.

    A shop that nobody knows yet could otherwise take the room of partners from others.
    """
    newest = PartnerRequest.objects.open().filter(shop=shop).select_related("category").order_by("-created_at", "-id")
    held = newest[:MOST_OPEN_WHILE_YOUNG]
    if len(held) >= MOST_OPEN_WHILE_YOUNG:
        text = ngettext(
            "A shop can have %(most)d open request in its first %(days)d days. Yours is: %(requests)s. "
            "Edit or close it, or try again when the shop is older.",
            "A shop can have %(most)d open requests in its first %(days)d days. Yours are: %(requests)s. "
            "Edit or close one of them, or try again when the shop is older.",
            MOST_OPEN_WHILE_YOUNG,
        )
        values = {"most": MOST_OPEN_WHILE_YOUNG, "days": YOUNG.days, "requests": availability.called(held)}
        raise StandsInTheWay(text % values, list(held))


def alike(shop, *, category, services, form_token):
    """Return the shop's open requests that ask for the same: of the category, with a service in common, newest first.

    Where one names no service, the other has to name none either: who is open to anything and who asks for livestreams
    do not ask for the same. What this form made itself is not among them. At most MOST_ALIKE, with one query.
    """
    others = PartnerRequest.objects.exclude(form_token=form_token).select_related("category")
    held = others.open().filter(shop=shop, category=category)
    wanted = set(services)
    found = [
        request
        for request in held.order_by("-created_at", "-id")[:MOST_COMPARED]
        if wanted & set(request.services) or not (wanted or request.services)
    ]
    return found[:MOST_ALIKE]
