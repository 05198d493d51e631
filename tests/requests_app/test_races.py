"""Several people and a timer at once, on real connections: one of them is first, and what is left is allowed."""

import uuid

import pytest
from django.core import mail
from django.db import transaction
from django.db.models import QuerySet

from accounts import clock, outbox
from accounts.exceptions import ActionRefused
from accounts.models import Notification
from partners import services as partner_services
from partners.models import Partner
from requests_app import services, tasks
from requests_app.exceptions import TooManyRequests
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.timers import run_timers
from tests import figures, locks, worker
from tests.at_once import at_once
from tests.factories import PartnerFactory, ShopFactory, age_shares, details_of, make_request, owner_of
from tests.faults import races

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

# Of each pair, from states drawn at random; a failure names the seed that draws them again. `make faults` does more.
ROUNDS = 2


def refused(results):
    return [isinstance(result, ActionRefused) for result in results]


def test_every_pair_of_verbs_at_once_comes_out_as_one_after_the_other(db):
    rows = races.run(ROUNDS)
    worker.empty_queue()

    figures.tell("races", rows)
    assert {wanted for _what, _number, wanted in rows} == {0, None}
    assert [row for row in rows if row[2] not in (None, row[1])] == []


def test_race_without_locks_is_noticed(db, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **kwargs: self)

    with pytest.raises(AssertionError, match="at once on a request that is"):
        races.run(20, pairs=[("accept", "reject")])
    locks.broken.clear()


def test_same_form_submitted_twice_at_once_makes_one_request(shop, seller, partner):
    token, details = uuid.uuid4(), details_of()

    def submit():
        return services.submit_request(
            shop=shop, by=seller, form_token=token, details=details, request_type="choose", picks=[partner.pk]
        )

    results = at_once(*[submit] * 4)

    assert {result.pk for result in results} == {PartnerRequest.objects.get().pk}
    assert Share.objects.count() == 1
    assert Notification.objects.filter(template="submitted_for_seller").count() == 1
    assert Partner.objects.get().load == 1
    assert list(offenders()) == []


def test_last_request_of_the_hour_is_taken_once(shop, settings):
    settings.REQUESTS_PER_HOUR = 3
    partners = PartnerFactory.create_batch(6)

    results = at_once(*[lambda of=of: make_request(shop, [of]) for of in partners])

    assert sum(refused(results)) == 3
    assert {type(result) for result in results} == {PartnerRequest, TooManyRequests}
    assert PartnerRequest.objects.count() == 3
    assert list(offenders()) == []


def test_same_form_submitted_twice_at_once_for_the_last_of_the_hour_makes_one_request(shop, partner, settings):
    settings.REQUESTS_PER_HOUR = 1
    token = uuid.uuid4()

    results = at_once(*[lambda: make_request(shop, [partner], form_token=token)] * 4)

    assert {result.pk for result in results} == {PartnerRequest.objects.get().pk}


def test_last_free_place_of_a_partner_is_given_once(partner):
    Partner.objects.update(capacity=2)
    shops = ShopFactory.create_batch(5)

    results = at_once(*[lambda shop=shop: make_request(shop, [partner]) for shop in shops])

    assert sum(refused(results)) == 3
    assert Partner.objects.get().load == 2
    assert PartnerRequest.objects.count() == 2  # who came too late has no request, and can choose another
    assert list(offenders()) == []


@pytest.mark.parametrize("picked", [True, False], ids=["picked", "referred"])
def test_twenty_requests_at_once_never_push_a_partner_over_its_capacity(picked, db):
    partners = PartnerFactory.create_batch(3, capacity=4)
    shops = ShopFactory.create_batch(20)

    results = at_once(*[lambda shop=shop: make_request(shop, partners[:1] if picked else ()) for shop in shops])

    loads = list(Partner.objects.order_by("pk").values_list("load", flat=True))
    assert loads == ([4, 0, 0] if picked else [4, 4, 4])
    assert sum(refused(results)) == (16 if picked else 0)
    unmatched = PartnerRequest.objects.filter(unmatched_since__isnull=False)
    assert unmatched.count() == PartnerRequest.objects.exclude(shares__status="reviewing").count()
    assert list(offenders()) == []


