"""What the address of My Requests may ask for: a search, a status, an order."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from accounts.search import LONGEST_QUERY, words_begin, words_of
from partners.names import category_begins
from requests_app.models import PartnerRequest, Share
from requests_app.workflow import Headline, RequestStatus

FOR_THE_SELLER = (Headline.ACCEPTED, Headline.DECISION, Headline.REJECTED)  # whose turn it is
WITH_PARTNERS = (Headline.REVIEWING, Headline.FINDING)
# What the home page counts and the tabs show, {code: (label, headlines)}. All of them are those of open requests.
GROUPS = {
    "waiting": (_("Waiting for you"), FOR_THE_SELLER),
    "with-partners": (_("With partners"), WITH_PARTNERS),
}
STATUSES = [*((code, label) for code, (label, _headlines) in GROUPS.items()), *Headline.choices]
OLDEST = "oldest"  # served by the same indexes as the newest first
SORTS = [("", _("Newest first")), (OLDEST, _("Oldest first"))]


class RequestFilter(FilterSet):
    q = CharFilter(method="search", max_length=LONGEST_QUERY)
    status = ChoiceFilter(method="of_status", choices=STATUSES)

    class Meta:
        model = PartnerRequest
        fields = ()

    def of_status(self, rows, name, value):
        """Say that a group's requests are open, so that the index of these serves it."""
        if value in GROUPS:
            return rows.filter(status=RequestStatus.OPEN, headline__in=GROUPS[value][1])
        return rows.filter(headline=value)

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


def asked_for(params):
    """What the list is searched and filtered by, as far as it can be read."""
    status = params.get("status", "")
    return {
        "q": params.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY],
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
