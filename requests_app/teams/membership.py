"""Memberships begin, change and end here, inside a transaction in which the people and the team are locked.

Each records its event, and ends what cannot go on without it: invitations of who is no owner any more, and hand-overs.
It returns the events, whose people are told by requests_app.teams.telling once the caller has taken its other locks:
notifications are the last. Rules of who may stand in requests_app.teams.policies.
"""

from accounts import clock
from accounts.acting import PARTNER
from accounts.policies import may_use_password
from accounts.services import end_sessions
from partners.models import PartnerMember
from requests_app.models import Share
from requests_app.teams import log, telling
from requests_app.teams.kinds import JOINING, Actor, HandOverEnd, InvitationEnd, Kind
from requests_app.teams.models import HandOver, Invitation
from requests_app.teams.sides import OWNER, side_of


def add(of, user, role, *, kind, by, actor=Actor.MEMBER, **data):
    """Make the person a member of a locked shop or partner; return the events, none where they are one already.

    `kind` is one of kinds.JOINING. The person is locked and can sign in.
    """
    side = side_of(of)
    if side.members(of.pk).filter(user=user).exists():
        return []
    member = side.member(**{side.kind: of}, user=user, role=role)
    member._history_user = by
    member.save()
    if not may_use_password(user.email, user):  # whose company signs them in: what began otherwise ends
        end_sessions(user=user)
    return _recorded(of, [log.Entry(kind, user, {"role": role, "was": "", **data})], by=by, actor=actor)


def set_role(of, member, role, *, by, kind=Kind.ROLE_CHANGED, actor=Actor.MEMBER, **data):
    """Give a member of a locked team another role; return the events, none where it is theirs already."""
    was, member.role = member.role, role
    if was == role:
        return []
    member._history_user = by
    member.save(update_fields=["role"])
    return _recorded(of, [log.Entry(kind, member.user, {"role": role, "was": was, **data})], by=by, actor=actor)


def end(of, member, *, kind, by, actor=Actor.MEMBER):
    """End a membership of a locked team; return the events. `kind` is one of kinds.ENDING."""
    user, was = member.user, member.role
    member._history_user = by
    member.delete()
    return _recorded(of, [log.Entry(kind, user, _of_end(of, was))], by=by, actor=actor)


def on_members_changed(sender, of, changes, by, founded, **kwargs):
    """Record what staff changed in the admin, or who founded a partner: a receiver of signals.members_changed."""
    entries = []
    for person, was, role in changes:
        if not role:
            entries.append(log.Entry(Kind.REMOVED, person, _of_end(of, was)))
        elif not was:
            entries.append(log.Entry(Kind.FOUNDED if founded else Kind.ADDED, person, {"role": role, "was": ""}))
        else:
            entries.append(log.Entry(Kind.ROLE_CHANGED, person, {"role": role, "was": was}))
    telling.tell(of, _recorded(of, entries, by=by, actor=Actor.MEMBER if founded else Actor.STAFF))


def _of_end(of, was):
    open_work = open_work_of(of) if was in PartnerMember.ANSWERING else 0
    return {"role": "", "was": was} | ({"open_work": open_work} if open_work else {})


def _recorded(of, entries, *, by, actor):
    """Record these, which are written already, and what follows of each. Return all events."""
    events = log.record_all(of, entries, by=by, actor=actor)
    followed = []
    for event in events:
        if event.data["was"] == OWNER and event.data["role"] != OWNER:
            followed += _withdraw_invitations_of(of, event.person_id, by=by, actor=actor)
        if event.kind not in JOINING:
            followed += _end_hand_over_with(of, event.person, by=by, actor=actor)
    return events + followed


def open_work_of(of):
    """Return how many requests a partner is to answer or has accepted; 0 for a shop, whose requests are the shop's."""
    if side_of(of).kind != PARTNER:
        return 0
    return Share.objects.live().filter(partner=of).count()


def _withdraw_invitations_of(of, user_id, *, by, actor):
    """Withdraw the open invitations of who is no owner any more: nobody joins on their word."""
    pending = Invitation.objects.of(side_of(of).kind, of.pk).pending().filter(by=user_id).order_by("pk")
    return [end_invitation(of, invitation, by=by, actor=actor, because="inviter") for invitation in pending]


def end_invitation(of, invitation, *, by, actor=Actor.MEMBER, **data):
    """Withdraw an invitation of a locked team that has not ended: its link opens nothing from then on.

    One whose time was over before ended then: its address is not kept for longer because it was tidied away.
    """
    invitation.ended_at, invitation.how = min(invitation.ends_at, clock.now()), InvitationEnd.WITHDRAWN
    invitation.save(update_fields=["ended_at", "how"])
    return log.record(of, Kind.INVITATION_WITHDRAWN, by=by, actor=actor, invitation=invitation.pk, **data)


def _end_hand_over_with(of, user, *, by, actor):
    """End the pending hand-over that the person offered or was offered: they are not what they were then."""
    pending = HandOver.objects.of(side_of(of).kind, of.pk).pending().select_related("by", "to").first()
    if pending and user.pk in (pending.by_id, pending.to_id):
        return [end_hand_over(of, pending, HandOverEnd.VOID, by=by, actor=actor)]
    return []


def end_hand_over(of, hand_over, how, *, by, actor=Actor.MEMBER):
    """End a pending hand-over of a locked team without making it; return the event."""
    hand_over.ended_at, hand_over.how = clock.now(), how
    hand_over.save(update_fields=["ended_at", "how"])
    data = {"hand_over": hand_over.pk, "how": how}
    return log.record(of, Kind.HAND_OVER_ENDED, by=by, actor=actor, person=hand_over.to, **data)
