import accounts.search
from django.db import migrations, models

from accounts.operations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('partners', '0012_fill_names'),
    ]

    operations = [
        AddIndexOnline(
            model_name='partner',
            index=accounts.search.WordsIndex(field='name_words', name='partner_words'),
        ),
        AddIndexOnline(
            model_name='partner',
            index=models.Index(fields=['status', 'name_order', 'id'], name='partner_by_name'),
        ),
        RemoveIndexOnline(
            model_name='partner',
            name='partner_directory',
        ),
    ]
