"""Closing at both levels, suspending, and what is over when the time to answer is: nothing a partner had is left."""

from datetime import timedelta

import pytest
import time_machine

from accounts import clock
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners import services as partner_services
from partners.models import Partner
from requests_app import services, tasks
from requests_app.authorisations import Authorisation
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.timers import run_timers
from requests_app.visibility import business_profile, contact_details, free_text
from tests.factories import PartnerFactory, make_request, owner_of

pytestmark = pytest.mark.once_on_postgresql


@pytest.fixture
def asked(shop, seller):
    """A request with a reviewing, an accepted and a connected partner, and one that rejected, in this order."""
    request = make_request(shop, PartnerFactory.create_batch(4))
    _reviewing, accepted, connected, rejected = request.shares.select_related("partner").order_by("id")
    for share in (accepted, connected):
        services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
    services.authorise_share(share_id=connected.pk, by=seller, areas={"ads": "manage"}, days=30)
    services.reject_share(share_id=rejected.pk, by=owner_of(rejected.partner), reason="spam")
    return request


def states(request):
    return [(share.status, share.closed_reason) for share in request.shares.order_by("id")]


def doors(request):
    """What each asked partner's owner gets through the door."""
    shares = request.shares.select_related("request", "partner").order_by("id")
    return [
        (contact_details(owner_of(share.partner), share), free_text(owner_of(share.partner), share)) for share in shares
    ]


def test_close_request_ends_every_live_share_and_authorisation(asked, seller):
    assert [contact is not None for contact, _text in doors(asked)] == [True, True, True, False]

    services.close_request(request_id=asked.pk, by=seller)

    request = PartnerRequest.objects.get()
    assert (request.status, request.closed_by, request.headline) == ("closed", "seller", "closed")
    assert states(asked) == [("closed", "request_closed")] * 3 + [("rejected", "")]
    assert list(Authorisation.objects.values_list("end_reason", flat=True)) == ["closed"]
    assert set(Partner.objects.values_list("load", flat=True)) == {0}
    assert doors(asked) == [(None, None)] * 4
    assert list(offenders()) == []


def test_close_request_tells_each_live_partner_once_and_not_who_else_was_asked(asked, seller):
    before = Notification.objects.order_by("id").last().pk

    services.close_request(request_id=asked.pk, by=seller)

    told = Notification.objects.filter(pk__gt=before).select_related("user").order_by("id")
    assert [n.template for n in told] == ["share_closed_for_partner"] * 3
    live = asked.shares.filter(status="closed").order_by("id")
    assert [n.user for n in told] == [owner_of(share.partner) for share in live]
    names = {share.partner.name for share in asked.shares.all()}
    for notification, share in zip(told, live, strict=True):
        assert names & {str(value) for value in notification.context.values()} == {share.partner.name}


def test_close_request_by_staff_keeps_the_reason_and_tells_the_shop(asked, staff, seller, editor):
    before = Notification.objects.order_by("id").last().pk

    services.close_request(request_id=asked.pk, by=staff, staff_reason="asked", staff_note="It left the platform.")

    request = PartnerRequest.objects.get()
    assert (request.closed_by, request.close_note) == ("staff", "It left the platform.")
    assert Event.objects.filter(kind="request_closed").get().by == staff
    told = Notification.objects.filter(pk__gt=before, template="request_closed_for_seller")
    assert {n.user for n in told} == {seller, editor}
    assert list(offenders()) == []


def test_closed_request_takes_no_further_partner(asked, seller, staff, other_agency):
    services.close_request(request_id=asked.pk, by=seller)

    with pytest.raises(NotPossible):
        services.refer_partner(request_id=asked.pk, partner_id=other_agency.pk, by=staff)
    with pytest.raises(NotPossible):
        services.ask_for_referral(request_id=asked.pk, by=seller)

    assert asked.shares.count() == 4


def test_close_for_one_partner_leaves_the_others(asked, seller):
    reviewing = asked.shares.order_by("id").first()

    services.close_share(share_id=reviewing.pk, by=seller)

    request = PartnerRequest.objects.get()
    assert (request.status, request.headline) == ("open", "connected")
    assert states(asked) == [("closed", "seller"), ("accepted", ""), ("connected", ""), ("rejected", "")]
    assert [contact is not None for contact, _text in doors(asked)] == [False, True, True, False]
    assert list(offenders()) == []


def test_close_for_a_connected_partner_ends_its_authorisation(asked, seller):
    connected = asked.shares.get(status="connected")

    services.close_share(share_id=connected.pk, by=seller)

    assert Authorisation.objects.get().end_reason == "closed"
    assert PartnerRequest.objects.get().headline == "accepted"
    assert list(offenders()) == []


def test_close_of_the_last_live_share_needs_the_sellers_decision(open_request, share, seller):
    services.close_share(share_id=share.pk, by=seller)

    assert PartnerRequest.objects.get().headline == "decision"


def test_close_twice_is_refused_with_a_plain_message(open_request, seller):
    services.close_request(request_id=open_request.pk, by=seller)

    with pytest.raises(NotPossible) as refused:
        services.close_request(request_id=open_request.pk, by=seller)

    assert "“Closed” now" in refused.value.message
    assert Event.objects.filter(kind="request_closed").count() == 1


