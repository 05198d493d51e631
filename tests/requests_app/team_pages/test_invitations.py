"""The page of an invitation's link: to whom it says what, who joins by it, and that opening it changes nothing."""

import logging
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages

from accounts import clock, outbox
from accounts.models import User
from partners.models import Partner
from requests_app.models import Shop
from requests_app.teams import services
from requests_app.teams.models import Invitation
from shoppartners.masking import masked
from tests.cast import signed_in
from tests.client import CheckedClient
from tests.factories import PASSWORD, UserFactory
from tests.markup import squeezed
from tests.world import world

pytestmark = pytest.mark.once

NEW = "new.person@example.com"
SIGN_UP = {"name": "Nia Newcomer", "password1": PASSWORD, "password2": PASSWORD, "email": NEW}
HOMES = {"shop": "/seller/", "partner": "/portal/"}


def text_of(response):
    return squeezed(response.content.decode())


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def anybody(db):
    return CheckedClient()


@pytest.fixture
def person(db):
    """Somebody with an account who belongs to nothing."""
    return UserFactory(email=NEW, name="Nia Newcomer")


def roles(cast):
    return dict(cast.of.members.values_list("user__email", "role"))


# What the page says


def test_page_says_who_invites_to_what_as_what(cast, anybody):
    page = text_of(anybody.get(cast.link(email=NEW, role="viewer")))

    for shown in (f"Join {cast.of.name}", cast.owner.name, "Viewer", NEW, "Works until"):
        assert shown in page


@pytest.mark.parametrize("who", ["anybody", "person", "stranger", "owner"])
def test_opening_the_link_changes_nothing(cast, who, request):
    """However often: scanners of mails open every link before its reader does, and follow it with HEAD too."""
    user = None if who == "anybody" else getattr(cast, who, None) or request.getfixturevalue(who)
    client = signed_in(user) if user else CheckedClient()
    link = cast.link(email=NEW)
    before = world()

    for path in (link, f"{link}sign-up/"):
        for send in (client.get, client.head, client.options, client.get):
            send(path)

    assert world() == before


def test_reader_without_an_account_is_led_to_sign_up(cast, anybody):
    link = cast.link(email=NEW)

    page = text_of(anybody.get(link))

    assert f'href="{link}sign-up/"' in page
    assert "Sign in</a>" not in page.partition("<main")[2].partition("</main>")[0]


def test_reader_with_an_account_is_led_to_sign_in_and_back(cast, anybody, person):
    link = cast.link(email=NEW.upper())
    page = text_of(anybody.get(link))
    way = f"/accounts/login/?next={link.replace('/', '%2F')}"
    assert f'href="{way}"' in page
    assert "sign-up" not in page

    answer = anybody.post(way, {"login": NEW, "password": PASSWORD, "next": link})

    assert answer["Location"] == link
    assert f"Join {cast.of.name}</button>" in text_of(anybody.get(link))


def test_reader_who_is_signed_in_as_somebody_else_is_told_so(cast):
    client, link = signed_in(cast.stranger), cast.link(email=NEW)

    page = text_of(client.get(link))
    assert f"You are signed in as {cast.stranger.name}, but the invitation is for the address {NEW}." in page
    assert "sign-up" not in page
    refused = client.post(link)
    assert "for another address" in said(refused)[-1]
    answer = client.post("/accounts/logout/", {"next": link})

    assert answer["Location"] == link
    assert f'href="{link}sign-up/"' in text_of(client.get(link))
    assert cast.stranger.email not in roles(cast)


def test_address_that_is_not_confirmed_yet_joins_nobody(cast, person):
    EmailAddress.objects.filter(user=person).update(verified=False)
    client, link = signed_in(person), cast.link(email=NEW)

    page = text_of(client.get(link))
    client.post(link)

    assert "have not confirmed the address" in page
    assert 'href="/accounts/email/"' in page
    assert NEW not in roles(cast)


def test_member_is_told_that_they_belong_to_it(cast):
    client, link = signed_in(cast.reader), cast.link(email=cast.reader.email)

    assert f"You belong to {cast.of.name}" in text_of(client.get(link))
    assert "You belong to" in said(client.post(link))[-1]
    assert cast.member(cast.reader).role == "viewer"


