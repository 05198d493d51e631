"""Notifications, preferences, language."""

import pytest

from accounts import clock
from accounts.models import Notification, User
from accounts.time_zones import zone_choices
from tests.cast import login
from tests.factories import UserFactory
from tests.queries import FRAME

pytestmark = pytest.mark.once

URL = "/notifications/"


def make_notifications(user, count=1, **fields):
    """Return `count` new notifications of the user that Northlight accepted."""
    context = {"partner": "Northlight Commerce", "shop": "Lumen Skincare", "reference": "SPR-7KQ2MZ9XWA"}
    start = user.notifications.count()
    values = {"template": "accepted_for_seller", "path": "/requests/SPR-7KQ2MZ9XWA/", "context": context} | fields
    return Notification.objects.bulk_create(
        [Notification(user=user, source=f"test:{start + n}", **values) for n in range(count)]
    )


@pytest.fixture
def german(settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]


@pytest.mark.parametrize("rows", [1, 30])
def test_notifications_take_as_many_queries_for_any_number(rows, client, seller, shop, django_assert_num_queries):
    make_notifications(seller, rows)
    login(client, seller)

    with django_assert_num_queries(FRAME + 1):  # the frame, rows
        response = client.get(URL)

    assert response.content.decode().count("Northlight Commerce accepted your request</a>") == min(rows, 20)


def test_notifications_are_ones_own_newest_first(client, seller, shop, other_seller, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    make_notifications(seller, template="rejected_for_seller")
    time_machine.move_to("2026-11-20T13:00:00+00:00", tick=False)
    make_notifications(seller)
    make_notifications(other_seller, context={"partner": "Somebody else"})

    rows = login(client, seller).get(URL).context["rows"]

    assert [row["text"] for row in rows] == [
        "Northlight Commerce accepted your request",
        "Northlight Commerce rejected your request",
    ]
    assert [row["reference"] for row in rows] == ["SPR-7KQ2MZ9XWA"] * 2


def test_notifications_page_by_key(client, seller, shop):
    make_notifications(seller, 45)
    login(client, seller)
    pages, url = [], URL
    while url:
        page = client.get(url).context["page"]
        pages.append([row.pk for row in page.rows])
        url = page.older_url and URL + page.older_url

    assert [len(page) for page in pages] == [20, 20, 5]
    assert [pk for page in pages for pk in page] == list(
        seller.notifications.order_by("-pk").values_list("pk", flat=True)
    )
    assert [row.pk for row in client.get(URL + page.newer_url).context["page"].rows] == pages[1]


def test_page_without_notifications_says_so(client, seller, shop):
    response = login(client, seller).get(URL)

    assert "Nothing to tell you yet" in response.content.decode()
    assert "Mark all as read" not in response.content.decode()


def test_unread_notifications_are_shown_alone(client, seller, shop):
    read, unread = make_notifications(seller, 2)
    Notification.objects.filter(pk=read.pk).update(read_at=clock.now())
    login(client, seller)

    assert [row["pk"] for row in client.get(URL + "?show=unread").context["rows"]] == [unread.pk]
    assert [row["is_read"] for row in client.get(URL).context["rows"]] == [False, True]


def test_looking_at_notifications_reads_none(client, seller, shop):
    make_notifications(seller, 3)

    login(client, seller).get(URL)

    assert seller.notifications.filter(read_at=None).count() == 3


def test_one_notification_is_marked_as_read_and_the_page_kept(client, seller, shop):
    first, second = make_notifications(seller, 2)

    response = login(client, seller).post(f"{URL}{first.pk}/read/?show=unread")

    assert response.url == f"{URL}?show=unread"
    assert list(seller.notifications.filter(read_at=None)) == [second]
    assert client.post(f"{URL}{first.pk}/read/").status_code == 302


def test_notification_of_somebody_else_is_not_found(client, seller, other_seller):
    [row] = make_notifications(other_seller)

    assert login(client, seller).post(f"{URL}{row.pk}/read/").status_code == 404
    assert other_seller.notifications.get().read_at is None


def test_all_are_marked_as_read_but_those_that_came_meanwhile(client, seller, shop, other_seller):
    *_older, seen = make_notifications(seller, 25)
    until = login(client, seller).get(URL).context["newest"]
    [later], [other] = make_notifications(seller), make_notifications(other_seller)

    response = client.post(f"{URL}read/", {"until": until}, follow=True)

    assert until == seen.pk
    assert list(seller.notifications.filter(read_at=None)) == [later]
    assert other_seller.notifications.get(pk=other.pk).read_at is None
    assert "Everything is marked as read." in response.content.decode()


@pytest.mark.parametrize("until", ["", "x", "-1", "٣", "9" * 30])
def test_all_read_with_a_made_up_id_changes_nothing(until, client, seller):
    make_notifications(seller)

    assert login(client, seller).post(f"{URL}read/", {"until": until}).status_code == 302
    assert seller.notifications.filter(read_at=None).count() == 1


@pytest.mark.parametrize("url", [f"{URL}read/", f"{URL}1/read/"])
def test_marking_as_read_takes_a_post(url, client, seller):
    assert login(client, seller).get(url).status_code == 405


def test_badge_stops_at_99(client, seller, shop):
    make_notifications(seller, 120)

    assert str(login(client, seller).get(URL).context["frame"].unread) == "99+"


def test_names_in_notifications_are_escaped(client, seller, shop):
    make_notifications(seller, context={"partner": "<b>Bold</b>"})

    assert "&lt;b&gt;Bold&lt;/b&gt; accepted your request" in login(client, seller).get(URL).content.decode()


def test_preferences_are_saved(client, seller, shop):
    response = login(client, seller).post(
        "/accounts/preferences/", {"name": "Sarah S.", "language": "en", "time_zone": "Asia/Jakarta"}, follow=True
    )

    user = User.objects.get(pk=seller.pk)
    assert (user.name, user.time_zone, user.language) == ("Sarah S.", "Asia/Jakarta", "en")
    assert "Your preferences are saved." in response.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "Enter your name."),
        ("name", "x" * 121, "Ensure this value has at most 120 characters (it has 121)."),
        ("name", "Sarah\nBcc: all@example.com", "Enter one line, without line breaks."),
        ("time_zone", "Europe/Atlantis", "Select a valid choice. Europe/Atlantis is not one of the available choices."),
    ],
)
def test_preferences_with_a_mistake_say_where(field, value, error, client, seller, shop):
    typed = {"name": "Sarah S.", "language": "en", "time_zone": "Asia/Jakarta"} | {field: value}

    response = login(client, seller).post("/accounts/preferences/", typed)

    assert response.context["form"].errors == {field: [error]}
    assert "There is a problem" in response.content.decode()
    assert User.objects.get(pk=seller.pk).name == "Sarah Seller"


