from django.db import migrations
from django.db.models import OuterRef, Subquery

BATCH = 500


def fill(apps, schema_editor):
    """The shop of each active authorisation. Each batch is a statement, and may run twice."""
    rows = apps.get_model("requests_app", "Authorisation").objects
    share = apps.get_model("requests_app", "Share").objects.filter(pk=OuterRef("share"))
    after = 0
    while ids := list(rows.filter(pk__gt=after, ended_at=None).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=ids, shop=None).update(shop=Subquery(share.values("request__shop")[:1]))
        after = ids[-1]


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('requests_app', '0018_authorisation_shop'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
