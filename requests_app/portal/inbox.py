"""What the inbox shows, prepared so that its template only prints."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import acting, formats, support
from accounts.paging import MOST_COUNTED, CountUpTo, count_text
from accounts.search import query_of
from partners.directory import notice_of
from partners.models import Partner
from partners.names import category_name, market_name
from partners.workflow import PartnerStatus
from requests_app import help_needed, visibility
from requests_app.conversation import reading
from requests_app.conversation.models import Side
from requests_app.models import Share
from requests_app.pages.list_changes import Line
from requests_app.pages.urgency import Urgency
from requests_app.portal import next_step
from requests_app.portal.filters import CONDITIONS, TABS, TO_ANSWER
from requests_app.workflow import ShareStatus

COLUMNS = (
    "reference", "status", "shared_at", "respond_by", "asked_at", "replied_at",
    "seller_message", "waiting_since", "warned_at", "connected_at", "ended_at",
    "first_version", "closed_reason", "reject_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    reference: str
    url: str
    name: str  # what the request is called
    shop: str
    market: str
    budget: Decimal
    currency: str
    status: str
    shared_at: datetime
    turn: str
    who: str  # or what is waited for
    text: str
    urgency: Urgency | None
    due: datetime | None  # until when to answer
    may_reject: bool
    changed: bool  # the seller edited it since it was first shared
    has_new: bool  # a message of the seller that the reader has not read


def shares_of(user, partner):
    return Share.objects.visible_to(user).filter(partner=partner)


def rows_of(user, partner):
    """The queryset that is filtered and paged; `row_of` makes a Row of each."""
    return reading.with_readings(user, visibility.with_profiles(shares_of(user, partner))).only(*COLUMNS)


def keys_of(user, partner, found):
    """Return the rows of an InboxFilter without their profiles, for `page_of`; None where a search reads these.

    The database knows too little of how many versions match a share to choose its index well.
    """
    return None if found.values.get("q") else [shares_of(user, partner).filter(CONDITIONS[found.shown])]


def row_of(share, *, may_answer=False):
    is_waiting = share.status == ShareStatus.REVIEWING
    return Row(
        reference=share.reference,
        url=share.get_absolute_url(),
        name=help_needed.name_of(share.shown_services, category_name(share.shown_category)),
        shop=share.shown_shop,
        market=market_name(share.shown_market_code, share.shown_market),
        budget=share.shown_budget,
        currency=share.shown_currency,
        status=share.status,
        shared_at=share.shared_at,
        turn=next_step.turn(share),
        who=next_step.who(share),
        text=next_step.next_step(share),
        urgency=next_step.urgency(share),
        due=share.respond_by if is_waiting else None,
        may_reject=is_waiting and bool(may_answer),
        changed=share.is_live and share.shown_version > share.first_version,
        has_new=reading.is_unread(share, Side.PARTNER),
    )


def lines_of(rows):
    return [
        Line(
            row.reference,
            formats.together(row.name, row.shop),
            row.status,
            str(ShareStatus(row.status).label),
            _("new message") if row.has_new else "",
        )
        for row in rows
    ]


@cache
def counters():
    """Return what `summary_of` asks of a partner, as {name: expression}. Built once: it takes longer than the query."""
    shares = Share.objects.filter(partner=OuterRef("pk"))
    kinds = {status.value: shares.filter(status=status) for status in ShareStatus}
    due = kinds[ShareStatus.REVIEWING].order_by("respond_by").values("respond_by")[:1]
    counts = {name: CountUpTo(rows.values("pk")[: MOST_COUNTED + 1]) for name, rows in kinds.items()}
    return {"next_due": Subquery(due), **counts}


def summary_of(user, partner):
    """Return how many shares have each status, counted to 99+, and when the next answer is due: one query.

    Nothing for somebody who was removed meanwhile.
    """
    own = Partner.objects.visible_to(user).filter(pk=partner.pk).order_by()
    nothing = dict.fromkeys(ShareStatus.values, 0) | {"next_due": None}
    return own.values(**counters()).first() or nothing


def tabs_of(summary, request, shown):
    """Return the tabs, each with its count; a search stays when the tab changes, but is not counted.

    `shown` is the one that is open, or a single status that a link asked for: it is a tab of its own then.
    """
    tabs = {key: (label, sum(summary[status] for status in statuses)) for key, (label, statuses) in TABS.items()}
    if shown not in tabs:
        tabs[shown] = (ShareStatus(shown).label, summary[shown])
    searched = bool(request.GET.get("q"))
    return [
        {
            "label": label,
            "url": url_of(
                request,
                without=("status", "before", "after", "seen", "sort"),
                status="" if key == TO_ANSWER and not searched else key,
            ),
            "count": "" if searched else count_text(count),
            "active": shown == key,
        }
        for key, (label, count) in tabs.items()
    ]


def url_of(request, *, without=("seen", acting.FIELD), **parameters):
    """The page's own URL without some of its parameters, or with others."""
    kept = request.GET.copy()
    for name in without:
        kept.pop(name, None)
    if "q" in kept:
        kept["q"] = query_of(kept)
    kept.update({name: value for name, value in parameters.items() if value})
    return f"{request.path}?{kept.urlencode()}" if kept else request.path


