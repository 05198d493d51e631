import accounts.search
from django.db import migrations

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('requests_app', '0013_fill_names'),
    ]

    operations = [
        AddIndexOnline(
            model_name='shop',
            index=accounts.search.WordsIndex(field='name_words', name='shop_words'),
        ),
    ]
