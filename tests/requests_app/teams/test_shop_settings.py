"""What owners set of their shop: who may, what follows, and two who save at once."""

import pytest
from django.contrib.admin import site
from django.urls import reverse

from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners.models import Market
from requests_app.exceptions import SettingsChanged
from requests_app.models import PartnerRequest, Shop
from requests_app.seller.form_initial import of_last
from requests_app.staff.admin import ShopAdmin
from requests_app.teams import settings
from requests_app.teams.models import TeamEvent
from tests.at_once import at_once
from tests.cast import login, signed_in
from tests.factories import ShopFactory, UserFactory, add_to_shop, make_request, market
from tests.queries import FRAME, counted
from tests.staff import page

SETTINGS = "/seller/settings/"


def values_of(shop, **changes):
    return {name: getattr(shop, name) for name in settings.OF_SHOP} | changes


def change(shop, by, **changes):
    shop = Shop.objects.get(pk=shop.pk)
    return settings.change_shop(shop_id=shop.pk, by=by, values=values_of(shop, **changes), seen=settings.state_of(shop))


def typed(shop, **changes):
    """What the form sends for the shop as it stands."""
    held = {"shop_name": shop.name, "market": shop.market_id, "currency": shop.currency, "language": shop.language}
    return held | {"seen": settings.state_of(shop), "acting_for": f"shop:{shop.pk}"} | changes


@pytest.fixture
def second_owner(shop):
    return add_to_shop(shop, UserFactory(name="Sam Second"), "owner")


# The service


def test_owner_changes_all_of_it_with_one_line_of_the_log(shop, seller):
    change(shop, seller, name="Lumen Care", market=market("DE"), currency="EUR", language="de")

    saved = Shop.objects.get(pk=shop.pk)
    assert (saved.name, saved.market_id, saved.currency, saved.language) == ("Lumen Care", "DE", "EUR", "de")
    event = TeamEvent.objects.get(log__shop=shop, kind="settings_changed")
    assert (event.by, event.actor) == (seller, "member")
    assert event.data == {
        "changed": ["name", "market", "currency", "language"],
        "old": {"market": "GB", "currency": "GBP", "language": "en"},
        "new": {"market": "DE", "currency": "EUR", "language": "de"},
    }
    assert saved.history.first().history_user == seller


def test_log_holds_no_name(shop, seller):
    change(shop, seller, name="Whitfield & Daughters")

    event = TeamEvent.objects.get(log__shop=shop, kind="settings_changed")
    assert event.data == {"changed": ["name"], "old": {}, "new": {}}


def test_saving_what_stands_changes_nothing(shop, seller, second_owner):
    with counted() as statements:
        change(shop, seller)

    assert not TeamEvent.objects.filter(log__shop=shop, kind="settings_changed").exists()
    assert not Notification.objects.exists()
    assert not any(statement.startswith("UPDATE") for statement in statements)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_owners_change_settings(shop, role):
    with pytest.raises(NotAllowed, match="Only an owner can change this"):
        change(shop, add_to_shop(shop, UserFactory(), role), name="Mine")

    assert Shop.objects.get(pk=shop.pk).name == "Lumen Skincare"


def test_stranger_changes_nothing(shop, other_seller):
    with pytest.raises(NotAllowed):
        change(shop, other_seller, name="Mine")


def test_other_owners_are_notified_and_nobody_else(shop, seller, second_owner, editor):
    change(shop, seller, name="Lumen Care", currency="EUR")

    told = Notification.objects.get()
    assert (told.user, told.template) == (second_owner, "settings_changed_for_owner")
    assert told.context == {"shop": "Lumen Care", "changed": ["name", "currency"], "before": "Lumen Skincare"}
    assert told.path == f"/seller/settings/?acting_for=shop%3A{shop.pk}"


def test_colleague_who_saved_meanwhile_is_not_saved_over(shop, seller, second_owner):
    seen = settings.state_of(shop)
    change(shop, second_owner, currency="EUR")

    with pytest.raises(SettingsChanged):
        settings.change_shop(shop_id=shop.pk, by=seller, values=values_of(shop, name="Lumen Care"), seen=seen)

    saved = Shop.objects.get(pk=shop.pk)
    assert (saved.name, saved.currency) == ("Lumen Skincare", "EUR")


