"""What the request form begins with: a partner's page, an old request, the request that is edited."""

from accounts.policies import require
from partners.comparison import services_in
from partners.models import Partner
from requests_app import policies, visibility
from requests_app.exceptions import ClosedToEdits
from requests_app.limits import MOST_PICKS
from requests_app.models import PartnerRequest, Share
from requests_app.request_details import RequestDetails
from requests_app.seller.details import shares_of
from requests_app.seller.forms import HELP, EditForm
from requests_app.seller.history import in_words
from requests_app.workflow import ShareStatus

Type = PartnerRequest.Type


def of_new(user, shop, params):
    """For a new request of the shop: what it entered last, which is asked again the least.

    `?again=` names an old request of the user's to begin with instead; each `?partner=` is the slug of one to pick, and
    each `?service=` one that the reader looked for in the directory.
    """
    initial = {"subject": user.name, "contact_email": user.email, "request_type": Type.CHOOSE}
    reference = params.get("again")
    old = reference and PartnerRequest.objects.visible_to(user).filter(reference=reference).first()
    initial |= of_old(old, user) if old else of_last(user, shop)
    if wanted := services_in(params):
        initial["services"] = wanted
    if slugs := params.getlist("partner")[:MOST_PICKS]:
        picked = Partner.objects.listed().filter(slug__in=slugs).values_list("pk", flat=True)
        if picked:
            initial |= {"request_type": Type.CHOOSE, "partners": [str(pk) for pk in picked]}
    return initial


def of_old(old, user):
    """The old values, and the partners chosen then but for those that rejected; also who was never asked."""
    chosen = old.shares.filter(source=Share.Source.PICKED).exclude(status=ShareStatus.REJECTED)
    values = _details(old, user)
    if old.erased_at:  # who asks again is asked as himself
        values = {name: value for name, value in values.items() if name not in RequestDetails.CONTACT_FIELDS}
    picks = [*chosen.values_list("partner", flat=True), *(old.held_picks or ())]
    return values | {"partners": [str(pk) for pk in picks[:MOST_PICKS]]}


def of_last(user, shop):
    """What the shop entered last, but for the help that it needs, and for a currency that it has left since."""
    values = {name: value for name, value in visibility.last_entered(user, shop).items() if name not in HELP}
    if category := values.pop("category", None):
        values["category"] = category.pk if category.active else None
    return values


def require_editable(request, standing):
    """Raise NotAllowed or NotPossible, with what to tell, unless the seller can edit the request now."""
    require(policies.may_edit(standing))
    if not request.is_open:
        raise ClosedToEdits


def edit_form(request, user, data=None, *, initial=None):
    """The form that edits this request; `initial` is what was typed in it so far."""
    shares = shares_of(request)
    chosen = [share for share in shares if share.is_live and share.source == Share.Source.PICKED]
    return EditForm(
        data,
        initial=_details(request, user) | {"version": request.version, "partners": _kept(request)} | (initial or {}),
        shop=request.shop,
        market=request.sold_in.pk,
        category=request.category_id,
        kept_services=request.services,
        asked={share.partner_id: share.partner.name for share in shares},
        room=MOST_PICKS - len(chosen),
    )


def stands_already(form, request, user):
    """Whether the newest version says what this form does: the same edit came twice."""
    newest = PartnerRequest.objects.visible_to(user).select_related("category").get(pk=request.pk)
    picks = {str(pk) for pk in form.cleaned_data["partners"]}
    return visibility.own_details(user, newest) == form.details and picks == set(_kept(newest))


def _kept(request):
    """The partners chosen while the request is on hold, who are not asked yet: they can be taken off again."""
    return [str(pk) for pk in request.held_picks or ()]


def conflict(request, user, data, *, since):
    """The page's context when somebody saved a newer version: what they changed, and the form as it was typed.

    The form goes out with the newer version's number, so that saving it again is a decision.
    """
    newest = (
        PartnerRequest.objects.visible_to(user).select_related("market", "shop__market", "category").get(pk=request.pk)
    )
    changes, _currency = in_words(visibility.changes_for_seller(newest, since=since), newest.currency)
    data = data.copy()
    data["version"] = newest.version
    return {"form": edit_form(newest, user, data), "partner_request": newest, "is_conflict": True, "changes": changes}


def _details(request, user):
    details = visibility.own_details(user, request)
    values = {name: details[name] for name in RequestDetails.FIELDS}
    return values | {
        "category": details["category"].pk,
        "request_type": request.request_type,
        "hide_contact": request.hide_contact,
    }
