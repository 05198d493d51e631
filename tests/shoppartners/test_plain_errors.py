"""What an operator can mend ends a process in one line, and in no traceback."""

import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured
from django.db import NotSupportedError, OperationalError, ProgrammingError
from psycopg import errors

from shoppartners import facts
from shoppartners.plain_errors import ended_plainly, line_of
from shoppartners.postgresql.refusals import Refusal, told
from tests.worker import url_of_test_database

PLACE = {"HOST": "db.example", "PORT": 5432, "USER": "shop", "NAME": "partners"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("message", "words", "may_pass"),
    [
        ('FATAL:  password authentication failed for user "shop"', "the user 'shop' or the password", False),
        ("connection failed: fe_sendauth: no password supplied", "the user 'shop' or the password", False),
        ('FATAL:  database "partners" does not exist', "`createdb partners`", False),
        ('FATAL:  role "shop" does not exist', "no user 'shop'", False),
        ("failed to resolve host 'db.example': [Errno -2] Name or service not known", "no host has this name", False),
        ("failed to resolve host 'x': [Errno -3] Temporary failure in name resolution", "just now", True),
        ('connection to server at "127.0.0.1", port 1 failed: Connection refused', "nothing listens there", True),
        ('connection to server on socket "/x/.s" failed: No such file or directory', "nothing listens there", True),
        ("connection timeout expired", "no answer", True),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "shop"', "pg_hba.conf", False),
        ('FATAL:  permission denied for database "partners"', "GRANT CONNECT", False),
        ("FATAL:  the database system is starting up", "starting or stopping", True),
        ("FATAL:  the database system is not yet accepting connections", "starting or stopping", True),
        ("server closed the connection unexpectedly", "starting or stopping", True),
        ("SSL SYSCALL error: Connection reset by peer", "starting or stopping", True),
        ('connection to server at "10.0.0.1" failed: No route to host', "no answer", True),
        ("connection failed: session is read-only", "takes no writes", True),
        ("FATAL:  sorry, too many clients already", "DB_POOL_MAX", True),
        ("FATAL:  no more connections allowed (max_client_conn)", "DB_POOL_MAX", True),
        ("FATAL:  server login has been failing, try again later (server_login_retry)", "PgBouncer reaches no", True),
        ("FATAL:  server login has been failing, cached error: password authentication failed", "password", False),
        ("FATAL:  pgbouncer cannot connect to server", "PgBouncer reaches no server", True),
        ("server does not support SSL, but SSL was required", "sslmode", False),
        ("FATAL:  etwas ganz anderes\nDETAIL: …", "takes no connection: FATAL:  etwas ganz anderes", False),
    ],
)
def test_refused_connection_is_explained(message, words, may_pass):
    refusal = told(message, PLACE)

    assert refusal.line.startswith("PostgreSQL at db.example:5432")
    assert words in refusal.line
    assert "\n" not in refusal.line
    assert refusal.may_pass is may_pass


def caused(error, by):
    error.__cause__ = by
    return error


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImproperlyConfigured("Error loading\npsycopg"), "Error loading psycopg"),
        (NotSupportedError("PostgreSQL 15 or later is required (found 14.1)."), "PostgreSQL 15 or later is required"),
        (ModuleNotFoundError("?", name="psycopg"), "psycopg is not installed: run `make setup`"),
        (ValueError("Missing staticfiles manifest entry for 'x'"), "python manage.py collectstatic"),
        (PermissionError(13, "Permission denied", "/backups/x"), "/backups/x: this user may not"),
        (caused(ProgrammingError("denied"), errors.InsufficientPrivilege("?")), "lacks a right: denied. Grant it"),
        (caused(OperationalError("read only"), errors.ReadOnlySqlTransaction("?")), "name the primary"),
        (caused(ProgrammingError("no table"), errors.UndefinedTable("?")), None),  # all were migrated: our mistake
        (ValueError("of the code"), None),
        (caused(OperationalError("deadlock"), errors.DeadlockDetected("?")), None),
    ],
)
def test_error_that_an_operator_mends_has_a_line(error, words, db, monkeypatch):
    monkeypatch.setattr(facts, "cache_table", list)
    line = line_of(error)

    assert (line is None) == (words is None)
    assert words is None or words in line
    assert "\n" not in (line or "")


@pytest.mark.once
def test_file_of_the_site_is_told_by_its_variable(settings):
    error = PermissionError(13, "Permission denied", f"{settings.VAR_DIR}/demo_mail/x")

    assert line_of(error).startswith(f"VAR_DIR: {settings.VAR_DIR}/demo_mail/x cannot be written")


@pytest.mark.once
def test_mistake_of_the_code_keeps_its_traceback():
    with pytest.raises(ValueError, match="ours"), ended_plainly():
        raise ValueError("ours")


@pytest.mark.once
def test_pool_is_quiet_within_and_says_as_much_as_before_afterwards():
    pool = logging.getLogger("psycopg.pool")
    before = pool.getEffectiveLevel()

    with ended_plainly():
        within = pool.getEffectiveLevel()
    with pytest.raises(SystemExit), ended_plainly():
        raise ImproperlyConfigured("X is wrong")

    assert (before < within, pool.getEffectiveLevel()) == (True, before)


@pytest.mark.once
def test_line_ends_the_process(capsys):
    with pytest.raises(SystemExit) as ended, ended_plainly():
        raise ImproperlyConfigured("X is wrong")

    assert ended.value.code == 1
    assert capsys.readouterr().err == "X is wrong\n"


@pytest.mark.postgresql
def test_pool_that_waits_in_vain_is_asked_why(monkeypatch, db):
    monkeypatch.setattr(
        "shoppartners.postgresql.refusals.refusal_of", lambda given: Refusal("no password", may_pass=False)
    )

    assert line_of(caused(OperationalError("waited in vain"), errors.OperationalError("?"))) == "no password"


# Real processes, as an operator starts them


def ended(command, **environment):
    ran = subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "shoppartners.settings"} | environment,
        cwd=site.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ran.returncode, ran.stderr


@pytest.mark.postgresql
@pytest.mark.once
@pytest.mark.parametrize("name", ["DATABASE_URL", "QUEUE_DATABASE_URL"])  # any command asks the second, if it is set
def test_command_ends_in_one_line_where_the_database_is_unknown(name, db):
    place = url_of_test_database()

    status, said = ended(
        ["manage.py", "migrate"], **{"DATABASE_URL": place, name: place.rpartition("/")[0] + "/nowhere"}
    )

    assert status == 1
    assert said.endswith("it has no database 'nowhere': `createdb nowhere`, or correct DATABASE_URL.\n")
    assert said.count("\n") == 1


@pytest.mark.once
def test_web_server_ends_in_one_line_at_a_short_key():
    status, said = ended(["-m", "gunicorn", "--bind", "127.0.0.1:0", "shoppartners.wsgi"], SECRET_KEY="short")

    assert status == 1
    assert said.startswith("SECRET_KEY is short, or an example's")
    assert said.count("\n") == 1


@pytest.mark.once
def test_worker_ends_in_one_line_at_a_setting_that_is_no_number():
    assert ended(["manage.py", "procrastinate", "worker"], MAIL_SENDERS="many") == (
        1,
        "MAIL_SENDERS is 'many', and has to be a whole number such as 4.\n",
    )
