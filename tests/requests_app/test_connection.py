"""Authorising a partner: what is granted, renewed, revoked, and what happens to the others."""

from datetime import timedelta

import pytest
import time_machine

from accounts import clock
from accounts.exceptions import NotPossible
from accounts.models import Notification
from requests_app import services
from requests_app.authorisations import Authorisation
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from tests.factories import PartnerFactory, make_request, owner_of

pytestmark = pytest.mark.once_on_postgresql


def authorisations(share):
    found = share.authorisations.order_by("id")
    return [(a.areas, a.days, a.end_reason) for a in found]


def test_authorise_connects_and_grants_the_areas_for_the_days(accepted_share, seller):
    services.authorise_share(
        share_id=accepted_share.pk, by=seller, areas={"products": "manage", "ads": "view"}, days=90
    )

    share = Share.objects.get()
    granted = share.authorisations.get()
    assert (share.status, share.request.headline, share.partner.load) == ("connected", "connected", 0)
    assert (granted.areas, granted.granted_by) == ({"products": "manage", "ads": "view"}, seller)
    assert granted.ends_at - granted.granted_at == timedelta(days=90)
    assert granted.ended_at is None
    assert Event.objects.last().data == {"areas": {"products": "manage", "ads": "view"}, "days": 90}
    assert list(offenders()) == []


@pytest.mark.parametrize("close_others", [True, False])
def test_authorise_closes_the_other_shares_where_asked(close_others, shop, seller):
    chosen, reviewing, accepted, rejected = PartnerFactory.create_batch(4)
    request = make_request(shop, [chosen, reviewing, accepted, rejected])
    of = {share.partner: share.pk for share in request.shares.all()}
    for partner in (chosen, accepted):
        services.accept_share(share_id=of[partner], by=owner_of(partner), version=1)
    services.reject_share(share_id=of[rejected], by=owner_of(rejected), reason="spam")

    services.authorise_share(share_id=of[chosen], by=seller, areas={"ads": "view"}, days=30, close_others=close_others)

    statuses = [Share.objects.get(pk=of[p]).status for p in (chosen, reviewing, accepted, rejected)]
    loads = [type(p).objects.get(pk=p.pk).load for p in (chosen, reviewing, accepted, rejected)]
    closed = "closed" if close_others else None
    assert statuses == ["connected", closed or "reviewing", closed or "accepted", "rejected"]
    assert loads == ([0, 0, 0, 0] if close_others else [0, 1, 1, 0])
    assert list(offenders()) == []


def test_authorise_that_closes_others_ends_their_authorisations_and_tells_them(shop, seller):
    first, second = PartnerFactory.create_batch(2)
    request = make_request(shop, [first, second])
    of = {share.partner: share.pk for share in request.shares.all()}
    for partner in (first, second):
        services.accept_share(share_id=of[partner], by=owner_of(partner), version=1)
    services.authorise_share(share_id=of[first], by=seller, areas={"ads": "view"}, days=30)

    services.authorise_share(share_id=of[second], by=seller, areas={"ads": "view"}, days=30, close_others=True)

    assert authorisations(Share.objects.get(pk=of[first])) == [({"ads": "view"}, 30, "closed")]
    told = owner_of(first).notifications.order_by("-id").first()
    assert (told.template, told.context["reason"]) == ("share_closed_for_partner", "seller")
    assert list(offenders()) == []


def test_several_partners_may_be_connected_at_once(shop, seller):
    partners = PartnerFactory.create_batch(2)
    request = make_request(shop, partners)
    for share in request.shares.all():
        services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
        services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30)

    assert set(request.shares.values_list("status", flat=True)) == {"connected"}
    assert Authorisation.objects.filter(ended_at=None).count() == 2


def test_renew_replaces_the_authorisation(connected_share, seller):
    services.renew_share(share_id=connected_share.pk, by=seller, areas={"orders": "view"}, days=365)

    share = Share.objects.get()
    assert (share.status, share.connected_at) == ("connected", connected_share.connected_at)
    assert authorisations(share) == [({"products": "view"}, 30, "replaced"), ({"orders": "view"}, 365, "")]
    assert list(offenders()) == []


def test_revoke_ends_the_authorisation_and_keeps_the_partner_accepted(connected_share, seller, partner):
    services.revoke_share(share_id=connected_share.pk, by=seller)

    share = Share.objects.get()
    assert (share.status, share.request.headline, share.partner.load) == ("accepted", "accepted", 1)
    assert authorisations(share) == [({"products": "view"}, 30, "revoked")]
    assert share.waiting_since is not None
    assert list(offenders()) == []


def test_authorise_again_after_a_revoke(connected_share, seller):
    services.revoke_share(share_id=connected_share.pk, by=seller)
    services.authorise_share(share_id=connected_share.pk, by=seller, areas={"ads": "view"}, days=180)

    assert authorisations(Share.objects.get()) == [({"products": "view"}, 30, "revoked"), ({"ads": "view"}, 180, "")]
    assert list(offenders()) == []


def test_second_click_is_refused_with_a_plain_message(connected_share, seller):
    with pytest.raises(NotPossible) as refused:
        services.authorise_share(share_id=connected_share.pk, by=seller, areas={"ads": "view"}, days=30)

    assert "“Connected” now" in refused.value.message
    assert "Nothing was changed" in refused.value.message
    assert Authorisation.objects.count() == 1


@pytest.mark.parametrize("days", [0, 31, 3650])
def test_authorise_for_days_that_are_not_offered_is_refused(days, accepted_share, seller):
    with pytest.raises(Exception, match="authorisation_days_known"):
        services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"ads": "view"}, days=days)


def test_sellers_act_restarts_the_wait_of_an_accepted_partner(accepted_share, other_agency, seller):
    request = PartnerRequest.objects.get()
    with time_machine.travel(clock.now() + timedelta(days=5), tick=False):
        services.edit_request(
            request_id=request.pk,
            by=seller,
            version=1,
            details=request.details(),
            request_type="choose",
            hide_contact=False,
            picks=[other_agency.pk],
        )
        assert Share.objects.get(pk=accepted_share.pk).waiting_since == clock.now()
        assert PartnerRequest.objects.get().seller_acted_at == clock.now()


def test_partner_that_ends_a_connection_says_so_to_the_seller(connected_share, partner_owner, seller, editor):
    services.end_connection(share_id=connected_share.pk, by=partner_owner, reason="done")

    share = Share.objects.get()
    assert (share.status, share.closed_reason) == ("closed", "partner_ended")
    assert authorisations(share) == [({"products": "view"}, 30, "closed")]
    told = Notification.objects.filter(template="share_closed_for_seller").values_list("user", flat=True)
    assert set(told) == {seller.pk, editor.pk}
    assert list(offenders()) == []
