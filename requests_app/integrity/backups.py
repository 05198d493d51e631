"""Backups of the PostgreSQL database, and the proof that what is restored is what was there.

A backup is `NAME.dump`, in pg_dump's own format, with `NAME.json` beside it: for each table how many rows the dumped
snapshot had, and a digest of them. Server and programs are of one major version.
"""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient
from django.db.migrations.executor import MigrationExecutor

from accounts import clock
from requests_app.integrity.invariants import offenders
from requests_app.safeguards import Safeguard

TABLES = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
DIGEST = "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint), 0)::text FROM {} t"
SEQUENCES = """
    SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
    WHERE last_value IS NOT NULL ORDER BY 1
"""


class BackupFailed(Exception):
    """Says what is wrong and what to do."""


def backup(folder):
    """Write a backup of the database into the folder; return the path of the dump and what it holds.

    The dump holds contact details: only its owner may read it. Raises BackupFailed, and leaves nothing behind then.
    """
    _require_postgresql()
    folder = Path(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    dump = folder / f"shoppartners-{clock.now():%Y%m%dT%H%M%SZ}.dump"
    if dump.exists():
        raise BackupFailed(f"{dump} is there already.")
    part = dump.with_suffix(".part")
    part.touch(mode=0o600)
    try:
        with one_snapshot() as snapshot:
            _run(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                f"--snapshot={snapshot}",
                f"--file={part}",
            )
            content = contents()
        _beside(dump).write_text(json.dumps(content, indent=1))
        part.rename(dump)
    finally:
        part.unlink(missing_ok=True)
    return dump, content


def restore(dump):
    """Bring a backup back into the empty database of the settings, in one transaction; return what it holds.

    Raises BackupFailed where the database is not empty, the dump is broken, or what came back is not what was there.
    """
    _require_postgresql()
    dump = Path(dump)
    if not dump.exists() or not _beside(dump).exists():
        raise BackupFailed(f"{dump} and {_beside(dump).name} are needed, both as `make backup` wrote them.")
    if contents()["tables"]:
        raise BackupFailed(
            f"The database {connection.settings_dict['NAME']} is not empty. Restore into a new one: createdb NAME, and"
            " let DATABASE_URL name it (QUEUE_DATABASE_URL, where that is set)."
        )
    _run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(dump))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    content = json.loads(_beside(dump).read_text())
    if differences := list(_differences(content, contents())):
        raise BackupFailed("What came back is not what was there:\n" + "\n".join(differences))
    return content


def drill():
    """Back up, restore into a database made for it, prove that all is equal and whole, and drop that database again.

    Gives what the backup held. Raises BackupFailed.
    """
    with TemporaryDirectory() as folder:
        dump, content = backup(folder)
        with a_new_database():
            restore(dump)
            if broken := list(proof()):
                raise BackupFailed("What came back breaks its rules:\n" + "\n".join(broken))
    return content


def proof():
    """What is wrong with a restored database, as lines: migrations that wait, or what `check_invariants` finds."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield "It is of an earlier release: run `manage.py migrate`, then `manage.py check_invariants`."
    else:
        yield from offenders()


def noted(kind):
    """Note that a safeguard was done just now; return False where the database takes no note, as a replica does."""
    try:
        Safeguard.note(kind)
    except DatabaseError:
        return False
    return True


def contents():
    """{"tables": {name: [rows, digest]}, "sequences": {name: last value}} of the database as it is now."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = {}
        for (name,) in cursor.fetchall():
            cursor.execute(DIGEST.format(name))
            tables[name] = list(cursor.fetchone())
        cursor.execute(SEQUENCES)
        return {"tables": tables, "sequences": dict(cursor.fetchall())}


def in_words(content):
    rows = sum(rows for rows, _digest in content["tables"].values())
    return f"{rows:,} rows of {len(content['tables'])} tables"


def _differences(wanted, found):
    for name in sorted(wanted["tables"].keys() | found["tables"].keys()):
        one, other = wanted["tables"].get(name), found["tables"].get(name)
        if one != other:
            rows = [str(side[0]) if side else "no table" for side in (one, other)]
            yield f"{name}: {rows[0]} rows in the backup, {rows[1]} here" + (
                ", not the same ones" * (rows[0] == rows[1])
            )
    for name, value in wanted["sequences"].items():  # they move on outside of transactions, never back
        if found["sequences"].get(name, 0) < value:
            yield f"{name}: would give a number again that is taken"


@contextmanager
def one_snapshot():
    """A transaction that sees the database as it is now, whatever others write; yield the name for pg_dump."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


@contextmanager
def a_new_database():
    """Make an empty database on the same server, and have Django's connection lead to it; drop it afterwards."""
    own = connection.settings_dict["NAME"]
    new = connection.ops.quote_name(f"{own}_drill")
    try:
        _execute(f"CREATE DATABASE {new}")
    except ProgrammingError as error:  # the account may not, or a drill that was killed left it behind
        raise BackupFailed(f"No database can be made for the drill: {error}") from None
    try:
        lead_to(NAME=f"{own}_drill")
        yield
    finally:
        lead_to(NAME=own)
        _execute(f"DROP DATABASE {new} WITH (FORCE)")


def _require_postgresql():
    if connection.vendor != "postgresql":
        raise BackupFailed("DATABASE_URL names no PostgreSQL. A demo's database is a file in VAR_DIR: copy it.")


def _execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def lead_to(**place):
    """Have Django's connection lead to the database that these settings name from now on."""
    connection.close()
    cast(DatabaseWrapper, connection).close_pool()
    connection.settings_dict.update(place)


def _run(program, *arguments):
    """Run one of PostgreSQL's programs on the database of the settings."""
    major = cast(DatabaseWrapper, connection).pg_version // 10000
    command, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, arguments)
    *command, name = command
    # Of several hosts: Django's command line for psql leaves this out.
    wanted = connection.settings_dict["OPTIONS"].get("target_session_attrs")
    which = {"PGTARGETSESSIONATTRS": wanted} if wanted else {}
    ran = subprocess.run(
        [_program(program, major), *command[1:], f"--dbname={name}"],
        env=os.environ | (environment or {}) | which,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise BackupFailed(f"{program} failed: {ran.stderr.strip()}")


def _program(name, major):
    """Find the program of the server's major version: in PG_BIN, where Debian keeps it, or on the PATH."""
    places = [os.environ.get("PG_BIN"), f"/usr/lib/postgresql/{major}/bin", os.environ["PATH"]]
    found = shutil.which(name, path=os.pathsep.join(filter(None, places)))
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
    if f"(PostgreSQL) {major}." not in version:
        raise BackupFailed(
            f"The server is PostgreSQL {major}, and {name} here is {version.strip() or 'missing'}: install"
            f" postgresql-client-{major}, or let PG_BIN name the folder of its programs."
        )
    return found


def _beside(dump):
    return dump.with_suffix(".json")
