"""Each verb of staff with its permission: referring by hand, closing, opening the contact details."""

import pytest
from django.urls import reverse

from requests_app import services
from requests_app.models import Event, PartnerRequest, Share
from tests.cast import login
from tests.factories import PartnerFactory, make_request
from tests.requests_app.staff.verbs import VIEW, refer_to_harbour
from tests.staff import allow, messages_of, page

pytestmark = pytest.mark.once


def close_request_data():
    return {"reason": "asked", "note": "The shop has left the platform."}


VERBS = {
    "refer": ("requests_app.refer_partnerrequest", refer_to_harbour, Event.Kind.SHARED),
    "close": ("requests_app.close_partnerrequest", close_request_data, Event.Kind.REQUEST_CLOSED),
    "contact": ("requests_app.view_contact_details", dict, Event.Kind.CONTACT_OPENED),
}
OTHER_VERBS = [(verb, VERBS[other][0]) for verb in VERBS for other in VERBS if other != verb]


@pytest.mark.parametrize("verb", VERBS)
def test_verb_with_its_permission_is_done_and_recorded_with_its_author(client, clerk, open_request, verb):
    permission, data, kind = VERBS[verb]

    response = login(client, allow(clerk, *VIEW, permission)).post(page(open_request, verb), data())

    assert response.status_code == (200 if verb == "contact" else 302)
    event = open_request.events.filter(by=clerk).first()
    assert (event.kind, event.actor) == (kind, Event.Actor.STAFF)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("verb", "other_permission"), [*((verb, VIEW[0]) for verb in VERBS), *OTHER_VERBS])
def test_verb_without_its_permission_is_refused(client, clerk, open_request, verb, other_permission, method):
    data = VERBS[verb][1]()
    before = open_request.events.count()

    response = getattr(login(client, allow(clerk, *VIEW, other_permission)), method)(page(open_request, verb), data)

    assert response.status_code == 403
    assert open_request.events.count() == before


@pytest.mark.parametrize("verb", VERBS)
def test_verb_needs_the_right_to_see_requests_too(client, clerk, open_request, verb):
    permission, data, _kind = VERBS[verb]

    response = login(client, allow(clerk, permission)).post(page(open_request, verb), data())

    assert response.status_code == 403
    assert not open_request.events.filter(by=clerk).exists()


@pytest.mark.parametrize("verb", VERBS)
def test_verb_is_refused_to_who_is_not_staff(client, seller, open_request, verb):
    permission, data, _kind = VERBS[verb]
    before = open_request.events.count()

    response = login(client, allow(seller, *VIEW, permission)).post(page(open_request, verb), data(), follow=True)

    assert response.status_code == 403
    assert open_request.events.count() == before


def test_request_page_has_buttons_for_what_one_may_do_alone(client, clerk, open_request):
    login(client, allow(clerk, *VIEW, "requests_app.refer_partnerrequest"))

    text = client.get(page(open_request)).content.decode()

    assert page(open_request, "refer") in text
    assert page(open_request, "close") not in text
    assert page(open_request, "contact") not in text


def test_closed_request_has_a_button_for_its_contact_details_alone(desk, staff, open_request):
    services.close_request(request_id=open_request.pk, by=staff, staff_reason="other", staff_note="Spam.")

    text = desk.get(page(open_request)).content.decode()

    assert page(open_request, "contact") in text
    assert page(open_request, "refer") not in text
    assert page(open_request, "close") not in text


def test_share_is_closed_for_one_partner(client, clerk, shop, partner, other_agency):
    request = make_request(shop, [partner, other_agency])
    share = request.shares.get(partner=partner)
    login(client, allow(clerk, *VIEW, "requests_app.close_partnerrequest"))

    response = client.post(page(share, "close"), {"reason": "duplicate", "note": "The first one goes on."})

    assert response.url == page(request)
    assert list(Share.objects.live()) == [request.shares.get(partner=other_agency)]
    event = request.events.get(kind=Event.Kind.SHARE_CLOSED)
    assert (event.share_id, event.by, event.data) == (share.pk, clerk, {"reason": "staff", "stated": "duplicate"})
    assert (event.share.stated_reason, event.share.close_note) == ("duplicate", "The first one goes on.")


