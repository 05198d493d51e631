from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [("requests_app", "0045_conversation_and_proposals")]

    operations = [
        AddIndexOnline(
            model_name="partnerrequest",
            index=models.Index(
                fields=["shop", "-created_at", "-id"],
                condition=models.Q(("asked_since__isnull", False)),
                name="request_asked",
            ),
        ),
    ]
