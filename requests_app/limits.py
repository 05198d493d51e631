"""How much one person may submit, counted in the database under a lock, whatever process answers."""

from datetime import timedelta

from django.conf import settings

from accounts import clock
from requests_app.exceptions import TooManyRequests
from requests_app.models import PartnerRequest

WINDOW = timedelta(hours=1)  # in which a person may submit settings.REQUESTS_PER_HOUR
MOST_PICKS = 10  # partners that a seller may have chosen for one request at a time


def require_below_limit(user):
    """Raise TooManyRequests unless the person, whose row is locked, may submit another request now."""
    recent = PartnerRequest.objects.filter(created_by=user, created_at__gt=clock.now() - WINDOW)
    most = settings.REQUESTS_PER_HOUR
    if len(recent.values_list("pk")[:most]) >= most:
        raise TooManyRequests(most)
