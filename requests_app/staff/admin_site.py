"""The admin: who gets in, what is in it, and what its first page says is waiting."""

from allauth.account.adapter import get_adapter
from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts import second_factor

REGISTERED = ("requests_app", "partners", "accounts", "auth")  # in this order
FIGURES = ("requests_app.view_partnerrequest", "requests_app.view_share")  # who may see the figures


class StaffSite(admin.AdminSite):
    site_header = _("Shop Partners staff")
    site_title = _("Shop Partners staff")
    index_title = _("Staff desk")
    password_change_template = None

    def register(self, model_or_iterable, admin_class=None, **options):
        """Ours alone. Of others' pages, allauth's shows the secrets of second factors, and procrastinate's lets whoever
        may look at jobs cancel them: those go by the command line."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        super().register([model for model in models if model._meta.app_label in REGISTERED], admin_class, **options)

    def get_app_list(self, request, app_label=None):
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: REGISTERED.index(app["app_label"]))

    def has_permission(self, request):
        return super().has_permission(request) and not lacks_second_factor(request)

    @method_decorator(never_cache)
    @login_not_required
    def login(self, request, extra_context=None):
        """Leave signing in to allauth, with its rate limits.

        Staff without a second factor are led to set one up, and those whose session used none are led to use it.
        """
        if super().has_permission(request) and lacks_second_factor(request):
            return _use_second_factor(request) if is_mfa_enabled(request.user) else _set_up_second_factor(request)
        return secure_admin_login(super().login)(request, extra_context)

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def index(self, request, extra_context=None):
        from requests_app.staff import desk

        context = {"desk": desk.waiting(request.user), "may_see_figures": request.user.has_perms(FIGURES)}
        return super().index(request, context | (extra_context or {}))

    def get_urls(self):
        return [path("figures/", self.admin_view(self.figures), name="figures"), *super().get_urls()]

    def figures(self, request):
        """How far requests came and how soon they were answered, over all partners and shops."""
        from requests_app.pages import figures

        if not request.user.has_perms(FIGURES):
            raise PermissionDenied
        context = self.each_context(request) | {"title": gettext("Figures"), **figures.of_everybody()}
        return render(request, "admin/staff/figures.html", context)


def lacks_second_factor(request):
    """Return whether this session has to use a second factor first.

    Asked by every page of the admin, and by its frame; read once a request.
    """
    if not hasattr(request, "_lacks_second_factor"):
        request._lacks_second_factor = settings.STAFF_NEED_SECOND_FACTOR and not second_factor.used(request)
    return request._lacks_second_factor


def _set_up_second_factor(request):
    messages.warning(
        request, gettext("Staff sign in with two steps. Set up the second one here, then go back to the admin.")
    )
    return redirect("mfa_index")


def _use_second_factor(request):
    """Ask for it in this session, and lead on to the page that was asked for."""
    messages.info(request, gettext("The admin takes your second step. You have not used it since you signed in here."))
    way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    return redirect(f"{way}?{urlencode({'next': get_next_redirect_url(request) or reverse('admin:index')})}")
