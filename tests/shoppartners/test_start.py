"""What the web server and the worker look at before they begin."""

import pytest

from shoppartners import facts, start
from shoppartners.facts import FAIL, OK, WARN, Fact

pytestmark = pytest.mark.once

LOOKS = ("signing_keys", "var_dir", "static_files", "database", "migrations", "clock", "cache_table")


@pytest.fixture
def around(monkeypatch):
    """All is well, unless a test says otherwise."""

    def found(**given):
        for name in LOOKS:
            fact = given.get(name) or Fact(OK, "Well.")
            monkeypatch.setattr(facts, name, lambda fact=fact: [fact])

    found()
    return found


@pytest.mark.parametrize("name", LOOKS)
def test_what_only_a_person_mends_ends_the_start_in_one_line(name, around, capsys):
    around(**{name: Fact(FAIL, "The key is short.")})

    with pytest.raises(SystemExit) as ended:
        start.look(web=True)

    assert ended.value.code == "The key is short."  # which Python writes to standard error, with status 1


@pytest.mark.parametrize("fact", [Fact(FAIL, "Starting.", may_pass=True), Fact(WARN, "Of a newer release.")])
def test_what_may_pass_is_logged_and_waited_for(fact, around, caplog):
    around(database=fact)

    start.look(web=True)

    assert [record.msg["problem"] for record in caplog.records] == [fact.text]


def test_worker_waits_for_its_database(around, monkeypatch, caplog):
    away = Fact(FAIL, "Starting.", may_pass=True)
    answers = iter([[away], [away], [Fact(OK, "Well.")]])
    monkeypatch.setattr(facts, "database", lambda: next(answers))
    monkeypatch.setattr(start, "PAUSE", 0)

    start.look(web=False)

    assert [record.msg["problem"] for record in caplog.records] == ["Starting.", "Starting."]


@pytest.mark.parametrize("name", ["static_files", "cache_table"])
def test_worker_needs_no_static_files_and_no_counts_of_limits(name, around):
    around(**{name: Fact(FAIL, "Missing.")})

    start.look(web=False)


def test_nothing_else_is_asked_of_a_database_that_is_away(around, monkeypatch):
    around(database=Fact(FAIL, "Starting.", may_pass=True))
    monkeypatch.setattr(facts, "migrations", lambda: pytest.fail("asked"))

    start.look(web=True)
