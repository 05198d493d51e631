import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from partners.models import Market
from requests_app.models import Shop, ShopMember
from tests.cast import login
from tests.factories import PASSWORD, fill_vocabularies
from tests.mailboxes import mails_sent

pytestmark = pytest.mark.once

SIGNUP = "/accounts/signup/seller/"


@pytest.fixture
def person(db):
    fill_vocabularies()
    return {
        "shop_name": "Ada's Engines",
        "market": "JP",
        "language": "ja",
        "name": "Ada Byron",
        "email": "ada@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "time_zone": "Asia/Tokyo",
    }


def test_signing_up_makes_a_person_with_a_shop_and_asks_to_confirm_the_address(client, person):
    response = client.post(SIGNUP, person)

    user = User.objects.get()
    assert response["Location"] == "/accounts/confirm-email/"
    assert (user.name, user.email, user.time_zone) == ("Ada Byron", "ada@example.com", "Asia/Tokyo")
    member = ShopMember.objects.select_related("shop").get()
    assert (member.user, member.role) == (user, "owner")
    assert (member.shop.name, member.shop.market_id, member.shop.currency) == ("Ada's Engines", "JP", "JPY")
    assert member.shop.language == "ja"
    assert EmailAddress.objects.get().verified is False
    assert [sent.to for sent in mails_sent()] == [["ada@example.com"]]


def test_address_that_has_an_account_gets_the_same_answer_and_no_shop(client, person, seller):
    known = client.post(SIGNUP, person | {"email": "seller@example.com"})
    client.logout()
    new = client.post(SIGNUP, person)

    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    assert Shop.objects.count() == 1
    assert User.objects.filter(email="seller@example.com").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shop_name", ""),
        ("shop_name", "x" * 121),
        ("shop_name", "a\nb"),
        ("shop_name", "a\x00"),
        ("market", ""),
        ("market", "XX"),
        ("market", "\x00"),
        ("language", "tlh"),
        ("name", ""),
        ("email", "ada"),
        ("password1", "short"),
        ("password2", "another-password-1"),
    ],
)
def test_bad_field_is_told_and_the_rest_kept(field, value, client, person):
    response = client.post(SIGNUP, person | {field: value})

    form = response.context["form"]
    assert field in form.errors
    assert User.objects.count() == Shop.objects.count() == 0
    other = "shop_name" if field != "shop_name" else "name"
    assert form[other].value() == person[other]


def test_fields_left_empty_say_what_to_do(client, db):
    errors = client.post(SIGNUP, {}).context["form"].errors

    said = {name: list(texts) for name, texts in errors.items()}
    typed = ("shop_name", "email", "password1", "password2")
    assert said == {
        "name": ["Enter your name."],
        **{name: ["Fill this in."] for name in typed},
        **{name: ["Choose one."] for name in ("market", "language")},
    }


def test_inactive_market_is_not_offered(client, person):
    Market.objects.filter(code="JP").update(active=False)

    assert "market" in client.post(SIGNUP, person).context["form"].errors


def test_unknown_time_zone_is_no_obstacle(client, person):
    client.post(SIGNUP, person | {"time_zone": "Mars/Base"})

    assert User.objects.get().time_zone == "UTC"


def test_who_is_signed_in_adds_a_shop_and_acts_for_it(client, seller, shop, person):
    login(client, seller)
    page = client.get(SIGNUP).content.decode()

    response = client.post(SIGNUP, {"shop_name": "Zebra Prints", "market": "DE", "language": "de"}, follow=True)

    assert "Add a shop" in page
    assert "password" not in page
    assert response.redirect_chain == [("/seller/", 302)]
    assert "Zebra Prints is added. You are acting for it now." in response.content.decode()
    assert response.context["shop"].name == "Zebra Prints"
    assert ShopMember.objects.filter(user=seller, role="owner").count() == 2


def test_partners_member_may_add_a_shop(client, partner_owner, partner, person):
    response = login(client, partner_owner).post(
        SIGNUP, {"shop_name": "Own Label", "market": "GB", "language": "en"}, follow=True
    )

    assert response.redirect_chain == [("/seller/", 302)]
    assert Shop.objects.get().currency == "GBP"


def test_bad_shop_is_told_and_kept(client, seller, shop, person):
    response = login(client, seller).post(SIGNUP, {"shop_name": "Zebra", "market": "", "language": "de"})

    assert list(response.context["form"].errors) == ["market"]
    assert Shop.objects.count() == 1


def test_sign_up_is_limited_by_address(client, person):
    answers = {client.post(SIGNUP, {}).status_code for _number in range(21)}

    assert answers == {200, 429}
