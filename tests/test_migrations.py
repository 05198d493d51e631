"""Migrations lock no table that grows while people use it; docs/developing.md says how."""

import threading

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as of_django
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from accounts.management.commands import migrate
from accounts.operations import AddKeyUnchecked, CheckOldKeys, RemoveKeyIndexOnline
from shoppartners.waiting_migrations import Table, steps_of, table_of

OURS = ("accounts", "partners", "requests_app")
LOCKING = (migrations.AddIndex, migrations.AddConstraint, migrations.AlterField)  # the plain ones
ALTERED = "ALTER TABLE partners_market ALTER COLUMN active SET DEFAULT true"
STANDING = {  # written before there was a site whose tables had grown
    "accounts": {"0002", "0003", "0005", "0011"},
    "partners": {"0002", "0003", "0005", "0006", "0007", "0008", "0009", "0010", "0014", "0016"},
    "requests_app": {"0002", "0003", "0004", "0005", "0007", "0008", "0009", "0010", "0011", "0018"},
}


def faults_of(migration):
    """Yield what of the migration would lock a table, in words."""
    created = {each.name_lower for each in migration.operations if isinstance(each, migrations.CreateModel)}
    for each in migration.operations:
        if type(each) in LOCKING and each.model_name.lower() not in created:
            yield f"{type(each).__name__} on {each.model_name}"
        if isinstance(each, migrations.AddField) and each.model_name.lower() not in created:
            yield from _faults_of_key(each)
        if isinstance(each, migrations.RunPython) and migration.atomic:
            yield "RunPython in one transaction"


def _faults_of_key(added):
    """Yield what would lock the table for as long as its rows are read: a plain foreign key, or one with an index."""
    field = added.field
    if field.many_to_many or field.remote_field is None:
        return
    if not isinstance(added, AddKeyUnchecked) and field.db_constraint:
        yield f"AddField of the foreign key {added.name} on {added.model_name}"
    elif field.db_index:
        yield f"index of the foreign key {added.name} on {added.model_name}"


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
        migrations.AddField("event", "shop", key_to_shops()),
        AddKeyUnchecked("event", "shop", key_to_shops(db_index=True)),
        AddKeyUnchecked("event", "shop", key_to_shops()),
        migrations.AddField("event", "words", models.TextField(default="", db_default="")),
    ]

    assert list(faults_of(migration)) == [
        "AddIndex on share",
        "RunPython in one transaction",
        "AddField of the foreign key shop on event",
        "index of the foreign key shop on event",
    ]


@pytest.mark.once
def test_key_of_a_table_that_is_made_with_it_is_no_fault():
    migration = migrations.Migration("one", "requests_app")
    migration.operations = [
        migrations.CreateModel("Fresh", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("fresh", "shop", key_to_shops(db_index=True)),
    ]

    assert list(faults_of(migration)) == []


@pytest.mark.once
def test_no_migration_breaks_the_release_that_runs_beside_it():
    graph = MigrationLoader(None).graph
    planned = dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf))
    standing = {(app, number) for app, numbers in STANDING.items() for number in numbers}
    state, sizes, steps = ProjectState(), {}, []

    for key in planned:
        steps += steps_of([graph.nodes[key]], state, sizes)
        sizes |= {table_of(model): Table(1_000_000, 1_000_000_000) for model in state.models.values()}
    broken = {step.migration: step.breaks for step in steps if step.breaks and step.migration.startswith(OURS)}

    assert ("requests_app", "0008") in {place(name) for name in broken}
    assert {name: why for name, why in broken.items() if place(name) not in standing} == {}


def place(name):
    app, _dot, migration = name.partition(".")
    return app, migration.partition("_")[0]


def key_to_shops(**options):
    options = {"db_index": False} | options
    return models.ForeignKey("requests_app.Shop", on_delete=models.PROTECT, null=True, related_name="+", **options)


def changed(operation, before):
    """Apply one operation to the database; return the state of the models after it."""
    after = before.clone()
    operation.state_forwards("partners", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("partners", editor, before, after)
    return after


@pytest.mark.postgresql
def test_key_is_checked_for_old_rows_in_a_step_of_its_own(db):
    connection.check_constraints()
    before = MigrationLoader(connection).project_state()
    key = models.ForeignKey("partners.Market", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    def keys():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT convalidated FROM pg_constraint WHERE conrelid = 'partners_exchangerate'::regclass"
                " AND contype = 'f'"
            )
            return [row[0] for row in cursor.fetchall()]

    state = changed(AddKeyUnchecked("exchangerate", "market", key), before)
    assert keys() == [False]

    changed(CheckOldKeys("exchangerate", "market"), state)
    assert keys() == [True]


@pytest.mark.postgresql  # SQLite takes no schema editor in a test's transaction
def test_index_of_a_key_is_removed_and_made_again(db):
    before = MigrationLoader(connection).project_state()
    key = models.ForeignKey("partners.Partner", on_delete=models.CASCADE, related_name="members", db_index=False)
    operation = RemoveKeyIndexOnline("partnermember", "partner", key)
    after = before.clone()
    operation.state_forwards("partners", after)

    def indexed():
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, "partners_partnermember")
        return [each["columns"] for each in found.values() if each["index"] and each["columns"] == ["partner_id"]]

    assert indexed() == [["partner_id"]]
    with connection.schema_editor(atomic=False) as editor:
        editor.execute = without_concurrently(editor.execute)
        operation.database_forwards("partners", editor, before, after)
    assert indexed() == []
    with connection.schema_editor(atomic=False) as editor:
        editor.execute = without_concurrently(editor.execute)
        operation.database_backwards("partners", editor, after, before)
    assert indexed() == [["partner_id"]]


def without_concurrently(execute):
    """A test's transaction takes no CONCURRENTLY; every new database runs the statements as they are."""
    return lambda statement, params=(): execute(str(statement).replace("CONCURRENTLY ", ""), params)


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
