"""What the tests of the page of a share look for there."""

from django.urls import reverse

from requests_app import services
from requests_app.models import PartnerRequest
from tests.factories import owner_of

CONTACT = ("Ann Whitfield", "ann.whitfield@lumen.example", "Kirkstall Forge")
FREE_TEXT = ("Vitamin C serum", "nobody for livestreams")


def url_of(share, verb="share"):
    return reverse(f"portal:{verb}", args=[share.reference])


def edit(share, **changes):
    request = PartnerRequest.objects.get(pk=share.request_id)
    return services.edit_request(
        request_id=request.pk,
        by=owner_of(request.shop),
        version=request.version,
        details=request.details() | changes,
        request_type=request.request_type,
        hide_contact=request.hide_contact,
    )
