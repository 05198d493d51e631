import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0026_fill_own_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='historicalpartner',
            name='second_factor_required',
            field=models.BooleanField(db_default=False, default=False, verbose_name='second factor required'),
        ),
        migrations.AddField(
            model_name='partner',
            name='second_factor_required',
            field=models.BooleanField(db_default=False, default=False, verbose_name='second factor required'),
        ),
        migrations.CreateModel(
            name='PartnerContact',
            fields=[
                ('partner', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='contact', serialize=False, to='partners.partner')),
                ('name', models.CharField(max_length=120, verbose_name='contact name')),
                ('email', models.EmailField(max_length=254, verbose_name='contact email')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='contact phone')),
            ],
            options={
                'verbose_name': 'contact of a partner',
                'verbose_name_plural': 'contacts of partners',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('email', ''), _negated=True)), name='partner_contact_whole')],
            },
        ),
    ]
