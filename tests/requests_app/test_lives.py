"""Random lives of a small world: whatever people, timers and clocks do, it goes as the reference model says."""

from datetime import timedelta

import pytest

from tests import figures, reference
from tests.faults import lives, truth

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_random_lives_are_as_the_reference_model_says_and_mails_say_what_is_so(monkeypatch):
    truth.watch(monkeypatch)

    rows = lives.run(8, derandomize=True)

    figures.tell("lives", rows)
    assert [row for row in rows if row[2] not in (None, row[1])] == []


def test_product_and_model_that_differ_are_told(monkeypatch):
    monkeypatch.setattr(reference.things, "DAY", timedelta(days=2))
    life = lives.Lives()
    life.people()
    life.time_passes(24 * 8)

    life.all_timers_come_round()

    with pytest.raises(AssertionError, match="the product has"):
        life.statuses_agree()
    life.teardown()
