"""The rows and tabs of My Requests, prepared so that the templates only print. Home shows the same rows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import groupby

from django.db.models import OuterRef, Prefetch, Q
from django.utils.translation import gettext as _

from accounts.formats import together
from accounts.names import words_of
from accounts.paging import MOST_COUNTED, CountUpTo, count_text
from requests_app import schedule
from requests_app.conversation.models import Side
from requests_app.conversation.reading import is_unread, with_readings
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.pages import urgency
from requests_app.pages.list_changes import Line
from requests_app.pages.list_changes import state_of as state_of_list
from requests_app.pages.urgency import Urgency
from requests_app.seller import next_step
from requests_app.seller.decorators import shop_ids, standing_of
from requests_app.seller.filters import ASKED, FOR_THE_SELLER, GROUPS, PARTS, RequestFilter, address
from requests_app.workflow import Headline, ShareStatus

PAGE_SIZE = 15  # each with all its partners: more would not stay under 60 kB
MOST_LINES = 3  # more partners than that share a line for each status, for the same reason
SHARE_SHOWN = (
    "request", "reference", "status", "source", "shared_at", "respond_by", "asked_at", "waiting_since", "warned_at",
    "partner_message", "partner__name",
)  # fmt: skip
TABS = {  # {code: label}; each request stands in one of them, and where a partner asks in the first as well
    **GROUPS,
    Headline.HELD.value: Headline.HELD.label,
    Headline.CONNECTED.value: Headline.CONNECTED.label,
    Headline.CLOSED.value: Headline.CLOSED.label,
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
    is_asked: bool  # a partner waits for a reply
    unread: int  # with how many partners there are messages that the reader has not read


def requests_of(user):
    """Return the requests of all the user's shops, for `row_of`.

    The shops are named too, so that the database knows how many there are. A single one's index gives the order.
    """
    ids = shop_ids(user)
    rows = PartnerRequest.objects.visible_to(user).filter(shop__in=ids)
    shares = with_readings(user, Share.objects.select_related("partner").only(*SHARE_SHOWN))
    return (
        rows.select_related("category", "shop")
        .defer(*PartnerRequest.PRIVATE_FIELDS, *words_of("category", "shop"))
        .prefetch_related(Prefetch("shares", shares))
    )


def found_for(user, params):
    """Return the RequestFilter of the user's requests for what the address asks."""
    return RequestFilter(params, queryset=requests_of(user), shops=shop_ids(user))


def keys_of(user, found):
    """Return the rows of a RequestFilter for `page_of`, as many querysets as there are indexes to read them by.

    None where one index gives them in their order, and for a search.
    """
    ids, parts = shop_ids(user), PARTS.get(found.data.get("status"), [Q()])
    if len(ids) * len(parts) == 1 or found.data.get("q"):
        return None
    rows = PartnerRequest.objects.visible_to(user)
    of_parts = [rows.filter(part, shop=shop_id) for shop_id in ids for part in parts]
    return [RequestFilter(found.data, queryset=part).qs for part in of_parts]


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
        is_asked=any(share.is_asked for share in shares),
        unread=sum(is_unread(share, Side.SELLER) for share in shares),
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
    if asking := [share.respond_by for share in shares if share.is_asked]:
        return urgency.of_answer(min(asking))
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
    return [Line(row.reference, together(row.name, row.reference), *_status_of(row)) for row in rows]


def _status_of(row):
    """Return a row's status as it is spoken of, as (code, label): a question stands before the headline."""
    return ("asked", _("A question for you")) if row.is_asked else (row.headline, str(Headline(row.headline).label))


def rows_of(user, requests):
    with_shop = len(shop_ids(user)) > 1
    return [row_of(request, standing_of(user, request.shop_id), with_shop=with_shop) for request in requests]


def state_of(rows):
    """Return what the rows say, but for how long ago something was, as a page sends it along when it asks anew."""
    said = [
        (row.reference, row.headline, row.name, row.budget, row.step, row.urgency, row.shares, row.unread)
        for row in rows
    ]
    return state_of_list(said, lines_of(rows))


@cache
def counters():
    """Return what counts the requests of a shop, as {code: expression}. Built once: it takes longer than the query."""
    rows = PartnerRequest.objects.filter(shop=OuterRef("pk"))
    parts = {
        **{headline.value: rows.filter(headline=headline) for headline in Headline},
        "asked": rows.filter(ASKED).exclude(headline__in=FOR_THE_SELLER),
        "unasked": rows.filter(headline=Headline.REVIEWING, asked_since=None),
    }
    return {code: CountUpTo(part.values("pk")[: MOST_COUNTED + 1]) for code, part in parts.items()}


def counts_of(user):
    """Return how many requests the user's shops have of each headline and of each of GROUPS, as {code: count}.

    Counted to a hundred a shop and index, in one query.
    """
    shops = list(Shop.objects.visible_to(user).order_by().values_list(*counters().values()))
    counts = {code: sum(column) for code, *column in zip(counters(), *shops, strict=True)}
    asked, unasked = counts.pop("asked"), counts.pop("unasked")
    waiting = asked + sum(counts[headline] for headline in FOR_THE_SELLER)
    return counts | {"waiting": waiting, "with-partners": unasked + counts[Headline.FINDING]}


def tabs_of(user, asked):
    """Return the tabs; what was searched for stays, and then they are not counted. One status alone is a choice."""
    counts = dict.fromkeys([*Headline, *GROUPS], 0) if asked["q"] else counts_of(user)

    def tab(label, code, count):
        shown = "" if asked["q"] else count_text(count)
        url = address(asked | {"status": code})
        return {"label": label, "url": url, "count": shown, "active": asked["status"] == code}

    everything = tab(_("All"), "", sum(counts[headline] for headline in Headline))
    return [everything, *(tab(label, code, counts[code]) for code, label in TABS.items())]
