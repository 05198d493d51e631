"""Events stay as they were written: the database refuses to change them, and their chain shows who did it still."""

import json
from datetime import UTC, timedelta, timezone

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from requests_app import event_chain, services
from requests_app.integrity import append_only
from requests_app.integrity.invariants import chains_are_whole, offenders
from requests_app.models import PartnerRequest
from tests.factories import make_request
from tests.standing import standing

CHANGES = {
    "what": "kind = 'rejected'",
    "who": "actor = 'staff'",
    "by whom": "by_id = NULL",
    "when": "at = '2026-01-01 00:00:00+00:00'",
    "its data": "data = '{\"version\": 7}'",
    "of which share": "share_id = NULL",
}


@standing
def told(accepted_share):
    """A request with a chain of three: submitted, shared, accepted."""
    assert list(offenders()) == []
    return PartnerRequest.objects.get(pk=accepted_share.request_id)


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def lifted():
    """Who owns the table can take the triggers down: the chain is for him."""
    append_only.lift()
    yield
    append_only.install()


def broken(request):
    return [line.removeprefix(f"{request.reference}: ") for line in chains_are_whole()]


LACKING = "its last events are missing, or what it says of them was changed"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE requests_app_event SET kind = 'rejected'", "DELETE FROM requests_app_event WHERE kind = 'accepted'"],
)
def test_database_refuses_to_change_or_remove_events(told, statement):
    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        sql(statement)

    assert told.events.count() == 3


@pytest.mark.postgresql
def test_database_refuses_to_empty_the_table(told):
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        sql("TRUNCATE requests_app_event CASCADE")


def test_trigger_that_does_not_stand_is_found_and_put_up_again(told, lifted):
    found = list(offenders())
    append_only.install()

    assert found == [f"events: the database's trigger {name} does not stand" for name in append_only._triggers()]
    assert list(offenders()) == []


@pytest.mark.parametrize("change", CHANGES)
def test_changed_event_breaks_the_chain(told, lifted, change):
    last = told.events.last()

    sql(f"UPDATE requests_app_event SET {CHANGES[change]} WHERE id = %s", last.pk)

    assert broken(told) == ["event 3 is not as it was written"]


def test_removed_event_breaks_the_chain(told, lifted):
    sql("DELETE FROM requests_app_event WHERE id = %s", told.events.get(number=2).pk)

    assert broken(told) == ["event 3 stands where 2 should"]


def test_cut_tail_shows(told, lifted):
    sql("DELETE FROM requests_app_event WHERE id = %s", told.events.last().pk)

    assert broken(told) == [LACKING]


def test_cut_tail_shows_though_the_request_was_made_to_agree(told, lifted):
    sql("DELETE FROM requests_app_event WHERE id = %s", told.events.last().pk)

    last = told.events.last()
    PartnerRequest.objects.filter(pk=told.pk).update(event_count=2, event_mac=last.mac)

    assert broken(told) == [LACKING]


def test_event_of_another_request_does_not_fit(told, lifted, other_shop, other_agency):
    moved = make_request(other_shop, [other_agency]).events.last()
    sql("UPDATE requests_app_event SET request_id = %s, number = 4 WHERE id = %s", told.pk, moved.pk)

    assert "event 4 is not as it was written" in broken(told)[0]


def test_chain_signed_with_an_earlier_key_still_counts_and_goes_on(told, seller):
    earlier = settings.AUDIT_KEY
    with override_settings(AUDIT_KEY="a new one"):
        without_the_old = broken(told)
        with override_settings(AUDIT_KEY_FALLBACKS=[earlier]):
            services.close_request(request_id=told.pk, by=seller)
            with_the_old = broken(told)

    assert without_the_old == ["event 1 is not as it was written"]
    assert with_the_old == []


def test_signature_is_of_the_moment_whatever_the_zone(told):
    elsewhere = timezone(timedelta(hours=8))
    rows = [(*signed, at.astimezone(tz=elsewhere), mac) for *signed, at, mac in event_chain.rows(told.events)]
    end = [getattr(told, name) for name in event_chain.END]

    assert len(rows) == 3
    assert list(event_chain.breaks(told.pk, told.reference, end, rows)) == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"b": 1, "a": [True, None, 1.5]},
        {"name": 'Größe "5" \\ \n 张伟'},
        {"long": 10**20, "nested": {"z": {}, "a": []}},
    ],
)
def test_what_is_signed_is_compact_json_with_sorted_keys(told, data):
    """Chains of earlier releases hold these very texts, and outsiders check them with any library."""
    at = told.created_at
    by_hand = event_chain._content("ab", 1, 2, None, 'odd "kind"', "seller", 7, json.dumps(data, indent=2), at)

    signed = ["ab", 1, 2, None, 'odd "kind"', "seller", 7, data, at.astimezone(UTC).isoformat(timespec="microseconds")]
    assert by_hand == json.dumps(signed, sort_keys=True, separators=(",", ":"))
