"""The page on which owners read and choose how their company's people sign in; the same for shops and partners."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.db.models import F, OuterRef, Subquery
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.formats import aside, day_and_time, joined
from accounts.paging import MOMENTS, page_of
from accounts.policies import require
from requests_app.company import policies, services
from requests_app.company.forms import SignInForm
from requests_app.sign_ins import OIDC, SAML, CompanySignIn

PROTOCOLS = {OIDC: "OpenID Connect", SAML: "SAML"}


def answer(request, kind, of, standing, *, base):
    """Answer with the page, or do what its form asks. Raise NotAllowed for who may not choose."""
    rows = CompanySignIn.objects.of(kind, of.pk).select_related("app", "shop", "partner")
    sign_in, decision = rows.first(), policies.may_change(standing)
    form = None
    if sign_in is not None and (decision or request.method == "POST"):
        require(decision)
        form = _form(request, sign_in)
        if form.is_valid():
            services.choose(sign_in_id=sign_in.pk, by=request.user, **form.cleaned_data)
            messages.success(request, _("Saved. The other owners are told."))
            return redirect(services.page_of(kind))
    context = {"base": base, "of": of, "sign_in": sign_in, "form": form, "refusal": "" if decision else decision.reason}
    if sign_in is not None:
        context |= {"facts": _facts(sign_in), "may_turn_off": policies.may_turn_passwords_off(sign_in)}
        context |= _came_in(sign_in, of, request)
    return render(request, "company/sign_in.html", context)


def _form(request, sign_in):
    initial = {"default_role": sign_in.default_role, "password_off": sign_in.password_off}
    return SignInForm(request.POST if request.method == "POST" else None, initial=initial, sign_in=sign_in)


def _facts(sign_in):
    domains = list(sign_in.domains.verified().order_by("domain").values_list("domain", flat=True))
    roles = dict(sign_in.of.members.model.Role.choices)
    hours = _("%(hours)d hours, then your company is asked again") % {"hours": settings.COMPANY_SIGN_IN_HOURS}
    return [
        {"label": _("State"), "value": _("Switched on") if sign_in.enabled else _("Switched off")},
        {"label": _("Provider"), "value": aside(sign_in.app.name, PROTOCOLS[sign_in.app.provider])},
        {"label": _("Domains"), "value": joined(domains)},
        {"label": _("Role of who joins by it"), "value": roles[sign_in.default_role]},
        {"label": _("Passwords"), "value": _("Off at these domains") if sign_in.password_off else _("Count as well")},
        {"label": _("A sign-in holds"), "value": hours},
        {"label": _("Last used"), "value": day_and_time(sign_in.used_at) if sign_in.used_at else _("Never")},
    ]


def _came_in(sign_in, of, request):
    """Return the members who came in by it, who came last first."""
    own = SocialAccount.objects.filter(provider=sign_in.app.provider_id, user=OuterRef("user"))
    members = of.members.annotate(came_at=Subquery(own.values("last_login")[:1])).exclude(came_at=None)
    page = page_of(members.select_related("user").annotate(at=F("came_at")), request.GET, at="at", kind=MOMENTS)
    rows = [
        {"name": str(row.user), "role": row.get_role_display(), "at": day_and_time(row.at)} for row in page.rows
    ]  # fmt: skip
    return {"people": rows, "page": page}
