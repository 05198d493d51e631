"""What the mails of teams say is so when they leave; what is over is not sent, and no name outlives its erasing."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import outbox
from accounts.models import AccountMail, Notification
from requests_app.erasure import erase_person
from requests_app.teams import services
from requests_app.teams.mails import DRAWN, NAMES, OFFER_ENDED
from requests_app.teams.sides import SIDES
from tests.factories import UserFactory
from tests.markup import squeezed
from tests.teams import token_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def sent_to(user):
    """The subjects and texts of the mails that the person got."""
    outbox.deliver_batch()
    return [f"{message.subject}\n{message.body}" for message in mail.outbox if message.to == [user.email]]


def test_every_mail_of_a_team_is_drawn():
    sides = {f"team_{name}_for_{role}" for name in NAMES.values() for role in ("member", "owner")}

    assert sides | {f"{OFFER_ENDED}_for_owner", f"{OFFER_ENDED}_for_member"} <= DRAWN.keys()


def test_owner_reads_who_joined_in_which_role(team):
    person = UserFactory(email="new@example.com", name="Nia New")
    services.join(token=token_of(team.invite(role="viewer")), by=person)

    [text] = sent_to(team.owner)

    assert f"Nia New is a member of {team.of.name} now. Their role: Viewer." in text
    assert "new@example.com" not in text
    assert "Nia" not in str(list(Notification.objects.values_list("context", flat=True)))


def test_person_reads_that_they_are_no_member_any_more(team):
    member = team.add("viewer")
    team.remove(member)

    [text] = sent_to(member.user)

    assert text.startswith(f"You are not a member of {team.of.name} any more")
    assert "were removed" in " ".join(text.split())


def test_owner_who_was_lowered_meanwhile_is_not_mailed_of_others(team):
    second = team.add("owner")
    team.remove(team.add("viewer"))
    team.change_role(second, "viewer")

    [text] = sent_to(second.user)

    assert text.startswith("You have another role")


def test_offer_that_was_withdrawn_meanwhile_is_not_mailed(team):
    member = team.add("viewer")
    services.withdraw_hand_over(hand_over_id=team.offer(member).pk, by=team.owner)

    assert [text.splitlines()[0] for text in sent_to(member.user)] == [
        f"The hand-over of {team.of.name} is not offered any more"
    ]


def test_name_of_who_was_erased_is_told_nobody(team):
    person = team.add("viewer", name="Zara Zephyr").user
    team.leave(by=person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    erase_person(user_id=person.pk)

    assert "Zara" not in " ".join(sent_to(team.owner))


def test_erasing_ends_memberships_in_the_log_and_the_invitations(team):
    """Those that they sent are withdrawn, and those to their addresses lose them."""
    person = team.add("owner", email="leaver@example.com").user
    own = team.invite("friend@example.com", by=person)
    other = team.invite("Leaver@Example.com")

    erase_person(user_id=person.pk)

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.how, other.how, other.address) == ("withdrawn", "expired", "")
    assert ("erased", person.pk) in team.log()
    assert not AccountMail.objects.filter(
        to__iexact="leaver@example.com", template__endswith="team_invitation"
    ).exists()
    [text] = sent_to(team.owner)
    assert "erased their account" in text


def test_inviter_is_not_told_that_the_address_had_an_account_that_was_erased(team):
    invitation = team.invite("somebody@example.com")
    before = team.log()

    erase_person(user_id=UserFactory(email="somebody@example.com").pk)

    invitation.refresh_from_db()
    assert (invitation.how, invitation.address) == ("expired", "")
    assert team.log() == before
    assert sent_to(team.owner) == []


def test_address_that_was_only_typed_ends_no_invitation_and_no_mail(team):
    """Anybody can type anybody's address into their account, and erase that."""
    invitation = team.invite("victim@example.com")
    typer = UserFactory()
    EmailAddress.objects.create(user=typer, email="victim@example.com", verified=False)

    erase_person(user_id=typer.pk)

    invitation.refresh_from_db()
    assert (invitation.how, invitation.address) == ("", "victim@example.com")
    assert AccountMail.objects.filter(to="victim@example.com", template__endswith="team_invitation").exists()


def test_notifications_lead_to_the_team_that_they_are_of(team):
    """Whatever their reader acts for: they may belong to several."""
    team.change_role(team.add("viewer"), team.works)

    told = Notification.objects.latest("pk")

    assert told.path == f"{SIDES[team.kind].path}?acting_for={team.kind}%3A{team.of.pk}"


def test_owner_whose_offer_another_withdrew_reads_that(team):
    second = team.add("owner")
    hand_over = team.offer(team.add("viewer"))

    services.withdraw_hand_over(hand_over_id=hand_over.pk, by=second.user)

    [text] = sent_to(team.owner)
    assert "Another owner withdrew your offer" in squeezed(text)
    assert "You stay owner." in text


def test_who_is_owner_no_more_is_not_told_that_they_stay_owner(team):
    second = team.add("owner")
    team.offer(team.add("viewer"))

    team.change_role(team.member(team.owner), "viewer", by=second.user)

    assert "You stay owner." not in " ".join(sent_to(team.owner))


def test_who_was_made_owner_directly_is_not_told_that_their_role_stays(team):
    member = team.add("viewer")
    team.offer(member)

    team.change_role(member, "owner")

    assert "stays as it is" not in " ".join(sent_to(member.user))
