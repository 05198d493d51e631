"""A stored value that this machine or release does not know (any more): every page opens, and its owner can mend it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import mail_preferences
from accounts.models import MailPreference, Notification
from accounts.reading import reading_as
from accounts.time_zones import zone_named
from partners import offers
from partners.matching import find_partners
from partners.models import ExchangeRate, Market, Partner, PartnerTrait
from requests_app.authorisations import Authorisation
from requests_app.models import PartnerRequest, RequestVersion, Share, Shop
from requests_app.referral import criteria_of
from tests.access import ROLES, TABLE
from tests.cast import login
from tests.test_access import Asking, people, urls, urls_of_the_cast  # noqa: F401  fixtures

pytestmark = pytest.mark.once

MARS = "Mars/Olympus"
UNKNOWN = {  # each column that holds a code and that no constraint of the database guards
    Shop: {"currency": "XQX", "language": "tlh"},
    Partner: {"currency": "XQX"},
    Market: {"currency": "XQX"},
    ExchangeRate: {"currency": "XQZ"},
    PartnerRequest: {"currency": "XQX", "company_size": "7-of-9", "request_type": "dream", "services": ["dream"]},
    RequestVersion: {"currency": "XQX", "company_size": "7-of-9", "services": ["dream"]},
    Share: {"source": "dream", "reasons": [{"code": "language", "language": "tlh"}, {"code": "dream"}]},
    Authorisation: {"areas": {"products": "dream", "moon": "view"}},
    MailPreference: {"mode": "pigeon"},
    Notification: {"topic": "dreams"},
}


@pytest.fixture
def damaged(people, urls, urls_of_the_cast, seller, partner):  # noqa: F811
    """The world of the table of access, with an unknown value in every such column."""
    MailPreference.objects.create(user=seller, topic="answers", mode="off")
    for model, values in UNKNOWN.items():
        assert model.objects.exists(), model
        model.objects.update(**values)
    for kind in PartnerTrait.Kind:
        PartnerTrait.objects.create(partner=partner, kind=kind, code="dream")
    for person in people.values():
        if person:
            type(person).objects.filter(pk=person.pk).update(time_zone=MARS, language="tlh")
            person.refresh_from_db()
    return urls


@pytest.mark.parametrize("role", ["seller", "viewer", "partner_owner", "reviewer", "other_partner", "staff"])
def test_every_page_opens_with_unknown_values(role, people, damaged):  # noqa: F811
    asking = Asking(people[role])
    answers = {name: asking.answer("get", url) for name, url in damaged.items()}

    expected = {name: TABLE[name][ROLES.index(role)].rstrip("*") for name in answers}

    assert {name: answer for name, answer in answers.items() if answer != expected[name]} == {}


# What stands in for it, and the word to its owner


def said_at(client, url):
    return client.get(url).content.decode()


def test_unknown_zone_and_language_fall_back_with_a_word_and_are_mended(client, seller, shop):
    type(seller).objects.filter(pk=seller.pk).update(time_zone=MARS, language="tlh")
    login(client, seller)
    url = reverse("accounts:preferences")

    page = said_at(client, url)
    assert f"Your time zone ({MARS}) is not known any more: times are shown in UTC." in page
    assert "Your language (tlh) is not offered any more." in page
    assert f"“{MARS}” is not offered any more. Choose again." in page
    assert "“tlh” is not offered any more. Choose again." in page
    assert f'<option value="{MARS}"' not in page
    assert f"Your time zone ({MARS})" in said_at(client, reverse("seller:home"))

    untouched = client.post(url, {"name": "Sarah", "language": "", "time_zone": ""})
    assert set(untouched.context["form"].errors) == {"language", "time_zone"}

    mended = client.post(url, {"name": "Sarah", "language": "de", "time_zone": "Europe/Berlin"}, follow=True)
    assert MARS not in mended.content.decode()
    seller.refresh_from_db()
    assert (seller.language, seller.time_zone) == ("de", "Europe/Berlin")


def test_known_preferences_say_nothing(client, seller):
    assert "any more" not in said_at(login(client, seller), reverse("accounts:preferences"))


@pytest.mark.parametrize("name", [MARS, "", "../../etc/passwd", "posixrules/x", "\0"])
def test_mails_and_mornings_of_an_unknown_zone_are_in_the_sites(name, seller):
    seller.time_zone, at = name, seller.date_joined

    with reading_as(seller):
        assert str(timezone.get_current_timezone()) == str(zone_named(name)) == "UTC"
    assert mail_preferences.next_morning(at, name) == mail_preferences.next_morning(at, "UTC")


def test_partner_reads_what_of_its_profile_is_no_more_and_saves_it_anew(client, partner, partner_owner):
    Partner.objects.filter(pk=partner.pk).update(currency="XQX")
    PartnerTrait.objects.create(partner=partner, kind="service", code="<b>skywriting</b>")
    login(client, partner_owner)
    url = reverse("portal:profile")

    page = client.get(url)
    form = page.context["form"]
    assert "“XQX” is not offered any more. Choose again." in page.content.decode()
    assert "“&lt;b&gt;skywriting&lt;/b&gt;” is not offered any more. Choose again." in page.content.decode()
    assert form["currency"].value() == ""

    data = {name: form[name].value() or "" for name in form.fields} | {"currency": "GBP"}
    assert client.post(url, data).status_code == 302
    assert Partner.objects.get(pk=partner.pk).currency == "GBP"
    assert not partner.traits.filter(code__contains="skywriting").exists()


def test_seller_chooses_anew_what_the_request_form_does_not_know(client, seller, open_request):
    for model in (PartnerRequest, RequestVersion):
        model.objects.update(currency="XQX", company_size="7-of-9")
    login(client, seller)

    page = said_at(client, reverse("seller:request_edit", args=[open_request.reference]))

    assert "“XQX” is not offered any more. Choose again." in page
    assert "“7-of-9” is not offered any more. Choose again." in page


def test_staff_mend_a_person_and_a_shop(desk, seller, shop):
    type(seller).objects.filter(pk=seller.pk).update(time_zone=MARS)
    Shop.objects.update(language="tlh", currency="XQX")

    assert f"“{MARS}” is not offered any more." in said_at(
        desk, reverse("admin:accounts_user_change", args=[seller.pk])
    )
    page = said_at(desk, reverse("admin:requests_app_shop_change", args=[shop.pk]))
    assert "“tlh” is not offered any more." in page
    assert "“XQX” is not offered any more." in page


def test_matching_goes_on_beside_unknown_currencies_and_sizes(open_request, partner, other_agency):
    Partner.objects.filter(pk=partner.pk).update(currency="XQX")
    offers.refresh([Partner.objects.get(pk=partner.pk)])
    assert list(offers.offenders()) == []

    found = find_partners(criteria_of(open_request, exclude=frozenset()), limit=5)
    assert [match.partner_id for match in found] == [other_agency.pk]

    PartnerRequest.objects.update(company_size="7-of-9", currency="XQX")
    unknown = PartnerRequest.objects.get(pk=open_request.pk)
    assert find_partners(criteria_of(unknown, exclude=frozenset()), limit=5) == []


def test_matching_gives_no_points_for_a_language_that_is_not_offered_any_more(open_request, partner, other_agency):
    Shop.objects.update(language="tlh")
    Partner.objects.update(city="")  # else they are alike
    PartnerTrait.objects.create(partner=other_agency, kind=PartnerTrait.Kind.LANGUAGE, code="tlh")
    found = find_partners(criteria_of(PartnerRequest.objects.get(), exclude=frozenset()), limit=1)

    assert [match.partner_id for match in found] == [min(partner.pk, other_agency.pk)]
    assert found[0].parts["language"] == 0
