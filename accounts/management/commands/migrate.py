"""Django's own command, which on PostgreSQL waits for no lock for long: every page would wait behind it."""

import time

from django.core.management.commands import migrate
from django.db import OperationalError, connections

TRIES = 10
LOCK_SECONDS = 3  # that a statement waits for a lock
PAUSE = 5  # seconds until the next try
LOCKED = "55P03"  # PostgreSQL's code for a statement that waited too long for a lock


class Command(migrate.Command):
    def handle(self, *args, **options):
        """Migrate; where somebody holds a table for long, let others pass and try again. What is done stays done."""
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        for number in range(1, TRIES + 1):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
                return super().handle(*args, **options)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != LOCKED or number == TRIES:
                    raise
                self.stderr.write(f"Somebody holds a table. Trying again in {PAUSE} seconds ({number} of {TRIES}).")
                time.sleep(PAUSE)
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")
        return None
