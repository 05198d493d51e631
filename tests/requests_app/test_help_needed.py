"""Which services a request may name, in which order they stand, and what is matched on."""

import pytest
from django.utils import translation

from accounts.exceptions import NotPossible
from requests_app import help_needed, services
from requests_app.models import PartnerRequest
from requests_app.referral import criteria_of
from tests.factories import details_of, make_request

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ([], []),
        (["livestream"], ["livestream"]),
        (["full_service", "ads", "livestream"], ["livestream", "ads", "full_service"]),
        (["ads", "ads", "ads", "ads"], ["ads"]),
    ],
)
def test_services_stand_once_in_the_order_of_the_list(named, kept, shop, partner):
    request = make_request(shop, [partner], services=named, start="month")

    request = PartnerRequest.objects.get(pk=request.pk)
    assert (request.services, request.start) == (kept, "month")
    assert request.versions.get().services == kept
    assert criteria_of(request).services == frozenset(kept)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"services": ["ads", "livestream", "training", "logistics"]}, "at most 3 services. Take one off."),
        ({"services": ["skywriting"]}, "Choose from the list."),
        ({"services": ["ads"] * 3 + [""]}, "Choose from the list."),
        ({"start": "yesterday"}, "Choose from the list when you want to start."),
    ],
)
def test_what_cannot_be_asked_for_is_refused(changes, said, shop, partner, open_request, seller):
    with pytest.raises(NotPossible) as submitted:
        make_request(shop, [partner], **changes)
    with pytest.raises(NotPossible) as edited:
        edit(open_request, seller, **changes)

    assert said in submitted.value.message
    assert said in edited.value.message
    assert PartnerRequest.objects.get().version == 1


def edit(request, by, **changes):
    version = PartnerRequest.objects.get(pk=request.pk).version
    services.edit_request(
        request_id=request.pk, by=by, version=version, details=details_of(**changes), request_type="choose",
        hide_contact=False,
    )  # fmt: skip
    return PartnerRequest.objects.get(pk=request.pk)


def test_edit_of_the_services_begins_the_tries_anew_and_of_the_start_does_not(open_request, seller):
    began = open_request.tries_since

    later = edit(open_request, seller, start="quarter")
    assert (later.version, later.tries_since) == (2, began)
    other = edit(open_request, seller, start="quarter", services=["ads"])
    assert other.version == 3
    assert other.tries_since > began
    assert other.events.last().data == {"version": 3, "changed": ["services"]}


def test_service_that_left_the_list_may_stay_but_cannot_come(open_request, seller):
    PartnerRequest.objects.update(services=["skywriting"])

    assert edit(open_request, seller, services=["skywriting", "ads"]).services == ["ads", "skywriting"]
    assert edit(open_request, seller, services=["ads"]).services == ["ads"]
    with pytest.raises(NotPossible):
        edit(open_request, seller, services=["skywriting"])


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Livestream selling, Advertising and dream"), ("de", "Verkauf per Livestream, Werbung und dream")],
)
def test_services_are_listed_in_the_readers_language(language, text):
    with translation.override(language):
        assert help_needed.services_text(["livestream", "ads", "dream"]).replace(", and", " and") == text
