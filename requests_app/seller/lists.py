"""Lists of requests: My Requests and the Seller Center's home, rows prepared so that templates only print."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter, FilterSet

from accounts import clock
from accounts.paging import MOST_COUNTED, CountUpTo, count_text
from accounts.search import LONGEST_QUERY, words_begin, words_of
from partners.names import category_begins
from requests_app import schedule, urgency
from requests_app.models import Authorisation, PartnerRequest, RequestDetails, Share, Shop
from requests_app.news import Line
from requests_app.news import state_of as state_of_list
from requests_app.seller import steps
from requests_app.seller.pages import shop_ids, standing_of
from requests_app.urgency import Urgency
from requests_app.workflow import Headline, ShareStatus

PAGE_SIZE = 15  # each with all its partners: more would not stay under 60 kB
MOST_LINES = 3  # more partners than that share a line for each status, for the same reason
UNSHOWN = (*RequestDetails.CONTACT_FIELDS, *RequestDetails.FREE_TEXT_FIELDS)
SHARE_SHOWN = (
    "request", "reference", "status", "source", "shared_at", "respond_by", "waiting_since", "warned_at",
    "partner__name",
)  # fmt: skip
TABS = (
    Headline.DECISION, Headline.ACCEPTED, Headline.REVIEWING, Headline.FINDING,
    Headline.CONNECTED, Headline.REJECTED, Headline.CLOSED,
)  # fmt: skip
FOR_THE_SELLER = (Headline.ACCEPTED, Headline.DECISION, Headline.REJECTED)  # whose turn it is
OLDEST = "oldest"  # served by the same indexes as the newest first
SORTS = [("", gettext_lazy("Newest first")), (OLDEST, gettext_lazy("Oldest first"))]
WITH_OTHERS = (Headline.REVIEWING, Headline.FINDING)
SHARE_STATUSES = ShareStatus.values
ENDS_SOON = timedelta(days=30)


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
    category: str
    budget: Decimal
    currency: str
    headline: str
    created_at: datetime
    step: steps.Step
    urgency: Urgency | None
    shares: list


def requests_of(user):
    """The requests of all the user's shops, ready for `row_of`. Naming a single shop lets its index give the order."""
    ids = shop_ids(user)
    rows = PartnerRequest.objects.visible_to(user)
    if len(ids) == 1:
        rows = rows.filter(shop=ids[0])
    shares = Share.objects.select_related("partner").only(*SHARE_SHOWN)
    return rows.select_related("category", "shop").defer(*UNSHOWN).prefetch_related(Prefetch("shares", shares))


def row_of(request, standing, *, with_shop):
    shares = steps.in_order(request.shares.all())
    return Row(
        reference=request.reference,
        url=request.get_absolute_url(),
        shop=request.shop.name if with_shop else "",
        category=str(request.category),
        budget=request.budget,
        currency=request.currency,
        headline=request.headline,
        created_at=request.created_at,
        step=steps.of_request(request, shares, standing),
        urgency=urgency_of(request, shares),
        shares=share_lines(shares),
    )


def share_lines(shares):
    """Each partner's own status. `shares` stand in the order of `steps.in_order`."""
    if len(shares) <= MOST_LINES:
        return [ShareLine([share.partner.name], share.status, share.source != Share.Source.PICKED) for share in shares]
    by_status = groupby(shares, key=lambda share: share.status)
    return [ShareLine([share.partner.name for share in alike], status) for status, alike in by_status]


def urgency_of(request, shares):
    """How near the day is that ends what the row speaks of: a partner's answer, or the closing for want of an act."""
    answers = [share.respond_by for share in shares if share.status == ShareStatus.REVIEWING]
    if request.headline == Headline.REVIEWING and answers:
        return urgency.of_answer(min(answers))
    if request.headline == Headline.ACCEPTED:
        waiting = [(share.waiting_since, share.warned_at) for share in shares if share.status == ShareStatus.ACCEPTED]
    else:
        waiting = [(request.idle_since, request.warned_at)]
    closing = [end for since, warned_at in waiting if (end := schedule.closes_at(since, warned_at))]
    return urgency.of_closing(min(closing)) if closing else None


def lines_of(rows):
    labels = dict(Headline.choices)
    return [
        Line(row.reference, f"{row.category}, {row.reference}", row.headline, str(labels[row.headline])) for row in rows
    ]


