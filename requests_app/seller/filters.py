"""What the address of My Requests may ask for: a search, a status, an order."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from accounts.search import LONGEST_QUERY, term_begins, terms_of
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
        """Each term begins a reference, or a word of the category's, a partner's or the shop's name."""
        terms = terms_of(text)
        for term in terms:
            shared = Share.objects.filter(request=OuterRef("pk")).filter(term_begins("partner__name_words", term))
            rows = rows.filter(
                _begins_the_reference("-".join(term).upper())
                | Exists(shared)
                | category_begins(term, words="category__name_words", name="category__name")
                | term_begins("shop__name_words", term)
            )
        return rows if terms else rows.none()


def _begins_the_reference(typed):
    return Q(reference__startswith=typed) | Q(reference__startswith=f"SPR-{typed}")


def asked_for(params):
    """What the list is searched and filtered by, as far as it can be read."""
    status = params.get("status", "")
    return {
        "q": params.get("q", "").strip()[:LONGEST_QUERY],
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
