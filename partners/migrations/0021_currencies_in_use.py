from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is made without locking out writers

    dependencies = [
        ('partners', '0020_offers_by_name'),
    ]

    operations = [
        AddIndexOnline(
            model_name='partner',
            index=models.Index(condition=models.Q(('status', 'approved')), fields=['currency'], name='partner_currency'),
        ),
    ]
