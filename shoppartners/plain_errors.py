"""What an operator can mend ends a command in one plain line; what is a mistake of ours keeps its traceback."""

import logging
import sys
from contextlib import contextmanager

LACKS_RIGHT, READ_ONLY, TABLE, COLUMN = "42501", "25006", "42P01", "42703"  # PostgreSQL's codes


@contextmanager
def ended_plainly(status=1):
    """End the process with one line on standard error where the block fails for want of something an operator sets."""
    pool = logging.getLogger("psycopg.pool")
    level = pool.level
    pool.setLevel(logging.CRITICAL)  # it has a line for each try, of what is told here once
    try:
        yield
    except Exception as error:
        if (line := line_of(error)) is None:
            raise
        sys.stderr.write(f"{line}\n")
        sys.exit(status)
    finally:
        pool.setLevel(level)


def line_of(error):
    """Return what is wrong and what to do, of an error of settings, database or files; None of any other."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error, NotSupportedError

    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed: run `make setup`, or install what requirements/production.txt names."
    if isinstance(error, ImproperlyConfigured | NotSupportedError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return _of_file(error)
    if isinstance(error, Error):
        return _of_database(error)
    if isinstance(error, ValueError) and str(error).startswith("Missing staticfiles manifest entry"):
        return "The static files are not collected: run `python manage.py collectstatic --no-input`."
    return None


def _of_file(error):
    from django.conf import settings

    place = str(error.filename or "")
    if place.startswith(str(settings.VAR_DIR)):
        return f"VAR_DIR: {place} cannot be written ({error.strerror}). Let VAR_DIR name a folder of this user."
    if isinstance(error, PermissionError) and place:
        return f"{place}: this user may not ({error.strerror})."
    return None


def _of_database(error):
    from django.db import OperationalError, connection

    from shoppartners.errors import database_is_gone

    code = getattr(error.__cause__, "sqlstate", None)
    if connection.vendor != "postgresql":
        return _of_sqlite(str(error))
    if code == LACKS_RIGHT:
        user = connection.settings_dict["USER"]
        return f"The database user {user!r} lacks a right: {_first_line(error)}. Grant it, or name the owner."
    if code == READ_ONLY:
        return f"The database takes no writes ({_first_line(error)}): let DATABASE_URL name the primary."
    if code in (TABLE, COLUMN):
        return _of_tables()
    if isinstance(error, OperationalError) and database_is_gone(error):
        from shoppartners.postgresql.refusals import refusal_of

        refusal = refusal_of(connection)
        return refusal.line if refusal else f"The database gave no connection: {_first_line(error)}."
    return None


def _of_tables():
    """Return the line where a table or column is missing since a command was not run; None where all were."""
    from shoppartners.facts import cache_table, migrations

    missing = [found.text for found in (*migrations(), *cache_table()) if found.level == "fail"]
    return missing[0] if missing else None


def _of_sqlite(words):
    from django.db import connection

    if "unable to open" in words or "readonly" in words:
        place = connection.settings_dict["NAME"]
        return f"The database {place} cannot be opened: {words}. Its folder has to be there, and this user's to write."
    if "no such table" in words or "no such column" in words:
        return _of_tables()
    return None


def _first_line(error):
    return str(error).strip().partition("\n")[0].rstrip(".")
