"""What waits for staff: the admin's first page, the queue of unmatched requests, and whom to refer by hand."""

from dataclasses import dataclass, field

from django.db.models import Min, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formats import ago, aside, joined, money, number, sentences
from accounts.models import AccountMail, FailedTask, Notification
from accounts.names import words_of
from accounts.paging import MOST_COUNTED, count_text
from accounts.search import words_begin
from partners.hard_filters import BINDING, OVERRULABLE, all_of, misses
from partners.matching import Sketch, find_partners, partners_without_rate
from partners.models import Partner
from partners.rates import latest_rates, rate_gaps
from partners.scoring import reason_text
from partners.workflow import PartnerStatus
from requests_app import contact_misuse, screening
from requests_app.availability import out_of_reach
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.reasons import ClosedReason, RejectReason, with_reason
from requests_app.referral import criteria_of, unmatched
from requests_app.workflow import Hold

MOST_UNMATCHED = 50
BEST, OTHERS = 10, 20  # partners offered for a referral by hand


@dataclass(frozen=True)
class Task:
    """One line of the desk: how much of something waits, and where it is dealt with."""

    label: str
    text: str
    count: str  # "" for none, "12", "99+"
    url: str


def waiting(user):
    """Return the lines of the desk that the user may see."""
    lines = (
        ("requests_app.view_partnerrequest", _held_task),
        ("requests_app.view_partnerrequest", _unmatched_task),
        ("partners.view_partner", _applied_task),
        ("partners.view_partner", _unanswering_task),
        ("requests_app.view_shop", _ownerless_task),
        ("accounts.view_notification", _failed_task),
        ("accounts.view_accountmail", _failed_account_mails_task),
        ("accounts.view_failedtask", _dead_task),
        ("partners.view_exchangerate", _rates_task),
    )
    tasks = [task() for permission, task in lines if user.has_perm(permission)]
    return tasks + (_door_tasks() if user.has_perm("partners.view_partner") else [])


def _held_task():
    held = list(screening.on_hold().values_list("held_since", flat=True)[: MOST_COUNTED + 1])
    text = _("Partners took them for spam: nobody else is asked until you release or close them.")
    if held:
        text = sentences([text, _("The first of them was put on hold %(when)s.") % {"when": ago(held[0])}])
    return Task(
        _("Requests on hold"),
        text,
        count_text(len(held)),
        f"{reverse('admin:requests_app_partnerrequest_changelist')}?hold__exact={Hold.SCREENING}",
    )


def _unmatched_task():
    return Task(
        _("Unmatched requests"),
        _("Nobody suitable is left to ask."),
        _counted(unmatched()),
        reverse("admin:requests_app_partnerrequest_unmatched"),
    )


def _applied_task():
    applied = Partner.objects.filter(status=PartnerStatus.APPLIED)
    first = applied.aggregate(first=Min("applied_at"))["first"]
    text = _("They applied and are not listed yet.")
    if first:
        text = sentences([text, _("The first of them applied %(when)s.") % {"when": ago(first)}])
    return Task(
        _("Partners to approve"),
        text,
        _counted(applied),
        f"{reverse('admin:partners_partner_changelist')}?status__exact={PartnerStatus.APPLIED}",
    )


def _unanswering_task():
    return Task(
        _("Partners that nobody can answer for"),
        _("None of their owners and reviewers can sign in: they are offered to nobody."),
        _counted(Partner.objects.filter(nobody_since__isnull=False, status=PartnerStatus.APPROVED)),
        f"{reverse('admin:partners_partner_changelist')}?nobody=yes",
    )


def _door_tasks():
    """Name each partner that often opens contact details and then rejects, with its figures."""
    return [
        Task(
            _("%(partner)s opens contact details and rejects") % {"partner": row.partner.name},
            _door_text(row),
            count_text(row.times),
            reverse("admin:partners_partner_change", args=[row.pk]),
        )
        for row in contact_misuse.named()
    ]


def _door_text(row):
    often = ngettext(
        "It did so %(times)d time within %(days)d days. The middle partner did so: %(median)s.",
        "It did so %(times)d times within %(days)d days. The middle partner did so: %(median)s.",
        row.times,
    )
    values = {"times": row.times, "days": contact_misuse.WITHIN.days, "median": number(row.median)}
    received = _("Requests that it received meanwhile: %(count)s.") % {"count": number(row.received)}
    return sentences([often % values, received])


def _ownerless_task():
    return Task(
        _("Shops that nobody can act for"),
        _("None of their owners can sign in: their open requests were closed."),
        _counted(Shop.objects.filter(nobody_since__isnull=False)),
        f"{reverse('admin:requests_app_shop_changelist')}?nobody=yes",
    )


def _failed_task():
    return Task(
        _("Mails that failed"),
        _("They are not tried any more."),
        _counted(Notification.objects.mail_failed()),
        f"{reverse('admin:accounts_notification_changelist')}?mail=failed",
    )


