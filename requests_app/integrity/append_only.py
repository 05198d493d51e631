"""Events are only ever added, and the database itself holds that: triggers that refuse every change and removal.

They are put up after every `migrate`, since a migration that rebuilds the table drops them without a word, and
`check_invariants` looks whether they stand. Of requests and of teams alike.
"""

from django.db import connection

REFUSAL = "An event is never changed or removed."
TABLES = {"event": "requests_app_event", "team_event": "requests_app_teamevent"}  # by what their triggers are called
# By the name of each trigger, its table and how it is made; dropping one that is not there does no harm.
POSTGRESQL = {
    f"{name}_is_kept": (
        table,
        f"""
        CREATE OR REPLACE FUNCTION {name}_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
        CREATE TRIGGER {name}_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {name}_is_kept()""",
    )
    for name, table in TABLES.items()
}
SQLITE = {
    f"{name}_is_not_{verb.lower()}d": (
        table,
        f"""
        CREATE TRIGGER {name}_is_not_{verb.lower()}d BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    )
    for name, table in TABLES.items()
    for verb in ("UPDATE", "DELETE")
}
STANDING = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid IN ({tables}) AND tgenabled = 'O'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({tables})",
}


def install(**kwargs):
    """Put up the triggers that do not stand. A receiver of post_migrate."""
    for name in missing():
        with connection.cursor() as cursor:
            cursor.execute(_triggers()[name][1])


def missing():
    """Return the names of the triggers that do not stand, in order."""
    as_class = "::regclass" if connection.vendor == "postgresql" else ""
    tables = ", ".join(f"'{table}'{as_class}" for table in TABLES.values())
    with connection.cursor() as cursor:
        cursor.execute(STANDING[connection.vendor].format(tables=tables))
        standing = {name for (name,) in cursor.fetchall()}
    return [name for name in _triggers() if name not in standing]


def lift():
    """Take the triggers down: for the flush of a test database alone."""
    connection.check_constraints()  # PostgreSQL drops none while a check of the table is put off
    for name, (table, _sql) in _triggers().items():
        of_table = f" ON {table}" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of_table}")


def _triggers():
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE
