from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is made without locking out writers

    dependencies = [
        ('requests_app', '0019_fill_authorisation_shop'),
    ]

    operations = [
        AddIndexOnline(
            model_name='authorisation',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['shop', 'ends_at', 'id'], name='authorisation_ends'),
        ),
    ]
