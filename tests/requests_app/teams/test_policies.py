"""Who may do what in a team: each policy by each role, of a shop and of a partner."""

import pytest

from requests_app.policies import NOT_YOURS
from requests_app.teams import policies
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ROLES = ("owner", "works", "viewer", "")


@pytest.fixture
def members(team):
    """A second owner, one who works and a viewer, by their role; and the first owner as "first"."""
    rows = {"owner": team.add("owner"), "works": team.add(team.works), "viewer": team.add("viewer")}
    return rows | {"first": team.member(team.owner)}


def standing(team, members, role):
    user = members[role].user if role else UserFactory()
    return policies.standing_in(user, team.kind, team.of.pk)


@pytest.mark.parametrize("role", ROLES)
def test_owners_alone_manage(role, team, members):
    by = standing(team, members, role)
    expected = {"owner": policies.YES, "": NOT_YOURS}.get(role, policies.OWNERS_ONLY)

    for decision in (
        policies.may_invite(by),
        policies.may_renew(by),
        policies.may_withdraw(by),
        policies.may_read_log(by),
        policies.may_offer_hand_over(by),
        policies.may_withdraw_hand_over(by),
        policies.may_change_role(by, members["viewer"], "owner"),
        policies.may_remove(by, members["first"]),
    ):
        assert decision == expected


@pytest.mark.parametrize("role", ROLES)
def test_every_member_may_leave(role, team, members):
    by = standing(team, members, role)

    assert policies.may_leave(by, members.get(role)) == (policies.YES if role else NOT_YOURS)


def test_nobody_removes_themself(team, members):
    by = standing(team, members, "owner")

    assert policies.may_remove(by, members["owner"]) == policies.LEAVE_INSTEAD


@pytest.mark.parametrize("others", ["nobody", "inactive", "an owner"])
def test_last_owner_is_who_alone_can_sign_in(others, team):
    first = team.member(team.owner)
    if others != "nobody":
        other = team.add("owner").user
        other.is_active = others == "an owner"
        other.save(update_fields=["is_active"])
    by, last = policies.standing_in(team.owner, team.kind, team.of.pk), others != "an owner"

    assert policies.is_last_owner(first) == last
    assert policies.may_leave(by, first) == (policies.LAST_OWNER if last else policies.YES)
    assert policies.may_change_role(by, first, "viewer") == (policies.LAST_OWNER if last else policies.YES)
    assert policies.may_change_role(by, first, "owner") == policies.YES


def test_role_is_read_when_it_is_asked(team, members):
    by = members["owner"].user
    assert policies.may_invite(policies.standing_in(by, team.kind, team.of.pk))

    team.change_role(members["owner"], "viewer")

    assert policies.may_invite(policies.standing_in(by, team.kind, team.of.pk)) == policies.OWNERS_ONLY
