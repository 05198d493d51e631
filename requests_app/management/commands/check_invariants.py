import time
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from requests_app.integrity.invariants import CHECKS, offenders_of
from requests_app.integrity.scope import Scope
from requests_app.integrity.shared import offenders_by_check

NAMES = [check.__name__ for check in CHECKS]
SILENT_SECONDS = 10  # that a check reads on before it says how far it is


def midnight(text):
    """Return the beginning of the day, in the site's zone. Raise ValueError."""
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())


class Command(BaseCommand):
    help = "Prove that what must always hold does, over the whole database; print each offender."

    def add_arguments(self, parser):
        parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="CHECK", help=", ".join(NAMES))
        parser.add_argument(
            "--since",
            type=midnight,
            metavar="YYYY-MM-DD",
            help="of requests only those that something happened on since that day; all else is proved whole",
        )
        parser.add_argument(
            "--processes", type=int, default=1, metavar="N", help="that share the checks; 1 if left out"
        )

    def handle(self, *args, only, since=None, processes=1, **options):
        names, found = [name for name in NAMES if name in only], 0
        for line in self._shared(names, since, processes) if processes > 1 else self._in_turn(names, since):
            found += 1
            self.stdout.write(line)
        if found:
            raise CommandError(f"{found} broken.")
        whole = names == NAMES and since is None
        self.stdout.write("All invariants hold." if whole else "What was checked holds.")

    def _in_turn(self, names, since):
        for place, name in enumerate(names, start=1):
            said, began = f"{place} of {len(names)}, {name.replace('_', ' ')}", time.monotonic()
            self.stderr.write(f"{said} …")
            yield from offenders_of(CHECKS[NAMES.index(name)], Scope(since, watch=self._watch(said)))
            self.stderr.write(f"{said}: read in {time.monotonic() - began:.1f} s")

    def _shared(self, names, since, processes):
        began = time.monotonic()
        for name, lines in offenders_by_check(names, since, processes):
            yield from lines
            self.stderr.write(f"{name.replace('_', ' ')}: read after {time.monotonic() - began:.1f} s")

    def _watch(self, said):
        """Return what a long check calls with the number of rows it has read: it says so now and then."""
        said_at = time.monotonic()

        def watch(rows):
            nonlocal said_at
            if time.monotonic() - said_at >= SILENT_SECONDS:
                said_at = time.monotonic()
                self.stderr.write(f"{said}: {rows:,} rows so far")

        return watch
