"""The world that the benchmark fills obeys every rule of the product, so its numbers are of rows as they really are."""

from contextlib import contextmanager

import pytest
from django.db import connection

from bench import copying, world
from requests_app.conversation.models import Message
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share, ShopMember
from requests_app.proposals.models import ProposalVersion

pytestmark = pytest.mark.postgresql


@pytest.fixture
def same_connection(db, monkeypatch):
    """Fill within the transaction of the test: all statements run in turn on its own connection."""
    _executed("SET CONSTRAINTS ALL IMMEDIATE", None)  # no index is built while checks are put off

    class Hand:
        execute = staticmethod(lambda statement, params=None: _executed(statement, params))

        @staticmethod
        @contextmanager
        def cursor():
            with connection.cursor() as cursor:
                yield cursor

    @contextmanager
    def connect():
        yield Hand

    def in_parallel(statements):
        for statement in statements:
            _executed(statement, None)

    for module in (copying, world, world.people):
        monkeypatch.setattr(module, "connect", connect)
    for module in (copying, world):
        monkeypatch.setattr(module, "in_parallel", in_parallel)
    monkeypatch.setattr(world, "VACUUM", "ANALYZE")  # a transaction holds no VACUUM


def _executed(statement, params):
    cursor = connection.cursor()
    cursor.execute(statement, params)
    return cursor


def test_filled_world_obeys_every_rule(same_connection):
    keys = world.fill("tiny", say=lambda line: None)

    assert list(offenders()) == []
    assert PartnerRequest.objects.count() == keys.requests
    assert Share.objects.count() > 2 * keys.requests
    assert Event.objects.count() > 6 * keys.requests
    assert Message.objects.count() > keys.requests
    assert ProposalVersion.objects.filter(proposal__status="chosen").exists()
    assert PartnerRequest.objects.filter(asked_since__isnull=False).exists()
    assert ShopMember.objects.filter(user=2).count() == 2


def test_indexes_and_keys_stand_again(same_connection):
    before = _structure()

    world.fill("tiny", say=lambda line: None)

    assert _structure() == before


def _structure():
    constraints = _executed("SELECT conname FROM pg_constraint WHERE conrelid::regclass::text NOT LIKE 'bench%%'", None)
    indexes = _executed("SELECT indexname FROM pg_indexes WHERE tablename NOT LIKE 'bench%%'", None)
    return {*constraints.fetchall()}, {*indexes.fetchall()}
