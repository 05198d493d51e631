from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_without_doubled_indexes'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='mailpreference',
                    name='topic',
                    field=models.CharField(choices=[('requests', 'New requests and changes to them'), ('answers', 'Answers'), ('connections', 'Authorisations and connections'), ('messages', 'Messages'), ('reminders', 'Reminders and deadlines'), ('account', 'Your standing in the programme')], max_length=20, verbose_name='topic'),
                ),
                migrations.AlterField(
                    model_name='notification',
                    name='topic',
                    field=models.CharField(choices=[('requests', 'New requests and changes to them'), ('answers', 'Answers'), ('connections', 'Authorisations and connections'), ('messages', 'Messages'), ('reminders', 'Reminders and deadlines'), ('account', 'Your standing in the programme')], default='account', max_length=20, verbose_name='topic'),
                ),
            ],
        ),
    ]