@pytest.mark.parametrize("token", ["x", "a" * 22, "..", "é", "a" * 400])
def test_made_up_link_opens_nothing(token, anybody, person):
    for client in (anybody, signed_in(person)):
        answer = client.get(f"/invitations/{token}/")
        assert answer.status_code == 404
        page = client.get(f"/invitations/{token}/sign-up/")
        assert page.status_code == 302
        assert client.post(f"/invitations/{token}/sign-up/", SIGN_UP).status_code == 302

    assert User.objects.count() == 1


def ended(cast, how):
    """The link of an invitation that is over, and what its page says."""
    link, invitation = cast.link(email=NEW), Invitation.objects.get()
    if how == "withdrawn":
        services.withdraw_invitation(invitation_id=invitation.pk, by=cast.owner)
        return link, "was withdrawn"
    if how == "renewed":
        services.renew_invitation(invitation_id=invitation.pk, by=cast.owner)
        return link, "Open the link of the last mail"
    if how == "used":
        services.join(token=link.split("/")[2], by=UserFactory(email=NEW))
        return link, "was used already"
    if how == "inviter":
        cast.add(UserFactory(), "owner")
        services.leave(kind=cast.kind, of_id=cast.of.pk, by=cast.owner)
        return link, "was withdrawn"
    return link, "has expired. Ask who invited you to renew it."


@pytest.mark.parametrize("how", ["withdrawn", "renewed", "used", "inviter", "expired"])
def test_link_that_is_over_says_what_to_do_and_joins_nobody(cast, how, anybody):
    link, words = ended(cast, how)
    later = clock.now() + timedelta(days=7 if how == "expired" else 0, seconds=1)
    before = roles(cast)

    with time_machine.travel(later, tick=False):
        page = text_of(anybody.get(link))
        signed_up = anybody.post(f"{link}sign-up/", SIGN_UP | {"email": "else@example.com"})
        stranger = signed_in(cast.stranger)
        refused = stranger.post(link)

    assert words in page
    assert cast.owner.name not in page.partition("<main")[2]
    assert signed_up["Location"] == link
    assert words in said(refused)[-1]
    assert roles(cast) == before
    assert not User.objects.filter(email="else@example.com").exists()


# Who joins


def test_person_with_an_account_joins_and_acts_for_it_at_once(cast, person, other_shop):
    other_shop.members.create(user=person, role="owner")
    client, link = signed_in(person), cast.link(email=NEW, role="viewer")

    answer = client.post(link)

    assert answer["Location"] == HOMES[cast.kind]
    assert said(answer) == [f"You belong to {cast.of.name} now, in the role Viewer."]
    assert client.session["membership"] == f"{cast.kind}:{cast.of.pk}"
    assert cast.of.name in text_of(client.get(HOMES[cast.kind]))
    assert roles(cast)[NEW] == "viewer"


def test_person_joins_by_any_of_their_confirmed_addresses_in_any_case(cast, person):
    EmailAddress.objects.create(user=person, email="second@example.com", verified=True)

    signed_in(person).post(cast.link(email="Second@Example.COM", role="viewer"))

    assert roles(cast)[NEW] == "viewer"


def test_link_joins_once(cast, person):
    link, other = cast.link(email=NEW), UserFactory()
    EmailAddress.objects.create(user=other, email="x@example.com", verified=True)

    signed_in(person).post(link)
    assert "was used already" in said(signed_in(other).post(link))[-1]

    assert cast.of.members.count() == 4


def test_sign_up_by_the_link_joins_and_makes_no_shop_or_partner(cast, anybody, mailoutbox):
    link = cast.link(email=NEW, role="viewer")
    outbox.deliver.call()
    mailoutbox.clear()
    before = (Shop.objects.count(), Partner.objects.count())
    page = text_of(anybody.get(f"{link}sign-up/"))
    assert f'value="{NEW}"' in page

    answer = anybody.post(f"{link}sign-up/", SIGN_UP)

    person = User.objects.get(email=NEW)
    assert answer["Location"] == HOMES[cast.kind]
    assert said(answer)[-1] == f"You belong to {cast.of.name} now, in the role Viewer."
    assert person.name == "Nia Newcomer"
    assert roles(cast)[NEW] == "viewer"
    assert person.emailaddress_set.get().verified
    assert (Shop.objects.count(), Partner.objects.count()) == before
    assert cast.of.name in text_of(anybody.get(HOMES[cast.kind]))
    outbox.deliver.call()
    confirms = [mail for mail in mailoutbox if mail.to == [NEW] and "confirm" in mail.body.lower()]
    assert confirms == []


