"""What changes a partner: applying, its profile, its availability, and staff's three verbs."""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts import clock
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners import policies, services
from partners.models import Partner, PartnerMember
from requests_app.staff import desk
from tests import reference
from tests.factories import PartnerFactory, UserFactory, add_to_partner, category, market

pytestmark = [pytest.mark.once_on_postgresql, pytest.mark.django_db]


def profile(**changes):
    return {
        "name": "Harbour & Pine",
        "tagline": "Livestreams that sell",
        "about": "We run studios.",
        "website": "https://harbour.example",
        "city": "Leeds",
        "currency": "GBP",
        "smallest_budget": Decimal(500),
        "smallest_gmv": Decimal(0),
        "capacity": 4,
        "markets": [market("GB").pk, market("IE").pk],
        "categories": [category().pk],
        "types": ["tsp", "mcn"],
        "services": ["livestream"],
        "languages": ["en"],
        "company_sizes": ["1-10", "11-50"],
    } | changes


def test_application_waits_with_its_applicant_as_owner():
    user = UserFactory()

    services.apply_as_partner(by=user, profile=profile())

    partner = Partner.objects.get()
    assert (partner.status, partner.slug, partner.name) == ("applied", "harbour-pine", "Harbour & Pine")
    assert [(member.user, member.role) for member in partner.members.all()] == [(user, "owner")]
    assert sorted(partner.markets.values_list("code", flat=True)) == ["GB", "IE"]
    assert partner.codes_of("type") == ["tsp", "mcn"]
    assert not Partner.objects.listed().exists()
    assert not Partner.objects.available().exists()


@pytest.mark.parametrize(
    ("name", "slug"), [("Harbour & Pine", "harbour-pine-2"), ("小红书", "partner"), ("…", "partner")]
)
def test_slug_is_free_whatever_the_name(name, slug):
    PartnerFactory(name="Harbour & Pine")

    assert services.apply_as_partner(by=UserFactory(), profile=profile(name=name)).slug == slug


def test_slug_fills_no_more_than_its_column():
    for _each in range(3):
        services.apply_as_partner(by=UserFactory(), profile=profile(name="n" * 120))

    assert sorted(map(len, Partner.objects.values_list("slug", flat=True))) == [120, 122, 122]


def test_application_survives_another_of_its_name_at_the_same_moment(monkeypatch):
    PartnerFactory(name="Harbour & Pine")
    free_slug, answers = services.free_slug, ["harbour-pine"]
    monkeypatch.setattr(services, "free_slug", lambda name: answers.pop() if answers else free_slug(name))

    assert services.apply_as_partner(by=UserFactory(), profile=profile()).slug == "harbour-pine-2"


def test_second_application_is_refused_while_the_first_waits():
    user = UserFactory()
    services.apply_as_partner(by=user, profile=profile())

    with pytest.raises(NotAllowed) as refused:
        services.apply_as_partner(by=user, profile=profile(name="Another"))

    assert str(refused.value.message).startswith("You have applied already")
    assert Partner.objects.count() == 1


def test_owner_of_an_approved_partner_may_apply_with_another(partner, partner_owner):
    services.apply_as_partner(by=partner_owner, profile=profile())

    assert Partner.objects.filter(members__user=partner_owner).count() == 2


@pytest.mark.parametrize(
    "bad",
    [{"website": "javascript:alert(1)"}, {"smallest_budget": Decimal(-1)}, {"capacity": 1001}, {"currency": "XXX"}],
)
def test_profile_that_the_model_refuses_leaves_nothing(bad):
    with pytest.raises(ValidationError):
        services.apply_as_partner(by=UserFactory(), profile=profile(**bad))

    assert not Partner.objects.exists()
    assert not PartnerMember.objects.exists()


