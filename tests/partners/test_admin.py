"""The admin's pages of partners, markets, categories and rates."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from zeal import zeal_ignore

from accounts import clock
from accounts.models import Notification
from partners import services
from partners.choices import Currency
from partners.models import Category, ExchangeRate, Market, Partner, PartnerMember
from partners.workflow import DeclineReason, PartnerStatus
from requests_app.models import Share
from requests_app.teams.models import TeamEvent
from tests import locks
from tests.cast import login
from tests.factories import BEAUTY, PartnerFactory, UserFactory, category, market
from tests.partners.directory import page_text
from tests.partners.test_services import profile
from tests.staff import allow, messages_of, page

pytestmark = pytest.mark.once

VIEW = "partners.view_partner"


def form_of(partner, **changes):
    """What the browser posts back from the partner's page."""
    member = partner.members.get()
    return {
        "name": partner.name,
        "tagline": partner.tagline,
        "about": partner.about,
        "website": partner.website,
        "city": partner.city,
        "currency": partner.currency,
        "smallest_budget": "500",
        "smallest_gmv": "0",
        "capacity": partner.capacity,
        "markets": ["GB"],
        "categories": [category().pk],
        "types": ["tsp"],
        "services": ["ads"],
        "languages": ["en"],
        "company_sizes": ["1-10", "11-50"],
        "members-TOTAL_FORMS": 1,
        "members-INITIAL_FORMS": 1,
        "members-0-id": member.pk,
        "members-0-partner": partner.pk,
        "members-0-user": member.user_id,
        "members-0-role": member.role,
        "_save": "Save",
    } | changes


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


# The profile


def test_profile_is_put_right_with_its_author_in_the_history(client, clerk):
    partner = PartnerFactory()
    login(client, allow(clerk, VIEW, "partners.change_partner"))

    response = client.post(page(partner), form_of(partner, name="Kestrel & Sons", services=["ads", "training"]))

    assert response.status_code == 302
    changed = Partner.objects.get()
    assert (changed.name, changed.codes_of("service")) == ("Kestrel & Sons", ["ads", "training"])
    line = changed.history.first()
    assert (line.history_user, line.name) == (clerk, "Kestrel & Sons")
    assert "services" in line.history_change_reason


def test_status_load_and_counters_are_not_editable_by_posting_them(desk):
    partner = PartnerFactory(status=STATUS.APPLIED)
    posted = {"status": "approved", "load": 3, "shares_answered": 50, "slug": "taken", "approved_at_0": "2026-01-01"}

    response = desk.post(page(partner), form_of(partner, **posted))

    assert response.status_code == 302
    kept = Partner.objects.get()
    assert (kept.status, kept.load, kept.shares_answered, kept.slug) == (STATUS.APPLIED, 0, 0, partner.slug)
    assert kept.approved_at is None


def test_profile_is_read_only_without_the_permission_to_change_it(client, clerk):
    partner = PartnerFactory(services=("ads", "training"))
    login(client, allow(clerk, VIEW))

    assert client.post(page(partner), form_of(partner, name="Kestrel")).status_code == 403
    assert Partner.objects.get().name == partner.name
    assert "Advertising, Training and mentoring" in client.get(page(partner)).content.decode()


def test_saving_a_profile_keeps_a_load_that_changed_meanwhile(desk, share, monkeypatch):
    """The page's row was read before; what a share did to the load since is not written over."""
    partner = share.partner
    update = services.update_profile_as_staff

    def update_late(**kwargs):
        Partner.objects.filter(pk=partner.pk).update(load=4)
        return update(**kwargs)

    monkeypatch.setattr(services, "update_profile_as_staff", update_late)
    desk.post(page(partner), form_of(partner, name="Northlight"))

    assert (Partner.objects.get().name, Partner.objects.get().load) == ("Northlight", 4)
    locks.broken.clear()  # what stands for another transaction was done in this one


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"smallest_budget": "9.999"}, "smallest_budget"),
        ({"smallest_gmv": "-1"}, "smallest_gmv"),
        ({"currency": "IDR", "smallest_budget": "10.5"}, "smallest_budget"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"services": []}, "services"),
        ({"types": ["pirate"]}, "types"),
        ({"markets": ["XX"]}, "markets"),
        ({"capacity": 1001}, "capacity"),
        ({"about": "x" * 2001}, "about"),
    ],
)
def test_profile_is_validated_in_full(desk, changes, field):
    partner = PartnerFactory()

    response = desk.post(page(partner), form_of(partner, **changes))

    assert list(response.context["adminform"].form.errors) == [field]
    assert partner.history.count() == 1


def test_partner_keeps_an_owner(desk):
    partner = PartnerFactory()

    response = desk.post(page(partner), form_of(partner, **{"members-0-role": "viewer"}))

    assert "Somebody who can sign in has to be owner" in response.content.decode()
    assert partner.members.get().role == PartnerMember.Role.OWNER


def test_member_is_added(desk):
    partner, added = PartnerFactory(), UserFactory()
    row = {
        "members-TOTAL_FORMS": 2,
        "members-1-partner": partner.pk,
        "members-1-user": added.pk,
        "members-1-role": "viewer",
    }

    with zeal_ignore():  # a formset reads the person of each of its few rows
        desk.post(page(partner), form_of(partner, **row))

    assert partner.members.get(user=added).role == "viewer"
    assert partner.members.get(user=added).history.get().history_user.email == "staff@example.com"


