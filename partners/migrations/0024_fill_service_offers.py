from itertools import chain, combinations

from django.db import migrations, transaction

BATCH = 500
SERVICES = (
    "store_operations",
    "livestream",
    "content_production",
    "creator_affiliate",
    "ads",
    "training",
    "customer_service",
    "logistics",
    "compliance",
    "full_service",
)
BITS = {code: 1 << place for place, code in enumerate(SERVICES)}
SHARED = ("partner_id", "category_id", "market_id", "band", "cents", "sizes", "referred_at")


def fill(apps, schema_editor):
    """The ranks of the offers by the new points, and the offers by service, as partners.offers keeps them."""
    partners, offers, service_offers = (
        apps.get_model("partners", name).objects for name in ("Partner", "Offer", "ServiceOffer")
    )
    after = 0
    while True:
        with transaction.atomic():
            rows = partners.select_for_update(no_key=True).filter(pk__gt=after).order_by("pk")
            batch = list(rows.prefetch_related("traits", "categories", "offers")[:BATCH])
            if not batch:
                return
            ranks = {partner.pk: rank_of(partner) for partner in batch}
            changed = []
            for offer in (offer for partner in batch for offer in partner.offers.all()):
                offer.rank = ranks[offer.partner_id]
                changed.append(offer)
            offers.bulk_update(changed, ["rank"], batch_size=BATCH)
            service_offers.filter(partner__in=batch).delete()
            service_offers.bulk_create(
                service_offers.model(
                    services=services,
                    rank=ranks[partner.pk],
                    **{name: getattr(offer, name) for name in SHARED},
                )
                for partner in batch
                for offer in partner.offers.all()
                for services in parts_of_services(partner)
            )
        after = batch[-1].pk


def rank_of(partner):
    focus = max(20 - 2.7 * (len(partner.categories.all()) - 1), 4)
    received = partner.shares_answered + partner.shares_unanswered
    answers = 5 if partner.shares_answered < 5 else 10 * (partner.shares_answered / received)
    return round(10 * focus) + round(10 * answers)


def parts_of_services(partner):
    codes = {trait.code for trait in partner.traits.all() if trait.kind == "service" and trait.code in BITS}
    if "full_service" in codes:
        return [BITS["full_service"]]
    bits = [BITS[code] for code in codes]
    return sorted(map(sum, chain(*(combinations(bits, many) for many in (1, 2, 3)))))


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('partners', '0023_service_offers'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
