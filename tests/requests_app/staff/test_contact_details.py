"""No page of the admin shows contact details, free text or notes, but for the one that opens them on record."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.html import escape

from requests_app import services
from requests_app.conversation import reading
from requests_app.conversation.models import Message, MessageReading
from requests_app.models import Event, PartnerRequest
from requests_app.proposals.models import Proposal, ProposalVersion
from tests.client import text_of
from tests.factories import make_request, owner_of, propose, write_as_partner, write_as_seller
from tests.markup import tree_of
from tests.staff import page
from tests.standing import standing

pytestmark = pytest.mark.once

SECRETS = {
    "subject": "Zebulon Quagmire",
    "contact_email": "zebulon@quagmire.example",
    "location": "Backyard 77, Nowhere-on-Sea",
    "hot_sale_product": "Ointment of Xanthippe",
    "other_details": "Call me on 0999 123456, ask for Zeb",
}
NOTE = "Ring our Mr Thistlewick on 0888 654321"
SAID = ("Is Zeb at the docks on Mondays?", "Zeb is: 0777 555444", "Mail gretchen@thistle.example")
OFFERED = "Streams from Gretchen's barn, 0666 111222"
REASON = "Asked by Mrs Periwinkle on the phone"


@standing
def secret_request(shop, partner, other_agency, other_partner):
    """Edited, so that a version holds secrets too; rejected by one partner with a note."""
    request = make_request(shop, [partner, other_agency], **SECRETS)
    rejected = request.shares.get(partner=other_agency)
    services.reject_share(share_id=rejected.pk, by=other_partner, reason="other", note=NOTE)
    share = request.shares.get(partner=partner)
    write_as_partner(share, SAID[0])
    write_as_seller(share, SAID[1])
    services.accept_share(share_id=share.pk, by=owner_of(partner), version=1, message=SAID[2])
    propose(share, included=OFFERED)
    services.edit_request(
        request_id=request.pk,
        by=owner_of(shop),
        version=1,
        details=request.details() | {"subject": "Zebulon the Second", "budget": 2500},
        request_type="choose",
        hide_contact=False,
    )
    return PartnerRequest.objects.get(pk=request.pk)


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("partnerrequest", "contact_email__startswith"),
        ("partnerrequest", "subject"),
        ("partnerrequest", "versions__location__contains"),
        ("share", "note__contains"),
        ("share", "request__other_details__contains"),
        ("share", "messages__text__contains"),
        ("partnerrequest", "shares__messages__text__contains"),
        ("share", "proposal__versions__included__contains"),
    ],
)
def test_list_cannot_be_asked_for_what_no_page_shows(desk, secret_request, model, lookup):
    response = desk.get(reverse(f"admin:requests_app_{model}_changelist"), {lookup: "Z"})

    assert response.status_code == 400


def pages_of(client, request):
    """Every page of the admin that a request, its shares, its people or its shop stand on."""
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{base}_changelist"))
        yield listed
        for row in listed.context["cl"].result_list:
            yield client.get(reverse(f"{base}_change", args=[row.pk]))
            yield client.get(reverse(f"{base}_history", args=[row.pk]), follow=True)
    yield client.get(reverse("admin:index"))
    yield client.get(reverse("admin:requests_app_partnerrequest_unmatched"))
    for verb in ("refer", "close", "contact"):
        yield client.get(page(request, verb))
    for share in request.shares.all():
        yield client.get(page(share, "close"))


def test_no_page_shows_contact_details_free_text_or_notes(desk, staff, secret_request):
    secrets = [*SECRETS.values(), "Zebulon the Second", NOTE, *SAID, OFFERED]

    seen = list(pages_of(desk, secret_request))

    assert len(seen) > 60
    for response in seen:
        assert response.status_code == 200
        text = response.content.decode()
        assert [secret for secret in secrets if secret in text or escape(secret) in text] == []


def test_page_of_a_closed_request_does_not_show_staffs_reason(desk, staff, secret_request):
    services.close_request(request_id=secret_request.pk, by=staff, staff_reason="other", staff_note=REASON)

    text = desk.get(page(secret_request)).content.decode()

    assert "Closed" in text
    assert REASON not in text


def test_contact_details_are_shown_after_opening_them_on_record(desk, staff, secret_request):
    services.close_request(request_id=secret_request.pk, by=staff, staff_reason="other", staff_note=REASON)

    response = desk.post(page(secret_request, "contact"))

    text = response.content.decode()
    for secret in (*SECRETS.values(), NOTE, REASON):
        assert secret == SECRETS["subject"] or escape(secret) in text
    assert "Zebulon the Second" in text
    assert "no-store" in response["Cache-Control"]
    event = secret_request.events.last()
    assert (event.kind, event.actor, event.by) == (Event.Kind.CONTACT_OPENED, Event.Actor.STAFF, staff)


def test_messages_and_proposals_are_shown_with_who_wrote_them_after_opening_them_on_record(desk, secret_request):
    text = " ".join(text_of(tree_of(desk.post(page(secret_request, "contact")).content.decode())).split())

    who = owner_of(secret_request.shop), secret_request.shares.get(partner__name="Northlight Commerce").partner
    order = ["Conversation with Northlight Commerce"]
    for side, person, said in (
        (who[1].name, owner_of(who[1]), SAID[0]),
        ("Seller", who[0], SAID[1]),
        (who[1].name, owner_of(who[1]), SAID[2]),
        ("Proposal, version 1", owner_of(who[1]), OFFERED),
    ):
        order += [f"{side} · {person} · ", said]
    for piece in order:
        assert piece in text
        text = text.partition(piece)[2]


def test_earlier_messages_are_opened_by_pages_each_on_record(desk, secret_request, monkeypatch):
    monkeypatch.setattr(reading, "STAFF_PAGE", 2)

    newest = desk.post(page(secret_request, "contact"))
    earlier = desk.post(page(secret_request, "contact"), {"before": newest.context["earlier"]})

    def said_on(response):
        return [words.text for _partner, rows in response.context["said"] for words in rows]

    assert said_on(newest) == [*SAID[1:], OFFERED]
    assert 'name="before"' in newest.text
    assert said_on(earlier) == [SAID[0]]
    assert 'name="before"' not in earlier.text
    assert secret_request.events.filter(kind=Event.Kind.CONTACT_OPENED).count() == 2


@pytest.mark.parametrize("typed", [*SAID, OFFERED])
def test_search_does_not_look_into_messages_and_proposals(desk, secret_request, typed):
    for model in ("partnerrequest", "share"):
        listed = desk.get(reverse(f"admin:requests_app_{model}_changelist"), {"q": typed.split()[-1]})

        assert list(listed.context["cl"].result_list) == []


@pytest.mark.parametrize("model", [Message, MessageReading, Proposal, ProposalVersion])
def test_messages_and_proposals_have_no_page_of_their_own(model):
    assert model not in admin.site._registry


def test_confirm_page_of_opening_opens_nothing(desk, secret_request):
    desk.get(page(secret_request, "contact"))

    assert not secret_request.events.filter(kind=Event.Kind.CONTACT_OPENED).exists()
