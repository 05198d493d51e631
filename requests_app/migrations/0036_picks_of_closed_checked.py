from django.db import migrations

from accounts.operations import CheckOldRows


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0035_picks_of_closed'),
    ]

    operations = [
        CheckOldRows(model_name='partnerrequest', name='request_held_whole'),
    ]
