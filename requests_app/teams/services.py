"""What people do in teams: one function a verb, each one transaction (docs/design.md, Teams).

All lock the people first, by id, then the shop or partner, and read again under these locks: two owners who remove each
other, or a link that is opened twice, come one after the other. All raise NotAllowed (with the policy's reason) or
NotPossible; both carry a message for the person. `kind` is accounts.acting.SHOP or PARTNER, `of_id` the key of the shop
or partner, `by` the acting person.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import clock, mail_limits
from accounts.acting import SHOP
from accounts.exceptions import NotPossible
from accounts.formats import day_and_time
from accounts.models import User
from accounts.policies import require
from partners.services import note_who_can_answer
from requests_app import absence
from requests_app.limits import YOUNG
from requests_app.teams import invitations, log, membership, policies, telling, tokens
from requests_app.teams.kinds import Actor, HandOverEnd, InvitationEnd, Kind
from requests_app.teams.models import HandOver, Invitation, TeamEvent
from requests_app.teams.sides import OWNER, SIDES, side_of

VALID = timedelta(days=7)  # an invitation
MOST_PENDING, MOST_A_DAY = 20, 30  # invitations of one shop or partner
MOST_A_DAY_WHILE_YOUNG = 5  # likewise, in its first limits.YOUNG: nobody knows it yet
DAY = timedelta(days=1)


class NotThere(NotPossible):
    """What the act is about is not there any more, or never was."""

    def __init__(self):
        super().__init__(_("This is not there any more, so nothing was changed."))


# Invitations


@transaction.atomic
def invite(*, kind, of_id, by, email, role, language=None):
    """Invite an address to become a member with this role; return the Invitation. Its mail has the only link.

    `email` is compared as addresses are: capital letters count nothing. `language` is that of the mail for an address
    without an account (None: the inviter's). Whether it has one changes nothing that the inviter could see. Raise
    NotPossible where the address is invited already, and beyond MOST_PENDING, MOST_A_DAY or, of a new
    shop or partner, MOST_A_DAY_WHILE_YOUNG (docs/design.md, Teams).
    """
    User.objects.lock_acting(by)
    side, of = SIDES[kind], _locked(kind, of_id)
    require(policies.may_invite(policies.standing_in(by, kind, of_id)))
    _check_role(side, role)
    _end_expired(of, kind, email)
    if Invitation.objects.of(kind, of_id).pending().filter(address__iexact=email).exists():
        raise NotPossible(_("This address is invited already. Renew the invitation to send its mail again."))
    _check_limits(kind, of_id)
    language = language or translation.get_language() or settings.LANGUAGE_CODE
    invitation = Invitation(**{kind: of}, address=email, role=role, language=language)
    _issue(invitation, of, Kind.INVITED, by)
    return invitation


@transaction.atomic
def renew_invitation(*, invitation_id, by):
    """Send a new link that is valid for VALID; the one before opens nothing from then on. Return the Invitation."""
    invitation, of = _open_invitation(invitation_id, by)
    _check_limits(invitation.kind, invitation.of_id, but=invitation)
    _issue(invitation, of, Kind.INVITATION_RENEWED, by)
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation_id, by):
    """End an invitation: its link opens nothing from then on, and a mail that has not left is not sent."""
    invitation, of = _open_invitation(invitation_id, by)
    membership.end_invitation(of, invitation, by=by)
    return invitation


@transaction.atomic
def join(*, token, by):
    """Make the person a member, by the link of an invitation for an address that they verified; return the Invitation.

    Raise NotPossible for a link that is unknown, expired, withdrawn or used, and NotAllowed for another's.
    """
    found = invitations.invitation_of(token)
    if found is None:
        raise NotPossible(invitations.UNKNOWN)
    User.objects.lock_acting(by)
    of = _locked(found.kind, found.of_id)
    invitation = Invitation.objects.get(pk=found.pk)
    invitations.check_open(invitation, token)
    require(invitations.may_join(by, invitation))
    events = membership.add(of, by, invitation.role, kind=Kind.JOINED, by=by, invitation=invitation.pk)
    if not events:
        raise NotPossible(_("You belong to %(name)s already.") % {"name": of.name})
    invitation.ended_at, invitation.how, invitation.address = clock.now(), InvitationEnd.JOINED, ""
    invitation.save(update_fields=["ended_at", "how", "address"])
    _follow(of, events, by=by)
    return invitation


# Members


@transaction.atomic
def change_role(*, kind, member_id, by, role):
    """Give a member another role, which holds from their next page on; return the membership. Nobody is the last owner.

    An owner steps down by giving themself another role.
    """
    member, of = _locked_member(kind, member_id, by)
    _check_role(SIDES[kind], role)
    require(policies.may_change_role(policies.standing_in(by, kind, of.pk), member, role))
    _follow(of, membership.set_role(of, member, role, by=by), by=by)
    return member


@transaction.atomic
def remove_member(*, kind, member_id, by):
    """End the membership of another: they lose it at once, in every open tab."""
    member, of = _locked_member(kind, member_id, by)
    require(policies.may_remove(policies.standing_in(by, kind, of.pk), member))
    _follow(of, membership.end(of, member, kind=Kind.REMOVED, by=by), by=by)
    return member


@transaction.atomic
def leave(*, kind, of_id, by):
    """End one's own membership."""
    User.objects.lock_acting(by)
    of = _locked(kind, of_id)
    member = SIDES[kind].members(of_id).select_related("user").filter(user=by).first()
    if member is None:
        raise NotThere
    require(policies.may_leave(policies.standing_in(by, kind, of_id), member))
    _follow(of, membership.end(of, member, kind=Kind.LEFT, by=by), by=by)


# Hand-over


@transaction.atomic
def offer_hand_over(*, kind, of_id, by, member_id):
    """Offer a member to become owner in one's place; return the HandOver. One at a time is offered."""
    member, of = _locked_member(kind, member_id, by)
    if of.pk != of_id:
        raise NotThere
    require(policies.may_offer_hand_over(policies.standing_in(by, kind, of_id), member))
    if HandOver.objects.of(kind, of_id).pending().exists():
        raise NotPossible(_("A hand-over is offered already. Withdraw it first."))
    hand_over = HandOver.objects.create(**{kind: of}, by=by, to=member.user)
    event = log.record(of, Kind.HAND_OVER_OFFERED, by=by, person=member.user, hand_over=hand_over.pk)
    telling.tell(of, [event])
    return hand_over


@transaction.atomic
def withdraw_hand_over(*, hand_over_id, by):
    """Take the offer back, as an owner."""
    hand_over, of = _pending_hand_over(hand_over_id, by)
    require(policies.may_withdraw_hand_over(policies.standing_in(by, hand_over.kind, of.pk)))
    telling.tell(of, [membership.end_hand_over(of, hand_over, HandOverEnd.WITHDRAWN, by=by)])
    return hand_over


@transaction.atomic
def decline_hand_over(*, hand_over_id, by):
    """Decline the offer, as the member it was made to."""
    hand_over, of = _pending_hand_over(hand_over_id, by)
    require(policies.may_answer_hand_over(policies.standing_in(by, hand_over.kind, of.pk), hand_over))
    telling.tell(of, [membership.end_hand_over(of, hand_over, HandOverEnd.DECLINED, by=by)])
    return hand_over


@transaction.atomic
def accept_hand_over(*, hand_over_id, by):
    """Become owner in place of who offered it, who is editor (of a partner: reviewer) from then on.

    Return the HandOver. Raise NotPossible where who offered it is no owner who can sign in any more.
    """
    hand_over, of = _pending_hand_over(hand_over_id, by)
    kind = hand_over.kind
    require(policies.may_answer_hand_over(policies.standing_in(by, kind, of.pk), hand_over))
    own, before = (
        SIDES[kind].members(of.pk).select_related("user").filter(user=user).first() for user in (by, hand_over.by)
    )
    if own is None or before is None or before.role != OWNER or not before.user.is_active:
        raise NotPossible(_("Who offered it is no owner who can sign in any more. Ask the support of this site."))
    hand_over.ended_at, hand_over.how = clock.now(), HandOverEnd.ACCEPTED
    hand_over.save(update_fields=["ended_at", "how"])
    said = {"by": by, "hand_over": hand_over.pk}
    events = membership.set_role(of, before, SIDES[kind].stepped_down, kind=Kind.STEPPED_DOWN, **said)
    events += membership.set_role(of, own, OWNER, kind=Kind.HANDED_OVER, **said)
    _follow(of, events, by=by)
    return hand_over


# For others that begin memberships in a transaction of theirs


def add_member(of, user, role, *, kind, by=None, actor=Actor.PLATFORM):
    """Make the person a member of a shop or partner, in the caller's transaction; return whether they were none before.

    `kind` is one of kinds.JOINING. The caller has locked the person, who can sign in, and nothing after people.
    """
    side = side_of(of)
    locked = _locked(side.kind, of.pk)
    _check_role(side, role)
    events = membership.add(locked, user, role, kind=kind, by=by, actor=actor)
    _follow(locked, events, by=by or user)
    return bool(events)


def _locked(kind, of_id):
    try:
        return SIDES[kind].lock(of_id)
    except SIDES[kind].model.DoesNotExist:
        raise NotThere from None


def _locked_member(kind, member_id, by):
    """Return (the membership, its shop or partner), with both people and the shop or partner locked."""
    side = SIDES[kind]
    found = side.member.objects.filter(pk=member_id).values_list("user", f"{kind}_id").first()
    if found is None:
        raise NotThere
    user_id, of_id = found
    User.objects.lock_acting(by, user_id)
    of = _locked(kind, of_id)
    member = side.members(of_id).select_related("user").filter(pk=member_id).first()
    if member is None:
        raise NotThere
    return member, of


def _open_invitation(invitation_id, by):
    """Return (an invitation that has not ended, its shop or partner, locked) for an owner."""
    found = Invitation.objects.filter(pk=invitation_id).first()
    if found is None:
        raise NotThere
    User.objects.lock_acting(by)
    of = _locked(found.kind, found.of_id)
    require(policies.may_invite(policies.standing_in(by, found.kind, of.pk)))
    invitation = Invitation.objects.get(pk=invitation_id)
    if invitation.ended_at:
        raise NotPossible(_("This invitation has ended already, so nothing was changed."))
    return invitation, of


def _pending_hand_over(hand_over_id, by):
    """Return (a pending hand-over, its shop or partner), with all three people and that locked."""
    found = HandOver.objects.filter(pk=hand_over_id).first()
    if found is None:
        raise NotThere
    User.objects.lock_acting(by, found.by_id, found.to_id)
    of = _locked(found.kind, found.of_id)
    hand_over = HandOver.objects.select_related("by", "to").get(pk=hand_over_id)
    if hand_over.ended_at:
        raise NotPossible(_("This hand-over has ended already, so nothing was changed."))
    return hand_over, of


def _issue(invitation, of, event_kind, by):
    """Save the invitation with a new link, record it, and queue its mail; counts what the inviter has mailed."""
    at = clock.now()
    invitation.by, invitation.ends_at = by, at + VALID
    if invitation.pk is None:
        invitation.created_at = at
    tokens.fresh(invitation)
    invitation.save()
    log.record(of, event_kind, by=by, invitation=invitation.pk, as_role=invitation.role)
    invitations.queue_mail(invitation, of, by)
    if until := mail_limits.take_or_when(mail_limits.ASKING, "user", by.pk):
        raise NotPossible(
            _("You had so many mails sent lately that no more go out for now. Try again after %(when)s.")
            % {"when": day_and_time(until)}
        )


def _check_role(side, role):
    if role not in side.member.Role.values:
        raise NotPossible(_("Choose one of the roles."))


def _end_expired(of, kind, email):
    """End an invitation of the address that is over by its time, so that there is room for a new one."""
    over = Invitation.objects.of(kind, of.pk).filter(address__iexact=email, ends_at__lte=clock.now())
    invitations.end_by_time(over)


def _check_limits(kind, of_id, *, but=None):
    pending = Invitation.objects.of(kind, of_id).pending().filter(ends_at__gt=clock.now())
    if pending.exclude(pk=but and but.pk).count() >= MOST_PENDING:
        raise NotPossible(
            _("At most %(most)d invitations can wait at a time. Withdraw one first.") % {"most": MOST_PENDING}
        )
    events = TeamEvent.objects.of(kind, of_id)
    sent = events.filter(kind__in=[Kind.INVITED, Kind.INVITATION_RENEWED], at__gt=clock.now() - DAY).count()
    if sent >= MOST_A_DAY:
        raise NotPossible(
            _("Within a day at most %(most)d invitations are sent. Try again tomorrow.") % {"most": MOST_A_DAY}
        )
    if sent >= MOST_A_DAY_WHILE_YOUNG and _is_young(events):
        raise NotPossible(
            _("In its first %(days)d days a team sends at most %(most)d invitations within a day. Try again tomorrow.")
            % {"days": YOUNG.days, "most": MOST_A_DAY_WHILE_YOUNG}
        )


def _is_young(events):
    """Return whether the log of these events begins with its founding, not long ago; an older one began before it."""
    return events.filter(number=1, kind=Kind.FOUNDED, at__gt=clock.now() - YOUNG).exists()


def _follow(of, events, *, by):
    """See to what follows of a membership that changed: who can act, then who is told. Nothing where none did."""
    if not events:
        return
    if side_of(of).kind == SHOP:
        absence.note_owners([of.pk], by=by)
    else:
        note_who_can_answer([of.pk])
    telling.tell(of, events)
