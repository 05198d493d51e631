"""Every mail of a share and a request, in the states that can cause it: what it says is so (tests/faults/truth.py)."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from accounts import clock, outbox
from accounts.models import Notification
from partners.services import suspend_partner
from requests_app import automatic, contacts, holds, services
from requests_app.models import PartnerRequest
from requests_app.proposals.models import Proposal
from requests_app.proposals.services import withdraw_proposal
from requests_app.timers import run_timers
from tests import locks
from tests.factories import (
    PartnerFactory,
    details_of,
    lapse,
    make_request,
    owner_of,
    propose,
    write_as_partner,
    write_as_seller,
)
from tests.faults import truth

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GRANT = {"areas": {"ads": "view"}, "days": 30}


def accept(share):
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=share.request.version)


def reject(share):
    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")


def connect(share):
    accept(share)
    services.authorise_share(share_id=share.pk, by=owner_of(share.request.shop), **GRANT)


def shared(shop, number, **values):
    """The shares of a request: with so many picked partners, or with those that the platform refers."""
    picks = PartnerFactory.create_batch(number)
    return list(make_request(shop, picks, **values).shares.order_by("pk"))


def next_partner_is_asked(shop, staff):
    PartnerFactory.create_batch(5)
    first, second, *_others = shared(shop, 0)
    reject(first)
    lapse(second)


def nobody_is_left_today(shop, staff):
    PartnerFactory()
    [share] = shared(shop, 0)
    reject(share)


def nobody_was_ever_found(shop, staff):
    make_request(shop)


def place_stays_empty(shop, staff):
    PartnerFactory()
    [share] = shared(shop, 0)
    connect(share)
    services.end_connection(share_id=share.pk, by=owner_of(share.partner), reason="terms")


def picks_reject_withdraw_and_are_silent(shop, staff):
    rejecting, withdrawing, silent = shared(shop, 3)
    reject(rejecting)
    accept(withdrawing)
    services.withdraw_share(share_id=withdrawing.pk, by=owner_of(withdrawing.partner), reason="other")
    lapse(silent)


def staff_close_one_and_all(shop, staff):
    connected, reviewing = shared(shop, 2)
    connect(connected)
    services.close_share_as_staff(share_id=reviewing.pk, by=staff, reason="unreachable")
    services.close_request(request_id=connected.request_id, by=staff, staff_reason="rules", staff_note="Fake goods.")


def staff_close_what_nobody_has(shop, staff):
    request = make_request(shop)
    services.close_request(request_id=request.pk, by=staff, staff_reason="other")


def it_is_edited_while_one_reviews_and_one_has_accepted(shop, staff):
    reviewing, accepted = shared(shop, 2)
    accept(accepted)
    services.edit_request(
        request_id=reviewing.request_id,
        by=owner_of(shop),
        version=1,
        details=details_of(budget=3000),
        request_type="choose",
        hide_contact=False,
    )


def authorisations_end(shop, staff):
    revoked, expiring, closed = shared(shop, 3)
    for share in (revoked, expiring, closed):
        connect(share)
    services.revoke_share(share_id=revoked.pk, by=owner_of(shop))
    services.close_share(share_id=closed.pk, by=owner_of(shop))
    with time_machine.travel(expiring.shared_at + timedelta(days=31)):
        run_timers()


def partner_is_suspended(shop, staff):
    connected, reviewing = shared(shop, 2)
    connect(connected)
    for share in (connected, reviewing):
        suspend_partner(partner_id=share.partner_id, by=staff)
    run_timers()


FOREIGN = "desk@elsewhere.example"


def edit_contact(request, by):
    request = PartnerRequest.objects.get(pk=request.pk)
    services.edit_request(
        request_id=request.pk,
        by=by,
        version=request.version,
        details=request.details() | {"contact_email": FOREIGN},
        request_type=request.request_type,
        hide_contact=False,
    )


def reject_as_spam(*shares):
    for share in shares:
        services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="spam")


def contact_is_confirmed_after_a_reminder(shop, staff):
    request = make_request(shop, PartnerFactory.create_batch(2), contact_email=FOREIGN, confirmed=False)
    with clock.at(request.held_since + timedelta(days=1)):
        automatic.advance_request(request_id=request.pk)
        holds.confirm_contact(token=contacts.token_for(request))


def contact_is_confirmed_and_nobody_fits(shop, staff):
    request = make_request(shop, contact_email=FOREIGN, confirmed=False)
    holds.confirm_contact(token=contacts.token_for(request))


def contact_is_never_confirmed(shop, staff):
    request = make_request(shop, contact_email=FOREIGN, confirmed=False)
    for days in (1, 7):
        with clock.at(request.held_since + timedelta(days=days)):
            automatic.advance_request(request_id=request.pk)


def partners_answer_while_the_contact_is_not_confirmed(shop, staff):
    rejecting, silent, staying = shared(shop, 3)
    edit_contact(rejecting.request, owner_of(shop))
    with clock.at(clock.now() + timedelta(days=1)):
        automatic.advance_request(request_id=rejecting.request_id)
    reject(rejecting)
    with time_machine.travel(silent.respond_by + timedelta(hours=1)):
        automatic.advance_share(share_id=silent.pk)
        holds.confirm_contact(token=contacts.token_for(PartnerRequest.objects.get(pk=staying.request_id)))


def referred_partner_takes_it_for_spam(shop, staff):
    PartnerFactory.create_batch(5)
    first, *_others = shared(shop, 0)
    reject_as_spam(first)


def last_partners_take_it_for_spam(shop, staff):
    PartnerFactory.create_batch(2)
    taking = shared(shop, 0)
    reject_as_spam(*taking)
    holds.release_request(request_id=taking[0].request_id, by=staff, reason="genuine")


def partners_answer_while_staff_look_at_it(shop, staff):
    PartnerFactory.create_batch(8)
    first, second, third = shared(shop, 0)
    reject_as_spam(first, second)
    reject(third)
    edit_contact(third.request, owner_of(shop))
    holds.release_request(request_id=third.request_id, by=staff, reason="corrected")


def held_request_is_closed_by_staff(shop, staff):
    taking = shared(shop, 2)
    reject_as_spam(*taking)
    services.close_request(request_id=taking[0].request_id, by=staff, staff_reason="not_genuine")


def partner_asks_twice_and_the_seller_is_slow(shop, staff):
    [share] = shared(shop, 1)
    write_as_partner(share)
    with clock.at(share.shared_at + timedelta(days=1, minutes=1)):
        automatic.advance_share(share_id=share.pk)
        write_as_seller(share)
        write_as_partner(share, "And in May?")
    with clock.at(share.shared_at + timedelta(days=2, minutes=2)):
        automatic.advance_share(share_id=share.pk)
        write_as_seller(share)


def partner_proposes_changes_and_lets_it_end(shop, staff):
    [share] = shared(shop, 1)
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1, message="Hello")
    write_as_seller(share)
    propose(share)
    propose(share, seen=1, months=12, included="Four streams a week")
    proposal = Proposal.objects.get()
    for moment in (proposal.valid_until - timedelta(days=2), proposal.valid_until):
        with clock.at(moment):
            automatic.advance_proposal(proposal_id=proposal.pk)
    with clock.at(moment + timedelta(days=1)):
        propose(share, seen=2)
        withdraw_proposal(share_id=share.pk, by=owner_of(share.partner), seen=3)


SCENES = [
    partner_asks_twice_and_the_seller_is_slow,
    partner_proposes_changes_and_lets_it_end,
    contact_is_confirmed_after_a_reminder,
    contact_is_confirmed_and_nobody_fits,
    contact_is_never_confirmed,
    partners_answer_while_the_contact_is_not_confirmed,
    referred_partner_takes_it_for_spam,
    last_partners_take_it_for_spam,
    partners_answer_while_staff_look_at_it,
    held_request_is_closed_by_staff,
    next_partner_is_asked,
    nobody_is_left_today,
    nobody_was_ever_found,
    place_stays_empty,
    picks_reject_withdraw_and_are_silent,
    staff_close_one_and_all,
    staff_close_what_nobody_has,
    it_is_edited_while_one_reviews_and_one_has_accepted,
    authorisations_end,
    partner_is_suspended,
]


def test_every_claim_is_made_and_true(shop, staff, monkeypatch):
    """Each mail is read when its notification is written, and each claim stands in one of them at least."""
    seen, asked = truth.watch(monkeypatch), 0

    for scene in SCENES:
        with locks.world_of_tests():
            scene(shop, staff)
            asked += truth.check_asked()
            transaction.set_rollback(True)

    assert asked >= 5
    assert [truth.CLAIMS[number][:2] for number in range(len(truth.CLAIMS)) if not seen[number, True]] == []


def test_mail_that_claims_too_much_is_found(shop, seller, accepted_share):
    services.close_share(share_id=accepted_share.pk, by=seller)
    row = Notification.objects.get(template="share_closed_for_partner")
    truth.check_mail(row, Counter())
    row.context["authorised"] = True

    with pytest.raises(AssertionError, match="uthorisation"):
        truth.check_mail(row, Counter())


def test_partner_that_only_reviewed_and_is_suspended_had_no_authorisation(share, seller, staff):
    suspend_partner(partner_id=share.partner_id, by=staff)
    run_timers()

    row = Notification.objects.get(template="share_closed_for_seller", user=seller)
    assert "uthoris" not in outbox.mail_of([row]).body


def test_seller_is_not_notified_that_it_goes_on_where_it_waits_for_its_contact_then(shop, seller, staff):
    partners_answer_while_staff_look_at_it(shop, staff)

    held = Notification.objects.filter(user=seller, template="held_for_seller").order_by("pk")
    assert [row.context["hold"] for row in held] == ["screening", "contact"]
    assert not Notification.objects.filter(user=seller, template="released_for_seller").exists()


def test_mail_of_several_says_that_a_request_is_on_hold(shop, seller):
    rejecting, silent = shared(shop, 2)
    edit_contact(rejecting.request, seller)
    reject(rejecting)
    lapse(silent)

    rows = Notification.objects.filter(user=seller, template__in=truth.ENDS).order_by("pk")
    body = " ".join(outbox.mail_of(list(rows)).body.split())
    assert "The request is on hold: nobody else is asked for now." in body
    assert "choose partners" not in body
