
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0042_company_sign_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='CompanyLeaver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('sign_in', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='requests_app.companysignin')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sign_in', 'digest'), name='company_leaver_once')],
            },
        ),
    ]
