"""A partner's proposal: the form and what it refuses, its page, versions, and withdrawing."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from accounts import outbox
from accounts.models import Notification
from partners.choices import Currency
from partners.models import Partner
from requests_app import services
from requests_app.models import PartnerRequest, Share
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.proposals.services import withdraw_proposal
from tests.cast import login
from tests.factories import propose, write_as_partner
from tests.queries import FRAME, counted
from tests.requests_app.portal.shares import edit, url_of
from tests.requests_app.portal.talks import day_in, typed

pytestmark = pytest.mark.once


@pytest.fixture
def reader(client, reviewer):
    return login(client, reviewer)


@pytest.fixture
def sent(reader, accepted_share):
    """`sent(amount="0")`: the answer to the form with these values."""
    return lambda **changes: reader.post(url_of(accepted_share, "propose"), typed(**changes), follow=True)


def newest():
    return ProposalVersion.objects.latest("pk")


def test_form_begins_with_what_the_request_asks_for(reader, accepted_share):
    edit(accepted_share, services=["training", "ads"])

    form = reader.get(url_of(accepted_share, "propose")).context["form"]

    assert sorted(form["services"].value()) == ["ads", "training"]
    assert {"ads", "training"} <= {code for code, _label in form.fields["services"].choices}
    assert f"{form['valid_until'].value():%Y-%m-%d}" == day_in(14)
    assert form["price"].value() == "monthly"
    assert "GBP" in str(form.fields["amount"].help_text)


def test_proposal_is_sent_and_shown(sent, accepted_share, reviewer):
    shown = sent().text

    version = newest()
    assert "Your proposal is sent. The seller is told." in shown
    for text in ("Your proposal", "£1,800 a month", "Three streams a week", "3 months", "Version 1, Rita Reviewer"):
        assert text in shown
    assert version.amount == Decimal(1800)
    assert version.created_by == reviewer
    assert "Change proposal" in shown
    assert f'href="{url_of(accepted_share, "withdraw_proposal")}"' in shown


def test_proposal_holds_to_the_end_of_its_day_where_the_reader_is(reader, reviewer, accepted_share):
    reviewer.time_zone = "Asia/Tokyo"
    reviewer.save()
    with time_machine.travel("2026-12-02T20:00Z"):  # the 3rd in Tokyo
        login(reader, reviewer)
        reader.post(url_of(accepted_share, "propose"), typed(valid_until="2026-12-03", starts_on="2026-12-03"))

    assert newest().valid_until == datetime(2026, 12, 3, 23, 59, 59, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York", "UTC"])
def test_proposal_is_mailed_whatever_the_zone_of_who_sends_it(zone, reader, reviewer, accepted_share, seller):
    reviewer.time_zone = zone
    reviewer.save()
    login(reader, reviewer)
    outbox.deliver.call()
    mail.outbox.clear()

    for changes in ({}, {"seen": "1", "amount": "1,700"}):
        reader.post(url_of(accepted_share, "propose"), typed(**changes))
        outbox.deliver.call()

    subjects = [sent.subject.partition(" (")[0] for sent in mail.outbox if sent.to == [seller.email]]
    name = accepted_share.partner.name
    assert subjects == [f"{name} sent you a proposal", f"{name} changed its proposal"]
    told = Notification.objects.filter(template="proposed_for_seller")
    assert {said["until"] for said in told.values_list("context", flat=True)} == {
        newest().valid_until.astimezone(UTC).isoformat()
    }


def test_proposal_that_ended_today_may_be_sent_again_for_today(reader, reviewer, accepted_share):
    with time_machine.travel("2026-12-02T12:00Z", tick=False) as moment:
        propose(accepted_share, valid_until=datetime(2026, 12, 3, 9, 0, tzinfo=UTC))
        moment.move_to("2026-12-03T10:00Z")
        login(reader, reviewer)
        values = typed(valid_until="2026-12-03", seen="1", amount="1,700")
        shown = reader.post(url_of(accepted_share, "propose"), values, follow=True).text

    assert "Your proposal is sent." in shown
    assert (newest().number, newest().valid_until) == (2, datetime(2026, 12, 3, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize("percent", ["12.5", "12,5", "12,50 %", "１２.5"])
def test_commission_is_read_as_people_write_it(percent, sent):
    shown = sent(price="commission", amount="left over", percent=percent).text

    assert newest().percent == Decimal("12.5")
    assert newest().amount is None
    assert "12.5% of sales" in shown


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"services": None}, "services", "Choose at least one service."),
        ({"services": ["alchemy"]}, "services", "Select a valid choice. alchemy is not one of the available choices."),
        ({"price": "barter"}, "price", "Select a valid choice. barter is not one of the available choices."),
        ({"amount": ""}, "amount", "Enter the amount."),
        ({"amount": "0"}, "amount", "Enter an amount above 0."),
        ({"amount": "-5"}, "amount", "Enter an amount of 0 or more."),
        ({"amount": "10.9999"}, "amount", "Enter at most two decimals."),
        ({"price": "once", "amount": "$5"}, "amount", "You wrote “$”, but the currency is GBP."),
        ({"price": "commission"}, "percent", "Enter the per cent of sales."),
        ({"price": "commission", "percent": "0"}, "percent", "Enter a figure above 0 and not above 100."),
        ({"price": "commission", "percent": "101"}, "percent", "Enter a figure above 0 and not above 100."),
        ({"price": "commission", "percent": "12.345"}, "percent", "Enter at most two decimals."),
        ({"price": "commission", "percent": "NaN"}, "percent", "Enter one figure in digits, like 12.5."),
        ({"included": "x" * 501}, "included", "at most 500 characters"),
        ({"included": "a\0b"}, "included", "Null characters are not allowed."),
        ({"starts_on": "2020-01-01"}, "starts_on", "Enter today or a later day."),
        ({"starts_on": "9999-12-31"}, "starts_on", "Enter a day within the next two years."),
        ({"months": "61"}, "months", "a whole number of months"),
        ({"months": "-1"}, "months", "a whole number of months"),
        ({"valid_until": "2020-01-01"}, "valid_until", "The proposal would have ended already."),
        ({"valid_until": "9999-12-31"}, "valid_until", "Enter a day within the next 180 days."),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(changes, field, said, sent):
    answer = sent(**changes)

    assert list(answer.context["form"].errors) == [field]
    assert said in answer.context["form"].errors[field][0]
    assert "Three streams a week" in answer.text or "included" in changes
    assert not Proposal.objects.exists()


def test_amount_is_echoed_as_it_is_read(reader, accepted_share):
    shown = reader.post(url_of(accepted_share, "propose"), typed(services=None, amount="1,800")).text
    asked = {"amount": "1,800", "currency": "GBP"}

    assert ">£1,800</output>" in shown
    assert reader.post(reverse("partners:amount"), asked | {"once": "on"}).text == "£1,800"
    assert reader.post(reverse("partners:amount"), asked).text == "£1,800 a month"


def test_odd_text_is_kept_and_drawn_as_text(sent):
    shown = sent(included="<b>bold</b> be\u202efore " + "😀" * 200).text

    assert "&lt;b&gt;bold&lt;/b&gt; before " + "😀" * 200 in shown


def test_amount_in_a_currency_that_the_seller_left_is_typed_anew(sent, accepted_share):
    edit(accepted_share, currency="EUR")

    refused = sent()
    accepted = sent(amount="2,000", currency=refused.context["form"].in_currency)

    said = "The seller changed the currency from GBP to EUR. Enter the amount in EUR."
    assert refused.context["form"].errors == {"amount": [said]}
    assert "€2,000 a month" in accepted.text


def test_withdrawn_currency_is_said_before_and_after_typing(sent, reader, accepted_share, monkeypatch):
    PartnerRequest.objects.filter(pk=accepted_share.request_id).update(currency="XAU")

    opened = reader.get(url_of(accepted_share, "propose")).text
    refused = sent(price="commission", percent="10", currency="XAU").text

    assert "XAU" not in Currency.values
    assert "The request is in XAU, which is not in use here any more." in opened
    assert 'name="included"' not in opened
    assert "The request’s currency is not in use here any more." in refused
    assert "Three streams a week" in refused
    assert not Proposal.objects.exists()


def test_double_click_is_one_version(sent):
    for _click in range(2):
        shown = sent().text

    assert "Your proposal is sent." in shown
    assert ProposalVersion.objects.count() == 1


def test_change_shows_each_version_and_what_it_changed(sent, accepted_share):
    propose(accepted_share)

    shown = sent(amount="1,650", seen="1", included="Three streams a week, with our own hosts.").text

    assert newest().number == 2
    assert "2 versions" in shown
    assert '<del dir="auto">£1,800 a month</del>' in shown
    assert "Proposal changed, version 2" in shown


def test_version_that_a_colleague_saved_meanwhile_is_shown_and_what_was_typed_stays(sent, accepted_share):
    propose(accepted_share, amount=Decimal("1750.00"))

    refused = sent(seen="0", amount="1,600")
    seen = refused.context["form"]["seen"].value()
    again = sent(seen=seen, amount="1,600").text

    assert "This proposal was changed since you opened it." in refused.text
    assert "What it says now" in refused.text
    assert "£1,750 a month" in refused.text
    assert refused.context["form"]["amount"].value() == "1,600"
    assert seen == "1"
    assert "£1,600 a month" in again


@pytest.mark.parametrize("how", ["closed", "connected", "suspended"])
def test_proposal_that_crosses_another_act_comes_back_as_text(how, sent, accepted_share, seller, partner):
    if how == "closed":
        services.close_share(share_id=accepted_share.pk, by=seller)
    elif how == "connected":
        services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"ads": "view"}, days=30)
    else:
        Partner.objects.filter(pk=partner.pk).update(status="suspended")

    answer = sent(amount="1,700")

    assert "Your proposal was not sent" in answer.text
    for line in ("Services: Livestream selling", "Price: Monthly fee", "Amount: 1,700", "Three streams a week"):
        assert line in answer.context["unsent"]["text"]
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("who", ["partner_viewer", "other_partner", "seller"])
@pytest.mark.parametrize("verb", ["propose", "withdraw_proposal"])
def test_others_write_none(who, verb, client, accepted_share, request, other_agency):
    propose(accepted_share)
    login(client, request.getfixturevalue(who))

    answer = client.get(url_of(accepted_share, verb), follow=True)

    assert answer.status_code == (200 if who == "partner_viewer" else 404)
    assert who != "partner_viewer" or "Only an owner or reviewer of the partner can do this." in answer.text
    assert who != "partner_viewer" or "£1,800 a month" in answer.text  # a viewer reads it


def test_request_that_is_reviewed_takes_none(reader, share):
    answer = reader.get(url_of(share, "propose"), follow=True)

    assert "It is “Partner reviewing” now, so this is not possible any more." in answer.text


# Withdrawing


def test_withdrawn_proposal_says_so_and_another_may_follow(reader, accepted_share):
    propose(accepted_share)
    asked = reader.get(url_of(accepted_share, "withdraw_proposal")).text

    sent = re.findall(r'name="seen" value="(\d*)"', asked)
    shown = reader.post(url_of(accepted_share, "withdraw_proposal"), {"seen": sent}, follow=True).text

    assert sent == ["1"]
    assert "Withdraw your proposal for Lumen Skincare?" in asked
    assert "You withdrew your proposal. The seller is told." in shown
    assert "You took it back. The seller cannot choose it." in shown
    assert "Write a new proposal" in shown
    assert Proposal.objects.get().status == "withdrawn"


def test_version_that_was_not_seen_is_not_withdrawn(reader, accepted_share):
    propose(accepted_share)
    propose(accepted_share, seen=1, amount=Decimal("1700.00"))

    shown = reader.post(url_of(accepted_share, "withdraw_proposal"), {"seen": "1"}, follow=True).text

    assert "This proposal was changed since you opened it." in shown
    assert Proposal.objects.get().status == "sent"


def test_double_click_on_withdrawing_leads_back_without_a_word(reader, accepted_share):
    propose(accepted_share)
    reader.post(url_of(accepted_share, "withdraw_proposal"), {"seen": "1"}, follow=True)

    shown = reader.post(url_of(accepted_share, "withdraw_proposal"), {"seen": "1"}, follow=True)

    assert shown.redirect_chain == [(url_of(accepted_share), 302)]
    assert list(shown.context["messages"]) == []
    assert "You took it back. The seller cannot choose it." in shown.text


@pytest.mark.parametrize("way", ["get", "post"])
def test_withdrawing_what_ended_says_how_it_stands(way, reader, accepted_share, partner_owner):
    propose(accepted_share)
    propose(accepted_share, seen=1, amount=Decimal("1700.00"))
    withdraw_proposal(share_id=accepted_share.pk, by=partner_owner, seen=2)

    shown = getattr(reader, way)(url_of(accepted_share, "withdraw_proposal"), {"seen": "1"}, follow=True).text

    assert "Your proposal is “Withdrawn” now, so it cannot be withdrawn." in shown


def test_there_is_nothing_to_withdraw_where_none_was_sent(reader, accepted_share):
    shown = reader.get(url_of(accepted_share, "withdraw_proposal"), follow=True).text

    assert "You have not sent a proposal, so there is none to withdraw." in shown


# Its end


def test_expired_proposal_says_so_without_a_timer(reader, reviewer, accepted_share):
    with time_machine.travel("2026-12-02T12:00Z", tick=False) as moment:
        propose(accepted_share)
        moment.move_to("2026-12-20T12:00Z")
        shown = login(reader, reviewer).get(url_of(accepted_share)).text

    assert "It is not valid any more. The seller cannot choose it." in shown
    assert "Write a new proposal" in shown
    assert f'href="{url_of(accepted_share, "withdraw_proposal")}"' not in shown


def test_chosen_proposal_says_which_version_and_leaves_with_the_share(reader, accepted_share, seller):
    propose(accepted_share)
    chosen = {"areas": {"ads": "view"}, "days": 30, "proposal": 1}
    services.authorise_share(share_id=accepted_share.pk, by=seller, **chosen)
    connected = reader.get(url_of(accepted_share)).text
    services.close_share(share_id=accepted_share.pk, by=seller)
    closed = reader.get(url_of(accepted_share)).text

    assert "The seller chose version 1 of it and authorised you." in connected
    assert "On version 1 of your proposal" in connected
    assert "£1,800 a month" not in closed
    assert "Three streams a week" not in closed


@pytest.mark.parametrize("versions", [1, 8])
def test_page_takes_the_same_queries_for_any_number_of_versions(versions, reader, accepted_share):
    write_as_partner(accepted_share)
    for number in range(versions):
        propose(accepted_share, seen=number, amount=Decimal(2000 - number))
    reader.get(url_of(accepted_share))

    with counted() as statements:
        reader.get(url_of(accepted_share))

    assert len(statements) == FRAME + 14
    assert Share.objects.get(pk=accepted_share.pk).proposal.number == versions


def test_proposal_that_was_passed_over_says_so(reader, seller, accepted_share):
    propose(accepted_share)
    services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"ads": "view"}, days=30)

    card = reader.get(accepted_share.get_absolute_url()).context["proposal"]

    assert (str(card["state"].label), str(card["text"])) == (
        "Was not chosen",
        "The seller authorised you without it.",
    )
