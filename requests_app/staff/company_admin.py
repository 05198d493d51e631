"""Companies' sign-ins: staff set up the provider, see that a domain is the company's, and switch on and off."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import AdminVerb, HistoryAdmin, StaffInline, change_url, time_column
from accounts.mails import on_site
from accounts.verbs import Consequences
from requests_app.company import policies, services
from requests_app.company.saml import answers_go_to
from requests_app.sign_ins import OIDC, CompanyDomain, CompanySignIn
from requests_app.staff.company_forms import CompanyDomainForm, CompanySignInForm


class CompanyVerb(AdminVerb):
    def may(self, user, row):
        return policies.may_set_up(user)


class SwitchOn(CompanyVerb):
    name, label = "switch-on", _("Switch on")

    def can(self, row):
        return not row.enabled and row.domains.verified().exists()

    def consequences(self, row):
        return Consequences(
            gettext("People with an address at the verified domains of %(company)s can sign in through its provider.")
            % {"company": row.of.name},
            keeps=[gettext("Passwords and passkeys go on to count, until an owner turns them off")],
            notified=[gettext("Its owners")],
        )

    def act(self, row, *, by):
        services.switch_on(sign_in_id=row.pk, by=by)
        return gettext("The company sign-in is switched on.")


class SwitchOff(CompanyVerb):
    name, label, dangerous = "switch-off", _("Switch off"), True

    def can(self, row):
        return row.enabled

    def consequences(self, row):
        return Consequences(
            gettext("Nobody signs in through the company’s provider any more."),
            ends=[gettext("All sign-ins that began through it, at once")],
            keeps=[
                gettext("The members, with their roles"),
                gettext("Passwords and passkeys count again. Who has none sets one by “Forgot your password?”"),
            ],
            notified=[gettext("Its owners")],
        )

    def act(self, row, *, by):
        services.switch_off(sign_in_id=row.pk, by=by)
        return gettext("The company sign-in is switched off.")


class AllowPasswords(CompanyVerb):
    name, label = "allow-passwords", _("Allow passwords")

    def can(self, row):
        return row.password_off

    def consequences(self, row):
        return Consequences(
            gettext("Members can sign in with a password or passkey again, and set a new password by mail."),
            keeps=[gettext("The sign-in through the company’s provider")],
            notified=[gettext("Its owners")],
        )

    def act(self, row, *, by):
        services.allow_passwords(sign_in_id=row.pk, by=by)
        return gettext("Passwords count again.")


class Verify(CompanyVerb):
    name, label = "verify", _("Mark as verified")

    def can(self, row):
        return row.verified_at is None

    def consequences(self, row):
        return Consequences(
            gettext(
                "You have found the TXT record %(record)s at %(domain)s. The company’s provider then says who has an "
                "address there, also for people who have an account already."
            )
            % {"record": row.proof, "domain": row.domain},
            notified=[gettext("Its owners")],
        )

    def act(self, row, *, by):
        services.verify_domain(domain_id=row.pk, by=by)
        return gettext("%(domain)s is verified.") % {"domain": row.domain}


class Withdraw(CompanyVerb):
    name, label, dangerous = "withdraw", _("Take the verification back"), True

    def can(self, row):
        return row.verified_at is not None

    def consequences(self, row):
        return Consequences(
            gettext("Nobody with an address at %(domain)s signs in through this company any more.")
            % {"domain": row.domain},
            ends=[gettext("All sign-ins that began through the company’s provider, at once")],
            notified=[gettext("Its owners")],
        )

    def act(self, row, *, by):
        services.withdraw_domain(domain_id=row.pk, by=by)
        return gettext("%(domain)s is not verified any more.") % {"domain": row.domain}


class CompanyDomainInline(StaffInline):
    """Domains are named here; each is verified on a page of its own."""

    model = CompanyDomain
    form = CompanyDomainForm
    fields = ("domain", "verified", "own_page")
    readonly_fields = ("verified", "own_page")
    can_delete = False
    verified = time_column("verified_at", _("verified"))

    @admin.display(description=_("its page"))
    def own_page(self, row):
        if not row.pk:
            return self.get_empty_value_display()
        label = gettext("See %(domain)s") if row.verified_at else gettext("Verify %(domain)s")
        return format_html('<a href="{}">{}</a>', change_url(row), label % {"domain": row.domain})

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj=None):
        return bool(policies.may_set_up(request.user))


@admin.register(CompanySignIn)
class CompanySignInAdmin(HistoryAdmin):
    """What owners choose is not changed here, and the provider's secret is shown to nobody."""

    form = CompanySignInForm
    list_display = ("__str__", "company", "provider", "enabled", "password_off", "used")
    list_filter = ("enabled",)
    list_select_related = ("shop", "partner", "app")
    ordering = ("-id",)
    autocomplete_fields = ("shop", "partner")
    readonly_fields = ("enabled", "default_role", "password_off", "used", "for_provider")
    inlines = (CompanyDomainInline,)
    verbs = (SwitchOn(), SwitchOff(), AllowPasswords())
    used = time_column("used_at", _("last used"))
    fieldsets = (
        (None, {"fields": ("shop", "partner", "enabled", "used")}),
        (_("Provider"), {"fields": ("name", "protocol", "issuer", "client_id", "secret", "metadata", "for_provider")}),
        (_("What its owners chose"), {"fields": ("default_role", "password_off")}),
    )

    @admin.display(description=_("company"))
    def company(self, row):
        return row.of.name

    @admin.display(description=_("provider"))
    def provider(self, row):
        return row.app.name

    @admin.display(description=_("To enter at the provider"))
    def for_provider(self, row):
        if not row.app_id:
            return gettext("Save first: the addresses stand here then.")
        return format_html_join("", "<p>{}<br><code>{}</code></p>", _addresses(row.app))

    def get_readonly_fields(self, request, obj=None):
        """A sign-in stays with its shop or partner."""
        return (*self.readonly_fields, *(("shop", "partner") if obj else ()))

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        said = form.cleaned_data
        services.set_up(
            sign_in=obj,
            by=request.user,
            name=said["name"],
            protocol=said["protocol"],
            described=form.described,
            client_id=said["client_id"],
            secret=said["secret"] or None,
        )


def _addresses(app):
    if app.provider == OIDC:
        return [(gettext("Redirect URI"), on_site(reverse("company:oidc_callback", args=[app.provider_id])))]
    metadata = on_site(reverse("company:saml_metadata", args=[app.provider_id]))
    return [
        (gettext("Entity ID, and our metadata"), metadata),
        (gettext("Assertion consumer service (POST)"), answers_go_to(app)),
    ]


@admin.register(CompanyDomain)
class CompanyDomainAdmin(HistoryAdmin):
    """Domains are made with their company's sign-in, and verified here."""

    list_display = ("domain", "company", "verified")
    list_select_related = ("sign_in__shop", "sign_in__partner")
    search_fields = ("=domain",)
    search_help_text = _("Search for a whole domain.")
    ordering = ("-id",)
    fields = readonly_fields = ("domain", "company", "proof", "verified", "verified_by")
    verbs = (Verify(), Withdraw())
    verified = time_column("verified_at", _("verified"))

    @admin.display(description=_("company"))
    def company(self, row):
        return row.sign_in.of.name

    @admin.display(description=_("TXT record that proves it"))
    def proof(self, row):
        return row.proof

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
