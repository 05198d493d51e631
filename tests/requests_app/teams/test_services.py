"""Roles, removing, leaving and hand-over: what changes, what is recorded, who is told, and what is refused."""

import pytest

from accounts.acting import PARTNER, SHOP
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from accounts.services import make_inactive
from requests_app.integrity.invariants import offenders
from requests_app.teams import services
from requests_app.teams.models import HandOver, Invitation
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request
from tests.teams import token_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def told():
    """Who was notified with which mail, in order."""
    return sorted(Notification.objects.filter(template__startswith="team_").values_list("user", "template"))


def test_joining_tells_the_person_and_the_owners(team):
    person, other = UserFactory(email="new@example.com"), team.add("owner").user
    team.add("viewer")

    services.join(token=token_of(team.invite()), by=person)

    assert told() == sorted(
        [
            (team.owner.pk, "team_joined_for_owner"),
            (other.pk, "team_joined_for_owner"),
            (person.pk, "team_joined_for_member"),
        ]
    )
    assert list(offenders()) == []


def test_changing_a_role_holds_at_once_and_tells(team):
    member, other = team.add("viewer"), team.add("owner").user

    team.change_role(member, team.works)

    assert team.role(member.user) == team.works
    assert team.last_event().data == {"role": team.works, "was": "viewer"}
    assert told() == sorted([(member.user_id, "team_role_for_member"), (other.pk, "team_role_for_owner")])
    assert list(offenders()) == []


def test_same_role_again_changes_nothing(team):
    member = team.add("viewer")
    before = team.log()

    team.change_role(member, "viewer")

    assert team.log() == before
    assert told() == []


def test_owner_steps_down_beside_another(team):
    team.add("owner")

    team.change_role(team.member(team.owner), "viewer")

    assert team.role(team.owner) == "viewer"


def test_removing_ends_it_and_tells(team):
    member, other = team.add("viewer"), team.add("owner").user

    team.remove(member)

    assert team.role(member.user) == ""
    assert team.log()[-1] == ("removed", member.user_id)
    assert told() == sorted([(member.user_id, "team_left_for_member"), (other.pk, "team_left_for_owner")])
    assert list(offenders()) == []


def test_leaving_ends_it_and_tells(team):
    member = team.add("viewer")

    team.leave(by=member.user)

    assert team.log()[-1] == ("left", member.user_id)
    assert told() == sorted([(member.user_id, "team_left_for_member"), (team.owner.pk, "team_left_for_owner")])


def test_open_work_of_who_leaves_stays_and_the_others_are_told(partner, partner_owner, reviewer, shop):
    make_request(shop, [partner])
    colleague = UserFactory()
    partner.members.create(user=colleague, role="reviewer")

    services.leave(kind=PARTNER, of_id=partner.pk, by=reviewer)

    assert told() == sorted(
        [
            (colleague.pk, "team_open_work_for_member"),
            (partner_owner.pk, "team_left_for_owner"),
            (reviewer.pk, "team_left_for_member"),
        ]
    )
    for template in ("team_open_work_for_member", "team_left_for_owner"):
        assert Notification.objects.get(template=template).context["open_work"] == 1


@pytest.mark.parametrize("act", ["leaves", "steps down"])
def test_last_owner_stays(act, team):
    """Another who owns it but cannot sign in counts for nothing."""
    idle = team.add("owner")
    idle.user.is_active = False
    idle.user.save(update_fields=["is_active"])

    acts = {"leaves": team.leave, "steps down": lambda: team.change_role(team.member(team.owner), "viewer")}

    with pytest.raises(NotAllowed, match="Hand over to another member first"):
        acts[act]()

    assert team.role(team.owner) == "owner"


def test_owner_who_cannot_sign_in_is_removed(team, staff):
    idle = team.add("owner")
    make_inactive(user_id=idle.user_id, by=staff)

    team.remove(idle)

    assert team.role(idle.user) == ""
    assert list(offenders()) == []


