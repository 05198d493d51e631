from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import lazy
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import (
    HistoryAdmin,
    MembersAdmin,
    NobodyFilter,
    OwnedFormSet,
    ReadOnlyAdmin,
    StaffInline,
    TimeSetFilter,
    time_column,
)
from accounts.letters import unseen_off
from accounts.models import SitePage
from accounts.names import words_of
from accounts.search import words_begin
from partners.choices import Service
from partners.models import Partner
from partners.rates import rate_gaps
from partners.scoring import reason_text
from requests_app import absence, help_needed, policies
from requests_app.blocks import Block
from requests_app.models import PartnerRequest, Share, Shop, ShopMember
from requests_app.references import REQUEST, SHARE, of_reference, typed_reference
from requests_app.staff import company_admin as company_admin  # whose pages Django finds by this
from requests_app.staff import desk, request_page
from requests_app.staff.forms import ShopForm, SitePageForm
from requests_app.staff.verbs import CloseRequest, CloseShare, OpenContactDetails, Refer, ReleaseRequest
from requests_app.team_pages.history import detail_of, markets_in
from requests_app.teams.models import TeamEvent
from requests_app.teams.settings import OF_SHOP, change_shop_as_staff
from requests_app.teams.sides import side_of_key
from requests_app.visibility import label_of


class ShopMemberInline(StaffInline):
    model = ShopMember
    formset = OwnedFormSet
    autocomplete_fields = ("user",)


@admin.register(SitePage)
class SitePageAdmin(HistoryAdmin):
    """Help, privacy and terms in each language: changed here, never made or removed."""

    form = SitePageForm
    list_display = ("slug", "language_name", "written")
    fields = ("slug", "language_name", "title", "body")
    readonly_fields = ("slug", "language_name")

    @admin.display(description=_("language"))
    def language_name(self, row):
        return row.language_name

    @admin.display(description=_("text"))
    def written(self, row):
        return gettext("Your own") if row.is_written else gettext("As it comes with Shop Partners")

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Shop)
class ShopAdmin(MembersAdmin, HistoryAdmin):
    """Sellers' businesses. They come by signing up."""

    form = ShopForm
    list_display = ("name", "market", "currency", "created")
    list_filter = ("market", NobodyFilter)
    list_select_related = ("market",)
    search_fields = ("name",)
    words_searched = "name_words"
    ordering = ("-id",)
    fields = ("name", "market", "currency", "language", "created", "spam")
    readonly_fields = ("created", "spam")
    inlines = (ShopMemberInline,)
    members_path = "/requests/"
    created = time_column("created_at", _("created"))

    @admin.display(description=_("taken for spam"))
    def spam(self, shop):
        return request_page.spam_text(shop)

    def save_model(self, request, obj, form, change):
        """Leave it to `note_who_can_act`, which comes after the members: owners are notified last of all."""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def note_who_can_act(self, obj, *, by, changed):
        absence.note_owners([obj.pk], by=by)
        values = {name: getattr(obj, name) for name in OF_SHOP if name in changed}
        change_shop_as_staff(shop_id=obj.pk, by=by, values=values)


class UnmatchedFilter(TimeSetFilter):
    title, parameter_name = _("unmatched"), "unmatched"
    column, label = "unmatched_since", _("Nobody is left to ask")


class HelpFilter(admin.SimpleListFilter):
    """The requests that name a service."""

    title, parameter_name = _("help needed"), "help"

    def lookups(self, request, model_admin):
        return Service.choices

    def queryset(self, request, queryset):
        return queryset.filter(help_needed.names_one_of("services", [self.value()])) if self.value() else queryset