def test_preferences_keep_a_zone_that_is_not_offered(client, shop, seller):
    User.objects.filter(pk=seller.pk).update(time_zone="Etc/GMT+5")

    typed = {"name": "Sarah S.", "language": "en", "time_zone": "Etc/GMT+5"}
    response = login(client, seller).post("/accounts/preferences/", typed)

    assert response.status_code == 302
    assert '<option value="Etc/GMT+5" selected>' in client.get("/accounts/preferences/").content.decode()


def test_language_is_not_asked_without_a_choice(client, seller, shop, settings):
    settings.LANGUAGES = [("en", "English")]

    assert list(login(client, seller).get("/accounts/preferences/").context["form"].fields) == ["name", "time_zone"]


def test_language_is_saved_where_there_is_a_choice(client, german, seller, shop):
    typed = {"name": "Sarah", "time_zone": "UTC", "language": "de"}

    page = login(client, seller).post("/accounts/preferences/", typed, follow=True).content.decode()

    assert User.objects.get(pk=seller.pk).language == "de"
    assert "Ihre Einstellungen sind gespeichert." in page


def places_of(choices):
    return {name: label for region, places in choices if isinstance(places, list) for name, label in places}


def test_zones_are_places_of_the_database():
    zones = set(places_of(zone_choices("UTC")))

    assert {"Europe/London", "Asia/Ho_Chi_Minh", "America/Argentina/Buenos_Aires"} <= zones
    assert not {"GMT", "Etc/GMT+5", "US/Pacific"} & zones


@pytest.mark.parametrize(
    ("today", "berlin", "st_johns"),
    [
        ("2026-01-15", "Berlin (UTC+01:00)", "St Johns (UTC-03:30)"),
        ("2026-07-15", "Berlin (UTC+02:00)", "St Johns (UTC-02:30)"),
    ],
)
def test_zones_have_their_distance_from_utc_of_that_day(today, berlin, st_johns, time_machine):
    time_machine.move_to(today, tick=False)
    places = places_of(zone_choices("UTC"))

    assert (places["Europe/Berlin"], places["America/St_Johns"]) == (berlin, st_johns)
    assert places["Asia/Jakarta"] == "Jakarta (UTC+07:00)"
    assert places["America/Argentina/Buenos_Aires"] == "Argentina – Buenos Aires (UTC-03:00)"


