"""What the pages that ask before a membership changes say: what ends, what stays, who is notified."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.acting import SHOP
from accounts.verbs import Consequences
from requests_app.teams.membership import ANSWERING, open_work_of
from requests_app.teams.models import HandOver, Invitation
from requests_app.teams.sides import OWNER, SIDES, side_of


def consequences_of_removal(kind, member):
    """Return the Consequences of removing a member (a ShopMember or PartnerMember)."""
    of = getattr(member, kind)
    said = {"person": member.user, "name": of.name}
    return Consequences(
        intro=_("%(person)s will not be a member of %(name)s any more.") % said,
        ends=[_("Their access to %(name)s, at once, in every open tab.") % said, *_also_ends(kind, of, member)],
        keeps=[_("What they wrote and did stays under their name."), *_open_work(of, member)],
        notified=[_("%(person)s and the other owners are notified.") % said],
    )


def consequences_of_leaving(kind, member):
    """Return the Consequences of the member's own leaving."""
    of = getattr(member, kind)
    said = {"name": of.name}
    return Consequences(
        intro=_("You will not be a member of %(name)s any more. To come back, an owner has to invite you.") % said,
        ends=[_("Your access to %(name)s, at once, in every open tab.") % said, *_also_ends(kind, of, member)],
        keeps=[_("What you wrote and did stays under your name."), *_open_work(of, member)],
        notified=[_("The owners are notified, and you get a mail about it.")],
    )


def consequences_of_role(kind, member, role):
    """Return the Consequences of giving the member this role."""
    of = getattr(member, kind)
    label = SIDES[kind].member.Role(role).label
    said = {"person": member.user, "name": of.name, "was": member.get_role_display(), "role": label}
    return Consequences(
        intro=_("%(person)s is %(was)s of %(name)s and becomes %(role)s, from their next page on.") % said,
        ends=list(_also_ends(kind, of, member)) if role != OWNER else [],
        notified=[_("%(person)s and the other owners are notified.") % said],
    )


def consequences_of_hand_over(kind, of, member):
    """Return the Consequences of an owner's offer to this member, once it is accepted."""
    label = SIDES[kind].member.Role(SIDES[kind].stepped_down).label
    said = {"person": member.user, "name": of.name, "role": label}
    return Consequences(
        intro=_("%(person)s is asked to become owner of %(name)s in your place. Until they accept, nothing changes.")
        % said,
        ends=[_("Once they accept, you are %(role)s instead of owner.") % said],
        keeps=[_("The other owners stay owners.")],
        notified=[_("%(person)s is notified now, and you when they have answered.") % said],
    )


def _also_ends(kind, of, member):
    """Yield what ends because the member is not what they were."""
    pending = Invitation.objects.of(kind, of.pk).pending().filter(by=member.user_id).count()
    if member.role == OWNER and pending:
        yield ngettext(
            "%(count)d invitation that waits on their word is withdrawn.",
            "%(count)d invitations that wait on their word are withdrawn.",
            pending,
        ) % {"count": pending}
    hand_over = HandOver.objects.of(kind, of.pk).pending().first()
    if hand_over and member.user_id in (hand_over.by_id, hand_over.to_id):
        yield _("The hand-over that waits for its answer.")


def _open_work(of, member):
    """Yield what stays to be done by the others."""
    if side_of(of).kind == SHOP:
        yield _("Requests stay with %(name)s, also those that name them as the contact: check these.") % {
            "name": of.name
        }
    elif member.role in ANSWERING and (count := open_work_of(of)):
        yield ngettext(
            "%(count)d open request stays with %(name)s, and the others who answer are told.",
            "%(count)d open requests stay with %(name)s, and the others who answer are told.",
            count,
        ) % {"count": count, "name": of.name}
