"""Rejections as spam: what they lead to, what they count for, and what staff do about it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.template.loader import render_to_string

from accounts import clock, outbox
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import AccountMail, Notification
from partners.models import Partner
from requests_app import automatic, holds, rollups, screening, services
from requests_app.integrity.invariants import offenders, verdicts_have_led_to_holds
from requests_app.models import PartnerRequest
from requests_app.slots import PartnerSlot, RequestSlot
from requests_app.timers import run_timers
from requests_app.visibility import contact_details
from tests.cast import login
from tests.factories import PartnerFactory, UserFactory, add_to_shop, lapse, make_request, owner_of
from tests.mailboxes import mails_sent
from tests.requests_app.confirming import FOREIGN, OTHER
from tests.requests_app.test_holds import edited, kinds_of
from tests.standing import standing

pytestmark = pytest.mark.once_on_postgresql


def fresh(request):
    return PartnerRequest.objects.get(pk=request.pk)


def says_spam(request, *partners, service=services.reject_share):
    for partner in partners:
        service(share_id=request.shares.get(partner=partner).pk, by=owner_of(partner), reason="spam")


@standing
def agencies(db):
    return PartnerFactory.create_batch(4)


@standing
def taken_for_spam(shop, agencies):
    """A request to four partners, two of which rejected it as spam."""
    request = make_request(shop, agencies)
    says_spam(request, *agencies[:2])
    return fresh(request)


def test_two_partners_put_it_on_hold_and_one_does_not(shop, agencies, seller):
    request = make_request(shop, agencies[:3])
    says_spam(request, agencies[0])
    one = fresh(request).hold

    says_spam(request, agencies[1])
    two = fresh(request)

    assert (one, two.hold, two.headline) == ("", "screening", "reviewing")
    assert two.shares.get(partner=agencies[2]).status == "reviewing"
    assert kinds_of(request)[-2:] == ["rejected", "held"]
    event = request.events.get(kind="held")
    assert (event.actor, event.by, event.share) == ("platform", None, None)
    assert Notification.objects.filter(template="held_for_seller").get().user == seller
    assert list(offenders()) == []


def test_acceptance_taken_back_as_spam_is_a_verdict_too(shop, agencies):
    request = make_request(shop, agencies[:2])
    share = request.shares.get(partner=agencies[0])
    services.accept_share(share_id=share.pk, by=owner_of(agencies[0]), version=1)

    says_spam(request, agencies[0], service=services.withdraw_share)
    says_spam(request, agencies[1])

    assert fresh(request).hold == "screening"
    assert list(offenders()) == []


def test_other_rejections_hold_nothing(shop, agencies):
    request = make_request(shop, agencies)
    for partner in agencies[:3]:
        services.reject_share(
            share_id=request.shares.get(partner=partner).pk, by=owner_of(partner), reason="information"
        )

    assert fresh(request).hold == ""


def test_rejection_as_spam_has_no_successor(shop):
    PartnerFactory.create_batch(6)
    request = make_request(shop)
    first, second, _third = (share.partner for share in request.shares.order_by("pk"))

    says_spam(request, first)
    after_spam = request.shares.count()
    services.reject_share(share_id=request.shares.get(partner=second).pk, by=owner_of(second), reason="budget")

    assert (after_spam, request.shares.count()) == (3, 4)  # the place of the first stays empty, the second's does not
    assert list(offenders()) == []


def test_places_that_stood_empty_at_a_rejection_as_spam_stay_empty(client, shop, seller):
    """Partners that are free by now are not asked by the timers, nor after an edit of something else."""
    first = PartnerFactory()
    request = make_request(shop)
    PartnerFactory.create_batch(3)
    before = fresh(request).seeking

    says_spam(request, first)
    run_timers()
    with clock.at(clock.now() + timedelta(days=2)):
        run_timers()
        page = login(client, seller).get(request.get_absolute_url()).text
        edited(fresh(request), seller, other_details="Any time")
    after = fresh(request)

    assert (before, after.seeking, after.next_try_at, after.headline) == (True, False, None, "rejected")
    assert request.shares.count() == 1
    assert "We refer nobody else for the request as it is." in page
    assert list(offenders()) == []


def test_seller_is_told_that_nobody_else_is_asked_after_the_last_rejection_as_spam(shop, seller):
    PartnerFactory()
    request = make_request(shop)
    outbox.deliver.call()

    says_spam(request, request.shares.get().partner)
    outbox.deliver.call()

    text = " ".join(mails_sent()[-1].body.split())
    assert (fresh(request).unmatched_since, fresh(request).headline) == (None, "rejected")
    assert "refers nobody else for the request as it is" in text
    assert "then we begin anew" in text


def test_edit_of_what_is_matched_on_begins_anew_after_a_rejection_as_spam(shop, seller):
    first = PartnerFactory()
    request = make_request(shop)
    PartnerFactory.create_batch(3)
    says_spam(request, first)

    with clock.at(clock.now() + timedelta(hours=1)):
        edited(fresh(request), seller, budget=request.budget * 2)

    assert request.shares.count() == 4


def test_spam_frees_the_load_and_counts_into_no_figure(shop, agencies):
    request = make_request(shop, agencies[:1])
    says_spam(request, agencies[0])

    partner = Partner.objects.get(pk=agencies[0].pk)
    rollups.count()
    assert (partner.load, partner.shares_answered, partner.shares_unanswered) == (0, 0, 0)
    assert (partner.answer_minutes, PartnerSlot.objects.count()) == ([], 0)
    slot = RequestSlot.objects.get()
    assert (slot.received, slot.answered) == (1, 0)
    assert list(offenders()) == []


def test_staff_release_it_with_a_reason_that_the_seller_reads(client, taken_for_spam, staff, seller, other_agency):
    edited(taken_for_spam, seller, picks=[other_agency])

    holds.release_request(request_id=taken_for_spam.pk, by=staff, reason="corrected")

    after = fresh(taken_for_spam)
    assert (after.hold, after.shares.get(partner=other_agency).status) == ("", "reviewing")
    event = after.events.get(kind="released")
    assert (event.actor, event.by, event.data) == (
        "staff", staff, {"hold": "screening", "missed": 0, "reason": "corrected"},
    )  # fmt: skip
    assert Notification.objects.filter(user=seller, template="released_for_seller").count() == 1
    assert "You changed what could be misunderstood" in login(client, seller).get(after.get_absolute_url()).text
    assert list(offenders()) == []


def test_released_request_that_refers_begins_anew(shop, staff):
    PartnerFactory.create_batch(6)
    request = make_request(shop)
    says_spam(request, *(share.partner for share in request.shares.order_by("pk")[:2]))
    with clock.at(clock.now() + timedelta(hours=1)):
        holds.release_request(request_id=request.pk, by=staff, reason="genuine")

        assert request.shares.count() == 5
        assert fresh(request).automatic_referrals == 2
        assert list(offenders()) == []


def test_two_further_verdicts_hold_it_again_and_one_does_not(taken_for_spam, agencies, staff):
    with clock.at(clock.now() + timedelta(hours=1)):
        holds.release_request(request_id=taken_for_spam.pk, by=staff, reason="genuine")
    with clock.at(clock.now() + timedelta(hours=2)):
        says_spam(taken_for_spam, agencies[2])
        third = fresh(taken_for_spam).hold
        says_spam(taken_for_spam, agencies[3])

        assert (third, fresh(taken_for_spam).hold) == ("", "screening")
        assert kinds_of(taken_for_spam).count("held") == 2
        assert list(offenders()) == []


def test_further_verdicts_while_it_is_held_change_nothing(taken_for_spam, agencies):
    says_spam(taken_for_spam, agencies[2])

    assert kinds_of(taken_for_spam).count("held") == 1


def test_upgrade_takes_earlier_rejections_as_spam_out_of_the_answers(taken_for_spam, agencies):
    """They were counted when they were made, and led to no hold."""
    before, after = agencies[0], agencies[2]
    PartnerRequest.objects.filter(pk=taken_for_spam.pk).update(hold="", held_since=None)
    Partner.objects.filter(pk__in=[agency.pk for agency in agencies]).update(shares_answered=1)
    migration = import_module("requests_app.migrations.0037_spam_counts_no_more")

    for _time in range(2):
        migration.recount(apps, None)
        migration.begin_anew(apps, None)

    assert Partner.objects.get(pk=before.pk).shares_answered == 0
    assert Partner.objects.get(pk=after.pk).shares_answered == 1  # it rejected nothing as spam, and is left alone
    assert list(verdicts_have_led_to_holds()) == []
    says_spam(taken_for_spam, agencies[2])
    assert fresh(taken_for_spam).hold == ""


def test_only_staff_with_the_permission_release(taken_for_spam, clerk, seller):
    for person in (clerk, seller):
        with pytest.raises(NotAllowed):
            holds.release_request(request_id=taken_for_spam.pk, by=person, reason="genuine")


def test_what_is_not_held_for_staff_is_not_released_by_them(shop, staff, partner):
    request = make_request(shop, [partner], contact_email=FOREIGN, confirmed=False)

    with pytest.raises(NotPossible, match="does not wait for staff"):
        holds.release_request(request_id=request.pk, by=staff, reason="genuine")


def test_released_with_an_address_that_is_not_confirmed_it_waits_for_that(taken_for_spam, staff, seller, other_agency):
    held = edited(taken_for_spam, seller, contact_email=FOREIGN, picks=[other_agency])
    while_screened = held.hold, AccountMail.objects.filter(to=FOREIGN).count()

    holds.release_request(request_id=held.pk, by=staff, reason="genuine")

    after = fresh(held)
    assert (while_screened, after.hold, after.held_picks) == (("screening", 1), "contact", [other_agency.pk])
    assert after.confirmed_email == taken_for_spam.contact_email
    mail = AccountMail.objects.filter(to=FOREIGN).latest("pk")
    assert (mail.user, mail.context["person"]) == (None, "")  # staff gave no address
    assert list(offenders()) == []


def test_seller_reads_staffs_reason_where_it_still_waits_for_its_address(desk, taken_for_spam, seller, mailoutbox):
    held = edited(taken_for_spam, seller, contact_email=FOREIGN)
    outbox.deliver.call()
    mailoutbox.clear()

    url = f"/admin/requests_app/partnerrequest/{held.pk}/release/"
    page = desk.post(url, {"reason": "genuine"}, follow=True).text
    outbox.deliver.call()

    [text] = [" ".join(sent.body.split()) for sent in mailoutbox if sent.to == [seller.email]]
    assert "It stays on hold until its contact email is confirmed." in page
    assert "Our staff have looked at your request. Their reason to release it: " in text
    assert not seller.notifications.filter(template="released_for_seller").exists()


def test_address_that_is_confirmed_while_staff_look_at_it_is_read_from_then_on(shop, taken_for_spam, seller, agencies):
    edited(taken_for_spam, seller, contact_email=FOREIGN)
    add_to_shop(shop, UserFactory(email=FOREIGN), "viewer")

    run_timers()

    after = fresh(taken_for_spam)
    share = after.shares.get(partner=agencies[2])
    assert (after.hold, after.confirmed_email) == ("screening", "")
    assert contact_details(owner_of(agencies[2]), share).contact_email == FOREIGN
    assert list(offenders()) == []


def test_no_answer_to_a_held_request_does_not_ask_to_choose_others(taken_for_spam, agencies, seller):
    for partner in agencies[2:]:
        lapse(taken_for_spam.shares.get(partner=partner))
    row = seller.notifications.filter(template="no_response_for_seller").latest("pk")

    text = " ".join(
        render_to_string("emails/no_response_for_seller.html#then", row.context | {"platform": "P"}).split()
    )

    assert text.startswith("The request is on hold: nobody else is asked for now.")


def test_release_waits_for_no_address_that_was_never_asked_to_confirm(taken_for_spam, staff, seller):
    """A colleague verified it and left since; or the request is older than the asking."""
    PartnerRequest.objects.filter(pk=taken_for_spam.pk).update(contact_email=FOREIGN)
    taken_for_spam.versions.update(contact_email=FOREIGN)

    holds.release_request(request_id=taken_for_spam.pk, by=staff, reason="genuine")

    assert (fresh(taken_for_spam).hold, AccountMail.objects.count()) == ("", 0)


def test_staff_close_it_with_a_reason_that_the_seller_reads(client, taken_for_spam, staff, seller):
    services.close_request(
        request_id=taken_for_spam.pk, by=staff, staff_note="Same text in nine shops", staff_reason="not_genuine"
    )

    page = login(client, seller).get(taken_for_spam.get_absolute_url()).text
    assert "It does not ask partners for help" in page
    assert "nine shops" not in page
    context = Notification.objects.get(user=seller, template="request_closed_for_seller").context
    assert (context["closed_by"], context["stated"]) == ("staff", "not_genuine")
    assert fresh(taken_for_spam).hold == ""


def test_seller_reads_that_staff_look_at_it_and_whom_to_write_to(client, taken_for_spam, seller, settings):
    settings.SUPPORT_EMAIL = "desk@programme.example"

    page = " ".join(login(client, seller).get(taken_for_spam.get_absolute_url()).text.split())

    assert "On hold: our staff look at it" in page
    assert "They may write to you" in page
    assert 'href="mailto:desk@programme.example"' in page


def test_page_promises_that_another_address_lets_it_go_on_only_where_staff_do_not_look_at_it(
    client, taken_for_spam, seller, shop, other_agency
):
    waiting = make_request(shop, [other_agency], contact_email=OTHER, confirmed=False)
    edited(taken_for_spam, seller, contact_email=FOREIGN)
    login(client, seller)

    pages = [client.get(request.get_absolute_url()).text for request in (waiting, taken_for_spam)]

    assert ["Give another address" in page for page in pages] == [True, True]
    assert ["goes on at once" in page for page in pages] == [True, False]


def test_request_again_of_a_held_and_closed_one_is_an_ordinary_request(client, taken_for_spam, seller, other_agency):
    services.close_request(request_id=taken_for_spam.pk, by=seller)
    form = login(client, seller).get(f"/requests/new/?again={taken_for_spam.reference}")

    again = make_request(taken_for_spam.shop, [other_agency])

    assert form.status_code == 200
    assert (again.hold, again.headline) == ("", "reviewing")


def test_desk_counts_what_waits_for_staff_and_leads_to_it(desk, taken_for_spam, shop, other_agency):
    other = make_request(shop, [other_agency], contact_email=OTHER, confirmed=False)  # waits for its contact
    page = desk.get("/admin/").text
    listed = desk.get("/admin/requests_app/partnerrequest/?hold__exact=screening").text

    assert "Requests on hold" in page
    assert "The first of them was put on hold" in page
    assert taken_for_spam.reference in listed
    assert other.reference not in listed


def test_staff_release_on_its_page(desk, taken_for_spam):
    url = f"/admin/requests_app/partnerrequest/{taken_for_spam.pk}/release/"
    page = desk.get(url).text
    without = desk.post(url, {})

    desk.post(url, {"reason": "genuine"})

    assert "Two further partners that reject it as spam" in page
    assert "Choose what the seller is to read." in without.text
    assert fresh(taken_for_spam).hold == ""


def test_shop_page_says_what_was_taken_for_spam(desk, taken_for_spam, shop, other_shop):
    page = desk.get(f"/admin/requests_app/shop/{shop.pk}/change/").text
    other = desk.get(f"/admin/requests_app/shop/{other_shop.pk}/change/").text

    assert screening.of_shop(shop) == {"verdicts": 2, "requests": 1, "holds": 1, "now": 1}
    assert "2 rejections as spam, of 1 requests." in page
    assert "No partner has rejected a request of this shop as spam." in other


def test_partner_never_reads_that_a_request_is_on_hold(client, taken_for_spam, agencies):
    share = taken_for_spam.shares.get(partner=agencies[2])
    page = login(client, owner_of(agencies[2])).get(share.get_absolute_url()).text

    assert "on hold" not in page.lower()


def test_held_request_of_a_shop_that_loses_its_owner_is_closed(taken_for_spam, seller):
    automatic.close_request_without_owner(request_id=taken_for_spam.pk, by=seller, actor="seller")

    assert (fresh(taken_for_spam).status, fresh(taken_for_spam).hold) == ("closed", "")
    assert list(offenders()) == []
