"""check_invariants finds what it is for: each offender is planted past the services, and named."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import clock
from partners import offers, own_words
from partners.models import Partner, PartnerWords
from requests_app import event_chain, services
from requests_app.authorisations import Authorisation
from requests_app.integrity import append_only, backups, invariants, scope
from requests_app.integrity.invariants import offenders
from requests_app.management.commands import check_invariants
from requests_app.management.commands.check_invariants import midnight
from requests_app.models import Event, PartnerRequest, RequestVersion, Share, Shop
from tests.factories import PartnerFactory, make_request, owner_of, propose, write_as_partner, write_as_seller
from tests.standing import standing


@standing
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
        "1 of 2, headlines are right …",
        "1 of 2, headlines are right",
        "2 of 2, shares are once …",
        "2 of 2, shares are once",
    ]


@pytest.mark.usefixtures("many_with_one_partner")
def test_no_statement_grows_with_the_rows(plant, shop, monkeypatch):
    """A list of all ids would end at the 65,535 parameters that PostgreSQL takes, and take memory until then.

    The same holds for the proof of a restored backup and for a drill.
    """
    for module, name in ((invariants, "CHUNK"), (scope, "CHUNK"), (offers, "BATCH")):
        monkeypatch.setattr(module, name, 2)
    roomy = PartnerFactory(capacity=90)

    def grow(count):
        for partner in PartnerFactory.create_batch(count):
            request = make_request(shop, [roomy, partner], request_type="choose")
            talked_about(request.shares.get(partner=partner))
        PartnerRequest.objects.filter(pk__gt=plant.request_id).update(erased_at=clock.now())

    def talked_about(share):
        write_as_partner(share)
        write_as_seller(share)
        services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1, message="Good day")
        propose(share)
        propose(share, seen=1, months=6)

    def longest():
        found = []

        def look(execute, sql, params, many, context):
            found.append(len(params or ()))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(look):
            assert {line.partition(": ")[2] for line in backups.proof()} == {"erased, but text is left"}
        return max(found)

    grow(3)
    before = longest()
    grow(8)  # four chunks

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


def test_words_that_a_partner_does_not_say_are_found(plant, partner):
    other = PartnerFactory()
    PartnerWords.objects.filter(pk=partner.pk).update(words="zebra")
    PartnerWords.objects.filter(pk=other.pk).delete()

    assert list(offenders()) == [
        f"partner {pk}: what it says of itself is found by outdated words" for pk in (partner.pk, other.pk)
    ]

    call_command("refill_names", stdout=StringIO())
    assert list(offenders()) == []
    assert PartnerWords.objects.get(pk=partner.pk).words == own_words.words_of(partner)


def test_every_check_is_run():
    verbs = ("_are_", "_have_", "_lead_")
    checks = [value for name, value in vars(invariants).items() if any(verb in name for verb in verbs)]

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


def test_places_that_are_not_there_are_found(plant, shop):
    agencies = PartnerFactory.create_batch(4)
    request = make_request(shop, agencies)
    request.shares.update(source="referred")
    PartnerRequest.objects.filter(pk=request.pk).update(automatic_referrals=4)

    assert list(invariants.referrals_are_kept()) == [f"{request.reference}: more than 3 live referrals"]


def test_absences_that_are_not_noted_are_found(plant, partner, shop):
    Partner.objects.filter(pk=partner.pk).update(nobody_since=clock.now())
    Shop.objects.filter(pk=shop.pk).update(nobody_since=clock.now())

    found = list(invariants.absences_are_noted())

    assert [line.partition(" since ")[0] for line in found] == [
        f"partner {partner.pk}: nobody can answer",
        f"shop {shop.pk}: nobody can act",
    ]


def test_step_of_a_share_at_another_time_is_found(plant, seller):
    share, late = reviewing(), clock.now() + timedelta(days=90)
    Share.objects.filter(pk=share.pk).update(next_step_at=late)
    Share.objects.filter(pk=plant.pk).update(steps_done=9)
    found = list(invariants.schedules_are_right())

    assert [line.partition(", ")[0] for line in found] == [
        f"{plant.reference}: next step at {plant.next_step_at}",
        f"{share.reference}: next step at {late}",
    ]


def test_step_of_a_share_that_has_ended_is_found(plant, seller):
    share = reviewing()
    services.close_share(share_id=share.pk, by=seller)
    Share.objects.filter(pk=share.pk).update(next_step_at=share.respond_by)

    assert list(invariants.schedules_are_right()) == [
        f"{share.reference}: next step at {share.respond_by}, should be None"
    ]


def test_open_request_that_nothing_ends_and_closed_one_with_a_step_are_found(plant, seller):
    share = reviewing()
    services.close_share(share_id=share.pk, by=seller)
    services.close_request(request_id=plant.request_id, by=seller)
    PartnerRequest.objects.filter(pk=share.request_id).update(next_step_at=None)
    PartnerRequest.objects.filter(pk=plant.request_id).update(next_step_at=clock.now())

    assert list(invariants.schedules_are_right()) == [
        f"{share.request.reference}: nothing live and no step to come",
        f"{plant.request.reference}: closed, but a step is to come",
    ]


@pytest.mark.parametrize(
    ("model", "column"), [(Share, "note"), (RequestVersion, "location"), (PartnerRequest, "subject")]
)
def test_text_of_an_erased_request_is_found_wherever_it_stands(model, column, plant):
    request = plant.request
    empty = dict.fromkeys(PartnerRequest.PRIVATE_FIELDS, "")
    PartnerRequest.objects.filter(pk=request.pk).update(erased_at=clock.now(), **empty)
    RequestVersion.objects.filter(request=request).update(**empty)
    of_request = {"pk" if model is PartnerRequest else "request": request.pk}

    assert list(invariants.erased_requests_are_empty()) == []
    model.objects.filter(**of_request).update(**{column: "Call me"})
    assert list(invariants.erased_requests_are_empty()) == [f"{request.reference}: erased, but text is left"]


def test_only_requests_that_something_happened_on_since_a_day_are_proved(plant):
    """Planted on both requests; the older one has been quiet since the day that is named."""
    PartnerRequest.objects.update(budget=1)
    quiet = reviewing().request
    append_only.lift()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE requests_app_event SET at = '2026-01-02 03:04:05Z' WHERE request_id = %s", [quiet.pk])
    append_only.install()

    def lines(**options):
        out = StringIO()
        with pytest.raises(CommandError):
            call_command("check_invariants", only=["versions_are_whole"], stdout=out, stderr=StringIO(), **options)
        return out.getvalue().splitlines()

    assert len(lines()) == 2
    assert lines(since=midnight("2026-01-03")) == [f"{plant.request.reference}: differs from its version 1"]
    assert len(lines(since=midnight("2026-01-02"))) == 2


def test_day_that_is_none_is_refused(db):
    for day in ("yesterday", "2026-02-30"):
        with pytest.raises(CommandError, match=f"invalid midnight value: '{day}'"):
            call_command("check_invariants", f"--since={day}")


def test_long_check_says_how_far_it_is(plant, monkeypatch):
    monkeypatch.setattr(scope, "CHUNK", 1)
    monkeypatch.setattr(check_invariants, "SILENT_SECONDS", 0)
    err = StringIO()

    call_command("check_invariants", only=["chains_are_whole"], stdout=StringIO(), stderr=err)

    assert "1 of 1, chains are whole: 2 rows so far" in err.getvalue()


@pytest.mark.postgresql  # the processes have connections of their own
def test_several_processes_find_what_one_does(transactional_db, shop, other_agency):
    for _ in range(2):
        make_request(shop, [other_agency])
    PartnerRequest.objects.update(event_count=7, headline="finding")
    only = {"only": ["headlines_are_right", "chains_are_whole"]}

    def lines(**options):
        out = StringIO()
        with pytest.raises(CommandError, match=r"^4 broken\.$"):
            call_command("check_invariants", stdout=out, stderr=StringIO(), **only, **options)
        return sorted(out.getvalue().splitlines())

    assert lines(processes=2) == lines()
