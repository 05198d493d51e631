from django.db import migrations, models

from accounts.operations import AddConstraintUnchecked


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0022_without_doubled_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='partnerrequest',
            name='services',
            field=models.JSONField(blank=True, db_default=[], default=list, verbose_name='Help needed'),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='start',
            field=models.CharField(blank=True, choices=[('now', 'As soon as possible'), ('month', 'Within 1 month'), ('quarter', 'Within 3 months'), ('looking', 'Just looking')], db_default='', default='', max_length=10, verbose_name='When do you want to start'),
        ),
        migrations.AddField(
            model_name='requestversion',
            name='services',
            field=models.JSONField(blank=True, db_default=[], default=list, verbose_name='Help needed'),
        ),
        migrations.AddField(
            model_name='requestversion',
            name='start',
            field=models.CharField(blank=True, choices=[('now', 'As soon as possible'), ('month', 'Within 1 month'), ('quarter', 'Within 3 months'), ('looking', 'Just looking')], db_default='', default='', max_length=10, verbose_name='When do you want to start'),
        ),
        AddConstraintUnchecked(
            model_name='partnerrequest',
            constraint=models.CheckConstraint(condition=models.Q(('start__in', ['', 'now', 'month', 'quarter', 'looking'])), name='partnerrequest_start'),
        ),
        AddConstraintUnchecked(
            model_name='requestversion',
            constraint=models.CheckConstraint(condition=models.Q(('start__in', ['', 'now', 'month', 'quarter', 'looking'])), name='requestversion_start'),
        ),
    ]
