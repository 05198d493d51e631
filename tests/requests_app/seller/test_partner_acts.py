"""Authorise, renew, revoke and close for one partner, and closing the whole request: pages, acts and refusals."""

import pytest
import time_machine
from zeal import zeal_ignore

from requests_app import services
from requests_app.authorisations import Authorisation
from requests_app.models import PartnerRequest, Share
from tests.cast import login
from tests.factories import make_request
from tests.standing import standing

pytestmark = pytest.mark.once

GRANT = {"area_products": "manage", "area_ads": "view", "days": "90", "terms": "on"}


def url(share, verb):
    return f"/requests/{share.request.reference}/partners/{share.reference}/{verb}/"


def status(share):
    return Share.objects.get(pk=share.pk).status


def said(response):
    return [str(message) for message in response.context["messages"]]


# Authorise


def test_authorise_offers_every_area_duration_and_the_terms_unticked(seller_client, accepted_share):
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        form = seller_client.get(url(accepted_share, "authorise")).context["form"]
        lasting = [label for _days, label in form.fields["days"].choices]

    assert [str(field.label) for field in form.area_fields] == [
        "Products", "Orders", "Livestreams", "Creators and affiliates", "Advertising", "Analytics", "Customer service",
    ]  # fmt: skip
    assert [str(label) for _level, label in form.area_fields[0].field.choices] == ["No access", "View", "Manage"]
    assert [field.value() for field in form.area_fields] == [""] * 7
    assert lasting == [
        "30 days, until Sat 26 Dec",
        "90 days, until Wed 24 Feb 2027",
        "180 days, until Tue 25 May 2027",
        "365 days, until Fri 26 Nov 2027",
    ]
    assert not form["terms"].value()
    assert "close_others" not in form.fields


def test_authorise_connects_for_the_areas_and_days_given(seller_client, accepted_share, seller):
    response = seller_client.post(url(accepted_share, "authorise"), GRANT, follow=True)

    assert response.redirect_chain == [(f"/requests/{accepted_share.request.reference}/", 302)]
    assert said(response) == ["You are connected with Northlight Commerce."]
    assert status(accepted_share) == "connected"
    granted = Authorisation.objects.get()
    assert (granted.areas, granted.days, granted.granted_by) == ({"products": "manage", "ads": "view"}, 90, seller)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"area_products": "", "area_ads": ""}, {"__all__": ["Give access to at least one area."]}),
        (
            {"area_products": "all"},
            {"area_products": ["Select a valid choice. all is not one of the available choices."]},
        ),
        ({"days": ""}, {"days": ["Choose for how long."]}),
        ({"days": "31"}, {"days": ["Select a valid choice. 31 is not one of the available choices."]}),
        ({"terms": ""}, {"terms": ["Confirm that you grant this authorisation."]}),
        (
            {"area_products": "", "area_ads": "", "terms": ""},
            {
                "__all__": ["Give access to at least one area."],
                "terms": ["Confirm that you grant this authorisation."],
            },
        ),
    ],
)
def test_authorise_without_areas_duration_or_terms_is_asked_again(change, wrong, seller_client, accepted_share):
    response = seller_client.post(url(accepted_share, "authorise"), GRANT | change)

    assert response.context["form"].errors == wrong
    assert "data-error-summary" in response.content.decode()
    assert status(accepted_share) == "accepted"


def test_missing_area_is_an_error_of_the_group_and_of_no_single_area(seller_client, accepted_share):
    none = {"area_products": "", "area_ads": ""}

    html = seller_client.post(url(accepted_share, "authorise"), GRANT | none).content.decode()

    assert '<p id="areas_error" class="invalid-feedback">Give access to at least one area.</p>' in html
    assert '<fieldset class="form-part" id="areas" aria-describedby="areas_error">' in html
    assert "id_area_products_error" not in html


@standing
def with_another(shop, partner, other_agency, partner_owner):
    """A share that its partner accepted, beside another that is being reviewed."""
    request = make_request(shop, [partner, other_agency])
    share = request.shares.get(partner=partner)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    return Share.objects.select_related("request").get(pk=share.pk)


def test_authorise_offers_unticked_to_close_the_others(seller_client, with_another):
    response = seller_client.get(url(with_another, "authorise"))

    assert "Close this request for the others: Harbour &amp; Pine" in response.content.decode()
    assert not response.context["form"]["close_others"].value()


