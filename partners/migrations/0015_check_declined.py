from django.db import migrations

from accounts.operations import CheckOldRows


class Migration(migrations.Migration):
    dependencies = [("partners", "0014_declined")]

    operations = [
        CheckOldRows(model_name="partner", name="partner_status_known"),
        CheckOldRows(model_name="partner", name="partner_declined_with_reason"),
    ]