def test_partner_keeps_the_profile_of_the_version_that_was_current_at_its_end(open_request, share, seller, details):
    services.close_share(share_id=share.pk, by=seller)
    services.edit_request(
        request_id=open_request.pk,
        by=seller,
        version=1,
        details=details | {"budget": 9000, "company_size": "1001+"},
        request_type="choose",
        hide_contact=False,
    )

    profile = business_profile(Share.objects.select_related("request__shop__market").get())

    assert (profile.version, profile.budget, profile.company_size) == (1, 2000, "11-50")


# Suspending


def test_suspend_shuts_the_door_before_its_shares_are_closed(asked, staff):
    connected = asked.shares.get(status="connected")
    owner = owner_of(connected.partner)

    partner_services.suspend_partner(partner_id=connected.partner_id, by=staff)

    share = Share.objects.select_related("request", "partner").get(pk=connected.pk)
    assert share.status == "connected"
    assert (contact_details(owner, share), free_text(owner, share)) == (None, None)
    with pytest.raises(NotAllowed):
        services.open_contact(share_id=share.pk, by=owner)


def test_suspend_closes_the_partners_shares_by_task(asked, shop, staff):
    connected = asked.shares.get(status="connected")
    other = make_request(shop, [connected.partner])
    partner_services.suspend_partner(partner_id=connected.partner_id, by=staff)

    tasks.close_shares_of_suspended_partner.call(connected.partner_id)
    tasks.close_shares_of_suspended_partner.call(connected.partner_id)  # a second run finds nothing to do

    ended = Share.objects.filter(partner=connected.partner_id)
    assert {(share.status, share.closed_reason) for share in ended} == {("closed", "partner_suspended")}
    assert Event.objects.filter(kind="share_closed").count() == 2
    assert Partner.objects.get(pk=connected.partner_id).load == 0
    assert Authorisation.objects.get().end_reason == "closed"
    assert PartnerRequest.objects.get(pk=other.pk).headline == "decision"
    assert list(offenders()) == []


def test_timers_close_what_a_lost_task_left_with_a_suspended_partner(asked, staff):
    connected = asked.shares.get(status="connected")
    partner_services.suspend_partner(partner_id=connected.partner_id, by=staff)

    done = run_timers()

    assert done["suspended"] == 1
    assert Share.objects.get(pk=connected.pk).closed_reason == "partner_suspended"


def test_suspend_does_not_touch_a_partner_that_was_reinstated_meanwhile(share, partner, staff):
    partner_services.suspend_partner(partner_id=partner.pk, by=staff)
    partner_services.reinstate_partner(partner_id=partner.pk, by=staff)

    tasks.close_shares_of_suspended_partner.call(partner.pk)

    assert Share.objects.get().status == "reviewing"


# No response


@pytest.mark.parametrize(
    ("after", "status"), [(timedelta(days=7), "closed"), (timedelta(days=7, seconds=-1), "reviewing")]
)
def test_share_lapses_seven_days_after_it_was_shared(after, status, share):
    with time_machine.travel(share.shared_at + after, tick=False):
        run_timers()
        run_timers()

    lapsed = Share.objects.get()
    assert (lapsed.status, lapsed.closed_reason) == (status, "no_response" if status == "closed" else "")
    assert lapsed.partner.shares_unanswered == (1 if status == "closed" else 0)
    assert list(offenders()) == []


def test_lapse_tells_both_sides_and_has_no_author(share, seller, editor, partner_owner, partner_viewer):
    before = Notification.objects.order_by("id").last().pk
    with time_machine.travel(share.respond_by):
        run_timers()

    event = Event.objects.last()
    assert (event.kind, event.actor, event.by, event.data) == (
        "share_closed",
        "platform",
        None,
        {"reason": "no_response"},
    )
    told = Notification.objects.filter(pk__gt=before).values_list("user", "template")
    assert set(told) == {
        (seller.pk, "no_response_for_seller"),
        (editor.pk, "no_response_for_seller"),
        (partner_owner.pk, "share_closed_for_partner"),
    }


def test_accepted_share_does_not_lapse(accepted_share):
    with time_machine.travel(accepted_share.respond_by + timedelta(days=1)):
        assert run_timers()["shares"] == 0

    assert Share.objects.get().status == "accepted"


def test_answers_and_silence_are_counted_for_the_response_rate(share, partner_owner, shop, partner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    second = make_request(shop, [partner]).shares.get()
    services.accept_share(share_id=second.pk, by=partner_owner, version=1)
    services.withdraw_share(share_id=second.pk, by=partner_owner, reason="budget")
    third = make_request(shop, [partner]).shares.get()
    with time_machine.travel(third.respond_by + timedelta(minutes=1)):
        run_timers()

    counted = Partner.objects.get(pk=partner.pk)
    assert (counted.shares_answered, counted.shares_unanswered, counted.load) == (2, 1, 0)
    assert clock.now() < third.respond_by


def test_answer_after_the_time_to_answer_counts_until_the_timer_ran(share, partner_owner):
    with time_machine.travel(share.respond_by + timedelta(hours=1)):
        services.accept_share(share_id=share.pk, by=partner_owner, version=1)
        run_timers()

    assert Share.objects.get().status == "accepted"
