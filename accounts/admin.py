from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import account_mails, failed_tasks, mail_preferences, outbox, policies, services
from accounts.admin_base import AdminVerb, ReadOnlyAdmin, StaffAdmin, time_column
from accounts.admin_forms import PermissionsField, UserAddForm, UserChangeForm
from accounts.exceptions import ActionRefused
from accounts.models import AccountMail, FailedTask, Notification, User
from accounts.search import address_begins
from accounts.signals import activity_changing
from accounts.verbs import Consequences

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")

admin.site.unregister(Group)


class CheckboxesMixin:
    """Show groups and permissions as boxes to tick."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.related_model is Group:
            kwargs["widget"] = forms.CheckboxSelectMultiple
        else:
            kwargs |= {"form_class": PermissionsField, "widget": PermissionsField.widget}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class GroupAdmin(CheckboxesMixin, StaffAdmin, DjangoGroupAdmin):
    pass


class MakeInactive(AdminVerb):
    name, label, dangerous = "make-inactive", _("Make inactive"), True

    def may(self, user, row):
        return policies.may_change_activity(user, row)

    def can(self, row):
        return row.is_active

    def consequences(self, row):
        """Return what happens to the shops and partners too, which receivers of activity_changing say."""
        found = [lines for _receiver, lines in activity_changing.send(User, user=row)]
        return Consequences(
            gettext("%(person)s cannot sign in any more, and gets no mails.") % {"person": row},
            ends=[gettext("Their sign-in, on every device"), *(line for each in found for line in each.ends)],
            keeps=[
                gettext("Their place in shops and partners, and what they did, under their name"),
                *(line for each in found for line in each.keeps),
            ],
            notified=[line for each in found for line in each.notified],
        )

    def act(self, row, *, by):
        services.make_inactive(user_id=row.pk, by=by)
        return gettext("%(person)s is inactive.") % {"person": row}


class MakeActive(AdminVerb):
    name, label = "make-active", _("Make active")

    def may(self, user, row):
        return policies.may_change_activity(user, row)

    def can(self, row):
        return not row.is_active and row.may_return

    def consequences(self, row):
        return Consequences(
            gettext("%(person)s can sign in again. What ended meanwhile stays ended.") % {"person": row},
            keeps=[gettext("Partners that paused because nobody could answer are offered again at once")],
        )

    def act(self, row, *, by):
        services.make_active(user_id=row.pk, by=by)
        return gettext("%(person)s is active again.") % {"person": row}


@admin.register(User)
class UserAdmin(CheckboxesMixin, StaffAdmin, DjangoUserAdmin):
    """People. Staff who may change them still cannot make anybody staff, nor take over an account.

    Only superusers change rights, email addresses and passwords, and only they change staff.
    """

    form, add_form = UserChangeForm, UserAddForm
    list_display = ("email", "name", "is_active", "is_staff", "joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    words_searched = "name_words"
    ordering = ("-id",)
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name")}),)
    fieldsets = (
        (None, {"fields": ("email", "confirmed", "password")}),
        (_("Person"), {"fields": ("name", "language", "time_zone")}),
        (_("Rights"), {"fields": ("is_active", *RIGHTS[:-1])}),
        (_("Further permissions"), {"fields": RIGHTS[-1:], "classes": ("collapse",)}),
        (_("Dates"), {"fields": ("signed_in", "joined")}),
    )
    readonly_fields = ("confirmed", "is_active", "signed_in", "joined")
    verbs = (MakeInactive(), MakeActive())
    signed_in, joined = time_column("last_login", _("last signed in")), time_column("date_joined", _("joined"))

    def also_found(self, typed):
        """Return those whose address is typed, or has a part that begins so."""
        return address_begins("email", typed)

    def get_object(self, request, object_id, from_field=None):
        """Load what the names of the groups and permissions need: staff who may not change them see the names alone."""
        user = super().get_object(request, object_id, from_field)
        if user:
            prefetch_related_objects([user], "groups", "user_permissions__content_type")
        return user

    @admin.display(description=_("Email confirmed"), boolean=True)
    def confirmed(self, user):
        return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()

    def has_change_permission(self, request, obj=None):
        if obj is not None and not obj.may_return:
            return False
        return super().has_change_permission(request, obj) and (request.user.is_superuser or not _is_staff(obj))

    def has_delete_permission(self, request, obj=None):
        """Refuse: people are made inactive instead, and what they did stays on record with their name."""
        return False

    def get_readonly_fields(self, request, obj=None):
        fixed = () if request.user.is_superuser else ((*RIGHTS, "email") if obj else RIGHTS)
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or request.user.is_superuser:
            return fieldsets
        return ((None, {"fields": ("email", "confirmed")}), *fieldsets[1:])

    def user_change_password(self, request, id, form_url=""):
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ActionRefused as refused:  # they were erased meanwhile
            messages.error(request, refused.message)
            return redirect("admin:accounts_user_changelist")

    def save_model(self, request, obj, form, change):
        """Save the changed fields alone: others may have been changed elsewhere since the page was read."""
        if change:
            columns = {field.name for field in obj._meta.concrete_fields}
            obj.save(update_fields=[name for name in form.changed_data if name in columns])
        else:
            super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            form.require_confirmation()
        if change and "time_zone" in form.changed_data:
            mail_preferences.reschedule_daily_mails(obj)


def _is_staff(user):
    return user is not None and (user.is_staff or user.is_superuser)


class SendAgain(AdminVerb):
    name, label = "send-again", _("Send again")

    def may(self, user, row):
        return policies.staff_with(user, "accounts.change_notification")

    def can(self, row):
        return row.mail_failed

    def consequences(self, row):
        return Consequences(gettext("The mail is put back into the outbox and tried again at once."))

    def act(self, row, *, by):
        outbox.send_again(notification_id=row.pk)
        return gettext("The mail is in the outbox again.")


class RunAgain(AdminVerb):
    name, label = "run-again", _("Run again")

    def may(self, user, row):
        return policies.staff_with(user, "accounts.change_failedtask")

    def can(self, row):
        return True

    def consequences(self, row):
        return Consequences(
            gettext("It is queued with the same arguments. If it fails again, it comes back to the list.")
        )

    def act(self, row, *, by):
        failed_tasks.run_again(failed_id=row.pk)
        return gettext("The task is queued again.")

    def page_of(self, row):
        """Return the list: the task's own page is gone once it runs again."""
        return reverse("admin:accounts_failedtask_changelist")


