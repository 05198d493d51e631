from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0003_fill_schedules'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='share',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status', 'accepted'), _negated=True), ('waiting_since__isnull', False), _connector='OR'), models.Q(models.Q(('status', 'connected'), _negated=True), models.Q(('authorised_days__isnull', False), ('authorised_until__isnull', False)), _connector='OR')), name='share_timed'),
        ),
    ]
