import time

from django.core.management.base import BaseCommand, CommandError

from requests_app.integrity.invariants import CHECKS

NAMES = [check.__name__ for check in CHECKS]


class Command(BaseCommand):
    help = "Prove that what must always hold does, over the whole database; print each offender."

    def add_arguments(self, parser):
        parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="CHECK", help=", ".join(NAMES))

    def handle(self, *args, only, **options):
        found = 0
        for check in CHECKS:
            if check.__name__ not in only:
                continue
            began = time.monotonic()
            for line in check():
                found += 1
                self.stdout.write(line)
            self.stderr.write(f"{check.__name__.replace('_', ' ')}: read in {time.monotonic() - began:.1f} s")
        if found:
            raise CommandError(f"{found} broken.")
        self.stdout.write("All invariants hold." if only == NAMES else "What was checked holds.")
