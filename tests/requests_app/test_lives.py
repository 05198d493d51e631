"""Random lives of a small world: whatever people, timers and clocks do, it goes as the reference model says."""

from datetime import timedelta

import pytest
from django.conf import settings
from hypothesis import Phase

from tests import figures, reference
from tests.faults import lives

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(settings.ON_POSTGRESQL, reason="once is enough, and SQLite is quicker"),
]


def test_random_lives_are_as_the_reference_model_says():
    rows = lives.run(8, derandomize=True)

    figures.tell("lives", rows)
    assert [row for row in rows if row[2] not in (None, row[1])] == []


def test_life_that_is_not_as_the_model_says_is_noticed(monkeypatch):
    monkeypatch.setattr(reference, "DAY", timedelta(days=2))

    with pytest.raises(AssertionError):
        lives.run(8, derandomize=True, phases=[Phase.generate])
