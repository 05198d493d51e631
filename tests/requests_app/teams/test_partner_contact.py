"""A partner's contact: owners set it, shops that it accepted read it until the end, and nobody else does."""

import pytest
from django.core import mail

from accounts import outbox
from accounts.exceptions import NotAllowed
from accounts.models import Notification
from partners import services as partner_services
from partners.contact import PartnerContact
from partners.models import Partner
from requests_app import erasure, services
from requests_app.exceptions import SettingsChanged
from requests_app.personal import data
from requests_app.teams import settings
from requests_app.teams.models import TeamEvent
from requests_app.visibility import own_contact, partner_contacts_of
from tests.cast import login, signed_in
from tests.factories import UserFactory, add_to_partner, add_to_shop, make_request
from tests.markup import squeezed
from tests.queries import counted

PAGE = "/portal/profile/contact/"
VALUES = {"name": "Nora North", "email": "nora@northlight.example", "phone": "+44 113 496 0018"}
NOBODY = dict.fromkeys(PartnerContact.FIELDS, "")


def change(partner, by, values=VALUES):
    contact = PartnerContact.objects.filter(partner=partner).first()
    seen = settings.state_of(contact, PartnerContact.FIELDS)
    settings.change_contact(partner_id=partner.pk, by=by, values=values, seen=seen)


@pytest.fixture
def contact(partner, partner_owner):
    change(partner, partner_owner)
    return PartnerContact.objects.get(partner=partner)


def test_owner_sets_changes_and_takes_it_back_each_with_a_line_of_the_log(partner, partner_owner):
    change(partner, partner_owner)
    change(partner, partner_owner, VALUES | {"phone": ""})
    assert PartnerContact.objects.get(partner=partner).phone == ""
    change(partner, partner_owner, NOBODY)

    assert not PartnerContact.objects.exists()
    events = TeamEvent.objects.filter(log__partner=partner, kind="settings_changed")
    assert [(event.by, event.data) for event in events] == [(partner_owner, {"changed": ["contact"]})] * 3


def test_saving_what_stands_logs_nothing(contact, partner, partner_owner):
    change(partner, partner_owner)

    assert TeamEvent.objects.filter(log__partner=partner, kind="settings_changed").count() == 1


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_only_owners_set_it(partner, role):
    with pytest.raises(NotAllowed, match="Only an owner"):
        change(partner, add_to_partner(partner, UserFactory(), role))

    assert not PartnerContact.objects.exists()


def test_colleague_who_saved_meanwhile_is_not_saved_over(contact, partner, partner_owner):
    with pytest.raises(SettingsChanged):
        settings.change_contact(partner_id=partner.pk, by=partner_owner, values=NOBODY, seen=settings.state_of(None))

    assert PartnerContact.objects.get(partner=partner).name == "Nora North"


def test_other_owners_are_notified_without_what_it_says(partner, partner_owner):
    second = add_to_partner(partner, UserFactory(), "owner")

    change(partner, partner_owner)

    told = Notification.objects.get()
    assert (told.user, told.context) == (second, {"partner": "Northlight Commerce", "changed": ["contact"]})


# Who reads it


def test_shop_reads_it_from_acceptance_until_the_end(contact, share, seller, viewer, partner_owner):
    page = share.request.get_absolute_url()
    assert contact.email not in signed_in(seller).get(page).text

    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    for member in (seller, viewer):
        shown = signed_in(member).get(page).text
        assert all(value in shown for value in VALUES.values())
        assert f'href="mailto:{contact.email}"' in shown

    services.close_share(share_id=share.pk, by=seller)
    assert contact.email not in signed_in(seller).get(page).text


def test_shop_reads_it_no_more_while_the_partner_is_suspended(contact, accepted_share, partner, seller, staff):
    partner_services.suspend_partner(partner_id=partner.pk, by=staff)

    assert contact.email not in signed_in(seller).get(accepted_share.request.get_absolute_url()).text


def test_nobody_else_reads_it(contact, accepted_share, partner, other_shop, other_seller, client):
    login(client, other_seller)
    pages = [partner.get_absolute_url(), "/partners/", f"/partners/compare/?partner={partner.slug}", "/requests/new/"]

    assert not any(VALUES["name"] in client.get(page).text for page in pages)
    assert own_contact(other_seller, partner) is None


def test_contacts_cost_view_details_one_query_however_many_accepted(
    contact, shop, partner, seller, partner_owner, other_agency, other_partner
):
    def statements_of(request):
        client = signed_in(seller)
        with counted() as statements:
            client.get(request.get_absolute_url())
        return sum("partners_partnercontact" in statement for statement in statements)

    one = make_request(shop, [partner])
    assert statements_of(one) == 0
    services.accept_share(share_id=one.shares.get().pk, by=partner_owner, version=1)
    assert statements_of(one) == 1
    two = make_request(shop, [partner, other_agency])
    for share, by in zip(two.shares.order_by("partner__name"), (other_partner, partner_owner), strict=True):
        services.accept_share(share_id=share.pk, by=by, version=1)
    assert statements_of(two) == 1


