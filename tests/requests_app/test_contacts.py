"""The contact email of a request: who may give which, the link that confirms another one, and when it is forgotten."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import clock, outbox
from accounts.models import AccountMail, Notification
from requests_app import automatic, contacts, erasure, services
from requests_app.integrity.invariants import offenders
from requests_app.models import ConfirmedContact
from requests_app.timers import run_timers
from requests_app.visibility import contact_details
from tests.cast import signed_in
from tests.factories import UserFactory, add_to_shop
from tests.requests_app.confirming import FOREIGN, OTHER, ask_unconfirmed, confirm, fresh, heading, link_of_last_mail
from tests.requests_app.test_holds import edited, kinds_of

pytestmark = pytest.mark.once_on_postgresql


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_address_that_a_member_has_verified_needs_no_link(shop, partner, editor, spelled):
    request = ask_unconfirmed(shop, [partner], spelled(editor.email))

    assert (request.hold, request.headline, AccountMail.objects.count()) == ("", "reviewing", 0)


@pytest.mark.parametrize("why", ["not verified", "cannot sign in", "of another shop"])
def test_address_of_who_does_not_count_needs_a_link(shop, partner, editor, other_seller, why):
    if why == "not verified":
        EmailAddress.objects.filter(user=editor).update(verified=False)
    if why == "cannot sign in":
        type(editor).objects.filter(pk=editor.pk).update(is_active=False)
    address = other_seller.email if why == "of another shop" else editor.email

    assert ask_unconfirmed(shop, [partner], address).hold == "contact"


def test_other_address_is_sent_one_link_and_nothing_is_shared(shop, partner, seller, waiting):
    row = AccountMail.objects.get()

    assert (waiting.hold, waiting.headline, waiting.held_picks) == ("contact", "held", [partner.pk])
    assert not waiting.shares.exists()
    assert (row.to, row.template, row.user) == (FOREIGN, contacts.MAIL, seller)
    assert kinds_of(waiting) == ["submitted", "held", "contact_asked"]
    assert Notification.objects.get(user=seller).context["hold"] == "contact"
    assert list(offenders()) == []


def test_mail_says_who_asked_and_nothing_that_was_typed(shop, seller, waiting):
    outbox.deliver.call()
    sent = next(sent for sent in mail.outbox if sent.to == [FOREIGN])

    assert "Sarah Seller of Lumen Skincare gave desk@elsewhere.example as the contact" in sent.body.replace("\n", " ")
    assert "ignore this mail" in sent.body
    for typed in (waiting.subject, waiting.location, waiting.other_details, waiting.hot_sale_product):
        assert typed not in sent.body


def test_page_of_the_link_confirms_nothing_until_its_button_is_pressed(client, waiting, partner):
    link = link_of_last_mail()

    before = heading(client, link), fresh(waiting).hold
    confirm(client, link)

    assert before == ("May partners write to you?", "contact")
    assert heading(client, link) == "The address is confirmed"
    after = fresh(waiting)
    assert (after.hold, after.headline, after.shares.get().partner) == ("", "reviewing", partner)
    assert kinds_of(waiting)[3:] == ["contact_confirmed", "released", "shared"]
    assert list(offenders()) == []


def test_seller_is_notified_once_that_the_request_goes_on(client, waiting, seller, partner):
    confirm(client, link_of_last_mail())

    rows = Notification.objects.filter(user=seller).exclude(template="submitted_for_seller")
    assert [(row.template, row.context["asked"]) for row in rows] == [("released_for_seller", [partner.name])]


def test_link_used_twice_changes_nothing_more(client, waiting):
    link = link_of_last_mail()
    confirm(client, link)
    before = kinds_of(waiting)

    confirm(client, link)

    assert kinds_of(waiting) == before


def test_link_that_is_too_old_says_so(client, waiting):
    link = link_of_last_mail()

    with time_machine.travel(clock.now() + contacts.CONFIRM_TIME + timedelta(seconds=1), tick=False):
        late = heading(client, link)
        confirm(client, link)

    assert late == "This link is too old"
    assert fresh(waiting).hold == "contact"


def test_link_of_an_address_that_was_changed_says_so_and_the_new_one_works(client, waiting, seller):
    old = link_of_last_mail()
    edited(fresh(waiting), seller, contact_email=OTHER)
    new = link_of_last_mail()

    confirm(client, old)
    found = heading(client, old), fresh(waiting).hold
    confirm(client, new)

    assert found == ("There is nothing to confirm any more", "contact")
    assert fresh(waiting).hold == ""
    assert set(ConfirmedContact.objects.values_list("address", flat=True)) >= {OTHER}
    assert not ConfirmedContact.objects.filter(address=FOREIGN).exists()


def test_old_link_does_not_say_that_nobody_reads_an_address_that_partners_read(client, waiting, seller, partner_owner):
    old = link_of_last_mail()
    confirm(client, old)
    edited(fresh(waiting), seller, contact_email=OTHER)
    share = waiting.shares.get()
    share.request = fresh(waiting)

    page = client.get(old).text

    assert contact_details(partner_owner, share).contact_email == FOREIGN
    assert "gave another address meanwhile" in page
    assert "No partner" not in page


def test_link_of_a_closed_request_says_so(client, waiting, seller):
    link = link_of_last_mail()
    services.close_request(request_id=waiting.pk, by=seller)

    confirm(client, link)

    assert "was closed meanwhile" in client.get(link).text
    assert fresh(waiting).shares.count() == 0


def test_link_that_was_cut_off_or_made_up_is_not_found(client, waiting):
    link = link_of_last_mail()

    assert heading(client, link[:-5] + "/", 404) == "This link is not whole"
    assert heading(client, "/accounts/contact/made-up/", 404) == "This link is not whole"
    confirm(client, link[:-5] + "/")
    assert fresh(waiting).hold == "contact"


def test_link_works_for_whoever_reads_the_mails_of_the_address(waiting, other_partner):
    """Signed in as somebody else, they confirm the address alone: the request stays as hidden to them as before."""
    client, link = signed_in(other_partner), link_of_last_mail()

    confirm(client, link)

    assert fresh(waiting).hold == ""
    assert client.get(waiting.get_absolute_url()).status_code == 404


def test_link_names_no_address(client, waiting):
    link = link_of_last_mail()
    assert FOREIGN not in link
    assert FOREIGN not in client.get(link).text


def test_address_that_the_shop_confirmed_before_needs_no_link_again(client, shop, partner, waiting, other_agency):
    confirm(client, link_of_last_mail())

    again = ask_unconfirmed(shop, [other_agency], FOREIGN.title())

    assert (again.hold, AccountMail.objects.count()) == ("", 1)


def test_address_that_another_shop_confirmed_does(client, other_shop, waiting, other_agency):
    confirm(client, link_of_last_mail())

    assert ask_unconfirmed(other_shop, [other_agency]).hold == "contact"


def test_second_request_with_the_address_goes_on_with_the_next_round_of_timers(client, shop, waiting, other_agency):
    second = ask_unconfirmed(shop, [other_agency])
    confirm(client, link_of_last_mail())

    done = run_timers()

    assert done["confirmed"] == 1
    assert (fresh(waiting).hold, fresh(second).hold, fresh(second).headline) == ("", "", "reviewing")


def test_request_goes_on_when_a_member_verifies_the_address(shop, waiting):
    colleague = add_to_shop(shop, UserFactory(email=FOREIGN), "viewer")

    assert automatic.release_confirmed(request_id=waiting.pk)
    assert fresh(waiting).hold == ""
    assert not automatic.release_confirmed(request_id=waiting.pk)
    assert colleague.email == FOREIGN


def test_mail_that_is_over_when_its_turn_comes_is_not_sent(waiting, seller):
    services.close_request(request_id=waiting.pk, by=seller)

    outbox.deliver.call()

    assert AccountMail.objects.get().mail_error == "over"


def test_demo_asks_for_no_confirmation(shop, partner, settings):
    settings.DEMO = True

    assert ask_unconfirmed(shop, [partner]).hold == ""


def test_confirmed_addresses_are_forgotten_with_the_texts_that_named_them(client, shop, waiting, seller):
    confirm(client, link_of_last_mail())
    services.close_request(request_id=waiting.pk, by=seller)

    erasure.erase_request(request_id=waiting.pk)

    assert not ConfirmedContact.objects.filter(address=FOREIGN).exists()


def test_confirmed_address_stays_while_another_request_names_it(client, shop, waiting, seller, other_agency):
    confirm(client, link_of_last_mail())
    ask_unconfirmed(shop, [other_agency])
    services.close_request(request_id=waiting.pk, by=seller)

    erasure.erase_request(request_id=waiting.pk)

    assert ConfirmedContact.objects.filter(address=FOREIGN).exists()


def test_address_is_no_confirmed_contact_after_its_person_is_erased(shop, editor):
    ConfirmedContact.objects.create(shop=shop, address=editor.email)

    erasure.erase_person(user_id=editor.pk)

    assert not ConfirmedContact.objects.filter(address=editor.email).exists()


def test_same_form_submitted_twice_makes_one_held_request(shop, partner):
    token = uuid.uuid4()

    first = ask_unconfirmed(shop, [partner], form_token=token)

    assert ask_unconfirmed(shop, [partner], form_token=token) == first
    assert AccountMail.objects.count() == 1


def test_who_only_typed_an_address_reads_nothing_of_who_confirmed_it_and_erases_nothing(shop):
    ConfirmedContact.objects.create(shop=shop, address="ann@lumen.example", confirmed_at=clock.now())
    typer = UserFactory()
    typer.emailaddress_set.create(email="ann@lumen.example", verified=False)
    assert list(contacts.confirmed_by(typer)) == []

    erasure.erase_person(user_id=typer.pk)

    assert ConfirmedContact.objects.filter(shop=shop).exists()
