"""A form that was submitted before and comes again with other content: what its sender chooses from."""

import uuid

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.formats import joined
from partners.models import Partner
from partners.names import names_of
from requests_app import visibility
from requests_app.models import PartnerRequest, Share
from requests_app.request_details import RequestDetails
from requests_app.seller.history import in_words

TYPES = dict(PartnerRequest.Type.choices)


def choice(request, form, data):
    """Return the page's context: the request as it stands, what was typed otherwise now, and the form to send on.

    The form goes out with a token of its own, so that sending it as a further request is possible, and with the
    request's version, so that sending it as changes to that request is.
    """
    differences = [*_of_details(request, form), *_of_choices(request, form)]
    data = data.copy()
    data["form_token"] = uuid.uuid4()
    return {"form": type(form)(data, shop=form.shop), "submitted": request, "differences": differences}


def _of_details(request, form):
    """What can be read is compared as it is stored; what cannot stands as it was typed."""
    typed = form.content_so_far["details"]
    unread = {name: form[name].value() for name in RequestDetails.FIELDS if name not in typed}
    differences = visibility.own_differences(request, typed, unread)
    return in_words(differences, typed.get("currency", request.currency))[0]


def _of_choices(request, form):
    data, labels = form.content_so_far, {name: form.fields[name].label for name in form.fields}
    if data["request_type"] != request.request_type:
        yield labels["request_type"], TYPES[request.request_type], TYPES.get(data["request_type"], _("nothing"))
    if data["hide_contact"] != request.hide_contact:
        ticked = {True: _("ticked"), False: _("not ticked")}
        yield labels["hide_contact"], ticked[request.hide_contact], ticked[data["hide_contact"]]
    if data["request_type"] == PartnerRequest.Type.CHOOSE:
        picked = Share.objects.filter(request=request, source=Share.Source.PICKED).values("partner")
        asked = Partner.objects.filter(Q(pk__in=picked) | Q(pk__in=request.held_picks or ()))
        picked = Partner.objects.listed().filter(pk__in=data["picks"])
        before, after = (names_of(each) for each in (asked, picked))
        if before != after:
            yield labels["partners"], joined(before) or _("nobody"), joined(after) or _("nobody")
