from django.db import migrations, models

from requests_app import event_chain


def sign(apps, schema_editor):
    """Chain the events there are; from here on each is signed when it is written."""
    Event = apps.get_model("requests_app", "Event")
    requests = apps.get_model("requests_app", "PartnerRequest").objects.order_by("pk")
    for request in requests.iterator(chunk_size=500):
        events = list(Event.objects.filter(request_id=request.pk).order_by("pk"))
        event_chain.extend(request, events)
        request.save(update_fields=["event_count", "event_mac", "event_end"])
        Event.objects.bulk_update(events, ["number", "mac"])


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0007_tries_since'),
    ]

    operations = [
        migrations.AddField(
            model_name='partnerrequest',
            name='event_count',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='event_end',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='event_mac',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='event',
            name='mac',
            field=models.CharField(default='', editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='event',
            name='number',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(sign, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='event',
            name='number',
            field=models.PositiveIntegerField(editable=False),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('request', 'number'), name='event_once'),
        ),
    ]
