import accounts.names
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0017_programme_medians'),
    ]

    operations = [
        migrations.CreateModel(
            name='Listing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('available', models.BooleanField()),
                ('answered', models.PositiveIntegerField()),
                ('name_order', accounts.names.SortKeyField()),
            ],
        ),
        migrations.AddField(
            model_name='offer',
            name='name_order',
            field=accounts.names.SortKeyField(db_default=''),
        ),
        migrations.AddField(
            model_name='listing',
            name='market',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.market'),
        ),
        migrations.AddField(
            model_name='listing',
            name='partner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='listings', to='partners.partner'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(fields=['market', 'available', 'name_order', 'partner'], name='listing_by_name'),
        ),
        migrations.AddIndex(
            model_name='listing',
            index=models.Index(fields=['market', 'available', '-answered', 'name_order', 'partner'], name='listing_answered'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.UniqueConstraint(fields=('partner', 'market'), name='listing_once'),
        ),
    ]
