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


@pytest.fixture
def life():
    """A life that begins with a request to the first two partners, the first connected, the second reviewing."""
    life = lives.Lives()
    life.people()
    yield life
    life.teardown()


def agree(life):
    life.statuses_agree()
    life.events_agree()


OWNER = -30  # of lives.whoever: the owner of the shop or partner


def opening(life, minutes=0):
    life.now = life.model.now = life.now + timedelta(minutes=minutes)
    life.open_contact(0, OWNER)
    agree(life)
    return sum(happened.kind == "contact_opened" for happened in life.model.history)


def test_openings_within_minutes_are_one_unless_the_request_was_edited_between(life):
    first, again, later = opening(life), opening(life, 4), opening(life, 1)
    life.edit(0, OWNER, 0, 900, False, False, set())

    assert (first, again, later, opening(life)) == (1, 1, 2, 3)


@pytest.mark.parametrize(
    ("minutes", "budgets", "told"),
    [
        (4, [900, 400], [False, True]),  # joined: the later one says both
        (4, [900, 3000], [False, False]),  # taken back
        (4, [900, 3000, 400], [False, False, True]),
        (5, [900, 400], [True, True]),
        (5, [900, 3000], [True, True]),
    ],
)
def test_edits_within_minutes_are_notified_once_and_not_when_taken_back(life, minutes, budgets, told):
    for budget in budgets:
        life.edit(0, OWNER, 0, budget, False, False, set())
        agree(life)
        life.now = life.model.now = life.now + timedelta(minutes=minutes if budget == budgets[0] else 0)

    assert [bool(happened.told) for happened in life.model.history if happened.kind == "edited"] == told
