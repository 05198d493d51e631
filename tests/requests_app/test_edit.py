"""Editing a request: versions, the optimistic lock, the difference partners see, accepting an older version."""

from decimal import Decimal

import pytest

from accounts.exceptions import NotPossible
from requests_app import services
from requests_app.exceptions import NewerVersion, PartnersUnavailable
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.visibility import changes_for_partner, changes_for_seller
from tests.factories import PartnerFactory, add_to_partner, category, confirm_contact, details_of, make_request

pytestmark = pytest.mark.once_on_postgresql


def edit(request, by, *, version=1, request_type="choose", hide_contact=False, picks=(), **changes):
    return services.edit_request(
        request_id=request.pk,
        by=by,
        version=version,
        details=details_of(**changes),
        request_type=request_type,
        hide_contact=hide_contact,
        picks=[partner.pk for partner in picks],
    )


def test_edit_makes_the_next_version_and_keeps_the_first(open_request, editor):
    edit(open_request, editor, budget=Decimal("3000.00"), location="")

    request = PartnerRequest.objects.get()
    first, second = request.versions.all()
    assert (request.version, request.budget, request.location) == (2, Decimal(3000), "")
    assert first.details() == details_of()
    assert second.details() == request.details()
    assert second.created_by == editor
    assert request.events.last().data == {"version": 2, "changed": ["location", "budget"]}
    assert list(offenders()) == []


def test_edit_of_the_category_is_kept(open_request, seller):
    shoes = category("Shoes")

    edit(open_request, seller, category=shoes)

    request = PartnerRequest.objects.get()
    assert request.category == shoes
    assert [version.category.name for version in request.versions.all()] == ["Beauty & Personal Care", "Shoes"]


def test_edit_does_not_move_the_time_to_answer(open_request, seller, share):
    edit(open_request, seller, budget=Decimal(3000))

    assert Share.objects.get().respond_by == share.respond_by


def test_edit_that_changes_nothing_makes_no_version_and_tells_nobody(open_request, seller, partner_owner):
    told = partner_owner.notifications.count()

    edit(open_request, seller)

    assert PartnerRequest.objects.get().version == 1
    assert open_request.versions.count() == 1
    assert not open_request.events.filter(kind="edited").exists()
    assert partner_owner.notifications.count() == told


def test_edit_of_who_may_see_the_contact_is_an_event_but_no_version(open_request, seller, partner_owner):
    edit(open_request, seller, hide_contact=True)

    request = PartnerRequest.objects.get()
    assert (request.hide_contact, request.version) == (True, 1)
    assert request.events.last().data == {"version": 1, "changed": ["hide_contact"]}
    assert not partner_owner.notifications.filter(template="edited_for_partner").exists()


def test_edit_from_an_older_version_is_refused_and_changes_nothing(open_request, seller, editor):
    edit(open_request, editor, budget=Decimal(3000))

    with pytest.raises(NewerVersion) as refused:
        edit(open_request, seller, budget=Decimal(4000))

    assert (refused.value.seen, refused.value.current) == (1, 2)
    assert PartnerRequest.objects.get().budget == 3000
    edit(open_request, seller, version=2, budget=Decimal(4000))
    assert PartnerRequest.objects.get().budget == 4000


def test_edit_of_a_closed_request_is_refused_with_the_offer_to_request_again(open_request, seller):
    services.close_request(request_id=open_request.pk, by=seller)

    with pytest.raises(NotPossible) as refused:
        edit(open_request, seller, budget=Decimal(3000))

    assert "You can request again" in refused.value.message
    assert PartnerRequest.objects.get().version == 1


def test_edit_tells_each_live_partner_once(open_request, seller, shop, partner_owner, reviewer, partner_viewer):
    edit(open_request, seller, budget=Decimal(3000))

    told = [person.notifications.filter(template="edited_for_partner").count() for person in (partner_owner, reviewer)]
    assert told == [1, 1]
    assert not partner_viewer.notifications.exists()
    assert not seller.notifications.filter(template__startswith="edited").exists()


def test_person_of_two_partners_hears_of_an_edit_for_each(seller, shop, partner, other_agency, partner_owner):
    add_to_partner(other_agency, partner_owner, "owner")
    request = make_request(shop, [partner, other_agency])

    edit(request, seller, budget=Decimal(2500))

    told = partner_owner.notifications.filter(template="edited_for_partner")
    assert {row.context["partner"] for row in told} == {partner.name, other_agency.name}
    assert {row.path for row in told} == {share.get_absolute_url() for share in request.shares.all()}


