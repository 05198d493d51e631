"""How the lists of sellers and partners are searched: what is typed is looked up before the list is read.

A list is one shop's or partner's, and may be long. What is typed is therefore turned into keys first, from tables that
have an index of words. What names few rows becomes a list of their keys; the database then reads these alone. Only what
names many is compared row by row, and a page of it is soon full.
"""

from django.db.models import Q

FEW_ROWS = 500  # whose keys are listed
NEWEST_ROWS, A_PAGE = 200, 20  # those which say for little whether a page of a list is soon found


def few(rows, condition):
    """Return the condition as a list of the keys of the rows that meet it; None where they are many."""
    keys = list(rows.filter(condition).order_by().values_list("pk", flat=True)[: FEW_ROWS + 1])
    return Q(pk__in=keys) if len(keys) <= FEW_ROWS else None


def newest_keys(rows):
    """Return the keys of the newest of the rows, a list by `created_at`."""
    return list(rows.order_by("-created_at", "-id").values_list("pk", flat=True)[:NEWEST_ROWS])
