"""Events are only ever added, and the database itself holds that: triggers that refuse every change and removal.

They are put up after every `migrate`, since a migration that rebuilds the table drops them without a word, and
`check_invariants` looks whether they stand.
"""

from django.db import connection

REFUSAL = "An event is never changed or removed."
# By the name of each trigger, how it is made; dropping one that is not there does no harm.
POSTGRESQL = {
    "event_is_kept": f"""
        CREATE OR REPLACE FUNCTION event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
        CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON requests_app_event
        FOR EACH STATEMENT EXECUTE FUNCTION event_is_kept()""",
}
SQLITE = {
    f"event_is_not_{verb.lower()}d": f"""
        CREATE TRIGGER event_is_not_{verb.lower()}d BEFORE {verb} ON requests_app_event
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""
    for verb in ("UPDATE", "DELETE")
}
STANDING = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'requests_app_event'::regclass AND tgenabled = 'O'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'requests_app_event'",
}


def install(**kwargs):
    """Put up the triggers that do not stand. A receiver of post_migrate."""
    for name in missing():
        with connection.cursor() as cursor:
            cursor.execute(_triggers()[name])


def missing():
    """Return the names of the triggers that do not stand, in order."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING[connection.vendor])
        standing = {name for (name,) in cursor.fetchall()}
    return [name for name in _triggers() if name not in standing]


def lift():
    """Take the triggers down: for the flush of a test database alone."""
    connection.check_constraints()  # PostgreSQL drops none while a check of the table is put off
    of_table = " ON requests_app_event" if connection.vendor == "postgresql" else ""
    for name in _triggers():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of_table}")


def _triggers():
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE
