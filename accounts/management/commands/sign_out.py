from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import end_sessions, remove_second_factors


class Command(BaseCommand):
    help = "Sign a person out everywhere; with --second-factors, also let him in by his password alone."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument(
            "--second-factors", action="store_true", help="for who lost them all, once it is sure who asks"
        )

    def handle(self, *, email, second_factors, **options):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError("Nobody has this address.")
        if second_factors:
            remove_second_factors(user=user)
        end_sessions(user=user)
        self.stdout.write(
            "Signed out everywhere, and without a second factor." if second_factors else "Signed out everywhere."
        )
