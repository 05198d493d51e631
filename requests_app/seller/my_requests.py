"""The rows and tabs of My Requests, prepared so that the templates only print. Home shows the same rows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import OuterRef, Prefetch
from django.utils.translation import gettext as _

from accounts.formats import together
from accounts.names import words_of
from accounts.paging import MOST_COUNTED, CountUpTo, count_text
from requests_app import schedule
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.pages import urgency
from requests_app.pages.list_changes import Line
from requests_app.pages.list_changes import state_of as state_of_list
from requests_app.pages.urgency import Urgency
from requests_app.seller import next_step
from requests_app.seller.decorators import shop_ids, standing_of
from requests_app.seller.filters import GROUPS, RequestFilter, address
from requests_app.workflow import Headline, ShareStatus

PAGE_SIZE = 15  # each with all its partners: more would not stay under 60 kB
MOST_LINES = 3  # more partners than that share a line for each status, for the same reason
SHARE_SHOWN = (
    "request", "reference", "status", "source", "shared_at", "respond_by", "asked_at", "waiting_since", "warned_at",
    "partner__name",
)  # fmt: skip
TABS = {  # each with the headlines that it holds; each headline stands in one of them
    **GROUPS,
    Headline.HELD.value: (Headline.HELD.label, [Headline.HELD]),
    Headline.CONNECTED.value: (Headline.CONNECTED.label, [Headline.CONNECTED]),
    Headline.CLOSED.value: (Headline.CLOSED.label, [Headline.CLOSED]),
}
SHARE_STATUSES = ShareStatus.values


@dataclass(frozen=True)
class ShareLine:
    partners: list  # their names: one, or all of the status
    status: str
    is_referred: bool = False


@dataclass(frozen=True)
class Row:
    reference: str
    url: str
    shop: str  # "" where the reader has one shop only
    name: str
    budget: Decimal
    currency: str
    headline: str
    created_at: datetime
    step: next_step.Step
    urgency: Urgency | None
    shares: list


def requests_of(user):
    """Return the requests of all the user's shops, for `row_of`.

    The shops are named too, so that the database knows how many there are. A single one's index gives the order.
    """
    ids = shop_ids(user)
    rows = PartnerRequest.objects.visible_to(user).filter(shop__in=ids)
    shares = Share.objects.select_related("partner").only(*SHARE_SHOWN)
    return (
        rows.select_related("category", "shop")
        .defer(*PartnerRequest.PRIVATE_FIELDS, *words_of("category", "shop"))
        .prefetch_related(Prefetch("shares", shares))
    )


def found_for(user, params):
    """Return the RequestFilter of the user's requests for what the address asks."""
    return RequestFilter(params, queryset=requests_of(user), shops=shop_ids(user))


def keys_of(user, found):
    """Return the rows of a RequestFilter shop by shop, for `page_of`; None for one shop, and for a search."""
    ids = shop_ids(user)
    if len(ids) == 1 or found.data.get("q"):
        return None
    rows = PartnerRequest.objects.visible_to(user)
    return [RequestFilter(found.data, queryset=rows.filter(shop=shop_id)).qs for shop_id in ids]


def row_of(request, standing, *, with_shop):
    shares = next_step.in_order(request.shares.all())
    return Row(
        reference=request.reference,
        url=request.get_absolute_url(),
        shop=request.shop.name if with_shop else "",
        name=request.name,
        budget=request.budget,
        currency=request.currency,
        headline=request.headline,
        created_at=request.created_at,
        step=next_step.of_request(request, shares, standing),
        urgency=urgency_of(request, shares),
        shares=share_lines(shares),
    )


def share_lines(shares):
    """Return each partner's own status, of shares in the order of `next_step.in_order`."""
    if len(shares) <= MOST_LINES:
        return [ShareLine([share.partner.name], share.status, share.source != Share.Source.PICKED) for share in shares]
    by_status = groupby(shares, key=lambda share: share.status)
    return [ShareLine([share.partner.name for share in alike], status) for status, alike in by_status]


def urgency_of(request, shares):
    """Return how near the day is that ends what the row speaks of: a partner's answer, or that it closes unused."""
    answers = [share.respond_by for share in shares if share.status == ShareStatus.REVIEWING]
    if request.headline == Headline.REVIEWING and answers:
        return urgency.of_answer(min(answers))
    if request.headline == Headline.ACCEPTED:
        waiting = [(share.waiting_since, share.warned_at) for share in shares if share.status == ShareStatus.ACCEPTED]
    elif request.hold:
        closes = next_step.closes_unconfirmed(request)
        return urgency.of_closing(closes) if closes else None
    else:
        waiting = [(request.idle_since, request.warned_at)]
    closing = [end for since, warned_at in waiting if (end := schedule.closes_at(since, warned_at))]
    return urgency.of_closing(min(closing)) if closing else None


def lines_of(rows):
    labels = dict(Headline.choices)
    return [
        Line(row.reference, together(row.name, row.reference), row.headline, str(labels[row.headline])) for row in rows
    ]


def rows_of(user, requests):
    with_shop = len(shop_ids(user)) > 1
    return [row_of(request, standing_of(user, request.shop_id), with_shop=with_shop) for request in requests]


def state_of(rows):
    """Return what the rows say, but for how long ago something was, as a page sends it along when it asks anew."""
    said = [(row.reference, row.headline, row.name, row.budget, row.step, row.urgency, row.shares) for row in rows]
    return state_of_list(said, lines_of(rows))


def counts_of(user):
    """Return {headline: how many requests the user's shops have}, counted to a hundred a shop, in one query."""
    counters = {
        headline.value: CountUpTo(
            PartnerRequest.objects.filter(shop=OuterRef("pk"), headline=headline).values("pk")[: MOST_COUNTED + 1]
        )
        for headline in Headline
    }
    shops = list(Shop.objects.visible_to(user).order_by().values_list(*counters.values()))
    return {headline: sum(column) for headline, *column in zip(counters, *shops, strict=True)}


def tabs_of(user, asked):
    """Return the tabs; what was searched for stays, and then they are not counted. One status alone is a choice."""
    counts = dict.fromkeys(Headline, 0) if asked["q"] else counts_of(user)

    def tab(label, code, count):
        shown = "" if asked["q"] else count_text(count)
        url = address(asked | {"status": code})
        return {"label": label, "url": url, "count": shown, "active": asked["status"] == code}

    everything = tab(_("All"), "", sum(counts.values()))
    groups = [tab(label, code, sum(counts[each] for each in headlines)) for code, (label, headlines) in TABS.items()]
    return [everything, *groups]