def rows_of(user, requests):
    with_shop = len(shop_ids(user)) > 1
    return [row_of(request, standing_of(user, request.shop_id), with_shop=with_shop) for request in requests]


def state_of(rows):
    """What the rows say, but for how long ago something was, as a page sends it along when it asks anew."""
    said = [(row.reference, row.headline, row.category, row.budget, row.step, row.urgency, row.shares) for row in rows]
    return state_of_list(said, lines_of(rows))


class RequestFilter(FilterSet):
    q = CharFilter(method="search", max_length=LONGEST_QUERY)
    status = ChoiceFilter(field_name="headline", choices=Headline)

    class Meta:
        model = PartnerRequest
        fields = ()

    def search(self, rows, name, text):
        """Each word begins a reference, or a word of the category's, a partner's or the shop's name."""
        words = words_of(text)
        for word in words:
            reference = Q(reference__startswith=word.upper()) | Q(reference__startswith=f"SPR-{word.upper()}")
            shared = Share.objects.filter(request=OuterRef("pk")).filter(words_begin("partner__name", word))
            rows = rows.filter(
                reference
                | Exists(shared)
                | category_begins("category__name", word)
                | Q(words_begin("shop__name", word))
            )
        return rows if words else rows.none()


def counts_of(user):
    """How many requests the user's shops have under each headline, counted to a hundred a shop, in one query."""
    counters = {
        headline.value: CountUpTo(
            PartnerRequest.objects.filter(shop=OuterRef("pk"), headline=headline).values("pk")[: MOST_COUNTED + 1]
        )
        for headline in TABS
    }
    shops = list(Shop.objects.visible_to(user).order_by().values_list(*counters.values()))
    return {headline: sum(column) for headline, *column in zip(counters, *shops, strict=True)}


def asked_for(params):
    """What the list is searched and filtered by, as far as it can be read."""
    status = params.get("status", "")
    return {
        "q": params.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY],
        "status": status if status in Headline.values else "",
        "sort": OLDEST if params.get("sort") == OLDEST else "",
    }


def address(asked):
    """The URL of My Requests for this search and filter."""
    kept = {name: value for name, value in asked.items() if value}
    return reverse("seller:my_requests") + ("?" + urlencode(kept) if kept else "")


def refreshed_from(params):
    """Where the page shown now is asked for anew."""
    params = params.copy()
    params.pop("seen", None)
    return f"{reverse('seller:my_requests')}?{params.urlencode()}"


def tabs_of(counts, asked):
    """The status tabs; what was searched for stays, and then they are not counted."""

    def tab(label, code, count):
        shown = "" if asked["q"] else count_text(count)
        url = address(asked | {"status": code})
        return {"label": label, "url": url, "count": shown, "active": asked["status"] == code}

    everything = tab(_("All"), "", sum(counts.values()))
    return [everything, *(tab(headline.label, headline.value, counts[headline.value]) for headline in TABS)]


# Home


def waiting_for(user, *, limit):
    """The newest requests in which it is the seller's turn."""
    return list(requests_of(user).filter(headline__in=FOR_THE_SELLER).order_by("-created_at", "-id")[:limit])


def recent(user, *, limit, beyond):
    """The newest requests beyond those that are shown already."""
    newest = requests_of(user).exclude(pk__in=[request.pk for request in beyond])
    return list(newest.order_by("-created_at", "-id")[:limit])


def ending_soon(user, *, limit):
    """Active authorisations of the user's shops that end within thirty days, the next first."""
    now = clock.now()
    active = Authorisation.objects.filter(
        ended_at=None, ends_at__lte=now + ENDS_SOON, share__status=ShareStatus.CONNECTED
    )
    own = active.filter(share__request__in=PartnerRequest.objects.visible_to(user))
    return list(own.select_related("share__partner", "share__request").order_by("ends_at", "pk")[:limit])


def stats_of(counts):
    """What the seller's home counts: where he is to act, where others are, where he is connected."""
    waiting = sum(counts[headline] for headline in FOR_THE_SELLER)
    return {
        "all_waiting": waiting,
        "waiting": count_text(waiting) or "0",
        "with_others": count_text(sum(counts[headline] for headline in WITH_OTHERS)) or "0",
        "connected": count_text(counts[Headline.CONNECTED]) or "0",
        "connected_url": f"{reverse('seller:my_requests')}?status={Headline.CONNECTED}",
        "tone": "accent" if waiting else "",
    }
