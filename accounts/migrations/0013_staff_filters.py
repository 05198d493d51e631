import accounts.search
import django.db.models.functions.text
from django.db import migrations, models

from accounts.operations import AddIndexOnline


def analyse(apps, schema_editor):
    """Let the planner know the new expressions, without which it would read whole tables until the next analysis."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ANALYZE accounts_user, accounts_accountmail")


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [
        ('accounts', '0012_site_pages'),
    ]

    operations = [
        AddIndexOnline(
            model_name='accountmail',
            index=models.Index(condition=models.Q(('mail_attempts__gt', 0), ('mailed_at', None), ('next_mail_at', None)), fields=['id'], name='account_mail_failed'),
        ),
        AddIndexOnline(
            model_name='accountmail',
            index=models.Index(django.db.models.functions.text.Upper('to'), name='account_mail_by_address'),
        ),
        AddIndexOnline(
            model_name='user',
            index=accounts.search.AddressIndex(field='email', name='user_address'),
        ),
        AddIndexOnline(
            model_name='user',
            index=models.Index(django.db.models.functions.text.Upper('email'), name='user_by_email'),
        ),
        AddIndexOnline(
            model_name='user',
            index=models.Index(condition=models.Q(('is_staff', True)), fields=['-id'], name='user_staff'),
        ),
        AddIndexOnline(
            model_name='user',
            index=models.Index(condition=models.Q(('is_superuser', True)), fields=['-id'], name='user_superuser'),
        ),
        AddIndexOnline(
            model_name='user',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['-id'], name='user_inactive'),
        ),
        migrations.RunPython(analyse, migrations.RunPython.noop),
    ]
