from django.core.management.base import BaseCommand, CommandError

from requests_app.integrity.backups import BackupFailed, backup, in_words, noted
from requests_app.safeguards import Safeguard


class Command(BaseCommand):
    help = "Back up the PostgreSQL database into a folder: a dump, and beside it what the dump holds."

    def add_arguments(self, parser):
        parser.add_argument("folder")

    def handle(self, *args, folder, **options):
        try:
            dump, content = backup(folder)
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(f"{dump}: {in_words(content)}, {dump.stat().st_size:,} bytes.")
        if not noted(Safeguard.Kind.BACKUP):
            self.stderr.write("The backup is good, but the database did not take down that it was made.")
