"""What the mails of teams say is so when they leave; what is over is not sent, and no name outlives its erasing."""

import pytest
from django.core import mail

from accounts import outbox
from accounts.models import AccountMail, Notification
from requests_app.erasure import erase_person
from requests_app.teams import services
from requests_app.teams.mails import DRAWN, NAMES, OFFER_ENDED
from tests.factories import UserFactory
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


def test_erasing_ends_memberships_in_the_log_and_withdraws_invitations(team):
    """Those that they sent, and those to their addresses, whose addresses go."""
    person = team.add("owner", email="leaver@example.com").user
    own = team.invite("friend@example.com", by=person)
    other = team.invite("Leaver@Example.com")

    erase_person(user_id=person.pk)

    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.how, other.how, other.address) == ("withdrawn", "withdrawn", "")
    assert ("erased", person.pk) in team.log()
    assert not AccountMail.objects.filter(
        to__iexact="leaver@example.com", template__endswith="team_invitation"
    ).exists()
    [text] = sent_to(team.owner)
    assert "erased their account" in text
