"""The world that the benchmark fills obeys every rule of the product, so its numbers are of rows as they really are."""

import pytest
from django.db import connection

from bench import world
from requests_app.conversation.models import Message
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share, ShopMember
from requests_app.proposals.models import ProposalVersion

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def own_tables(transactional_db):
    """The benchmark's tables go with the test; those of the product are emptied after it, as after each like it."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'bench%%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {name}")


def test_filled_world_obeys_every_rule_and_its_indexes_and_keys_stand_again(own_tables):
    before = _structure()

    keys = world.fill("tiny", say=lambda line: None)

    assert list(offenders()) == []
    assert PartnerRequest.objects.count() == keys.requests
    assert Share.objects.count() > 2 * keys.requests
    assert Event.objects.count() > 6 * keys.requests
    assert Message.objects.count() > keys.requests
    assert ProposalVersion.objects.filter(proposal__status="chosen").exists()
    assert PartnerRequest.objects.filter(asked_since__isnull=False).exists()
    assert ShopMember.objects.filter(user=2).count() == 2
    assert _structure() == before


def _structure():
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid::regclass::text NOT LIKE 'bench%%'")
        constraints = cursor.fetchall()
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename NOT LIKE 'bench%%'")
        return {*constraints}, {*cursor.fetchall()}
