from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('requests_app', '0014_name_indexes'),
    ]

    operations = [
        AddIndexOnline(
            model_name='partnerrequest',
            index=models.Index(fields=['shop', '-created_at', '-id'], condition=models.Q(('status', 'open')), name='request_open'),
        ),
        AddIndexOnline(
            model_name='share',
            index=models.Index(fields=['partner', 'respond_by', 'id'], condition=models.Q(('status', 'reviewing')), name='share_to_answer'),
        ),
        AddIndexOnline(
            model_name='share',
            index=models.Index(fields=['partner', '-shared_at', '-id'], condition=models.Q(('ended_at', None)), name='share_live'),
        ),
    ]
