"""Migrations lock no table that grows while people use it; docs/developing.md says how."""

import threading

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as of_django
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from accounts.management.commands import migrate

OURS = ("accounts", "partners", "requests_app")
LOCKING = (migrations.AddIndex, migrations.AddConstraint, migrations.AlterField)  # the plain ones
ALTERED = "ALTER TABLE partners_market ALTER COLUMN active SET DEFAULT true"
STANDING = {  # written before there was a site whose tables had grown
    "accounts": {"0002", "0005", "0011"},
    "partners": {"0002", "0003", "0005", "0006", "0007", "0008", "0009", "0010", "0014", "0016"},
    "requests_app": {"0002", "0003", "0004", "0005", "0007", "0008", "0009", "0010", "0011"},
}


def faults_of(migration):
    """Yield what of the migration would lock a table, in words."""
    created = {each.name_lower for each in migration.operations if isinstance(each, migrations.CreateModel)}
    for each in migration.operations:
        if type(each) in LOCKING and each.model_name.lower() not in created:
            yield f"{type(each).__name__} on {each.model_name}"
        if isinstance(each, migrations.RunPython) and migration.atomic:
            yield "RunPython in one transaction"


def ours():
    loader = MigrationLoader(None)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        number = name.partition("_")[0]
        if app in OURS and number != "0001" and number not in STANDING[app]:
            yield f"{app}/{name}", migration


@pytest.mark.once
def test_no_migration_locks_a_table_that_grows():
    found = {name: faults for name, migration in ours() if (faults := list(faults_of(migration)))}

    assert found == {}


@pytest.mark.once
def test_locking_migration_is_noticed():
    migration = migrations.Migration("one", "requests_app")
    migration.operations = [
        migrations.AddIndex("share", models.Index(fields=["note"], name="share_note")),
        migrations.RunPython(print),
    ]

    assert list(faults_of(migration)) == ["AddIndex on share", "RunPython in one transaction"]


@pytest.fixture
def held(transactional_db):
    """Somebody else holds the table of markets, until `held.set()`."""
    free, has_it = threading.Event(), threading.Event()

    def hold():
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE partners_market IN ACCESS EXCLUSIVE MODE")
            has_it.set()
            free.wait(20)
            cursor.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    has_it.wait(10)
    yield free
    free.set()
    thread.join()


@pytest.fixture
def altering(monkeypatch):
    """`migrate` alters the table of markets; a list with an entry for each try."""
    tries = []

    def alter(self, *args, **options):
        tries.append(True)
        with connection.cursor() as cursor:
            cursor.execute(ALTERED)

    monkeypatch.setattr(of_django.Command, "handle", alter)
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 1)
    return tries


@pytest.mark.postgresql
def test_migrate_lets_others_pass_and_tries_again(held, altering, monkeypatch, capsys):
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: held.set())

    call_command("migrate")

    assert len(altering) == 2
    assert "Somebody holds a table. Trying again in 5 seconds (1 of 10)." in capsys.readouterr().err
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE partners_market ALTER COLUMN active DROP DEFAULT")
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.postgresql
def test_migrate_says_so_in_the_end(held, altering, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 2)
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: None)

    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate")
    assert len(altering) == 2
