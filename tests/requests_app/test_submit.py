"""Submitting a request: what is made, who is told, and which picks are refused."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import clock
from accounts.exceptions import NotPossible
from accounts.models import Notification
from partners.models import Partner
from requests_app import notifications, services
from requests_app.exceptions import PartnersUnavailable, SubmittedOtherwise
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, RequestVersion, Share
from tests.factories import PartnerFactory, category, details_of, make_request, owner_of
from tests.queries import counted

pytestmark = pytest.mark.once_on_postgresql


def written():
    return [model.objects.count() for model in (PartnerRequest, RequestVersion, Share, Event, Notification)]


def test_submit_makes_an_open_request_at_version_one(shop, seller, partner, details):
    request = make_request(shop, [partner])

    request = PartnerRequest.objects.get(pk=request.pk)
    assert (request.status, request.version, request.headline, request.created_by) == ("open", 1, "reviewing", seller)
    assert request.reference.startswith("SPR-")
    assert len(request.reference) == 14
    assert request.details() == details
    assert [(version.number, version.details()) for version in request.versions.all()] == [(1, details)]


def test_submit_shares_with_every_pick_for_seven_days(shop, partner, other_agency):
    request = make_request(shop, [partner, other_agency])

    shares = request.shares.order_by("partner")
    assert [(share.partner, share.status, share.source) for share in shares] == [
        (partner, "reviewing", "picked"),
        (other_agency, "reviewing", "picked"),
    ]
    assert {share.respond_by - share.shared_at for share in shares} == {timedelta(days=7)}
    assert {(share.first_version, share.score, tuple(share.reasons)) for share in shares} == {(1, None, ())}
    assert sorted(Partner.objects.values_list("load", flat=True)) == [1, 1]
    assert list(offenders()) == []


def test_submit_writes_its_history(shop, seller, partner):
    request = make_request(shop, [partner])

    told = [(event.kind, event.actor, event.by, event.share, event.data) for event in request.events.all()]
    assert told == [
        ("submitted", "seller", seller, None, {"version": 1, "type": "choose"}),
        ("shared", "seller", seller, request.shares.get(), {}),
    ]


def test_submit_tells_the_shop_and_those_of_the_partner_who_answer(
    shop, seller, editor, viewer, partner, partner_owner, reviewer, partner_viewer, other_agency
):
    make_request(shop, [partner])

    told = Notification.objects.values_list("user__email", "template").order_by("user__email")
    assert list(told) == [
        (editor.email, "submitted_for_seller"),
        (partner_owner.email, "shared_for_partner"),
        (reviewer.email, "shared_for_partner"),
        (seller.email, "submitted_for_seller"),
    ]


def test_notification_to_a_partner_links_its_share_and_names_no_request(shop, partner, partner_owner, other_agency):
    request = make_request(shop, [partner, other_agency])

    told = partner_owner.notifications.get()
    share = request.shares.get(partner=partner)
    assert told.path == f"/portal/requests/{share.reference}/"
    assert told.context == {
        "shop": "Lumen Skincare",
        "reference": share.reference,
        "partner": "Northlight Commerce",
        "services": [],
        "start": "",
        "category": "Beauty & Personal Care",
        "market": ["GB", "United Kingdom"],
        "budget": "2000.00",
        "currency": "GBP",
        "until": share.respond_by.isoformat(),
    }


UNAVAILABLE = {
    "applied": {"status": "applied"},
    "suspended": {"status": "suspended"},
    "paused": {"paused_until": clock.now() + timedelta(days=1)},
    "fully booked": {"capacity": 0},
    "of another market": {"markets": ("JP", "US")},
}


@pytest.mark.parametrize("reason", UNAVAILABLE)
def test_submit_with_a_partner_that_cannot_be_asked_names_it_and_asks_nobody(reason, shop, partner):
    unavailable = PartnerFactory(name="Blackwater Digital", **UNAVAILABLE[reason])
    before = written()

    with pytest.raises(PartnersUnavailable) as refused:
        make_request(shop, [partner, unavailable])

    assert refused.value.names == ["Blackwater Digital"]
    assert "Blackwater Digital" in refused.value.message
    assert written() == before
    assert Partner.objects.get(pk=partner.pk).load == 0


def test_submit_with_a_partner_whose_pause_is_over_asks_it(shop):
    back = PartnerFactory(paused_until=clock.now() - timedelta(seconds=1))

    assert make_request(shop, [back]).shares.get().partner == back


def test_submit_with_an_unknown_partner_is_refused(shop, seller, partner, details):
    before = written()

    with pytest.raises(PartnersUnavailable) as refused:
        services.submit_request(
            shop=shop,
            by=seller,
            form_token=uuid.uuid4(),
            details=details,
            request_type="choose",
            picks=[partner.pk, 4711],
        )

    assert refused.value.names == []
    assert "an unknown partner" in refused.value.message
    assert written() == before


def test_submit_with_the_same_partner_twice_shares_once(shop, partner):
    request = make_request(shop, [partner, partner])

    assert request.shares.get().partner == partner
    assert Partner.objects.get(pk=partner.pk).load == 1


def test_submit_with_ten_partners_is_taken_and_with_eleven_refused(shop):
    eleven = PartnerFactory.create_batch(11)

    assert make_request(shop, eleven[:10]).shares.count() == 10
    before = written()
    with pytest.raises(NotPossible) as refused:
        make_request(shop, eleven)

    assert refused.value.message == "You can have at most 10 chosen partners at a time."
    assert written() == before


def test_submit_of_the_same_form_twice_gives_the_request_it_made(shop, other_shop, partner):
    token = uuid.uuid4()
    first = make_request(shop, [partner], form_token=token)

    again = make_request(shop, [partner], form_token=token)
    of_other_shop = make_request(other_shop, [partner], form_token=token)

    assert again == first
    assert of_other_shop != first
    assert PartnerRequest.objects.count() == 2


def test_submit_of_the_same_form_with_other_content_is_refused(shop, partner, other_agency):
    """Each field counts, and each choice."""
    token, before = uuid.uuid4(), details_of()
    other = {
        name: value + "1" if isinstance(value, str) else value + 1
        for name, value in before.items()
        if isinstance(value, str | Decimal)
    }
    changes = [{name: value} for name, value in other.items() if name not in {"company_size", "currency", "start"}] + [
        {"company_size": "51-200"}, {"currency": "EUR"}, {"category": category("Shoes")}, {"other_gmv": Decimal(5)},
        {"services": ["ads"]}, {"start": "now"}, {"hide_contact": True}, {"request_type": "refer", "picks": []},
        {"picks": [other_agency]}, {"picks": [partner, other_agency]},
    ]  # fmt: skip
    assert {name for change in changes for name in change} >= set(before)
    first = make_request(shop, [partner], form_token=token)

    for change in changes:
        with pytest.raises(SubmittedOtherwise) as refused:
            make_request(shop, **{"picks": [partner], "form_token": token, **change})
        assert refused.value.request == first

    assert PartnerRequest.objects.count() == 1
    assert first.shares.count() == 1
    assert PartnerRequest.objects.get(pk=first.pk).details() == first.details()


def test_submit_that_breaks_at_its_last_step_leaves_nothing(shop, partner, monkeypatch):
    before = written()

    def break_down(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(notifications, "notifications_of", break_down)
    with pytest.raises(RuntimeError):
        make_request(shop, [partner])

    assert written() == before
    assert Partner.objects.get(pk=partner.pk).load == 0


def test_submit_costs_the_same_for_one_partner_and_for_ten(shop, seller, details):
    ten = PartnerFactory.create_batch(10)
    counts = []

    for picks in (ten[:1], ten):
        with counted() as queries:
            services.submit_request(
                shop=shop,
                by=seller,
                form_token=uuid.uuid4(),
                details=details,
                request_type="choose",
                picks=[partner.pk for partner in picks],
            )
        counts.append(len(queries))

    # person locked, what they and this form did before, whether the contact email is confirmed, partners locked, their
    # market, request, version, shares, loads, end of the chain, events, people of both sides, notifications, what their
    # readers wish; the job that mails them is queued after the commit
    assert counts == [14, 14]


def test_accept_and_close_cost_a_fixed_number_of_statements(shop, seller):
    partners = PartnerFactory.create_batch(10)
    request = make_request(shop, partners)
    share = request.shares.get(partner=partners[0])
    reviewer = owner_of(partners[0])

    with counted() as accepting:
        services.accept_share(share_id=share.pk, by=reviewer, version=1)
    with counted() as closing:
        services.close_request(request_id=request.pk, by=seller)

    # the person locked, and then as above; an answer is counted in the listings, too
    assert (len(accepting), len(closing)) == (14, 13)
