import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0015_check_declined'),
    ]

    operations = [
        migrations.AlterField(
            model_name='historicalpartner',
            name='smallest_budget',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=20, validators=[django.core.validators.MinValueValidator(0)], verbose_name='minimum monthly budget'),
        ),
        migrations.AlterField(
            model_name='historicalpartner',
            name='smallest_gmv',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=20, validators=[django.core.validators.MinValueValidator(0)], verbose_name='minimum monthly GMV'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='smallest_budget',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=20, validators=[django.core.validators.MinValueValidator(0)], verbose_name='minimum monthly budget'),
        ),
        migrations.AlterField(
            model_name='partner',
            name='smallest_gmv',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=20, validators=[django.core.validators.MinValueValidator(0)], verbose_name='minimum monthly GMV'),
        ),
    ]
