from django.core.management.base import BaseCommand, CommandError

from requests_app.integrity.backups import BackupFailed, drill, in_words, noted
from requests_app.safeguards import Safeguard


class Command(BaseCommand):
    help = "Prove that a backup can be restored: into a new database beside, compared row by row, checked, and dropped."

    def handle(self, *args, **options):
        try:
            content = drill()
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(f"Restored {in_words(content)}, each equal to what was dumped; all invariants hold.")
        if not noted(Safeguard.Kind.DRILL):
            self.stderr.write("The drill went well, but the database did not take down that it was done.")
