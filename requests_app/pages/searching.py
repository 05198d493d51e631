"""How the lists of sellers and partners are searched: what is typed is looked up before the list is read.

A list is one shop's or partner's, and may be long. What is typed is therefore turned into keys first, from tables that
have an index of words. What names few rows becomes a list of their keys; the database then reads these alone. Only what
names many is compared row by row, and a page of it is soon full.
"""

from django.db.models import Q

FEW_ROWS = 500  # whose keys are listed
NEWEST_ROWS, A_PAGE = 200, 20


def few(rows, condition):
    """Return the condition as a list of the keys of the rows that meet it; None where they are many."""
    keys = list(rows.filter(condition).order_by().values_list("pk", flat=True)[: FEW_ROWS + 1])
    return Q(pk__in=keys) if len(keys) <= FEW_ROWS else None


def fills_a_page(rows, condition):
    """Return whether the newest of the rows, a list by `created_at`, hold a page of those that meet the condition.

    These few rows say so for little. The list may then be read newest first, and nobody need count what it has.
    """
    newest = rows.order_by("-created_at", "-id").values("pk")[:NEWEST_ROWS]
    found = rows.model.objects.filter(condition, pk__in=newest).order_by().values_list("pk", flat=True)
    return len(found[:A_PAGE]) == A_PAGE
