import csv
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data"


def load(apps, schema_editor):
    Market, Category = apps.get_model("partners", "Market"), apps.get_model("partners", "Category")
    with open(DATA / "markets.csv", newline="") as file:
        Market.objects.bulk_create(
            Market(code=row["market"], name=row["name"], currency=row["currency"]) for row in csv.DictReader(file)
        )
    with open(DATA / "categories.csv", newline="") as file:
        Category.objects.bulk_create(
            Category(external_id=row["external_id"], name=row["name"]) for row in csv.DictReader(file)
        )


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
