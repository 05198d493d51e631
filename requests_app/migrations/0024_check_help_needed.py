from django.db import migrations

from accounts.operations import CheckOldRows


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0023_help_needed")]

    operations = [
        CheckOldRows(model_name="partnerrequest", name="partnerrequest_start"),
        CheckOldRows(model_name="requestversion", name="requestversion_start"),
    ]
