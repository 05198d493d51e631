"""Which migrations would run, and for each operation who would have to wait, and for how long at today's sizes.

It reads the plan and PostgreSQL's statistics; it changes nothing. docs/developing.md says how migrations are written.
"""

from dataclasses import dataclass

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor

from accounts import operations as ours

# How fast a table is worked through, in bytes of the table a second: slow disks included (docs/upgrading.md).
READ, INDEXED, REWRITTEN = 100_000_000, 20_000_000, 10_000_000
MOMENT = 1  # seconds, within which nobody notices

NOBODY, A_MOMENT, WRITERS, EVERYBODY = "nobody waits", "everybody waits a moment", "writers wait", "everybody waits"
UNREAD = "not read here, see `python manage.py sqlmigrate {} {}`"


@dataclass(frozen=True)
class Table:
    rows: int
    bytes: int


@dataclass(frozen=True)
class Step:
    """One operation: what it does, who waits, and how long it takes in seconds (None: as long as its rows take)."""

    migration: str
    what: str
    who: str
    seconds: float | None = 0
    table: Table | None = None
    breaks: str = ""  # what the release that runs beside it must not do any more

    @property
    def is_worth_a_line(self):
        return self.is_noticed or self.seconds is None or self.seconds > MOMENT

    @property
    def is_noticed(self):
        """Whether people notice it, it breaks the release that runs, or nobody can say."""
        holds = self.who in (WRITERS, EVERYBODY) and (self.seconds or 0) > MOMENT
        return holds or bool(self.breaks) or self.who not in (NOBODY, A_MOMENT, WRITERS, EVERYBODY)

    def __str__(self):
        size = f" ({self.table.rows:,} rows, {self.table.bytes / 1e6:,.0f} MB)" if self.table else ""
        long = "" if self.is_noticed and not self.seconds else f", {_in_words(self.seconds)}"
        long = "" if self.who == A_MOMENT else long
        breaks = f"; {self.breaks}" if self.breaks else ""
        return f"{self.migration}: {self.what}{size}: {self.who}{long}{breaks}."


def _in_words(seconds):
    if seconds is None:
        return "for as long as its rows take"
    if seconds < 1:
        return "below a second"
    return f"about {seconds:,.0f} s" if seconds < 120 else f"about {seconds / 60:,.0f} minutes"


def waiting():
    """Return the migrations that would run, in their order."""
    executor = MigrationExecutor(connection)
    return [migration for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def is_new():
    """Return whether no migration ever ran here: nobody waits on an empty database."""
    return not MigrationExecutor(connection).loader.applied_migrations


def steps():
    """Yield the Steps of the migrations that wait."""
    executor = MigrationExecutor(connection)
    known = executor.loader.graph.nodes.keys()
    state = executor.loader.project_state([key for key in executor.loader.applied_migrations if key in known])
    planned = [migration for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    yield from steps_of(planned, state, table_sizes())


def steps_of(planned, state, sizes):
    """Yield the Steps of these migrations, from this state of the models on, with tables of these sizes."""
    for migration in planned:
        name = f"{migration.app_label}.{migration.name}"
        for operation in migration.operations:
            yield from _of_operation(name, migration.app_label, operation, state, sizes)
            operation.state_forwards(migration.app_label, state)


def table_sizes():
    """Return {table: Table}, as the last ANALYZE counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(pg_class.oid) FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
        )
        return {name: Table(rows, size) for name, rows, size in cursor.fetchall()}


def _of_operation(name, app, operation, state, sizes):
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        for each in operation.database_operations:
            yield from _of_operation(name, app, each, state, sizes)
        return
    what = operation.describe()
    if isinstance(operation, migrations.RunPython):
        yield Step(name, "fills rows", NOBODY, None)
        return
    if isinstance(operation, migrations.RunSQL):
        yield Step(name, "SQL of a package", UNREAD.format(*name.split(".")), None)
        return
    table = sizes.get(_table_of(app, operation, state))
    if isinstance(operation, migrations.CreateModel) or table is None:
        yield Step(name, what, NOBODY)
        return
    who, speed, breaks = _verdict(app, operation, state)
    seconds = table.bytes / speed if speed else 0
    yield Step(name, what, who, seconds, table if speed else None, breaks)


def _table_of(app, operation, state):
    model = getattr(operation, "model_name", None) or getattr(operation, "old_name", None) or operation.name
    found = state.models.get((app, model.lower()))
    return table_of(found) if found else None


def table_of(model):
    """Return the name of the table of a model, given as in a state of the models."""
    return model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"


CHECKED_LATER = (AddConstraintNotValid, ours.AddKeyUnchecked)
CHECKS_NOW = (ValidateConstraint, ours.CheckOldKeys)
DROPPED_ONLINE = (RemoveIndexConcurrently, ours.RemoveKeyIndexOnline)
OF_STATE = (migrations.AlterModelOptions, migrations.AlterModelManagers, migrations.AlterOrderWithRespectTo)
GONE = "the release that runs must not use it any more"


def _verdict(app, operation, state):
    """Return who waits, the speed at which the table is worked through (0: it is not), and what breaks old code."""
    if isinstance(operation, CHECKS_NOW):
        return NOBODY, READ, ""
    if isinstance(operation, AddIndexConcurrently):
        return NOBODY, INDEXED, ""
    if isinstance(operation, CHECKED_LATER):
        return A_MOMENT, 0, ""
    if isinstance(operation, migrations.AddField):
        return _of_new_field(operation.field)
    if isinstance(operation, migrations.AlterField):
        return _of_changed_field(
            state.models[app, operation.model_name.lower()].fields[operation.name], operation.field
        )
    if isinstance(operation, migrations.RemoveField | migrations.DeleteModel):
        return A_MOMENT, 0, GONE
    if isinstance(operation, migrations.RenameField | migrations.RenameModel | migrations.AlterModelTable):
        return A_MOMENT, 0, "the release that runs does not know the new name: MAINTENANCE=1"
    if isinstance(operation, migrations.AddIndex):
        return WRITERS, INDEXED, ""
    if isinstance(operation, migrations.AddConstraint):
        return EVERYBODY, READ, ""
    if isinstance(operation, DROPPED_ONLINE + OF_STATE):
        return NOBODY, 0, ""
    return A_MOMENT, 0, ""


def _of_new_field(field):
    if field.many_to_many:
        return NOBODY, 0, ""
    fills = field.null or field.has_db_default()
    breaks = "" if fills else "the release that runs writes no value into it: MAINTENANCE=1"
    if field.unique or field.db_index or (field.remote_field and field.db_constraint):
        return EVERYBODY, INDEXED, breaks
    return A_MOMENT, 0, breaks


def _of_changed_field(old, new):
    """An AlterField that changes nothing of the column is the models' own matter."""
    before, after = _of_column(old), _of_column(new)
    if before == after:
        return NOBODY, 0, ""
    if before[0] != after[0]:
        return EVERYBODY, REWRITTEN, "the release that runs may read another type"
    if old.null and not new.null:
        return EVERYBODY, READ, "the release that runs may write NULL"
    if (new.unique or new.db_index) and not (old.unique or old.db_index):
        return EVERYBODY, INDEXED, ""
    return A_MOMENT, 0, ""


def _of_column(field):
    _name, path, args, kwargs = field.deconstruct()
    return path, args, {name: value for name, value in kwargs.items() if name not in field.non_db_attrs}
