"""Another contact email, given by an edit: what partners read and hear of it, before and after it is confirmed."""

import pytest

from accounts import outbox
from accounts.models import AccountMail, Notification
from requests_app import automatic, holds
from requests_app.integrity.invariants import offenders
from requests_app.visibility import changes_for_partner, contact_details
from tests.factories import UserFactory, add_to_shop, owner_of, put_on_hold
from tests.mailboxes import mails_sent
from tests.requests_app.confirming import FOREIGN, OTHER, confirm, fresh, link_of_last_mail
from tests.requests_app.test_holds import edited, kinds_of

pytestmark = pytest.mark.once_on_postgresql


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
