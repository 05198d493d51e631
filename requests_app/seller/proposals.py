"""The proposals of a request's partners side by side."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.formats import day, money, number
from partners.choices import label_in, service_names
from requests_app.proposals import reading
from requests_app.proposals.models import Price
from requests_app.seller import details

MOST_COMPARED = 4


def page_of(request, user):
    """Return the context of the page that compares what the request's partners propose."""
    shares = details.shares_of(request)
    found = reading.for_seller(user, request, shares)
    columns = [column_of(share, found[share.pk]) for share in shares if share.pk in found]
    return {"partner_request": request, "columns": columns[:MOST_COMPARED]}


def column_of(share, proposal):
    terms = proposal.terms
    return {
        "partner": share.partner.name,
        "status": proposal.status.label,
        "url": reverse("seller:share", args=[share.request.reference, share.reference]),
        "rows": [
            (_("Services"), ", ".join(map(str, service_names(terms.services)))),
            (label_in(Price, terms.price), price_text(terms)),
            (_("What is included"), terms.included),
            (_("Earliest start"), str(terms.starts_on)),
            (_("Shortest term"), number(terms.months)),
            (_("Valid until"), day(terms.valid_until)),
        ],
    }


def price_text(terms):
    return number(terms.percent) if terms.percent is not None else money(terms.amount, terms.currency)
