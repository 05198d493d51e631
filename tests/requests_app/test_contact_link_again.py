"""The link that confirms a contact email, sent again: by whom, how often, and what goes on then."""

from datetime import timedelta

import pytest
import time_machine

from accounts import clock, mail_limits, outbox
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import AccountMail
from partners import services as partner_services
from requests_app import contacts, holds
from requests_app.exceptions import TooManyConfirmations, TooManyContacts
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest
from requests_app.seller.details import edited_text
from tests.cast import login
from tests.factories import PartnerFactory, UserFactory, add_to_shop, owner_of
from tests.mailboxes import mails_sent
from tests.requests_app.confirming import FOREIGN, OTHER, ask_unconfirmed, confirm, fresh, link_of_last_mail
from tests.requests_app.test_holds import edited, kinds_of

pytestmark = pytest.mark.once_on_postgresql


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
