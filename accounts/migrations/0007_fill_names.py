from django.db import migrations

from accounts.names import refill


def fill(apps, schema_editor):
    for name in ['user']:
        refill(apps.get_model("accounts", name))


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('accounts', '0006_names'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