def test_share_is_not_closed_without_the_permission(client, clerk, share):
    response = login(client, allow(clerk, *VIEW, "requests_app.refer_partnerrequest")).post(page(share, "close"))

    assert response.status_code == 403
    assert Share.objects.get().is_live


def test_closing_asks_for_a_reason(desk, open_request):
    response = desk.post(page(open_request, "close"), {"reason": "", "note": "  "})

    assert response.context["form"].errors == {"reason": ["Choose a reason."]}
    assert PartnerRequest.objects.get().is_open


def test_close_page_says_what_ends_and_for_whom(desk, connected_share):
    text = desk.get(page(connected_share.request, "close")).content.decode()

    assert "Northlight Commerce (Connected): its part in the request" in text


@pytest.mark.parametrize(
    ("verb", "data"), [("close", close_request_data), ("refer", refer_to_harbour)], ids=["close", "refer"]
)
def test_verb_on_a_request_that_was_closed_meanwhile_gets_a_plain_message(desk, staff, open_request, verb, data):
    services.close_request(request_id=open_request.pk, by=staff, staff_reason="other", staff_note="Spam.")
    before = open_request.events.count()

    response = desk.post(page(open_request, verb), data())

    assert response.url == page(open_request)
    assert len(messages_of(response)) == 1
    assert "closed" in messages_of(response)[0].lower()
    assert open_request.events.count() == before


def test_verb_on_a_made_up_request_is_not_found(desk, open_request):
    for key in ("999999", "x"):
        response = desk.post(reverse("admin:requests_app_partnerrequest_close", args=[key]), close_request_data())
        assert response.status_code == 404


# Referring by hand


def test_refer_page_ranks_who_fits_and_says_what_speaks_against_others(desk, shop, other_agency):
    request = make_request(shop, [other_agency], budget=600)
    fitting = PartnerFactory(name="Kestrel Live", smallest_budget=400)
    PartnerFactory(name="Gilded Hall", smallest_budget=5000, categories=("Furniture",), company_sizes=("1001+",))
    PartnerFactory(name="Far Away", markets=("US",))

    response = desk.get(page(request, "refer"))

    assert [offer.partner for offer in response.context["best"]] == [fitting]
    [other] = response.context["others"]
    assert other.partner.name == "Gilded Hall"
    assert other.misses == [
        "Does not work in Beauty & Personal Care",
        "Does not serve companies of this size",
        "Its minimum budget is £5,000 a month",
    ]


def test_refer_page_finds_others_by_name(desk, open_request):
    for name in ("Gilded Hall", "Hollow Oak"):
        PartnerFactory(name=name, smallest_budget=5000)

    response = desk.get(page(open_request, "refer"), {"q": "hollow"})

    assert [offer.partner.name for offer in response.context["others"]] == ["Hollow Oak"]


@pytest.mark.parametrize(
    "unfit",
    [{"status": "applied"}, {"status": "suspended"}, {"capacity": 0}, {"markets": ("US",)}],
    ids=["applied", "suspended", "full", "elsewhere"],
)
def test_partner_that_cannot_take_it_is_not_referred(desk, open_request, unfit):
    partner = PartnerFactory(**unfit)

    response = desk.post(page(open_request, "refer"), {"partner": partner.pk})

    assert response.context["form"].errors == {
        "partner": ["This partner cannot take the request any more. Choose another one."]
    }
    assert open_request.shares.count() == 1


def test_partner_is_not_referred_twice(desk, open_request, partner):
    desk.post(page(open_request, "refer"), {"partner": partner.pk})

    assert open_request.shares.count() == 1


def test_referring_nobody_is_an_error_at_the_field(desk, open_request):
    response = desk.post(page(open_request, "refer"), {})

    assert response.context["form"].errors == {"partner": ["Choose a partner."]}
