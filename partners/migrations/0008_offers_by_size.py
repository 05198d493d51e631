import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models


CURRENCIES = ("GBP", "EUR", "USD", "IDR", "MYR", "PHP", "SGD", "THB", "VND", "MXN", "BRL", "JPY")


def fill(apps, schema_editor):
    """What each offer asks for at least, in cents of EUR, and a band of its own for each currency without a rate."""
    offers = apps.get_model("partners", "Offer").objects.select_related("partner").order_by("pk")
    rates = {"EUR": 1, **dict(apps.get_model("partners", "ExchangeRate").objects.values_list("currency", "per_euro"))}
    batch = []
    for offer in offers.iterator(chunk_size=2000):
        amount, currency = offer.partner.smallest_budget, offer.partner.currency
        if offer.band == 99:
            offer.band = 100 + CURRENCIES.index(currency)
        offer.cents = min(int(amount * 100 / rates.get(currency, 1)), 2**63 - 1)
        batch.append(offer)
        if len(batch) == 2000:
            offers.bulk_update(batch, ["band", "cents"])
            batch = []
    offers.bulk_update(batch, ["band", "cents"])


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0007_slug_free'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='offer',
            name='offer_matching',
        ),
        migrations.AddField(
            model_name='offer',
            name='cents',
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('sizes'), '&', models.Value(1)), 0)), fields=['market', 'category', 'band', '-rank', 'referred_at', 'partner'], include=('cents',), name='offer_matching_0'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('sizes'), '&', models.Value(2)), 0)), fields=['market', 'category', 'band', '-rank', 'referred_at', 'partner'], include=('cents',), name='offer_matching_1'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('sizes'), '&', models.Value(4)), 0)), fields=['market', 'category', 'band', '-rank', 'referred_at', 'partner'], include=('cents',), name='offer_matching_2'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('sizes'), '&', models.Value(8)), 0)), fields=['market', 'category', 'band', '-rank', 'referred_at', 'partner'], include=('cents',), name='offer_matching_3'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('sizes'), '&', models.Value(16)), 0)), fields=['market', 'category', 'band', '-rank', 'referred_at', 'partner'], include=('cents',), name='offer_matching_4'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.expressions.CombinedExpression(models.F('sizes'), '&', models.Value(32)), 0)), fields=['market', 'category', 'band', '-rank', 'referred_at', 'partner'], include=('cents',), name='offer_matching_5'),
        ),
    ]