@pytest.mark.parametrize("role", ["works", "viewer", ""])
def test_who_is_no_owner_changes_nothing(role, team):
    role = team.works if role == "works" else role
    by = team.add(role).user if role else UserFactory()
    member, invitation = team.add("viewer"), team.invite("waits@example.com")
    before = team.log()
    acts = [
        lambda: team.invite(by=by),
        lambda: services.renew_invitation(invitation_id=invitation.pk, by=by),
        lambda: services.withdraw_invitation(invitation_id=invitation.pk, by=by),
        lambda: team.change_role(member, "owner", by=by),
        lambda: team.remove(member, by=by),
        lambda: team.offer(member, by=by),
    ]

    for act in acts:
        with pytest.raises(NotAllowed):
            act()

    assert team.log() == before


def test_row_of_another_team_is_not_reached(team):
    """A form can name any number: what is not of the person's own team is refused."""
    other = ShopFactory() if team.kind == SHOP else PartnerFactory()
    stranger = other.members.get()

    for act in (
        lambda: team.change_role(stranger, "viewer"),
        lambda: team.remove(stranger),
        lambda: services.offer_hand_over(kind=team.kind, of_id=team.of.pk, by=team.owner, member_id=stranger.pk),
    ):
        with pytest.raises((NotAllowed, NotPossible)):
            act()

    assert other.members.get().role == "owner"
    assert HandOver.objects.count() == 0


def test_member_that_is_not_there_any_more_is_said(team):
    member = team.add("viewer")
    team.remove(member)

    for act in (
        lambda: services.remove_member(kind=team.kind, member_id=member.pk or 0, by=team.owner),
        lambda: services.leave(kind=team.kind, of_id=team.of.pk, by=member.user),
        lambda: services.leave(kind=team.kind, of_id=0, by=member.user),
        lambda: services.accept_hand_over(hand_over_id=0, by=member.user),
        lambda: services.renew_invitation(invitation_id=0, by=team.owner),
    ):
        with pytest.raises(NotPossible, match="not there any more"):
            act()


# Hand-over


def test_hand_over_makes_a_new_owner_and_the_old_one_steps_down(team):
    member, third = team.add(team.works), team.add("owner").user
    hand_over = team.offer(member)

    services.accept_hand_over(hand_over_id=hand_over.pk, by=member.user)

    assert (team.role(member.user), team.role(team.owner)) == ("owner", team.works)
    assert HandOver.objects.get().how == "accepted"
    assert team.log()[-2:] == [("stepped_down", team.owner.pk), ("handed_over", member.user_id)]
    assert told() == sorted(
        [
            (member.user_id, "team_offered_for_member"),
            (member.user_id, "team_handed_over_for_member"),
            (team.owner.pk, "team_stepped_down_for_member"),
            (third.pk, "team_handed_over_for_owner"),
        ]
    )
    assert list(offenders()) == []


def test_sole_owner_hands_over_and_leaves(team):
    member = team.add("viewer")
    services.accept_hand_over(hand_over_id=team.offer(member).pk, by=member.user)

    team.leave()

    assert team.owners() == {member.user_id}


@pytest.mark.parametrize(("how", "told_of_it"), [("withdrawn", "member"), ("declined", "owner")])
def test_hand_over_that_is_not_made_changes_nothing(how, told_of_it, team):
    member = team.add("viewer")
    hand_over = team.offer(member)

    if how == "withdrawn":
        services.withdraw_hand_over(hand_over_id=hand_over.pk, by=team.owner)
    else:
        services.decline_hand_over(hand_over_id=hand_over.pk, by=member.user)

    assert (team.role(member.user), team.role(team.owner)) == ("viewer", "owner")
    assert HandOver.objects.get().how == how
    whom = member.user_id if told_of_it == "member" else team.owner.pk
    assert (whom, f"team_offer_ended_for_{told_of_it}") in told()
    with pytest.raises(NotPossible, match="ended already"):
        services.accept_hand_over(hand_over_id=hand_over.pk, by=member.user)


