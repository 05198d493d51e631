from django.core.management.base import BaseCommand, CommandError

from requests_app.integrity.invariants import offenders


class Command(BaseCommand):
    help = "Prove that what must always hold does, over the whole database; print each offender."

    def handle(self, *args, **options):
        found = 0
        for line in offenders():
            found += 1
            self.stdout.write(line)
        if found:
            raise CommandError(f"{found} broken.")
        self.stdout.write("All invariants hold.")
