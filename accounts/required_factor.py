"""Shops and partners that require a second factor of their members: whose rows are shut to whom meanwhile.

The rule is one condition, so that lists, pages, searches and other doors cannot differ (docs/design.md, Second factor).
"""

from django.apps import apps
from django.db.models import Exists, Q

RECOVERY = "recovery_codes"  # come with another factor, and count for none but in a session that used one


def factors_of(user):
    """Return the second factors that count for this person now: in a session those that this very session used.

    A recovery code that it used counts too: whoever lost their device would be asked for one code after the other.
    """
    if user.session_factors is None:
        return user.authenticator_set.exclude(type=RECOVERY)
    return user.authenticator_set.filter(pk__in=user.session_factors)


def is_met(user):
    """Return whether the person meets the demand. Read once for each person that is loaded."""
    known = user.__dict__
    if "_has_factor" not in known:
        known["_has_factor"] = user.session_factors != () and factors_of(user).exists()
    return known["_has_factor"]


def shuts_out(user, of):
    """Return whether this shop or partner is shut to its member until they set up or use a second factor."""
    return of.second_factor_required and not is_met(user)


def open_to(user, relation):
    """Return the condition that the shop or partner that `relation` leads to ("" for itself) is not shut to the user.

    It asks no statement of its own: what the user's session used is known, and looked up within the list's.
    """
    named = f"{relation}__second_factor_required" if relation else "second_factor_required"
    free = Q(**{named: False})
    return free if user.session_factors == () else free | Q(Exists(factors_of(user)))


def people_with_one():
    """Return the rows, of a person's key, of those who have set up a second factor."""
    return apps.get_model("mfa", "Authenticator").objects.exclude(type=RECOVERY).values("user")
