"""Applying as a partner, once and again, as a browser does it."""

import pytest
from django.test import Client

from accounts.models import User
from partners import services
from partners.models import Partner
from tests.cast import login
from tests.factories import PASSWORD, PartnerFactory, UserFactory, add_to_partner
from tests.mailboxes import mails_sent
from tests.partners.directory import page_text
from tests.partners.portal import PROFILE, SIGNUP, messages_of
from tests.partners.test_forms import filled

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("vocabularies")]
PERSON = {
    "name": "Petra Pine",
    "email": "Petra@Pine.example",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
    "time_zone": "Asia/Jakarta",
}


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


def test_application_page_costs_two_queries(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        client.get(SIGNUP)


def test_person_signs_in_with_the_password_of_the_application(client):
    client.post(SIGNUP, PERSON | filled() | {"password1": PASSWORD, "password2": PASSWORD})

    assert User.objects.get().check_password(PASSWORD)
