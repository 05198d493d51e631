"""A shop's team and a partner's, the same tests for both."""

from dataclasses import dataclass
from typing import Any

import pytest

from requests_app.teams import services, tokens
from tests.cast import signed_in


@dataclass(frozen=True)
class Cast:
    """A team with its owner, a member who may do some things, one who only reads, and somebody of another team."""

    kind: str
    of: Any
    path: str
    owner: Any
    worker: Any
    reader: Any
    stranger: Any

    def member(self, user):
        return self.of.members.get(user=user)

    def url(self, act, row):
        """The address of an act on a row of the team."""
        folder = {"Invitation": "invitations", "HandOver": "hand-overs"}.get(type(row).__name__, "members")
        return f"{self.path}{folder}/{row.pk}/{act}/"

    def add(self, user, role):
        return self.of.members.create(user=user, role=role)

    def page_of(self, user):
        return signed_in(user).get(self.path)

    def invite(self, email="new@example.com", role="viewer", by=None):
        return services.invite(kind=self.kind, of_id=self.of.pk, by=by or self.owner, email=email, role=role)

    def link(self, **invited):
        return f"/invitations/{tokens.token_of(self.invite(**invited))}/"

    def offer(self, to):
        member = self.member(to)
        return services.offer_hand_over(kind=self.kind, of_id=self.of.pk, by=self.owner, member_id=member.pk)


@pytest.fixture
def shop_cast(shop, seller, editor, viewer, other_seller, other_shop):
    return Cast("shop", shop, "/seller/team/", seller, editor, viewer, other_seller)


@pytest.fixture
def partner_cast(partner, partner_owner, reviewer, partner_viewer, other_partner, other_agency):
    return Cast("partner", partner, "/portal/team/", partner_owner, reviewer, partner_viewer, other_partner)


@pytest.fixture(params=["shop", "partner"])
def cast(request):
    return request.getfixturevalue(f"{request.param}_cast")
