"""The page of a team, alike for shops and partners: who reads what, and what it costs."""

import pytest
from django.contrib.messages import get_messages

from accounts import clock
from accounts.models import User
from partners.models import PartnerMember
from requests_app.models import ShopMember
from requests_app.team_pages import roles
from requests_app.team_pages.sides import PAGES
from requests_app.teams import services
from requests_app.teams.models import Invitation
from requests_app.teams.settings import change_shop, state_of
from tests.cast import signed_in
from tests.factories import UserFactory, market, with_second_factor
from tests.markup import squeezed
from tests.queries import FRAME, counted


def text_of(response):
    return squeezed(response.content.decode())


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_every_member_reads_who_is_in_the_team(cast):
    with_second_factor(cast.worker)
    cast.invite(email="new@example.com")

    for user in (cast.owner, cast.worker, cast.reader):
        page = text_of(cast.page_of(user))
        for member in (cast.owner, cast.worker, cast.reader):
            assert member.name in page
        assert page.count("No two-step sign-in") == 2
        assert "new@example.com" in page
        assert f"Invited by {cast.owner.name}" in page
        assert "What each role may do" in page


def test_reader_is_told_which_row_is_theirs(cast):
    page = text_of(cast.page_of(cast.reader))

    assert f'<bdi>{cast.reader.name}</bdi><span class="none">(you)</span>' in page
    assert page.count("(you)") == 1


def test_only_owners_are_offered_what_changes_the_team(cast):
    invitation = cast.invite()
    acts = [
        f"{cast.path}invite/",
        f"{cast.path}history/",
        cast.url("role", cast.member(cast.worker)),
        cast.url("remove", cast.member(cast.worker)),
        cast.url("renew", invitation),
        cast.url("withdraw", invitation),
        cast.url("hand-over", cast.member(cast.owner)),
    ]

    def offered(user):
        page = text_of(cast.page_of(user))
        return [act for act in acts if f'"{act}"' in page]

    assert offered(cast.owner) == acts
    assert offered(cast.worker) == offered(cast.reader) == []


def test_everybody_but_the_last_owner_is_offered_to_leave(cast):
    for user in (cast.worker, cast.reader):
        assert cast.url("leave", cast.member(user)) in text_of(cast.page_of(user))

    page = text_of(cast.page_of(cast.owner))

    assert "/leave/" not in page
    assert "Hand over to another member first" in page


def test_team_is_in_the_menu_of_everybody(cast):
    home = "/seller/" if cast.kind == "shop" else "/portal/"

    for user in (cast.owner, cast.worker, cast.reader):
        assert f'href="{cast.path}"' in text_of(signed_in(user).get(home))


def test_member_without_a_name_and_one_who_cannot_sign_in_are_shown(cast):
    cast.add(UserFactory(name=""), "viewer")
    cast.add(UserFactory(name="Ida Idle", is_active=False), "viewer")

    page = text_of(cast.page_of(cast.owner))

    assert "Ida Idle" in page
    assert page.count("Cannot sign in") == 1


def test_table_says_of_each_role_what_the_policies_say():
    seller, portal = (roles.table_of(pages) for pages in PAGES.values())

    assert [str(role) for role in seller["roles"]] == ["Owner", "Editor", "Viewer"]
    assert {str(row["label"]): row["cells"] for row in seller["rows"]} == {
        "See requests, answers and history": [True, True, True],
        "Submit, edit and close requests": [True, True, False],
        "Block partners": [True, True, False],
        "Authorise partners, renew and revoke": [True, False, False],
        "Change settings and how people sign in": [True, False, False],
        "Invite people, change roles and remove members": [True, False, False],
    }
    assert [str(role) for role in portal["roles"]] == ["Owner", "Reviewer", "Viewer"]
    assert {str(row["label"]): row["cells"] for row in portal["rows"]} == {
        "See requests and open contact details": [True, True, True],
        "Accept, reject and withdraw": [True, True, False],
        "Block shops": [True, True, False],
        "End connections": [True, False, False],
        "Change profile and availability": [True, False, False],
        "Change the contact and how people sign in": [True, False, False],
        "Invite people, change roles and remove members": [True, False, False],
    }


def add_members(cast, count):
    model = {"shop": ShopMember, "partner": PartnerMember}[cast.kind]
    users = [UserFactory(name=f"Member {number:03}") for number in range(count)]
    model.objects.bulk_create([model(**{cast.kind: cast.of}, user=user, role="viewer") for user in users])


@pytest.mark.parametrize("path", ["", "history/"])
def test_queries_do_not_grow_with_the_rows(cast, path, monkeypatch):
    """Of the page: members, own place, hand-over, last owner, invitations."""
    monkeypatch.setattr(services, "MOST_A_DAY_WHILE_YOUNG", services.MOST_A_DAY)
    cast.invite(email="one@example.com")
    client = signed_in(cast.owner)
    client.get(cast.path)

    with counted() as few:
        assert client.get(f"{cast.path}{path}").status_code == 200
    add_members(cast, 30)
    for number in range(15):
        cast.invite(email=f"{number}@example.com")
    with counted() as many:
        assert client.get(f"{cast.path}{path}").status_code == 200

    assert len(few) == len(many) == {"": FRAME + 5, "history/": FRAME + 1}[path]