@pytest.mark.parametrize("change", ["added", "another role", "not staff"])
def test_owners_are_notified_of_members_and_of_staff_in_words_of_their_own(change, desk, staff, partner, partner_owner):
    member = UserFactory() if change == "not staff" else staff
    row = {"members-TOTAL_FORMS": 2, "members-1-partner": partner.pk, "members-1-user": member.pk}
    row["members-1-role"] = "reviewer"
    posted = form_of(partner)
    if change == "another role":
        held = partner.members.create(user=staff, role="viewer")
        row |= {"members-1-id": held.pk, "members-INITIAL_FORMS": 2}

    with zeal_ignore():
        desk.post(page(partner), posted | row)

    assert partner.members.get(user=member).role == "reviewer"
    told = [(each.user, each.template) for each in Notification.objects.order_by("template")]
    expected = [(partner_owner, "staff_joined_for_owner")]
    if change == "not staff":
        expected = [(member, "team_joined_for_member"), (partner_owner, "team_joined_for_owner")]
    assert told == expected
    event = TeamEvent.objects.latest("pk")
    assert (event.kind, event.actor, event.by, event.person) == (
        "role_changed" if change == "another role" else "added", "staff", staff, member
    )  # fmt: skip


def test_page_shows_all_members(desk, partner, reviewer, partner_viewer):
    text = desk.get(page(partner)).content.decode()

    for name in ("Petra Partner", "Rita Reviewer", "Vera Partnerviewer"):
        assert name in text


def test_members_stay_without_the_permission_to_change_them(client, clerk):
    partner = PartnerFactory()
    login(client, allow(clerk, VIEW, "partners.change_partner", "partners.view_partnermember"))

    client.post(page(partner), form_of(partner, **{"members-0-role": "viewer", "name": "Kestrel"}))

    assert partner.members.get().role == "owner"
    assert Partner.objects.get().name == "Kestrel"


def test_history_shows_who_changed_what(desk, staff):
    partner = PartnerFactory(name="Kestrel Live")
    desk.post(page(partner), form_of(partner, name="<b>Kestrel</b>"))

    text = desk.get(page(partner, "history")).content.decode()

    assert "Kestrel Live → &lt;b&gt;Kestrel&lt;/b&gt;" in text
    assert "Stella Staff" in text


def test_history_shows_how_the_status_moved(desk, partner):
    desk.post(page(partner, "suspend"))

    text = desk.get(page(partner, "history")).content.decode()

    assert "<strong>Status</strong>: Approved → Suspended" in text


@pytest.mark.parametrize("method", ["get", "post"])
def test_old_row_cannot_be_brought_back(desk, staff, method):
    """It would bring its status back with it."""
    partner = PartnerFactory()
    services.suspend_partner(partner_id=partner.pk, by=staff)
    approved = partner.history.last()

    response = getattr(desk, method)(f"{page(partner, 'history')}{approved.pk}/", form_of(partner))

    assert response.status_code == 404
    assert Partner.objects.get().status == STATUS.SUSPENDED


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


# Markets, categories, rates


@pytest.mark.parametrize(
    ("url", "data", "made"),
    [
        (
            "market",
            {"code": "se", "name": "Sweden", "currency": "EUR", "active": "on"},
            lambda: Market.objects.get(pk="SE"),
        ),
        ("category", {"name": "Kites", "external_id": "", "active": "on"}, lambda: Category.objects.get(name="Kites")),
        (
            "exchangerate",
            {"currency": "GBP", "per_euro": "0.86", "date": "2026-11-20", "source": "ECB"},
            lambda: ExchangeRate.objects.get(per_euro=Decimal("0.86")),
        ),
    ],
    ids=["market", "category", "rate"],
)
def test_row_is_added_with_its_author_in_the_history(desk, staff, url, data, made):
    desk.post(reverse(f"admin:partners_{url}_add"), data)

    assert made().history.get().history_user == staff


def test_category_in_use_is_not_deleted_and_says_what_to_do(desk, open_request):
    response = desk.post(page(category(), "delete"), {"post": "yes"})

    assert response.url == page(category())
    assert messages_of(response) == [
        f"“{BEAUTY}” is in use and cannot be deleted. Untick “Active” to offer it no more."
    ]
    assert Category.objects.filter(name=BEAUTY).exists()


def test_category_that_partners_alone_work_in_is_not_deleted(desk):
    """The link between them would go without a word."""
    partner = PartnerFactory()

    desk.post(page(category(), "delete"), {"post": "yes"})

    assert list(partner.categories.all()) == [category()]


def test_market_in_use_is_not_deleted(desk, shop):
    desk.post(page(market(), "delete"), {"post": "yes"})

    assert Market.objects.filter(pk="GB").exists()


def test_category_that_nobody_uses_is_deleted(desk):
    kites = Category.objects.create(name="Kites")

    desk.post(page(kites, "delete"), {"post": "yes"})

    assert not Category.objects.filter(name="Kites").exists()


@pytest.mark.parametrize("url", ["market", "category", "exchangerate"])
def test_vocabulary_is_changed_with_permission_alone(client, clerk, url):
    login(client, allow(clerk, VIEW, f"partners.view_{url}"))

    assert client.post(reverse(f"admin:partners_{url}_add"), {"name": "Kites", "code": "KT"}).status_code == 403
    assert not Category.objects.filter(name="Kites").exists()


@pytest.mark.parametrize("rows", [1, 28])
@pytest.mark.parametrize("url", ["category", "market", "exchangerate"])
def test_vocabulary_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, url, rows):
    for currency in Currency.values[:rows]:
        ExchangeRate.objects.create(currency=currency, per_euro=Decimal("0.86"), date="2026-01-01", source="ECB")

    with django_assert_num_queries(5):
        desk.get(reverse(f"admin:partners_{url}_changelist"))
