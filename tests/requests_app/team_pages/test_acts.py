"""What owners and members do on the pages of a team: asked first, done once, refused in words."""

import pytest
from django.contrib.messages import get_messages

from accounts.models import Notification
from requests_app.teams.models import HandOver, Invitation
from tests.cast import signed_in
from tests.factories import UserFactory
from tests.markup import squeezed

pytestmark = pytest.mark.once

ACTS = ("role", "remove")


def text_of(response):
    return squeezed(response.content.decode())


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def roles(cast):
    return dict(cast.of.members.values_list("user__email", "role"))


# Invitations


def test_owner_invites_an_address(cast):
    client = signed_in(cast.owner)
    data = {"email": "New.Person@Example.com", "role": "viewer", "language": "de"}

    answer = client.post(f"{cast.path}invite/", data)

    assert answer["Location"] == cast.path
    assert said(answer) == ["The invitation is on its way to New.Person@Example.com."]
    invitation = Invitation.objects.get()
    assert (invitation.of, invitation.role, invitation.language) == (cast.of, "viewer", "de")


def test_form_keeps_what_was_typed_and_says_what_is_wrong(cast):
    client = signed_in(cast.owner)

    page = text_of(client.post(f"{cast.path}invite/", {"email": "not an address", "role": "viewer", "language": "en"}))
    assert 'value="not an address"' in page
    assert "Enter a valid email address." in page
    page = text_of(client.post(f"{cast.path}invite/", {"email": "new@example.com", "role": "king", "language": "en"}))
    assert 'value="new@example.com"' in page

    assert not Invitation.objects.exists()


def test_address_that_is_invited_already_is_said_at_the_form(cast):
    cast.invite(email="new@example.com")

    data = {"email": "NEW@example.com", "role": "viewer", "language": "en"}
    page = text_of(signed_in(cast.owner).post(f"{cast.path}invite/", data))

    assert "This address is invited already." in page
    assert Invitation.objects.count() == 1


def test_inviter_is_not_told_whether_an_address_has_an_account(cast, other_seller, other_partner):
    known = {"shop": other_partner, "partner": other_seller}[cast.kind]
    client = signed_in(cast.owner)

    def told(email):
        answer = client.post(f"{cast.path}invite/", {"email": email, "role": "viewer", "language": "en"})
        page = text_of(client.get(cast.path)).replace(email, "ADDRESS")
        row = page[page.index("ADDRESS</h3>") :].partition("<time")[0]
        return answer.status_code, said(answer)[0].replace(email, "ADDRESS"), row

    assert told(known.email) == told("nobody@example.com")


def test_invitation_is_sent_again_and_withdrawn(cast):
    invitation = cast.invite()
    before, client = invitation.token_hash, signed_in(cast.owner)

    answer = client.post(cast.url("renew", invitation))
    assert "A new link is on its way" in said(answer)[0]
    invitation.refresh_from_db()
    assert invitation.token_hash != before
    assert "new@example.com" in text_of(client.get(cast.url("withdraw", invitation)))
    answer = client.post(cast.url("withdraw", invitation))

    assert answer["Location"] == cast.path
    invitation.refresh_from_db()
    assert invitation.how == "withdrawn"
    for act in ("renew", "withdraw"):  # a second click, or a page that is open still
        assert said(client.post(cast.url(act, invitation)))[-1].startswith("This invitation has ended already")


# Members


def test_owner_changes_a_role_and_is_shown_first_what_follows(cast):
    member, client = cast.member(cast.worker), signed_in(cast.owner)

    chosen = client.get(cast.url("role", member))
    assert "You see what follows before anything changes." in text_of(chosen)
    asked = client.get(cast.url("role", member), {"role": "viewer"})
    assert "becomes Viewer, from their next page on." in text_of(asked)
    assert cast.member(cast.worker).role == member.role
    answer = client.post(cast.url("role", member) + "?role=viewer")

    assert cast.member(cast.worker).role == "viewer"
    assert said(answer) == [f"The role of {cast.worker.name} is Viewer now."]


