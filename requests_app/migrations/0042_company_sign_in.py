
import accounts.clock
import django.db.models.deletion
import django.db.models.functions.text
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0026_fill_own_words'),
        ('requests_app', '0041_fill_former_names'),
        ('socialaccount', '0006_alter_socialaccount_extra_data'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CompanySignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('enabled', models.BooleanField(default=False, editable=False, verbose_name='switched on')),
                ('default_role', models.CharField(default='viewer', max_length=10, verbose_name='role of who joins by it')),
                ('password_off', models.BooleanField(default=False, verbose_name='passwords off')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('sessions_ended', models.FloatField(default=0, editable=False)),
                ('created_at', models.DateTimeField(default=accounts.clock.now, editable=False, verbose_name='set up')),
                ('app', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='company', to='socialaccount.socialapp')),
                ('partner', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='partners.partner', verbose_name='partner')),
                ('shop', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='requests_app.shop', verbose_name='shop')),
            ],
            options={
                'verbose_name': 'company sign-in',
                'verbose_name_plural': 'company sign-ins',
            },
        ),
        migrations.CreateModel(
            name='CompanyDomain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(max_length=253, verbose_name='domain')),
                ('verified_at', models.DateTimeField(editable=False, null=True, verbose_name='verified')),
                ('verified_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sign_in', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='domains', to='requests_app.companysignin', verbose_name='sign-in')),
            ],
            options={
                'verbose_name': 'domain of a company',
                'verbose_name_plural': 'domains of companies',
            },
        ),
        migrations.CreateModel(
            name='HistoricalCompanyDomain',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('domain', models.CharField(max_length=253, verbose_name='domain')),
                ('verified_at', models.DateTimeField(editable=False, null=True, verbose_name='verified')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sign_in', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='requests_app.companysignin', verbose_name='sign-in')),
            ],
            options={
                'verbose_name': 'historical domain of a company',
                'verbose_name_plural': 'historical domains of companies',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalCompanySignIn',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('enabled', models.BooleanField(default=False, editable=False, verbose_name='switched on')),
                ('default_role', models.CharField(default='viewer', max_length=10, verbose_name='role of who joins by it')),
                ('password_off', models.BooleanField(default=False, verbose_name='passwords off')),
                ('created_at', models.DateTimeField(default=accounts.clock.now, editable=False, verbose_name='set up')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('app', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='socialaccount.socialapp')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('partner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='partners.partner', verbose_name='partner')),
                ('shop', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='requests_app.shop', verbose_name='shop')),
            ],
            options={
                'verbose_name': 'historical company sign-in',
                'verbose_name_plural': 'historical company sign-ins',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddConstraint(
            model_name='companysignin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('default_role__in', ('viewer', 'editor')), ('partner', None), ('shop__isnull', False)), models.Q(('default_role__in', ('viewer', 'reviewer')), ('partner__isnull', False), ('shop', None)), _connector='OR'), name='company_sign_in_of_one', violation_error_message='Choose a shop or a partner, and a role that it has.'),
        ),
        migrations.AddConstraint(
            model_name='companysignin',
            constraint=models.CheckConstraint(condition=models.Q(('password_off', False), ('used_at__isnull', False), _connector='OR'), name='company_sign_in_tried_first'),
        ),
        migrations.AddConstraint(
            model_name='companydomain',
            constraint=models.UniqueConstraint(fields=('sign_in', 'domain'), name='company_domain_once', violation_error_message='This domain is named already.'),
        ),
        migrations.AddConstraint(
            model_name='companydomain',
            constraint=models.UniqueConstraint(condition=models.Q(('verified_at__isnull', False)), fields=('domain',), name='company_domain_verified_once'),
        ),
        migrations.AddConstraint(
            model_name='companydomain',
            constraint=models.CheckConstraint(condition=models.Q(('domain', django.db.models.functions.text.Lower('domain')), models.Q(('domain', ''), _negated=True)), name='company_domain_lower'),
        ),
        migrations.AddConstraint(
            model_name='companydomain',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verified_at', None), ('verified_by', None)), models.Q(('verified_at__isnull', False), ('verified_by__isnull', False)), _connector='OR'), name='company_domain_verified_whole'),
        ),
    ]
