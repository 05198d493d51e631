"""What a change keeps in line by itself, whatever the verb."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts import clock
from requests_app import services
from requests_app.change import changing, creating
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest
from tests.factories import make_request


def test_staff_who_look_at_a_request_do_not_put_off_its_next_try(shop, staff, time_machine):
    request = make_request(shop)  # nobody fits
    waits_until = PartnerRequest.objects.get().next_try_at
    time_machine.move_to(clock.now() + timedelta(hours=5))

    services.open_contact_as_staff(request_id=request.pk, by=staff)

    assert PartnerRequest.objects.get().next_try_at == waits_until
    assert list(offenders()) == []


def test_closing_a_request_ends_the_search_for_partners(shop, seller):
    request = make_request(shop)

    with changing(request.pk, by=seller, actor=Event.Actor.SELLER) as change:
        change.lock()
        change.close_request("seller")

    closed = PartnerRequest.objects.get()
    assert (closed.seeking, closed.unmatched_since, closed.next_try_at) == (False, None, None)


def test_change_in_which_nothing_happened_saves_nothing(open_request, seller):
    with changing(open_request.pk, by=seller, actor=Event.Actor.SELLER) as change:
        change.request.hide_contact = True

    assert PartnerRequest.objects.get().hide_contact is False


def test_request_that_is_not_finished_is_not_made(shop, seller, details):
    values = {"shop": shop, "form_token": "7b0f4c3e-6a52-4e0e-9a7b-6f0c5d2f4a11", "request_type": "choose", **details}

    with pytest.raises(RuntimeError), transaction.atomic(), creating(by=seller, actor=Event.Actor.SELLER, **values):
        raise RuntimeError

    assert PartnerRequest.objects.count() == 0
