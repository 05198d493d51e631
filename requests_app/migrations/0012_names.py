import accounts.names
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0011_fill_nobody_since'),
    ]

    operations = [
        migrations.AddField(
            model_name='shop',
            name='name_words',
            field=accounts.names.WordsField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='shop',
            name='name_order',
            field=accounts.names.OrderField(db_default='', default='', editable=False),
        ),
    ]
