from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0004_share_timed'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='partnerrequest',
            index=models.Index(fields=['created_at'], name='request_since'),
        ),
        migrations.AddIndex(
            model_name='share',
            index=models.Index(fields=['shared_at'], name='share_since'),
        ),
    ]
