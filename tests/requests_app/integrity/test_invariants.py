"""check_invariants finds what it is for: each offender is planted past the services, and named."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import clock
from partners.models import Partner
from requests_app import event_chain, services
from requests_app.integrity import append_only, invariants
from requests_app.integrity.invariants import offenders
from requests_app.models import Authorisation, Event, PartnerRequest, RequestVersion, Share
from tests.factories import PartnerFactory, make_request


@pytest.fixture
def plant(connected_share, shop, other_agency):
    """A world that holds: a connected share, and one that is being reviewed."""
    make_request(shop, [other_agency])
    assert list(offenders()) == []
    return connected_share


def reviewing():
    return Share.objects.get(status="reviewing")


def plant_event(request, **fields):
    """An event that no service wrote, with a good signature."""
    request = PartnerRequest.objects.get(pk=request.pk)
    event = Event(request=request, **fields)
    event_chain.extend(request, [event])
    event.save()
    request.save()


def close_past_the_service(request):
    PartnerRequest.objects.filter(pk=request.pk).update(
        status="closed", closed_at=timezone.localtime(), closed_by="seller", headline="closed"
    )


def test_healthy_world_has_no_offender(plant):
    out = StringIO()

    call_command("check_invariants", stdout=out)

    assert out.getvalue() == "All invariants hold.\n"


def test_command_prints_each_offender_and_fails(plant):
    Partner.objects.update(load=9)
    out = StringIO()

    with pytest.raises(CommandError, match=r"^4 broken\.$"):
        call_command("check_invariants", stdout=out)

    assert len(out.getvalue().splitlines()) == 4


def test_live_share_and_active_authorisation_of_a_closed_request_are_found(plant):
    close_past_the_service(plant.request)

    found = list(invariants.closed_requests_are_done())

    authorisation = Authorisation.objects.get()
    assert found == [
        f"{plant.request.reference}: closed, but share {plant.reference} is connected",
        f"{plant.request.reference}: closed, but authorisation {authorisation.pk} is active",
    ]


def test_connected_share_without_an_authorisation_is_found(plant):
    Authorisation.objects.update(ended_at=timezone.localtime(), end_reason="revoked")

    assert list(offenders()) == [f"{plant.reference}: connected with 0 active authorisations"]


def test_share_that_is_not_connected_with_an_authorisation_is_found(plant):
    share = reviewing()
    now = timezone.localtime()
    Authorisation.objects.create(share=share, shop=share.request.shop, areas={}, days=30, granted_at=now, ends_at=now)

    assert list(offenders()) == [f"{share.reference}: reviewing with 1 active authorisations"]


def test_authorisation_of_another_shop_is_found_and_mended(plant, other_shop):
    for shop in (None, other_shop):
        Authorisation.objects.update(shop=shop)
        found = list(offenders())
        call_command("refill_lists", stdout=StringIO())

        assert found == [f"{plant.reference}: authorisation {Authorisation.objects.get().pk} names another shop"]
        assert list(offenders()) == []


def test_wrong_headline_is_found(plant):
    PartnerRequest.objects.filter(pk=plant.request_id).update(headline="finding")

    assert list(offenders()) == [f"{plant.request.reference}: headline finding, should be connected"]


@pytest.mark.parametrize("load", [0, 2])
def test_wrong_load_is_found(load, plant, other_agency):
    Partner.objects.filter(pk=other_agency.pk).update(load=load)

    assert list(offenders()) == [f"partner {other_agency.pk}: load {load}, has 1"]


def test_share_whose_status_no_event_led_to_is_found(plant):
    share = reviewing()
    now = timezone.localtime()
    Share.objects.filter(pk=share.pk).update(
        status="accepted", accepted_at=now, waiting_since=now, next_step_at=now + timedelta(days=14)
    )
    PartnerRequest.objects.filter(pk=share.request_id).update(headline="accepted")

    assert list(offenders()) == [f"{share.reference}: is accepted, its events lead to reviewing"]


def test_event_that_could_not_follow_is_found(plant):
    share = reviewing()
    plant_event(share.request, share=share, kind="revoked", actor="seller")

    assert list(offenders()) == [f"share {share.pk}: event revoked on reviewing"]


def test_event_on_a_share_that_has_ended_is_found(plant, seller):
    share = reviewing()
    services.close_share(share_id=share.pk, by=seller)
    plant_event(share.request, share=share, kind="contact_opened", actor="partner")

    assert list(offenders()) == [f"share {share.pk}: event contact_opened on closed"]


def test_share_without_any_event_is_found(plant):
    share = reviewing()
    append_only.lift()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM requests_app_event WHERE share_id = %s", [share.pk])
    append_only.install()

    assert list(offenders()) == [
        f"{share.reference}: is reviewing, its events lead to None",
        f"{share.request.reference}: its last events are missing, or what it says of them was changed",
    ]


def test_request_closed_without_an_event_is_found(plant, seller):
    share = reviewing()
    services.close_share(share_id=share.pk, by=seller)
    close_past_the_service(share.request)
    PartnerRequest.objects.filter(pk=share.request_id).update(idle_since=None, next_step_at=None)

    assert list(offenders()) == [f"{share.request.reference}: closed with 1 submits, 0 closings"]


@pytest.mark.parametrize(
    ("kind", "line"), [("submitted", "open with 2 submits, 0"), ("request_closed", "open with 1 submits, 1")]
)
def test_second_submission_and_closing_of_an_open_request_are_found(kind, line, plant):
    request = reviewing().request
    plant_event(request, kind=kind, actor="seller")

    assert list(offenders()) == [f"{request.reference}: {line} closings"]


def test_missing_version_is_found(plant):
    RequestVersion.objects.filter(request=plant.request).delete()

    assert list(offenders()) == [f"{plant.request.reference}: at version 1, has []"]


def test_request_that_differs_from_its_version_is_found(plant):
    PartnerRequest.objects.filter(pk=plant.request_id).update(budget=1)

    assert list(offenders()) == [f"{plant.request.reference}: differs from its version 1"]


@pytest.mark.postgresql  # SQLite rebuilds the table for it, which a test's transaction does not allow
def test_share_with_the_same_partner_twice_is_found(plant, partner):
    """The database refuses it; the check stands for one that lost its constraint."""
    share = reviewing()
    connection.check_constraints()  # nothing deferred may be pending when the table is altered
    with connection.schema_editor() as editor:
        editor.remove_constraint(Share, next(c for c in Share._meta.constraints if c.name == "share_once"))
    Share.objects.filter(pk=share.pk).update(request=plant.request_id, partner=partner.pk)

    assert list(invariants.shares_are_once()) == [
        f"{plant.request.reference}: shared 2 times with partner {partner.pk}"
    ]


def test_only_the_checks_that_are_named_are_run(plant):
    Partner.objects.update(load=9)
    out, err = StringIO(), StringIO()

    call_command("check_invariants", only=["headlines_are_right", "shares_are_once"], stdout=out, stderr=err)

    assert out.getvalue() == "What was checked holds.\n"
    assert [line.partition(":")[0] for line in err.getvalue().splitlines()] == [
        "headlines are right",
        "shares are once",
    ]


def test_no_statement_grows_with_the_rows(plant, shop, monkeypatch):
    """A list of all ids would end at the 65,535 parameters that PostgreSQL takes, and take memory until then."""
    monkeypatch.setattr(invariants, "CHUNK", 2)
    roomy = PartnerFactory(capacity=50)

    def longest():
        found = []

        def look(execute, sql, params, many, context):
            found.append(len(params or ()))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(look):
            assert list(offenders()) == []
        return max(found)

    before = longest()
    for _ in range(8):  # four chunks
        make_request(shop, [roomy])

    assert longest() == before


def test_name_that_is_not_found_by_its_words_is_found(plant, partner, seller):
    Partner.objects.filter(pk=partner.pk).update(name_words="")
    type(seller).objects.filter(pk=seller.pk).update(name_order="")

    assert sorted(offenders()) == [
        f"partner {partner.pk}: what its name is found and sorted by is outdated",
        f"user {seller.pk}: what its name is found and sorted by is outdated",
    ]

    call_command("refill_names", stdout=StringIO())
    assert list(offenders()) == []


def test_every_check_is_run():
    checks = [value for name, value in vars(invariants).items() if "_are_" in name or "_have_" in name]

    assert invariants.CHECKS == checks


def test_answers_that_no_event_counted_are_found(plant, partner):
    Partner.objects.filter(pk=partner.pk).update(shares_answered=9, shares_unanswered=7)

    (line,) = invariants.answers_are_counted()

    assert line.startswith(f"partner {partner.pk}: answered and left unanswered (9, 7), has (")


def test_request_that_seeks_without_reason_is_found(plant):
    share = reviewing()
    PartnerRequest.objects.filter(pk=share.request_id).update(seeking=True, unmatched_since=clock.now())

    assert sorted(invariants.referrals_are_kept()) == [
        f"{share.request.reference}: seeking, but nobody is wanted",
        f"{share.request.reference}: stands as unmatched with a live share",
    ]


def test_miscounted_tries_and_a_try_that_nobody_waits_for_are_found(plant):
    share = reviewing()
    PartnerRequest.objects.filter(pk=share.request_id).update(automatic_referrals=2, next_try_at=clock.now())

    miscounted, awaited = invariants.referrals_are_kept()

    assert miscounted == f"{share.request.reference}: 2 automatic referrals, has 0"
    assert awaited.endswith("seeking False, live True")