def waiting_text(summary):
    """What waits for the partner, as a sentence."""
    count = summary[ShareStatus.REVIEWING]
    if not count:
        return _("Nothing waits for your answer.")
    due = formats.day_and_time(summary["next_due"])
    return ngettext(
        "%(count)s request waits for your answer, due %(due)s.",
        "%(count)s requests wait for your answer, the first until %(due)s.",
        count,
    ) % {"count": count_text(count), "due": due}


def standing_notice(partner):
    """Why the partner is given no new requests now, as the parameters of an alert; None while it is."""
    if partner.status == PartnerStatus.APPLIED:
        title = notice_of(partner)["title"]
        text = _(
            "We answer within %(days)s days. Requests appear here once %(platform)s has approved you. Use the time to "
            "complete your profile."
        ) % {"platform": settings.PLATFORM_NAME, "days": settings.APPLICATION_DAYS}
        text = formats.sentences([text, support.on_questions()])
        return _notice("info", title, text, "portal:profile", _("Your profile"))
    if partner.status == PartnerStatus.DECLINED:
        return notice_of(partner)
    if not partner.is_approved:
        text = _("You receive no requests and cannot answer any. Live requests are closed for you.")
        text = formats.sentences([text, support.on_questions()])
        return _notice("danger", _("Your partner account is suspended"), text)
    if partner.is_paused:
        title = _("You are paused until %(moment)s") % {"moment": formats.day_and_time(partner.paused_until)}
        text = _("No new request reaches you until then. Those you have still wait for your answer.")
        return _notice("info", title, text, "portal:availability", _("Change availability"))
    if partner.is_fully_booked:
        title = _("You are fully booked: %(load)s of %(capacity)s") % vars(partner)
        text = _("New requests reach you again when you answer those you have, or raise your capacity.")
        return _notice("warning", title, text, "portal:availability", _("Change availability"))
    return None


def nothing_yet(partner):
    """Return what stands in place of a partner's first request, as the parameters of an empty state."""
    if partner.status == PartnerStatus.DECLINED:
        notice = notice_of(partner)
        text = _(
            "Sellers cannot choose you, as your application was declined. Correct what was missing and apply again."
        )
        return {"title": _("You receive no requests"), "text": text, "url": notice["url"], "label": notice["label"]}
    if not partner.is_approved and partner.status != PartnerStatus.APPLIED:
        text = _("Sellers cannot choose you while your partner account is suspended.")
        return {"title": _("You receive no requests"), "text": text, "url": "", "label": ""}
    text = _(
        "They arrive when a seller chooses you or %(platform)s refers you. A complete profile makes both more likely."
    )
    return {
        "title": _("No requests yet"),
        "text": text % {"platform": settings.PLATFORM_NAME},
        "url": reverse("portal:profile"),
        "label": _("Complete your profile"),
    }


def _notice(kind, title, text, url_name="", label=""):
    return {"kind": kind, "title": title, "text": text, "url": url_name and reverse(url_name), "label": label}
