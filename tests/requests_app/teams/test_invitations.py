"""Invitations: whom a link lets in, when, how often, and what the inviter learns."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import clock, mail_limits, outbox
from accounts.exceptions import NotAllowed, NotPossible
from accounts.formats import day_and_time
from accounts.models import AccountMail, User
from requests_app.teams import invitations, services
from requests_app.teams.models import Invitation, TeamEvent
from tests.factories import UserFactory
from tests.markup import squeezed
from tests.teams import token_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def person():
    return UserFactory(email="new@example.com", name="Nia New")


def link_of_mail():
    """The token of the link in the last mail that was sent."""
    outbox.deliver_batch()
    return mail.outbox[-1].body.partition("/invitations/")[2].partition("/")[0]


def test_link_of_the_mail_lets_its_reader_in_once(team, person):
    team.invite("NEW@Example.com")

    token = link_of_mail()
    services.join(token=token, by=person)

    assert mail.outbox[0].to == ["NEW@Example.com"]
    assert team.role(person) == team.works
    assert Invitation.objects.values_list("how", "address").get() == ("joined", "")
    assert team.log() == [("founded", team.owner.pk), ("invited", None), ("joined", person.pk)]
    assert team.last_event().data["role"] == team.works
    with pytest.raises(NotPossible, match="used already"):
        services.join(token=token, by=person)


def test_token_stands_nowhere(team):
    invitation = team.invite()

    token = token_of(invitation)

    assert len(token) == 22  # 128 bits
    stored = str(Invitation.objects.values().get()) + str(list(AccountMail.objects.values()))
    assert token not in stored


@pytest.mark.parametrize(
    ("invited", "own", "verified", "lets_in"),
    [
        ("new@example.com", "new@example.com", True, True),
        ("NEW@example.COM", "new@example.com", True, True),
        ("new@example.com", "new@example.com", False, False),
        ("new@example.com", "other@example.com", True, False),
    ],
)
def test_only_who_verified_the_address_joins(invited, own, verified, lets_in, team):
    token = token_of(team.invite(invited))
    person = UserFactory(email="first@example.com")
    EmailAddress.objects.create(user=person, email=own, verified=verified)

    if lets_in:
        services.join(token=token, by=person)
    else:
        with pytest.raises(NotAllowed, match="another address"):
            services.join(token=token, by=person)

    assert bool(team.role(person)) == lets_in


@pytest.mark.parametrize("after", [timedelta(days=6, hours=23), timedelta(days=7)])
def test_invitation_holds_seven_days(after, team, person):
    token = token_of(team.invite())

    with clock.at(clock.now() + after):
        if after < services.VALID:
            services.join(token=token, by=person)
        else:
            with pytest.raises(NotPossible, match="expired"):
                services.join(token=token, by=person)

    assert bool(team.role(person)) == (after < services.VALID)


def test_withdrawn_invitation_lets_nobody_in_and_its_mail_is_not_sent(team, person):
    invitation = team.invite()
    token = token_of(invitation)

    services.withdraw_invitation(invitation_id=invitation.pk, by=team.owner)

    outbox.deliver_batch()
    assert mail.outbox == []
    with pytest.raises(NotPossible, match="withdrawn"):
        services.join(token=token, by=person)
    with pytest.raises(NotPossible, match="ended already"):
        services.withdraw_invitation(invitation_id=invitation.pk, by=team.owner)
    assert [kind for kind, _person in team.log()] == ["founded", "invited", "invitation_withdrawn"]


def test_renewing_ends_the_link_before(team, person):
    invitation = team.invite()
    before = token_of(invitation)
    with clock.at(clock.now() + timedelta(days=9)):
        services.renew_invitation(invitation_id=invitation.pk, by=team.owner)
        with pytest.raises(NotPossible, match="newer one"):
            services.join(token=before, by=person)

        outbox.deliver_batch()
        services.join(token=token_of(invitation), by=person)

    assert len(mail.outbox) == 1  # the first was not sent: its link opens nothing
    assert team.role(person) == team.works


def test_unknown_token_is_refused(team, person):
    with pytest.raises(NotPossible, match="opens no invitation"):
        services.join(token="x" * 22, by=person)

    assert invitations.invitation_of("x" * 22) is None


def test_who_belongs_already_stays_what_they_are(team):
    member = team.add("viewer", email="new@example.com")
    token = token_of(team.invite("new@example.com", role="owner"))

    with pytest.raises(NotPossible, match="belong to"):
        services.join(token=token, by=member.user)

    assert team.role(member.user) == "viewer"


def test_inviting_shows_nothing_of_whether_the_address_has_an_account(team, person):
    """The same rows, times of mails aside, and no refusal, whoever has the address: nobody, somebody, a member."""
    member = team.add("viewer", email="member@example.com")

    made = [team.invite(email) for email in ("nobody@example.com", person.email, member.user.email)]

    said = [(row.how, row.role, row.by_id, bool(row.ended_at)) for row in made]
    assert said == [("", team.works, team.owner.pk, False)] * 3
    assert TeamEvent.objects.filter(kind="invited").values("data__as_role", "person").distinct().count() == 1


def test_mail_is_in_the_readers_language_or_the_inviters_choice(team):
    UserFactory(email="with@example.com", name="Wilma", language="de")

    team.invite("with@example.com")
    services.invite(
        kind=team.kind, of_id=team.of.pk, by=team.owner, email="without@example.com", role="viewer", language="id"
    )

    assert {row.to: (row.user and row.user.language, row.language) for row in AccountMail.objects.all()} == {
        "with@example.com": ("de", "en"),
        "without@example.com": (None, "id"),
    }


def test_same_address_is_invited_once_at_a_time(team):
    team.invite("new@example.com")

    with pytest.raises(NotPossible, match="invited already"):
        team.invite("NEW@example.com")
    with clock.at(clock.now() + services.VALID):
        team.invite("new@example.com")

    assert list(Invitation.objects.order_by("pk").values_list("how", flat=True)) == ["expired", ""]


def test_twenty_wait_at_a_time(old_team, monkeypatch):
    team = old_team
    monkeypatch.setattr(mail_limits, "take_or_when", lambda limit, *who: None)
    first = team.invite("first@example.com")
    for number in range(services.MOST_PENDING - 1):
        team.invite(f"p{number}@example.com")

    with pytest.raises(NotPossible, match="At most 20 invitations"):
        team.invite("late@example.com")
    services.renew_invitation(invitation_id=first.pk, by=team.owner)  # it is one of the twenty
    services.withdraw_invitation(invitation_id=first.pk, by=team.owner)
    team.invite("late@example.com")


def test_thirty_are_sent_a_day(old_team, monkeypatch):
    team = old_team
    monkeypatch.setattr(mail_limits, "take_or_when", lambda limit, *who: None)
    for number in range(services.MOST_A_DAY):
        invitation = team.invite(f"p{number}@example.com")
        services.withdraw_invitation(invitation_id=invitation.pk, by=team.owner)

    with pytest.raises(NotPossible, match="Within a day at most 30"):
        team.invite("late@example.com")
    with clock.at(clock.now() + services.DAY):
        team.invite("late@example.com")


def test_new_team_sends_five_a_day(team):
    """Nobody knows it yet, and anybody founds one."""
    first = team.invite("p0@example.com")
    for number in range(1, services.MOST_A_DAY_WHILE_YOUNG):
        team.invite(f"p{number}@example.com")

    with pytest.raises(NotPossible, match="In its first 7 days a team sends at most 5 invitations within a day"):
        team.invite("late@example.com")
    with pytest.raises(NotPossible, match="In its first 7 days"):
        services.renew_invitation(invitation_id=first.pk, by=team.owner)
    with clock.at(clock.now() + services.DAY):
        team.invite("late@example.com")


@pytest.mark.parametrize("name", ["www.win.example", "See https://win.example"])
def test_names_that_mail_programs_show_as_links_are_not_in_the_mail(name, team):
    """Else the invitation would carry an advertisement to anybody."""
    User.objects.filter(pk=team.owner.pk).update(name=name)
    team.invite(by=User.objects.get(pk=team.owner.pk))
    outbox.deliver_batch()
    assert f"An owner of {team.of.name} invites you" in squeezed(mail.outbox[-1].body)

    type(team.of).objects.filter(pk=team.of.pk).update(name=name)
    team.invite("other@example.com", by=User.objects.get(pk=team.owner.pk))
    outbox.deliver_batch()

    whole = squeezed(f"{mail.outbox[-1].subject} {mail.outbox[-1].body}")
    assert "An owner of a shop or partner on" in whole
    assert "win.example" not in whole


def test_person_has_so_many_mails_sent_whatever_the_team(old_team):
    """And reads from when on they may again: the limit is one of an hour."""
    team, began = old_team, clock.now()
    for number in range(mail_limits.ASKING.hour):
        invitation = team.invite(f"p{number}@example.com")
        services.withdraw_invitation(invitation_id=invitation.pk, by=team.owner)

    with pytest.raises(NotPossible, match="so many mails") as refused:
        team.invite("late@example.com")
    [count] = mail_limits.locked((mail_limits.ASKING, ("user", team.owner.pk)))
    assert began + timedelta(minutes=59) < count.free_at() < began + timedelta(minutes=61)
    assert day_and_time(count.free_at()) in refused.value.message
    assert not Invitation.objects.filter(address="late@example.com").exists()


def test_invitation_ended_when_its_time_was_over_however_late_it_is_tidied_away(team):
    """Its address is forgotten 30 days after that."""
    late, again = team.invite("late@example.com"), team.invite("again@example.com")
    with clock.at(clock.now() + timedelta(days=20)):
        services.withdraw_invitation(invitation_id=late.pk, by=team.owner)
        team.invite("again@example.com")

    for invitation, how in ((late, "withdrawn"), (again, "expired")):
        invitation.refresh_from_db()
        assert (invitation.ended_at, invitation.how) == (invitation.ends_at, how)


@pytest.mark.parametrize("how", ["lowered", "removed", "left", "inactive"])
def test_nobody_joins_on_the_word_of_who_is_no_owner_any_more(how, team, person):
    inviter = team.add("owner")
    token = token_of(team.invite(by=inviter.user))

    if how == "lowered":
        team.change_role(inviter, "viewer")
    elif how == "removed":
        team.remove(inviter)
    elif how == "left":
        team.leave(by=inviter.user)
    else:
        inviter.user.is_active = False
        inviter.user.save(update_fields=["is_active"])

    with pytest.raises(NotPossible, match="withdrawn"):
        services.join(token=token, by=person)
    assert (Invitation.objects.get().how == "withdrawn") == (how != "inactive")


def test_address_is_forgotten_thirty_days_after_the_end(team):
    kept = team.invite("kept@example.com")
    withdrawn = team.invite("withdrawn@example.com")
    services.withdraw_invitation(invitation_id=withdrawn.pk, by=team.owner)
    at = clock.now()

    for days, left in ((29, {"kept@example.com", "withdrawn@example.com"}), (31, {"kept@example.com"}), (38, set())):
        with clock.at(at + timedelta(days=days)):
            invitations.forget_old()
        assert set(Invitation.objects.exclude(address="").values_list("address", flat=True)) == left

    kept.refresh_from_db()
    assert (kept.how, kept.ended_at) == ("expired", kept.ends_at)


def test_role_of_the_other_side_is_refused(team):
    with pytest.raises(NotPossible, match="one of the roles"):
        team.invite(role={"editor": "reviewer", "reviewer": "editor"}[team.works])


def test_page_of_the_link_learns_whether_there_is_an_account(team, person):
    assert invitations.account_of("NEW@example.com") == person
    assert invitations.account_of("nobody@example.com") is None