@pytest.mark.parametrize(("chosen", "error"), [("viewer", "This is their role already."), ("x", "Select a valid")])
def test_role_that_cannot_be_given_is_not_asked_about(cast, chosen, error):
    client = signed_in(cast.owner)

    for send in (client.get, client.post):
        assert error in text_of(send(f"{cast.url('role', cast.member(cast.reader))}?role={chosen}"))

    assert cast.member(cast.reader).role == "viewer"


def test_owner_removes_a_member_once(cast):
    member, client = cast.member(cast.reader), signed_in(cast.owner)
    url = cast.url("remove", member)
    assert "What will end" in text_of(client.get(url))

    answer = client.post(url)

    assert said(answer) == [f"{cast.reader.name} does not belong to {cast.of.name} any more."]
    assert not cast.of.members.filter(user=cast.reader).exists()
    assert client.post(url).status_code == 404


def test_last_owner_is_told_to_hand_over_first(cast):
    own, client, before = cast.member(cast.owner), signed_in(cast.owner), roles(cast)

    for url in (cast.url("role", own), f"{cast.url('role', own)}?role=viewer", cast.url("leave", own)):
        for send in (client.get, client.post):
            answer = send(url)
            assert answer["Location"] == cast.path
            assert "Hand over to another member first." in said(answer)[-1]
    assert said(client.post(cast.url("remove", own)))[-1].startswith("You cannot remove yourself.")
    assert roles(cast) == before


def test_others_change_nothing_and_are_told_whom_to_ask(cast):
    invitation, offer = cast.invite(), cast.offer(cast.worker)
    member, before = cast.member(cast.owner), roles(cast)
    own = cast.member(cast.reader)
    urls = [
        f"{cast.path}invite/",
        cast.url("renew", invitation),
        cast.url("withdraw", invitation),
        f"{cast.url('role', member)}?role=viewer",
        cast.url("remove", member),
        f"{cast.url('hand-over', own)}?member={member.pk}",
        cast.url("withdraw", offer),
    ]
    client = signed_in(cast.reader)
    data = {"email": "else@example.com", "role": "owner", "language": "en"}

    for url in urls:
        answer = client.post(url, data)
        assert (answer["Location"], said(answer)[-1]) == (
            cast.path,
            "Only an owner can do this. Ask one of the owners.",
        )
    for act in ("accept", "decline"):
        assert said(client.post(cast.url(act, offer)))[-1] == "This was not offered to you."

    assert roles(cast) == before
    assert Invitation.objects.pending().count() == HandOver.objects.pending().count() == 1


def test_member_leaves_and_is_led_home(cast):
    url, client = cast.url("leave", cast.member(cast.worker)), signed_in(cast.worker)
    assert "To come back, an owner has to invite you." in text_of(client.get(url))

    answer = client.post(url)

    assert answer["Location"] == "/"
    assert said(answer) == [f"You left {cast.of.name}."]
    assert not cast.of.members.filter(user=cast.worker).exists()
    assert client.get(url).status_code == 404


def test_nobody_leaves_in_the_place_of_another(cast):
    url = cast.url("leave", cast.member(cast.reader))

    for user in (cast.owner, cast.worker, cast.stranger):
        assert signed_in(user).post(url).status_code == 404


# Hand-over


