"""Several requests rejected at once from the inbox: what the page lists, and each rejection by itself."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.exceptions import ActionRefused
from accounts.paging import PAGE_SIZE
from accounts.verbs import Consequences
from requests_app import services
from requests_app.portal import inbox
from requests_app.workflow import ShareStatus


def asked_for(user, partner, references):
    """The partner's shares of these references, as many as a page of the inbox holds; those of others are left out."""
    known = [reference for reference in references if reference.isprintable()]  # PostgreSQL takes no NUL
    rows = inbox.rows_of(user, partner).filter(reference__in=known[:PAGE_SIZE])
    return list(rows.order_by("-shared_at", "-id"))


def sorted_out(shares):
    """The rows that wait for an answer, and those that cannot be rejected any more."""
    rows = [inbox.row_of(share) for share in shares]
    waiting = [row for row in rows if row.status == ShareStatus.REVIEWING]
    return waiting, [row for row in rows if row.status != ShareStatus.REVIEWING]


def page_of(waiting):
    """Return what the page asks, for these rows of the inbox."""
    count = len(waiting)
    return {
        "title": ngettext("Reject %(count)d request?", "Reject %(count)d requests?", count) % {"count": count},
        "verb": ngettext("Reject %(count)d request", "Reject %(count)d requests", count) % {"count": count},
        "carried": [("share", row.reference) for row in waiting],
        "said": Consequences(
            intro=_("Each seller is told that you rejected the request, and reads your reason and note."),
            ends=[
                *(_line_of(row) for row in waiting),
                _(
                    "Their contact details and the sellers’ own words are closed to you and your colleagues at once. "
                    "You cannot come back to them."
                ),
            ],
            keeps=[_("You keep the business profiles as they are now. Every other request stays as it is.")],
        ),
    }


def _line_of(row):
    budget = _("%(amount)s a month") % {"amount": formats.money(row.budget, row.currency)}
    return f"{row.name} · {row.shop} · {row.market} · {budget} · {row.reference}"


def reject_each(request, shares, *, reason, note):
    """Each in a transaction of its own; what hinders one is named and holds up no other."""
    refused, count = [], 0
    for share in shares:
        try:
            services.reject_share(share_id=share.pk, by=request.user, reason=reason, note=note)
            count += 1
        except ActionRefused as refusal:
            names = {"reference": share.reference, "shop": share.shown_shop, "why": refusal.message}
            refused.append(_("%(reference)s, %(shop)s was not rejected. %(why)s") % names)
    if count:
        said = ngettext(
            "%(count)d request is rejected. Its seller is told.",
            "%(count)d requests are rejected. Their sellers are told.",
            count,
        )
        messages.success(request, said % {"count": count})
    for text in refused:
        messages.error(request, text)