# The page


def test_owner_saves_the_form_and_reads_it_on_the_profile(client, partner, partner_owner):
    seen = {"seen": settings.state_of(None), "acting_for": f"partner:{partner.pk}"}

    answer = login(client, partner_owner).post(PAGE, VALUES | seen, follow=True)

    assert "The contact of Northlight Commerce is saved." in answer.text
    assert "nora@northlight.example" in answer.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Give a name, too."),
        ("email", "", "Give an address, too."),
        ("email", "nobody", "Enter a valid email address"),
        ("phone", "call me", "Enter a phone number"),
        ("phone", "12", "Enter a phone number"),
        ("phone", "0" * 41, "at most 40 characters"),
        ("name", "a\nb", "without line breaks"),
    ],
)
def test_bad_input_is_said_at_its_field(client, partner, partner_owner, field, value, said):
    answer = login(client, partner_owner).post(PAGE, VALUES | {"seen": settings.state_of(None), field: value})

    assert said in answer.text
    assert not PartnerContact.objects.exists()


def test_form_shows_what_a_colleague_saved(client, contact, partner, partner_owner):
    sent = VALUES | {"name": "Olga", "seen": settings.state_of(None)}

    asked = login(client, partner_owner).post(PAGE, sent)
    client.post(PAGE, sent | {"seen": asked.context["form"]["seen"].value()})

    assert "It is “Nora North” now." in asked.text
    assert PartnerContact.objects.get(partner=partner).name == "Olga"


def test_reviewer_reads_it_and_who_changes_it(client, contact, reviewer):
    shown = login(client, reviewer).get("/portal/profile/").text

    assert "nora@northlight.example" in shown
    assert "Only an owner can change this. Ask one of the owners." in shown
    assert "Change contact" not in shown


# A person's own data


def test_person_whose_address_it_is_gets_it_in_their_download_and_erases_it(contact, partner):
    nora = add_to_partner(partner, UserFactory(email="Nora@northlight.example"), "viewer")
    assert '"partner_contacts": [\n' in "".join(data.written(nora))

    erasure.erase_person(user_id=nora.pk)

    assert not PartnerContact.objects.exists()


def test_contact_of_a_partner_that_ends_with_its_last_owner_is_erased(contact, partner_owner):
    erasure.erase_person(user_id=partner_owner.pk)

    assert not PartnerContact.objects.exists()


def test_owners_are_told_of_a_contact_that_went_by_erasing_and_it_stands_in_the_log(contact, partner, partner_owner):
    nora = UserFactory(email=VALUES["email"])

    erasure.erase_person(user_id=nora.pk)

    event = TeamEvent.objects.filter(log__partner=partner).latest("pk")
    assert (event.kind, event.actor, event.by, event.data) == (
        "settings_changed", "platform", None, {"changed": ["contact"]},
    )  # fmt: skip
    told = Notification.objects.get(template="settings_changed_for_owner")
    assert told.user == partner_owner
    outbox.deliver_batch()
    assert "its address was of an account that was erased" in squeezed(mail.outbox[-1].body)


def test_who_only_typed_the_address_neither_reads_nor_erases_the_contact(contact):
    typer = UserFactory()
    typer.emailaddress_set.create(email=VALUES["email"], verified=False)
    assert not partner_contacts_of(typer).exists()

    erasure.erase_person(user_id=typer.pk)

    assert PartnerContact.objects.exists()


def test_somebody_elses_contact_stays(contact, seller, shop):
    add_to_shop(shop, UserFactory(), "owner")

    erasure.erase_person(user_id=seller.pk)

    assert PartnerContact.objects.exists()


# What else of a partner stands in its log


def test_change_of_the_profile_and_availability_stands_in_the_log(partner, partner_owner, staff):
    def profile(**changes):
        now = Partner.objects.get(pk=partner.pk)
        held = {name: getattr(now, name) for name in partner_services.FIELDS}
        held |= {"markets": list(now.markets.all()), "categories": list(now.categories.all())}
        return held | {name: now.codes_of(kind) for name, kind in partner_services.TRAITS.items()} | changes

    partner_services.update_profile(partner_id=partner.pk, by=partner_owner, profile=profile())
    partner_services.update_profile(
        partner_id=partner.pk, by=partner_owner, profile=profile(name="Northlight", services=["ads"], markets=["DE"])
    )
    partner_services.set_availability(partner_id=partner.pk, by=partner_owner, capacity=3, paused_until=None)
    partner_services.update_profile_as_staff(
        partner_id=partner.pk, by=staff, profile=profile(city="Hull"), changed=["city"]
    )

    events = TeamEvent.objects.filter(log__partner=partner, kind="settings_changed")
    assert [(event.actor, event.by, sorted(event.data["changed"])) for event in events] == [
        ("member", partner_owner, ["markets", "name", "services"]),
        ("member", partner_owner, ["capacity"]),
        ("staff", staff, ["city"]),
    ]