def test_owner_hands_over_to_a_member_who_accepts(cast):
    owner, worker = signed_in(cast.owner), signed_in(cast.worker)
    url = cast.url("hand-over", cast.member(cast.owner))

    assert cast.worker.name in text_of(owner.get(url))
    chosen = f"{url}?member={cast.member(cast.worker).pk}"
    assert f"Hand over {cast.of.name} to {cast.worker.name}?" in text_of(owner.get(chosen))
    assert said(owner.post(chosen)) == [f"{cast.worker.name} is asked to take over."]
    assert "A hand-over waits for" in text_of(owner.get(cast.path))
    offer = HandOver.objects.get()
    page = text_of(worker.get(cast.path))
    assert f"{cast.owner.name} offers you to take over {cast.of.name}" in page
    assert cast.url("accept", offer) in page
    assert "You become an owner" in text_of(worker.get(cast.url("accept", offer)))
    answer = worker.post(cast.url("accept", offer))

    assert said(answer) == [f"You are an owner of {cast.of.name} now."]
    assert cast.member(cast.worker).role == "owner"
    assert cast.member(cast.owner).role == {"shop": "editor", "partner": "reviewer"}[cast.kind]
    for send in (worker.get, worker.post):
        assert said(send(cast.url("accept", offer)))[-1].startswith("This hand-over has ended already")


@pytest.mark.parametrize("role", ["owner", "inactive", "self", "stranger"])
def test_hand_over_is_offered_to_members_who_can_take_it(cast, role):
    members = {
        "owner": lambda: cast.add(UserFactory(), "owner"),
        "inactive": lambda: cast.add(UserFactory(is_active=False), "viewer"),
        "self": lambda: cast.member(cast.owner),
        "stranger": lambda: cast.stranger.shop_members.first() or cast.stranger.partner_members.first(),
    }
    member = members[role]()

    url = f"{cast.url('hand-over', cast.member(cast.owner))}?member={member.pk}"
    page = text_of(signed_in(cast.owner).post(url))

    assert "Select a valid choice" in page
    assert not HandOver.objects.exists()


@pytest.mark.parametrize(
    ("act", "role", "how"), [("decline", "worker", "declined"), ("withdraw", "owner", "withdrawn")]
)
def test_hand_over_is_declined_or_withdrawn(cast, act, role, how):
    offer, client = cast.offer(cast.worker), signed_in(getattr(cast, role))
    assert cast.url(act, offer) in text_of(client.get(cast.path))

    assert client.post(cast.url(act, offer))["Location"] == cast.path

    offer.refresh_from_db()
    assert offer.how == how
    assert cast.member(cast.worker).role != "owner"
    assert said(client.post(cast.url(act, offer)))[-1].startswith("This hand-over has ended already")


def test_others_read_nothing_of_a_hand_over(cast):
    cast.offer(cast.worker)

    assert "hand-over" not in text_of(signed_in(cast.reader).get(cast.path)).lower().partition("<main")[2]


# Who belongs to the team no more


def test_removed_member_finds_nothing_of_the_team(cast):
    """Nor in a tab that was open before: a form sent from it changes nothing and keeps what was typed."""
    second = cast.add(UserFactory(name="Olga Owner"), "owner").user
    invitation, offer = cast.invite(by=second), cast.offer(cast.worker)
    client = signed_in(second)
    urls = [
        *(cast.url(act, invitation) for act in ("renew", "withdraw")),
        *(cast.url(act, offer) for act in ("accept", "decline", "withdraw")),
        *(f"{cast.url(act, cast.member(user))}?role=owner" for act in ACTS for user in (cast.worker, cast.reader)),
        *(cast.url(act, cast.member(second)) for act in ("leave", "hand-over")),
    ]
    assert client.get(f"{cast.path}invite/").status_code == 200

    signed_in(cast.owner).post(cast.url("remove", cast.member(second)))

    before = roles(cast)
    assert [url for url in urls if client.post(url).status_code != 404] == []
    assert client.get(cast.path).status_code == 302
    assert cast.of.name not in client.get(cast.path, follow=True).content.decode().partition("<main")[2]
    assert roles(cast) == before