def test_timers_of_two_machines_at_once_do_each_thing_once(db):
    shops, partners = ShopFactory.create_batch(3), PartnerFactory.create_batch(8)
    requests = [make_request(shop) for shop in shops]
    services.accept_share(share_id=requests[0].shares.first().pk, by=owner_of(requests[0].shares.first().partner),
                          version=1)  # fmt: skip
    partner_services.set_availability(
        partner_id=partners[7].pk, by=owner_of(partners[7]), capacity=5, paused_until=clock.now()
    )
    age_shares(days=1)
    results = at_once(run_timers, run_timers, run_timers)

    reminded = Share.objects.filter(status="reviewing").count()
    assert [sum(done[key] for done in results) for key in ("pauses", "shares")] == [1, reminded]
    assert Event.objects.filter(kind="partner_reminded").count() == reminded
    assert Notification.objects.filter(template="partner_reminded_for_partner").count() == reminded
    assert (
        len(mail.outbox)
        == len({sent.to[0] for sent in mail.outbox})
        == Notification.objects.values("user").distinct().count()
    )

    age_shares(days=7)
    at_once(run_timers, run_timers, run_timers)

    assert Event.objects.filter(kind="share_closed").count() == reminded
    assert Share.objects.filter(closed_reason="no_response").count() == reminded
    assert set(run_timers().values()) == {0}
    assert list(offenders()) == []


def test_mails_are_sent_once_by_two_workers_at_once(db):
    make_request(ShopFactory(), PartnerFactory.create_batch(6))

    at_once(outbox.deliver.call, outbox.deliver.call, outbox.deliver.call)

    assert len(mail.outbox) == 7
    assert len({sent.to[0] for sent in mail.outbox}) == 7


def test_two_editors_saving_at_once_make_one_version(open_request, seller, editor):
    def save(by, budget):
        return services.edit_request(
            request_id=open_request.pk,
            by=by,
            version=1,
            details=details_of(budget=budget),
            request_type="choose",
            hide_contact=False,
        )

    results = at_once(lambda: save(seller, 3000), lambda: save(editor, 4000))

    assert sorted(refused(results)) == [False, True]
    assert PartnerRequest.objects.get().version == 2
    assert list(offenders()) == []


def test_timer_running_twice_beside_an_answer_does_its_work_once(share, partner_owner):
    age_shares(days=8)

    at_once(run_timers, run_timers, lambda: services.accept_share(share_id=share.pk, by=partner_owner, version=1))

    assert Share.objects.get().status in {"accepted", "closed"}
    assert Event.objects.exclude(kind__in=["submitted", "shared"]).count() == 1
    assert list(offenders()) == []


def test_three_referred_partners_rejecting_at_once_have_three_successors(shop):
    PartnerFactory.create_batch(8)
    request = make_request(shop)
    shares = list(request.shares.select_related("partner"))
    people = [owner_of(share.partner) for share in shares]

    at_once(
        *[
            lambda share=share, by=by: services.reject_share(share_id=share.pk, by=by, reason="budget")
            for share, by in zip(shares, people, strict=True)
        ]
    )

    # five tries in all: the first three and two more
    assert PartnerRequest.objects.get().automatic_referrals == 5
    assert sorted(request.shares.values_list("status", flat=True)) == ["rejected"] * 3 + ["reviewing"] * 2
    assert list(offenders()) == []


def test_many_shops_many_partners_and_a_suspension_at_once_leave_what_is_allowed(staff):
    partners = PartnerFactory.create_batch(4, capacity=3)
    shops = ShopFactory.create_batch(3)
    first = [make_request(shop, partners[:2]) for shop in shops]
    answers = [
        (share.pk, owner_of(share.partner)) for request in first for share in request.shares.select_related("partner")
    ]

    def suspend():
        partner_services.suspend_partner(partner_id=partners[0].pk, by=staff)
        tasks.close_shares_of_suspended_partner.call(partners[0].pk)

    at_once(
        suspend,
        *[lambda shop=shop: make_request(shop, partners[1:4]) for shop in shops],
        *[lambda pk=pk, by=by: services.accept_share(share_id=pk, by=by, version=1) for pk, by in answers],
        lambda: services.close_request(request_id=first[0].pk, by=owner_of(shops[0])),
    )

    assert not Share.objects.live().filter(partner=partners[0]).exists()
    assert all(partner.load <= partner.capacity for partner in Partner.objects.all())
    assert list(offenders()) == []


def test_notification_is_written_with_its_change_or_not_at_all(share, partner_owner):
    told = Notification.objects.count()

    with transaction.atomic():
        services.accept_share(share_id=share.pk, by=partner_owner, version=1)
        assert Notification.objects.count() == told + 1
        transaction.set_rollback(True)

    assert Notification.objects.count() == told
    assert Share.objects.get().status == "reviewing"
