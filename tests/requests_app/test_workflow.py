"""The two machines as tables: every status and verb, and what My Requests shows. Nothing here needs a database."""

from datetime import timedelta
from itertools import chain, combinations

import pytest
from django_fsm import TransitionNotAllowed, can_proceed

from accounts import clock
from requests_app import workflow
from requests_app.models import PartnerRequest, Share
from requests_app.reasons import ClosedReason
from requests_app.workflow import Headline, RequestStatus, ShareStatus, Turn, headline
from tests import reference

pytestmark = pytest.mark.once

AT = clock.now()

# The verbs of the reference model that each transition serves.
ENDS = ["close_share", "end", "close_as_staff", "close_with_request", "close_of_suspended"]
SHARE_TRANSITIONS = {
    **{name: [name] for name in ("accept", "reject", "withdraw", "authorise", "renew", "revoke")},
    **{name: [name] for name in ("expire", "lapse", "go_stale")},
    "close": ENDS,
}
REQUEST_TRANSITIONS = {"close": ["close_request", "close_request_as_staff", "close_stale", "close_unconfirmed"]}
SHARE_ARGUMENTS = {
    "accept": {"at": AT},
    "reject": {"reason": "budget", "at": AT},
    "withdraw": {"reason": "budget", "at": AT},
    "authorise": {"at": AT, "days": 30},
    "renew": {"at": AT, "days": 30},
    "revoke": {"at": AT},
    "expire": {"at": AT},
    "close": {"reason": "seller", "at": AT},
    "lapse": {"at": AT},
    "go_stale": {"at": AT},
}


def cells(transitions, verbs, statuses):
    """(status, transition, target or None where every verb is refused) of each status and transition."""
    found = []
    for transition, names in transitions.items():
        for status in statuses:
            targets = {verbs[name].moves[status] for name in names if status in verbs[name].moves}
            assert len(targets) <= 1, f"{transition} leads to {targets}"
            found.append((status, transition, targets.pop() if targets else None))
    return found


SHARE_CELLS = cells(SHARE_TRANSITIONS, reference.SHARE_VERBS, reference.STATUSES)
REQUEST_CELLS = cells(REQUEST_TRANSITIONS, reference.REQUEST_VERBS, reference.REQUEST_STATUSES)


def try_verb(thing, verb, arguments):
    """The status after the verb, or None where the machine refuses it."""
    may = can_proceed(getattr(thing, verb))
    try:
        getattr(thing, verb)(**arguments)
    except TransitionNotAllowed:
        assert not may
        return None
    assert may
    return thing.status


@pytest.mark.parametrize(("status", "verb", "target"), SHARE_CELLS)
def test_share_in_every_status_takes_every_verb_or_refuses_it(status, verb, target):
    share = Share(status=status)

    reached = try_verb(share, verb, SHARE_ARGUMENTS[verb])

    assert reached == target
    assert share.status == (target or status)


@pytest.mark.parametrize(("status", "verb", "target"), REQUEST_CELLS)
def test_request_in_every_status_takes_every_verb_or_refuses_it(status, verb, target):
    request = PartnerRequest(status=status)

    reached = try_verb(request, verb, {"closed_by": "seller", "at": AT})

    assert reached == target
    assert request.status == (target or status)


@pytest.mark.parametrize(
    ("model", "transitions", "known", "statuses"),
    [
        (Share, SHARE_TRANSITIONS, reference.STATUSES, ShareStatus),
        (PartnerRequest, REQUEST_TRANSITIONS, reference.REQUEST_STATUSES, RequestStatus),
    ],
)
def test_model_holds_every_status_and_transition_of_the_machine(model, transitions, known, statuses):
    assert set(transitions) == {transition.name for transition in model().get_all_status_transitions()}
    assert known == tuple(statuses.values)


def test_every_verb_that_moves_a_share_or_request_is_a_transition():
    verbs = reference.SHARE_VERBS | reference.REQUEST_VERBS
    moving = {name for name, verb in verbs.items() if any(status != after for status, after in verb.moves.items())}

    assert moving | {"renew"} == set(chain(*SHARE_TRANSITIONS.values(), *REQUEST_TRANSITIONS.values()))


@pytest.mark.parametrize(("model", "status"), [(Share, "accepted"), (PartnerRequest, "closed")])
def test_status_cannot_be_assigned(model, status):
    with pytest.raises(AttributeError, match="Direct status modification is not allowed"):
        model().status = status


