from django.core.management.base import BaseCommand

from accounts.names import named_models, refill


class Command(BaseCommand):
    help = "Write anew what names are found and sorted by, where check_invariants says that it is outdated."

    def handle(self, **options):
        for model in named_models():
            self.stdout.write(f"{model._meta.label}: {refill(model)} rows changed")
