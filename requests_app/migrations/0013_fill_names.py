from django.db import migrations

from accounts.names import refill


def fill(apps, schema_editor):
    for name in ['shop']:
        refill(apps.get_model("requests_app", name))


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('requests_app', '0012_names'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
