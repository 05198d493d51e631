"""The admin's pages of partners: applications, verbs, the list."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts import clock
from partners import services
from partners.models import Partner
from partners.workflow import DeclineReason, PartnerStatus
from requests_app.models import Share
from tests.cast import login
from tests.factories import PartnerFactory
from tests.partners.directory import page_text
from tests.partners.test_services import profile
from tests.staff import allow, messages_of, page

pytestmark = pytest.mark.once

VIEW = "partners.view_partner"


# Verbs


STATUS = PartnerStatus
VERBS = {
    "approve": ("partners.approve_partner", STATUS.APPLIED, STATUS.APPROVED),
    "decline": ("partners.approve_partner", STATUS.APPLIED, STATUS.DECLINED),
    "suspend": ("partners.suspend_partner", STATUS.APPROVED, STATUS.SUSPENDED),
    "reinstate": ("partners.suspend_partner", STATUS.SUSPENDED, STATUS.APPROVED),
}


@pytest.mark.parametrize("verb", VERBS)
def test_verb_with_its_permission_moves_the_status_and_is_in_the_history(client, clerk, verb):
    permission, before, after = VERBS[verb]
    partner = PartnerFactory(status=before)

    response = login(client, allow(clerk, VIEW, permission)).post(page(partner, verb), {"reason": "market"})

    assert response.url == page(partner)
    assert Partner.objects.get().status == after
    line = partner.history.first()
    assert (line.history_user, line.history_change_reason, line.status) == (clerk, verb, after)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("verb", "other_permission"),
    [
        ("approve", "partners.suspend_partner"),
        ("approve", "partners.change_partner"),
        ("suspend", "partners.approve_partner"),
        ("suspend", "partners.change_partner"),
        ("reinstate", "partners.approve_partner"),
    ],
)
def test_verb_without_its_permission_is_refused(client, clerk, verb, other_permission, method):
    before = VERBS[verb][1]
    partner = PartnerFactory(status=before)

    response = getattr(login(client, allow(clerk, VIEW, other_permission)), method)(page(partner, verb))

    assert response.status_code == 403
    assert Partner.objects.get().status == before


@pytest.mark.parametrize("verb", VERBS)
def test_confirm_page_changes_nothing(desk, verb):
    before = VERBS[verb][1]
    partner = PartnerFactory(status=before)

    response = desk.get(page(partner, verb))

    assert response.status_code == 200
    assert Partner.objects.get().status == before


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (STATUS.APPLIED, {"approve", "decline"}),
        (STATUS.APPROVED, {"suspend"}),
        (STATUS.SUSPENDED, {"reinstate"}),
        (STATUS.DECLINED, {"approve"}),
    ],
)
def test_partner_page_has_buttons_for_what_can_be_done(desk, status, shown):
    partner = PartnerFactory(status=status)

    text = desk.get(page(partner)).content.decode()

    assert {verb for verb in VERBS if page(partner, verb) in text} == shown


def test_verb_that_somebody_did_already_gets_a_plain_message(desk, staff):
    partner = PartnerFactory(name="Kestrel Live", status=STATUS.APPLIED)
    services.approve_partner(partner_id=partner.pk, by=staff)

    response = desk.post(page(partner, "approve"))

    assert response.url == page(partner)
    assert messages_of(response) == ["Kestrel Live is approved now, so this is not possible any more."]


def test_suspending_closes_the_partners_shares(desk, share, django_capture_on_commit_callbacks, settings):
    settings.TASKS = {"default": {"BACKEND": "shoppartners.task_backends.OnCommitBackend"}}

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(page(share.partner, "suspend"))

    assert Share.objects.get().closed_reason == "partner_suspended"


# Applications and the list


def test_partner_is_not_added_here(desk):
    assert desk.get(reverse("admin:partners_partner_add")).status_code == 403


@pytest.mark.parametrize(
    ("status", "deleted"), [("applied", True), ("declined", True), ("approved", False), ("suspended", False)]
)
def test_applications_alone_are_deleted(desk, status, deleted):
    partner = PartnerFactory(status=status)

    response = desk.post(page(partner, "delete"), {"post": "yes"})

    assert response.status_code == (302 if deleted else 403)
    assert Partner.objects.exists() is not deleted


def test_queue_of_applications(desk):
    PartnerFactory()
    applied = PartnerFactory(status=STATUS.APPLIED)

    response = desk.get(reverse("admin:partners_partner_changelist"), {"status__exact": "applied"})

    assert list(response.context["cl"].result_list) == [applied]


def test_queue_of_applications_begins_with_who_waits_longest_and_says_since_when(desk):
    waits = {name: clock.now() - timedelta(days=days) for name, days in (("Alder", 1), ("Birch", 3))}
    for name, since in waits.items():
        PartnerFactory(name=name, status=STATUS.APPLIED, applied_at=since)

    response = desk.get(reverse("admin:partners_partner_changelist"), {"status__exact": "applied"})

    assert [partner.name for partner in response.context["cl"].result_list] == ["Birch", "Alder"]
    assert "3 days ago" in page_text(response)


def test_who_applies_again_is_shown_with_the_earlier_decline(desk, staff):
    partner = PartnerFactory(status="applied")
    with time_machine.travel("2026-11-20T12:00Z", tick=False):
        services.decline_partner(partner_id=partner.pk, by=staff, reason="unverified", note="Show <three> shops.")
    assert "Show &lt;three&gt; shops." not in _declined_before(desk, partner)  # it stands in the fields of the decline
    services.apply_again_as_partner(partner_id=partner.pk, by=partner.members.get().user, profile=profile())

    shown = _declined_before(desk, partner)

    assert "20 Nov" in shown
    assert str(DeclineReason.UNVERIFIED.label) in shown
    assert "Show &lt;three&gt; shops." in shown


def _declined_before(desk, partner):
    html = desk.get(page(partner)).content.decode()
    return html.partition("field-declined_before")[2].partition("</fieldset>")[0].partition("form-row")[0]


def test_declining_needs_a_reason_and_keeps_the_note_that_was_typed(desk):
    partner = PartnerFactory(status=STATUS.APPLIED)

    response = desk.post(page(partner, "decline"), {"note": "Show three shops that you worked for."})

    assert "Choose a reason." in page_text(response)
    assert "Show three shops that you worked for." in page_text(response)
    assert Partner.objects.get().status == STATUS.APPLIED


@pytest.mark.parametrize("rows", [1, 30])
def test_list_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, rows):
    PartnerFactory.create_batch(rows)

    with django_assert_num_queries(7):
        response = desk.get(reverse("admin:partners_partner_changelist"))

    assert len(response.context["cl"].result_list) == rows