def test_address_that_somebody_else_only_typed_keeps_nobody_from_signing_up(cast, anybody):
    """Else anybody could keep anybody from joining, by typing their address."""
    UserFactory().emailaddress_set.create(email=NEW, verified=False)
    link = cast.link(email=NEW, role="viewer")
    assert "Sign up with the address" in text_of(anybody.get(link))

    answer = anybody.post(f"{link}sign-up/", SIGN_UP)

    assert answer["Location"] == HOMES[cast.kind]
    assert roles(cast)[NEW] == "viewer"
    assert User.objects.get(email=NEW).emailaddress_set.get().verified


@pytest.mark.parametrize("verified", [True, False])
def test_account_that_cannot_sign_in_is_not_led_to_sign_in(verified, cast, anybody):
    """Whether it verified the address or has it as its own one."""
    other = UserFactory(email="else@example.com" if verified else NEW, is_active=False)
    other.emailaddress_set.update_or_create(email=NEW, defaults={"verified": verified})

    page = text_of(anybody.get(cast.link(email=NEW)))

    assert f"The account with the address {NEW} cannot sign in." in page
    assert "To join, write to" in page
    assert "Sign in with it" not in page
    assert "sign-up/" not in page


def test_address_of_the_sign_up_is_that_of_the_invitation_whatever_is_sent(cast, anybody):
    anybody.post(f"{cast.link(email=NEW)}sign-up/", SIGN_UP | {"email": "thief@example.com"})

    assert NEW in roles(cast)
    assert not User.objects.filter(email="thief@example.com").exists()
    assert not EmailAddress.objects.filter(email="thief@example.com").exists()


def test_sign_up_says_what_is_wrong_and_keeps_what_was_typed(cast, anybody):
    page = text_of(anybody.post(f"{cast.link(email=NEW)}sign-up/", SIGN_UP | {"password1": "short", "password2": "x"}))

    assert 'value="Nia Newcomer"' in page
    assert "too short" in page
    assert not User.objects.filter(email=NEW).exists()
    assert NEW not in roles(cast)


def test_sign_up_whose_invitation_is_withdrawn_meanwhile_leaves_nothing(cast, anybody, monkeypatch):
    link, invitation = cast.link(email=NEW), Invitation.objects.get()
    join = services.join

    def join_too_late(**values):
        Invitation.objects.filter(pk=invitation.pk).update(ended_at=clock.now(), how="withdrawn")
        return join(**values)

    monkeypatch.setattr(services, "join", join_too_late)
    answer = anybody.post(f"{link}sign-up/", SIGN_UP)

    assert answer["Location"] == link
    assert "was withdrawn" in said(answer)[-1]
    assert not User.objects.filter(email=NEW).exists()
    assert not anybody.session.get("account_verified_email")
    assert "_auth_user_id" not in anybody.session


def test_account_that_was_made_since_is_signed_in_to(cast, anybody, person):
    answer = anybody.post(f"{cast.link(email=NEW)}sign-up/", SIGN_UP)

    assert User.objects.filter(email__iexact=NEW).count() == 1
    assert NEW not in roles(cast)
    assert "Sign in with it, then join." in text_of(anybody.get(answer["Location"]))


def test_token_of_the_link_is_in_no_log(cast, anybody, caplog):
    link = cast.link(email=NEW)
    token = link.split("/")[2]

    with caplog.at_level(logging.DEBUG):
        anybody.get(link)
        anybody.get(f"/accounts/login/?next={link}")
        anybody.post(f"{link}sign-up/", {})

    assert token not in masked(caplog.text)
    assert masked("GET /seller/team/invitations/7/withdraw/") == "GET /seller/team/invitations/7/withdraw/"
    assert masked(f"GET {link}sign-up/") == "GET /invitations/***/sign-up/"
    assert (
        masked(f"/accounts/login/?next={link.replace('/', '%2F')}") == "/accounts/login/?next=%2Finvitations%2F***%2F"
    )
