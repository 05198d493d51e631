from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import clock


class Command(BaseCommand):
    help = "Move the demo site's clock forward by whole days. Timers do what is due then within seconds."

    def add_arguments(self, parser):
        parser.add_argument("days", type=int)

    def handle(self, *args, days, **options):
        if not settings.DEMO:
            raise CommandError("Only a demo site's clock moves: set DEMO=1.")
        if days < 0:
            raise CommandError("The clock only moves forward: give a number of days of 0 or more.")
        try:
            offset = clock.move_demo_clock(days)
        except OverflowError:
            raise CommandError(
                f"The demo's clock goes no further than the year {clock.LAST_YEAR}: give fewer days."
            ) from None
        self.stdout.write(f"The demo's clock is {offset.days} days ahead: {clock.now():%Y-%m-%d %H:%M} UTC.")
