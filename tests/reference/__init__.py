"""What the product should do, said once more and simply: the rules of the design over plain objects.

Written from the design (docs/design.md, Statuses, Permissions, Referral, Time), not from the code. The tests of
policies, machines and services, the races and the random lives all read it: a new verb or status is a row of the tables
here, and a method of `World`.

Each method of `World` is an act of a person or a timer. It raises NotTheirs where the person may not do it, NotNow
where it can not be done in the present state. What happened stands in `World.history`. Which of several fitting
partners is referred is left to the product: `referred(request)` tells.
"""

from tests.reference.common import NotNow, NotTheirs, Refused
from tests.reference.tables import (
    LIVE,
    PARTNER_STATUSES,
    PARTNER_VERBS,
    REQUEST_STATUSES,
    REQUEST_VERBS,
    ROLES,
    SHARE_VERBS,
    STATUSES,
)
from tests.reference.things import Partner, headline
from tests.reference.world import World

__all__ = [
    "LIVE",
    "PARTNER_STATUSES",
    "PARTNER_VERBS",
    "REQUEST_STATUSES",
    "REQUEST_VERBS",
    "ROLES",
    "SHARE_VERBS",
    "STATUSES",
    "NotNow",
    "NotTheirs",
    "Partner",
    "Refused",
    "World",
    "headline",
]
