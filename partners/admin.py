from collections.abc import Callable
from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import ProtectedError
from django.shortcuts import redirect
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import (
    AdminVerb,
    HistoryAdmin,
    MembersAdmin,
    NobodyFilter,
    OwnedFormSet,
    StaffInline,
    change_url,
    time_column,
)
from accounts.formats import ago, day_and_time, joined, sentence_of, sentences
from accounts.verbs import Consequences
from partners import policies, services
from partners.admin_forms import DeclineForm, MarketForm, PartnerForm
from partners.models import Category, ExchangeRate, Market, Partner, PartnerMember
from partners.workflow import DeclineReason, PartnerStatus

DECLINED = ("declined", "decline_reason", "decline_note", "declined_before")
MOST_DECLINES = 5  # earlier ones that the page shows


def _earlier_declines(partner):
    """Return [(when, DeclineReason, note)] of a partner's history, without the decline that still holds."""
    rows = partner.history.filter(status=PartnerStatus.DECLINED, decline_reason__in=DeclineReason.values)
    rows = rows.exclude(declined_at=partner.declined_at).order_by("-declined_at").distinct()
    return rows.values_list("declined_at", "decline_reason", "decline_note")[:MOST_DECLINES]


class _ActiveAdmin(HistoryAdmin):
    """Rows that others refer to are switched off by `active`, not deleted."""

    list_filter = ("active",)

    def delete_view(self, request, object_id, extra_context=None):
        row = self.get_object(request, unquote(object_id))
        if row and self.has_delete_permission(request, row) and _is_used(row):
            return self._refused(request, row)
        try:
            return super().delete_view(request, object_id, extra_context)
        except ProtectedError:  # another row has referred to it just now
            return self._refused(request, row)

    def _refused(self, request, row):
        text = gettext("“%(name)s” is in use and cannot be deleted. Untick “Active” to offer it no more.")
        messages.error(request, text % {"name": row})
        return redirect(change_url(row))


def _is_used(row):
    accessors = [relation.get_accessor_name() for relation in row._meta.related_objects]
    return any(getattr(row, name).exists() for name in accessors if name)


@admin.register(Market)
class MarketAdmin(_ActiveAdmin):
    form = MarketForm
    list_display = ("name", "code", "currency", "active")
    search_fields = ("name", "code")
    words_searched, also_searched = "name_words", ("code__iexact",)

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()


@admin.register(Category)
class CategoryAdmin(_ActiveAdmin):
    list_display = ("name", "external_id", "active")
    search_fields = ("name",)
    words_searched = "name_words"


@admin.register(ExchangeRate)
class ExchangeRateAdmin(HistoryAdmin):
    """One rate a currency. import_rates and staff change it; its history keeps earlier ones."""

    list_display = ("currency", "per_euro", "date", "source")
    ordering = ("currency",)

    def get_readonly_fields(self, request, obj=None):
        return ("currency",) if obj else ()

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        services.redo_bands.enqueue([obj.currency])

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        services.redo_bands.enqueue([obj.currency])


class PartnerVerb(AdminVerb):
    past: object = ""
    service: ClassVar[Callable[..., Partner]]

    def act(self, row, *, by, **answers):
        self.service(partner_id=row.pk, by=by, **answers)
        return str(self.past) % {"partner": row.name}


class Approve(PartnerVerb):
    name, label, past = "approve", _("Approve"), _("%(partner)s is approved, listed and told so.")
    service = staticmethod(services.approve_partner)

    def may(self, user, row):
        return policies.may_approve(user)

    def can(self, row):
        return row.status in (PartnerStatus.APPLIED, PartnerStatus.DECLINED)

    def consequences(self, row):
        intro = gettext("%(partner)s will be listed in the directory and can be asked and referred from now on.")
        return Consequences(intro % {"partner": row.name})


class Decline(PartnerVerb):
    name, label, past = "decline", _("Decline"), _("%(partner)s is declined, and its members are notified.")
    dangerous = True
    form_class = DeclineForm
    service = staticmethod(services.decline_partner)

    def may(self, user, row):
        return policies.may_approve(user)

    def can(self, row):
        return row.status == PartnerStatus.APPLIED

    def consequences(self, row):
        intro = gettext("%(partner)s will not be listed. Its members are notified at once, with your reason.")
        return Consequences(
            intro % {"partner": row.name},
            keeps=[gettext("Its profile and members: they may apply again, and you can still approve it")],
        )


class Suspend(PartnerVerb):
    name, label, past = "suspend", _("Suspend"), _("%(partner)s is suspended. Its requests are being closed for it.")
    dangerous = True
    service = staticmethod(services.suspend_partner)

    def may(self, user, row):
        return policies.may_suspend(user)

    def can(self, row):
        return row.status == PartnerStatus.APPROVED

    def consequences(self, row):
        intro = gettext("%(partner)s loses access to every request at once, and its members are told.")
        return Consequences(
            intro % {"partner": row.name},
            ends=[
                gettext("Its place in the directory and in referrals"),
                gettext("Its view of sellers’ contact details, and every authorisation it holds"),
                gettext("Its part in every request; where the platform referred it, the next partner is tried"),
            ],
            keeps=[gettext("Its profile, members and history: you can reinstate it, but what was closed stays closed")],
        )


