"""How much one person may submit, counted in the database under a lock, whatever process answers."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, Value

from accounts import clock
from requests_app.models import PartnerRequest

WINDOW = timedelta(hours=1)  # in which a person may submit settings.REQUESTS_PER_HOUR
MOST_PICKS = 10  # partners that a seller may have chosen for one request at a time


def submitted_enough(user):
    """Return whether the person, whose row is locked, may submit no further request now: an expression for a query."""
    recent = PartnerRequest.objects.filter(created_by=user, created_at__gt=clock.now() - WINDOW)
    most = settings.REQUESTS_PER_HOUR
    return Exists(recent[most - 1 : most]) if most > 0 else Value(True)
