from django.db import migrations
from django.utils import timezone


def fill(apps, schema_editor):
    """Note the partners for which nobody can answer: their offers go, as they would from now on."""
    partners = apps.get_model("partners", "Partner").objects
    answering = apps.get_model("partners", "PartnerMember").objects.filter(
        role__in=["owner", "reviewer"], user__is_active=True
    )
    nobody = list(partners.exclude(pk__in=answering.values("partner")).values_list("pk", flat=True))
    partners.filter(pk__in=nobody, nobody_since=None).update(nobody_since=timezone.now())
    apps.get_model("partners", "Offer").objects.filter(partner__in=nobody).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0009_nobody_since"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
