from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsConfig(AppConfig):
    name = "requests_app"
    verbose_name = _("Requests")

    def ready(self):
        from partners.signals import partner_suspended
        from requests_app import tasks

        partner_suspended.connect(tasks.on_partner_suspended, dispatch_uid="close_shares_of_suspended_partner")
