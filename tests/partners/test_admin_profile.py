"""The admin's page of a partner: its profile, its members and what was changed of them."""

import pytest
from zeal import zeal_ignore

from accounts.models import Notification
from partners import services
from partners.models import Partner, PartnerMember
from partners.workflow import PartnerStatus
from requests_app.teams.models import TeamEvent
from tests import locks
from tests.cast import login
from tests.factories import PartnerFactory, UserFactory, category
from tests.staff import allow, page

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
    partner = PartnerFactory(status=PartnerStatus.APPLIED)
    posted = {"status": "approved", "load": 3, "shares_answered": 50, "slug": "taken", "approved_at_0": "2026-01-01"}

    response = desk.post(page(partner), form_of(partner, **posted))

    assert response.status_code == 302
    kept = Partner.objects.get()
    assert (kept.status, kept.load, kept.shares_answered, kept.slug) == (PartnerStatus.APPLIED, 0, 0, partner.slug)
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
    assert Partner.objects.get().status == PartnerStatus.SUSPENDED
