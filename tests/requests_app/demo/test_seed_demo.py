"""The demo world is the promised one: built once, through the services, whole and coherent."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts import clock, outbox
from accounts.models import Notification, User
from partners.hard_filters import OFFERS_SERVICES
from partners.matching import find_partners
from partners.models import Category, ExchangeRate, Market, Partner, ProgrammeMedians
from requests_app import availability, referral, timers
from requests_app.blocks import Block
from requests_app.demo import people
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share, Shop
from requests_app.reasons import ClosedReason
from requests_app.workflow import FINAL, Headline, ShareStatus
from shoppartners import urls  # noqa: F401  read before DEMO is on, or every later test would have the demo's URLs
from tests import locks

PEOPLE = [
    "seller",
    "editor",
    "viewer",
    "other-seller",
    "partner",
    "reviewer",
    "partner-viewer",
    "other-partner",
    "staff",
]
pytestmark = [pytest.mark.usefixtures("world"), pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The world, built once for this module and rolled back after it."""
    with django_db_blocker.unblock(), locks.world_of_tests():
        django_settings.DEMO = True
        call_command("seed_demo", verbosity=0)
        yield
        django_settings.DEMO = False
        transaction.set_rollback(True)


def member_of(model, email):
    return model.objects.get(members__user__email=f"{email}@example.com")


def test_world_has_the_promised_size():
    assert (Partner.objects.count(), Shop.objects.count(), PartnerRequest.objects.count()) == (40, 6, 60)


def test_partners_serve_every_market_and_category():
    listed = Partner.objects.listed()

    assert not Market.objects.exclude(partners__in=listed).exists()
    assert not Category.objects.exclude(partners__in=listed).exists()
    assert Counter(Partner.objects.values_list("status", flat=True)) == {"approved": 36, "applied": 3, "suspended": 1}


def test_one_partner_pauses_and_one_is_fully_booked():
    approved = list(Partner.objects.listed())

    assert [partner.name for partner in approved if partner.is_paused] == ["Volta Studio"]
    assert [partner.name for partner in approved if partner.is_fully_booked] == ["Kestrel Live"]


def test_requests_show_every_headline():
    assert Counter(PartnerRequest.objects.values_list("headline", flat=True)) == {
        Headline.CONNECTED: 13,
        Headline.ACCEPTED: 12,
        Headline.REVIEWING: 8,
        Headline.HELD: 1,
        Headline.FINDING: 7,
        Headline.DECISION: 8,
        Headline.REJECTED: 5,
        Headline.CLOSED: 6,
    }


def test_shares_stand_in_every_status_for_every_reason_that_timers_of_today_give():
    assert set(Share.objects.values_list("status", flat=True)) == set(ShareStatus.values)
    reasons = set(Share.objects.exclude(closed_reason="").values_list("closed_reason", flat=True))
    assert reasons == set(ClosedReason.values) - {ClosedReason.STALE}


def test_history_tells_of_everything_that_can_happen_today():
    assert set(Event.objects.values_list("kind", flat=True)) == set(Event.Kind.values) - {
        Event.Kind.EXPIRED,
        Event.Kind.ERASED,
        Event.Kind.RELEASED,
        Event.Kind.CONTACT_ASKED,  # a demo site asks for no confirmation
        Event.Kind.CONTACT_CONFIRMED,
        Event.Kind.CONTACT_REMINDED,
    }


def test_one_request_is_on_hold_and_no_honest_one():
    held = PartnerRequest.objects.exclude(hold="").get()

    assert (held.hold, held.shop.name, held.category.name) == ("screening", "Hikari Toys", "Phones & Electronics")
    assert held.shares.filter(reject_reason="spam").count() == Share.objects.filter(reject_reason="spam").count() == 2


def test_northlight_has_requests_in_every_status():
    shares = Share.objects.filter(partner=member_of(Partner, "partner"))

    assert set(shares.values_list("status", flat=True)) == set(ShareStatus.values)


def test_northlight_has_requests_of_lumen_and_room_for_the_one_of_the_tour():
    northlight, lumen = member_of(Partner, "partner"), member_of(Shop, "seller")
    statuses = Counter(northlight.shares.filter(request__shop=lumen).values_list("status", flat=True))

    assert set(statuses) == {ShareStatus.REVIEWING, *FINAL}
    assert statuses[ShareStatus.REVIEWING] == availability.MOST_WITH_ONE_PARTNER - 1
    assert northlight.pk not in availability.out_of_reach(lumen.pk)


def test_lumen_has_blocked_one_partner():
    block = Block.objects.get()

    assert (block.shop, block.side, block.partner.status) == (member_of(Shop, "seller"), "shop", "suspended")


def test_northlight_has_room_and_is_the_first_to_be_referred_to_lumen():
    northlight = member_of(Partner, "partner")
    request = PartnerRequest.objects.filter(shop=member_of(Shop, "seller")).latest("created_at")

    matches = find_partners(referral.criteria_of(request), limit=3)

    assert northlight.load + 3 < northlight.capacity
    assert matches[0].partner_id == northlight.pk
    assert matches[0].points > 90


