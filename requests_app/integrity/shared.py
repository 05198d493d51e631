"""The checks of a proof shared by several processes, each with a connection of its own.

A new process imports this module before it sets Django up, so functions import what has models.
"""

from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import django
from django.db import connection
from django.db.models import Max

PIECES = 4  # for each process, of a check that is cut by the keys of requests: they end at about the same time
LONG = "chains_are_whole"  # takes about half of the whole time


def offenders_by_check(names, since, processes):
    """Yield (name of a check, its lines so far) whenever a check, or a piece of one, is done."""
    place = {key: connection.settings_dict[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    steps = [(name, since, keys) for name in names for keys in (_pieces(processes) if name == LONG else [None])]
    steps.sort(key=lambda step: step[0] != LONG)
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (place,)) as pool:
        yield from pool.map(_lines_of, steps)


def _pieces(processes):
    from requests_app.models import PartnerRequest

    count = PIECES * processes
    last = PartnerRequest.objects.aggregate(last=Max("pk"))["last"] or 0
    bounds = [1 + last * piece // count for piece in range(count + 1)]
    return [range(begin, end) for begin, end in pairwise(bounds)]


def _begin(place):
    django.setup()
    connection.settings_dict.update(place)


def _lines_of(step):
    from requests_app.integrity.invariants import CHECKS, offenders_of
    from requests_app.integrity.scope import Scope

    name, since, keys = step
    (check,) = (check for check in CHECKS if check.__name__ == name)
    return name, list(offenders_of(check, Scope(since, keys)))
