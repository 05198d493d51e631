from datetime import UTC, datetime

from django.db import migrations
from django.db.models import F, Q

from accounts import clock

BANDS = (100, 250, 500, 1000, 1500, 2500, 4000, 6000, 10_000, 20_000, 50_000)
SIZES = {code: 1 << place for place, code in enumerate(("1-10", "11-50", "51-200", "201-500", "501-1000", "1001+"))}


def fill(apps, schema_editor):
    """The matching index of the partners there are, as partners.offers keeps it when this is written."""
    offers = apps.get_model("partners", "Offer").objects
    rates = {"EUR": 1, **dict(apps.get_model("partners", "ExchangeRate").objects.values_list("currency", "per_euro"))}
    available = apps.get_model("partners", "Partner").objects.filter(
        Q(paused_until=None) | Q(paused_until__lte=clock.now()), status="approved", load__lt=F("capacity")
    )
    for partner in available.prefetch_related("traits", "categories", "markets").order_by("pk").iterator(chunk_size=500):
        categories = list(partner.categories.all())
        received = partner.shares_answered + partner.shares_unanswered
        answers = 7.5 if partner.shares_answered < 5 else 15 * partner.shares_answered / received
        row = {
            "partner": partner,
            "band": band_of(partner, rates),
            "sizes": sum(SIZES[trait.code] for trait in partner.traits.all() if trait.kind == "company_size"),
            "rank": 10 * max(30 - 4 * (len(categories) - 1), 6) + round(10 * answers),
            "referred_at": partner.last_referred_at or datetime(1970, 1, 1, tzinfo=UTC),
        }
        offers.bulk_create(
            offers.model(category=category, market=market, **row)
            for category in categories
            for market in partner.markets.all()
        )


def band_of(partner, rates):
    if not partner.smallest_budget:
        return 0
    if partner.currency not in rates:
        return 99
    return sum(partner.smallest_budget / rates[partner.currency] >= lower for lower in BANDS)


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0005_offers'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
