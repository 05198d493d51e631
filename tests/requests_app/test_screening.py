"""Rejections as spam: what they lead to, what they count for, and what staff do about it."""

from datetime import timedelta

import pytest

from accounts import clock
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import AccountMail, Notification
from partners.models import Partner
from requests_app import automatic, holds, rollups, screening, services
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest
from requests_app.slots import PartnerSlot, RequestSlot
from tests.cast import login
from tests.factories import PartnerFactory, make_request, owner_of
from tests.requests_app.test_contacts import FOREIGN, OTHER
from tests.requests_app.test_holds import edited, kinds_of

pytestmark = pytest.mark.once_on_postgresql


def fresh(request):
    return PartnerRequest.objects.get(pk=request.pk)


def says_spam(request, *partners, service=services.reject_share):
    for partner in partners:
        service(share_id=request.shares.get(partner=partner).pk, by=owner_of(partner), reason="spam")


@pytest.fixture
def agencies(db):
    return PartnerFactory.create_batch(4)


@pytest.fixture
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
