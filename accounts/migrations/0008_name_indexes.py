import accounts.search
from django.db import migrations

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('accounts', '0007_fill_names'),
    ]

    operations = [
        AddIndexOnline(
            model_name='user',
            index=accounts.search.WordsIndex(field='name_words', name='user_words'),
        ),
    ]
