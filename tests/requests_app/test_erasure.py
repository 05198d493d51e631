"""Personal text leaves the database after its time and with the person; what happened stays, without saying who."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from accounts import clock
from accounts.models import Notification, User
from partners.models import Partner
from requests_app import erasure, services, tasks
from requests_app.conversation.models import MessageReading
from requests_app.conversation.services import note_read
from requests_app.erasure import erase_person, erase_request
from requests_app.integrity.invariants import erased_requests_are_empty, offenders
from requests_app.models import PartnerRequest, RequestVersion, Share, Shop, ShopMember
from requests_app.timers import run_timers
from tests.everywhere import in_database
from tests.factories import (
    PASSWORD,
    UserFactory,
    add_to_partner,
    add_to_shop,
    make_request,
    propose,
    write_as_partner,
    write_as_seller,
)
from tests.standing import standing

pytestmark = pytest.mark.once_on_postgresql

SECRETS = (
    "Ann Whitfield",
    "ann.whitfield@lumen.example",
    "Kirkstall",
    "Vitamin C serum",
    "new line in spring",
    "+44 7700",
)


@standing
def closed_request(share, seller, reviewer):
    """Closed by the seller, edited before, and with a note by the partner."""
    services.reject_share(share_id=share.pk, by=reviewer, reason="budget", note="Call me: +44 7700 900123")
    request = share.request
    details = request.details() | {"other_details": "A new line in spring, and more."}
    services.edit_request(
        request_id=request.pk, by=seller, version=1, details=details, request_type="choose", hide_contact=False
    )
    services.close_request(request_id=request.pk, by=seller)
    assert in_database(*SECRETS)
    return PartnerRequest.objects.get(pk=request.pk)


def test_request_loses_its_texts_two_years_after_it_was_closed(closed_request):
    closed = closed_request.closed_at
    with clock.at(closed.replace(year=closed.year + 2) - timedelta(seconds=1)):
        before = run_timers()["erased"]
    with clock.at(closed.replace(year=closed.year + 2)):
        done, again = run_timers()["erased"], run_timers()["erased"]

    assert (before, done, again) == (0, 1, 0)
    assert in_database(*SECRETS) == set()
    assert closed_request.events.last().kind == "erased"
    assert list(offenders()) == []


def test_time_to_keep_is_a_setting(closed_request, settings):
    settings.KEEP_CONTACT_MONTHS = 1

    with clock.at(closed_request.closed_at + timedelta(days=32)):
        assert run_timers()["erased"] == 1


@pytest.mark.parametrize(
    ("moment", "months", "since"),
    [
        ((2026, 2, 28), 24, (2024, 2, 28)),
        ((2026, 1, 15), 1, (2025, 12, 15)),
        ((2026, 3, 31), 1, (2026, 2, 28)),
        ((2024, 2, 29), 12, (2023, 2, 28)),
    ],
)
def test_months_are_those_of_the_calendar(moment, months, since):
    assert erasure._months_before(datetime(*moment, 12, tzinfo=UTC), months) == datetime(*since, 12, tzinfo=UTC)


WORDS = ("Ring +44 7700 900456", "Ask for Ann at the gate", "Hosts from Leeds, ask Petra")


@standing
def conversation(accepted_share, reviewer, seller):
    """Of a reviewer and the seller, with a proposal of the reviewer's in two versions."""
    write_as_partner(accepted_share, WORDS[0], by=reviewer)
    write_as_seller(accepted_share, WORDS[1])
    propose(accepted_share, by=reviewer, included=WORDS[2])
    propose(accepted_share, by=reviewer, seen=1, included=f"{WORDS[2]} or Rita")
    for reader in (reviewer, seller):
        note_read(share_id=accepted_share.pk, by=reader, upto=1)
    return accepted_share


def test_messages_and_words_of_proposals_go_with_the_texts_of_the_request(conversation, seller):
    services.close_request(request_id=conversation.request_id, by=seller)
    assert {text for *_where, text in in_database(*WORDS)} == set(WORDS)

    assert erase_request(request_id=conversation.request_id)

    assert in_database(*WORDS) == set()
    assert conversation.messages.count() == 2
    assert [version.amount for version in conversation.proposal.versions.all()] == [1800, 1800]
    assert list(offenders()) == []


def test_messages_of_other_requests_stay_when_one_is_erased(conversation, shop, other_agency, seller):
    other = make_request(shop, [other_agency])
    services.close_request(request_id=other.pk, by=seller)

    erase_request(request_id=other.pk)

    assert {text for *_where, text in in_database(*WORDS)} == set(WORDS)


def test_open_request_is_never_erased(open_request):
    assert erase_request(request_id=open_request.pk) is False


def test_text_that_was_left_is_found(closed_request):
    erase_request(request_id=closed_request.pk)
    RequestVersion.objects.filter(request=closed_request, number=1).update(subject="Ann Whitfield")

    assert list(erased_requests_are_empty()) == [f"{closed_request.reference}: erased, but text is left"]


# A person


@standing
def leaver(seller, closed_request, shop, other_agency):
    """The last owner of a shop, with a closed and an open request, signed in twice."""
    make_request(shop, [other_agency], subject="Sarah Leaver", contact_email=seller.email)
    seller.name = "Sarah Leaver"
    seller.save()
    return seller


def test_last_owner_takes_his_shops_open_requests_and_all_texts_with_him(leaver, shop, editor):
    address = leaver.email

    erase_person(user_id=leaver.pk)

    assert in_database(*SECRETS, "Sarah Leaver", address) == set()
    assert set(PartnerRequest.objects.values_list("status", flat=True)) == {"closed"}
    assert not Share.objects.live().exists()
    assert list(ShopMember.objects.values_list("user", flat=True)) == [editor.pk]
    assert list(offenders()) == []