@admin.register(PartnerRequest)
class PartnerRequestAdmin(ReadOnlyAdmin):
    """Requests. Nothing is edited here: staff refer, close, and open contact details on record."""

    list_display = ("reference", "called", "shop", "headline", "status", "request_type", "submitted", "unmatched")
    list_filter = ("headline", "status", "hold", "request_type", HelpFilter, UnmatchedFilter, "market")
    search_fields = ("reference",)
    words_searched = "shop__name_words"
    search_help_text = _("Search for a reference (SPR-… or SPS-…) or a shop’s name.")
    ordering = ("-id",)
    change_list_template = "admin/staff/request_list.html"
    change_form_template = "admin/staff/request.html"
    verbs = (ReleaseRequest(), Refer(), OpenContactDetails(), CloseRequest())
    fieldsets = (
        (None, {"fields": ("called", "shop", "sold_in", "headline", "status", "hold", "held", "closed", "closed_by")}),
        (
            _("Business profile"),
            {
                "fields": (
                    "services_text", "start_text", "company_size", "category", "budget_text", "platform_gmv_text",
                    "other_gmv_text",
                )
            },
        ),
        (
            _("Request type"),
            {
                "fields": (
                    "request_type", "hides_contact", "is_seeking", "automatic_referrals", "unmatched",
                )
            },
        ),
        (_("Dates"), {"fields": ("submitted", "created_by", "version", "seller_acted", "erased")}),
    )  # fmt: skip

    submitted = time_column("created_at", _("submitted"))
    unmatched = time_column("unmatched_since", _("unmatched since"))
    held = time_column("held_since", _("on hold since"))
    erased = time_column("erased_at", PartnerRequest._meta.get_field("erased_at").verbose_name)
    closed, seller_acted = time_column("closed_at", _("closed")), time_column("seller_acted_at", _("seller last acted"))

    def get_queryset(self, request):
        """Leave out what no page of the admin shows: it is not even read."""
        rows = super().get_queryset(request).select_related("market", "shop__market", "category", "created_by")
        words = words_of("market", "shop", "shop__market", "category", "created_by")
        return rows.defer(*PartnerRequest.PRIVATE_FIELDS, "confirmed_email", "close_note", *words)

    def get_search_results(self, request, queryset, search_term):
        typed = typed_reference(search_term)
        if typed.startswith(SHARE):
            return queryset.filter(shares__reference=typed), False
        if typed.startswith(REQUEST):
            return queryset.filter(of_reference(typed)), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("called"))
    def called(self, row):
        return row.name

    @admin.display(description=_("market"))
    def sold_in(self, row):
        return row.sold_in

    @admin.display(description=_("Help needed"))
    def services_text(self, row):
        return request_page.in_words(row).services_text or self.get_empty_value_display()

    @admin.display(description=_("When do you want to start"))
    def start_text(self, row):
        return request_page.in_words(row).start_text or self.get_empty_value_display()

    @admin.display(description=_("Budget"))
    def budget_text(self, row):
        return request_page.in_words(row).budget_text or self.get_empty_value_display()

    @admin.display(description=lazy(label_of, str)("platform_gmv"))
    def platform_gmv_text(self, row):
        return request_page.in_words(row).platform_gmv_text or self.get_empty_value_display()

    @admin.display(description=_("Sales GMV from other channels"))
    def other_gmv_text(self, row):
        return request_page.in_words(row).other_gmv_text or self.get_empty_value_display()

    @admin.display(description=PartnerRequest._meta.get_field("hide_contact").verbose_name)
    def hides_contact(self, row):
        return gettext("Yes") if row.hide_contact else gettext("No")

    @admin.display(description=_("platform is trying"))
    def is_seeking(self, row):
        return gettext("Yes") if row.seeking else gettext("No")

    def get_urls(self):
        view = self.admin_site.admin_view(self.unmatched_view)
        return [path("unmatched/", view, name="requests_app_partnerrequest_unmatched"), *super().get_urls()]

    def unmatched_view(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, more = desk.unmatched_queue()
        return self.page(
            request,
            "admin/staff/unmatched.html",
            title=gettext("Unmatched requests"),
            rows=rows,
            more=more,
            rates=desk.rates_text(rate_gaps()),
            may_refer=bool(policies.may_refer(request.user)),
        )

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context |= {
            "shares": request_page.shares_of(obj),
            "versions": request_page.versions_of(obj),
            "lines": request_page.lines_of(obj),
            "without_rate": desk.left_out_for_want_of_a_rate(obj.pk) if obj.unmatched_since else "",
        }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        """The events are the history, and stand on the page itself."""
        return redirect("admin:requests_app_partnerrequest_change", object_id)


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    list_display = ("reference", "request", "partner", "status", "source", "shared", "ended")
    list_filter = ("status", "source", "closed_reason", "reject_reason")
    search_fields = ("reference", "partner__name")
    words_searched = "partner__name_words"
    search_help_text = _("Search for a reference (SPS-…) or a partner’s name.")
    ordering = ("-id",)
    change_form_template = "admin/staff/share.html"
    verbs = (CloseShare(),)
    fieldsets = (
        (None, {"fields": ("request", "partner", "status", "closed_reason", "reject_reason")}),
        (_("Referral"), {"fields": ("source", "score", "why")}),
        (
            _("Dates"),
            {"fields": ("shared", "answer_due", "accepted", "connected", "waiting", "ended")},
        ),
        (_("Versions"), {"fields": ("first_version", "accepted_version", "last_version")}),
    )

    shared, ended = time_column("shared_at", _("shared")), time_column("ended_at", _("ended"))
    answer_due, waiting = time_column("respond_by", _("answer due")), time_column("waiting_since", _("waiting since"))
    accepted, connected = time_column("accepted_at", _("accepted")), time_column("connected_at", _("connected"))

    def get_queryset(self, request):
        hidden = [f"request__{name}" for name in (*PartnerRequest.PRIVATE_FIELDS, "confirmed_email", "close_note")]
        rows = super().get_queryset(request).select_related("request", "partner")
        return rows.defer("note", "close_note", *hidden, *words_of("partner"))

    def get_search_results(self, request, queryset, search_term):
        typed = typed_reference(search_term)
        if typed.startswith(SHARE):
            return queryset.filter(of_reference(typed)), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("reasons"))
    def why(self, share):
        reasons = format_html_join("", "<div>{}</div>", ((reason_text(reason),) for reason in share.reasons))
        return reasons or self.get_empty_value_display()

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context |= {
            "authorisations": request_page.authorisations_of(obj),
            "lines": request_page.lines_of(obj.request, share=obj),
        }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        return redirect("admin:requests_app_share_change", object_id)


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """Who does not want to be brought together with whom again. Neither side is shown the other's."""

    list_display = ("id", "shop", "partner", "side", "set_at")
    list_filter = ("side",)
    list_select_related = ("shop", "partner")
    ordering = ("-id",)
    fields = ("shop", "partner", "side", "by", "set_at")
    set_at = time_column("at", _("when"))