def test_profile_is_replaced_and_keeps_its_address(partner, partner_owner):
    slug = partner.slug

    services.update_profile(
        partner_id=partner.pk,
        by=partner_owner,
        profile=profile(services=["ads", "training"], markets=[market("DE").pk]),
    )

    partner = Partner.objects.get(pk=partner.pk)
    assert (partner.name, partner.slug) == ("Harbour & Pine", slug)
    assert partner.codes_of("service") == ["ads", "training"]
    assert list(partner.markets.values_list("code", flat=True)) == ["DE"]
    assert partner.status == "approved"


@pytest.mark.parametrize("person", ["reviewer", "partner_viewer", "other_partner", "seller", "staff"])
def test_only_an_owner_changes_profile_and_availability(partner, person, request):
    by = request.getfixturevalue(person)

    with pytest.raises(NotAllowed):
        services.update_profile(partner_id=partner.pk, by=by, profile=profile())
    with pytest.raises(NotAllowed):
        services.set_availability(partner_id=partner.pk, by=by, capacity=1, paused_until=None)

    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"
    assert Partner.objects.get(pk=partner.pk).capacity == 5


def test_pause_takes_a_partner_off_the_offered_until_it_ends(partner, partner_owner, monkeypatch):
    until = clock.now() + timedelta(days=3)

    services.set_availability(partner_id=partner.pk, by=partner_owner, capacity=2, paused_until=until)

    assert not Partner.objects.available().exists()
    assert Partner.objects.listed().get().is_paused
    monkeypatch.setattr(clock, "now", lambda: until)
    assert Partner.objects.available().get() == partner


def test_staff_approve_suspend_and_reinstate(staff):
    partner = services.apply_as_partner(by=UserFactory(), profile=profile())

    services.approve_partner(partner_id=partner.pk, by=staff)
    assert Partner.objects.available().get() == partner
    services.suspend_partner(partner_id=partner.pk, by=staff)
    assert not Partner.objects.listed().exists()
    services.reinstate_partner(partner_id=partner.pk, by=staff)
    assert Partner.objects.available().get() == partner

    assert list(Notification.objects.order_by("id").values_list("template", flat=True)) == [
        "partner_applied_for_partner",
        "partner_approved_for_partner",
        "partner_suspended_for_partner",
        "partner_approved_for_partner",
    ]


ANSWERS = {"decline": {"reason": "market"}}


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        ("applied", "suspend"),
        ("applied", "reinstate"),
        ("approved", "decline"),
        ("suspended", "decline"),
        ("declined", "decline"),
        ("declined", "suspend"),
        ("declined", "reinstate"),
        ("approved", "approve"),
        ("approved", "reinstate"),
        ("suspended", "approve"),
        ("suspended", "suspend"),
    ],
)
def test_verb_that_the_status_does_not_allow_is_refused(status, verb, staff):
    partner = PartnerFactory(status=status)

    with pytest.raises(NotPossible):
        getattr(services, f"{verb}_partner")(partner_id=partner.pk, by=staff, **ANSWERS.get(verb, {}))

    assert Partner.objects.get(pk=partner.pk).status == status


@pytest.mark.parametrize("verb", ["approve", "decline", "suspend", "reinstate"])
@pytest.mark.parametrize("person", ["clerk", "partner_owner", "seller"])
def test_verbs_of_staff_need_their_permission(verb, person, partner, request):
    with pytest.raises(NotAllowed):
        getattr(services, f"{verb}_partner")(
            partner_id=partner.pk, by=request.getfixturevalue(person), **ANSWERS.get(verb, {})
        )


def test_applicant_is_notified_how_long_it_takes_and_why_it_was_declined(staff, settings):
    settings.APPLICATION_DAYS = 7
    applicant = UserFactory()
    partner = services.apply_as_partner(by=applicant, profile=profile())

    services.decline_partner(partner_id=partner.pk, by=staff, reason="unverified", note="Your site is down.")

    applied, declined = Notification.objects.filter(user=applicant).order_by("id")
    assert (applied.template, applied.context["days"]) == ("partner_applied_for_partner", 7)
    assert (declined.template, declined.context["reason"]) == ("partner_declined_for_partner", "unverified")
    assert "Your site is down." not in str(declined.context)
    declined = Partner.objects.get()
    assert (declined.status, declined.decline_note) == ("declined", "Your site is down.")
    assert policies.may_apply(applicant)


