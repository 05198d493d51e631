from django.db import migrations
from django.db.models import Exists, OuterRef
from django.utils import timezone


def fill(apps, schema_editor):
    """Note the shops that have members, but no owner who can sign in."""
    members = apps.get_model("requests_app", "ShopMember").objects.filter(shop=OuterRef("pk"))
    owners = members.filter(role="owner", user__is_active=True)
    shops = apps.get_model("requests_app", "Shop").objects.filter(Exists(members), ~Exists(owners), nobody_since=None)
    shops.update(nobody_since=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0010_nobody_since"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