@admin.register(FailedTask)
class FailedTaskAdmin(ReadOnlyAdmin):
    """Tasks that failed and are not tried any more."""

    list_display = ("__str__", "path", "arguments", "error", "failed")
    ordering = ("-at", "-id")
    fields = ("path", "arguments", "error", "failed")
    readonly_fields = ("failed",)
    verbs = (RunAgain(),)
    failed = time_column("at", _("failed"))

    def has_delete_permission(self, request, obj=None):
        """Allow it to staff with the permission: a task of an earlier version cannot run any more."""
        return StaffAdmin.has_delete_permission(self, request, obj)


class MailState(admin.SimpleListFilter):
    title, parameter_name = _("mail"), "mail"

    def lookups(self, request, model_admin):
        return [("failed", _("Failed for good")), ("waiting", _("Waiting")), ("sent", _("Sent"))]

    def queryset(self, request, queryset):
        match self.value():
            case "failed":
                return queryset.mail_failed()
            case "waiting":
                return queryset.filter(next_mail_at__isnull=False)
            case "sent":
                return queryset.filter(mailed_at__isnull=False)
        return queryset


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Who was notified of what, and whether the mail went out; not what it said."""

    list_display = ("created", "template", "user", "mailed", "mail_attempts", "mail_error")
    list_filter = (MailState,)
    list_select_related = ("user",)
    search_fields = ("=user__email",)
    search_help_text = _("Search for a person’s whole email address.")
    ordering = ("-id",)
    fields = (
        "template", "source", "user", "path", "created", "read",
        "mailed", "mail_attempts", "mail_error", "next_mail",
    )  # fmt: skip
    verbs = (SendAgain(),)
    read, next_mail = time_column("read_at", _("read")), time_column("next_mail_at", _("next mail"))
    created, mailed = time_column("created_at", _("told")), time_column("mailed_at", _("mailed"))


class SendAccountMailAgain(SendAgain):
    def may(self, user, row):
        return policies.staff_with(user, "accounts.change_accountmail")

    def act(self, row, *, by):
        outbox.send_account_mail_again(mail_id=row.pk)
        return gettext("The mail is in the outbox again.")


@admin.register(AccountMail)
class AccountMailAdmin(ReadOnlyAdmin):
    """Mails of accounts in the last days: to whom, of what kind, and whether they went out; not what they said.

    To whom is left out of a mail that another app queued: its address may be one that staff open on record alone, such
    as the contact email of a request. No search finds such a mail.
    """

    list_display = ("created", "template", "address", "mailed", "mail_attempts", "mail_error")
    list_filter = (MailState,)
    search_fields = ("=to",)
    search_help_text = _("Search for a person’s whole email address.")
    ordering = ("-id",)
    fields = ("template", "address", "user", "created", "mailed", "mail_attempts", "mail_error", "next_mail")
    verbs = (SendAccountMailAgain(),)
    created, mailed = time_column("created_at", _("created")), time_column("mailed_at", _("mailed"))
    next_mail = time_column("next_mail_at", _("next mail"))

    @admin.display(description=_("address"))
    def address(self, mail):
        return "" if mail.template in account_mails.LINKS else mail.to

    def get_search_results(self, request, queryset, search_term):
        if search_term:
            queryset = queryset.exclude(template__in=account_mails.LINKS)
        return super().get_search_results(request, queryset, search_term)
