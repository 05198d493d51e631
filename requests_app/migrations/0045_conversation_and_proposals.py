import accounts.clock
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0027_contact_and_second_factor'),
        ('requests_app', '0044_request_by_market'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('seller', 'Seller'), ('partner', 'Partner')], max_length=10, verbose_name='side')),
                ('at', models.DateTimeField(default=accounts.clock.now, verbose_name='when')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='message')),
                ('is_question', models.BooleanField(default=False, verbose_name='question')),
                ('token', models.UUIDField(editable=False)),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
            },
        ),
        migrations.CreateModel(
            name='MessageReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('upto', models.BigIntegerField()),
                ('at', models.DateTimeField(default=accounts.clock.now)),
            ],
            options={
                'verbose_name': 'reading of messages',
                'verbose_name_plural': 'readings of messages',
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('sent', 'Sent'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired'), ('chosen', 'Chosen')], default='sent', editable=False, max_length=50, verbose_name='status')),
                ('number', models.PositiveIntegerField(default=0, editable=False, verbose_name='version')),
                ('valid_until', models.DateTimeField(editable=False, verbose_name='valid until')),
                ('chosen_number', models.PositiveIntegerField(editable=False, null=True, verbose_name='version chosen')),
                ('steps_done', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('next_step_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'proposal',
                'verbose_name_plural': 'proposals',
            },
        ),
        migrations.CreateModel(
            name='ProposalVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('created_at', models.DateTimeField(default=accounts.clock.now, verbose_name='created')),
                ('services', models.JSONField(default=list, verbose_name='Services')),
                ('price', models.CharField(choices=[('monthly', 'Monthly fee'), ('commission', 'Commission'), ('once', 'One-time price')], max_length=10, verbose_name='Price')),
                ('currency', models.CharField(choices=[('GBP', 'GBP – British pound'), ('EUR', 'EUR – Euro'), ('USD', 'USD – US dollar'), ('IDR', 'IDR – Indonesian rupiah'), ('MYR', 'MYR – Malaysian ringgit'), ('PHP', 'PHP – Philippine peso'), ('SGD', 'SGD – Singapore dollar'), ('THB', 'THB – Thai baht'), ('VND', 'VND – Vietnamese dong'), ('MXN', 'MXN – Mexican peso'), ('BRL', 'BRL – Brazilian real'), ('JPY', 'JPY – Japanese yen')], max_length=3, verbose_name='Currency')),
                ('amount', models.DecimalField(blank=True, decimal_places=2, max_digits=20, null=True, verbose_name='Amount')),
                ('percent', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='Per cent of sales')),
                ('included', models.TextField(blank=True, max_length=500, verbose_name='What is included')),
                ('starts_on', models.DateField(verbose_name='Earliest start')),
                ('months', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(60)], verbose_name='Shortest term')),
                ('valid_until', models.DateTimeField(verbose_name='Valid until')),
            ],
            options={
                'verbose_name': 'version of a proposal',
                'verbose_name_plural': 'versions of proposals',
                'ordering': ['number'],
            },
        ),
        migrations.AddField(
            model_name='authorisation',
            name='proposal_number',
            field=models.PositiveIntegerField(null=True, verbose_name='version of the proposal chosen'),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='asked_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='share',
            name='asked_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='question asked'),
        ),
        migrations.AddField(
            model_name='share',
            name='is_extended',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='has more time to answer'),
        ),
        migrations.AddField(
            model_name='share',
            name='partner_message',
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='share',
            name='replied_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='question replied to'),
        ),
        migrations.AddField(
            model_name='share',
            name='seller_message',
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='event',
                    name='kind',
                    field=models.CharField(choices=[('submitted', 'Request submitted'), ('edited', 'Request edited'), ('request_closed', 'Request closed'), ('shared', 'Shared with the partner'), ('accepted', 'Accepted by the partner'), ('rejected', 'Rejected by the partner'), ('withdrawn', 'Withdrawn by the partner'), ('authorised', 'Authorisation granted'), ('renewed', 'Authorisation changed'), ('revoked', 'Authorisation revoked'), ('expired', 'Authorisation ended'), ('share_closed', 'Closed for the partner'), ('contact_opened', 'Contact details opened'), ('unmatched', 'No suitable partner left'), ('partner_reminded', 'Partner reminded to answer'), ('seller_reminded', 'Reminder: the partner waits for authorisation'), ('expiry_warned', 'Reminder: the authorisation ends soon'), ('stale_warned', 'Reminder: it will be closed if nothing happens'), ('contact_asked', 'Contact email asked to confirm'), ('contact_confirmed', 'Contact email confirmed'), ('contact_reminded', 'Reminder: the contact email is not confirmed'), ('held', 'Put on hold'), ('released', 'Released from hold'), ('asked', 'Question asked'), ('replied', 'Question replied to'), ('extended', 'More time to answer'), ('message', 'Message sent'), ('question_reminded', 'Reminder: a question waits for a reply'), ('proposed', 'Proposal sent'), ('proposal_withdrawn', 'Proposal withdrawn'), ('proposal_reminded', 'Reminder: the proposal ends soon'), ('proposal_expired', 'Proposal expired'), ('erased', 'Contact details and free text erased')], max_length=20, verbose_name='what'),
                ),
            ],
        ),
        migrations.AddField(
            model_name='message',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='message',
            name='share',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='requests_app.share'),
        ),
        migrations.AddField(
            model_name='messagereading',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='messagereading',
            name='share',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='message_readings', to='requests_app.share'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='share',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='proposal', to='requests_app.share'),
        ),
        migrations.AddField(
            model_name='proposalversion',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposalversion',
            name='proposal',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='requests_app.proposal'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['share', '-id'], name='message_newest'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['seller', 'partner'])), name='message_side'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('share', 'token'), name='message_once_a_form'),
        ),
        migrations.AddConstraint(
            model_name='messagereading',
            constraint=models.UniqueConstraint(fields=('share', 'by'), name='message_reading_once'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='proposal_due'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['sent', 'withdrawn', 'expired', 'chosen'])), name='proposal_status_known'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'chosen'), _negated=True), ('chosen_number__isnull', False), _connector='OR'), name='proposal_chosen_whole'),
        ),
        migrations.AddConstraint(
            model_name='proposalversion',
            constraint=models.UniqueConstraint(fields=('proposal', 'number'), name='proposal_version_once'),
        ),
        migrations.AddConstraint(
            model_name='proposalversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount', None), ('percent__gt', 0), ('percent__isnull', False), ('percent__lte', 100), ('price', 'commission')), models.Q(('amount__gt', 0), ('amount__isnull', False), ('percent', None), ('price__in', ['monthly', 'once'])), _connector='OR'), name='proposal_price_whole'),
        ),
        migrations.AddConstraint(
            model_name='proposalversion',
            constraint=models.CheckConstraint(condition=models.Q(('months__lte', 60)), name='proposal_months'),
        ),
    ]