class Reinstate(PartnerVerb):
    name, label, past = "reinstate", _("Reinstate"), _("%(partner)s is approved again.")
    service = staticmethod(services.reinstate_partner)

    def may(self, user, row):
        return policies.may_suspend(user)

    def can(self, row):
        return row.status == PartnerStatus.SUSPENDED

    def consequences(self, row):
        intro = gettext("%(partner)s is listed again and can be asked and referred. Requests that were closed stay so.")
        return Consequences(intro % {"partner": row.name})


def _labels_column(name, label):
    """Return a read-only field with the partner's labels of one vocabulary, for staff who may not change them."""

    @admin.display(description=label)
    def labels(self, partner):
        return joined(partner.labels_of(services.TRAITS[name]))

    return labels


class MemberInline(StaffInline):
    model = PartnerMember
    formset = OwnedFormSet
    autocomplete_fields = ("user",)


class ServedMarketFilter(admin.RelatedFieldListFilter):
    """Partners that serve a market. Each serves one at least, so none is asked for without."""

    include_empty_choice = False


@admin.register(Partner)
class PartnerAdmin(MembersAdmin, HistoryAdmin):
    """Agencies. They are created by applying; only the verbs change their status."""

    form = PartnerForm
    list_display = ("name", "status", "city", "serves", "booked", "paused", "applied", "waiting")
    list_filter = ("status", ("markets", ServedMarketFilter), NobodyFilter)
    search_fields = ("name", "slug")
    words_searched, also_searched = "name_words", ("slug",)
    ordering = ("status", "name_order", "id")  # applied first
    inlines = (MemberInline,)
    members_path = "/portal/profile/"
    verbs = (Approve(), Decline(), Suspend(), Reinstate())
    fieldsets = (
        (None, {"fields": ("status", "applied", "approved", "suspended", *DECLINED)}),
        (_("Profile"), {"fields": ("name", "slug", "tagline", "about", "website", "city")}),
        (_("Offer"), {"fields": ("types", "services", "categories", "markets", "languages")}),
        (_("Whom it works with"), {"fields": ("company_sizes", "currency", "smallest_budget", "smallest_gmv")}),
        (
            _("Load"),
            {
                "fields": (
                    "capacity", "load", "paused", "referred", "shares_answered", "shares_unanswered",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = (
        "status", "applied", "approved", "suspended", *DECLINED, "slug",
        "load", "paused", "referred", "shares_answered", "shares_unanswered",
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("markets")

    paused, applied = time_column("paused_until", _("paused until")), time_column("applied_at", _("applied"))
    approved, suspended = time_column("approved_at", _("approved")), time_column("suspended_at", _("suspended"))
    declined = time_column("declined_at", _("declined"))

    @admin.display(description=_("declined before"))
    def declined_before(self, partner):
        """Show when and why its earlier applications were declined, the last one first."""
        lines = [
            (sentences([sentence_of(day_and_time(at), DeclineReason(reason).label), note]),)
            for at, reason, note in _earlier_declines(partner)
        ]
        return format_html_join("", "<div>{}</div>", lines) or self.get_empty_value_display()

    referred = time_column("last_referred_at", _("last referred"))
    types, languages = _labels_column("types", _("Types")), _labels_column("languages", _("Languages"))
    services = _labels_column("services", _("Services"))
    company_sizes = _labels_column("company_sizes", _("Company sizes served"))

    @admin.display(description=_("waiting since"))
    def waiting(self, partner):
        return ago(partner.applied_at) if partner.status == PartnerStatus.APPLIED else self.get_empty_value_display()

    def get_ordering(self, request):
        """Put who waits longest first in the queue of applications."""
        queue = request.GET.get("status__exact") == PartnerStatus.APPLIED
        return ("applied_at", "id") if queue else super().get_ordering(request)

    @admin.display(description=_("serves"))
    def serves(self, partner):
        return joined(sorted(market.code for market in partner.markets.all()))

    @admin.display(description=_("booked"))
    def booked(self, partner):
        return gettext("%(load)d of %(capacity)d") % {"load": partner.load, "capacity": partner.capacity}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        """Allow it for applications alone: a partner that was ever approved stays."""
        applications = (PartnerStatus.APPLIED, PartnerStatus.DECLINED)
        return obj is not None and obj.status in applications and super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        services.update_profile_as_staff(
            partner_id=obj.pk, by=request.user, profile=form.profile(), changed=form.changed_data
        )

    def note_who_can_act(self, obj, *, by, changed):
        services.note_who_can_answer([obj.pk])