@pytest.mark.parametrize(
    ("status", "verb", "expected"),
    [
        ("reviewing", "accept", {"accepted_at": AT, "waiting_since": AT}),
        ("reviewing", "reject", {"reject_reason": "budget", "ended_at": AT}),
        ("accepted", "withdraw", {"reject_reason": "budget", "ended_at": AT}),
        ("accepted", "authorise", {"connected_at": AT}),
        ("connected", "renew", {}),
        ("connected", "revoke", {"waiting_since": AT}),
        ("connected", "expire", {"waiting_since": AT}),
        ("accepted", "close", {"closed_reason": "seller", "ended_at": AT}),
        ("reviewing", "lapse", {"closed_reason": "no_response", "ended_at": AT}),
        ("accepted", "go_stale", {"closed_reason": "stale", "ended_at": AT}),
    ],
)
def test_verb_sets_the_fields_of_its_status_and_no_others(status, verb, expected):
    share = Share(status=status)
    fields = ("accepted_at", "connected_at", "ended_at", "waiting_since", "closed_reason", "reject_reason")
    before = {name: getattr(share, name) for name in fields}

    getattr(share, verb)(**SHARE_ARGUMENTS[verb])

    assert {name: getattr(share, name) for name in fields} == before | expected


def test_authorise_ends_the_wait_and_revoke_begins_it_again():
    share = Share(status="accepted", waiting_since=AT)

    share.authorise(at=AT, days=30)
    assert (share.connected_at, share.waiting_since, share.authorised_until) == (AT, None, AT + timedelta(days=30))

    share.revoke(at=AT)
    assert (share.connected_at, share.waiting_since, share.authorised_until) == (None, AT, None)


def test_request_closed_says_by_whom_and_when():
    request = PartnerRequest(status="open")

    request.close(closed_by="stale", at=AT)

    assert (request.is_open, request.closed_by, request.closed_at) == (False, "stale", AT)


def test_statuses_have_the_labels_and_descriptions_of_the_requirement():
    told = [(status.label, str(workflow.DESCRIPTIONS[status])) for status in ShareStatus]

    assert told == [
        ("Partner reviewing", "The partner is reviewing your request"),
        ("Partner accepted", "The partner has accepted your request"),
        ("Connected", "You've granted authorisation and are connected with the partner"),
        ("Closed", "The request has been closed"),
        ("Rejected", "The partner has rejected your request"),
    ]


def test_every_status_is_live_or_final_and_says_whose_turn_it_is():
    turns = {status.value: (status in workflow.LIVE, Share(status=status).whose_turn) for status in ShareStatus}

    assert turns == {
        "reviewing": (True, Turn.PARTNER),
        "accepted": (True, Turn.SELLER),
        "connected": (True, Turn.NOBODY),
        "closed": (False, Turn.NOBODY),
        "rejected": (False, Turn.NOBODY),
    }
    assert set(ShareStatus) - workflow.LIVE == workflow.FINAL
    assert {"reviewing", "accepted"} == workflow.LOAD


def test_reasons_to_close_are_those_of_the_design():
    assert ClosedReason.values == [
        "seller", "request_closed", "no_response", "stale", "partner_ended", "partner_suspended", "staff",
    ]  # fmt: skip


def headline_cells():
    """(statuses of the shares, status of the request, seeking); a closed request has no live share."""
    for number in range(len(reference.STATUSES) + 1):
        for statuses in combinations(reference.STATUSES, number):
            yield from ((statuses, "open", seeking) for seeking in (True, False))
            if not set(statuses) & set(reference.LIVE):
                yield statuses, "closed", False


@pytest.mark.parametrize(("statuses", "status", "seeking"), list(headline_cells()))
@pytest.mark.parametrize("held", [False, True])
def test_headline_of_every_set_of_shares(statuses, status, seeking, held):
    shown = reference.headline(set(statuses), is_open=status == "open", seeking=seeking, on_hold=held)

    assert headline(status, statuses, seeking=seeking, held=held) == shown
    assert headline(status, [*reversed(statuses), *statuses], seeking=seeking, held=held) == shown


def test_headlines_are_those_of_the_model():
    cells = list(headline_cells())
    known = {
        reference.headline(set(held), is_open=status == "open", seeking=seeking, on_hold=on_hold)
        for held, status, seeking in cells
        for on_hold in (False, True)
    }

    assert len({held for held, _status, _seeking in cells}) == 2 ** len(ShareStatus)
    assert known == set(Headline.values)