@pytest.mark.parametrize("person", PEOPLE)
def test_person_signs_in_with_the_one_password(person):
    user = User.objects.get(email=f"{person}@example.com")

    assert user.check_password("shop-partners-demo")
    assert authenticate(None, email=user.email, password="shop-partners-demo") == user
    assert EmailAddress.objects.get(user=user).verified
    assert user.is_superuser == (person == "staff")


def test_people_stand_where_they_are_promised():
    roles = {
        (member.user.email.removesuffix("@example.com"), group.name): member.role
        for group in [*Shop.objects.all(), *Partner.objects.all()]
        for member in group.members.filter(user__email__endswith="@example.com").select_related("user")
    }

    assert roles == {
        ("seller", "Lumen Skincare"): "owner",
        ("editor", "Lumen Skincare"): "editor",
        ("viewer", "Lumen Skincare"): "viewer",
        ("other-seller", "Fern & Fable"): "owner",
        ("partner", "Northlight Commerce"): "owner",
        ("reviewer", "Northlight Commerce"): "reviewer",
        ("partner-viewer", "Northlight Commerce"): "viewer",
        ("other-partner", "Harbour & Pine"): "owner",
    }
    assert member_of(Shop, "seller").market_id == "GB"


def test_exchange_rates_are_labelled():
    currencies = set(Market.objects.values_list("currency", flat=True)) - {"EUR"}

    assert set(ExchangeRate.objects.values_list("currency", "source")) == {(code, "Demo") for code in currencies}


def test_insights_have_medians_to_compare_with():
    medians = ProgrammeMedians.counted()

    assert medians.answered is not None
    assert medians.accepted is not None


def test_world_is_coherent():
    assert list(offenders()) == []


def test_world_lies_in_the_past_and_is_due_over_days_not_at_once():
    now = clock.now()
    due = Share.objects.filter(status=ShareStatus.REVIEWING).values_list("respond_by", flat=True)
    in_days = Counter((moment - now).days for moment in due)

    assert Event.objects.filter(at__gt=now).count() == 0
    assert Event.objects.earliest("at").at < now - timedelta(days=60)
    assert len(in_days) >= 5
    assert max(in_days.values()) < len(due) / 3
    assert set(timers.run_timers().values()) == {0}


def test_partners_that_do_not_answer_in_a_week_are_closed_and_the_world_stays_coherent(time_machine):
    time_machine.move_to(clock.now() + timedelta(days=8))

    before = clock.now()

    timers.run_timers()

    lapsed = Share.objects.filter(closed_reason="no_response", ended_at__gte=before)
    assert lapsed.count() > 10
    assert list(offenders()) == []


def test_a_handful_of_mails_is_left_to_send():
    left = Notification.objects.filter(next_mail_at__isnull=False)
    emails = {people.INVITED, *(f"{person}@example.com" for person in PEOPLE)}
    assert left.count() == 8

    outbox.deliver.call()

    receivers = [to for sent in mail.outbox for to in sent.to]
    assert len(receivers) == len(set(receivers)) >= 3  # one mail carries all that a person is told
    assert set(receivers) <= emails
    assert not Notification.objects.filter(mailed_at=None).exists()


def test_old_notifications_are_read_and_new_ones_are_not():
    for person in ("seller", "partner", "other-seller"):
        told = Notification.objects.filter(user__email=f"{person}@example.com")
        assert 1 <= told.filter(read_at=None).count() <= 10 < told.count()


def test_everything_told_has_its_text():
    rows = list(Notification.objects.select_related("user"))
    templates = {row.template: row for row in rows}

    lines = [outbox.subject_of(row) for row in rows]

    assert len(lines) > 300
    assert max(map(len, lines)) <= 90
    assert len(templates) > 12
    for row in templates.values():
        assert "None" not in outbox.mail_of([row]).body


def test_building_again_changes_nothing():
    before = User.objects.count(), Event.objects.count()

    call_command("seed_demo", verbosity=0)

    assert (User.objects.count(), Event.objects.count()) == before


def test_world_is_for_demo_sites_alone(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")


def test_shop_without_other_sales_leaves_them_blank():
    request = PartnerRequest.objects.filter(shop__name="Fern & Fable").first()

    assert request.other_gmv is None
    assert request.budget > Decimal(0)


def test_every_referral_of_a_request_that_names_services_offers_one_of_them():
    referred = Share.objects.exclude(source=Share.Source.PICKED).exclude(request__services=[])
    shares = list(referred.select_related("request", "partner").prefetch_related("partner__traits"))

    unfit = [share.reference for share in shares if not OFFERS_SERVICES.passes(share.partner, share.request, {})]

    assert len(shares) > 20
    assert unfit == []
