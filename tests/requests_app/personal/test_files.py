"""A large file of personal data is written by a task, kept for a week, and given to its person alone."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from time_machine import travel

from accounts import clock
from accounts.models import PersonalFile, PersonalFilePart
from accounts.services import delete_what_is_over, forget_person
from requests_app.personal import files
from tests.cast import login, signed_in
from tests.queries import FRAME

DATA, DOWNLOAD, FILE = (reverse(f"personal:{name}") for name in ("data", "download", "file"))


@pytest.fixture
def large(monkeypatch):
    """Whatever is kept of somebody is more than a page writes; parts are small, so that there are several."""
    monkeypatch.setattr(files, "SMALL", 100)
    monkeypatch.setattr(files, "PART", 500)


@pytest.fixture
def asked(large, client, seller, shop):
    return login(client, seller).post(DOWNLOAD, follow=True)


def write(user):
    files.write_file.call(user.pk)
    return PersonalFile.objects.get(user=user)


def page_of(client):
    return " ".join(client.get(DATA).text.split())


def test_large_file_is_asked_for_and_the_page_says_how_far_it_is(asked, client, seller):
    assert "Your file is large, so it is being written." in asked.text
    assert "Begins soon" in asked.text
    PersonalFile.objects.update(rows=200, rows_written=50)

    page = page_of(client)

    assert "25%" in page
    assert 'data-live="5"' in page
    assert "Look again" in page
    assert "Download your" not in page


def test_file_that_is_done_is_what_a_small_one_would_be(asked, client, seller, monkeypatch):
    file = write(seller)

    page, answer = page_of(client), client.post(FILE)

    assert "is ready: " in page
    assert "data-live" not in page
    assert file.parts.count() > 1
    text = answer.getvalue().decode()
    assert len(text.encode()) == file.size == int(answer.headers["Content-Length"])
    assert json.loads(text)["person"]["email"] == seller.email
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="shop-partners-2')
    assert "no-store" in answer.headers["Cache-Control"]


def test_refreshing_draws_the_file_alone(asked, client):
    part = client.get(DATA, headers={"HX-Request": "true"})

    assert part.text.lstrip().startswith('<section class="card" id="personal-file">')


def test_nobody_else_gets_the_file(asked, seller, editor):
    write(seller)

    answer = signed_in(editor).post(FILE, follow=True)

    assert answer.redirect_chain == [(DATA, 302)]
    assert "There is no file to download." in answer.text


def test_each_gets_their_own_file(asked, seller, editor):
    write(seller)
    files.ask(by=editor)
    write(editor)

    for person in (seller, editor):
        own = json.loads(signed_in(person).post(FILE).getvalue())
        assert own["person"]["email"] == person.email


def test_file_that_is_deleted_while_it_is_read_is_no_error(asked, client, seller):
    file = write(seller)
    file.parts.filter(number=1).delete()

    assert client.post(FILE).headers["Location"] == DATA


def test_asking_twice_writes_one_file(asked, client, seller):
    first = PersonalFile.objects.get()

    client.post(DOWNLOAD)
    assert PersonalFile.objects.get() == first

    write(seller)
    client.post(DOWNLOAD)
    again = PersonalFile.objects.get()
    assert again.pk != first.pk
    assert again.done_at is None
    assert not PersonalFilePart.objects.exists()


def test_file_whose_task_was_given_up_can_be_asked_for_again(asked, client):
    with travel(clock.now() + timedelta(hours=4), tick=False):
        login(client, PersonalFile.objects.get().user)
        assert "Your file could not be written. Please ask for it again." in page_of(client)
        client.post(DOWNLOAD)

        assert "Begins soon" in page_of(client)


def test_task_that_runs_again_or_late_changes_nothing(asked, seller):
    file = write(seller)

    files.write_file.call(seller.pk)
    assert PersonalFile.objects.get().done_at == file.done_at

    PersonalFile.objects.all().delete()
    files.write_file.call(seller.pk)
    assert not PersonalFile.objects.exists()


def test_file_of_who_was_erased_meanwhile_is_not_kept(asked, seller, monkeypatch):
    def written(user):
        yield "{"
        forget_person(user_id=user.pk)

    monkeypatch.setattr(files, "written", written)
    files.write_file.call(seller.pk)

    assert not PersonalFile.objects.exists()
    assert not PersonalFilePart.objects.exists()


def test_file_goes_with_its_person_and_after_a_week(asked, client, seller):
    write(seller)
    later = clock.now() + timedelta(days=6)
    with travel(later, tick=False):
        delete_what_is_over()
        assert PersonalFilePart.objects.exists()
    with travel(later + timedelta(days=2), tick=False):
        assert files.of(seller) is None  # also before the night
        delete_what_is_over()
        assert not PersonalFilePart.objects.exists()

    files.ask(by=seller)
    write(seller)
    forget_person(user_id=seller.pk)
    assert not PersonalFilePart.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_others_see_how_far_it_is_while_it_is_written(large, shop, seller, monkeypatch):
    monkeypatch.setattr(files, "SAID_EACH", 1)
    monkeypatch.setattr(files, "one_moment", files.transaction.atomic)  # which SQLite's tables in memory wait for not
    PersonalFile.objects.create(user=seller)

    file = write(seller)

    assert file.rows_written > file.rows > 3  # pieces of text, of which each row is one
    assert file.done_at


def test_number_of_queries_does_not_grow(asked, client, seller, django_assert_num_queries):
    with django_assert_num_queries(FRAME + 1):
        client.get(DATA)
    write(seller)
    with django_assert_num_queries(FRAME + 1):
        client.get(DATA)
