"""The door: who is given contact details and free text, in every combination of what it depends on."""

from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners.models import Partner
from requests_app import services
from requests_app.models import Event, PartnerRequest, Share
from requests_app.visibility import (
    ContactDetails,
    FreeText,
    business_profile,
    contact_details,
    contact_openings,
    door_is_open,
    free_text,
    own_details,
    visible_share,
)
from tests.factories import make_request

STATES = ("reviewing", "accepted", "connected", "closed", "rejected", "withdrawn", "request_closed")
CONTACT = ContactDetails("Ann Whitfield", "ann.whitfield@lumen.example", "Unit 4, Kirkstall Forge, Leeds")
TEXT = FreeText("Vitamin C serum, 30 ml", "We launch a new line in spring and have nobody for livestreams.")

# Status, whether the seller hides until acceptance, the partner's status -> whether the door is open. All others: shut.
OPEN = {
    ("reviewing", False, "approved"),
    ("accepted", False, "approved"),
    ("accepted", True, "approved"),
    ("connected", False, "approved"),
    ("connected", True, "approved"),
}
MEMBERS = ("partner_owner", "reviewer", "partner_viewer")
OTHERS = ("seller", "editor", "viewer", "other_seller", "other_partner", "staff", "clerk")


def bring(share, state, seller, partner_owner):
    ids = {"share_id": share.pk}
    if state in ("accepted", "connected", "withdrawn"):
        services.accept_share(**ids, by=partner_owner, version=1)
    match state:
        case "connected":
            services.authorise_share(**ids, by=seller, areas={"ads": "view"}, days=30)
        case "closed":
            services.close_share(**ids, by=seller)
        case "rejected":
            services.reject_share(**ids, by=partner_owner, reason="budget")
        case "withdrawn":
            services.withdraw_share(**ids, by=partner_owner, reason="budget")
        case "request_closed":
            services.close_request(request_id=share.request_id, by=seller)
    return fetched(share)


def fetched(share):
    return Share.objects.select_related("request__shop__market", "request__category", "partner").get(pk=share.pk)


@pytest.fixture
def people(request, other_shop, other_agency):
    return {role: request.getfixturevalue(role) for role in (*MEMBERS, *OTHERS)}


@pytest.mark.parametrize(("state", "hide"), list(product(STATES, [False, True])))
def test_door_by_status_hiding_partner_and_viewer(state, hide, people, shop, partner, other_agency):
    share = make_request(shop, [partner, other_agency], hide_contact=hide).shares.get(partner=partner)
    bring(share, state, people["seller"], people["partner_owner"])

    for status in ("approved", "suspended", "applied"):
        Partner.objects.filter(pk=partner.pk).update(status=status)
        looked_at = fetched(share)
        is_open = (state, hide, status) in OPEN
        given = {role: (contact_details(p, looked_at), free_text(p, looked_at)) for role, p in people.items()}
        assert door_is_open(looked_at) is is_open
        assert given == dict.fromkeys(MEMBERS, (CONTACT, TEXT) if is_open else (None, None)) | dict.fromkeys(
            OTHERS, (None, None)
        )


def test_door_is_shut_by_the_request_alone(share, partner_owner):
    """Also where a share was left behind live."""
    PartnerRequest.objects.update(status="closed", closed_at=share.shared_at, closed_by="seller")

    assert contact_details(partner_owner, fetched(share)) is None


def test_door_opens_when_the_seller_stops_hiding(shop, seller, partner, partner_owner, details):
    request = make_request(shop, [partner], hide_contact=True)
    share = request.shares.get()
    assert contact_details(partner_owner, fetched(share)) is None

    services.edit_request(
        request_id=request.pk, by=seller, version=1, details=details, request_type="choose", hide_contact=False
    )

    assert contact_details(partner_owner, fetched(share)) == CONTACT


