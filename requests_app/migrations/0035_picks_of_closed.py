from django.db import migrations, models

from accounts.operations import AddConstraintUnchecked


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0034_share_rejected_at'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='partnerrequest', name='request_held_whole'),
        AddConstraintUnchecked(
            model_name='partnerrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_since', None), ('hold', ''), models.Q(('held_picks__isnull', True), ('status', 'closed'), _connector='OR')), models.Q(('held_since__isnull', False), ('hold__in', ['contact', 'screening']), ('seeking', False), ('status', 'open')), _connector='OR'), name='request_held_whole'),
        ),
    ]
