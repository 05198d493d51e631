from django.db import migrations, models

from accounts.operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [("requests_app", "0043_company_leavers")]

    operations = [
        AddIndexOnline(
            model_name="partnerrequest",
            index=models.Index(fields=["market", "-id"], name="request_by_market"),
        ),
    ]
