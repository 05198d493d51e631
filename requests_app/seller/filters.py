"""What the address of My Requests may ask for: a search, a status, an order."""

from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter

from accounts.search import LONGEST_QUERY, TOO_LONG, SearchedFilterSet, names_begin, query_of, terms_of
from partners.names import categories_begin, markets_begin, services_begin
from partners.own_words import partners_begin
from requests_app import help_needed
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.pages.searching import A_PAGE, few, newest_keys
from requests_app.references import REQUEST, begins_reference
from requests_app.workflow import Headline, RequestStatus

FOR_THE_SELLER = (Headline.ACCEPTED, Headline.DECISION, Headline.REJECTED)  # whose turn it is, as where a partner asks
WITH_PARTNERS = (Headline.REVIEWING, Headline.FINDING)
ASKED = Q(asked_since__isnull=False)  # a partner's question waits for the seller
# What the home page counts and the tabs show, {code: label}. All of them are those of open requests.
GROUPS = {"waiting": _("Waiting for you"), "with-partners": _("With partners")}
PARTS = {  # {code of a group: conditions}: any of them holds, and an index reads each newest first
    "waiting": [*(Q(headline=headline) for headline in FOR_THE_SELLER), ASKED],
    "with-partners": [Q(headline=headline) & ~ASKED for headline in WITH_PARTNERS],
}
STATUSES = [*GROUPS.items(), *Headline.choices]
FEW_SHARES = 2_000  # of the partners found by name, of all sellers: fewer are looked up one by one
FEW_PARTNERS = 200  # more of them have more shares than that, or the site is small
OLDEST = "oldest"  # served by the same indexes as the newest first
SORTS = [("", _("Newest first")), (OLDEST, _("Oldest first"))]


class RequestFilter(SearchedFilterSet):
    q = CharFilter(method="search", max_length=LONGEST_QUERY, error_messages={"max_length": TOO_LONG})
    status = ChoiceFilter(method="of_status", choices=STATUSES)

    class Meta:
        model = PartnerRequest
        fields = ()

    def __init__(self, *args, shops=None, **kwargs):
        """Take the ids of the shops whose requests the queryset holds, where it may be searched."""
        super().__init__(*args, **kwargs)
        self.shops = shops or []

    def of_status(self, rows, name, value):
        """Say that a group's requests are open, so that the index of these serves it."""
        if value in GROUPS:
            return rows.filter(reduce(or_, PARTS[value]), status=RequestStatus.OPEN)
        return rows.filter(headline=value)

    def search(self, rows, name, text):
        """Each term begins a reference, or a word of a category, service, market, shop or partner (own_words)."""
        terms, every = terms_of(text), rows
        coded = (categories_begin(terms), services_begin(terms), markets_begin(terms))
        for term, *codes in zip(terms, *coded, strict=True):
            rows = rows.filter(_found_by(every, self.shops, term, *codes))
        return rows if terms else rows.none()


def _found_by(rows, shops, term, categories, services, markets):
    """Return the condition that the term finds a request of these rows, of these shops; keys where it names few."""
    of_shops = names_begin("shop", Shop.objects.filter(pk__in=shops), term)
    in_markets = _shops_in(markets, shops)
    if len({*(of_shops.keys or ()), *in_markets}) == len(shops):
        return Q()
    parts = [] if of_shops.keys == [] else [_listed(rows, of_shops.condition)]
    if in_markets:
        parts.append(_listed(rows, Q(shop__in=in_markets)))
    if services:
        parts.append(_listed(rows, help_needed.names_one_of("services", services)))
    if categories:
        parts.append(_listed(rows, Q(category__in=categories)))
    typed = "-".join(term).upper()
    if REQUEST.startswith(typed):
        parts.append(_listed(rows, Q(reference__startswith=typed)))
    elif referred := begins_reference(REQUEST, typed):
        parts.append(_listed(rows, referred))
    return reduce(or_, parts, _shared_with(rows, partners_begin("partner", term)))


def _shops_in(markets, shops):
    if not markets:
        return []
    return list(Shop.objects.filter(pk__in=shops, market__in=markets).values_list("pk", flat=True))


def _listed(rows, condition):
    return few(rows, condition) or condition


def _shared_with(rows, named):
    """Return the condition that a request of these rows was shared with one of the partners."""
    shares = Share.objects.filter(named.condition)
    if named.keys is not None and len(named.keys) <= FEW_PARTNERS:
        requests = list(shares.order_by().values_list("request", flat=True)[: FEW_SHARES + 1])
        if len(requests) <= FEW_SHARES:
            return _listed(rows, Q(pk__in=requests))
    condition = Q(Exists(shares.filter(request=OuterRef("pk"))))
    return condition if _fills_a_page(rows, named) else _listed(rows, condition)


def _fills_a_page(rows, named):
    """Return whether the newest of these rows hold a page of those that were shared with one of the partners.

    The list may then be read newest first, and nobody need count what it has. Many keys are compared here: the database
    would go through them for each row.
    """
    shares = Share.objects.filter(request__in=newest_keys(rows))
    if named.keys is None:
        shares = shares.filter(named.condition)
    pairs = shares.order_by().values_list("request", "partner")
    keys = None if named.keys is None else frozenset(named.keys)
    return len({request for request, partner in pairs if keys is None or partner in keys}) >= A_PAGE


def asked_for(params):
    """What the list is searched and filtered by, as far as it can be read."""
    status = params.get("status", "")
    return {
        "q": query_of(params),
        "status": status if status in dict(STATUSES) else "",
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