def test_approving_what_was_declined_takes_the_reason_off(staff):
    partner = PartnerFactory(status="declined", decline_note="Your site is down.")

    services.approve_partner(partner_id=partner.pk, by=staff)

    partner = Partner.objects.available().get()
    assert (partner.declined_at, partner.decline_reason, partner.decline_note) == (None, "", "")


def test_machine_of_a_partner_is_that_of_the_reference():
    moves = {(move.name, str(move.source), str(move.target)) for move in Partner().get_all_status_transitions()}

    assert moves == {
        (name, source, target)
        for name, verb in reference.PARTNER_VERBS.items()
        for source, target in verb.moves.items()
    }


def test_declined_partner_applies_again_as_the_same(staff):
    owner, day = UserFactory(), clock.now() - timedelta(days=9)
    partner = PartnerFactory(status="declined", owner=owner, applied_at=day, declined_at=day, decline_note="Too short.")

    services.apply_again_as_partner(partner_id=partner.pk, by=owner, profile=profile())

    again = Partner.objects.get()
    assert (again.pk, again.slug, again.name, again.status) == (partner.pk, partner.slug, "Harbour & Pine", "applied")
    assert (again.declined_at, again.decline_reason, again.decline_note) == (None, "", "")
    assert again.applied_at > day + timedelta(days=8)
    latest = again.history.first()
    assert (latest.history_user, latest.history_change_reason, latest.status) == (owner, "apply_again", "applied")
    assert [each.template for each in Notification.objects.filter(user=owner)] == ["partner_applied_for_partner"]
    assert not policies.may_apply(owner)
    assert [line.count for line in desk.waiting(staff) if line.url.endswith("status__exact=applied")] == ["1"]


@pytest.mark.parametrize("role", ["reviewer", "viewer", ""])
def test_only_an_owner_of_the_declined_partner_applies_again(role):
    person, partner = UserFactory(), PartnerFactory(status="declined")
    if role:
        add_to_partner(partner, person, role)

    with pytest.raises(NotAllowed):
        services.apply_again_as_partner(partner_id=partner.pk, by=person, profile=profile())

    assert Partner.objects.get().status == "declined"


@pytest.mark.parametrize("status", ["applied", "approved", "suspended"])
def test_partner_that_is_not_declined_does_not_apply_again(status):
    owner = UserFactory()
    partner = PartnerFactory(status=status, owner=owner)

    with pytest.raises((NotPossible, NotAllowed)):
        services.apply_again_as_partner(partner_id=partner.pk, by=owner, profile=profile())

    unchanged = Partner.objects.get()
    assert (unchanged.status, unchanged.name) == (status, partner.name)


def test_change_of_a_profile_is_on_record(partner, partner_owner):
    services.update_profile(partner_id=partner.pk, by=partner_owner, profile=profile())

    assert list(partner.history.values_list("name", flat=True)) == ["Harbour & Pine", "Northlight Commerce"]


SEVEN = ["store_operations", "livestream", "content_production", "creator_affiliate", "ads", "training", "logistics"]


@pytest.mark.parametrize(("codes", "taken"), [(SEVEN[:6], True), (SEVEN, False), ([*SEVEN, "full_service"], True)])
def test_partner_names_six_services_or_full_service(codes, taken):
    """Each one, two or three of its services are a row of the matching index, in each of its cells."""
    with nullcontext() if taken else pytest.raises(NotPossible, match="at most 6 services"):
        services.apply_as_partner(by=UserFactory(), profile=profile(services=codes))

    assert Partner.objects.exists() is taken
