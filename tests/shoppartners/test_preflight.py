"""`manage.py preflight` says what is missing and what would wait, changes nothing, and fails where something does."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shoppartners import facts, preflight
from shoppartners.facts import FAIL, OK, WARN, Fact

READS = ("SELECT", "SHOW", "PRAGMA")


@pytest.fixture
def well(monkeypatch):
    """All that stands outside of the database is well."""
    for name in ("checked", "signing_keys", "var_dir", "static_files", "mail"):
        monkeypatch.setattr(facts, name, lambda: [Fact(OK, "Well.")])


def test_command_prints_a_line_for_each_look(well, db, capsys):
    with CaptureQueriesContext(connection) as asked:
        call_command("preflight")

    lines = capsys.readouterr().out.splitlines()
    assert lines.count("ok    Well.") == 5
    assert {line.split()[0] for line in lines} <= {"ok", "warn"}
    assert any("The database answers" in line for line in lines)
    changing = [query["sql"] for query in asked if not query["sql"].lstrip().upper().startswith(READS)]
    assert changing == []


def test_command_fails_where_something_does(well, db, monkeypatch, capsys):
    monkeypatch.setattr(facts, "signing_keys", lambda: [Fact(FAIL, "The key is short.")])

    with pytest.raises(CommandError, match="1 thing to mend first"):
        call_command("preflight")
    assert "fail  The key is short." in capsys.readouterr().out


def test_database_that_is_away_ends_the_look(well, monkeypatch):
    monkeypatch.setattr(facts, "database", lambda: [Fact(FAIL, "PostgreSQL at db: no answer.")])

    assert [found.text for found in preflight.found()][-1] == "PostgreSQL at db: no answer."


@pytest.mark.postgresql
def test_long_transaction_is_named(transactional_db, monkeypatch):
    monkeypatch.setattr(preflight, "LONG", 0)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
        found = list(preflight.in_the_way())
        cursor.execute("ROLLBACK")
    other.close()

    assert [each.level for each in found] == [WARN]
    assert f"SELECT pg_terminate_backend({pid})" in found[0].text
    assert [each.level for each in preflight.in_the_way()] == [OK]
