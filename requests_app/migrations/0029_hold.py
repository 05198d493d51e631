import django.db.models.deletion
from django.db import migrations, models

import accounts.clock

from accounts.operations import AddConstraintUnchecked


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0028_services_found'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConfirmedContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254, verbose_name='address')),
                ('confirmed_at', models.DateTimeField(default=accounts.clock.now, verbose_name='confirmed')),
            ],
            options={
                'verbose_name': 'confirmed contact',
                'verbose_name_plural': 'confirmed contacts',
            },
        ),
        migrations.RemoveConstraint(
            model_name='partnerrequest',
            name='request_headline_known',
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='confirmed_email',
            field=models.EmailField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='held_picks',
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='held_since',
            field=models.DateTimeField(editable=False, null=True, verbose_name='on hold since'),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='hold',
            field=models.CharField(blank=True, choices=[('contact', 'Contact email not confirmed'), ('screening', 'Staff look at it')], db_default='', default='', editable=False, max_length=10, verbose_name='on hold'),
        ),
        migrations.AddField(
            model_name='partnerrequest',
            name='screened_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='released by staff'),
        ),
        migrations.AddField(
            model_name='confirmedcontact',
            name='shop',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='confirmed_contacts', to='requests_app.shop'),
        ),
        migrations.AddConstraint(
            model_name='confirmedcontact',
            constraint=models.UniqueConstraint(fields=('shop', 'address'), name='confirmed_contact_once'),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='event',
                    name='kind',
                    field=models.CharField(choices=[('submitted', 'Request submitted'), ('edited', 'Request edited'), ('request_closed', 'Request closed'), ('shared', 'Shared with the partner'), ('accepted', 'Accepted by the partner'), ('rejected', 'Rejected by the partner'), ('withdrawn', 'Withdrawn by the partner'), ('authorised', 'Authorisation granted'), ('renewed', 'Authorisation changed'), ('revoked', 'Authorisation revoked'), ('expired', 'Authorisation ended'), ('share_closed', 'Closed for the partner'), ('contact_opened', 'Contact details opened'), ('unmatched', 'No suitable partner left'), ('partner_reminded', 'Partner reminded to answer'), ('seller_reminded', 'Reminder: the partner waits for authorisation'), ('expiry_warned', 'Reminder: the authorisation ends soon'), ('stale_warned', 'Reminder: it will be closed if nothing happens'), ('contact_asked', 'Contact email asked to confirm'), ('contact_confirmed', 'Contact email confirmed'), ('contact_reminded', 'Reminder: the contact email is not confirmed'), ('held', 'Put on hold'), ('released', 'Released from hold'), ('erased', 'Contact details and free text erased')], max_length=20, verbose_name='what'),
                ),
                migrations.AlterField(
                    model_name='partnerrequest',
                    name='closed_by',
                    field=models.CharField(blank=True, choices=[('seller', 'Seller'), ('staff', 'Staff'), ('stale', 'No activity'), ('contact', 'Contact email not confirmed')], editable=False, max_length=10, verbose_name='closed by'),
                ),
                migrations.AlterField(
                    model_name='partnerrequest',
                    name='headline',
                    field=models.CharField(choices=[('connected', 'Connected'), ('accepted', 'Partner accepted'), ('reviewing', 'Partner reviewing'), ('held', 'On hold'), ('finding', 'Finding a partner'), ('decision', 'Needs your decision'), ('rejected', 'Rejected'), ('closed', 'Closed')], editable=False, max_length=10, verbose_name='shown as'),
                ),
            ],
        ),
        AddConstraintUnchecked(
            model_name='partnerrequest',
            constraint=models.CheckConstraint(condition=models.Q(('headline__in', ['connected', 'accepted', 'reviewing', 'held', 'finding', 'decision', 'rejected', 'closed'])), name='request_headline_known'),
        ),
        AddConstraintUnchecked(
            model_name='partnerrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_picks__isnull', True), ('held_since', None), ('hold', '')), models.Q(('held_since__isnull', False), ('hold__in', ['contact', 'screening']), ('seeking', False), ('status', 'open')), _connector='OR'), name='request_held_whole'),
        ),
    ]
