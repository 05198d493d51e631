from django.db import migrations

from accounts.names import refill


def fill(apps, schema_editor):
    for name in ['category', 'market', 'partner']:
        refill(apps.get_model("partners", name))


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('partners', '0011_names'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
