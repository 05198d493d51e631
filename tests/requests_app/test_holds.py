"""What a request on hold shares, keeps and refuses, whatever it is held for."""

from datetime import timedelta

import pytest

from accounts import clock
from accounts.models import Notification
from partners import services as partner_services
from requests_app import automatic, services, sharing
from requests_app.change import changing
from requests_app.exceptions import OnHold, PartnersUnavailable
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share
from requests_app.outdated_mails import outdated_among
from tests.cast import login
from tests.factories import PartnerFactory, make_request, owner_of, put_on_hold
from tests.standing import standing

pytestmark = pytest.mark.once_on_postgresql


def kinds_of(request):
    return list(request.events.order_by("pk").values_list("kind", flat=True))


def released(request):
    with changing(request.pk, by=None, actor="platform") as change:
        sharing.release(change)
    return change.request


def edited(request, by, *, picks=(), **changes):
    details = request.details() | changes
    return services.edit_request(
        request_id=request.pk, by=by, version=request.version, details=details, request_type=request.request_type,
        hide_contact=False, picks=[partner.pk for partner in picks],
    )  # fmt: skip


@standing
def alone(shop, partner, seller):
    """A request that no partner has any more: its only one was closed by the seller."""
    request = make_request(shop, [partner])
    services.close_share(share_id=request.shares.get().pk, by=seller)
    return PartnerRequest.objects.get(pk=request.pk)


def test_hold_shows_as_headline_where_nobody_has_the_request(alone):
    held = put_on_hold(alone)

    assert (held.headline, held.hold, held.held_since is not None) == ("held", "screening", True)
    assert list(offenders()) == []


def test_live_share_goes_on_beside_a_hold(open_request, share, partner_owner):
    put_on_hold(open_request)

    services.accept_share(share_id=share.pk, by=partner_owner, version=1)

    assert PartnerRequest.objects.get(pk=open_request.pk).headline == "accepted"
    assert list(offenders()) == []


def test_partners_that_are_chosen_meanwhile_are_asked_at_the_release(alone, seller):
    first, second = PartnerFactory.create_batch(2)
    put_on_hold(alone)

    edited(alone, seller, picks=[first])
    held = edited(alone, seller, picks=[second, first])
    before = Share.objects.filter(partner__in=[first, second]).count()
    after = released(alone)

    assert (before, held.held_picks) == (0, sorted([first.pk, second.pk]))
    assert set(Share.objects.filter(partner__in=[first, second]).values_list("source", "status")) == {
        ("picked", "reviewing")
    }
    assert (after.hold, after.held_since, after.held_picks, after.headline) == ("", None, None, "reviewing")
    assert kinds_of(alone)[-4:] == ["held", "released", "shared", "shared"]
    assert list(offenders()) == []


def test_partner_that_cannot_be_asked_any_more_is_left_out_at_the_release(alone, seller):
    gone, there = PartnerFactory.create_batch(2)
    put_on_hold(alone)
    edited(alone, seller, picks=[gone, there])
    partner_services.set_availability(partner_id=gone.pk, by=owner_of(gone), capacity=0, paused_until=None)

    released(alone)

    event = alone.events.get(kind="released")
    assert event.data == {"hold": "screening", "missed": 1}
    assert Share.objects.filter(partner__in=[gone, there]).get().partner == there
    context = Notification.objects.filter(template="released_for_seller", user=seller).get().context
    assert (context["asked"], context["missed"]) == ([there.name], 1)


def test_partner_that_cannot_be_asked_is_refused_at_once(alone, seller):
    full = PartnerFactory(capacity=0)
    put_on_hold(alone)

    with pytest.raises(PartnersUnavailable):
        edited(alone, seller, picks=[full])

    assert PartnerRequest.objects.get(pk=alone.pk).held_picks is None


def test_platform_refers_nobody_for_a_request_on_hold_until_it_is_released(shop):
    held = put_on_hold(make_request(shop))
    PartnerFactory.create_batch(2)
    with clock.at(clock.now() + timedelta(days=2)):
        tried = automatic.try_again(request_id=held.pk)
    before = held.shares.count()

    after = released(held)

    assert (held.seeking, held.unmatched_since, held.next_try_at, tried, before) == (False, None, None, False, 0)
    assert after.shares.filter(source="referred").count() == 2
    assert list(offenders()) == []


