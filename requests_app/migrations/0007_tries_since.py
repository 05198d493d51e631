import accounts.clock
from django.db import migrations, models


MATCHED_ON = {"location", "company_size", "currency", "platform_gmv", "other_gmv", "budget", "category"}


def fill(apps, schema_editor):
    """Tries count since the submit, or the last edit of what is matched on."""
    requests = apps.get_model("requests_app", "PartnerRequest").objects
    requests.update(tries_since=models.F("created_at"))
    edits = apps.get_model("requests_app", "Event").objects.filter(kind="edited").order_by("pk")
    for event in edits.iterator(chunk_size=500):
        if MATCHED_ON & set(event.data["changed"]):
            requests.filter(pk=event.request_id).update(tries_since=event.at)


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0006_warned_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='partnerrequest',
            name='tries_since',
            field=models.DateTimeField(default=accounts.clock.now, editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