def test_member_who_left_the_partner_is_given_nothing(share, partner, reviewer):
    assert contact_details(reviewer, fetched(share)) == CONTACT

    partner.members.filter(user=reviewer).delete()

    assert contact_details(reviewer, fetched(share)) is None
    with pytest.raises(NotAllowed):
        services.open_contact(share_id=share.pk, by=reviewer)


def test_whoever_is_signed_out_is_given_nothing(share):
    assert contact_details(AnonymousUser(), fetched(share)) is None
    assert free_text(AnonymousUser(), fetched(share)) is None


def test_every_opening_is_an_event_the_seller_reads(share, partner_owner, partner_viewer, open_request):
    given = [services.open_contact(share_id=share.pk, by=person) for person in (partner_owner, partner_viewer)]

    assert given == [CONTACT, CONTACT]
    read = [(event.by, event.share.partner.name) for event in contact_openings(open_request)]
    assert read == [(partner_viewer, "Northlight Commerce"), (partner_owner, "Northlight Commerce")]
    assert {str(event.data) for event in Event.objects.filter(kind="contact_opened")} == {"{}"}


def test_opening_behind_a_shut_door_gives_nothing_and_is_no_event(shop, partner, partner_owner):
    share = make_request(shop, [partner], hide_contact=True).shares.get()

    with pytest.raises(NotPossible):
        services.open_contact(share_id=share.pk, by=partner_owner)

    assert not Event.objects.filter(kind="contact_opened").exists()


def test_staff_are_given_all_on_record(open_request, staff, details):
    assert services.open_contact_as_staff(request_id=open_request.pk, by=staff) == details

    event = contact_openings(open_request).get()
    assert (event.actor, event.by, event.share) == ("staff", staff, None)


def test_own_details_are_the_shops_members(people, open_request, details):
    given = {role: own_details(person, open_request) for role, person in people.items()}

    assert given == dict.fromkeys(people) | dict.fromkeys(("seller", "editor", "viewer"), details)


@pytest.mark.parametrize("state", STATES)
def test_business_profile_has_no_place_for_what_is_behind_the_door(state, share, seller, partner_owner):
    profile = business_profile(bring(share, state, seller, partner_owner))

    assert (profile.shop, profile.market) == ("Lumen Skincare", "United Kingdom")
    told = repr(profile)
    assert not [secret for secret in (*vars(CONTACT).values(), *vars(TEXT).values()) if secret in told]


# Rows


def test_request_is_seen_by_its_shop_alone(people, open_request):
    seen = [role for role, person in people.items() if PartnerRequest.objects.visible_to(person).exists()]

    assert seen == ["seller", "editor", "viewer"]
    assert not PartnerRequest.objects.visible_to(AnonymousUser()).exists()


def test_share_is_seen_by_its_partner_alone(people, share):
    seen = [role for role, person in people.items() if Share.objects.visible_to(person).exists()]

    assert seen == ["partner_owner", "reviewer", "partner_viewer"]
    assert not Share.objects.visible_to(AnonymousUser()).exists()


def test_partner_sees_its_own_share_of_a_request_and_not_the_others(shop, partner, partner_owner, other_agency):
    request = make_request(shop, [partner, other_agency])
    own, other = request.shares.order_by("partner")

    assert list(Share.objects.visible_to(partner_owner)) == [own]
    assert visible_share(partner_owner, own.reference) == own
    with pytest.raises(Share.DoesNotExist):
        visible_share(partner_owner, other.reference)


def test_names_of_rows_carry_references_only(open_request, share, connected_share):
    event, told = Event.objects.last(), Notification.objects.last()
    version, authorisation = open_request.versions.get(), connected_share.authorisations.get()

    assert [str(open_request), str(share)] == [open_request.reference, share.reference]
    assert [str(event), str(told)] == [f"{event.kind} {event.pk}", f"{told.template} {told.source}"]
    assert [str(version), str(authorisation)] == [
        f"version 1 of request {open_request.pk}",
        f"authorisation {authorisation.pk}",
    ]
