from django.core.management.base import BaseCommand
from django.db.models import OuterRef, Subquery

from partners import offers
from requests_app import rollups
from requests_app.authorisations import Authorisation
from requests_app.models import Share

BATCH = 500


class Command(BaseCommand):
    help = "Write anew what lists and figures are read by, where check_invariants says that it is outdated."

    def handle(self, **options):
        self.stdout.write(f"Offers and listings of {offers.mend()} partners changed")
        self.stdout.write(f"Shops of {_mend_authorisations()} authorisations changed")
        rollups.count_all_anew()
        self.stdout.write("Figures are counted anew")


def _mend_authorisations():
    """Each batch is one statement, and changes rows that it does not find again."""
    shop = Share.objects.filter(pk=OuterRef("share")).values("request__shop")[:1]
    changed = 0
    while ids := list(Authorisation.objects.misplaced().values_list("pk", flat=True)[:BATCH]):
        changed += Authorisation.objects.filter(pk__in=ids).update(shop=Subquery(shop))
    return changed
