from django.db import migrations

from accounts.operations import AddIndexOnline
from accounts.search import CodesIndex


class Migration(migrations.Migration):
    atomic = False  # indexes are made without locking out writers

    dependencies = [("requests_app", "0027_considered_lists")]

    operations = [
        AddIndexOnline(model_name="partnerrequest", index=CodesIndex(field="services", name="request_services")),
        AddIndexOnline(model_name="requestversion", index=CodesIndex(field="services", name="version_services")),
    ]
