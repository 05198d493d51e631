"""That the suite notices a lock taken out of order (docs/design.md, One transaction)."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import mail_preferences, outbox, sending
from accounts.models import Topic
from accounts.services import forget_person, mark_all_read
from partners.models import Partner
from partners.services import lock_partner
from requests_app.models import PartnerRequest, Share
from tests import locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


def locked(rows):
    return list(rows.select_for_update(no_key=True))


def wrong_order(first, then):
    """What is told of one transaction that locks these rows."""
    with transaction.atomic():
        locked(first)
        locked(then)
    told = [line.partition(":")[0] for line in locks.broken]
    locks.broken.clear()
    return told


def test_locks_in_order_are_passed_over(share):
    with transaction.atomic():
        locked(PartnerRequest.objects.filter(pk=share.request_id))
        locked(Partner.objects.filter(pk__in=[share.partner_id, 0]).order_by("pk"))
        locked(Share.objects.filter(request=share.request_id).order_by("pk"))
        Partner.objects.update(load=1)
        PartnerRequest.objects.update(version=2)

    assert locks.broken == []


def test_lock_out_of_order_is_told(share):
    requests, partners, shares = (model.objects.order_by("pk") for model in (PartnerRequest, Partner, Share))

    assert wrong_order(shares, partners) == ["partners_partner is locked after requests_app_share"]
    assert wrong_order(partners, requests) == ["requests_app_partnerrequest is locked after partners_partner"]
    assert wrong_order(shares, requests) == ["requests_app_partnerrequest is locked after requests_app_share"]
    assert wrong_order(partners.filter(pk=1), partners.filter(pk=2)) == ["partners_partner is locked a second time"]
    assert wrong_order(partners.order_by("name"), shares) == ["partners_partner is locked not by id"]


def test_write_without_a_lock_is_a_lock(share):
    with transaction.atomic():
        locked(Share.objects.filter(pk=share.pk))
        Partner.objects.filter(pk=share.partner_id).update(load=2)

    assert [line.partition(":")[0] for line in locks.broken] == ["partners_partner is locked after requests_app_share"]
    locks.broken.clear()


def test_next_transaction_begins_anew(share):
    with transaction.atomic():
        locked(Share.objects.filter(pk=share.pk))
    with transaction.atomic():
        lock_partner(share.partner_id)

    assert locks.broken == []


CHANGES = {
    "read": lambda person, rows: mark_all_read(by=person, until=rows[-1].pk),
    "wished": lambda person, rows: mail_preferences.save_mail_preferences(
        by=person, modes=dict.fromkeys(Topic, "daily")
    ),
    "moved": lambda person, rows: mail_preferences.reschedule_daily_mails(person),
    "mailed": lambda person, rows: sending.record_result(rows, ""),
    "forgotten": lambda person, rows: forget_person(user_id=person.pk),
}


@pytest.mark.parametrize("change", CHANGES)
def test_who_changes_several_notifications_locks_them_by_id_first(change, share, seller):
    outbox.notify([seller], source="event:0", template="shared_for_seller", path="/")
    with CaptureQueriesContext(connection) as queries:
        CHANGES[change](seller, list(seller.notifications.order_by("pk")))

    sent = [query["sql"] for query in queries if '"accounts_notification"' in query["sql"]]
    first = next(sql for sql in sent if sql.startswith(("UPDATE", "DELETE")) or sql.endswith("UPDATE"))
    assert first.endswith("ORDER BY 1 ASC FOR NO KEY UPDATE")


@pytest.mark.django_db(transaction=True)
def test_transactions_of_their_own_are_told_apart(share):
    with transaction.atomic():
        locked(Share.objects.filter(pk=share.pk))
    with transaction.atomic():
        lock_partner(share.partner_id)
        with transaction.atomic():
            lock_partner(share.partner_id)
    assert locks.broken == []

    with transaction.atomic():
        locked(Share.objects.filter(pk=share.pk))
        with transaction.atomic():
            lock_partner(share.partner_id)

    assert [line.partition(":")[0] for line in locks.broken] == ["partners_partner is locked after requests_app_share"]
    locks.broken.clear()
