"""What ends a share, and who holds the request then."""

from partners import services as partner_services
from requests_app import services, tasks
from requests_app.models import PartnerRequest
from tests.factories import details_of, owner_of


def asked(request):
    """The names of all partners ever asked, in order."""
    return list(request.shares.order_by("id").values_list("partner__name", flat=True))


def live(request):
    return list(request.shares.live().order_by("id").values_list("partner__name", flat=True))


def share_of(request, name):
    return request.shares.select_related("partner").get(partner__name=name)


def reject(share):
    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="no_capacity")


def withdraw(share):
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
    services.withdraw_share(share_id=share.pk, by=owner_of(share.partner), reason="no_capacity")


def suspend(share):
    staff = type(owner_of(share.partner)).objects.create_superuser("desk@example.com")
    partner_services.suspend_partner(partner_id=share.partner_id, by=staff)
    tasks.close_shares_of_suspended_partner.call(share.partner_id)


def fresh(request):
    return PartnerRequest.objects.get(pk=request.pk)


def edit(request, seller, **details):
    services.edit_request(
        request_id=request.pk,
        by=seller,
        version=1,
        details=details_of(**details),
        request_type="refer",
        hide_contact=False,
    )
