"""Every verb through its real service, in every status, by every role: what comes of it, or which refusal.

Each cell also checks the rest: the event and its author, who is told, the partner's load, the headline and all
invariants; and that a refusal changed nothing.
"""

import pytest
from django.db import transaction

from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners import services as partner_services
from partners.models import Partner
from requests_app import services, tasks
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from tests.factories import PartnerFactory, details_of, owner_of
from tests.world import world

ROLES = (
    "seller", "editor", "viewer", "other_seller", "partner_owner", "reviewer", "partner_viewer", "other_partner",
    "staff", "clerk",
)  # fmt: skip
STATES = ("reviewing", "accepted", "connected", "closed", "rejected", "ended")  # ended: the whole request is closed
AREAS = {"products": "manage", "ads": "view"}


@pytest.fixture
def people(request, other_shop, other_agency, open_request):
    return {role: request.getfixturevalue(role) for role in ROLES}


def bring(share, state, seller, partner_owner):
    """Take a share that is being reviewed to the state, as people do it."""
    ids = {"share_id": share.pk}
    if state in ("accepted", "connected"):
        services.accept_share(**ids, by=partner_owner, version=1)
    match state:
        case "connected":
            services.authorise_share(**ids, by=seller, areas=AREAS, days=30)
        case "closed":
            services.close_share(**ids, by=seller)
        case "rejected":
            services.reject_share(**ids, by=partner_owner, reason="budget")
        case "ended":
            services.close_request(request_id=share.request_id, by=seller)


SHARE_VERBS = {
    "accept": lambda pk, by: services.accept_share(share_id=pk, by=by, version=1),
    "reject": lambda pk, by: services.reject_share(share_id=pk, by=by, reason="no_capacity", note="Until May"),
    "withdraw": lambda pk, by: services.withdraw_share(share_id=pk, by=by, reason="other", note="Sorry"),
    "open contact": lambda pk, by: services.open_contact(share_id=pk, by=by),
    "authorise": lambda pk, by: services.authorise_share(share_id=pk, by=by, areas=AREAS, days=90),
    "renew": lambda pk, by: services.renew_share(share_id=pk, by=by, areas={"orders": "view"}, days=365),
    "revoke": lambda pk, by: services.revoke_share(share_id=pk, by=by),
    "close": lambda pk, by: services.close_share(share_id=pk, by=by),
    "end": lambda pk, by: services.close_share(share_id=pk, by=by, as_partner=True),
    "close as staff": lambda pk, by: services.close_share_as_staff(share_id=pk, by=by),
}

# Of each verb: what comes of it in STATES, for these roles; "-" is NotPossible, "no" is NotAllowed. All others: "no".
SHARE_TABLE = """
verb            role            reviewing  accepted   connected  closed  rejected  ended
accept          partner_owner   accepted   -          -          -       -         -
accept          reviewer        accepted   -          -          -       -         -
reject          partner_owner   rejected   -          -          -       -         -
reject          reviewer        rejected   -          -          -       -         -
withdraw        partner_owner   -          rejected   -          -       -         -
withdraw        reviewer        -          rejected   -          -       -         -
open_contact    partner_owner   reviewing  accepted   connected  -       -         -
open_contact    reviewer        reviewing  accepted   connected  -       -         -
open_contact    partner_viewer  reviewing  accepted   connected  -       -         -
authorise       seller          -          connected  -          -       -         -
renew           seller          -          -          connected  -       -         -
revoke          seller          -          -          accepted   -       -         -
close           seller          closed     closed     closed     -       -         -
close           editor          closed     closed     no         -       -         -
end             partner_owner   -          -          closed     -       -         -
close_as_staff  staff           closed     closed     closed     -       -         -
"""

# Of each verb that came to something: the event, its actor, and who is told but for the one who did it.
SELLERS, PARTNERS = {"seller", "editor"}, {"partner_owner", "reviewer"}
SHARE_EFFECTS = {
    "accept": ("accepted", "partner", SELLERS),
    "reject": ("rejected", "partner", SELLERS),
    "withdraw": ("withdrawn", "partner", SELLERS),
    "open contact": ("contact_opened", "partner", set()),
    "authorise": ("authorised", "seller", PARTNERS),
    "renew": ("renewed", "seller", PARTNERS),
    "revoke": ("revoked", "seller", PARTNERS),
    "close": ("share_closed", "seller", PARTNERS),
    "end": ("share_closed", "partner", SELLERS),
    "close as staff": ("share_closed", "staff", SELLERS | PARTNERS),
}
HEADLINES = {state: state for state in STATES} | {"closed": "decision"}  # of an open request with this one share
LOADS = {"reviewing": 1, "accepted": 1, "connected": 0, "closed": 0, "rejected": 0}


