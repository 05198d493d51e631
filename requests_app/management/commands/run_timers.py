import time

from django.core.cache import cache
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from accounts import rounds
from accounts.services import delete_what_is_over
from requests_app.timers import run_timers

DAY = 24 * 60 * 60  # seconds


class Command(BaseCommand):
    help = "Do what is due by the clock and send what waits in the outbox. For cron, or beside the server with --loop."

    def add_arguments(self, parser):
        parser.add_argument("--loop", action="store_true", help="go on, once every --every seconds")
        parser.add_argument("--every", type=int, default=15, help="seconds between two runs (15)")

    def handle(self, *args, loop, every, **options):
        while True:
            with rounds.ended_by_signals():
                done = run_timers()
                if not rounds.is_ending() and cache.add("run_timers:day", True, timeout=DAY):  # the first today
                    delete_what_is_over()
            if not loop or any(done.values()):
                self.stdout.write(", ".join(f"{name}: {count}" for name, count in done.items()))
            if not loop or rounds.is_ending():
                return
            close_old_connections()
            time.sleep(every)
