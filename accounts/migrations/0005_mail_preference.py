import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_sending_until")]

    operations = [
        migrations.RenameModel("Wish", "MailPreference"),
        migrations.AlterModelOptions(
            "mailpreference", {"verbose_name": "mail preference", "verbose_name_plural": "mail preferences"}
        ),
        migrations.AlterField(
            "mailpreference",
            "user",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="mail_preferences",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveConstraint("mailpreference", "wish_once"),
        migrations.AddConstraint(
            "mailpreference", models.UniqueConstraint(fields=["user", "topic"], name="mail_preference_once")
        ),
    ]
