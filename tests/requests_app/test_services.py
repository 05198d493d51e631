"""Every verb through its real service, in every status, by every role: what comes of it, or which refusal.

What should come of it stands in the reference model, which does the same beside. Each cell also checks the rest: the
events and their authors, who is notified, the partner's load, the headline and all invariants; and that a refusal
changed nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from accounts import clock
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners import services as partner_services
from partners.models import Partner
from requests_app import holds, services, tasks
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.proposals.services import withdraw_proposal
from tests import beside, reference
from tests.factories import PartnerFactory, details_of, owner_of, propose, write_as_partner, write_as_seller
from tests.standing import standing
from tests.world import world

pytestmark = pytest.mark.once_on_postgresql

ROLES = (
    "seller", "editor", "viewer", "other_seller", "partner_owner", "reviewer", "partner_viewer", "other_partner",
    "staff", "clerk",
)  # fmt: skip
STATES = (*reference.STATUSES, "ended")  # ended: the whole request is closed
DONE, NOT_THEIRS, NOT_NOW = "done", "not theirs", "not now"
AREAS = {"products": "manage", "ads": "view"}
UNTIL = clock.now() + timedelta(days=14)


@standing
def people(
    other_shop, other_agency, open_request, seller, editor, viewer, other_seller, partner_owner, reviewer,
    partner_viewer, other_partner, staff, clerk,
):  # fmt: skip
    asked = locals()
    return {role: asked[role] for role in ROLES}


@standing
def model(people, share, shop, other_shop, partner, other_agency):
    """The reference model of the cast, with the request that `share` belongs to."""
    model = beside.model_of([partner, other_agency], [shop, other_shop], [people["staff"]], clock.now())
    budget = share.request.budget
    model.submit(people["seller"], share.request_id, shop.pk, [partner.pk], budget, share.request.hide_contact)
    return model


WAYS = {  # to a state: the acts of people that lead there from "reviewing"
    "reviewing": [],
    "accepted": ["accept"],
    "connected": ["accept", "authorise"],
    "closed": ["close_share"],
    "rejected": ["reject"],
    "ended": ["close_request"],
}


def bring(share, state, people, model=None):
    """Take a share that is being reviewed to the state, as people do it, in the model too."""
    for name in WAYS[state]:
        act, key = (SHARE_ACTS[name], share.pk) if name in SHARE_ACTS else (REQUEST_ACTS[name], share.request_id)
        by = people["partner_owner"] if name in ("accept", "reject") else people["seller"]
        act.service(key, by)
        if model:
            of_share = [share.partner_id] if name in SHARE_ACTS else []
            getattr(model, name)(by, share.request_id, *of_share, *act.given)


@dataclass(frozen=True)
class Act:
    """How a verb is done: `service(pk, person)` of the product; the method of the model is given `given` besides."""

    service: object
    given: tuple = ()


SHARE_ACTS = {
    "accept": Act(lambda pk, by: services.accept_share(share_id=pk, by=by, version=1), (1,)),
    "reject": Act(lambda pk, by: services.reject_share(share_id=pk, by=by, reason="no_capacity", note="Until May")),
    "withdraw": Act(lambda pk, by: services.withdraw_share(share_id=pk, by=by, reason="other", note="Sorry")),
    "open_contact": Act(lambda pk, by: services.open_contact(share_id=pk, by=by)),
    "write_as_partner": Act(lambda pk, by: write_as_partner(Share(pk=pk), by=by)),
    "write_as_seller": Act(lambda pk, by: write_as_seller(Share(pk=pk), by=by)),
    "propose": Act(
        lambda pk, by: propose(Share(pk=pk), by=by, months=3, valid_until=UNTIL),
        (0, 3, UNTIL),
    ),
    "take_back": Act(lambda pk, by: withdraw_proposal(share_id=pk, by=by, seen=0), (0,)),
    "authorise": Act(lambda pk, by: services.authorise_share(share_id=pk, by=by, areas=AREAS, days=90), (90,)),
    "renew": Act(lambda pk, by: services.renew_share(share_id=pk, by=by, areas={"orders": "view"}, days=365), (365,)),
    "revoke": Act(lambda pk, by: services.revoke_share(share_id=pk, by=by)),
    "close_share": Act(lambda pk, by: services.close_share(share_id=pk, by=by)),
    "end": Act(lambda pk, by: services.end_connection(share_id=pk, by=by, reason="done")),
    "close_as_staff": Act(lambda pk, by: services.close_share_as_staff(share_id=pk, by=by, reason="other")),
}
REQUEST_ACTS = {
    "edit": Act(
        lambda pk, by: services.edit_request(
            request_id=pk, by=by, version=1, details=details_of(budget=900), request_type="choose", hide_contact=False
        ),
        (1, 900, False, False, []),
    ),
    "ask_for_referral": Act(lambda pk, by: services.ask_for_referral(request_id=pk, by=by)),
    "close_request": Act(lambda pk, by: services.close_request(request_id=pk, by=by)),
    "close_request_as_staff": Act(
        lambda pk, by: services.close_request(request_id=pk, by=by, staff_reason="other", staff_note="Asked by phone")
    ),
    "release": Act(lambda pk, by: holds.release_request(request_id=pk, by=by, reason="genuine")),
    "refer": Act(lambda pk, by: services.refer_partner(request_id=pk, by=by, partner_id=harbour())),
    "open_contact_as_staff": Act(lambda pk, by: services.open_contact_as_staff(request_id=pk, by=by)),
}


def harbour():
    return Partner.objects.get(name="Harbour & Pine").pk


@pytest.mark.parametrize(
    ("acts", "table"), [(SHARE_ACTS, reference.SHARE_VERBS), (REQUEST_ACTS, reference.REQUEST_VERBS)]
)
def test_every_verb_of_people_is_tried(acts, table):
    of_people = {name for name, verb in table.items() if verb.by in reference.ROLES}

    assert set(acts) == of_people - {"submit"}  # which has a test of its own


def outcome_of(refused):
    assert refused.message  # what the person reads
    return NOT_THEIRS if isinstance(refused, NotAllowed) else NOT_NOW


def result_of(act, pk, person):
    try:
        act.service(pk, person)
    except (NotAllowed, NotPossible) as refused:
        return outcome_of(refused)
    return DONE


def in_the_model(model, name, person, key, *given):
    """(outcome, the model after it) of a verb."""
    after = model.copy()
    after.referred = lambda request: after.fitting(request) if request.wanted else set()  # there is one at most
    try:
        getattr(after, name)(person, key, *given)
    except reference.NotTheirs:
        return NOT_THEIRS, model
    except reference.NotNow:
        return NOT_NOW, model
    return DONE, after


def check_every_role(act, name, pk, people, model, key, *of_share):
    """Each does it in the product and in the model, and both give the same, events, notifications and all."""
    before = world()
    for person in people.values():
        outcome, after = in_the_model(model, name, person, key, *of_share, *act.given)
        with transaction.atomic():
            done = result_of(act, pk, person)
            assert done == outcome
            if done == DONE:
                check_effects(before, model, after, key)
            else:
                assert world() == before
            transaction.set_rollback(True)


def check_effects(before, model, after, key):
    events = Event.objects.all()[len(before["Event"]) :]
    notified = Notification.objects.order_by("pk")[len(before["Notification"]) :]
    expected = after.history[len(model.history) :]
    told = {event.pk: set() for event in events}
    for notification in notified:
        told[int(notification.source.split(":")[1])].add(notification.user)
    assert [(event.kind, event.actor, event.by, told[event.pk]) for event in events] == [
        (it.kind, it.actor, it.by, it.told) for it in expected
    ]
    kinds = {event.kind for event in events}
    sides = ("seller", "partner")
    assert {row.template for row in notified} <= {f"{kind}_for_{side}" for kind in kinds for side in sides}
    request = PartnerRequest.objects.get()
    assert (request.status, request.headline) == (after.requests[key].status, after.requests[key].headline)
    assert dict(request.shares.values_list("partner", "status")) == {
        partner: share.status for partner, share in after.requests[key].shares.items()
    }
    assert dict(Partner.objects.values_list("pk", "load")) == {
        partner: after.load(partner) for partner in after.partners
    }
    assert list(offenders()) == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", SHARE_ACTS)
def test_share_verb_in_a_status_by_every_role(verb, state, people, share, model):
    bring(share, state, people, model)

    check_every_role(SHARE_ACTS[verb], verb, share.pk, people, model, share.request_id, share.partner_id)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", REQUEST_ACTS)
def test_request_verb_in_a_status_by_every_role(verb, state, people, share, model, other_agency):
    bring(share, state, people, model)
    of_partner = [other_agency.pk] if verb == "refer" else []

    check_every_role(REQUEST_ACTS[verb], verb, share.request_id, people, model, share.request_id, *of_partner)


@pytest.mark.parametrize("role", ROLES)
def test_submit_by_every_role(role, people, shop, partner):
    requests_before = PartnerRequest.objects.count()

    try:
        services.submit_request(
            shop=shop,
            by=people[role],
            form_token="6f1c2f57-5c6a-4d37-9d0f-60a6ac0f0c1e",
            details=details_of(),
            request_type="choose",
            picks=[partner.pk],
        )
    except NotAllowed:
        made = 0
    else:
        made = 1

    model = beside.model_of([partner], [shop], [people["staff"]], clock.now())
    outcome, _after = in_the_model(model, "submit", people[role], 1, shop.pk, [partner.pk], 2000, False)
    assert made == (outcome == DONE)
    assert PartnerRequest.objects.count() == requests_before + made


PARTNER_ACTS = {
    "approve": partner_services.approve_partner,
    "decline": partial(partner_services.decline_partner, reason="market"),
    "suspend": partner_services.suspend_partner,
    "reinstate": partner_services.reinstate_partner,
}


@pytest.mark.parametrize("status", reference.PARTNER_STATUSES)
@pytest.mark.parametrize("verb", PARTNER_ACTS)
def test_partner_verb_in_a_status_by_every_role(verb, status, people):
    target = reference.PARTNER_VERBS[verb].moves.get(status, NOT_NOW)
    partner = PartnerFactory(status=status)
    before = world()
    outcomes = {}

    for role, person in people.items():
        with transaction.atomic():
            try:
                PARTNER_ACTS[verb](partner_id=partner.pk, by=person)
            except (NotAllowed, NotPossible) as refused:
                outcomes[role] = outcome_of(refused)
                assert world() == before
            else:
                moved = Partner.objects.get(pk=partner.pk)
                outcomes[role] = moved.status
                told = Notification.objects.order_by("pk")[len(before["Notification"]) :]
                assert [n.user for n in told] == [owner_of(partner)]
                assert (moved.history.first().history_user, moved.history.first().history_change_reason) == (
                    person,
                    verb,
                )
            transaction.set_rollback(True)

    assert outcomes == dict.fromkeys(ROLES, NOT_THEIRS) | {"staff": target}


@pytest.mark.parametrize("state", ["reviewing", "accepted"])
@pytest.mark.parametrize("verb", ["accept", "reject", "withdraw", "open_contact"])
def test_partner_verb_of_a_suspended_partner_is_refused_at_once(verb, state, people, share, partner):
    bring(share, state, people)
    partner_services.suspend_partner(partner_id=partner.pk, by=people["staff"])

    for role in ("partner_owner", "reviewer", "partner_viewer"):
        with pytest.raises(NotAllowed):
            SHARE_ACTS[verb].service(share.pk, people[role])

    assert Share.objects.get().status == state  # its shares follow by task
    tasks.close_shares_of_suspended_partner.call(partner.pk)
    assert (Share.objects.get().status, Share.objects.get().closed_reason) == ("closed", "partner_suspended")
    assert list(offenders()) == []


def test_service_of_a_share_that_is_not_there_says_so(seller):
    with pytest.raises(Share.DoesNotExist):
        services.accept_share(share_id=4711, by=seller, version=1)
