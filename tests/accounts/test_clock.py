"""The one clock, and the two ways in which a demo site's differs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts import clock

pytestmark = pytest.mark.once

MOMENT = datetime(2026, 12, 3, 14, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock_file(settings, tmp_path, time_machine):
    settings.DEMO_CLOCK_FILE = tmp_path / "demo" / "clock"
    time_machine.move_to(MOMENT, tick=False)
    return settings.DEMO_CLOCK_FILE


def test_clock_tells_the_time():
    assert clock.now() == MOMENT


def test_demo_clock_moves_forward_by_days(settings):
    settings.DEMO = True

    assert clock.move_demo_clock(3) == timedelta(days=3)
    assert clock.move_demo_clock(4) == timedelta(days=7)
    assert clock.now() == MOMENT + timedelta(days=7)


def test_clock_of_any_other_site_does_not_move(clock_file):
    clock_file.parent.mkdir()
    clock_file.write_text("7")

    assert clock.now() == MOMENT


def test_offset_is_written_whole_and_nothing_else_stays(settings, clock_file):
    settings.DEMO = True

    clock.move_demo_clock(3)

    assert [(file.name, file.read_text()) for file in clock_file.parent.iterdir()] == [("clock", "3")]


def test_unreadable_offset_counts_as_none(settings, clock_file):
    settings.DEMO = True
    clock_file.parent.mkdir()
    clock_file.write_text("soon")

    assert clock.now() == MOMENT


def test_clock_stands_at_a_moment_while_asked_to():
    past = MOMENT - timedelta(days=40)

    with clock.at(past):
        assert clock.now() == past
        with clock.at(past + timedelta(days=1)):
            assert clock.now() == past + timedelta(days=1)
        assert clock.now() == past
    assert clock.now() == MOMENT


def test_clock_goes_on_after_a_failure():
    with pytest.raises(RuntimeError), clock.at(MOMENT - timedelta(days=1)):
        raise RuntimeError

    assert clock.now() == MOMENT


def test_command_moves_the_clock(settings, capsys):
    settings.DEMO = True

    call_command("demo_days", "8")

    assert clock.now() == MOMENT + timedelta(days=8)
    assert "8 days ahead: 2026-12-11 14:05 UTC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("demo", "days", "message"),
    [
        (False, "1", "DEMO=1"),
        (True, "-1", "only moves forward"),
        (True, "100000", "no further than the year 2200"),
        (True, "4000000", "no further than the year 2200"),
        (True, "9" * 30, "no further than the year 2200"),
    ],
)
def test_command_refuses(demo, days, message, settings):
    settings.DEMO = demo

    with pytest.raises(CommandError, match=message):
        call_command("demo_days", "--", days)
    assert clock.now() == MOMENT
