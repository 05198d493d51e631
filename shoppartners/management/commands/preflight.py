from django.core.management.base import BaseCommand, CommandError

from shoppartners import preflight
from shoppartners.facts import FAIL, counted


class Command(BaseCommand):
    help = "Say what is missing before an upgrade, or after an install, and who would wait for which migration."
    requires_system_checks = ()  # they are among what it says

    def handle(self, **options):
        """Print a line for each thing looked at, which begins with ok, warn or fail. Change nothing."""
        failed = 0
        for found in preflight.found():
            failed += found.level == FAIL
            self.stdout.write(f"{found.level:<5} {found.text}")
        if failed:
            raise CommandError(f"{counted(failed, 'thing')} to mend first (docs/upgrading.md).")
