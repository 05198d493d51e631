"""What pages need that no story of the demo's world has: done once, by the services where these can."""

from uuid import uuid4

from django.db import transaction
from django.test import override_settings

from accounts import clock
from accounts.acting import PARTNER, SHOP
from audit.pages import user_of
from partners.models import Partner, PartnerMember
from requests_app import services
from requests_app.company import services as company
from requests_app.models import PartnerRequest, Shop, ShopMember
from requests_app.request_details import RequestDetails
from requests_app.sign_ins import OIDC, CompanyDomain, CompanySignIn
from requests_app.teams import services as teams
from requests_app.teams.models import HandOver
from requests_app.workflow import Hold


@transaction.atomic
def prepare():
    if HandOver.objects.exists():
        return
    _teams()
    _unconfirmed_request()
    _company_sign_ins()


def _teams():
    """A hand-over is offered in a shop and in a partner, and somebody is invited to the partner too."""
    editor = ShopMember.objects.get(user=user_of("editor"))
    teams.offer_hand_over(kind=SHOP, of_id=editor.shop_id, by=user_of("seller"), member_id=editor.pk)
    reviewer = PartnerMember.objects.get(user=user_of("reviewer"))
    of_partner = {"kind": PARTNER, "of_id": reviewer.partner_id, "by": user_of("partner")}
    teams.offer_hand_over(**of_partner, member_id=reviewer.pk)
    teams.invite(**of_partner, email="new@northlight.example", role="reviewer")


@override_settings(DEMO=False)  # a demo asks for no confirmation
def _unconfirmed_request():
    seller = user_of("seller")
    before = PartnerRequest.objects.visible_to(seller).exclude(erased_at__isnull=False).order_by("-pk").first()
    details = {name: getattr(before, name) for name in RequestDetails.FIELDS} | {"contact_email": "desk@lumen.example"}
    services.submit_request(
        shop=before.shop,
        by=seller,
        form_token=uuid4(),
        details=details,
        request_type=PartnerRequest.Type.REFER,
    )
    assert PartnerRequest.objects.filter(hold=Hold.CONTACT).exists()


def _company_sign_ins():
    """One is in use, with passwords off; the other is not switched on, and its domain not verified."""
    staff, seller = user_of("staff"), user_of("other-seller")
    used, new = (
        CompanySignIn(shop=Shop.objects.visible_to(seller).get()),
        CompanySignIn(partner=Partner.objects.visible_to(user_of("other-partner")).get()),
    )
    for sign_in, name in ((used, "fern"), (new, "harbour")):
        described = {"server_url": f"https://login.{name}.example"}
        company.set_up(
            sign_in=sign_in,
            by=staff,
            name=name.title(),
            protocol=OIDC,
            described=described,
            client_id=name,
            secret="none",
        )
        CompanyDomain.objects.create(sign_in=sign_in, domain=f"{name}.example")
    company.verify_domain(domain_id=CompanyDomain.objects.get(sign_in=used).pk, by=staff)
    company.switch_on(sign_in_id=used.pk, by=staff)
    CompanySignIn.objects.filter(pk=used.pk).update(used_at=clock.now())
    company.choose(sign_in_id=used.pk, by=seller, default_role=ShopMember.Role.VIEWER, password_off=True)
