"""Acts on a team at once, on real connections: one of them is first, and an owner is always left."""

import pytest
from django.db.models import QuerySet

from tests import figures, locks, worker
from tests.faults import teams

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 1  # of each pair in a shop and in a partner; `make faults` does many more


def test_every_pair_of_acts_at_once_comes_out_as_one_after_the_other(db):
    rows = teams.run(ROUNDS)
    worker.empty_queue()

    figures.tell("teams", rows)
    assert [row for row in rows if row[2] not in (None, row[1])] == []


def test_race_without_locks_is_noticed(db, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)
    pair = "two owners leave"

    with pytest.raises(AssertionError, match=pair):
        teams.run(20, names=[pair])
    locks.broken.clear()
