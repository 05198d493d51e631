"""Two groups of staff to begin with, made once after migrating: what is changed in them later stays (docs/staff.md)."""

from django.apps import apps as installed
from django.db.models import Q

SUPPORT = (
    "requests_app.view_partnerrequest",
    "requests_app.view_share",
    "requests_app.view_shop",
    "requests_app.view_shopmember",
    "requests_app.view_block",
    "requests_app.view_teamevent",
    "requests_app.view_companysignin",
    "requests_app.view_companydomain",
    "requests_app.refer_partnerrequest",
    "requests_app.close_partnerrequest",
    "requests_app.view_contact_details",
    "partners.view_partner",
    "partners.view_partnermember",
    "partners.view_category",
    "partners.view_market",
    "partners.view_exchangerate",
    "accounts.view_user",
    "accounts.view_notification",
    "accounts.change_notification",
    "accounts.view_accountmail",
    "accounts.change_accountmail",
    "accounts.view_failedtask",
    "accounts.change_failedtask",
)
PROGRAMME = (
    *SUPPORT,
    "requests_app.change_shop",
    "requests_app.add_companysignin",
    "requests_app.change_companysignin",
    "requests_app.add_companydomain",
    "partners.approve_partner",
    "partners.suspend_partner",
    "partners.change_partner",
    "partners.delete_partner",
    "partners.add_partnermember",
    "partners.change_partnermember",
    "partners.delete_partnermember",
    "partners.add_category",
    "partners.change_category",
    "partners.delete_category",
    "partners.add_market",
    "partners.change_market",
    "partners.delete_market",
    "partners.add_exchangerate",
    "partners.change_exchangerate",
    "partners.delete_exchangerate",
)
GROUPS = {"Support": SUPPORT, "Programme managers": PROGRAMME}


def make_groups(using, apps=installed, **kwargs):
    """Make each group that is not there yet. To run when the permissions of all our apps are."""
    try:
        groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # a database that is migrated in part
        return
    for name, held in GROUPS.items():
        group, created = groups.objects.using(using).get_or_create(name=name)
        if created:
            group.permissions.set(permissions.objects.using(using).filter(_any_of(held)))


def _any_of(names):
    wanted = Q()
    for app, _dot, codename in (name.partition(".") for name in names):
        wanted |= Q(content_type__app_label=app, codename=codename)
    return wanted