def share_cell(verb, role, state):
    for line in SHARE_TABLE.strip().splitlines():
        row_verb, row_role, *cells = line.split()
        if (row_verb.replace("_", " "), row_role) == (verb, role):
            return cells[STATES.index(state)]
    return "no"


def outcome_of(refused):
    assert refused.message  # what the person reads
    return "no" if isinstance(refused, NotAllowed) else "-"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", SHARE_VERBS)
def test_share_verb_in_a_status_by_every_role(verb, state, people, share):
    bring(share, state, people["seller"], people["partner_owner"])
    before = world()
    outcomes = {}

    for role, person in people.items():
        with transaction.atomic():
            try:
                SHARE_VERBS[verb](share.pk, person)
            except (NotAllowed, NotPossible) as refused:
                outcomes[role] = outcome_of(refused)
                assert world() == before
            else:
                outcomes[role] = Share.objects.get(pk=share.pk).status
                check_effects(verb, role, people, before)
            transaction.set_rollback(True)

    assert outcomes == {role: share_cell(verb, role, state) for role in ROLES}


def check_effects(verb, role, people, before):
    kind, actor, told = SHARE_EFFECTS[verb]
    events_before, notifications_before = before["Event"], before["Notification"]
    (event,) = Event.objects.all()[len(events_before) :]
    share = Share.objects.select_related("request", "partner").get()
    notified = Notification.objects.order_by("pk")[len(notifications_before) :]
    assert (event.kind, event.actor, event.by, event.share) == (kind, actor, people[role], share)
    assert {n.user for n in notified} == {people[name] for name in told - {role}}
    assert {n.template for n in notified} <= {f"{kind}_for_seller", f"{kind}_for_partner"}
    assert share.request.headline == HEADLINES[share.status]
    assert share.partner.load == LOADS[share.status]
    assert list(offenders()) == []


REQUEST_STATES = ("reviewing", "connected", "closed")
REQUEST_VERBS = {
    "edit": lambda pk, by: services.edit_request(
        request_id=pk, by=by, version=1, details=details_of(budget=900), request_type="choose", hide_contact=False
    ),
    "ask for referral": lambda pk, by: services.ask_for_referral(request_id=pk, by=by),
    "close": lambda pk, by: services.close_request(request_id=pk, by=by),
    "close as staff": lambda pk, by: services.close_request(request_id=pk, by=by, staff_note="Asked by phone"),
    "refer": lambda pk, by: services.refer_partner(
        request_id=pk, by=by, partner_id=Partner.objects.get(name="Harbour & Pine").pk
    ),
    "open contact as staff": lambda pk, by: services.open_contact_as_staff(request_id=pk, by=by),
}

# As above. What comes of it: the request's headline.
REQUEST_TABLE = """
verb                   role    reviewing  connected  closed
edit                   seller  reviewing  connected  -
edit                   editor  reviewing  connected  -
ask_for_referral       seller  reviewing  connected  -
ask_for_referral       editor  reviewing  connected  -
close                  seller  closed     closed     -
close                  editor  closed     no         -
close_as_staff         staff   closed     closed     -
refer                  staff   reviewing  connected  -
open_contact_as_staff  staff   reviewing  connected  closed
"""

# The events with their actors, and who is told of them, but for the one who did it ("other": the newly asked partner).
REQUEST_EFFECTS = {
    ("edit", "reviewing"): (["edited seller"], PARTNERS),
    ("edit", "connected"): (["edited seller"], PARTNERS),
    ("ask for referral", "reviewing"): (["edited seller", "shared platform"], SELLERS | {"other_partner"}),
    ("ask for referral", "connected"): (["edited seller"], set()),
    ("close", "reviewing"): (["request_closed seller", "share_closed seller"], PARTNERS),
    ("close", "connected"): (["request_closed seller", "share_closed seller"], PARTNERS),
    ("close as staff", "reviewing"): (["request_closed staff", "share_closed staff"], SELLERS | PARTNERS),
    ("close as staff", "connected"): (["request_closed staff", "share_closed staff"], SELLERS | PARTNERS),
    ("refer", "reviewing"): (["shared staff"], SELLERS | {"other_partner"}),
    ("refer", "connected"): (["shared staff"], SELLERS | {"other_partner"}),
    ("open contact as staff", "reviewing"): (["contact_opened staff"], set()),
    ("open contact as staff", "connected"): (["contact_opened staff"], set()),
    ("open contact as staff", "closed"): (["contact_opened staff"], set()),
}


