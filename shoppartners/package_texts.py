"""Texts of Django and packages that are shown here but are missing in some of their own catalogues.

They are listed only so that `make messages` adds them to our catalogues. A test names those missing after an upgrade.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

TEXTS = [
    # The admin
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _(
        "Are you sure you want to delete the %(object_name)s “%(escaped_object)s”? All of the following related items "
        "will be deleted:"
    ),
    _("Conflicting form data submitted. Please try again."),
    _(
        "Deleting the %(object_name)s “%(escaped_object)s” would require deleting the following protected related "
        "objects:"
    ),
    _(
        "Deleting the %(object_name)s “%(escaped_object)s” would result in deleting related objects, but your account "
        "doesn't have permission to delete the following types of objects:"
    ),
    _("Disabled"),
    _("Enabled"),
    _("Filter by %(field_name)s"),
    _("Logout"),
    _("Pagination %(name)s entries"),
    _("Pagination %(name)s"),
    _("Reset password"),
    _("Run"),
    _("Search %(name)s"),
    _("Set password: %s"),
    _('The app "%s" could not be found.'),
    ngettext_lazy("…and %(count)d more object.", "…and %(count)d more objects."),
    # Setting the password of another person
    _("Disable password-based authentication"),
    _("Enable password-based authentication for this user by setting a password."),
    _("Enable password-based authentication"),
    _("In case you’ve forgotten, you are:"),
    _("Password-based authentication was disabled."),
    _("Password-based authentication"),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able "
        "to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    # Fields
    _("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    _("- Select an option -"),
    # History of fields
    _("Deleted %(type_name)s"),
    _("Press the 'Change History' button below to edit the history."),
    _("View %(verbose_name)s"),
    _("View history: %s"),
]
