import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0024_fill_service_offers"),
        ("requests_app", "0032_blocks"),
    ]

    operations = [
        migrations.CreateModel(
            name="DoorMisuse",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="partners.partner",
                    ),
                ),
                ("times", models.PositiveIntegerField()),
                ("received", models.PositiveIntegerField()),
                ("median", models.FloatField()),
            ],
        ),
    ]