def test_edit_does_not_tell_a_partner_whose_share_has_ended(open_request, seller, share, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")

    edit(open_request, seller, budget=Decimal(3000))

    assert not partner_owner.notifications.filter(template="edited_for_partner").exists()


def test_edit_that_adds_a_partner_shares_the_new_version_with_it(open_request, seller, other_agency, other_partner):
    edit(open_request, seller, budget=Decimal(3000), picks=[other_agency])

    added = open_request.shares.get(partner=other_agency)
    assert (added.first_version, added.source, added.status) == (2, "picked", "reviewing")
    assert list(other_partner.notifications.values_list("template", flat=True)) == ["shared_for_partner"]
    assert changes_for_partner(other_partner, added) == []
    assert list(offenders()) == []


@pytest.mark.parametrize("end", ["live", "rejected", "closed"])
def test_edit_that_adds_a_partner_asked_before_is_refused(end, open_request, seller, share, partner, partner_owner):
    if end == "rejected":
        services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    if end == "closed":
        services.close_share(share_id=share.pk, by=seller)

    with pytest.raises(PartnersUnavailable) as refused:
        edit(open_request, seller, budget=Decimal(3000), picks=[partner])

    assert refused.value.names == ["Northlight Commerce"]
    assert PartnerRequest.objects.get().version == 1


def test_edit_counts_live_chosen_partners_against_the_ten(shop, seller):
    partners = PartnerFactory.create_batch(12)
    request = make_request(shop, partners[:9])

    with pytest.raises(NotPossible):
        edit(request, seller, picks=partners[9:11])
    services.close_share(share_id=request.shares.first().pk, by=seller)
    edit(request, seller, picks=partners[9:11])

    assert request.shares.live().count() == 10


def test_edit_to_referral_has_the_platform_refer_others(open_request, seller, other_agency):
    edit(open_request, seller, request_type="refer")

    request = PartnerRequest.objects.get()
    assert (request.request_type, request.version, request.automatic_referrals) == ("refer", 1, 1)
    assert request.shares.get(source="referred").partner == other_agency


# What a partner is shown of it


def difference(changes):
    return {change.name: (change.before, change.after) for change in changes}


def test_partner_is_shown_the_difference_from_the_version_it_was_given(open_request, seller, share, partner_owner):
    edit(open_request, seller, budget=Decimal(3000), company_size="51-200")
    edit(open_request, seller, version=2, budget=Decimal("3500.00"), company_size="51-200", category=category("Shoes"))

    shown = difference(changes_for_partner(partner_owner, Share.objects.get()))

    assert shown == {
        "budget": (Decimal(2000), Decimal(3500)),
        "company_size": ("11-50", "51-200"),
        "category": ("Beauty & Personal Care", "Shoes"),
    }


def test_partner_is_told_that_contact_details_changed_but_not_the_values(open_request, seller, share, partner_owner):
    confirm_contact(open_request.shop, "bea@lumen.example")
    edit(open_request, seller, subject="Bea Marsh", contact_email="bea@lumen.example", location="York")

    shown = difference(changes_for_partner(partner_owner, Share.objects.get()))

    assert shown == {"subject": (None, None), "contact_email": (None, None), "location": (None, None)}


def test_partner_is_shown_changed_free_text_only_while_the_door_is_open(shop, seller, partner, partner_owner):
    request = make_request(shop, [partner], hide_contact=True)
    edit(request, seller, hide_contact=True, other_details="Call +44 20 7946 0000")

    hidden = difference(changes_for_partner(partner_owner, Share.objects.get()))
    services.accept_share(share_id=Share.objects.get().pk, by=partner_owner, version=2)
    shown = difference(changes_for_partner(partner_owner, Share.objects.get()))
    services.close_request(request_id=request.pk, by=seller)
    ended = difference(changes_for_partner(partner_owner, Share.objects.get()))

    assert hidden == {"other_details": (None, None)}
    assert shown == {"other_details": (details_of()["other_details"], "Call +44 20 7946 0000")}
    assert ended == {}


def test_seller_is_shown_every_changed_value(open_request, seller):
    edit(open_request, seller, subject="Bea Marsh", other_gmv=None)

    shown = difference(changes_for_seller(PartnerRequest.objects.get(), since=1))

    assert shown == {"subject": ("Ann Whitfield", "Bea Marsh"), "other_gmv": (Decimal("12500.50"), None)}


def test_partner_that_ended_is_shown_nothing_of_later_edits(open_request, seller, share, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    edit(open_request, seller, budget=Decimal(9000))

    assert changes_for_partner(partner_owner, Share.objects.get()) == []


# Accepting what was read


def test_accept_of_an_older_version_is_refused_until_the_newer_was_seen(open_request, seller, share, partner_owner):
    edit(open_request, seller, budget=Decimal(900))

    with pytest.raises(NewerVersion) as refused:
        services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    assert (refused.value.seen, refused.value.current) == (1, 2)
    assert Share.objects.get().status == "reviewing"

    services.accept_share(share_id=share.pk, by=partner_owner, version=2)
    accepted = Share.objects.get()
    assert (accepted.status, accepted.accepted_version) == ("accepted", 2)
    assert Event.objects.last().data == {"version": 2}


@pytest.mark.parametrize("version", [0, 2, -1])
def test_accept_of_a_version_that_never_was_is_refused(version, share, partner_owner):
    with pytest.raises(NewerVersion):
        services.accept_share(share_id=share.pk, by=partner_owner, version=version)


def test_reject_needs_no_version(open_request, seller, share, partner_owner):
    edit(open_request, seller, budget=Decimal(900))

    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget", note="Too low for us")

    rejected = Share.objects.get()
    assert (rejected.status, rejected.reject_reason, rejected.note, rejected.last_version) == (
        "rejected",
        "budget",
        "Too low for us",
        2,
    )
    assert Event.objects.last().data == {"reason": "budget"}  # the note is free text: not in the history
