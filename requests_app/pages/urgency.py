"""How near a due date is, in words, with the colour and icon that go with them."""

from datetime import timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts import clock

SOON = timedelta(days=2)  # a due date this near is warned of
LAST_DAY = timedelta(days=1)


class Urgency(NamedTuple):
    label: str
    tone: str
    icon: str


def of_answer(due):
    """How pressing an answer is that is due then; None where it is not."""
    left = due - clock.now()
    if left > SOON:
        return None
    if left > LAST_DAY:
        return Urgency(_("Due soon"), "amber", "clock")
    label = _("Due within 24 hours") if left > timedelta() else _("Due now")
    return Urgency(label, "red", "exclamation-triangle")


def of_closing(at):
    """Likewise where something is closed then unless somebody acts."""
    left = at - clock.now()
    if left > 7 * LAST_DAY:
        return None
    if left > LAST_DAY:
        return Urgency(_("Closes soon"), "amber", "clock")
    return Urgency(_("Closes within 24 hours"), "red", "exclamation-triangle")
