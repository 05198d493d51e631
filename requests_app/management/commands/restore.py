from django.core.management.base import BaseCommand, CommandError

from requests_app.integrity.backups import BackupFailed, in_words, proof, restore


class Command(BaseCommand):
    help = "Restore a backup into the empty PostgreSQL database of the settings, and prove that it is what was there."

    def add_arguments(self, parser):
        parser.add_argument("dump", help="the .dump that `backup` wrote, with its .json beside it")

    def handle(self, *args, dump, **options):
        try:
            content = restore(dump)
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        self.stdout.write(f"Restored {in_words(content)}, each equal to what was dumped.")
        if found := list(proof()):
            raise CommandError("\n".join(found))
        self.stdout.write("All invariants hold.")
