"""Several requests rejected at once from the inbox: what the page lists, and each rejection by itself."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import ActionRefused
from accounts.paging import PAGE_SIZE
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