@pytest.mark.parametrize("who", ["offerer lowered", "offerer leaves", "member removed", "member lowered"])
def test_hand_over_ends_with_what_either_was(who, team):
    second, member = team.add("owner"), team.add(team.works)
    hand_over = team.offer(member)

    if who == "offerer lowered":
        team.change_role(team.member(team.owner), "viewer", by=second.user)
    elif who == "offerer leaves":
        team.leave()
    elif who == "member removed":
        team.remove(member)
    else:
        team.change_role(member, "viewer")

    hand_over.refresh_from_db()
    assert hand_over.how == "void"
    assert ("hand_over_ended", member.user_id) in team.log()
    assert list(offenders()) == []


def test_hand_over_of_who_cannot_sign_in_any_more_is_refused(team, staff):
    member = team.add("viewer")
    hand_over = team.offer(member)
    make_inactive(user_id=team.owner.pk, by=staff)

    with pytest.raises(NotPossible, match="can sign in any more"):
        services.accept_hand_over(hand_over_id=hand_over.pk, by=member.user)


def test_one_hand_over_is_offered_at_a_time(team):
    team.offer(team.add("viewer"))

    with pytest.raises(NotPossible, match="offered already"):
        team.offer(team.add("viewer"))


@pytest.mark.parametrize("who", ["oneself", "an owner", "inactive"])
def test_hand_over_is_offered_to_a_member_who_can_take_it(who, team):
    member = team.member(team.owner) if who == "oneself" else team.add("owner" if who == "an owner" else "viewer")
    if who == "inactive":
        member.user.is_active = False
        member.user.save(update_fields=["is_active"])

    with pytest.raises(NotAllowed):
        team.offer(member)


def test_hand_over_is_answered_by_whom_it_was_offered_to(team):
    other = team.add("viewer")
    hand_over = team.offer(team.add("viewer"))

    for act in (services.accept_hand_over, services.decline_hand_over):
        for by in (other.user, team.owner, UserFactory()):
            with pytest.raises(NotAllowed):
                act(hand_over_id=hand_over.pk, by=by)


def test_who_is_inactive_does_nothing(team, staff):
    second = team.add("owner")
    make_inactive(user_id=second.user_id, by=staff)

    for act in (
        lambda: team.invite(by=second.user),
        lambda: team.remove(team.member(team.owner), by=second.user),
        lambda: team.leave(by=second.user),
    ):
        with pytest.raises(NotAllowed, match="not active any more"):
            act()

    assert Invitation.objects.count() == 0


def test_join_brings_a_shop_without_an_owner_back(team, staff):
    """An invitation of a second owner: the shop or partner whose owners cannot sign in has one again."""
    if team.kind != SHOP:
        pytest.skip("of a partner, whoever answers counts")
    second, person = team.add("owner"), UserFactory(email="new@example.com")
    token = token_of(team.invite(role="owner"))
    make_inactive(user_id=second.user_id, by=staff)

    services.join(token=token, by=person)

    team.of.refresh_from_db()
    assert team.of.nobody_since is None
    assert team.owners() == {team.owner.pk, person.pk}


def test_last_who_can_act_leaves_and_it_is_noted(team, staff):
    """A shop without an owner who can sign in waits for one; without members it is nobody's. A partner is paused."""
    member = team.add(team.works)
    make_inactive(user_id=team.owner.pk, by=staff)
    assert (nobody_since(team) is None) == (team.kind == PARTNER)  # a reviewer answers still

    team.leave(by=member.user)

    assert nobody_since(team) is not None
    assert list(offenders()) == []


def nobody_since(team):
    return type(team.of).objects.values_list("nobody_since", flat=True).get(pk=team.of.pk)