@admin.register(TeamEvent)
class TeamEventAdmin(ReadOnlyAdmin):
    """The logs of shops and partners: who joined, changed and left, and what was set."""

    list_display = ("at_time", "kind", "team", "person", "role", "actor", "by")
    list_filter = ("kind", "actor")
    list_select_related = ("log__shop", "log__partner", "person", "by")
    search_fields = ("log__shop__name",)
    search_help_text = _("Search for the name of a shop or partner.")
    ordering = ("-id",)
    fields = ("at_time", "kind", "team", "person", "role", "detail", "actor", "by")
    at_time = time_column("at", _("when"))

    def get_search_results(self, request, queryset, search_term):
        if not (found := words_begin("name_words", unseen_off(search_term))):
            return queryset, False
        shops, partners = (model.objects.filter(found).values("pk") for model in (Shop, Partner))
        return queryset.filter(Q(log__shop__in=shops) | Q(log__partner__in=partners)), False

    @admin.display(description=_("shop or partner"))
    def team(self, event):
        return event.log.of or self.get_empty_value_display()

    @admin.display(description=_("what changed"))
    def detail(self, event):
        return detail_of(event, markets_in([event])) or self.get_empty_value_display()

    @admin.display(description=_("role"))
    def role(self, event):
        role = event.data.get("role") or event.data.get("as_role", "")
        return side_of_key(event.log).member.Role(role).label if role else self.get_empty_value_display()
