"""The two machines as tables: every status and verb, and what My Requests shows. Nothing here needs a database."""

from datetime import timedelta

import pytest
from django_fsm import TransitionNotAllowed, can_proceed

from accounts import clock
from requests_app import workflow
from requests_app.choices import ClosedReason
from requests_app.models import PartnerRequest, Share
from requests_app.workflow import Headline, RequestStatus, ShareStatus, Turn, headline

AT = clock.now()

# The status a verb leads to; "-" where it is refused.
SHARE_TABLE = """
            reviewing  accepted   connected  closed  rejected
accept      accepted   -          -          -       -
reject      rejected   -          -          -       -
withdraw    -          rejected   -          -       -
authorise   -          connected  -          -       -
renew       -          -          connected  -       -
revoke      -          -          accepted   -       -
expire      -          -          accepted   -       -
close       closed     closed     closed     -       -
lapse       closed     -          -          -       -
go_stale    -          closed     -          -       -
"""
REQUEST_TABLE = """
            open       closed
close       closed     -
"""
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


def cells(table):
    """(status, verb, target or None) of each cell."""
    header, *rows = (line.split() for line in table.strip().splitlines())
    return [
        (status, verb, None if target == "-" else target)
        for verb, *targets in rows
        for status, target in zip(header, targets, strict=True)
    ]


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


@pytest.mark.parametrize(("status", "verb", "target"), cells(SHARE_TABLE))
def test_share_in_every_status_takes_every_verb_or_refuses_it(status, verb, target):
    share = Share(status=status)

    reached = try_verb(share, verb, SHARE_ARGUMENTS[verb])

    assert reached == target
    assert share.status == (target or status)


@pytest.mark.parametrize(("status", "verb", "target"), cells(REQUEST_TABLE))
def test_request_in_every_status_takes_every_verb_or_refuses_it(status, verb, target):
    request = PartnerRequest(status=status)

    reached = try_verb(request, verb, {"closed_by": "seller", "at": AT})

    assert reached == target
    assert request.status == (target or status)


@pytest.mark.parametrize(
    ("model", "table", "statuses"), [(Share, SHARE_TABLE, ShareStatus), (PartnerRequest, REQUEST_TABLE, RequestStatus)]
)
def test_table_holds_every_status_and_verb_of_the_machine(model, table, statuses):
    of_machine = {transition.name for transition in model().get_all_status_transitions()}

    assert {verb for _status, verb, _target in cells(table)} == of_machine
    assert {status for status, _verb, _target in cells(table)} == set(statuses.values)


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


# Statuses of the shares, then what is shown: open while the platform tries, open while it does not, closed.
# V: reviewing, A: accepted, N: connected, C: closed, R: rejected. A closed request has no live share.
HEADLINES = """
-      finding    decision   closed
C      finding    decision   closed
R      rejected   rejected   closed
CR     finding    decision   closed
V      reviewing  reviewing
VC     reviewing  reviewing
VR     reviewing  reviewing
VCR    reviewing  reviewing
A      accepted   accepted
AC     accepted   accepted
AR     accepted   accepted
ACR    accepted   accepted
VA     accepted   accepted
VAC    accepted   accepted
VAR    accepted   accepted
VACR   accepted   accepted
N      connected  connected
NC     connected  connected
NR     connected  connected
NCR    connected  connected
VN     connected  connected
VNC    connected  connected
VNR    connected  connected
VNCR   connected  connected
AN     connected  connected
ANC    connected  connected
ANR    connected  connected
ANCR   connected  connected
VAN    connected  connected
VANC   connected  connected
VANR   connected  connected
VANCR  connected  connected
"""
LETTERS = {"V": "reviewing", "A": "accepted", "N": "connected", "C": "closed", "R": "rejected"}


def headline_cells():
    rows = [line.split() for line in HEADLINES.strip().splitlines()]
    states = (("open", True), ("open", False), ("closed", False))
    return [(row[0].strip("-"), *state, shown) for row in rows for state, shown in zip(states, row[1:], strict=False)]


@pytest.mark.parametrize(("letters", "status", "seeking", "shown"), headline_cells())
def test_headline_of_every_set_of_shares(letters, status, seeking, shown):
    statuses = [LETTERS[letter] for letter in letters]

    assert headline(status, statuses, seeking=seeking) == shown
    assert headline(status, [*reversed(statuses), *statuses], seeking=seeking) == shown


def test_headline_table_holds_every_set_of_shares_and_every_headline():
    assert len({frozenset(letters) for letters, *_rest in headline_cells()}) == 2 ** len(ShareStatus)
    assert {shown for *_rest, shown in headline_cells()} == set(Headline.values)
