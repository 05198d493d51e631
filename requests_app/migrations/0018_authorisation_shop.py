import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0017_staff_filters'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorisation',
            name='shop',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='requests_app.shop'),
        ),
    ]
