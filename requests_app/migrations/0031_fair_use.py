from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    """From here on a shop has at most two live shares with a partner: `requests_app.availability.CAME_WITH` names this."""

    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('requests_app', '0030_hold_checked'),
    ]

    operations = [
        AddIndexOnline(
            model_name='partnerrequest',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['shop', 'category'], name='request_open_like'),
        ),
    ]
