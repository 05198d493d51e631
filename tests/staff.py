"""What the tests of the admin's pages share."""

from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db.models import Q
from django.urls import reverse


def allow(user, *permissions):
    """Give these permissions; gives the user read anew, since they are kept on it."""
    wanted = Q()
    for name in permissions:
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    user.user_permissions.add(*Permission.objects.filter(wanted))
    return type(user).objects.get(pk=user.pk)


def page(row, name="change"):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]