def request_cell(verb, role, state):
    for line in REQUEST_TABLE.strip().splitlines():
        row_verb, row_role, *cells = line.split()
        if (row_verb.replace("_", " "), row_role) == (verb, role):
            return cells[REQUEST_STATES.index(state)]
    return "no"


@pytest.mark.parametrize("state", REQUEST_STATES)
@pytest.mark.parametrize("verb", REQUEST_VERBS)
def test_request_verb_in_a_status_by_every_role(verb, state, people, share):
    bring(share, {"closed": "ended"}.get(state, state), people["seller"], people["partner_owner"])
    before = world()
    outcomes = {}

    for role, person in people.items():
        with transaction.atomic():
            try:
                REQUEST_VERBS[verb](share.request_id, person)
            except (NotAllowed, NotPossible) as refused:
                outcomes[role] = outcome_of(refused)
                assert world() == before
            else:
                outcomes[role] = PartnerRequest.objects.get().headline
                check_request_effects(verb, state, role, people, before)
            transaction.set_rollback(True)

    assert outcomes == {role: request_cell(verb, role, state) for role in ROLES}


def check_request_effects(verb, state, role, people, before):
    expected, told = REQUEST_EFFECTS[verb, state]
    events_before, notifications_before = before["Event"], before["Notification"]
    events = list(Event.objects.all()[len(events_before) :])
    notified = Notification.objects.order_by("pk")[len(notifications_before) :]
    assert [f"{event.kind} {event.actor}" for event in events] == expected
    assert {event.by for event in events if event.actor != "platform"} <= {people[role]}
    assert [event.by for event in events if event.actor == "platform"] in ([], [None])
    assert {n.user for n in notified} == {people[name] for name in told} - actors(events, told, role, people)
    assert list(offenders()) == []


def actors(events, told, role, people):
    """Nobody is told of his own act; what the platform does after it, he is."""
    return set() if events[-1].actor == "platform" else {people[role]}


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

    assert made == (role in SELLERS)
    assert PartnerRequest.objects.count() == requests_before + made


PARTNER_VERBS = {
    "approve": partner_services.approve_partner,
    "suspend": partner_services.suspend_partner,
    "reinstate": partner_services.reinstate_partner,
}
PARTNER_TABLE = """
           applied   approved   suspended
approve    approved  -          -
suspend    -         suspended  -
reinstate  -         -          approved
"""


@pytest.mark.parametrize("status", ["applied", "approved", "suspended"])
@pytest.mark.parametrize("verb", PARTNER_VERBS)
def test_partner_verb_in_a_status_by_every_role(verb, status, people):
    header, *rows = (line.split() for line in PARTNER_TABLE.strip().splitlines())
    target = {row[0]: row[1 + header.index(status)] for row in rows}[verb]
    partner = PartnerFactory(status=status)
    before = world()
    outcomes = {}

    for role, person in people.items():
        with transaction.atomic():
            try:
                PARTNER_VERBS[verb](partner_id=partner.pk, by=person)
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

    assert outcomes == dict.fromkeys(ROLES, "no") | {"staff": target}


@pytest.mark.parametrize("state", ["reviewing", "accepted"])
@pytest.mark.parametrize("verb", ["accept", "reject", "withdraw", "open contact"])
def test_partner_verb_of_a_suspended_partner_is_refused_at_once(verb, state, people, share, partner):
    bring(share, state, people["seller"], people["partner_owner"])
    partner_services.suspend_partner(partner_id=partner.pk, by=people["staff"])

    for role in ("partner_owner", "reviewer", "partner_viewer"):
        with pytest.raises(NotAllowed):
            SHARE_VERBS[verb](share.pk, people[role])

    assert Share.objects.get().status == state  # its shares follow by task
    tasks.close_shares_of_suspended_partner.call(partner.pk)
    assert (Share.objects.get().status, Share.objects.get().closed_reason) == ("closed", "partner_suspended")
    assert list(offenders()) == []


def test_service_of_a_share_that_is_not_there_says_so(seller):
    with pytest.raises(Share.DoesNotExist):
        services.accept_share(share_id=4711, by=seller, version=1)
