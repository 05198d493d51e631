"""Which name of a shop is read: a live share shows the one of today, an ended one that of its end; and its renames.

The names stand in `Shop.name` and requests_app.former_names (docs/design.md, Settings). For rows with the whole profile
ask `visibility.with_profiles`.
"""

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from accounts.search import keyed, names_begin
from requests_app.former_names import FormerName
from requests_app.models import Share, Shop

RENAMES_SHOWN = 20  # of a timeline, the newest


def shop_name(share):
    """Return what the share's shop is called to its partner: as it is called now, and after the end as it was then."""
    shop = share.request.shop
    if share.is_live or share.shop_name_number == shop.name_number:
        return shop.name
    former = FormerName.objects.filter(shop=shop, number=share.shop_name_number).values_list("name", flat=True)
    return former.first() or shop.name


_ENDED_UNDER = FormerName.objects.filter(shop=OuterRef("request__shop"), number=OuterRef("shop_name_number"))
SHOWN_SHOP = Case(  # `shop_name` for rows
    When(ended_at=None, then=F("request__shop__name")),
    default=Coalesce(Subquery(_ENDED_UNDER.values("name")[:1]), F("request__shop__name")),
)


def with_known_names(blocks):
    """Return a partner's blocks, each with the name under which it knows the shop as `known_as`.

    That is what the newest of its shares with the shop shows, a live one first: a block tells of no later rename.
    """
    shares = Share.objects.filter(partner=OuterRef("partner"), request__shop=OuterRef("shop"))
    newest = shares.order_by(F("ended_at").desc(nulls_first=True), "-pk").annotate(shown=SHOWN_SHOP)
    return blocks.annotate(known_as=Coalesce(Subquery(newest.values("shown")[:1]), F("shop__name")))


def shop_begins(term):
    """Return the condition that the term begins a word of the name under which shares show their shop to the partner.

    Both tables of names are asked first, so that the condition names the shops by their keys. An ended share is found
    by the name it shows, and by no later one.
    """
    now, before = names_begin("request__shop", Shop.objects, term), names_begin("pk", FormerName.objects, term)
    unchanged = Q(ended_at=None) | Q(shop_name_number=F("request__shop__name_number"))
    if before.keys == []:
        return now.condition & unchanged
    ended_under = Q(Exists(_ENDED_UNDER.filter(before.condition)), ended_at__isnull=False)
    renamed = FormerName.objects.filter(before.condition).order_by().values_list("shop", flat=True)
    if now.keys is None or before.keys is None:
        among = now.condition | Q(request__shop__in=renamed)
    else:
        among = keyed("request__shop", sorted({*now.keys, *renamed})).condition
    return among & (now.condition & unchanged | ended_under)


def renames_for_partner(share):
    """Return the renames of its shop that the share's partner knows of, as [(when, name before, name after)]."""
    rows = _renames(share.request.shop, share.shared_at)
    return [row for number, *row in rows if share.is_live or number < share.shop_name_number]


def renames_for_seller(request):
    """Return likewise those that happened while the request was open."""
    until = request.closed_at
    return [row for _number, *row in _renames(request.shop, request.created_at) if until is None or row[0] <= until]


def _renames(shop, since):
    """Return (number, when, before, after) of each rename after `since`; no query for a shop that has had one name."""
    if not shop.name_number:
        return []
    rows = list(FormerName.objects.filter(shop=shop, until__gt=since).order_by("-number")[:RENAMES_SHOWN])
    after = [shop.name, *(row.name for row in rows)]
    return [(row.number, row.until, row.name, name) for row, name in zip(rows, after, strict=False)]
