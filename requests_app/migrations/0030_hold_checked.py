from django.db import migrations, models

from accounts.operations import AddIndexOnline, CheckOldRows


class Migration(migrations.Migration):
    atomic = False  # an index is made without locking out writers

    dependencies = [
        ('requests_app', '0029_hold'),
    ]

    operations = [
        CheckOldRows(model_name='partnerrequest', name='request_headline_known'),
        CheckOldRows(model_name='partnerrequest', name='request_held_whole'),
        AddIndexOnline(
            model_name='partnerrequest',
            index=models.Index(condition=models.Q(('hold', ''), _negated=True), fields=['hold', '-id'], name='request_on_hold'),
        ),
    ]
