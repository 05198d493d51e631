from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from partners.models import Partner
from requests_app.demo.seed import seed_world, world_exists
from requests_app.models import PartnerRequest, Share, Shop


class Command(BaseCommand):
    help = "Build the demo world (docs/design.md, Demo); does nothing where it stands already."

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("Only a demo site has a demo world: set DEMO=1.")
        if world_exists():
            self.stdout.write("The demo world is there already.")
            return
        seed_world()
        shares = Counter(Share.objects.values_list("status", flat=True))
        statuses = ", ".join(f"{count} {status}" for status, count in shares.most_common())
        self.stdout.write(
            f"{Partner.objects.count()} partners, {Shop.objects.count()} shops, "
            f"{PartnerRequest.objects.count()} requests, shared {shares.total()} times: {statuses}."
        )