def _failed_account_mails_task():
    return Task(
        _("Account mails that failed"),
        _("Somebody waits for a link or should know of a change: they are not tried any more."),
        _counted(AccountMail.objects.mail_failed()),
        f"{reverse('admin:accounts_accountmail_changelist')}?mail=failed",
    )


def _dead_task():
    return Task(
        _("Tasks that failed"),
        _("They are not tried any more: look at the error, and run them again."),
        _counted(FailedTask.objects.all()),
        reverse("admin:accounts_failedtask_changelist"),
    )


def _rates_task():
    gaps = rate_gaps()
    return Task(
        _("Exchange rates to look at"),
        rates_text(gaps) or _("Every currency in use has a recent rate."),
        count_text(len(gaps.missing) + len(gaps.old)),
        reverse("admin:partners_exchangerate_changelist"),
    )


def _counted(rows):
    return count_text(rows.order_by()[: MOST_COUNTED + 1].count())


def rates_text(gaps):
    """Return what the missing and old rates mean for referrals; "" without any."""
    missing = _("Without a rate, so never referred across currencies: %(codes)s.") % {"codes": joined(gaps.missing)}
    old = _("Older than 30 days: %(codes)s.") % {"codes": joined(gaps.old)}
    return sentences(text for text, codes in ((missing, gaps.missing), (old, gaps.old)) if codes)


def outcome_of(share):
    """Return a share's status, and for one that ended why."""
    reason = ""
    if share.reject_reason:
        reason = RejectReason(share.reject_reason).label
    elif share.closed_reason:
        reason = with_reason(ClosedReason(share.closed_reason).label, share.closed_reason, share.stated_reason)
    status = share.get_status_display()
    return _("%(status)s: %(reason)s") % {"status": status, "reason": reason} if reason else status


@dataclass(frozen=True)
class Unmatched:
    """A request of the queue with what was tried, in order: (share, how it ended)."""

    request: PartnerRequest
    budget: str
    tried: list[tuple[Share, str]]


def unmatched_queue():
    """Return the requests that wait longest, and whether there are more. Three queries whatever their number."""
    shares = Share.objects.select_related("partner").defer("note", "close_note", *words_of("partner")).order_by("id")
    found = (
        unmatched()
        .select_related("market", "shop__market", "category")
        .defer(*PartnerRequest.PRIVATE_FIELDS, *words_of("market", "shop", "shop__market", "category"))
        .prefetch_related(Prefetch("shares", shares))
    )[: MOST_UNMATCHED + 1]
    rows = [
        Unmatched(
            request,
            money(request.budget, request.currency),
            [(share, outcome_of(share)) for share in request.shares.all()],
        )
        for request in found
    ]
    return rows[:MOST_UNMATCHED], len(rows) > MOST_UNMATCHED


@dataclass(frozen=True)
class Offer:
    """A partner that a request could be given to: why it fits, or what speaks against it."""

    partner: Partner
    score: int | None = None
    fits: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


def takers(request):
    """Return the partners that may be given this request now: what `services.refer_partner` allows."""
    binding = all_of(BINDING, Sketch(market=request.sold_in.pk), {})
    free = Partner.objects.filter(binding).exclude(shares__request=request)
    return free.exclude(pk__in=out_of_reach(request.shop_id))


def offers(request_id, *, search=""):
    """Return whom to refer by hand: the best matches, then others that could take it, by name and found by `search`."""
    request, criteria = _wanted(request_id)
    matches = find_partners(criteria, limit=BEST)
    partners = Partner.objects.in_bulk([match.partner_id for match in matches])
    best = [
        Offer(partners[match.partner_id], match.points, [reason_text(reason) for reason in match.reasons])
        for match in matches
    ]
    others = takers(request).exclude(pk__in=partners).order_by("name_order", "id")
    if search:
        others = others.filter(words_begin("name_words", search) or Q(pk__in=[]))
    rates = latest_rates()
    found = others.prefetch_related("traits", "categories")[:OTHERS]
    return best, [Offer(partner, misses=misses(partner, criteria, rates, among=OVERRULABLE)) for partner in found]


def left_out_for_want_of_a_rate(request_id):
    """Return whom it would refer if their currency could be converted, as "Kiko Live (JPY), Volta (BRL)"."""
    return joined(aside(partner.name, partner.currency) for partner in partners_without_rate(_wanted(request_id)[1]))


def _wanted(request_id):
    """Return the request, and what it is matched on without those it was shared with before or cannot be."""
    request = PartnerRequest.objects.select_related("market", "shop__market", "category").get(pk=request_id)
    asked = frozenset(request.shares.values_list("partner", flat=True))
    return request, criteria_of(request, exclude=asked | out_of_reach(request.shop_id))