def test_withdrawn_market_is_refused_and_the_one_that_stands_is_kept(shop, seller):
    Market.objects.filter(code__in=["DE", "GB"]).update(active=False)

    with pytest.raises(NotPossible, match="Germany is not offered any more"):
        change(shop, seller, market=market("DE"))
    change(shop, seller, name="Lumen Care", market=market("GB"))

    assert Shop.objects.get(pk=shop.pk).name == "Lumen Care"


def test_open_request_keeps_its_market_and_currency(shop, seller, open_request):
    change(shop, seller, market=market("DE"), currency="EUR")

    kept = PartnerRequest.objects.get(pk=open_request.pk)
    assert (kept.sold_in.code, kept.currency, kept.version) == ("GB", "GBP", 1)
    assert make_request(Shop.objects.get(pk=shop.pk)).sold_in.code == "DE"


def test_request_that_an_earlier_release_made_keeps_its_market_too(shop, seller, open_request, other_shop):
    other = make_request(other_shop)
    PartnerRequest.objects.update(market=None)

    change(shop, seller, market=market("DE"))

    assert PartnerRequest.objects.get(pk=open_request.pk).market_id == "GB"
    assert PartnerRequest.objects.get(pk=other.pk).market_id is None


def test_open_request_goes_on_with_partners_of_its_own_market(shop, seller, partner, other_agency):
    request = make_request(shop, [partner])
    change(shop, seller, market=market("DE"))

    shown = signed_in(seller).get(reverse("seller:request_edit", args=[request.reference])).text

    assert "Harbour &amp; Pine" in shown


def test_change_takes_the_same_statements_however_many_requests(shop, seller, partner, many_with_one_partner):
    def statements_of(name):
        with counted() as statements:
            change(shop, seller, name=name, market=market("DE" if name == "One" else "GB"))
        return len(statements)

    few = statements_of("One")
    for _each in range(5):
        make_request(Shop.objects.get(pk=shop.pk))

    assert statements_of("Two") == few


@pytest.mark.postgresql
def test_two_owners_save_at_once_and_one_is_asked_again(transactional_db):
    first, second = UserFactory(), UserFactory()
    shop = ShopFactory(name="Lumen Skincare", owner=first)
    add_to_shop(shop, second, "owner")
    seen = settings.state_of(shop)

    def save(by, **changes):
        settings.change_shop(shop_id=shop.pk, by=by, values=values_of(shop, **changes), seen=seen)

    results = at_once(lambda: save(first, name="Lumen Care"), lambda: save(second, currency="EUR"))

    saved = Shop.objects.get(pk=shop.pk)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "SettingsChanged"]
    assert (saved.name, saved.currency) in {("Lumen Care", "GBP"), ("Lumen Skincare", "EUR")}
    assert TeamEvent.objects.filter(log__shop=shop, kind="settings_changed").count() == 1


# The page


def test_owner_saves_the_form(client, shop, seller):
    answer = login(client, seller).post(
        SETTINGS, typed(shop, shop_name="Lumen Care", market="DE", currency="EUR"), follow=True
    )

    saved = Shop.objects.get(pk=shop.pk)
    assert (saved.name, saved.market_id, saved.currency) == ("Lumen Care", "DE", "EUR")
    assert "The settings of Lumen Care are saved." in answer.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("shop_name", "", "Fill this in."),
        ("shop_name", "x" * 121, "at most 120 characters"),
        ("shop_name", "a\nb", "Enter one line, without line breaks."),
        ("market", "XX", "Select a valid choice"),
        ("market", "", "Choose one."),
        ("currency", "XXX", "Select a valid choice"),
        ("language", "tlh", "Select a valid choice"),
    ],
)
def test_bad_input_is_said_at_its_field_and_changes_nothing(client, shop, seller, field, value, said):
    answer = login(client, seller).post(SETTINGS, typed(shop, currency="EUR") | {field: value})

    assert said in answer.text
    assert Shop.objects.get(pk=shop.pk).currency == "GBP"


def test_market_that_is_withdrawn_meanwhile_is_refused(client, shop, seller):
    Market.objects.filter(code="DE").update(active=False)

    answer = login(client, seller).post(SETTINGS, typed(shop, market="DE"))

    assert answer.status_code == 200
    assert Shop.objects.get(pk=shop.pk).market_id == "GB"


