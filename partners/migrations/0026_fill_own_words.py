from django.db import migrations

from partners.own_words import refill


def fill(apps, schema_editor):
    refill(*(apps.get_model("partners", name).objects for name in ("Partner", "PartnerWords")))


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('partners', '0025_own_words'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
