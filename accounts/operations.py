"""Migration operations that lock no large table (docs/developing.md). SQLite does the plain ones."""

from contextlib import contextmanager

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.migrations import AddConstraint, AddField, AddIndex, AlterField, RemoveIndex
from django.db.migrations.operations.base import Operation


class AddIndexOnline(AddIndexConcurrently):
    """In a migration with `atomic = False`. What an interrupted one left of the index is made anew."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if not _is_postgresql(schema_editor):
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        with _waiting_for_others(schema_editor):
            _drop_unfinished(schema_editor, self.index.name)
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        operation = AddIndexConcurrently if _is_postgresql(schema_editor) else AddIndex
        operation.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveIndexOnline(RemoveIndexConcurrently):
    """In a migration with `atomic = False`."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        operation = RemoveIndexConcurrently if _is_postgresql(schema_editor) else RemoveIndex
        operation.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        operation = RemoveIndexConcurrently if _is_postgresql(schema_editor) else RemoveIndex
        operation.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveKeyIndexOnline(AlterField):
    """Of a foreign key that another index begins with: `field` has `db_index=False` now. With `atomic = False`."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = from_state.apps.get_model(app_label, self.model_name)
        online = "CONCURRENTLY " if _is_postgresql(schema_editor) else ""
        with _waiting_for_others(schema_editor):
            for name in self._indexes(schema_editor, model):
                schema_editor.execute(f"DROP INDEX {online}IF EXISTS {schema_editor.quote_name(name)}")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        online = {"concurrently": True} if _is_postgresql(schema_editor) else {}
        with _waiting_for_others(schema_editor):
            if not self._indexes(schema_editor, model):
                column = model._meta.get_field(self.name)
                schema_editor.execute(schema_editor._create_index_sql(model, fields=[column], **online))

    def _indexes(self, schema_editor, model):
        """Return the names of the key's own indexes: those of its column alone that the model does not name."""
        named = {each.name for each in (*model._meta.indexes, *model._meta.constraints)}
        column = model._meta.get_field(self.name).column
        return schema_editor._constraint_names(
            model, [column], index=True, unique=False, primary_key=False, exclude=named
        )


class AddConstraintUnchecked(AddConstraintNotValid):
    """New rows are checked at once; those that stand there by `CheckOldRows`, in the next migration."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        operation = AddConstraintNotValid if _is_postgresql(schema_editor) else AddConstraint
        operation.database_forwards(self, app_label, schema_editor, from_state, to_state)


class AddKeyUnchecked(AddField):
    """Add a foreign key, null and without an index: new rows are checked at once, old ones by `CheckOldKeys`.

    A plain AddField reads the whole table while nobody may write to it. What index the key needs is made online.
    """

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if not _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        field.db_constraint = False  # of the state alone: the column first, then its constraint
        try:
            schema_editor.add_field(from_state.apps.get_model(app_label, self.model_name), field)
        finally:
            field.db_constraint = True
        constraint = schema_editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s")
        schema_editor.deferred_sql.append(f"{constraint} NOT VALID")


class CheckOldKeys(Operation):
    """Validate the foreign key that `AddKeyUnchecked` added, in the next migration. Nobody has to wait."""

    def __init__(self, model_name, name):
        self.model_name, self.name = model_name, name

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if not _is_postgresql(schema_editor):
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        for constraint in schema_editor._constraint_names(model, [column], foreign_key=True):
            table, name = map(schema_editor.quote_name, (model._meta.db_table, constraint))
            schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def describe(self):
        return f"Validate the foreign key {self.name} of {self.model_name}"


class CheckOldRows(ValidateConstraint):
    """SQLite has checked them already."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if _is_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def _is_postgresql(schema_editor):
    return schema_editor.connection.vendor == "postgresql"


@contextmanager
def _waiting_for_others(schema_editor):
    """An index that is made online holds up nobody: it may wait for as long as transactions of others run."""
    if not _is_postgresql(schema_editor):
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SET lock_timeout = 0")
        try:
            yield
        finally:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


def _drop_unfinished(schema_editor, name):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = %s AND NOT indisvalid",
            [name],
        )
        if cursor.fetchone():
            cursor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(name)}")
