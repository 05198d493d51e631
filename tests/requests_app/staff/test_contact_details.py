"""No page of the admin shows contact details, free text or notes, but for the one that opens them on record."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.html import escape

from requests_app import services
from requests_app.models import Event, PartnerRequest
from tests.factories import make_request, owner_of
from tests.staff import page

pytestmark = pytest.mark.once

SECRETS = {
    "subject": "Zebulon Quagmire",
    "contact_email": "zebulon@quagmire.example",
    "location": "Backyard 77, Nowhere-on-Sea",
    "hot_sale_product": "Ointment of Xanthippe",
    "other_details": "Call me on 0999 123456, ask for Zeb",
}
NOTE = "Ring our Mr Thistlewick on 0888 654321"
REASON = "Asked by Mrs Periwinkle on the phone"


@pytest.fixture
def secret_request(shop, partner, other_agency, other_partner):
    """Edited, so that a version holds secrets too; rejected by one partner with a note."""
    request = make_request(shop, [partner, other_agency], **SECRETS)
    rejected = request.shares.get(partner=other_agency)
    services.reject_share(share_id=rejected.pk, by=other_partner, reason="other", note=NOTE)
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
    secrets = [*SECRETS.values(), "Zebulon the Second", NOTE]

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


def test_confirm_page_of_opening_opens_nothing(desk, secret_request):
    desk.get(page(secret_request, "contact"))

    assert not secret_request.events.filter(kind=Event.Kind.CONTACT_OPENED).exists()