def test_referral_that_ends_while_the_request_is_held_has_no_successor(shop):
    PartnerFactory.create_batch(4)
    request = make_request(shop)
    put_on_hold(request)
    share = request.shares.first()

    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")

    assert request.shares.count() == 3
    assert list(offenders()) == []


def test_nobody_can_have_partners_asked_while_it_is_held(alone, seller, staff, other_agency):
    put_on_hold(alone)

    with pytest.raises(OnHold, match="on hold"):
        services.ask_for_referral(request_id=alone.pk, by=seller)
    with pytest.raises(OnHold, match="on hold"):
        services.refer_partner(request_id=alone.pk, partner_id=other_agency.pk, by=staff)

    assert alone.shares.count() == 1


def test_closed_request_is_on_hold_no_more(alone, seller):
    put_on_hold(alone)

    services.close_request(request_id=alone.pk, by=seller)

    closed = PartnerRequest.objects.get(pk=alone.pk)
    assert (closed.hold, closed.held_since, closed.held_picks, closed.headline) == ("", None, None, "closed")
    assert list(offenders()) == []


def test_request_again_names_who_was_chosen_while_it_was_held(client, alone, partner, other_agency, seller):
    put_on_hold(alone)
    edited(alone, seller, picks=[other_agency])
    services.close_request(request_id=alone.pk, by=seller)

    form = login(client, seller).get(f"/requests/new/?again={alone.reference}").context["form"]

    assert form["partners"].value() == [str(partner.pk), str(other_agency.pk)]
    assert list(offenders()) == []


def test_who_was_chosen_meanwhile_stands_ticked_in_the_form_and_can_be_taken_off(client, alone, seller):
    first, second = PartnerFactory.create_batch(2)
    put_on_hold(alone)
    edited(alone, seller, picks=[first, second])
    url = f"{alone.get_absolute_url()}edit/"
    form = login(client, seller).get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}

    once = client.post(url, data | {"partners": [second.pk]})
    one = PartnerRequest.objects.get(pk=alone.pk).held_picks
    client.post(url, data | {"request_type": "refer"})
    none = PartnerRequest.objects.get(pk=alone.pk).held_picks

    assert (form["partners"].value(), form.room) == ([str(first.pk), str(second.pk)], 10)
    assert (once.status_code, one, none) == (302, [second.pk], None)


def test_ten_chosen_meanwhile_can_be_exchanged(alone, seller):
    ten, other = PartnerFactory.create_batch(10), PartnerFactory()
    put_on_hold(alone)
    edited(alone, seller, picks=ten)

    held = edited(alone, seller, picks=[*ten[1:], other])

    assert held.held_picks == [*(partner.pk for partner in ten[1:]), other.pk]


def test_request_does_not_grow_stale_while_staff_look_at_it(alone):
    held = put_on_hold(alone)

    with clock.at(clock.now() + timedelta(days=100)):
        done = automatic.advance_request(request_id=held.pk)
        after = released(held)

    assert (done, held.next_step_at) == (False, None)
    assert after.next_step_at == after.idle_since + timedelta(days=30)


def test_seller_is_mailed_of_a_hold_while_it_lasts(alone, seller):
    put_on_hold(alone)
    row = Notification.objects.get(template="held_for_seller", user=seller)
    before = outdated_among(None, [row])

    released(alone)

    assert (before, outdated_among(None, [row])) == ([], [row])


def test_broken_holds_are_found(alone, open_request):
    held, other = put_on_hold(alone), put_on_hold(open_request)
    long_ago = clock.now() - timedelta(days=9)
    PartnerRequest.objects.filter(pk=other.pk).update(held_since=long_ago, unmatched_since=long_ago)
    PartnerRequest.objects.filter(pk=held.pk).update(hold="", held_since=None, headline="decision")

    found = [line for line in offenders() if "hold" in line]

    assert found == [
        f"{other.reference}: on hold, but shared since as {other.shares.get().reference}",
        f"{other.reference}: on hold, but the platform looks for partners",
        f"{held.reference}: hold '', its events lead to 'screening'",
    ]