def test_form_of_a_team_that_was_left_comes_back_as_it_was_typed(cast, other_shop, other_agency):
    other = {"shop": other_shop, "partner": other_agency}[cast.kind]
    second = cast.add(UserFactory(), "owner").user
    other.members.create(user=second, role="owner")
    client = signed_in(second)
    named = f"{cast.kind}:{cast.of.pk}"
    assert f'value="{named}"' in text_of(client.get(f"{cast.path}invite/?acting_for={named}"))
    signed_in(cast.owner).post(cast.url("remove", cast.member(second)))

    data = {"email": "new@example.com", "role": "viewer", "language": "en", "acting_for": named}
    page = text_of(client.post(f"{cast.path}invite/", data))

    assert "You do not belong to the shop or partner of this form any more" in page
    assert 'value="new@example.com"' in page
    assert not Invitation.objects.exists()


def test_lowered_owner_can_do_no_more_than_their_role_at_once(cast):
    second = cast.add(UserFactory(), "owner").user
    client = signed_in(second)
    assert client.get(cast.url("remove", cast.member(cast.reader))).status_code == 200

    signed_in(cast.owner).post(f"{cast.url('role', cast.member(second))}?role=viewer")

    answer = client.post(cast.url("remove", cast.member(cast.reader)))
    assert said(answer)[-1] == "Only an owner can do this. Ask one of the owners."
    assert cast.of.members.filter(user=cast.reader).exists()


def test_rows_of_another_kind_or_number_are_not_found(cast):
    invitation, client = cast.invite(), signed_in(cast.owner)
    other = "/portal/team/" if cast.kind == "shop" else "/seller/team/"

    assert client.post(cast.url("renew", invitation).replace(cast.path, other)).status_code == 404
    for number in ("0", "99999999999999999999"):
        assert client.get(f"{cast.path}members/{number}/remove/").status_code == 404


# What the pages that ask say


def test_invitations_that_end_with_a_hand_over_are_named_when_it_is_offered_and_taken(cast):
    cast.invite()

    offering = signed_in(cast.owner).get(
        cast.url("hand-over", cast.member(cast.owner)), {"member": cast.member(cast.worker).pk}
    )
    taking = signed_in(cast.worker).get(cast.url("accept", cast.offer(cast.worker)))

    assert "1 invitation that you sent is withdrawn." in text_of(offering)
    assert f"1 invitation that {cast.owner.name} sent is withdrawn." in text_of(taking)


def test_hand_over_that_ends_with_making_its_member_owner_directly_is_named(cast):
    cast.offer(cast.worker)

    page = text_of(signed_in(cast.owner).get(cast.url("role", cast.member(cast.worker)), {"role": "owner"}))

    assert "The hand-over that waits for its answer." in page


def test_owner_who_steps_down_reads_it_of_themself_and_that_others_are_notified(cast):
    other = UserFactory()
    cast.add(other, "owner")
    client, own = signed_in(cast.owner), cast.member(cast.owner)

    page = text_of(client.get(cast.url("role", own), {"role": "viewer"}))
    answer = client.post(cast.url("role", own) + "?role=viewer")

    assert "Change your role?" in page
    assert "and become Viewer, from your next page on." in page
    assert "The other owners are notified." in page
    assert f"{cast.owner.name} and the other owners are notified." not in page
    assert said(answer) == ["Your role is Viewer now."]
    assert set(Notification.objects.values_list("user", flat=True)) == {other.pk}


def test_who_cannot_sign_in_is_not_said_to_be_notified_of_their_removal(cast):
    gone = UserFactory(is_active=False, name="Gone Member")
    member = cast.add(gone, "viewer")
    client = signed_in(cast.owner)

    assert "Nobody." in text_of(client.get(cast.url("remove", member)))
    cast.add(UserFactory(), "owner")
    page = text_of(client.get(cast.url("remove", member)))

    assert "The other owners are notified." in page
    assert "Gone Member and the other owners" not in page


def test_only_owner_reads_that_the_member_alone_is_notified(cast):
    page = text_of(signed_in(cast.owner).get(cast.url("remove", cast.member(cast.reader))))

    assert f"{cast.reader.name} is notified." in page
