"""The help that a seller needs, and what a request is called by it (docs/design.md, Words)."""

from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import Contains
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import NotPossible
from accounts.formats import joined, listed, together
from partners.choices import MOST_SERVICES, Service, Start, label_in


def checked(services, *, kept=()):
    """Return these codes, each once, in the order of the list; raise NotPossible where they may not be asked for.

    `kept` are those that the request names already: one that left the list stays until the seller takes it off.
    """
    if problem := problem_of(services, kept=kept):
        raise NotPossible(problem)
    return in_order(services)


def checked_start(start):
    """Return the code; raise NotPossible for one that is not of the list. Blank is not said."""
    if start and start not in Start.values:
        raise NotPossible(_("Choose from the list when you want to start."))
    return start


def in_order(services):
    """Return the codes, each once, in the order of the list; those that left it come last, as they stand."""
    codes = dict.fromkeys(services)
    return [code for code in Service.values if code in codes] + [code for code in codes if code not in Service.values]


def problem_of(services, *, kept=()):
    """Return why these services cannot be asked for, as a sentence; "" where they can."""
    if any(code not in Service.values and code not in kept for code in services):
        return _("A service you named is not offered here, or not any more. Choose from the list.")
    too_many = len(set(services)) - MOST_SERVICES
    if too_many > 0:
        return ngettext(
            "You can name at most %(most)d services. Take one off.",
            "You can name at most %(most)d services. Take %(too_many)d off.",
            too_many,
        ) % {"most": MOST_SERVICES, "too_many": too_many}
    return ""


def names_one_of(column, services):
    """Return the condition that the list of codes in the column names one of these; PostgreSQL compares it as a set."""
    if settings.ON_POSTGRESQL:
        return Q(**{f"{column}__has_any_keys": list(services)})
    text = Cast(F(column), TextField())
    return reduce(or_, (Q(Contains(text, f'"{code}"')) for code in services), Q(pk__in=[]))


def labels_of(services):
    """Return what the codes are called in the reader's language; one that left the list stands as it is."""
    return [str(label_in(Service, code)) for code in services]


def services_text(services):
    """Return "Livestream selling and Advertising"; "" where none is named."""
    return listed(labels_of(services))


def name_of(services, category, *, short=False):
    """Return what a request is called: "Livestream selling and Advertising, Beauty & Personal Care".

    `category` is its name as the reader sees it, which stands alone where no service is named. A `short` name, for
    lines that have little room, names one service of three: "Livestream selling + 2, Beauty & Personal Care".
    """
    named = joined(labels_of(services), most=1) if short else services_text(services)
    return together(named, category) if named else category


def start_text(start):
    """Return when the seller wants to start, in words; "" where they did not say."""
    return str(label_in(Start, start)) if start else ""
