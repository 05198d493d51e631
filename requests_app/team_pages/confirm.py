"""What changes a team, asked first: the page lists what follows, for whom, and who is notified."""

from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formats import together
from accounts.verbs import Consequences
from requests_app.pages.confirm import ConfirmPage, PageVerb
from requests_app.teams import consequences, services


class TeamVerb(PageVerb):
    """An act on a row of the team: a member, an invitation or a hand-over."""

    heading: object = ""  # with %(person)s and %(team)s

    def __init__(self, team):
        self.team = team

    @property
    def kind(self):
        return self.team.pages.kind

    @property
    def then(self):
        """Return where one goes after the act."""
        return self.team.url

    def person(self, row):
        return str(row.user)

    def words(self, row):
        return {"person": self.person(row), "team": self.team.of.name}

    def page(self, row):
        return ConfirmPage(
            base=self.team.pages.base,
            list_label=_("Team"),
            list_url=self.team.url,
            reference="",
            url=self.team.url,
            title=together(self.label, self.person(row)),
            heading=str(self.heading) % self.words(row),
            eyebrow=self.team.of.name,
            then=self.then,
        )


class WithdrawInvitation(TeamVerb):
    label = gettext_lazy("Withdraw invitation")
    heading = gettext_lazy("Withdraw the invitation of %(person)s?")

    def person(self, row):
        return row.address

    def consequences(self, invitation):
        return Consequences(
            ends=[_("The link that was sent to this address: it opens nothing any more.")],
            keeps=[_("You can invite the address again.")],
            notified=[_("Nobody. Who opens the link reads that the invitation was withdrawn.")],
        )

    def act(self, invitation, *, by):
        services.withdraw_invitation(invitation_id=invitation.pk, by=by)
        return _("The invitation is withdrawn.")


class ChangeRole(TeamVerb):
    """Another role for a member; which one was chosen on the page before."""

    label = gettext_lazy("Change role")
    heading = gettext_lazy("Change the role of %(person)s?")
    dangerous = False

    def __init__(self, team, role):
        super().__init__(team)
        self.role, self.carried = role, (("role", role),)

    def consequences(self, member):
        return consequences.consequences_of_role(self.kind, member, self.role, by=self.team.user)

    def page(self, row):
        page = super().page(row)
        return page if row.user_id != self.team.user.pk else replace(page, heading=_("Change your role?"))

    def act(self, member, *, by):
        services.change_role(kind=self.kind, member_id=member.pk, by=by, role=self.role)
        said = {"person": self.person(member), "role": self.team.pages.roles(self.role).label}
        if member.user_id == by.pk:
            return _("Your role is %(role)s now.") % said
        return _("The role of %(person)s is %(role)s now.") % said


class RemoveMember(TeamVerb):
    label = gettext_lazy("Remove member")
    heading = gettext_lazy("Remove %(person)s from %(team)s?")

    def consequences(self, member):
        return consequences.consequences_of_removal(self.kind, member, by=self.team.user)

    def act(self, member, *, by):
        services.remove_member(kind=self.kind, member_id=member.pk, by=by)
        return _("%(person)s does not belong to %(team)s any more.") % self.words(member)


class Leave(TeamVerb):
    label = gettext_lazy("Leave")
    heading = gettext_lazy("Leave %(team)s?")

    @property
    def then(self):
        return reverse("home")

    def consequences(self, member):
        return consequences.consequences_of_leaving(self.kind, member)

    def act(self, member, *, by):
        services.leave(kind=self.kind, of_id=self.team.of.pk, by=by)
        return _("You left %(team)s.") % self.words(member)


class OfferHandOver(TeamVerb):
    """An owner's offer to a member, who was chosen on the page before."""

    label = gettext_lazy("Offer hand-over")
    heading = gettext_lazy("Hand over %(team)s to %(person)s?")

    def __init__(self, team, member):
        super().__init__(team)
        self.carried = (("member", member.pk),)

    def consequences(self, member):
        return consequences.consequences_of_hand_over(self.kind, self.team.of, member, by=self.team.user)

    def act(self, member, *, by):
        services.offer_hand_over(kind=self.kind, of_id=self.team.of.pk, by=by, member_id=member.pk)
        return _("%(person)s is asked to take over.") % self.words(member)


class TakeOver(TeamVerb):
    """The member's answer to such an offer; the row is the hand-over."""

    label = gettext_lazy("Take over")
    heading = gettext_lazy("Take over %(team)s?")
    dangerous = False

    def person(self, row):
        return str(row.by)

    def consequences(self, hand_over):
        return consequences.consequences_of_taking_over(self.kind, self.team.of, hand_over)

    def act(self, hand_over, *, by):
        services.accept_hand_over(hand_over_id=hand_over.pk, by=by)
        return _("You are an owner of %(team)s now.") % self.words(hand_over)
