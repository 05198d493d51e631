"""The page of a team: who is in it, who is invited, what each may do, and what the reader can change there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.paging import TEXTS, page_of
from requests_app.policies import Standing
from requests_app.team_pages import roles
from requests_app.team_pages.sides import TeamPages
from requests_app.teams import policies, reading

PAGE_SIZE = 20  # members
MOST_INVITATIONS = 20  # shown; as many can be open at a time, and the open ones come first
TONES = {"owner": "accent", "editor": "blue", "reviewer": "blue"}  # of roles; grey for all others


@dataclass(frozen=True)
class Team:
    """A shop or partner as somebody reads its pages, and what they are to it."""

    pages: TeamPages
    of: Any  # the Shop or Partner
    standing: Standing
    query: str = ""  # what a link back to its page names it by, where the reader acts for another

    @property
    def user(self):
        return self.standing.user

    @property
    def url(self):
        return f"{self.pages.url('team')}{self.query}"

    @property
    def is_run_by_reader(self):
        return bool(policies.may_invite(self.standing))


@dataclass(frozen=True)
class MemberRow:
    name: str
    role: str
    tone: str
    since: datetime | None
    has_second_factor: bool
    is_active: bool
    is_you: bool
    acts: list


@dataclass(frozen=True)
class InvitationRow:
    address: str
    role: str
    tone: str
    by: str
    ends_at: datetime
    is_late: bool
    has_word: bool  # of an owner who can sign in: else its link opens nothing
    renew_url: str  # "" for who cannot
    withdraw_url: str


def context_of(team, params):
    """Return what templates/teams/team.html shows; `params` are the request's GET."""
    kind, of = team.pages.kind, team.of
    own = team.pages.team.members(of.pk).get(user=team.user)
    hand_over = reading.pending_hand_over(kind, of)
    members = reading.members_of(kind, of).annotate(name_order=F("user__name_order"))
    page = page_of(members, params, at="name_order", kind=TEXTS, ascending=True, size=PAGE_SIZE)
    return {
        **frame_of(team),
        "tabs": tabs_of(team, "team"),
        "lead": _("Who works for %(name)s here, and what each of them may do.") % {"name": of.name},
        "actions": _actions(team),
        "members": [_member_row(team, member) for member in page.rows],
        "page": page,
        "offer": offer_of(team, hand_over),
        **_invitations(team),
        "table": roles.table_of(team.pages),
        "going": list(_going(team, own, hand_over)),
    }


def frame_of(team):
    """Return what all pages of a team show around what is theirs."""
    return {"base": team.pages.base, "name": team.of.name, "area_name": team.pages.area_name, "team_url": team.url}


def tabs_of(team, here):
    """Return the tabs of an owner: others have one page alone."""
    if not team.is_run_by_reader:
        return []
    pages = (("team", _("Members")), ("team_history", _("History")))
    return [
        {"label": label, "url": f"{team.pages.url(page)}{team.query}", "active": page == here} for page, label in pages
    ]


def _member_row(team, member):
    is_you = member.user_id == team.user.pk
    return MemberRow(
        name=str(member.user),
        role=member.get_role_display(),
        tone=_tone(member.role),
        since=member.since,
        has_second_factor=member.second_factor,
        is_active=member.user.is_active,
        is_you=is_you,
        acts=list(_acts_on(team, member, is_you=is_you)) if team.is_run_by_reader else [],
    )


def _acts_on(team, member, *, is_you):
    """Yield the links of a member's row; whether the act is possible for the last owner is said on its page."""
    yield _link(team, "team_role", member, _("Change role"), "secondary")
    if not is_you:
        yield _link(team, "team_remove", member, _("Remove"), "danger-quiet")


def _link(team, page, row, label, style):
    return {"label": label, "url": team.pages.url(page, row.pk), "style": style}


def _tone(role):
    return TONES.get(role, "grey")


