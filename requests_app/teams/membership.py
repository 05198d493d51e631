"""Memberships begin, change and end here, inside a transaction in which the people and the team are locked.

Each records its event and notifies whom it concerns, and ends what cannot go on without it: invitations of who is no
owner any more, and hand-overs. Rules of who may stand in requests_app.teams.policies.
"""

from accounts import clock
from accounts.acting import PARTNER
from requests_app.models import Share
from requests_app.teams import log, telling
from requests_app.teams.kinds import Actor, HandOverEnd, InvitationEnd, Kind
from requests_app.teams.models import HandOver, Invitation
from requests_app.teams.sides import OWNER, side_of


def add(of, user, role, *, kind, by, actor=Actor.MEMBER, **data):
    """Make the person a member of a locked shop or partner; return (the membership, its event).

    Nothing is changed where they are one already: (the membership, None). `kind` is one of kinds.JOINING. The person
    is locked and can sign in.
    """
    side = side_of(of)
    member, made = side.member.objects.get_or_create(**{side.kind: of}, user=user, defaults={"role": role})
    if not made:
        return member, None
    event = log.record(of, kind, by=by, actor=actor, person=user, role=role, was="", **data)
    telling.tell(of, event)
    return member, event


def set_role(of, member, role, *, by, kind=Kind.ROLE_CHANGED, actor=Actor.MEMBER, **data):
    """Give a member of a locked team another role; return the event, or None where it is theirs already."""
    was, member.role = member.role, role
    if was == role:
        return None
    member._history_user = by
    member.save(update_fields=["role"])
    event = log.record(of, kind, by=by, actor=actor, person=member.user, role=role, was=was, **data)
    if was == OWNER:
        withdraw_invitations_of(of, member.user_id, by=by, actor=actor)
    end_hand_overs(of, member.user, by=by, actor=actor)
    telling.tell(of, event)
    return event


def end(of, member, *, kind, by, actor=Actor.MEMBER):
    """End a membership of a locked team; return the event. `kind` is one of kinds.ENDING."""
    user, was = member.user, member.role
    member._history_user = by
    member.delete()
    open_work = open_work_of(of) if was in ANSWERING else 0
    data = {"role": "", "was": was} | ({"open_work": open_work} if open_work else {})
    event = log.record(of, kind, by=by, actor=actor, person=user, **data)
    if was == OWNER:
        withdraw_invitations_of(of, user.pk, by=by, actor=actor)
    end_hand_overs(of, user, by=by, actor=actor)
    telling.tell(of, event)
    return event


ANSWERING = frozenset({OWNER, "reviewer"})


def open_work_of(of):
    """Return how many requests a partner is to answer or has accepted; 0 for a shop, whose requests are the shop's."""
    if side_of(of).kind != PARTNER:
        return 0
    return Share.objects.live().filter(partner=of).count()


def withdraw_invitations_of(of, user_id, *, by, actor=Actor.MEMBER):
    """Withdraw the open invitations of who is no owner any more: nobody joins on their word."""
    pending = Invitation.objects.of(side_of(of).kind, of.pk).pending().filter(by=user_id).order_by("pk")
    for invitation in pending:
        invitation.ended_at, invitation.how = clock.now(), InvitationEnd.WITHDRAWN
        invitation.save(update_fields=["ended_at", "how"])
        data = {"invitation": invitation.pk, "because": "inviter"}
        log.record(of, Kind.INVITATION_WITHDRAWN, by=by, actor=actor, **data)


def end_hand_overs(of, user, *, by, actor=Actor.MEMBER):
    """End the pending hand-over that the person offered or was offered: they are not what they were then."""
    pending = HandOver.objects.of(side_of(of).kind, of.pk).pending().select_related("by", "to").first()
    if pending and user.pk in (pending.by_id, pending.to_id):
        end_hand_over(of, pending, HandOverEnd.VOID, by=by, actor=actor)


def end_hand_over(of, hand_over, how, *, by, actor=Actor.MEMBER):
    """End a pending hand-over of a locked team without making it, and tell the other of the two."""
    hand_over.ended_at, hand_over.how = clock.now(), how
    hand_over.save(update_fields=["ended_at", "how"])
    event = log.record(
        of, Kind.HAND_OVER_ENDED, by=by, actor=actor, person=hand_over.to, hand_over=hand_over.pk, how=how
    )
    telling.tell_of_offer_ended(of, event, hand_over)
