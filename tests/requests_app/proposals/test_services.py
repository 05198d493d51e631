"""What a partner proposes, changes and takes back, what time does to it, and what the seller chooses."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners import services as partner_services
from partners.choices import Currency
from requests_app import services
from requests_app.authorisations import Authorisation
from requests_app.exceptions import MovedOn, NewerProposal, TooManyVersions
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.proposals.services import withdraw_proposal
from requests_app.timers import run_timers
from tests.factories import details_of, make_request, propose
from tests.queries import counted
from tests.world import world

pytestmark = pytest.mark.once_on_postgresql

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
AREAS = {"ads": "view"}
STATES = ("reviewing", "accepted", "connected", "closed", "rejected", "request closed")


@pytest.fixture
def travel():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def proposed(travel, accepted_share):
    """An accepted share with a proposal of START that is valid for 14 days."""
    propose(accepted_share)
    return accepted_share


def bring(share, state, seller, partner_owner):
    if state in ("accepted", "connected"):
        services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    if state == "connected":
        services.authorise_share(share_id=share.pk, by=seller, areas=AREAS, days=30)
    if state == "closed":
        services.close_share(share_id=share.pk, by=seller)
    if state == "rejected":
        services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    if state == "request closed":
        services.close_request(request_id=share.request_id, by=seller)


def kinds(share):
    return [event.kind for event in share.events.order_by("pk") if event.kind.startswith("propos")]


def told():
    rows = Notification.objects.filter(template__startswith="propos").order_by("pk")
    return list(rows.values_list("template", "user__name"))


def withdraw(share, by, seen=1):
    return withdraw_proposal(share_id=share.pk, by=by, seen=seen)


def authorise(share, by, proposal):
    return services.authorise_share(share_id=share.pk, by=by, areas=AREAS, days=30, proposal=proposal)


# Who, and when


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", ["partner_owner", "reviewer", "partner_viewer", "other_partner", "seller", "staff"])
def test_proposal_in_a_status_by_every_role(role, state, share, seller, partner_owner, request, other_agency):
    by = request.getfixturevalue(role)
    bring(share, state, seller, partner_owner)
    before = world()
    expected = None if state == "accepted" else MovedOn
    expected = expected if role in ("partner_owner", "reviewer") else NotAllowed

    for act in (propose, lambda share, by: withdraw(share, by)):
        if expected:
            with pytest.raises(expected) as refused:
                act(share, by=by)
            assert refused.value.message
            assert world() == before
        else:
            act(share, by=by)
            assert list(offenders()) == []
    assert not expected or not Proposal.objects.exists()


def test_partner_that_was_suspended_proposes_nothing(proposed, partner, staff, partner_owner):
    partner_services.suspend_partner(partner_id=partner.pk, by=staff)

    for act in (lambda: propose(proposed, seen=1, months=9), lambda: withdraw(proposed, partner_owner)):
        with pytest.raises(NotAllowed):
            act()


# Versions


def test_each_change_is_a_version_and_tells_which_terms_differ(proposed, reviewer):
    propose(proposed, by=reviewer, seen=1, amount=Decimal(1500), included="Four streams a week.")

    proposal = Proposal.objects.get()
    assert (proposal.number, proposal.status) == (2, "sent")
    assert list(proposal.versions.values_list("number", "amount", "created_by__name", "currency")) == [
        (1, Decimal("1800.00"), "Petra Partner", "GBP"),
        (2, Decimal("1500.00"), "Rita Reviewer", "GBP"),
    ]
    assert list(proposed.events.filter(kind="proposed").order_by("pk").values_list("data", flat=True)) == [
        {"number": 1, "changed": []},
        {"number": 2, "changed": ["amount", "included"]},
    ]
    assert told() == [("proposed_for_seller", "Sarah Seller")] * 2
    assert list(offenders()) == []


def test_same_terms_again_are_no_version(proposed, reviewer):
    before = world()

    propose(proposed, by=reviewer, seen=1)
    propose(proposed, seen=0)  # a double click on the first form

    assert world() == before


@pytest.mark.parametrize("seen", [0, 2, 7])
def test_change_of_a_version_that_is_not_the_newest_is_refused(seen, proposed):
    before = world()

    with pytest.raises(NewerProposal):
        propose(proposed, seen=seen, months=12)

    assert world() == before


def test_withdrawn_proposal_may_be_sent_again_with_the_same_terms(proposed, partner_owner):
    withdraw(proposed, partner_owner)
    propose(proposed, seen=1)

    proposal = Proposal.objects.get()
    assert (proposal.number, proposal.status) == (2, "sent")
    assert kinds(proposed) == ["proposed", "proposal_withdrawn", "proposed"]
    assert proposed.events.filter(kind="proposed").last().data == {"number": 2, "changed": []}
    assert list(offenders()) == []


def test_proposal_is_in_the_currency_that_the_request_has_then(proposed, seller, partner_owner):
    services.edit_request(
        request_id=proposed.request_id, by=seller, version=1, details=details_of(currency="EUR"),
        request_type="choose", hide_contact=False,
    )  # fmt: skip

    propose(proposed, seen=1)

    assert list(ProposalVersion.objects.values_list("currency", flat=True)) == ["GBP", "EUR"]
    assert proposed.events.filter(kind="proposed").last().data == {"number": 2, "changed": ["currency"]}


def test_proposal_in_a_currency_that_is_not_in_use_any_more_is_refused(accepted_share):
    PartnerRequest.objects.update(currency="DEM")
    assert "DEM" not in Currency

    with pytest.raises(NotPossible, match="currency is not in use"):
        propose(accepted_share)

    assert not Proposal.objects.exists()


@pytest.mark.parametrize("ago", [timedelta(), SECOND, 9 * DAY])
def test_proposal_that_has_ended_already_is_refused(ago, travel, accepted_share):
    with pytest.raises(NotPossible, match="would have ended already"):
        propose(accepted_share, valid_until=START - ago)

    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "prices", [{"price": "commission", "amount": None, "percent": Decimal("12.50")}, {"price": "once"}]
)
def test_commission_and_one_time_price_are_kept(prices, accepted_share):
    propose(accepted_share, **prices)

    row = ProposalVersion.objects.get()
    assert {name: getattr(row, name) for name in prices} == prices


def test_proposal_is_sent_so_often_a_day_and_no_more(travel, proposed):
    for seen in range(1, 20):
        propose(proposed, seen=seen, months=seen + 3)
    with pytest.raises(TooManyVersions, match="20 times within a day"):
        propose(proposed, seen=20, months=40)
    assert ProposalVersion.objects.count() == 20

    travel.shift(DAY)
    propose(proposed, seen=20, months=40)

    assert Proposal.objects.get().number == 21


# Taken back


def test_withdrawn_proposal_is_told_to_the_seller_and_cannot_be_chosen(proposed, reviewer, seller):
    withdraw(proposed, reviewer)

    assert Proposal.objects.get().status == "withdrawn"
    assert Proposal.objects.get().next_step_at is None
    assert told()[1:] == [("proposal_withdrawn_for_seller", "Sarah Seller")]
    with pytest.raises(NewerProposal):
        authorise(proposed, seller, 1)
    assert Share.objects.get().status == "accepted"
    assert list(offenders()) == []


@pytest.mark.parametrize("seen", [0, 2])
def test_withdrawal_of_a_version_that_is_not_the_newest_is_refused(seen, proposed, partner_owner):
    with pytest.raises(NewerProposal):
        withdraw(proposed, partner_owner, seen)

    assert kinds(proposed) == ["proposed"]


def test_second_withdrawal_is_refused(proposed, partner_owner):
    withdraw(proposed, partner_owner)

    with pytest.raises(MovedOn, match="Withdrawn"):
        withdraw(proposed, partner_owner)


def test_proposal_that_is_not_there_cannot_be_withdrawn(accepted_share, partner_owner):
    with pytest.raises(NewerProposal):
        withdraw(accepted_share, partner_owner, 0)


# Time


def test_seller_is_reminded_two_days_before_the_end_and_then_both_are_told_of_it(travel, proposed, partner_owner):
    seen = []
    for moment in (12 * DAY - SECOND, 12 * DAY, 13 * DAY, 14 * DAY - SECOND, 14 * DAY, 15 * DAY):
        travel.move_to(START + moment)
        run_timers()
        seen.append(len(kinds(proposed)))

    assert seen == [1, 2, 2, 2, 3, 3]
    assert kinds(proposed) == ["proposed", "proposal_reminded", "proposal_expired"]
    assert proposed.events.get(kind="proposal_reminded").data == {"days": 2}
    assert sorted(told()[1:]) == [
        ("proposal_expired_for_partner", "Petra Partner"),
        ("proposal_expired_for_seller", "Sarah Seller"),
        ("proposal_reminded_for_seller", "Sarah Seller"),
    ]
    assert Proposal.objects.get().status == "expired"
    assert set(run_timers().values()) == {0}
    assert list(offenders()) == []


def test_late_timer_tells_of_the_end_alone(travel, proposed):
    travel.move_to(START + 20 * DAY)
    run_timers()

    assert kinds(proposed) == ["proposed", "proposal_expired"]


def test_new_version_begins_its_time_anew(travel, proposed):
    travel.move_to(START + 12 * DAY)
    run_timers()
    propose(proposed, seen=1)
    for moment in (14, 24, 26):
        travel.move_to(START + moment * DAY)
        run_timers()

    assert kinds(proposed) == [
        "proposed", "proposal_reminded", "proposed", "proposal_reminded", "proposal_expired",
    ]  # fmt: skip
    assert list(offenders()) == []


@pytest.mark.parametrize(("days", "reminded"), [(1, 0), (2, 0), (3, 1)])
def test_proposal_that_ends_soon_is_not_reminded_of_beside_the_mail_that_tells_of_it(
    days, reminded, travel, accepted_share
):
    propose(accepted_share, valid_until=START + days * DAY)
    propose(accepted_share, seen=1, valid_until=START + days * DAY, months=9)
    for day in range(days + 1):
        travel.move_to(START + day * DAY)
        run_timers()

    reminders = ["proposal_reminded"] * reminded
    assert kinds(accepted_share) == ["proposed", "proposed", *reminders, "proposal_expired"]
    assert list(offenders()) == []


def test_change_within_the_last_days_brings_no_further_reminder(travel, proposed):
    travel.move_to(START + 12 * DAY)
    run_timers()
    propose(proposed, seen=1, months=9, valid_until=START + 14 * DAY)
    for day in (12, 13, 14):
        travel.move_to(START + day * DAY)
        run_timers()

    assert kinds(proposed) == ["proposed", "proposal_reminded", "proposed", "proposal_expired"]


@pytest.mark.parametrize("end", ["connected", "withdrawn", "closed"])
def test_proposal_ends_without_a_word_where_the_share_is_not_accepted_any_more(
    end, travel, proposed, seller, partner_owner
):
    if end == "connected":
        services.authorise_share(share_id=proposed.pk, by=seller, areas=AREAS, days=90)
    elif end == "withdrawn":
        services.withdraw_share(share_id=proposed.pk, by=partner_owner, reason="other")
    else:
        services.close_request(request_id=proposed.request_id, by=seller)
    before = told()

    for moment in (12 * DAY, 14 * DAY):
        travel.move_to(START + moment)
        run_timers()

    assert Proposal.objects.get().status == "expired"
    assert (kinds(proposed), told()) == (["proposed"], before)
    assert list(offenders()) == []


# Chosen


def test_authorising_by_a_proposal_records_its_version(proposed, seller):
    propose(proposed, seen=1, months=12)

    authorise(proposed, seller, 2)

    assert (Proposal.objects.get().status, Proposal.objects.get().chosen_number) == ("chosen", 2)
    assert Authorisation.objects.get().proposal_number == 2
    assert proposed.events.get(kind="authorised").data == {"areas": AREAS, "days": 30, "proposal": 2}
    assert Proposal.objects.get().next_step_at is None
    assert list(offenders()) == []


def test_authorising_without_a_proposal_chooses_none(proposed, seller):
    services.authorise_share(share_id=proposed.pk, by=seller, areas=AREAS, days=30)

    assert (Proposal.objects.get().status, Proposal.objects.get().chosen_number) == ("sent", None)
    assert "proposal" not in proposed.events.get(kind="authorised").data
    assert list(offenders()) == []


@pytest.mark.parametrize("number", [1, 3])
def test_authorising_by_a_stale_version_is_refused_and_authorises_nothing(number, proposed, seller):
    propose(proposed, seen=1, months=12)
    before = world()

    with pytest.raises(NewerProposal):
        authorise(proposed, seller, number)

    assert world() == before


def test_expired_proposal_cannot_be_chosen_also_before_the_timer_says_so(travel, proposed, seller):
    travel.move_to(START + 14 * DAY)
    before = world()

    with pytest.raises(NewerProposal):
        authorise(proposed, seller, 1)

    assert world() == before


def test_expired_proposal_may_be_sent_again_with_the_same_terms_but_its_end(travel, proposed):
    travel.move_to(START + 15 * DAY)

    propose(proposed, seen=1)

    assert Proposal.objects.get().number == 2
    run_timers()
    assert kinds(proposed) == ["proposed", "proposed"]  # the first ended unsaid: there is another
    assert list(offenders()) == []


def test_proposal_of_another_share_cannot_be_chosen(proposed, shop, other_agency, other_partner, seller):
    other = make_request(shop, [other_agency]).shares.get()
    services.accept_share(share_id=other.pk, by=other_partner, version=1)

    with pytest.raises(NewerProposal):
        authorise(other, seller, 1)

    assert Share.objects.get(pk=other.pk).status == "accepted"


def test_chosen_proposal_may_be_changed_once_the_authorisation_has_ended_and_be_chosen_again(proposed, seller):
    authorise(proposed, seller, 1)
    services.revoke_share(share_id=proposed.pk, by=seller)
    propose(proposed, seen=1, months=9)
    authorise(proposed, seller, 2)

    assert (Proposal.objects.get().status, Proposal.objects.get().chosen_number) == ("chosen", 2)
    assert list(Authorisation.objects.order_by("pk").values_list("proposal_number", flat=True)) == [1, 2]
    assert list(offenders()) == []


@pytest.mark.parametrize("role", ["editor", "viewer", "other_seller", "partner_owner"])
def test_proposal_is_chosen_by_an_owner_of_the_shop_alone(role, proposed, request):
    with pytest.raises(NotAllowed):
        authorise(proposed, request.getfixturevalue(role), 1)

    assert Proposal.objects.get().status == "sent"


def test_notifications_and_events_hold_no_words_of_it(proposed):
    propose(proposed, seen=1, included="Our codeword is xylophone")

    assert "xylophone" not in str(list(Notification.objects.values()))
    assert "xylophone" not in str(list(proposed.request.events.values("kind", "data")))


# Costs


def test_proposal_takes_as_many_statements_after_many_versions(accepted_share, partner_owner):
    with counted() as of_first:
        propose(accepted_share, by=partner_owner)
    numbers = []
    for seen in (1, 12):
        with counted() as statements:
            propose(accepted_share, by=partner_owner, seen=seen, months=seen + 10)
        numbers.append(len(statements))
        for number in range(seen + 1, 12):
            propose(accepted_share, by=partner_owner, seen=number, months=number)

    assert (len(of_first), numbers) == (14, [16, 16])
