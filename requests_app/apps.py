from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests_app"
    verbose_name = _("Requests")

    def ready(self):
        from accounts import account_mails
        from accounts.signals import (
            activity_changed,
            activity_changing,
            address_asked,
            factor_required,
            mail_due,
            members_changed,
            password_asked,
            reader_asked,
        )
        from partners.signals import partner_suspended, profile_changed
        from requests_app import absence, contacts, outdated_mails, tasks
        from requests_app.company import rules
        from requests_app.integrity import append_only
        from requests_app.pages import site_pages
        from requests_app.staff import groups
        from requests_app.teams import invitations, membership
        from requests_app.teams import settings as team_settings

        account_mails.LINKS[contacts.MAIL] = contacts.path_of_mail
        account_mails.LINKS[invitations.MAIL] = invitations.path_of_mail
        mail_due.connect(outdated_mails.outdated_among, dispatch_uid="leave_out_outdated_mails")
        reader_asked.connect(outdated_mails.no_longer_concerned, dispatch_uid="leave_out_who_left")
        activity_changed.connect(absence.on_activity_changed, dispatch_uid="note_who_can_act")
        activity_changing.connect(absence.consequences_of, dispatch_uid="say_who_cannot_act")
        members_changed.connect(membership.on_members_changed, dispatch_uid="log_members")
        address_asked.connect(rules.refusal_of_address, dispatch_uid="keep_addresses_of_companies")
        password_asked.connect(rules.refusal_of_password, dispatch_uid="lead_to_their_company")
        partner_suspended.connect(tasks.on_partner_suspended, dispatch_uid="close_shares_of_suspended_partner")
        factor_required.connect(team_settings.requires_second_factor, dispatch_uid="say_who_needs_a_second_factor")
        profile_changed.connect(team_settings.on_profile_changed, dispatch_uid="log_changes_of_profiles")
        post_migrate.connect(append_only.install, sender=self, dispatch_uid="events_are_append_only")
        post_migrate.connect(
            site_pages.make_rows, sender=apps.get_app_config("accounts"), dispatch_uid="make_pages_of_the_site"
        )
        # The admin stands after our apps in INSTALLED_APPS: their permissions are made by then.
        post_migrate.connect(groups.make_groups, sender=apps.get_app_config("admin"), dispatch_uid="make_staff_groups")
