import accounts.names
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0010_fill_nobody_since'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='name_words',
            field=accounts.names.WordsField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='category',
            name='name_order',
            field=accounts.names.OrderField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='market',
            name='name_words',
            field=accounts.names.WordsField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='market',
            name='name_order',
            field=accounts.names.OrderField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='partner',
            name='name_words',
            field=accounts.names.WordsField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='partner',
            name='name_order',
            field=accounts.names.OrderField(db_default='', default='', editable=False),
        ),
        migrations.AlterModelOptions(
            name='category',
            options={'ordering': ['name_order'], 'verbose_name': 'product category', 'verbose_name_plural': 'product categories'},
        ),
        migrations.AlterModelOptions(
            name='market',
            options={'ordering': ['name_order'], 'verbose_name': 'market', 'verbose_name_plural': 'markets'},
        ),
    ]
