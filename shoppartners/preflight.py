"""What an operator wants to know before an upgrade, or after an install: nothing here changes anything."""

from itertools import groupby

from django.db import connection

from shoppartners import facts, waiting_migrations
from shoppartners.facts import FAIL, OK, WARN, Fact
from shoppartners.waiting_migrations import A_MOMENT, NOBODY

LONG = 3  # seconds: as long as `migrate` waits for a lock


def found():
    """Yield the Facts, one look after the other; what needs the database is left out where there is none."""
    for look in (facts.signing_keys, facts.var_dir, facts.static_files, facts.mail):
        yield from look()
    reached = list(facts.database())
    yield from reached
    if reached[0].level == FAIL:
        return
    looks = (facts.checked, facts.rights, facts.clock, facts.cache_table, facts.newer_release, facts.queue)
    for look in (*looks, to_migrate, in_the_way):
        yield from look()


def to_migrate():
    """Which migrations would run, and who would wait for which of their steps."""
    names = waiting_migrations.waiting()
    if not names:
        yield Fact(OK, "Every migration of this release is applied.")
    elif connection.vendor != "postgresql" or waiting_migrations.is_new():
        yield Fact(OK, f"{facts.counted(len(names), 'migration')} to apply, before which nobody uses the database.")
    else:
        yield Fact(OK, f"{facts.counted(len(names), 'migration')} to apply:")
        for name, of_one in groupby(waiting_migrations.steps(), key=lambda step: step.migration):
            yield from _of_migration(name, list(of_one))


def _of_migration(name, steps):
    """A line for each step that takes long or breaks something, and one for all the others."""
    for step in steps:
        if step.is_worth_a_line:
            yield Fact(WARN if step.is_noticed else OK, str(step))
    short = [step for step in steps if not step.is_worth_a_line]
    if short:
        who = A_MOMENT if any(step.who != NOBODY for step in short) else NOBODY
        yield Fact(OK, f"{name}: {facts.counted(len(short), 'quick step')}: {who}.")


def in_the_way():
    """Transactions that a migration which locks a table would wait for, and everybody else behind it."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, usename, state, extract(epoch FROM now() - xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            " AND xact_start < now() - make_interval(secs => %s) ORDER BY xact_start",
            [LONG],
        )
        rows = cursor.fetchall()
    for pid, user, state, seconds in rows:
        end = f"SELECT pg_terminate_backend({pid})"
        yield Fact(WARN, f"A transaction of {user!r} has run for {seconds:,.0f} s ({state}): wait for it, or {end}.")
    if not rows:
        yield Fact(OK, "No long transaction stands in the way of a lock.")
