from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is made without locking out writers

    dependencies = [
        ('partners', '0019_fill_listings'),
    ]

    operations = [
        AddIndexOnline(
            model_name='offer',
            index=models.Index(fields=['market', 'category', 'name_order', 'partner'], name='offer_by_name'),
        ),
    ]
