from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0046_request_asked")]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="sent_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="newest version sent"),
        ),
    ]
