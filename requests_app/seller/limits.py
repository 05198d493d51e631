"""How much one person may submit: counted in the database, so it holds whatever process answers."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import ngettext

from accounts import clock
from requests_app.models import PartnerRequest

WINDOW = timedelta(hours=1)


def refusal(user):
    """Why the user can submit no further request now; "" when he can."""
    recent = PartnerRequest.objects.filter(created_by=user, created_at__gt=clock.now() - WINDOW)
    most = settings.REQUESTS_PER_HOUR
    if len(recent.values_list("pk")[:most]) < most:
        return ""
    return ngettext(
        "You have submitted %(most)d request within an hour, the most that is possible. Try again a little later.",
        "You have submitted %(most)d requests within an hour, the most that is possible. Try again a little later.",
        most,
    ) % {"most": most}
