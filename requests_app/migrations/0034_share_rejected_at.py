from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [("requests_app", "0033_door_misuse")]

    operations = [
        AddIndexOnline(
            model_name="share",
            index=models.Index(
                condition=models.Q(("status", "rejected")), fields=["ended_at"], name="share_rejected_at"
            ),
        ),
    ]