@pytest.mark.parametrize(
    ("own", "first"),
    [
        ("Asia/Jakarta", [("Asia/Jakarta", "Asia – Jakarta (UTC+07:00)"), ("UTC", "UTC")]),
        ("Etc/GMT+5", [("Etc/GMT+5", "Etc – GMT+5 (UTC-05:00)"), ("UTC", "UTC")]),
        ("UTC", [("UTC", "UTC")]),
        ("Mars/Olympus", [("UTC", "UTC")]),
    ],
)
def test_readers_own_zone_stands_first_and_once(own, first):
    choices = zone_choices(own)

    assert [choice for choice in choices if isinstance(choice[1], str)] == first
    assert choices[: len(first)] == first
    assert own not in places_of(choices)


def test_every_page_that_asks_for_a_zone_begins_with_the_persons_own(client, seller, shop, staff, time_machine):
    time_machine.move_to("2026-07-15", tick=False)
    User.objects.filter(pk=seller.pk).update(time_zone="Europe/Berlin")

    preferences = login(client, seller).get("/accounts/preferences/").context["form"]
    desk = login(client, staff).get(f"/admin/accounts/user/{seller.pk}/change/").context["adminform"].form

    for form in (preferences, desk):
        choices = form.fields["time_zone"].choices
        assert choices[0] == ("Europe/Berlin", "Europe – Berlin (UTC+02:00)")
        assert places_of(choices)["Asia/Jakarta"] == "Jakarta (UTC+07:00)"


def test_times_are_shown_in_the_readers_zone(client, shop, seller, time_machine):
    time_machine.move_to("2026-11-20T22:30:00+00:00", tick=False)
    make_notifications(seller)
    User.objects.filter(pk=seller.pk).update(time_zone="Asia/Jakarta")

    assert 'title="Saturday 21 November 2026, 05:30 WIB">just now' in login(client, seller).get(URL).content.decode()


def test_language_of_the_signed_in_wins_over_the_cookie(client, german, shop, seller):
    User.objects.filter(pk=seller.pk).update(language="de")
    login(client, seller).cookies["django_language"] = "en"

    response = client.get(URL)

    assert '<html lang="de"' in response.content.decode()
    assert response["Content-Language"] == "de"
    assert '<html lang="en"' in type(client)().get("/accounts/login/").content.decode()


def test_language_that_is_no_longer_offered_is_not_used(client, shop, seller, settings):
    settings.LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
    User.objects.filter(pk=seller.pk).update(language="de")

    assert '<html lang="en"' in login(client, seller).get(URL).content.decode()


def test_chosen_language_is_stored_for_a_signed_in_person(client, german, seller):
    response = login(client, seller).post("/language/", {"language": "de", "next": "/notifications/"})

    assert response.url == "/notifications/"
    assert User.objects.get(pk=seller.pk).language == "de"


def test_choosing_a_language_signed_out_sets_the_cookie(client, german, db):
    client.post("/language/", {"language": "de"})

    assert client.cookies["django_language"].value == "de"
    assert '<html lang="de"' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("language", ["fr", "", "../en", "x" * 500])
def test_language_that_is_not_offered_is_not_kept(language, client, german, seller):
    login(client, seller).post("/language/", {"language": language})

    assert User.objects.get(pk=seller.pk).language == "en"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_choosing_a_language_leads_to_this_host_only(target, client, german, db):
    headers = {"referer": "https://evil.example/"}

    response = client.post("/language/", {"language": "de", "next": target}, headers=headers)

    assert response.url == "/"


def test_choosing_a_language_takes_a_post(client, german, seller):
    login(client, seller).get("/language/?language=de")

    assert User.objects.get(pk=seller.pk).language == "en"


@pytest.mark.parametrize("url", [URL, "/accounts/preferences/"])
def test_page_without_a_membership_stands(url, client, db):
    assert login(client, UserFactory()).get(url).status_code == 200


@pytest.mark.parametrize("url", [URL, "/accounts/preferences/"])
def test_page_is_private(url, client, db):
    assert client.get(url).url == f"/accounts/login/?next={url}"
