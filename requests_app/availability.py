"""Which partners a shop can ask now: with room for one more, and within its reach (docs/design.md, Fair use).

Asked before each pick and each referral. `able_to_take` asks again under the partner's lock, so that no partner gets
more than its capacity.
"""

from collections import defaultdict
from itertools import chain

from django.db.models import Count, F, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.formats import aside, listed, sentences
from accounts.names import words_of
from partners.models import Partner
from requests_app.blocks import Block
from requests_app.exceptions import StandsInTheWay
from requests_app.models import PartnerRequest, Share
from requests_app.workflow import RequestStatus

MOST_WITH_ONE_PARTNER = 2  # live shares that a shop has with one partner
ENOUGH, OWN_BLOCK = "enough", gettext_lazy("You have blocked this partner")
CAME_WITH = "0031_fair_use"  # the migration from when on that has been so


def _crowded(shop_id):
    """Return the rows, of a partner's id, of those with which the shop has as many live shares as it may have."""
    live = Share.objects.live().filter(request__shop=shop_id, request__status=RequestStatus.OPEN)
    counted = live.values("partner").annotate(count=Count("pk"))
    return counted.filter(count__gte=MOST_WITH_ONE_PARTNER).values_list("partner")


def _rows(shop_id):
    """Return the rows, of a partner's id and why, of all that the shop is not brought together with for now."""
    crowded = _crowded(shop_id).annotate(why=Value(ENOUGH)).values_list("partner", "why")
    blocked = Block.objects.filter(shop=shop_id).annotate(why=F("side")).values_list("partner", "why")
    return crowded.union(blocked)


def out_of_reach(shop_id):
    """Return the ids of the partners that the shop is not brought together with for now. One query."""
    return {pk for pk, _why in _rows(shop_id)}


def hindrances(shop_id):
    """Return {partner's id: why the shop cannot ask it now, in some words}. One query.

    A partner that blocked the shop reads like one that is paused: nobody learns of a block.
    """
    enough = ngettext(
        "You have %(most)d request with them already",
        "You have %(most)d requests with them already",
        MOST_WITH_ONE_PARTNER,
    ) % {"most": MOST_WITH_ONE_PARTNER}
    words = {ENOUGH: enough, Block.Side.PARTNER: _("Takes no new requests now"), Block.Side.SHOP: OWN_BLOCK}
    found = sorted(_rows(shop_id), key=lambda row: list(words).index(row[1]))  # what comes last counts
    return {pk: str(words[why]) for pk, why in found}


def blocked_by(shop_id, partner_ids):
    """Return the sides that hold a block between the shop and one of these partners."""
    return set(Block.objects.filter(shop=shop_id, partner__in=partner_ids).values_list("side", flat=True))


def block_text(sides):
    """Return what staff read of a block by these sides, as a sentence."""
    if Block.Side.SHOP in sides:
        return _("The shop has blocked this partner, so it cannot be referred.")
    return _("This partner has blocked the shop, so it cannot be referred.")


def able_to_take(change, partner_ids):
    """Return the ids of those of these locked partners that can be asked now by the change's request.

    They are available, serve the market, and are within the shop's reach. Asked under the partner's lock, which
    everybody holds who adds a share: two at once are counted one after the other.
    """
    able = {pk for pk in partner_ids if pk in change.partners and change.partners[pk].is_available}
    if not able:
        return able
    shop = change.request.shop
    serving = Partner.objects.filter(pk__in=able, markets=change.request.sold_in)
    blocked = Block.objects.filter(shop=shop).values("partner")
    within = serving.exclude(pk__in=_crowded(shop.pk)).exclude(pk__in=blocked)
    return set(within.values_list("pk", flat=True))


def requests_with(shop_id, partner_ids):
    """Return {partner: [request]} of those of these partners that have as many of the shop's requests as they may."""
    if not partner_ids:
        return {}
    live = Share.objects.live().filter(request__shop=shop_id, partner__in=partner_ids)
    unread = [f"request__{name}" for name in (*PartnerRequest.PRIVATE_FIELDS, "close_note")]
    rows = live.select_related("partner", "request__category")
    held = defaultdict(list)
    for share in rows.defer("note", *unread, *words_of("partner", "request__category")).order_by("partner", "pk"):
        held[share.partner].append(share.request)
    return {partner: requests for partner, requests in held.items() if len(requests) >= MOST_WITH_ONE_PARTNER}


def enough_with(crowded, *, to_staff=False):
    """Return the refusal of one more request to these partners; `crowded` is what `requests_with` returns."""
    if to_staff:
        text = _("The shop has as many requests with %(partner)s as possible: %(requests)s.")
    else:
        text = _(
            "You have as many requests with %(partner)s as possible: %(requests)s. "
            "Close one of them for this partner, or wait until one ends."
        )
    said = [text % {"partner": partner.name, "requests": called(requests)} for partner, requests in crowded.items()]
    return StandsInTheWay(sentences(said), list(dict.fromkeys(chain(*crowded.values()))))


def called(requests):
    """Return what the seller knows the requests by, as a list within a sentence."""
    return listed(aside(request.reference, request.name) for request in requests)
