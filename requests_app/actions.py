"""Which acts are open to a person now: what his role may and the machine can. Pages draw their buttons from this."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed

from requests_app import policies
from requests_app.models import PartnerRequest
from requests_app.workflow import ShareStatus


@dataclass(frozen=True)
class Action:
    verb: str
    label: str | Promise
    url: str
    style: str = "secondary"  # primary, secondary or danger


def for_request(standing, request, shares):
    """What the seller may do with the whole request."""
    if not request.is_open:
        again = Action(
            "again", _("Request again"), f"{reverse('seller:request_new')}?again={request.reference}", "primary"
        )
        return [again] if policies.may_submit(standing) else []
    connected = any(share.status == ShareStatus.CONNECTED for share in shares)
    actions = []
    if policies.may_edit(standing):
        actions.append(Action("edit", _("Edit Request"), reverse("seller:request_edit", args=[request.reference])))
    if policies.may_close_request(standing, connected=connected):
        url = reverse("seller:request_close", args=[request.reference])
        actions.append(Action("close", _("Close request"), url, "danger"))
    return actions


def may_turn_to_platform(standing, request, shares):
    """Whether to offer the seller of picked partners that the platform refers others.

    Not once it does: it goes on by itself then; nor while a partner has accepted, when it would refer nobody.
    """
    taken = any(share.status in (ShareStatus.ACCEPTED, ShareStatus.CONNECTED) for share in shares)
    picks = request.is_open and request.request_type == PartnerRequest.Type.CHOOSE
    return picks and not taken and bool(policies.may_ask_for_referral(standing))


def for_seller(standing, share):
    """What the seller may do with one partner's share."""
    known = [
        ("authorise", _("Authorise"), policies.may_authorise(standing), share.authorise, "primary"),
        ("renew", _("Renew or change areas"), policies.may_renew(standing), share.renew, "secondary"),
        ("revoke", _("Revoke authorisation"), policies.may_revoke(standing), share.revoke, "danger"),
        ("close", _("Close for this partner"), policies.may_close_share(standing, share), share.close, "danger"),
    ]
    args = [share.request.reference, share.reference]
    return [
        Action(verb, label, reverse(f"seller:share_{verb}", args=args), style)
        for verb, label, may, transition, style in known
        if may and can_proceed(transition)
    ]


def for_partner(standing, share):
    """What the partner may do with its share."""
    may_answer = policies.may_answer(standing, share.partner)
    may_end = policies.may_close_share(standing, share) and share.status == ShareStatus.CONNECTED
    known = [
        ("accept", _("Accept"), may_answer, share.accept, "primary"),
        ("reject", _("Reject"), may_answer, share.reject, "danger"),
        ("withdraw", _("Withdraw"), may_answer, share.withdraw, "danger"),
        ("close", _("End connection"), may_end, share.close, "danger"),
    ]
    return [
        Action(verb, label, reverse(f"portal:{verb}", args=[share.reference]), style)
        for verb, label, may, transition, style in known
        if may and can_proceed(transition)
    ]
