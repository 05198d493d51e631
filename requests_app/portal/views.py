"""The partner's pages: inbox, one share and its verbs, figures. Rows are those of all the reader's partners."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import acting
from accounts.exceptions import ActionRefused
from accounts.fields import row_number
from accounts.paging import page_of
from accounts.policies import require
from accounts.search import query_of
from partners.views import edit_availability
from requests_app import blocking, policies, services, shop_names
from requests_app.blocks import Block
from requests_app.company import page as company_page
from requests_app.exceptions import NewerVersion
from requests_app.pages import list_changes
from requests_app.pages.confirm import ask
from requests_app.pages.conversation import refreshed
from requests_app.pages.memberships import active_partner
from requests_app.portal import bulk_reject, unsent
from requests_app.portal import inbox as inbox_page
from requests_app.portal import insights as insights_page
from requests_app.portal import share as share_page
from requests_app.portal.confirm import BlockShop, EndConnection, Reject, Withdraw
from requests_app.portal.conversation import conversation_of
from requests_app.portal.decorators import (
    for_partner,
    for_share,
    read_again_or_404,
    standing_of,
    visible_share_or_404,
    where_open,
)
from requests_app.portal.filters import ALL, ORDERS, PAGER_LABELS, InboxFilter
from requests_app.portal.forms import AcceptForm, RejectSeveralForm
from requests_app.workflow import ShareStatus


@require_safe
@for_partner
def inbox(request, partner):
    """The whole page, or for htmx its list alone, and nothing when that is as the reader has it."""
    found = InboxFilter(request.GET, queryset=inbox_page.rows_of(request.user, partner))
    keys = inbox_page.keys_of(request.user, partner, found)
    page = page_of(found.qs, request.GET, keys=keys, **ORDERS[found.order])
    summary = inbox_page.summary_of(request.user, partner)
    may_answer = policies.may_answer(standing_of(request.user, partner), partner)
    rows = [inbox_page.row_of(share, may_answer=may_answer) for share in page.rows]
    lines, seen = inbox_page.lines_of(rows), request.GET.get("seen", "")
    state = list_changes.state_of((rows, summary), lines)
    if request.htmx and seen == state:
        return HttpResponse(status=204)
    own = acting.key_of(acting.PARTNER, partner.pk)
    context = {
        "partner": partner.name,
        "notice": inbox_page.standing_notice(partner),
        "waiting": inbox_page.waiting_text(summary),
        "tabs": inbox_page.tabs_of(summary, request, found.shown),
        "filter": found,
        "typed": query_of(request.GET),
        "cleared": inbox_page.url_of(request, without=("q", "before", "after", "seen")),
        "all_url": f"{request.path}?status={ALL}",
        "everywhere": inbox_page.url_of(request, without=("before", "after", "seen", "sort"), status=ALL),
        "nothing": inbox_page.nothing_yet(partner),
        "blank": not any(summary[status] for status in ShareStatus),
        "page": page,
        "rows": rows,
        "may_reject": any(row.may_reject for row in rows),
        "state": state,
        "news": list_changes.changes_since(seen, lines),
        "steps": PAGER_LABELS[found.order],
        "here": inbox_page.url_of(request, **{acting.FIELD: own}),
        "acting_for": own,
    }
    return render(request, "portal/inbox_list.html" if request.htmx else "portal/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_partner
def reject_several(request, partner):
    """Ask with a page that lists exactly which requests, then reject each by itself."""
    require(policies.may_answer(standing_of(request.user, partner), partner))
    is_sent = request.method == "POST"
    asked = bulk_reject.asked_for(request.user, partner, (request.POST if is_sent else request.GET).getlist("share"))
    form = RejectSeveralForm(request.POST if is_sent else None, partner=partner)
    if asked and form.is_valid():
        bulk_reject.reject_each(request, asked, **form.cleaned_data)
        return redirect("portal:inbox")
    waiting, others = bulk_reject.sorted_out(asked)
    if not waiting:
        messages.error(request, _("Choose requests that wait for your answer. None of those chosen does."))
        return redirect("portal:inbox")
    context = {"partner": partner.name, "others": others, "form": form, **bulk_reject.page_of(waiting)}
    return render(request, "portal/reject_several.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_partner
def availability(request, partner):
    """Capacity and pause, and below them the shops that the partner has blocked."""
    blocks = Block.objects.visible_to(request.user).by_partners().filter(partner=partner)
    return edit_availability(
        request,
        partner,
        acting_for=acting.key_of(acting.PARTNER, partner.pk),
        blocks=shop_names.with_known_names(blocks).select_related("shop", "by").order_by("shop__name_order", "pk"),
        may_block=policies.may_block_as_partner(standing_of(request.user, partner)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_partner
def sign_in(request, partner):
    """How the partner's people sign in through their own company."""
    standing = standing_of(request.user, partner)
    return company_page.answer(request, acting.PARTNER, partner, standing, base="portal/base.html")


