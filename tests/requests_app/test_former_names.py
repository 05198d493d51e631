"""A renamed shop: what ended bears the name it had, what is live the new one, and the timelines say so."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from accounts import clock
from accounts.models import Notification
from requests_app import blocking, erasure, services, shop_names, visibility
from requests_app.former_names import FormerName
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.portal.filters import InboxFilter
from requests_app.portal.inbox import rows_of
from requests_app.teams import settings
from tests.cast import login, signed_in
from tests.factories import make_request
from tests.queries import counted
from tests.standing import standing


def rename(shop, name):
    shop = Shop.objects.get(pk=shop.pk)
    values = {field: getattr(shop, field) for field in settings.OF_SHOP} | {"name": name}
    by = shop.members.filter(role="owner").first().user
    return settings.change_shop(shop_id=shop.pk, by=by, values=values, seen=settings.state_of(shop))


def share_of(share):
    return Share.objects.select_related("request__shop__market", "request__category", "partner").get(pk=share.pk)


def found(user, partner, text):
    asked = InboxFilter({"q": text, "status": "all"}, queryset=rows_of(user, partner))
    return sorted(asked.qs.values_list("reference", "shown_shop"))


@standing
def ended_share(share, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    return share_of(share)


def test_live_share_shows_the_new_name(share, shop):
    rename(shop, "Lumen Care")

    assert visibility.business_profile(share_of(share)).shop == "Lumen Care"


def test_ended_share_keeps_the_name_of_its_end(ended_share, shop):
    rename(shop, "Lumen Care")
    rename(shop, "Third")

    assert visibility.business_profile(share_of(ended_share)).shop == "Lumen Skincare"


@pytest.mark.parametrize("renames_before", [0, 1, 2])
def test_each_way_to_end_keeps_the_name_of_that_moment(renames_before, shop, seller, partner, staff, partner_owner):
    names = ["Lumen Skincare", "Second", "Third"]
    ends = [
        lambda share: services.close_request(request_id=share.request_id, by=seller),
        lambda share: services.close_share(share_id=share.pk, by=seller),
        lambda share: services.reject_share(share_id=share.pk, by=partner_owner, reason="spam"),
        lambda share: services.close_share_as_staff(share_id=share.pk, by=staff, reason="asked"),
    ]
    for name in names[1 : renames_before + 1]:
        rename(shop, name)
    for end in ends:
        share = make_request(Shop.objects.get(pk=shop.pk), [partner]).shares.get()
        end(share)
        rename(shop, "Later")
        assert shop_names.shop_name(share_of(share)) == names[renames_before]
        rename(shop, names[renames_before])


def test_name_that_comes_back_is_each_time_the_one_of_its_end(ended_share, shop, partner):
    rename(shop, "Between")
    between = make_request(Shop.objects.get(pk=shop.pk), [partner]).shares.get()
    services.close_share(share_id=between.pk, by=shop.members.get().user)
    rename(shop, "Lumen Skincare")

    assert shop_names.shop_name(share_of(between)) == "Between"
    assert shop_names.shop_name(share_of(ended_share)) == "Lumen Skincare"


def test_portal_shows_the_old_name_of_an_ended_share_everywhere(ended_share, shop, partner_owner, partner, client):
    rename(shop, "Lumen Care")
    login(client, partner_owner)

    pages = [client.get(ended_share.get_absolute_url()).text, client.get("/portal/?status=all").text]
    pages.append(client.get(reverse("portal:block", args=[ended_share.reference])).text)

    for shown in pages:
        assert "Lumen Skincare" in shown
        assert "Lumen Care" not in shown


def test_partner_knows_a_shop_that_it_blocked_by_the_name_of_its_newest_share(
    ended_share, shop, partner, partner_owner, client
):
    held = blocking.block_shop(shop_id=shop.pk, partner_id=partner.pk, by=partner_owner)
    rename(shop, "Lumen Care")
    login(client, partner_owner)

    listed = client.get("/portal/availability/").text
    told = client.post("/portal/availability/unblock/", {"block": held.pk}, follow=True).text

    assert "Lumen Skincare" in listed
    assert "Lumen Skincare can send you requests again." in told
    assert "Lumen Care" not in listed + told


def test_seller_reads_their_shop_by_its_name_of_today(ended_share, shop, seller, client):
    rename(shop, "Lumen Care")

    assert "Lumen Care" in login(client, seller).get(ended_share.request.get_absolute_url()).text


def test_what_was_already_sent_keeps_the_old_name(share, shop, partner_owner):
    before = Notification.objects.get(user=partner_owner)
    rename(shop, "Lumen Care")

    assert Notification.objects.get(pk=before.pk).context["shop"] == "Lumen Skincare"


# Search


def test_search_finds_an_ended_share_by_the_name_it_shows_alone(ended_share, shop, partner_owner, partner):
    rename(shop, "Radiance Care")
    live = make_request(Shop.objects.get(pk=shop.pk), [partner]).shares.get()
    ended, shown = (ended_share.reference, "Lumen Skincare"), (live.reference, "Radiance Care")

    assert found(partner_owner, partner, "lumen") == [ended]
    assert found(partner_owner, partner, "radiance") == [shown]
    assert found(partner_owner, partner, "lumen radiance") == []


def test_search_finds_nobody_elses_former_name(ended_share, shop, partner_owner, partner, other_shop):
    make_request(other_shop, [partner])
    rename(other_shop, "Lumen Nothing")
    rename(other_shop, "Fern")

    assert found(partner_owner, partner, "nothing") == []
    assert len(found(partner_owner, partner, "fern")) == 1


def test_former_names_cost_a_search_one_query_more(ended_share, shop, partner_owner, partner):
    def statements_of():
        with counted() as statements:
            found(partner_owner, partner, "lumen")
        return len(statements)

    before = statements_of()
    rename(shop, "Radiance")

    assert statements_of() == before + 1


# Timelines


def test_both_timelines_say_the_rename(share, shop, seller, partner_owner):
    with clock.at(clock.now() + timedelta(hours=1)):
        rename(shop, "Lumen Care")

        line = "Lumen Skincare is now called Lumen Care"
        assert line in signed_in(seller).get(share.request.get_absolute_url()).text
        assert line in signed_in(partner_owner).get(share.get_absolute_url()).text


def test_timeline_of_an_ended_share_says_no_later_rename(share, shop, partner_owner):
    with clock.at(clock.now() + timedelta(hours=1)):
        rename(shop, "Lumen Care")
        services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    with clock.at(clock.now() + timedelta(hours=2)):
        rename(shop, "Third")

        shown = signed_in(partner_owner).get(share.get_absolute_url()).text
        assert "Lumen Skincare is now called Lumen Care" in shown
        assert "Third" not in shown


def test_timelines_say_no_rename_from_before_or_after(share, shop, seller, partner):
    with clock.at(clock.now() + timedelta(hours=1)):
        services.close_request(request_id=share.request_id, by=seller)
    with clock.at(clock.now() + timedelta(hours=2)):
        rename(shop, "Lumen Care")
    with clock.at(clock.now() + timedelta(hours=3)):
        later = make_request(Shop.objects.get(pk=shop.pk), [partner])

        for request in (share.request, later):
            assert "is now called" not in signed_in(seller).get(request.get_absolute_url()).text


def test_pages_of_a_shop_that_was_never_renamed_ask_nothing_more(share, shop, partner_owner):
    with counted() as statements:
        shop_names.renames_for_partner(share_of(share))
        shop_names.shop_name(share_of(share))

    assert not any("formername" in statement for statement in statements)


# What follows for rows


def test_rename_writes_no_share_and_no_request(ended_share, shop):
    with counted() as statements:
        rename(shop, "Lumen Care")

    written = [each for each in statements if each.startswith(("UPDATE", "INSERT"))]
    assert not any("_share" in each or "_partnerrequest" in each for each in written)
    assert [(row.number, row.name) for row in FormerName.objects.all()] == [(0, "Lumen Skincare")]


def test_names_of_a_shop_without_members_are_forgotten(shop, seller):
    rename(shop, "Lumen Care")

    erasure.erase_person(user_id=seller.pk)

    assert not FormerName.objects.exists()
    assert Shop.objects.get(pk=shop.pk).name == f"Shop {shop.pk}"


def test_lost_former_name_and_one_that_never_was_are_found(ended_share, shop, other_shop):
    rename(shop, "Lumen Care")
    assert list(offenders()) == []

    FormerName.objects.all().delete()
    Share.objects.filter(pk=ended_share.pk).update(shop_name_number=7)

    assert list(offenders()) == [
        f"shop {shop.pk}: renamed 1 times, but 0 former names are kept",
        f"share {ended_share.reference}: ended under name 7, which its shop never had",
    ]


# Filling old rows


def test_migration_takes_former_names_from_the_history_of_shops(shop, ended_share, partner):
    fill = import_module("requests_app.migrations.0041_fill_former_names")
    now = clock.now()
    named = shop.history.get()
    for name, days in (("Oldest", 30), ("Older", 20)):
        named.pk, named.name, named.history_date = None, name, now - timedelta(days=days)
        named.save(force_insert=True)
    Share.objects.filter(pk=ended_share.pk).update(ended_at=now - timedelta(days=10))

    for _twice in range(2):
        fill.fill(apps, None)

    assert list(FormerName.objects.order_by("number").values_list("number", "name", "name_words")) == [
        (0, "Oldest", "oldest"), (1, "Older", "older"),
    ]  # fmt: skip
    assert Shop.objects.get(pk=shop.pk).name_number == 2
    assert shop_names.shop_name(share_of(ended_share)) == "Older"


def test_migration_leaves_shops_alone_that_had_one_name(shop, ended_share):
    fill = import_module("requests_app.migrations.0041_fill_former_names")

    fill.fill(apps, None)

    assert not FormerName.objects.exists()
    assert shop_names.shop_name(share_of(ended_share)) == "Lumen Skincare"


def test_migration_fills_the_market_of_each_request(open_request, other_shop):
    fill = import_module("requests_app.migrations.0040_fill_markets")
    PartnerRequest.objects.update(market=None)

    for _twice in range(2):
        fill.fill(apps, None)

    assert PartnerRequest.objects.get(pk=open_request.pk).market_id == "GB"
