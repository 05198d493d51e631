from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('requests_app', '0016_text_readings'),
    ]

    operations = [
        AddIndexOnline(
            model_name='partnerrequest',
            index=models.Index(condition=models.Q(('headline', 'closed'), _negated=True), fields=['headline', '-id'], name='request_shown_as'),
        ),
        AddIndexOnline(
            model_name='share',
            index=models.Index(condition=models.Q(('status__in', ['accepted', 'connected', 'reviewing'])), fields=['status', '-id'], name='share_live_as'),
        ),
        AddIndexOnline(
            model_name='share',
            index=models.Index(condition=models.Q(('closed_reason', ''), _negated=True), fields=['closed_reason', '-id'], name='share_closed_because'),
        ),
        AddIndexOnline(
            model_name='share',
            index=models.Index(condition=models.Q(('reject_reason', ''), _negated=True), fields=['reject_reason', '-id'], name='share_refused_because'),
        ),
        AddIndexOnline(
            model_name='share',
            index=models.Index(condition=models.Q(('source', 'staff')), fields=['-id'], name='share_by_staff'),
        ),
    ]
