import accounts.names
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_mail_preference'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='name_words',
            field=accounts.names.WordsField(db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='name_order',
            field=accounts.names.OrderField(db_default='', default='', editable=False),
        ),
    ]
