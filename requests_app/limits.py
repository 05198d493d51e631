"""How much one person may submit, counted in the database under a lock, whatever process answers."""

from datetime import timedelta

from django.conf import settings

from accounts import clock
from accounts.models import User
from requests_app.exceptions import TooManyRequests
from requests_app.models import PartnerRequest

WINDOW = timedelta(hours=1)  # in which a person may submit settings.REQUESTS_PER_HOUR
MOST_PICKS = 10  # partners that a seller may have chosen for one request at a time


def require_below_limit(user):
    """Lock the person's row; raise TooManyRequests unless they may submit another request now."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    recent = PartnerRequest.objects.filter(created_by=user, created_at__gt=clock.now() - WINDOW)
    most = settings.REQUESTS_PER_HOUR
    if len(recent.values_list("pk")[:most]) >= most:
        raise TooManyRequests(most)