def test_form_shows_what_a_colleague_saved_and_saves_it_when_asked_again(client, shop, seller, second_owner):
    login(client, seller)
    mine = typed(shop, shop_name="Lumen Care")
    change(shop, second_owner, currency="EUR")

    asked = client.post(SETTINGS, mine)
    assert "Somebody else changed these settings while you did." in asked.text
    assert "It is “Euro" in asked.text or "It is “EUR" in asked.text
    assert "Lumen Care" in asked.text
    assert Shop.objects.get(pk=shop.pk).name == "Lumen Skincare"

    again = mine | {"seen": asked.context["form"]["seen"].value(), "currency": "EUR"}
    assert client.post(SETTINGS, again).status_code == 302
    saved = Shop.objects.get(pk=shop.pk)
    assert (saved.name, saved.currency) == ("Lumen Care", "EUR")


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_read_the_settings_and_are_told_who_changes_them(client, shop, role):
    member = add_to_shop(shop, UserFactory(), role)

    shown = login(client, member).get(SETTINGS).text
    answer = client.post(SETTINGS, typed(shop, shop_name="Mine"), follow=True)

    assert "Lumen Skincare" in shown
    assert "Save settings" not in shown
    assert "Only an owner can change this. Ask one of the owners." in answer.text
    assert Shop.objects.get(pk=shop.pk).name == "Lumen Skincare"


def test_form_acts_for_the_shop_it_was_shown_for(client, shop, seller, other_shop):
    add_to_shop(other_shop, seller, "owner")
    login(client, seller)
    mine = typed(shop, shop_name="Lumen Care")
    client.post("/switch/", {"membership": f"shop:{other_shop.pk}"})

    client.post(SETTINGS, mine)

    assert Shop.objects.get(pk=shop.pk).name == "Lumen Care"
    assert Shop.objects.get(pk=other_shop.pk).name == "Fern & Fable"


def test_settings_page_costs_six_queries_whatever_is_blocked(client, shop, seller, django_assert_num_queries):
    login(client, seller)

    with django_assert_num_queries(FRAME + 2):  # markets, blocks
        client.get(SETTINGS)


# Staff


def test_rename_by_staff_goes_the_same_way(desk, staff, shop, seller):
    owner = shop.members.get()
    sent = {"name": "Lumen Care", "market": "GB", "currency": "GBP", "language": "en", "_save": "Save"}
    row = {"id": owner.pk, "shop": shop.pk, "user": seller.pk, "role": "owner"}
    sent |= {"members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 1}

    desk.post(page(shop), sent | {f"members-0-{name}": value for name, value in row.items()})

    assert Shop.objects.get(pk=shop.pk).name == "Lumen Care"
    assert shop.former_names.get().name == "Lumen Skincare"
    event = TeamEvent.objects.get(log__shop=shop, kind="settings_changed")
    assert (event.by, event.actor) == (staff, "staff")
    assert Notification.objects.get().user == seller


def test_staff_who_change_one_setting_write_no_old_value_over_another(shop, seller, staff):
    """An owner saved meanwhile, after staff opened their page."""
    stale = Shop.objects.get(pk=shop.pk)
    change(shop, seller, name="Lumen Care")
    stale.language = "de"

    ShopAdmin(Shop, site).note_who_can_act(stale, by=staff, changed=["language"])

    saved = Shop.objects.get(pk=shop.pk)
    assert (saved.name, saved.language) == ("Lumen Care", "de")
    assert TeamEvent.objects.filter(log__shop=shop).latest("pk").data["changed"] == ["language"]


def test_new_request_begins_with_the_currency_that_the_shop_changed_to(shop, seller, open_request):
    """And without the amounts that were counted in the one before."""
    before = of_last(seller, shop)
    change(shop, seller, currency="EUR")
    after = of_last(seller, shop)

    assert {"currency", "platform_gmv", "other_gmv", "budget"} <= before.keys()
    assert before.keys() - after.keys() == {"currency", "platform_gmv", "other_gmv", "budget"}
    page = signed_in(seller).get("/requests/new/")
    assert page.context["form"]["currency"].value() == "EUR"


def test_new_request_begins_as_before_where_another_setting_was_changed(shop, seller, open_request):
    before = of_last(seller, shop)

    change(shop, seller, name="Lumen Care", language="de")

    assert of_last(seller, shop) == before
