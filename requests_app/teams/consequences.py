"""What the pages that ask before a membership changes say: what ends, what stays, who is notified.

`by` is the reader, who is not notified of their own act. Who is, follows from requests_app.teams.telling.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.acting import SHOP
from accounts.verbs import Consequences
from partners.models import PartnerMember
from requests_app.teams.membership import open_work_of
from requests_app.teams.models import HandOver, Invitation
from requests_app.teams.sides import OWNER, SIDES, side_of


def consequences_of_removal(kind, member, *, by):
    """Return the Consequences of removing a member (a ShopMember or PartnerMember)."""
    of = getattr(member, kind)
    said = {"person": member.user, "name": of.name}
    return Consequences(
        intro=_("%(person)s will not be a member of %(name)s any more.") % said,
        ends=[_("Their access to %(name)s, at once, in every open tab.") % said, *_also_ends(kind, of, member, by)],
        keeps=[_("What they wrote and did stays under their name."), *_open_work(of, member)],
        notified=_notified(of, member.user, by),
    )


def consequences_of_leaving(kind, member):
    """Return the Consequences of the member's own leaving."""
    of = getattr(member, kind)
    said = {"name": of.name}
    others = _others_who_own(of, member.user)
    return Consequences(
        intro=_("You will not be a member of %(name)s any more. To come back, an owner has to invite you.") % said,
        ends=[
            _("Your access to %(name)s, at once, in every open tab.") % said,
            *_also_ends(kind, of, member, member.user),
        ],
        keeps=[_("What you wrote and did stays under your name."), *_open_work(of, member)],
        notified=[
            _("The owners are notified, and you get a mail about it.") if others else _("You get a mail about it.")
        ],
    )


def consequences_of_role(kind, member, role, *, by):
    """Return the Consequences of giving the member this role; of an owner's own too."""
    of = getattr(member, kind)
    label = SIDES[kind].member.Role(role).label
    said = {"person": member.user, "name": of.name, "was": member.get_role_display(), "role": label}
    if member.user_id == by.pk:
        intro = _("You are %(was)s of %(name)s and become %(role)s, from your next page on.")
    else:
        intro = _("%(person)s is %(was)s of %(name)s and becomes %(role)s, from their next page on.")
    return Consequences(
        intro=intro % said,
        ends=list(_also_ends(kind, of, member, by)),
        notified=_notified(of, member.user, by),
    )


def consequences_of_hand_over(kind, of, member, *, by):
    """Return the Consequences of an owner's offer to this member, once it is accepted."""
    label = SIDES[kind].member.Role(SIDES[kind].stepped_down).label
    said = {"person": member.user, "name": of.name, "role": label}
    return Consequences(
        intro=_("%(person)s is asked to become owner of %(name)s in your place. Until they accept, nothing changes.")
        % said,
        ends=[
            _("Once they accept, you are %(role)s instead of owner.") % said,
            *_invitations_of(kind, of, by, is_reader=True),
        ],
        keeps=[_("The other owners stay owners.")],
        notified=[_("%(person)s is notified now, and you when they have answered.") % said],
    )


def consequences_of_taking_over(kind, of, hand_over):
    """Return the Consequences of accepting an offer, for who does it."""
    label = SIDES[kind].member.Role(SIDES[kind].stepped_down).label
    said = {"person": hand_over.by, "name": of.name, "role": label}
    return Consequences(
        intro=_("You become an owner of %(name)s in place of %(person)s.") % said,
        ends=[
            _("%(person)s is %(role)s instead of owner from then on.") % said,
            *_invitations_of(kind, of, hand_over.by, is_reader=False),
        ],
        keeps=[_("The other members and all requests: nothing changes for them.")],
        notified=[*_notified(of, hand_over.by, hand_over.to), _("You get a mail about it.")],
    )


def _notified(of, person, by):
    """Return who is notified of a change of this person, of their own act of the other owners alone."""
    told = person.is_active and person.pk != by.pk
    if _others_who_own(of, person, by):
        text = _("%(person)s and the other owners are notified.") if told else _("The other owners are notified.")
    else:
        text = _("%(person)s is notified.") if told else _("Nobody.")
    return [text % {"person": person}]


def _others_who_own(of, *people):
    return side_of(of).members(of.pk).active_owners().exclude(user__in=people).exists()


def _also_ends(kind, of, member, by):
    """Yield what ends because the member is not what they were."""
    if member.role == OWNER:
        yield from _invitations_of(kind, of, member.user, is_reader=member.user_id == by.pk)
    hand_over = HandOver.objects.of(kind, of.pk).pending().first()
    if hand_over and member.user_id in (hand_over.by_id, hand_over.to_id):
        yield _("The hand-over that waits for its answer.")


def _invitations_of(kind, of, owner, *, is_reader):
    """Yield how many invitations are withdrawn once this owner is none any more."""
    pending = Invitation.objects.of(kind, of.pk).pending().filter(by=owner).count()
    if not pending:
        return
    if is_reader:
        text = ngettext(
            "%(count)d invitation that you sent is withdrawn.",
            "%(count)d invitations that you sent are withdrawn.",
            pending,
        )
    else:
        text = ngettext(
            "%(count)d invitation that %(person)s sent is withdrawn.",
            "%(count)d invitations that %(person)s sent are withdrawn.",
            pending,
        )
    yield text % {"count": pending, "person": owner}


def _open_work(of, member):
    """Yield what stays to be done by the others."""
    if side_of(of).kind == SHOP:
        yield _("Requests stay with %(name)s, also those that name them as the contact: check these.") % {
            "name": of.name
        }
    elif member.role in PartnerMember.ANSWERING and (count := open_work_of(of)):
        yield ngettext(
            "%(count)d open request stays with %(name)s, and the others who answer are told.",
            "%(count)d open requests stay with %(name)s, and the others who answer are told.",
            count,
        ) % {"count": count, "name": of.name}