@require_POST
@for_partner
def unblock(request, partner):
    blocks = Block.objects.visible_to(request.user).by_partners().filter(partner=partner)
    blocks = shop_names.with_known_names(blocks)
    held = get_object_or_404(blocks, pk=row_number(request.POST.get("block")) or 0)
    blocking.unblock(block_id=held.pk, by=request.user)
    messages.success(request, _("%(shop)s can send you requests again.") % {"shop": held.known_as})
    return redirect("portal:availability")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@where_open
def block(request, reference):
    shown, standing = visible_share_or_404(request, reference)
    try:
        require(policies.may_block_as_partner(standing))
        return ask(request, BlockShop(), shown)
    except ActionRefused as refused:
        messages.error(request, refused.message)
        return redirect(shown)


@require_safe
@never_cache
@where_open
def share(request, reference):
    shown, standing = visible_share_or_404(request, reference)
    before = row_number(request.GET.get("before"))
    if request.htmx:
        return _messages(request, shown, standing)
    context = share_page.page_of(shown, request.user, standing, before=before)
    if (partner := active_partner(request)) != shown.partner:
        context["other_partner"] = partner.name
    return render(request, "portal/share.html", context)


def _messages(request, shown, standing):
    """Answer htmx: with the messages and the panel, and nothing where the reader has them."""
    card = conversation_of(shown, request.user, standing)
    if card is None:
        return render(request, "portal/conversation_gone.html", {"url": shown.get_absolute_url()})
    return refreshed(
        request, card, "portal/share_live.html", lambda: share_page.panel_of(shown, standing, request.user)
    )


@never_cache
@where_open
def contact(request, reference):
    """POST opens the contact details, on record. GET, such as coming back from signing in, leads to the share."""
    shown, _standing = visible_share_or_404(request, reference)
    if request.method != "POST":
        return redirect(shown)
    try:
        details = services.open_contact(share_id=shown.pk, by=request.user)
    except ActionRefused as refused:
        messages.error(request, refused.message)
        return HttpResponseClientRedirect(shown.get_absolute_url()) if request.htmx else redirect(shown)
    template = "portal/contact_card.html" if request.htmx else "portal/contact.html"
    context = {"details": details, "labels": share_page.contact_labels()}
    return render(request, template, share_page.heading_of(shown) | context)


@for_share("accept", typed=unsent.of_accepting)
def accept(request, shown):
    """Carries the version shown; where the seller edited meanwhile, shows the difference and asks again."""
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask_to_accept(request, shown, form)
    try:
        services.accept_share(share_id=shown.pk, by=request.user, **form.cleaned_data)
    except NewerVersion as newer:
        if newer.current != shown.request.version:  # saved since the share was read here
            shown, _standing = read_again_or_404(request, shown)
        return _ask_to_accept(request, shown, form, newer)
    messages.success(request, _("You accepted the request. The seller is told, and can authorise you now."))
    return redirect(shown)


def _ask_to_accept(request, shown, form, newer=None):
    standing = policies.standing_in_partner(request.user, shown.partner)
    return render(request, "portal/accept.html", share_page.accepting(shown, request.user, standing, form, newer))


@for_share("reject")
def reject(request, shown):
    return ask(request, Reject(), shown)


@for_share("withdraw")
def withdraw(request, shown):
    return ask(request, Withdraw(), shown)


@for_share("close")
def close(request, shown):
    return ask(request, EndConnection(), shown)


@require_safe
@for_partner
def insights(request, partner):
    return render(request, "portal/insights.html", insights_page.figures_of(request.user, partner))
