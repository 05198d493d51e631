"""Which acts are open to a person now: what their role may and the machine can. Pages draw their buttons from this.

For each verb the policy and the state it takes stand here alone. The services ask the same policies again under their
lock, and call the transition itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed

from accounts import clock
from requests_app import policies
from requests_app.models import PartnerRequest
from requests_app.workflow import Hold, ShareStatus, any_connected, any_taken


@dataclass(frozen=True)
class Verb:
    label: str | Promise
    may: Callable  # the Decision on a person: see each table for what it takes
    can: Callable  # whether a share or request is in a state for it
    style: str = "secondary"  # primary, secondary or danger


@dataclass(frozen=True)
class Action:
    """A button: a verb that is open to the reader."""

    verb: str
    label: str | Promise
    url: str
    style: str = "secondary"


def _by(transition):
    return lambda row: can_proceed(getattr(row, transition))


def _may_answer(standing, share):
    return policies.may_answer(standing, share.partner)


def _may_propose(standing, share):
    return policies.may_propose(standing, share.partner)


def _is_accepted(share):
    return share.status == ShareStatus.ACCEPTED


def _has_open_proposal(share):
    proposal = getattr(share, "proposal", None)
    return _is_accepted(share) and proposal is not None and proposal.holds_at(clock.now())


# The seller and the whole request: may(standing, shares of the request).
REQUEST_VERBS = {
    "edit": Verb(_("Edit Request"), lambda standing, shares: policies.may_edit(standing), lambda row: row.is_open),
    "close": Verb(
        _("Close request"),
        lambda standing, shares: policies.may_close_request(standing, connected=any_connected(shares)),
        _by("close"),
        "danger",
    ),
}
# The seller and one partner: may(standing, share).
SELLER_VERBS = {
    "authorise": Verb(
        _("Authorise"), lambda standing, share: policies.may_authorise(standing), _by("authorise"), "primary"
    ),
    "renew": Verb(_("Renew or change areas"), lambda standing, share: policies.may_renew(standing), _by("renew")),
    "revoke": Verb(
        _("Revoke authorisation"), lambda standing, share: policies.may_revoke(standing), _by("revoke"), "danger"
    ),
    "close": Verb(_("Close for this partner"), policies.may_close_share, _by("close"), "danger"),
}
# The partner and its share: may(standing, share).
PARTNER_VERBS = {
    "accept": Verb(_("Accept"), _may_answer, _by("accept"), "primary"),
    "reject": Verb(_("Reject"), _may_answer, _by("reject"), "danger"),
    "propose": Verb(_("Write a proposal"), _may_propose, _is_accepted, "primary"),
    "withdraw_proposal": Verb(_("Withdraw proposal"), _may_propose, _has_open_proposal, "danger"),
    "withdraw": Verb(_("Withdraw acceptance"), _may_answer, _by("withdraw"), "danger"),
    "close": Verb(_("End connection"), policies.may_close_share, lambda share: share.is_connected, "danger"),
}
# Staff, with a request and with one of its shares: may(user).
STAFF_REQUEST_VERBS = {
    "refer": Verb(_("Refer a partner"), policies.may_refer, lambda row: row.is_open and not row.hold),
    "release": Verb(_("Release from hold"), policies.may_release, lambda row: row.hold == Hold.SCREENING, "primary"),
    "contact": Verb(_("Open contact details"), policies.may_open_contact_as_staff, lambda row: row.erased_at is None),
    "close": Verb(_("Close request"), policies.may_close_as_staff, _by("close"), "danger"),
}
STAFF_SHARE_VERBS = {
    "close": Verb(_("Close for this partner"), policies.may_close_as_staff, _by("close"), "danger"),
}


def for_request(standing, request, shares):
    """Return what the seller may do with the whole request, as Actions."""
    if not request.is_open:
        again = Action(
            "again", _("Request again"), f"{reverse('seller:request_new')}?again={request.reference}", "primary"
        )
        return [again] if policies.may_submit(standing) else []
    return [
        Action(name, verb.label, reverse(f"seller:request_{name}", args=[request.reference]), verb.style)
        for name, verb in REQUEST_VERBS.items()
        if verb.may(standing, shares) and verb.can(request)
    ]


def may_turn_to_platform(standing, request, shares):
    """Return whether to offer the seller of picked partners that the platform refers others.

    Not once it does: it goes on by itself then; nor while a partner has accepted or it is on hold, when it would refer
    nobody.
    """
    picks = request.is_open and not request.hold and request.request_type == PartnerRequest.Type.CHOOSE
    return picks and not any_taken(shares) and bool(policies.may_ask_for_referral(standing))


def for_seller(standing, share):
    """Return what the seller may do with one partner's share, as Actions."""
    args = [share.request.reference, share.reference]
    return [
        Action(name, verb.label, reverse(f"seller:share_{name}", args=args), verb.style)
        for name, verb in SELLER_VERBS.items()
        if verb.may(standing, share) and verb.can(share)
    ]


def for_partner(standing, share):
    """Return what the partner may do with its share, as Actions."""
    return [
        Action(name, verb.label, reverse(f"portal:{name}", args=[share.reference]), verb.style)
        for name, verb in PARTNER_VERBS.items()
        if verb.may(standing, share) and verb.can(share)
    ]
