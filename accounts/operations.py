"""Migration operations that lock no large table (docs/developing.md). SQLite does the plain ones."""

from contextlib import contextmanager

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.migrations import AddConstraint, AddIndex, RemoveIndex


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


class AddConstraintUnchecked(AddConstraintNotValid):
    """New rows are checked at once; those that stand there by `CheckOldRows`, in the next migration."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        operation = AddConstraintNotValid if _is_postgresql(schema_editor) else AddConstraint
        operation.database_forwards(self, app_label, schema_editor, from_state, to_state)


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
