from django.db import migrations, transaction
from django.db.models import OuterRef, Subquery

from accounts import clock

BATCH = 500


def fill(apps, schema_editor):
    """The listings of the partners there are, and the sort key of their offers, as partners.offers keeps them."""
    offers, listings = (apps.get_model("partners", name).objects for name in ("Offer", "Listing"))
    partners, after = apps.get_model("partners", "Partner").objects, 0
    name_order = partners.filter(pk=OuterRef("partner")).values("name_order")[:1]
    while True:
        with transaction.atomic():
            rows = partners.select_for_update(no_key=True).filter(pk__gt=after)
            batch = list(rows.order_by("pk").prefetch_related("markets")[:BATCH])
            if not batch:
                return
            offers.filter(partner__in=batch).update(name_order=Subquery(name_order))
            listings.filter(partner__in=batch).delete()
            listings.bulk_create(
                listings.model(
                    partner=partner,
                    market=market,
                    available=is_available(partner),
                    answered=partner.shares_answered,
                    name_order=partner.name_order,
                )
                for partner in batch
                if partner.status == "approved"
                for market in partner.markets.all()
            )
        after = batch[-1].pk


def is_available(partner):
    paused = partner.paused_until is not None and partner.paused_until > clock.now()
    return not paused and partner.nobody_since is None and partner.load < partner.capacity


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('partners', '0018_listings'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
