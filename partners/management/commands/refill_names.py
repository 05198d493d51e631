from django.core.management.base import BaseCommand

from accounts.names import named_models, refill
from partners import own_words


class Command(BaseCommand):
    help = "Write anew what searches find and lists are sorted by, where check_invariants says that it is outdated."

    def handle(self, **options):
        for model in named_models():
            self.stdout.write(f"{model._meta.label}: {refill(model)} rows changed")
        self.stdout.write(f"Own words of partners: {own_words.refill()} rows changed")
