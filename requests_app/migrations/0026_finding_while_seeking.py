from django.db import migrations

BATCH = 500


def show_finding(apps, schema_editor):
    """A request that the platform still seeks partners for is "Finding a partner", though all so far have rejected.

    Each batch is a statement, and may run twice.
    """
    rows = apps.get_model("requests_app", "PartnerRequest").objects
    after = 0
    while ids := list(
        rows.filter(pk__gt=after, headline="rejected").order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        rows.filter(pk__in=ids, headline="rejected", seeking=True).update(headline="finding")
        after = ids[-1]


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('requests_app', '0025_reasons_given'),
    ]

    operations = [migrations.RunPython(show_finding, migrations.RunPython.noop)]