def _invitations(team):
    """Return the rows of invitations that have not ended, and whether there are more, which have expired."""
    pending = reading.pending_invitations(team.pages.kind, team.of).order_by("-ends_at", "-pk")
    rows = [_invitation_row(team, row) for row in pending[: MOST_INVITATIONS + 1]]
    return {"invitations": rows[:MOST_INVITATIONS], "more_invitations": len(rows) > MOST_INVITATIONS}


def _invitation_row(team, invitation):
    runs = team.is_run_by_reader
    return InvitationRow(
        address=invitation.address,
        role=team.pages.roles(invitation.role).label,
        tone=_tone(invitation.role),
        by=str(invitation.by),
        ends_at=invitation.ends_at,
        is_late=invitation.is_expired,
        has_word=invitation.has_word,
        renew_url=team.pages.url("team_renew", invitation.pk) if runs else "",
        withdraw_url=team.pages.url("team_withdraw", invitation.pk) if runs else "",
    )


def _actions(team):
    """Return the buttons beside the title."""
    if not team.is_run_by_reader:
        return []
    url = f"{team.pages.url('team_invite')}{team.query}"
    return [{"label": _("Invite"), "url": url, "style": "primary", "icon": "user-plus", "method": "get"}]


def offer_of(team, hand_over):
    """Return what the page says of a hand-over that waits, to whom it concerns; None where there is none."""
    if hand_over is None:
        return None
    names = {"owner": hand_over.by, "member": hand_over.to, "team": team.of.name}
    if hand_over.to_id == team.user.pk:
        return {
            "title": _("%(owner)s offers you to take over %(team)s") % names,
            "text": _("If you accept, you become its owner in their place."),
            "acts": [
                _act(team, "team_take_over", hand_over, _("See what follows"), "primary", "get"),
                _act(team, "team_decline", hand_over, _("Decline"), "secondary", "post"),
            ],
        }
    if not team.is_run_by_reader:
        return None
    return {
        "title": _("A hand-over waits for %(member)s") % names,
        "text": _("%(owner)s offered %(member)s to take over. Nothing changes until they accept.") % names,
        "acts": [_act(team, "team_keep", hand_over, _("Withdraw the offer"), "secondary", "post")],
    }


def _act(team, page, row, label, style, method):
    return _link(team, page, row, label, style) | {"method": method}


def _going(team, own, hand_over):
    """Return the acts on the reader's own place in the team: each {title, text} and, where it is open, its link."""
    names = {"team": team.of.name}
    if team.is_run_by_reader:
        may = hand_over is None
        yield {
            "title": _("Hand over"),
            "text": _("Another member becomes owner in your place, once they accept.")
            if may
            else _("One hand-over waits already. Withdraw it to offer another."),
            **(_link(team, "team_hand_over", own, _("Hand over"), "secondary") if may else {}),
        }
    decision = policies.may_leave(team.standing, own)
    yield {
        "title": _("Leave %(team)s") % names,
        "text": _("You lose all access to it at once.") if decision else decision.reason,
        **(_link(team, "team_leave", own, _("Leave"), "danger-quiet") if decision else {}),
    }


def choosing_role(team, member, form):
    """Return what templates/teams/choose.html shows for another role of a member."""
    own = member.user_id == team.user.pk
    heading = _("Change your role") if own else _("Change the role of %(person)s") % {"person": member.user}
    return _choosing(team, form, heading, _("You see what follows before anything changes."))


def handing_over(team, form):
    """Return the same for a hand-over."""
    heading = _("Hand over %(team)s") % {"team": team.of.name}
    return _choosing(team, form, heading, _("Another member becomes owner in your place, once they accept."))


def _choosing(team, form, heading, lead):
    return {**frame_of(team), "form": form, "heading": heading, "lead": lead}


def inviting(team, form):
    """Return what templates/teams/invite.html shows."""
    names = {"team": team.of.name}
    return {
        **frame_of(team),
        "form": form,
        "heading": _("Invite somebody to %(team)s") % names,
        "lead": _("They get a mail with a link. Whoever reads the mails of that address can join by it."),
    }
