"""A shop and a partner as teams: what holds of one holds of the other."""

from dataclasses import dataclass

from accounts.acting import PARTNER, SHOP
from accounts.models import User
from partners.models import Partner
from requests_app.models import Shop
from requests_app.teams import services, tokens
from requests_app.teams.models import TeamEvent
from tests.factories import PartnerFactory, ShopFactory, UserFactory, add_to_partner, add_to_shop


@dataclass
class Team:
    kind: str
    of: Shop | Partner
    owner: User
    works: str  # the role between owner and viewer

    def add(self, role, **person):
        """A new person with this role; returns their membership."""
        user = UserFactory(**person)
        (add_to_shop if self.kind == SHOP else add_to_partner)(self.of, user, role)
        return self.member(user)

    def member(self, user):
        return self.of.members.select_related("user").get(user=user)

    def role(self, user):
        return self.of.members.filter(user=user).values_list("role", flat=True).first() or ""

    def owners(self):
        return set(self.of.members.active_owners().values_list("user", flat=True))

    def invite(self, email="new@example.com", role="", by=None):
        return services.invite(
            kind=self.kind, of_id=self.of.pk, by=by or self.owner, email=email, role=role or self.works
        )

    def offer(self, member, by=None):
        return services.offer_hand_over(kind=self.kind, of_id=self.of.pk, by=by or self.owner, member_id=member.pk)

    def change_role(self, member, role, by=None):
        return services.change_role(kind=self.kind, member_id=member.pk, by=by or self.owner, role=role)

    def remove(self, member, by=None):
        return services.remove_member(kind=self.kind, member_id=member.pk, by=by or self.owner)

    def leave(self, by=None):
        return services.leave(kind=self.kind, of_id=self.of.pk, by=by or self.owner)

    def log(self):
        """The kinds of its events, oldest first, and whom each is about."""
        events = TeamEvent.objects.of(self.kind, self.of.pk).order_by("number")
        return [(event.kind, event.person_id) for event in events]

    def last_event(self):
        return TeamEvent.objects.of(self.kind, self.of.pk).order_by("number").last()


def token_of(invitation):
    """The token of the invitation's link, as its mail has it."""
    invitation.refresh_from_db()
    return tokens.token_of(invitation)


def make_team(kind, **values):
    owner = UserFactory(name="Olga Owner")
    if kind == SHOP:
        return Team(SHOP, ShopFactory(name="Lumen Skincare", owner=owner, **values), owner, "editor")
    return Team(PARTNER, PartnerFactory(name="Northlight Commerce", owner=owner, **values), owner, "reviewer")
