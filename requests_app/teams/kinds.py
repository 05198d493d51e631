"""What each kind of event in the log of a shop or partner is to everybody, in one table.

A new kind is a line of Kind and an entry of KINDS. The log holds codes, numbers and keys, never names or addresses.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    BEGAN = "began", _("The log begins")
    FOUNDED = "founded", _("Founded")
    INVITED = "invited", _("Invited")
    INVITATION_RENEWED = "invitation_renewed", _("Invitation renewed")
    INVITATION_WITHDRAWN = "invitation_withdrawn", _("Invitation withdrawn")
    JOINED = "joined", _("Joined")
    ADDED = "added", _("Added by staff")
    JOINED_BY_PROVIDER = "joined_by_provider", _("Joined by signing in with the company")
    ROLE_CHANGED = "role_changed", _("Role changed")
    REMOVED = "removed", _("Removed")
    LEFT = "left", _("Left")
    ERASED = "erased", _("Account erased")
    HAND_OVER_OFFERED = "hand_over_offered", _("Hand-over offered")
    HAND_OVER_ENDED = "hand_over_ended", _("Hand-over not made")
    HANDED_OVER = "handed_over", _("Became owner by hand-over")
    STEPPED_DOWN = "stepped_down", _("Stepped down by hand-over")
    SETTINGS_CHANGED = "settings_changed", _("Settings changed")
    SECOND_FACTOR_REQUIRED = "second_factor_required", _("Second factor required")
    SECOND_FACTOR_NOT_REQUIRED = "second_factor_not_required", _("Second factor not required any more")
    SIGN_IN_CHANGED = "sign_in_changed", _("Company sign-in changed")


class Actor(models.TextChoices):
    MEMBER = "member", _("A member")
    STAFF = "staff", _("Staff")
    PLATFORM = "platform", _("Platform")


class InvitationEnd(models.TextChoices):
    JOINED = "joined", _("Joined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


class HandOverEnd(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    VOID = "void", _("Void, since one of the two is not what they were")


@dataclass(frozen=True)
class Meaning:
    """What one kind is: the keys of its data, its look, and whether `role` of its data is the person's from then on."""

    data: tuple[str, ...] = ()
    icon: str = "users"
    tone: str = "grey"
    sets_role: bool = False  # "" where they are no member from then on
    title: str | Promise = ""  # in the log, given %(person)s, %(by)s and %(role)s in words; "" where the label says all


PERSON_ROLE = ("role", "was")
ENDS = ("role", "was", "open_work")
KINDS = {
    Kind.BEGAN: Meaning(data=("members",), icon="book-open"),
    Kind.FOUNDED: Meaning(PERSON_ROLE, "sparkles", "green", True, _("%(person)s is the first owner")),
    Kind.INVITED: Meaning(
        ("invitation", "as_role"), "envelope", "amber", title=_("%(by)s invited somebody as %(role)s")
    ),
    Kind.INVITATION_RENEWED: Meaning(("invitation", "as_role"), "envelope", "amber"),
    Kind.INVITATION_WITHDRAWN: Meaning(("invitation", "because"), "x-mark"),
    Kind.JOINED: Meaning((*PERSON_ROLE, "invitation"), "user-plus", "green", True, _("%(person)s joined as %(role)s")),
    Kind.ADDED: Meaning(PERSON_ROLE, "user-plus", "violet", True, _("%(person)s was added as %(role)s")),
    Kind.JOINED_BY_PROVIDER: Meaning(PERSON_ROLE, "user-plus", "green", True, _("%(person)s joined as %(role)s")),
    Kind.ROLE_CHANGED: Meaning(PERSON_ROLE, "key", "blue", True, _("%(person)s is %(role)s now")),
    Kind.REMOVED: Meaning(ENDS, "user-minus", "red", True, _("%(person)s was removed")),
    Kind.LEFT: Meaning(ENDS, "arrow-left-start-on-rectangle", "grey", True, _("%(person)s left")),
    Kind.ERASED: Meaning(ENDS, "trash", "grey", True, _("%(person)s erased their account")),
    Kind.HAND_OVER_OFFERED: Meaning(("hand_over",), "hand-raised", "amber", title=_("Hand-over offered to %(person)s")),
    Kind.HAND_OVER_ENDED: Meaning(("hand_over", "how"), "x-mark", title=_("The hand-over to %(person)s was not made")),
    Kind.HANDED_OVER: Meaning((*PERSON_ROLE, "hand_over"), "key", "green", True, _("%(person)s became owner")),
    Kind.STEPPED_DOWN: Meaning((*PERSON_ROLE, "hand_over"), "key", "blue", True, _("%(person)s handed over")),
    Kind.SETTINGS_CHANGED: Meaning(("changed", "old", "new"), "cog-6-tooth", "blue"),
    Kind.SECOND_FACTOR_REQUIRED: Meaning(icon="lock-closed", tone="blue"),
    Kind.SECOND_FACTOR_NOT_REQUIRED: Meaning(icon="lock-open", tone="orange"),
    Kind.SIGN_IN_CHANGED: Meaning(("changed", "old", "new"), "finger-print", "blue"),
}
JOINING = frozenset({Kind.FOUNDED, Kind.JOINED, Kind.ADDED, Kind.JOINED_BY_PROVIDER})
ENDING = frozenset({Kind.REMOVED, Kind.LEFT, Kind.ERASED})
