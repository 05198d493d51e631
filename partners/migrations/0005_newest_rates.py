from django.db import migrations
from django.db.models import Max


def keep_the_newest(apps, schema_editor):
    """One row a currency from now on; what earlier ones said stands in the history."""
    rates = apps.get_model("partners", "ExchangeRate").objects
    newest = dict(rates.values_list("currency").annotate(Max("date")))
    for rate in rates.all():
        if rate.date != newest[rate.currency]:
            rate.delete()


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0004_exchange_rate_history'),
    ]

    operations = [migrations.RunPython(keep_the_newest, migrations.RunPython.noop)]
