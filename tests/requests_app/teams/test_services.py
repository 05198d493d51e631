"""What people do in teams: invitations, roles, leaving and hand-over, for shops and partners alike."""

import pytest

from accounts.acting import SHOP
from requests_app.teams import services, tokens
from requests_app.teams.models import Invitation, TeamEvent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_join_makes_a_member(seller, shop):
    person = UserFactory(email="new@example.com", name="Nia New")
    invitation = services.invite(kind=SHOP, of_id=shop.pk, by=seller, email="NEW@example.com", role="editor")
    token = tokens.token_of(invitation)

    services.join(token=token, by=person)

    assert shop.members.get(user=person).role == "editor"
    assert Invitation.objects.get().address == ""
    assert [event.kind for event in TeamEvent.objects.order_by("pk")][-2:] == ["invited", "joined"]
