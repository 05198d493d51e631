"""How each person wants their mails: at once, daily in their own morning, or not; and the link that stops mails."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from accounts import clock, mail_preferences, outbox
from accounts.models import MailPreference, Notification, Topic
from tests.cast import login
from tests.factories import UserFactory

pytestmark = pytest.mark.once

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def person(db):
    return UserFactory(email="person@example.com", time_zone="Europe/London")


def notify(person, number=1, topic=Topic.ANSWERS):
    outbox.notify(
        [person],
        source=f"test:{number}",
        template="accepted_for_seller",
        path=f"/requests/SPR-{number}/",
        topic=topic,
        partner=f"Agency {number}",
        shop="Lumen",
        reference=f"SPR-{number}",
    )
    return Notification.objects.latest("pk")


def prefer(person, mode, *topics):
    mail_preferences.save_mail_preferences(by=person, modes=dict.fromkeys(topics or Topic.values, mode))


def deliver(moment):
    with time_machine.travel(moment, tick=False):
        outbox.deliver.call()


# At once, daily, off


def test_person_without_a_preference_is_mailed_at_once(person):
    with time_machine.travel(NOON, tick=False):
        notify(person)
    deliver(NOON)

    assert [sent.subject for sent in mail.outbox] == ["Agency 1 accepted your request (SPR-1)"]


def test_person_who_wants_no_mail_is_notified_on_the_page_alone(person):
    prefer(person, "off")

    row = notify(person)
    deliver(NOON + timedelta(days=400))

    assert (row.next_mail_at, row.mail_failed, mail.outbox) == (None, False, [])
    assert person.notifications.count() == 1


def test_notifications_of_a_day_come_in_one_mail_in_the_morning(person):
    prefer(person, "daily")
    with time_machine.travel(NOON, tick=False):
        for number in (1, 2, 3):
            notify(person, number)

    deliver(NOON + timedelta(hours=19, minutes=59))
    before = len(mail.outbox)
    deliver(NOON + timedelta(hours=20))

    sent = mail.outbox[0]
    assert (before, len(mail.outbox)) == (0, 1)
    assert sent.subject == "3 of your requests have news"
    for number in (1, 2, 3):
        lines = f"SPR-{number}\n- Agency {number} accepted your request\n  http://127.0.0.1:8000/requests/SPR-{number}/"
        assert lines in sent.body
        assert f'href="http://127.0.0.1:8000/requests/SPR-{number}/"' in sent.alternatives[0].content
    assert not Notification.objects.filter(mailed_at=None).exists()


def test_preference_is_of_one_topic(person):
    prefer(person, "off", Topic.REMINDERS)

    rows = [notify(person, 1, Topic.REMINDERS), notify(person, 2, Topic.ANSWERS)]

    assert [row.next_mail_at is None for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("mode", "expected"), [("off", None), ("daily", datetime(2026, 11, 21, 8, tzinfo=UTC)), ("at_once", NOON)]
)
@pytest.mark.parametrize("before", ["at_once", "daily"])
def test_new_preference_holds_for_mails_that_wait(before, mode, expected, person):
    with time_machine.travel(NOON, tick=False):
        prefer(person, before)
        row = notify(person)
        other = notify(UserFactory(), 2)
        prefer(person, mode)

    assert Notification.objects.get(pk=row.pk).next_mail_at == expected
    assert Notification.objects.get(pk=other.pk).next_mail_at == NOON


def move_to_los_angeles(client, person):
    typed = {"name": "P", "language": "en", "time_zone": "America/Los_Angeles"}
    login(client, person).post("/accounts/preferences/", typed)


def move_to_los_angeles_by_staff(desk, person):
    url = reverse("admin:accounts_user_change", args=[person.pk])
    typed = {"email": person.email, "name": "P", "language": "en", "is_active": "on"}
    desk.post(url, typed | {"time_zone": "America/Los_Angeles"})


@pytest.mark.parametrize(
    ("before", "waiting_until"), [("daily", datetime(2026, 11, 20, 16, tzinfo=UTC)), ("at_once", NOON), ("off", None)]
)
def test_morning_is_that_of_the_zone_one_moves_to(client, person, before, waiting_until):
    with time_machine.travel(NOON, tick=False):
        prefer(person, before)
        notify(person)
        move_to_los_angeles(client, person)

    assert Notification.objects.get().next_mail_at == waiting_until


def test_morning_follows_the_zone_that_staff_give(desk, person):
    with time_machine.travel(NOON, tick=False):
        prefer(person, "daily")
        notify(person)
        move_to_los_angeles_by_staff(desk, person)

    assert Notification.objects.get().next_mail_at == datetime(2026, 11, 20, 16, tzinfo=UTC)


@pytest.mark.parametrize(("mode", "queries"), [("at_once", 2), ("daily", 3), ("off", 3)])
def test_preferences_cost_the_same_for_any_number_of_people(mode, queries, django_assert_num_queries, db):
    people = UserFactory.create_batch(30)
    for person in people:
        prefer(person, mode)

    with time_machine.travel(NOON, tick=False), django_assert_num_queries(queries):
        outbox.notify(people, source="test:1", template="accepted_for_seller", path="/", topic=Topic.ANSWERS)

    morning = datetime(2026, 11, 21, 8, tzinfo=UTC)
    times = {"at_once": NOON, "daily": morning, "off": None}
    assert set(Notification.objects.values_list("next_mail_at", flat=True)) == {times[mode]}


def test_preference_of_one_topic_leaves_other_people_and_topics_alone(person):
    other = UserFactory()
    prefer(person, "off", Topic.ANSWERS)

    rows = [
        Notification(user=each, source=f"test:{topic}", template="accepted_for_seller", topic=topic, path="/")
        for each in (person, other)
        for topic in (Topic.ANSWERS, Topic.REQUESTS)
    ]
    outbox.notify_all(rows)

    assert list(Notification.objects.filter(next_mail_at=None).values_list("user", "topic")) == [
        (person.pk, Topic.ANSWERS)
    ]


def test_notification_that_stands_already_keeps_its_time(person):
    prefer(person, "daily")
    with time_machine.travel(NOON, tick=False):
        first = notify(person)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        notify(person)

    assert Notification.objects.get().next_mail_at == first.next_mail_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


# The morning in the person's own zone


@pytest.mark.parametrize(
    ("zone", "at", "morning"),
    [
        ("Europe/London", "2026-11-20T07:59:59+00:00", "2026-11-20T08:00:00+00:00"),
        ("Europe/London", "2026-11-20T08:00:00+00:00", "2026-11-21T08:00:00+00:00"),
        ("Europe/London", "2026-03-28T12:00:00+00:00", "2026-03-29T07:00:00+00:00"),  # summer time begins that night
        ("Europe/London", "2026-10-24T12:00:00+00:00", "2026-10-25T08:00:00+00:00"),  # and ends
        ("America/New_York", "2026-03-07T18:00:00+00:00", "2026-03-08T12:00:00+00:00"),
        ("America/New_York", "2026-10-31T18:00:00+00:00", "2026-11-01T13:00:00+00:00"),
        ("America/Sao_Paulo", "2026-10-17T15:00:00+00:00", "2026-10-18T11:00:00+00:00"),  # no summer time since 2019
        ("America/Sao_Paulo", "2018-11-03T15:00:00+00:00", "2018-11-04T10:00:00+00:00"),  # began at midnight
        ("Australia/Lord_Howe", "2026-10-03T00:00:00+00:00", "2026-10-03T21:00:00+00:00"),  # by half an hour
        ("Asia/Kathmandu", "2026-11-20T12:00:00+00:00", "2026-11-21T02:15:00+00:00"),
        ("Pacific/Kiritimati", "2026-11-20T17:00:00+00:00", "2026-11-20T18:00:00+00:00"),
        ("Pacific/Pago_Pago", "2026-11-20T20:00:00+00:00", "2026-11-21T19:00:00+00:00"),
    ],
)
def test_next_morning_is_eight_oclock_whatever_the_clocks_do(zone, at, morning):
    found = mail_preferences.next_morning(datetime.fromisoformat(at), zone)

    assert found == datetime.fromisoformat(morning)
    assert (found.hour, found.minute) == (8, 0)


# The page


def test_preferences_are_chosen_on_the_preferences_page(client, person):
    login(client, person)
    url = reverse("accounts:mail_preferences")

    client.post(url, dict.fromkeys(Topic.values, "daily") | {"answers": "off"})
    response = client.get(reverse("accounts:preferences"))

    assert mail_preferences.modes_of(person) == dict.fromkeys(Topic.values, "daily") | {"answers": "off"}
    assert response.context["mail_preferences"].initial == mail_preferences.modes_of(person)


@pytest.mark.parametrize("posted", [{}, {"answers": "never"}, dict.fromkeys(Topic.values, "x")])
def test_made_up_preference_changes_nothing(client, person, posted):
    response = login(client, person).post(reverse("accounts:mail_preferences"), posted, follow=True)

    assert not MailPreference.objects.exists()
    assert "Nothing was changed." in response.text


# One click


@pytest.fixture
def sent(person):
    notify(person)
    outbox.deliver.call()
    return mail.outbox[0]


def link_of(sent):
    return sent.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")


def test_mail_offers_one_click(sent):
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link_of(sent) in sent.body
    assert link_of(sent) in sent.alternatives[0].content


def test_reading_the_link_changes_nothing(client, sent):
    for ask in (client.get, client.head):
        assert ask(link_of(sent)).status_code == 200

    assert not MailPreference.objects.exists()
    assert "Answers" in client.get(link_of(sent)).text


def test_post_by_a_mail_program_stops_the_mails_of_that_topic(person, sent):
    program = Client(enforce_csrf_checks=True)

    response = program.post(link_of(sent), {"List-Unsubscribe": "One-Click"})
    row = notify(person, 2)
    again = program.post(link_of(sent), {"List-Unsubscribe": "One-Click"})

    assert (response.status_code, again.status_code) == (200, 200)
    assert row.next_mail_at is None
    assert mail_preferences.modes_of(person) == dict.fromkeys(Topic.values, "at_once") | {"answers": "off"}


def test_digest_names_all_its_topics(person):
    notify(person, 1, Topic.ANSWERS)
    notify(person, 2, Topic.REMINDERS)
    outbox.deliver.call()

    Client().post(link_of(mail.outbox[0]))

    assert {topic for topic, mode in mail_preferences.modes_of(person).items() if mode == "off"} == {
        "answers",
        "reminders",
    }


@pytest.mark.parametrize(
    "token",
    [
        "made-up",
        signing.dumps([1, ["answers"]], salt="another"),
        signing.dumps([999_999, ["answers"]], salt=mail_preferences.SALT),
        "WzEsWyJhbnN3ZXJzIl1d:1xV8A1:meFrp2hGpybPy8U5BBDsZKAU1hsyL0Rh1Ymmdv9sa_g",
    ],
)
def test_forged_link_is_not_found(client, person, token):
    for ask in (client.get, client.post):
        assert ask(reverse("accounts:unsubscribe", args=[token])).status_code == 404

    assert not MailPreference.objects.exists()


def test_topic_that_is_no_more_is_passed_over(client, person):
    token = mail_preferences.unsubscribe_token(person, ["answers", "newsletter"])

    assert client.post(reverse("accounts:unsubscribe", args=[token])).status_code == 200
    assert list(MailPreference.objects.values_list("topic", "mode")) == [("answers", "off")]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9999"])
def test_links_name_the_configured_site_whatever_the_host_header_says(client, person, settings, host):
    settings.SITE_URL = "https://partners.example"
    notify(person)
    login(client, person).get(reverse("accounts:notifications"), headers={"host": host})

    outbox.deliver.call()

    sent = mail.outbox[0]
    for text in (sent.body, sent.alternatives[0].content, sent.extra_headers["List-Unsubscribe"]):
        assert "https://partners.example/" in text
        assert host not in text


def test_person_who_left_gets_nothing(person):
    notify(person)
    person.is_active = False
    person.save()

    outbox.deliver.call()

    assert mail.outbox == []
    assert not Notification.objects.filter(next_mail_at__lte=clock.now()).exists()
