"""The cache in a production's database: what limits count stays, whatever becomes of the act."""

from threading import Thread

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client, override_settings

from accounts.models import User
from accounts.moment import one_moment
from tests.factories import fill_vocabularies

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _in_the_database():
    kept = {"BACKEND": "shoppartners.cache.DatabaseCache", "LOCATION": "cache_table"}
    with override_settings(CACHES={"default": kept}):
        call_command("createcachetable")
        cache.clear()
        yield
        cache.clear()


def elsewhere(act):
    """Run it on a connection of its own; return its thread, which has ended unless it waits for somebody."""

    def run():
        try:
            act()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join(5)
    return thread


def sign_up(number):
    typed = {"name": "Ada", "email": f"ada-{number}@example.com", "shop_name": "Ada's", "market": "GB"}
    typed |= {"language": "en", "password1": "a-quite-good-one", "password2": "a-quite-good-one"}
    return Client().post("/accounts/signup/seller/", typed).status_code


def test_sign_ups_of_one_address_end_in_too_many_and_hash_no_more(monkeypatch):
    fill_vocabularies()
    hashed, encode = [], MD5PasswordHasher.encode

    def noted(self, password, *args):
        hashed.append(password)
        return encode(self, password, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)

    answers = [sign_up(number) for number in range(23)]

    assert answers == [302] * 20 + [429] * 3
    assert len(hashed) == 20
    assert User.objects.count() == 20


@override_settings(ACCOUNT_RATE_LIMITS={"signup": "3/m/ip"})
def test_sign_ups_at_once_are_counted_while_the_first_still_hashes(monkeypatch):
    fill_vocabularies()
    hashed, answers, threads, encode = [], [], [], MD5PasswordHasher.encode

    def meanwhile(self, password, *args):
        hashed.append(password)
        if len(hashed) < 6:
            threads.append(elsewhere(lambda: answers.append(sign_up(len(hashed)))))
        return encode(self, password, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", meanwhile)

    answers.append(sign_up(0))
    for thread in threads:
        thread.join()

    assert answers == [429, 302, 302, 302]  # the last to come is the first to be answered
    assert len(hashed) == 3


def test_count_of_an_act_that_is_undone_stays_and_nobody_waits_for_it():
    seen = []
    with transaction.atomic():
        User.objects.create_user("ada@example.com")
        cache.set("count", 1)
        elsewhere(lambda: (cache.incr("count"), seen.append(cache.get("count"))))
        transaction.set_rollback(True)

    assert seen == [2]
    assert cache.get("count") == 2
    assert not User.objects.exists()


def test_transaction_goes_on_after_the_cache_was_asked():
    with transaction.atomic():
        user = User.objects.create_user("ada@example.com")
        cache.add("count", 1)
        assert cache.has_key("count")
        assert User.objects.filter(pk=user.pk).exists()

    assert User.objects.filter(pk=user.pk).exists()


def test_page_that_finds_what_has_expired_does_not_fail_another():
    cache.set("old", 1, timeout=0)
    with one_moment():
        User.objects.count()  # the snapshot is taken
        elsewhere(lambda: cache.get("old"))

        assert cache.get("old") is None
