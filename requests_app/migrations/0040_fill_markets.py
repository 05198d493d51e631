from django.db import migrations
from django.db.models import OuterRef, Subquery

from accounts.operations import CheckOldKeys

BATCH = 500


def fill(apps, schema_editor):
    """The market of each request: its shop's. Each batch is a statement, and may run twice."""
    rows = apps.get_model("requests_app", "PartnerRequest").objects
    shop = apps.get_model("requests_app", "Shop").objects.filter(pk=OuterRef("shop"))
    after = 0
    while ids := list(rows.filter(pk__gt=after, market=None).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=ids, market=None).update(market=Subquery(shop.values("market")[:1]))
        after = ids[-1]


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('requests_app', '0039_shop_settings'),
    ]

    operations = [
        CheckOldKeys('partnerrequest', 'market'),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
