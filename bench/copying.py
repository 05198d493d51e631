"""How rows are made by the million in PostgreSQL: INSERT … SELECT over models, and indexes only afterwards."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import psycopg
from django.db import connection, models
from psycopg import sql

TEMPORARY = {"statement_timeout": "0", "work_mem": "256MB", "maintenance_work_mem": "1GB"}
HANDS = 2  # connections that work at once

KEPT = """
    SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid), c.contype::text
    FROM pg_constraint c WHERE c.contype IN ('f', 'u', 'p')
    AND (c.conrelid = ANY(%s::regclass[]) OR c.confrelid = ANY(%s::regclass[]))
"""
INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid
    AND c.contype IN ('u', 'p'))
"""


def connect():
    """Return a psycopg connection of its own to Django's database, for long statements, each committed by itself."""
    settings = connection.settings_dict
    place = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    place |= {"dbname": settings["NAME"], "password": settings["PASSWORD"]}
    options = " ".join(f"-c {name}={value}" for name, value in TEMPORARY.items())
    return psycopg.connect(**{name: value for name, value in place.items() if value}, options=options, autocommit=True)


def in_parallel(statements):
    """Run the statements, in order of their beginnings, on several connections at once."""

    def run(own):
        with connect() as hand:
            for statement in own:
                hand.execute(statement)

    waiting = iter([*statements])  # of a list: several threads may take from it
    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(run, [waiting] * HANDS))


@contextmanager
def without_indexes(tables):
    """Take indexes, keys and foreign keys of these tables down for the block, and build them anew after it."""
    with connect() as hand:
        kept = hand.execute(KEPT, [tables, tables]).fetchall()
        indexes = hand.execute(INDEXES, [tables]).fetchall()
        for table, name, _definition, _kind in sorted(kept, key=lambda row: "fup".index(row[3])):
            hand.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            hand.execute(f"DROP INDEX {name}")
    yield
    keys = [_add(*row[:3]) for row in kept if row[3] != "f"]
    in_parallel([*keys, *(definition for _name, definition in indexes)])
    with connect() as hand:  # two foreign keys of one table would wait for each other's locks
        for row in kept:
            if row[3] == "f":
                hand.execute(_add(*row[:3]))


def _add(table, name, definition):
    return f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"


def insert(model, source, /, **expressions):
    """Return the INSERT of rows of a model: each column by its SQL expression over `source`, or the field's default."""
    columns = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.GeneratedField):
            continue
        if field.attname in expressions:
            columns[field.column] = expressions.pop(field.attname)
        elif not field.primary_key:
            columns[field.column] = literal(field.get_default())
    assert not expressions, f"{model.__name__} has no {', '.join(expressions)}"
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(columns.values())} FROM {source}'


def literal(value):
    """Return a Python value as SQL."""
    match value:
        case None:
            return "NULL"
        case bool() | int() | Decimal():
            return str(value)
        case datetime():
            return f"'{value.isoformat()}'::timestamptz"
        case list() | dict():
            return f"{literal(json.dumps(value))}::jsonb"
        case UUID():
            return f"'{value}'::uuid"
    return sql.Literal(str(value)).as_string(None)


def template_table(name, model, rows, *, left_out):
    """Make a table of unsaved rows of a model, each with keys of its own before it; return the names of its columns.

    `rows` are ({key: value}, instance, beginning). A moment stands in it as the time since the beginning.
    """
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.attname not in left_out and not field.primary_key and not isinstance(field, models.GeneratedField)
    ]
    moments = {field.attname for field in fields if isinstance(field, models.DateTimeField)}
    keys = list(rows[0][0])
    types = [f"{key} int" for key in keys]
    types += [
        f'"{field.attname}" {"interval" if field.attname in moments else field.db_type(connection)}' for field in fields
    ]
    with connect() as hand, hand.cursor() as cursor:
        cursor.execute(f"CREATE UNLOGGED TABLE {name} ({', '.join(types)})")
        for key, instance, beginning in rows:
            values = [literal(value) for value in key.values()]
            for field in fields:
                value = getattr(instance, field.attname)
                if field.attname in moments and value is not None:
                    value = str(value - beginning)
                values.append(literal(value))
            cursor.execute(f"INSERT INTO {name} VALUES ({', '.join(values)})")
    return {field.attname for field in fields}, moments