@pytest.mark.parametrize(("ticked", "other"), [({}, "reviewing"), ({"close_others": "on"}, "closed")])
def test_authorise_closes_the_others_only_when_asked_to(ticked, other, seller_client, with_another, other_agency):
    seller_client.post(url(with_another, "authorise"), GRANT | ticked)

    assert status(with_another) == "connected"
    assert with_another.request.shares.get(partner=other_agency).status == other


# Renew and revoke


def test_renew_begins_with_the_current_areas_and_replaces_them(seller_client, connected_share):
    form = seller_client.get(url(connected_share, "renew")).context["form"]
    response = seller_client.post(url(connected_share, "renew"), GRANT | {"days": "365"}, follow=True)

    assert (form["area_products"].value(), form["days"].value()) == ("view", 30)
    assert said(response) == ["The authorisation of Northlight Commerce is changed."]
    assert Authorisation.objects.get(ended_at=None).days == 365
    assert Authorisation.objects.count() == 2


def test_revoke_says_what_ends_and_stays_and_takes_the_access_away(seller_client, connected_share):
    page = seller_client.get(url(connected_share, "revoke")).content.decode()
    response = seller_client.post(url(connected_share, "revoke"), follow=True)

    assert "Northlight Commerce loses its access at once: Products (view)" in page
    assert "keeps the request and your contact details" in page
    assert ">Revoke authorisation</button>" in page
    assert said(response) == ["The authorisation of Northlight Commerce is revoked."]
    assert status(connected_share) == "accepted"


def test_revoke_says_who_is_told_and_what_follows(seller_client, with_another, seller):
    services.authorise_share(share_id=with_another.pk, by=seller, areas={"orders": "manage"}, days=30)

    response = seller_client.get(url(with_another, "revoke"))

    assert response.context["consequences"].notified == [
        "Northlight Commerce is told that its authorisation ended",
        "Nothing changes for Harbour & Pine",
        "Nobody else is asked. Without another authorisation it closes for Northlight Commerce after 60 days",
    ]


def test_authorise_says_what_happens_to_whom(seller_client, with_another):
    assert seller_client.get(url(with_another, "authorise")).context["effects"] == [
        "Northlight Commerce is told, and has the access you give from then on until its end",
        "Northlight Commerce goes on seeing your contact details, and you go on seeing who opens them",
        "Nothing changes for Harbour & Pine, unless you close the request for them below",
    ]


def test_renew_says_what_it_replaces(seller_client, connected_share):
    effects = seller_client.get(url(connected_share, "renew")).context["effects"]

    assert effects[0].startswith("This replaces at once what Northlight Commerce has now: Products (view), until ")
    assert effects[1] == "Northlight Commerce is told of the new areas and the new end"


# Close for one partner, close the request


def test_close_for_one_partner_says_what_ends_and_leaves_the_others(seller_client, with_another, other_agency):
    page = seller_client.get(url(with_another, "close")).content.decode()
    response = seller_client.post(url(with_another, "close"), follow=True)

    assert "Northlight Commerce can no longer view your contact details" in page
    assert "Nothing changes for Harbour &amp; Pine" in page
    assert "Nobody is asked in place of Northlight Commerce" in page
    assert "Northlight Commerce is told that you closed the request for it" in page
    assert "Northlight Commerce keeps the business profile as it is now" in page
    assert ">Close for this partner</button>" in page
    assert said(response) == ["The request is closed for Northlight Commerce."]
    assert status(with_another) == "closed"
    assert with_another.request.shares.get(partner=other_agency).status == "reviewing"


def test_close_for_a_connected_partner_says_that_its_authorisation_ends(seller_client, connected_share):
    page = seller_client.get(url(connected_share, "close")).content.decode()

    assert "The authorisation of Northlight Commerce ends at once: Products (view)" in page


def test_close_request_lists_exactly_what_will_end_and_for_whom(seller_client, with_another, seller):
    services.authorise_share(share_id=with_another.pk, by=seller, areas={"orders": "manage"}, days=30)

    response = seller_client.get(f"/requests/{with_another.request.reference}/close/")

    assert response.context["consequences"].ends == [
        "The authorisation of Northlight Commerce ends at once: Orders (manage)",
        "Northlight Commerce can no longer view your contact details and can do nothing more with the request",
        "Harbour & Pine can no longer view your contact details and can do nothing more with the request",
        "The request is not shared with anybody else",
    ]
    assert ">Close request</button>" in response.content.decode()
    assert (
        "Told that the request is closed: Northlight Commerce and Harbour & Pine"
        in response.context["consequences"].notified
    )


