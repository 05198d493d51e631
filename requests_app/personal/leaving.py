"""What the page that asks before an account is erased says: what ends and for whom, what stays and why."""

from django.utils.translation import gettext as _

from accounts.formats import joined
from partners.models import Partner
from requests_app.erasure import leaving
from requests_app.models import Share, Shop

MOST_NAMED = 20  # requests that end; the others are counted


def consequences_for(user):
    """The lists of components/confirm.html."""
    ending = leaving(user)
    shops = list(Shop.objects.filter(members__user=user).order_by("name_order", "pk"))
    partners = list(Partner.objects.filter(members__user=user).order_by("name_order", "pk"))
    staying = [str(row) for row in (*shops, *partners) if row not in (*ending["shops"], *ending["partners"])]
    return {
        "ends": [
            *_of_himself(),
            *_of_shops(ending),
            *_of_partners(ending["partners"]),
            *_texts(ending["shops"], partners),
        ],
        "keeps": [*_history(), *_going_on(staying)],
        "notified": list(_notified(user, ending, shops_staying=len(shops) > len(ending["shops"]))),
    }


def _of_himself():
    yield _("Your sign-in, on every device, as soon as you press the button.")
    yield _(
        "Your name, your addresses, your second factors, your notifications and mail wishes, and your place in every "
        "shop and partner."
    )


def _of_shops(ending):
    for shop in ending["shops"]:
        requests = [request.reference for request in ending["requests"] if request.shop_id == shop.pk]
        if requests:
            yield _("%(shop)s has no other owner: its open requests are closed for every partner: %(references)s.") % {
                "shop": shop.name,
                "references": joined(requests, most=MOST_NAMED),
            }
        else:
            yield _("%(shop)s has no other owner, and no open requests.") % {"shop": shop.name}


def _of_partners(partners):
    for partner in partners:
        shares = Share.objects.live().filter(partner=partner).order_by("id").values_list("reference", flat=True)
        if shares:
            yield _(
                "%(partner)s has no other owner: it leaves the partner programme, and its open requests end: "
                "%(references)s."
            ) % {"partner": partner.name, "references": joined(shares, most=MOST_NAMED)}
        else:
            yield _("%(partner)s has no other owner: it leaves the partner programme. It has no open requests.") % {
                "partner": partner.name
            }


def _texts(shops, partners):
    yield _("Contact details and free text of the closed requests that you submitted, edited or are the contact of.")
    if shops:
        yield _("Contact details and free text of all requests of %(shops)s.") % {
            "shops": joined(shop.name for shop in shops)
        }
    if partners:
        yield _("The notes that you wrote when you rejected a request or withdrew from one.")


def _history():
    yield _(
        "What happened, without your name: which shop asked which partner, and when. The other side relies on it; it "
        "says “user” and a number where you stood."
    )
    yield _("Business profiles of requests: categories and amounts, which say nothing of a person.")


def _going_on(names):
    if names:
        yield _("%(names)s: they have other owners and go on without you.") % {"names": joined(names)}


def _notified(user, ending, *, shops_staying):
    if ending["requests"]:
        yield _("The partners of the requests that are closed.")
    if ending["partners"]:
        yield _("The sellers whose requests your partner has.")
    if shops_staying:
        yield _("Where you are the contact of an open request that stays, another owner of the shop becomes it.")
    yield _("You get one last mail, to %(email)s.") % {"email": user.email}
    yield _("You can sign up again with the same address.")