@pytest.mark.once
def test_members_of_a_large_partner_come_in_pages_by_name(partner_cast):
    add_members(partner_cast, 497)
    client = signed_in(partner_cast.reader)
    seen, path = [], partner_cast.path

    with counted() as statements:
        client.get(path)
    while path:
        response = client.get(path)
        seen += [row.name for row in response.context["members"]]
        older = response.context["page"].older_url
        path = older and f"{partner_cast.path}{older}"

    assert len(seen) == 500
    assert seen == sorted(seen)
    assert len(statements) == FRAME + 4
    back = client.get(f"{partner_cast.path}{response.context['page'].newer_url}")
    assert [row.name for row in back.context["members"]] == seen[-40:-20]


def test_invitations_that_expired_long_ago_do_not_fill_the_page(cast, monkeypatch):
    monkeypatch.setattr(services, "MOST_A_DAY_WHILE_YOUNG", services.MOST_A_DAY)
    for number in range(20):
        cast.invite(email=f"old-{number:02}@example.com")
    Invitation.objects.update(ends_at=clock.now())
    cast.invite(email="new@example.com", by=cast.add(UserFactory(), "owner").user)

    page = text_of(cast.page_of(cast.reader))

    assert "new@example.com" in page
    assert page.count("Expired") == 19
    assert "Older ones have expired and are not shown." in page


def test_expired_invitation_is_shown_as_such_until_it_is_sent_again(cast):
    invitation = cast.invite()
    Invitation.objects.filter(pk=invitation.pk).update(ends_at=clock.now())

    page = text_of(cast.page_of(cast.owner))

    assert "Expired" in page
    assert cast.url("renew", invitation) in page


def test_invitation_whose_inviter_cannot_sign_in_is_shown_as_not_working_until_it_is_sent_again(cast):
    inviter = UserFactory(name="Ines Inviter")
    cast.add(inviter, "owner")
    invitation = cast.invite(by=inviter)
    assert "Does not work" not in text_of(cast.page_of(cast.owner))
    User.objects.filter(pk=inviter.pk).update(is_active=False)

    page = text_of(cast.page_of(cast.owner))
    assert "Does not work" in page
    assert "Invited by Ines Inviter, who cannot sign in any more. Send it again, so that it works." in page
    signed_in(cast.owner).post(cast.url("renew", invitation))

    assert "Does not work" not in text_of(cast.page_of(cast.owner))


def test_page_acts_for_the_team_of_the_row_though_another_is_chosen(cast, other_shop, other_agency):
    """And leads back to it: its links name the team."""
    other = {"shop": other_shop, "partner": other_agency}[cast.kind]
    other.members.create(user=cast.owner, role="owner")
    client = signed_in(cast.owner)
    client.post("/switch/", {"membership": f"{cast.kind}:{other.pk}"})

    page = client.get(cast.url("remove", cast.member(cast.reader)))

    assert cast.of.name in text_of(page)
    answer = client.post(cast.url("remove", cast.member(cast.reader)))
    assert answer["Location"] == f"{cast.path}?acting_for={cast.kind}:{cast.of.pk}"
    assert f'<p class="eyebrow">{cast.of.name}</p>' in text_of(client.get(answer["Location"])).replace("&#x27;", "'")
    assert not cast.of.members.filter(user=cast.reader).exists()


def test_history_is_read_by_owners_alone(cast):
    cast.invite()

    page = text_of(signed_in(cast.owner).get(f"{cast.path}history/"))

    assert f"{cast.owner.name} invited somebody as Viewer" in page
    for user in (cast.worker, cast.reader):
        answer = signed_in(user).get(f"{cast.path}history/")
        assert answer["Location"] == cast.path
        assert said(answer) == ["Only an owner can do this. Ask one of the owners."]


def test_history_says_what_changed(cast):
    """Which role somebody had, what a setting was, how a hand-over ended, and why an invitation was withdrawn."""
    offer = cast.offer(cast.reader)
    services.decline_hand_over(hand_over_id=offer.pk, by=cast.reader)
    services.change_role(kind=cast.kind, member_id=cast.member(cast.reader).pk, by=cast.owner, role="owner")
    cast.invite(by=cast.reader)
    services.change_role(kind=cast.kind, member_id=cast.member(cast.reader).pk, by=cast.owner, role="viewer")

    page = text_of(signed_in(cast.owner).get(f"{cast.path}history/"))

    for shown in ("Before: Viewer", "Before: Owner", "Declined", "Who sent it is no owner any more."):
        assert shown in page


def test_history_says_what_settings_were_and_are_with_one_query_for_the_markets(shop_cast):
    shop, client = shop_cast.of, signed_in(shop_cast.owner)
    client.get(shop_cast.path)
    with counted() as before:
        client.get(f"{shop_cast.path}history/")
    for name, code, currency in (("Lumen Care", "DE", "EUR"), ("Lumen Pure", "GB", "GBP")):
        shop.refresh_from_db()
        values = {"name": name, "market": market(code), "currency": currency, "language": shop.language}
        change_shop(shop_id=shop.pk, by=shop_cast.owner, values=values, seen=state_of(shop))

    with counted() as after:
        page = text_of(client.get(f"{shop_cast.path}history/"))

    assert "name, market: United Kingdom → Germany, currency: " in page
    assert "market: Germany → United Kingdom" in page
    assert len(after) == len(before) + 1
