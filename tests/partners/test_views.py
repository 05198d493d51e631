"""Applying as a partner, and the portal's profile and availability, as a browser does it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts import clock
from accounts.models import User
from partners import services
from partners.models import Partner
from tests.cast import login
from tests.client import text_of
from tests.factories import PASSWORD, PartnerFactory, ShopFactory, UserFactory, add_to_partner, fill_vocabularies
from tests.mailboxes import mails_sent
from tests.markup import elements_of, tree_of
from tests.partners.directory import page_text
from tests.partners.test_forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SIGNUP, PROFILE, AVAILABILITY = "/accounts/signup/partner/", "/portal/profile/", "/portal/availability/"
PERSON = {
    "name": "Petra Pine",
    "email": "Petra@Pine.example",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
    "time_zone": "Asia/Jakarta",
}


@pytest.fixture(autouse=True)
def _vocabularies(db):
    fill_vocabularies()


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


# Applying


def test_new_person_applies_with_a_partner(client):
    response = client.post(SIGNUP, PERSON | filled(), follow=True)

    user, partner = User.objects.get(), Partner.objects.get()
    assert (user.email, user.name, user.time_zone) == ("petra@pine.example", "Petra Pine", "Asia/Jakarta")
    assert (partner.name, partner.status) == ("Harbour & Pine", "applied")
    assert [(member.user, member.role) for member in partner.members.all()] == [(user, "owner")]
    assert response.redirect_chain == [("/accounts/confirm-email/", 302)]
    assert "Thank you for applying." in page_text(response)
    assert client.get(f"/partners/{partner.slug}/").status_code == 404
    assert partner.name not in page_text(client.get("/partners/"))


def test_applicant_is_listed_once_staff_approve(client, staff):
    client.post(SIGNUP, PERSON | filled())
    partner = Partner.objects.get()

    services.approve_partner(partner_id=partner.pk, by=staff)

    assert partner.name in page_text(client.get("/partners/"))
    assert client.get(f"/partners/{partner.slug}/").status_code == 200


def test_address_that_has_an_account_is_not_given_away(client):
    UserFactory(email="petra@pine.example")

    response = client.post(SIGNUP, PERSON | filled())

    assert response.url == "/accounts/confirm-email/"
    assert not Partner.objects.exists()
    assert User.objects.count() == 1
    assert [message.to for message in mails_sent()] == [["petra@pine.example"]]


def test_person_and_partner_are_made_together_or_not_at_all(client, monkeypatch):
    def fail(**kwargs):
        raise RuntimeError

    monkeypatch.setattr(services, "apply_as_partner", fail)

    with pytest.raises(RuntimeError):
        client.post(SIGNUP, PERSON | filled())

    assert not User.objects.exists()


def test_errors_keep_all_that_was_typed(client):
    typed = PERSON | filled(
        about="line one\r\n" + "x" * 100_000, website="javascript:alert(1)", services=["ads", "bogus"]
    )

    response = client.post(SIGNUP, typed)

    form = response.context["form"]
    assert set(form.errors) == {"about", "website", "services", "password1", "password2"}
    assert form["about"].value() == typed["about"]
    assert form["website"].value() == "javascript:alert(1)"
    html = response.content.decode()
    assert "There is a problem" in html
    assert '<a href="#id_about">' in html
    assert '<a href="#id_services_0">' in html
    assert not User.objects.exists()


def test_empty_form_has_an_error_at_each_field(client):
    response = client.post(SIGNUP, {})

    assert len(response.context["form"].errors) == 13
    assert not User.objects.exists()


def test_null_bytes_everywhere_are_an_error_and_no_more(client):
    data = {
        name: [f"{v}\x00" for v in value] if isinstance(value, list) else f"{value}\x00"
        for name, value in filled().items()
    }
    login(client, UserFactory())

    response = client.post(SIGNUP, data)

    assert response.status_code == 200
    assert not Partner.objects.exists()


def test_signed_in_person_applies_without_a_second_account(client, seller, shop):
    login(client, seller)

    assert "Password" not in page_text(client.get(SIGNUP))
    response = client.post(SIGNUP, filled(), follow=True)

    assert Partner.objects.get().members.get().user == seller
    assert response.redirect_chain == [(f"{PROFILE}?acting_for=partner%3A{Partner.objects.get().pk}", 302)]
    assert "Your application is being reviewed" in page_text(response)


def test_second_application_is_refused_with_the_reason(client):
    user = UserFactory()
    login(client, user).post(SIGNUP, filled())

    assert "You have applied already." in page_text(client.get(SIGNUP))
    response = client.post(SIGNUP, filled(partner_name="Another"), follow=True)

    assert messages_of(response) == [
        "You have applied already. We tell you by email when your application is answered."
    ]
    assert Partner.objects.count() == 1


def test_applying_is_limited(client):
    answers = [client.post(SIGNUP, {}).status_code for _each in range(21)]

    assert answers == [200] * 20 + [429]


def test_application_needs_its_token():
    assert Client(enforce_csrf_checks=True).post(SIGNUP, PERSON | filled()).status_code == 403


# Profile


def test_owner_changes_the_profile(client, partner, partner_owner):
    response = login(client, partner_owner).post(PROFILE, filled(), follow=True)

    changed = Partner.objects.get(pk=partner.pk)
    assert (changed.name, changed.slug, changed.capacity) == ("Harbour & Pine", "northlight-commerce", 5)
    assert messages_of(response) == ["The profile of Harbour & Pine was saved."]


def test_capacity_is_asked_on_one_page_alone(client, partner, partner_owner):
    login(client, partner_owner)
    asking = [
        url
        for url in (PROFILE, AVAILABILITY, SIGNUP)
        if b'name="capacity"' in (client if url != SIGNUP else Client()).get(url).content
    ]

    assert asking == [AVAILABILITY]


def test_lists_say_what_is_chosen_and_hold_a_search(client, partner, partner_owner):
    page = login(client, partner_owner).get(PROFILE)
    lists = [each for each in elements_of(tree_of(page.content)) if "data-multi" in each.attrib]
    said = {text_of(next(each.iter("legend"))).rstrip("*"): text_of(next(each.iter("summary"))) for each in lists}

    assert list(said) == [
        "Partner types", "Services", "Product categories", "Markets", "Languages", "Company sizes",
    ]  # fmt: skip
    assert said["Languages"] == "Languages: English"
    for each in lists:
        assert any(field.get("type") == "search" and "name" not in field.attrib for field in each.iter("input"))


def test_list_with_an_error_is_open(client, partner, partner_owner):
    page = login(client, partner_owner).post(PROFILE, filled(services=[]))
    boxes = [
        each
        for each in elements_of(tree_of(page.content))
        if each.tag == "details" and "multi-box" in each.get("class", "")
    ]

    assert ["open" in each.attrib for each in boxes] == [False, True, False, False, False, False]


def test_bad_profile_is_shown_again_and_not_saved(client, partner, partner_owner):
    response = login(client, partner_owner).post(PROFILE, filled(smallest_budget="9.999"))

    assert "This could be 9999 or 9.999." in page_text(response)
    assert response.context["form"]["partner_name"].value() == "Harbour & Pine"
    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"


@pytest.mark.parametrize("url", [PROFILE, AVAILABILITY])
@pytest.mark.parametrize("person", ["reviewer", "partner_viewer"])
def test_colleague_reads_who_may_change_it(client, partner, person, url, request):
    login(client, request.getfixturevalue(person))

    response = client.get(url)
    assert "Only an owner of the partner can change this." in page_text(response)
    assert b"Save" not in response.content

    response = client.post(url, filled(), follow=True)
    assert messages_of(response) == ["Only an owner of the partner can change this. Ask one of your owners."]
    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"
    assert Partner.objects.get(pk=partner.pk).capacity == 5


@pytest.mark.parametrize(
    ("status", "notice"),
    [
        ("applied", "Your application is being reviewed"),
        ("suspended", "Your partner is suspended"),
        ("declined", "The reason: We take no further partners in your markets for now. You may apply again."),
    ],
)
def test_partner_that_is_not_approved_sees_a_notice(client, status, notice):
    user = UserFactory()
    PartnerFactory(status=status, owner=user)

    text = page_text(login(client, user).get(PROFILE))

    assert notice in text
    assert ("See it as sellers do" in text) == (status == "applied")


def test_applicant_reads_how_long_it_takes_and_a_declined_one_the_note(client, settings):
    settings.APPLICATION_DAYS = 7
    waiting, declined = UserFactory(), UserFactory()
    PartnerFactory(status="applied", owner=waiting)
    PartnerFactory(status="declined", owner=declined, decline_note="Show <b>three</b> shops & more.")

    assert "We answer by email within 7 days." in page_text(login(client, waiting).get(PROFILE))
    response = login(client, declined).get(PROFILE)
    assert "The programme adds: “Show <b>three</b> shops & more.”" in page_text(response)
    assert f'href="{SIGNUP}?again={Partner.objects.get(status="declined").slug}"' in response.content.decode()


def test_declined_partner_applies_again_in_its_own_form(client):
    owner = UserFactory()
    partner = PartnerFactory(status="declined", owner=owner, name="Far Away", tagline="What we said before")
    PartnerFactory(owner=owner, name="Another of theirs")
    url = f"{SIGNUP}?again={partner.slug}"
    login(client, owner)

    form = client.get(url)
    response = client.post(url, filled(tagline="Said better"), follow=True)

    assert "What we said before" in form.content.decode()
    assert Partner.objects.count() == 2
    again = Partner.objects.get(pk=partner.pk)
    assert (again.status, again.tagline) == ("applied", "Said better")
    assert messages_of(response) == ["Thank you for applying. We tell you by email when your partner is approved."]
    assert "Your application is being reviewed" in page_text(response)
    assert client.get(url).url == f"{PROFILE}?acting_for=partner%3A{partner.pk}"


def test_only_owners_apply_again(client, reviewer):
    partner = PartnerFactory(status="declined")
    url = f"{SIGNUP}?again={partner.slug}"
    for response in (client.get(url), client.post(url, PERSON | filled())):
        assert response.url.startswith("/accounts/login/?next=/accounts/signup/partner/%3Fagain%3D")
    login(client, reviewer)

    assert client.get(url).status_code == 404
    add_to_partner(partner, reviewer, "reviewer")
    assert "Only an owner of the partner can change this." in page_text(client.get(url))
    client.post(url, filled())
    assert Partner.objects.get(pk=partner.pk).status == "declined"


def test_further_application_leads_to_its_own_page(client):
    owner = UserFactory()
    PartnerFactory(status="declined", owner=owner)

    response = login(client, owner).post(SIGNUP, filled(), follow=True)

    assert "Your application is being reviewed" in page_text(response)


@pytest.mark.parametrize("url", [PROFILE, AVAILABILITY])
def test_person_without_a_partner_is_led_away(client, seller, shop, url):
    assert login(client, seller).get(url).status_code == 302


@pytest.mark.parametrize("url", [PROFILE, AVAILABILITY])
def test_other_partner_changes_only_its_own(client, partner, other_partner, other_agency, url):
    login(client, other_partner).post(url, filled(partner=partner.pk, partner_id=partner.pk))

    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"
    assert Partner.objects.get(pk=partner.pk).capacity == 5
    assert Partner.objects.get(pk=other_agency.pk).capacity == (4 if url == AVAILABILITY else 5)


# Availability

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def jakarta(partner, partner_owner):
    partner_owner.time_zone = "Asia/Jakarta"
    partner_owner.save()
    return partner_owner


@time_machine.travel(NOON, tick=False)
def test_pause_ends_where_its_day_begins_for_the_reader(client, partner, jakarta):
    response = login(client, jakarta).post(AVAILABILITY, {"capacity": 7, "paused_until": "2026-12-01"}, follow=True)

    saved = Partner.objects.get(pk=partner.pk)
    assert (saved.capacity, saved.paused_until) == (7, datetime(2026, 11, 30, 17, tzinfo=UTC))
    text = page_text(response)
    assert f"The availability of {partner.name} was saved." in text
    assert "Paused until Tue 1 Dec" in text
    assert "(Asia/Jakarta)" in text
    assert 'value="2026-12-01"' in response.content.decode()


@time_machine.travel(datetime(2026, 11, 20, 20, tzinfo=UTC), tick=False)  # the 21st in Jakarta
@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-11-20", "past"),
        ("2026-11-21", "past"),
        ("1999-01-01", "past"),
        ("2027-11-22", "far"),
        ("9999-12-31", "far"),
        ("tomorrow", "invalid"),
        ("01/12/2026", "invalid"),
        ("2026-02-30", "invalid"),
        ("2026-12-01\x00", "invalid"),
    ],
)
def test_impossible_pause_has_an_error(client, partner, jakarta, day, code):
    response = login(client, jakarta).post(AVAILABILITY, {"capacity": 5, "paused_until": day})

    assert [error.code for error in response.context["form"].errors.as_data()["paused_until"]] == [code]
    assert Partner.objects.get(pk=partner.pk).paused_until is None


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("day", ["2026-11-21", "2027-11-20", "21.11.2026"])
def test_pause_may_end_tomorrow_or_in_a_year(client, partner, jakarta, day):
    login(client, jakarta).post(AVAILABILITY, {"capacity": 5, "paused_until": day})

    assert Partner.objects.get(pk=partner.pk).is_paused


@time_machine.travel(NOON, tick=False)
def test_pause_left_as_it_was_keeps_its_moment(client, partner, partner_owner):
    """Another owner, elsewhere, changes the capacity alone."""
    until = datetime(2026, 11, 30, 17, tzinfo=UTC)
    Partner.objects.filter(pk=partner.pk).update(paused_until=until)

    login(client, partner_owner).post(AVAILABILITY, {"capacity": 9, "paused_until": "2026-11-30"})

    saved = Partner.objects.get(pk=partner.pk)
    assert (saved.capacity, saved.paused_until) == (9, until)


def test_pause_is_cleared_by_leaving_it_blank(client, partner, partner_owner):
    Partner.objects.filter(pk=partner.pk).update(paused_until=clock.now() + timedelta(days=9))

    response = login(client, partner_owner).post(AVAILABILITY, {"capacity": 5, "paused_until": ""}, follow=True)

    assert Partner.objects.get(pk=partner.pk).paused_until is None
    assert "You have room for 5 more requests." in page_text(response)


def test_pause_that_is_over_is_not_offered_again(client, partner, partner_owner):
    Partner.objects.filter(pk=partner.pk).update(paused_until=clock.now() - timedelta(days=1))

    response = login(client, partner_owner).get(AVAILABILITY)

    assert response.context["form"]["paused_until"].value() is None
    assert "Available" in page_text(response)


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ({"load": 0}, "You have room for 5 more requests."),
        ({"load": 4}, "You have room for one more request."),
        ({"load": 5}, "Nobody can send you a new request until one of yours ends"),
        ({"load": 7}, "Nobody can send you a new request until one of yours ends"),
        ({"nobody_since": datetime(2026, 11, 1, tzinfo=UTC)}, "no owner or reviewer of yours can sign in"),
        ({"capacity": 0}, "Nobody can send you a new request until one of yours ends"),
    ],
)
def test_availability_says_what_the_load_means(client, partner, partner_owner, state, meaning):
    Partner.objects.filter(pk=partner.pk).update(**state)

    text = page_text(login(client, partner_owner).get(AVAILABILITY))

    assert meaning in text
    assert f"{state.get('load', 0)} of {state.get('capacity', 5)}" in text


@pytest.mark.parametrize("capacity", ["0", "-1", "1001", "", "many", "9" * 50])
def test_impossible_capacity_has_an_error(client, partner, partner_owner, capacity):
    response = login(client, partner_owner).post(AVAILABILITY, {"capacity": capacity, "paused_until": ""})

    assert "capacity" in response.context["form"].errors
    assert Partner.objects.get(pk=partner.pk).capacity == 5


# Costs: session, user and the frame's shops, partners and unread are five


def test_profile_page_costs_twelve_queries(client, partner, partner_owner, django_assert_num_queries):
    login(client, partner_owner)

    with django_assert_num_queries(
        12
    ):  # its traits, markets and categories; what is offered, twice; the role; the contact
        client.get(PROFILE)


def test_availability_page_costs_seven_queries(client, partner, partner_owner, django_assert_num_queries):
    login(client, partner_owner)

    with django_assert_num_queries(7):  # the role; the shops that it blocked
        client.get(AVAILABILITY)


def test_application_page_costs_two_queries(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get(SIGNUP)


def test_person_signs_in_with_the_password_of_the_application(client):
    client.post(SIGNUP, PERSON | filled() | {"password1": PASSWORD, "password2": PASSWORD})

    assert User.objects.get().check_password(PASSWORD)


def test_shop_owner_of_two_partners_changes_the_one_acted_for(client, partner, partner_owner):
    ShopFactory(owner=partner_owner)
    other = PartnerFactory(name="Zenith", owner=partner_owner)
    login(client, partner_owner).post("/switch/", {"membership": f"partner:{other.pk}"})

    client.post(AVAILABILITY, {"capacity": 2, "paused_until": ""})

    assert Partner.objects.get(pk=partner.pk).capacity == 5
    assert Partner.objects.get(pk=other.pk).capacity == 2
