"""The contact email of a request: who may give which, the link that confirms another one, and what waits for it."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import clock, mail_limits, outbox
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import AccountMail, Notification
from partners import services as partner_services
from requests_app import automatic, contacts, erasure, holds, services
from requests_app.exceptions import TooManyConfirmations, TooManyContacts
from requests_app.integrity.invariants import offenders
from requests_app.models import ConfirmedContact, PartnerRequest
from requests_app.seller.details import edited_text
from requests_app.timers import run_timers
from requests_app.visibility import changes_for_partner, contact_details
from tests.cast import login, signed_in
from tests.factories import PartnerFactory, UserFactory, add_to_shop, make_request, owner_of, put_on_hold
from tests.mailboxes import mails_sent
from tests.requests_app.test_holds import edited, kinds_of

pytestmark = pytest.mark.once_on_postgresql

FOREIGN, OTHER = "desk@elsewhere.example", "second@elsewhere.example"


def fresh(request):
    return PartnerRequest.objects.select_related("shop").get(pk=request.pk)


def ask_unconfirmed(shop, picks=(), address=FOREIGN, **given):
    return make_request(shop, picks, contact_email=address, confirmed=False, **given)


def link_of_last_mail():
    outbox.deliver.call()
    return re.findall(r"/accounts/contact/\S+/", "\n".join(sent.body for sent in mails_sent()))[-1]


def confirm(client, link):
    assert client.post(link).status_code == 302


def heading(client, link, status=200):
    response = client.get(link)
    assert response.status_code == status
    return re.search(r"<h1>\s*(.*?)\s*</h1>", response.text, re.DOTALL)[1]


@pytest.fixture
def waiting(shop, partner):
    """A request to one partner that waits until its address is confirmed."""
    return ask_unconfirmed(shop, [partner])


@pytest.fixture
def shared(shop, partner):
    """A request that a partner has, before it is given another address."""
    return make_request(shop, [partner])


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


def test_edit_to_a_confirmed_address_releases_at_once_with_all_that_was_chosen(waiting, seller, partner, other_agency):
    after = edited(fresh(waiting), seller, contact_email=seller.email, picks=[partner, other_agency])

    assert (after.hold, after.held_picks) == ("", None)
    assert set(after.shares.values_list("partner", flat=True)) == {partner.pk, other_agency.pk}
    assert list(offenders()) == []


def test_edit_of_something_else_leaves_it_on_hold_and_sends_nothing(waiting, seller):
    since = fresh(waiting).held_since

    after = edited(fresh(waiting), seller, other_details="Any time")

    assert (after.hold, after.held_since, AccountMail.objects.count()) == ("contact", since, 1)


def test_partners_read_the_confirmed_address_until_the_new_one_is(client, shared, partner_owner, seller, other_agency):
    share = shared.shares.get()

    held = edited(fresh(shared), seller, contact_email=FOREIGN, picks=[other_agency])
    share.request = fresh(shared)
    before, asked = contact_details(partner_owner, share).contact_email, shared.shares.count()
    confirm(client, link_of_last_mail())
    share.request = fresh(shared)

    assert (held.hold, held.headline, asked) == ("contact", "reviewing", 1)
    assert (before, contact_details(partner_owner, share).contact_email) == (shared.contact_email, FOREIGN)
    assert fresh(shared).shares.count() == 2
    assert list(offenders()) == []


def changes_read(user):
    """What each notification of a change to a request says that changed, to this member of a partner."""
    rows = Notification.objects.filter(template="edited_for_partner", user=user).order_by("pk")
    return [row.context["changed"] for row in rows]


def fields_changed(user, request, **given):
    share = request.shares.select_related("request", "partner").get(partner__members__user=user)
    return [change.name for change in changes_for_partner(user, share, **given)]


def test_partners_hear_of_another_address_once_it_is_confirmed(client, shared, partner_owner, seller, other_agency):
    edited(fresh(shared), seller, contact_email=FOREIGN, picks=[other_agency])
    before = changes_read(partner_owner), fields_changed(partner_owner, shared)

    confirm(client, link_of_last_mail())

    assert before == ([], [])
    assert (changes_read(partner_owner), fields_changed(partner_owner, shared)) == (
        [["contact_email"]],
        ["contact_email"],
    )
    assert changes_read(owner_of(other_agency)) == []  # it was asked with the new one
    outbox.deliver.call()
    body = next(sent.body for sent in mails_sent() if sent.to == [partner_owner.email] and "What changed" in sent.body)
    assert "What changed: Contact email." in body
    assert FOREIGN not in body


@pytest.mark.parametrize("way", ["asked again", "timer", "released by staff"])
def test_partners_hear_of_an_address_that_a_member_verified_meanwhile(way, shop, shared, partner_owner, seller, staff):
    if way == "released by staff":
        put_on_hold(shared)
    edited(fresh(shared), seller, contact_email=FOREIGN)
    add_to_shop(shop, UserFactory(email=FOREIGN), "viewer")

    match way:
        case "asked again":
            holds.ask_again(request_id=shared.pk, by=seller)
        case "timer":
            automatic.release_confirmed(request_id=shared.pk)
        case "released by staff":
            holds.release_request(request_id=shared.pk, by=staff, reason="genuine")

    assert changes_read(partner_owner) == [["contact_email"]]
    assert (fresh(shared).hold, fresh(shared).shown_email) == ("", FOREIGN)
    assert kinds_of(shared).count("contact_confirmed") == 1
    assert list(offenders()) == []


def test_other_changes_are_notified_without_the_address_that_is_not_confirmed(shared, partner_owner, seller):
    edited(fresh(shared), seller, contact_email=FOREIGN, subject="Bo Whitfield")
    edited(fresh(shared), seller, location="Hull")

    assert changes_read(partner_owner) == [["subject", "location"]]
    assert fields_changed(partner_owner, shared) == ["subject", "location"]
    assert fields_changed(partner_owner, shared, since=2) == ["location"]


def test_address_that_is_taken_back_before_it_was_confirmed_changed_nothing(shared, partner_owner, seller):
    first = shared.contact_email
    edited(fresh(shared), seller, contact_email=FOREIGN)
    edited(fresh(shared), seller, contact_email=first)

    assert changes_read(partner_owner) == []
    assert fields_changed(partner_owner, shared) == []


def test_confirmed_address_is_notified_beside_one_that_is_not(shop, shared, partner_owner, seller):
    edited(fresh(shared), seller, contact_email=seller.email)
    edited(fresh(shared), seller, contact_email=FOREIGN)

    assert changes_read(partner_owner) == [["contact_email"]]
    assert fields_changed(partner_owner, shared) == ["contact_email"]
    assert fields_changed(partner_owner, shared, since=2) == []


def test_second_unconfirmed_address_is_not_shown_either(shared, seller, partner_owner):
    edited(fresh(shared), seller, contact_email=FOREIGN)
    edited(fresh(shared), seller, contact_email=OTHER)
    share = shared.shares.get()
    share.request = fresh(shared)

    assert contact_details(partner_owner, share).contact_email == shared.contact_email


def test_seller_sees_what_is_missing_and_sends_the_link_again(client, waiting, seller, partner):
    login(client, seller)
    page = " ".join(client.get(waiting.get_absolute_url()).text.split())

    client.post(f"{waiting.get_absolute_url()}confirm/")

    assert "A link goes to <strong>desk@elsewhere.example</strong>" in page
    assert f"As soon as the request goes on, {partner.name} are asked" in page
    assert "On hold" in page
    assert kinds_of(waiting)[-1] == "contact_asked"
    assert AccountMail.objects.filter(to=FOREIGN).count() == 2


def test_viewer_sees_it_but_can_send_nothing(client, waiting, viewer):
    page = login(client, viewer).get(waiting.get_absolute_url())

    assert "not confirmed yet" in page.text
    assert "Send the link again" not in page.text
    with pytest.raises(NotAllowed):
        holds.ask_again(request_id=waiting.pk, by=viewer)


def test_link_is_sent_three_times_a_day_at_most(waiting, seller):
    for _time in range(2):
        holds.ask_again(request_id=waiting.pk, by=seller)

    with pytest.raises(TooManyConfirmations, match="at most 3 mails"):
        holds.ask_again(request_id=waiting.pk, by=seller)
    with pytest.raises(TooManyConfirmations):
        edited(fresh(waiting), seller, contact_email=OTHER)
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        assert holds.ask_again(request_id=waiting.pk, by=seller)
    assert AccountMail.objects.count() == 4
    assert fresh(waiting).contact_email == FOREIGN


def test_links_count_for_the_person_who_has_them_sent(shop, waiting, seller, editor):
    """Twenty within an hour, whatever the request and the address, together with the mails of their account."""
    for _time in range(mail_limits.ASKING.hour - 1):
        assert mail_limits.take(mail_limits.ASKING, "user", seller.pk)

    with pytest.raises(TooManyContacts, match="such as your own"):
        holds.ask_again(request_id=waiting.pk, by=seller)
    with pytest.raises(TooManyContacts):
        edited(fresh(waiting), seller, contact_email=OTHER)
    with pytest.raises(TooManyContacts):
        ask_unconfirmed(shop, address=OTHER)
    by_colleague = holds.ask_again(request_id=waiting.pk, by=editor)

    assert (by_colleague, AccountMail.objects.count()) == (True, 2)
    assert PartnerRequest.objects.count() == 1


def test_nothing_is_sent_where_nothing_is_to_be_confirmed(shared, seller):
    with pytest.raises(NotPossible, match="needs no confirmation"):
        holds.ask_again(request_id=shared.pk, by=seller)


@pytest.mark.parametrize("by", ["asking again", "editing"])
def test_seller_reads_who_was_missed_where_their_own_act_releases(client, shop, waiting, seller, editor, partner, by):
    """They are not mailed of their own act; a colleague is, also of each partner that the platform refers then."""
    partner_services.set_availability(partner_id=partner.pk, by=owner_of(partner), capacity=0, paused_until=None)
    add_to_shop(shop, UserFactory(email=FOREIGN), "viewer")
    login(client, seller)
    if by == "asking again":
        page = client.post(f"{waiting.get_absolute_url()}confirm/", follow=True).text
    else:
        edited(fresh(waiting), seller, contact_email=seller.email, picks=[partner])
        assert "you can choose another" in edited_text(fresh(waiting))
        page = client.get(waiting.get_absolute_url()).text

    assert fresh(waiting).events.get(kind="released").data["missed"] == 1
    assert page.count("1 partner that you chose cannot be asked any more") == (2 if by == "asking again" else 1)
    assert list(offenders()) == []


def test_partners_referred_by_the_sellers_own_release_are_named_in_a_mail(shop, seller, editor):
    PartnerFactory()
    request = ask_unconfirmed(shop)

    edited(fresh(request), seller, contact_email=seller.email)

    for person in (seller, editor):
        assert person.notifications.filter(template="shared_for_seller").count() == 1


def test_asking_again_for_what_is_confirmed_by_now_releases(shop, waiting, seller):
    add_to_shop(shop, UserFactory(email=FOREIGN), "viewer")

    assert holds.ask_again(request_id=waiting.pk, by=seller) is False
    assert fresh(waiting).hold == ""


def test_link_beyond_the_limit_of_its_address_is_sent_later(client, waiting):
    """The seller reads that it was sent, and waits for it."""
    for _time in range(mail_limits.ASKED.hour):
        mail_limits.take(mail_limits.ASKED, FOREIGN, contacts.MAIL)
    outbox.deliver.call()
    at_once = [sent for sent in mails_sent() if sent.to == [FOREIGN]]

    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        confirm(client, link_of_last_mail())

    assert at_once == []
    assert fresh(waiting).hold == ""


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
