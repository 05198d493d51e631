"""Who may do what with a partner. Whether its status allows it is decided in partners.workflow."""

from django.utils.translation import gettext_lazy as _

from accounts.policies import YES, Decision, staff_with
from partners.models import Partner, PartnerMember
from partners.workflow import PartnerStatus


def role_in(user, partner):
    """Return the user's role in the partner, or ""."""
    return PartnerMember.objects.filter(user=user, partner=partner).values_list("role", flat=True).first() or ""


def may_apply(user):
    """Allow one waiting application at a time; owners of an approved partner may apply with another."""
    waiting = Partner.objects.filter(members__user=user, members__role=PartnerMember.Role.OWNER)
    if waiting.filter(status=PartnerStatus.APPLIED).exists():
        return Decision(_("You have applied already. We tell you by email when your application is answered."))
    return YES


def may_change_profile(user, partner):
    return may_change_profile_as(role_in(user, partner))


def may_change_profile_as(role):
    """Return the Decision for who has this role in the partner, "" for none."""
    if role == PartnerMember.Role.OWNER:
        return YES
    return Decision(_("Only an owner of the partner can change this. Ask one of your owners."))


def may_apply_again(user, partner):
    """Allow an owner of the partner, while no other application of theirs waits."""
    own = may_change_profile(user, partner)
    return may_apply(user) if own else own


may_change_availability = may_change_profile


def may_approve(user):
    return staff_with(user, "partners.approve_partner")


def may_suspend(user):
    return staff_with(user, "partners.suspend_partner")


def may_change_as_staff(user):
    return staff_with(user, "partners.change_partner")