def test_close_request_closes_it_for_every_partner(seller_client, with_another):
    response = seller_client.post(f"/requests/{with_another.request.reference}/close/", follow=True)

    assert said(response) == ["The request is closed. Its partners have been told."]
    assert PartnerRequest.objects.get().is_open is False
    assert {share.status for share in with_another.request.shares.all()} == {"closed"}


def test_partners_that_ended_before_are_not_listed_as_ending(seller_client, with_another, seller):
    services.close_share(share_id=with_another.pk, by=seller)

    response = seller_client.get(f"/requests/{with_another.request.reference}/close/")

    assert not any("Northlight" in line for line in response.context["consequences"].ends)


# Refusals


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("verb", ["authorise", "renew", "revoke", "close"])
def test_act_on_a_share_that_somebody_closed_is_a_plain_message(method, verb, seller_client, accepted_share, seller):
    services.close_share(share_id=accepted_share.pk, by=seller)

    response = getattr(seller_client, method)(url(accepted_share, verb), GRANT, follow=True)

    assert response.redirect_chain == [(f"/requests/{accepted_share.request.reference}/", 302)]
    assert said(response) == [
        "For Northlight Commerce it is “Closed” now, so this is not possible. Nothing was changed."
    ]


def test_second_click_on_close_is_a_plain_message(seller_client, open_request):
    path = f"/requests/{open_request.reference}/close/"
    seller_client.post(path)

    response = seller_client.post(path, follow=True)

    assert said(response)[-1] == "This request is closed already."


def test_partner_that_withdraws_between_page_and_click_leaves_a_plain_message(
    seller_client, accepted_share, partner_owner, monkeypatch
):
    """The share is accepted when the page looks at it, and withdrawn when the service has its lock."""
    authorise = services.authorise_share

    def late(**values):
        with zeal_ignore():  # two services in one request
            services.withdraw_share(share_id=accepted_share.pk, by=partner_owner, reason="other")
            return authorise(**values)

    monkeypatch.setattr(services, "authorise_share", late)

    response = seller_client.post(url(accepted_share, "authorise"), GRANT, follow=True)

    assert len(said(response)) == 1
    assert "“Rejected”" in said(response)[0]
    assert status(accepted_share) == "rejected"


@pytest.mark.parametrize(
    ("reader", "verb", "reason"),
    [
        ("editor", "authorise", "Only an owner of the shop can do this, since it concerns an authorisation."),
        ("viewer", "authorise", "Only an owner of the shop can do this, since it concerns an authorisation."),
        ("viewer", "close", "Only an owner or editor of the shop can do this."),
    ],
)
def test_role_that_may_not_is_told_why(reader, verb, reason, request, client, accepted_share):
    login(client, request.getfixturevalue(reader))

    for method in (client.get, client.post):
        response = method(url(accepted_share, verb), GRANT, follow=True)
        assert said(response)[0].startswith(reason)
    assert status(accepted_share) == "accepted"


def test_editor_cannot_close_a_connected_request(client, editor, connected_share):
    response = login(client, editor).post(f"/requests/{connected_share.request.reference}/close/", follow=True)

    assert said(response)[0].startswith("Only an owner of the shop can do this")
    assert status(connected_share) == "connected"


@pytest.mark.parametrize("verb", ["authorise", "renew", "revoke", "close"])
def test_share_of_another_request_is_not_found(verb, seller_client, accepted_share, shop, partner, other_agency):
    elsewhere = make_request(shop, [other_agency])
    mixed = f"/requests/{elsewhere.reference}/partners/{accepted_share.reference}/{verb}/"

    assert seller_client.get(mixed).status_code == 404
    assert seller_client.post(mixed, GRANT).status_code == 404


@pytest.mark.parametrize("verb", ["authorise", "renew", "revoke", "close"])
def test_share_of_another_shop_is_not_found(verb, client, other_seller, other_shop, accepted_share):
    login(client, other_seller)

    assert client.get(url(accepted_share, verb)).status_code == 404
    assert client.post(url(accepted_share, verb), GRANT).status_code == 404
    assert status(accepted_share) == "accepted"
