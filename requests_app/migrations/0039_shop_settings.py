import django.db.models.deletion
from django.db import migrations, models

import accounts.clock
import accounts.names
import accounts.search
from accounts.operations import AddKeyUnchecked


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0027_contact_and_second_factor'),
        ('requests_app', '0038_teams'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalshop',
            name='second_factor_required',
            field=models.BooleanField(db_default=False, default=False, verbose_name='second factor required'),
        ),
        AddKeyUnchecked(
            model_name='partnerrequest',
            name='market',
            field=models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.market', verbose_name='market'),
        ),
        migrations.AddField(
            model_name='share',
            name='shop_name_number',
            field=models.SmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='shop',
            name='name_number',
            field=models.SmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='shop',
            name='second_factor_required',
            field=models.BooleanField(db_default=False, default=False, verbose_name='second factor required'),
        ),
        migrations.CreateModel(
            name='FormerName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_words', accounts.names.WordsField(db_default='', default='', editable=False)),
                ('name_order', accounts.names.OrderField(db_default='', default='', editable=False)),
                ('number', models.SmallIntegerField()),
                ('name', models.CharField(max_length=120, verbose_name='former name')),
                ('until', models.DateTimeField(default=accounts.clock.now, verbose_name='until')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='former_names', to='requests_app.shop')),
            ],
            options={
                'verbose_name': 'former name',
                'verbose_name_plural': 'former names',
                'indexes': [accounts.search.WordsIndex(field='name_words', name='former_name_words')],
                'constraints': [models.UniqueConstraint(fields=('shop', 'number'), name='former_name_once')],
            },
        ),
    ]