def test_shop_that_nobody_is_left_of_loses_its_name(leaver, shop):
    erase_person(user_id=leaver.pk)

    assert Shop.objects.get(pk=shop.pk).name == f"Shop {shop.pk}"
    assert set(Shop.history.filter(id=shop.pk).values_list("name", flat=True)) == {f"Shop {shop.pk}"}


def test_other_owner_becomes_the_contact_of_open_requests(leaver, shop):
    other = add_to_shop(shop, UserFactory(name="Olga Other"), "owner")

    erase_person(user_id=leaver.pk)

    request = PartnerRequest.objects.open().get()
    assert (request.subject, request.contact_email, request.version) == ("Olga Other", other.email, 2)
    assert in_database("Sarah Leaver", leaver.email) == set()
    assert [event.kind for event in request.events.order_by("number")][-2:] == ["edited", "erased"]
    assert Notification.objects.filter(template="edited_for_partner").count() == 1
    assert list(offenders()) == []


def test_request_is_closed_and_erased_if_the_other_owner_leaves_meanwhile(leaver, shop, monkeypatch):
    other, open_change = add_to_shop(shop, UserFactory(), "owner"), erasure.changing

    def changing_once_they_left(*args, **kwargs):
        User.objects.filter(pk=other.pk).update(is_active=False)
        return open_change(*args, **kwargs)

    monkeypatch.setattr(erasure, "changing", changing_once_they_left)
    open_before = PartnerRequest.objects.open().get()

    erase_person(user_id=leaver.pk)

    request = PartnerRequest.objects.get(pk=open_before.pk)
    assert (request.status, request.closed_by, request.erased_at is None) == ("closed", "seller", False)
    assert in_database("Sarah Leaver", leaver.email) == set()


def test_last_owner_of_a_partner_ends_its_shares_and_its_place_in_the_directory(share, partner_owner, partner):
    erase_person(user_id=partner_owner.pk)
    run_timers()

    assert Partner.objects.get(pk=partner.pk).status == "suspended"
    assert Share.objects.get(pk=share.pk).closed_reason == "partner_suspended"
    assert list(offenders()) == []


def test_note_of_a_reviewer_goes_with_him(share, reviewer):
    services.reject_share(share_id=share.pk, by=reviewer, reason="other", note="Call me: +44 7700 900123")

    erase_person(user_id=reviewer.pk)

    assert Share.objects.get(pk=share.pk).note == ""
    assert share.request.events.last().kind == "erased"
    assert list(offenders()) == []


def test_what_a_person_wrote_goes_with_them_on_a_live_share_and_what_others_wrote_stays(conversation, reviewer, seller):
    erase_person(user_id=reviewer.pk)
    erase_person(user_id=reviewer.pk)

    assert {text for *_where, text in in_database(*WORDS)} == {WORDS[1]}
    assert Share.objects.get(pk=conversation.pk).status == "accepted"
    assert [event.kind for event in conversation.request.events.order_by("pk")].count("erased") == 1
    assert list(MessageReading.objects.values_list("by", flat=True)) == [seller.pk]
    assert list(offenders()) == []


def test_what_a_seller_wrote_goes_with_them_where_another_owner_stays(conversation, seller, shop):
    add_to_shop(shop, UserFactory(), "owner")

    erase_person(user_id=seller.pk)

    assert {text for *_where, text in in_database(*WORDS)} == {WORDS[0], WORDS[2]}
    assert list(offenders()) == []


def test_what_he_did_stays_under_a_name_that_says_nothing(accepted_share, partner_owner):
    event = accepted_share.events.get(kind="accepted")
    add_to_partner(accepted_share.partner, UserFactory(), "owner")

    erase_person(user_id=partner_owner.pk)

    gone = User.objects.get(pk=partner_owner.pk)
    assert event.by == gone
    assert (str(gone), gone.email, gone.is_active) == (f"user {gone.pk}", f"erased-{gone.pk}@erased.invalid", False)
    assert not gone.has_usable_password()
    assert not EmailAddress.objects.filter(user=gone).exists()


def test_erased_person_is_signed_out_and_cannot_sign_in(client, seller, shop):
    client.post("/accounts/login/", {"login": seller.email, "password": PASSWORD})
    assert UserSession.objects.filter(user=seller).count() == 1

    erase_person(user_id=seller.pk)

    assert client.get("/requests/").status_code == 302
    answer = client.post("/accounts/login/", {"login": seller.email, "password": PASSWORD})
    assert answer.status_code == 200


def test_erasing_that_was_interrupted_is_finished_by_the_next_run(leaver, monkeypatch):
    def killed(**kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as fault:
        fault.setattr(erasure, "forget_person", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_person(user_id=leaver.pk)
    erase_person(user_id=leaver.pk)
    erase_person(user_id=leaver.pk)

    assert in_database(*SECRETS, "Sarah Leaver") == set()
    assert list(offenders()) == []


def test_new_person_may_take_the_address(leaver):
    address = leaver.email
    tasks.erase_person.call(leaver.pk)

    assert UserFactory(email=address).pk != leaver.pk


def test_who_merely_looked_on_takes_no_texts_with_him(closed_request, viewer):
    erase_person(user_id=viewer.pk)

    assert PartnerRequest.objects.get(pk=closed_request.pk).erased_at is None
    assert not ShopMember.objects.filter(user=viewer).exists()
