"""The steps of what a process does, in order, as its database connection tells them; at one of them it kills itself.

The product knows nothing of this: tests.faults.app and tests.faults.worker, which are the processes that the tests
start, put it around Django's own connection.
"""

import os
import re
import signal

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

WRITES = re.compile(r"(?is)\s*(INSERT|UPDATE|DELETE|SELECT.*procrastinate_defer|SELECT.*FOR (?:NO KEY )?UPDATE)")
TABLE = re.compile(r'(?i)(?:INTO|UPDATE|FROM)\s+"(\w+)"')


class Steps:
    def __init__(self):
        self.followed, self.die_at, self._on = [], 0, False

    def follow(self, die_at):
        """Begin to count; the process kills itself at step number `die_at`, with 0 at none."""
        self.followed, self.die_at, self._on = [], die_at, True

    def reach(self, name):
        if self._on:
            self.followed.append(name)
            if len(self.followed) == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def end(self):
        self._on = False


steps = Steps()


def watch_connections():
    """From here on every statement that writes or locks is a step, and so are both sides of each COMMIT."""
    commit = BaseDatabaseWrapper._commit

    def watched_commit(self):
        steps.reach("before COMMIT")
        commit(self)
        steps.reach("after COMMIT")

    BaseDatabaseWrapper._commit = watched_commit
    connection_created.connect(_watch, dispatch_uid="faults")


def _watch(sender, connection, **kwargs):
    if _tell not in connection.execute_wrappers:
        connection.execute_wrappers.append(_tell)


def _tell(execute, sql, params, many, context):
    if match := WRITES.match(sql):
        steps.reach(_named(match[1], sql))
    return execute(sql, params, many, context)


def _named(verb, sql):
    if "procrastinate" in verb:
        return "queue the mails"
    table = TABLE.search(sql)
    return f"{verb.split()[0].replace('SELECT', 'LOCK')} {table[1] if table else '?'}"
