"""The rows of the directory and its profiles, prepared here so that the templates only print them."""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import support
from accounts.formats import day, joined, money, sentence_of, sentences, sort_key
from accounts.paging import MOMENTS, MOST_COUNTED, NUMBERS, TEXTS, count_text, page_of
from partners.asking import NOBODY_KNOWN
from partners.choices import Service
from partners.models import PartnerTrait
from partners.scoring import answers_reason, reason_text
from partners.workflow import Availability, PartnerStatus

Kind = PartnerTrait.Kind
PAGE_SIZE = 18  # rows of two and of three come out even, and the page stays under 60 kB
SERVICES_SHOWN, NAMES_SHOWN = 4, 3
WELL, FAIRLY = 0.9, 0.7  # of its requests answered
ORDERS = {  # each served by an index of Partner
    "name": {"at": "name_order", "kind": TEXTS, "ascending": True},
    "newest": {"at": "approved_at", "kind": MOMENTS},
    "response": {"at": "response_rank", "kind": NUMBERS},
}


def page_of_partners(found, params):
    rows = found.qs.prefetch_related("traits", "markets", "categories")
    return page_of(rows, params, size=PAGE_SIZE, **ORDERS[found.order])


def found_text(found):
    """Return how many partners were found, counted only as far as the text shows."""
    count = found.qs.order_by()[: MOST_COUNTED + 1].count()
    if found.is_for_asker:
        text = ngettext("%(shown)s partner you can ask", "%(shown)s partners you can ask", count)
    else:
        text = ngettext("%(shown)s partner", "%(shown)s partners", count)
    return text % {"shown": count_text(count) or "0"}


@dataclass(frozen=True)
class Chip:
    label: str
    url: str  # the same page without it


def chips_of(found, picked=()):
    """Return a chip for each value that the list is filtered by; each links to the list without it."""
    values = [(name, value) for name, value in _pairs(found.values) if name not in ("sort", "currency", "all")]
    return [
        Chip(_chip_label(found, name, value), url_of(found, without=(name, value), picked=picked))
        for name, value in values
    ]


def _pairs(values):
    """Return the values as pairs of name and value: several of one name are several pairs."""
    return [(name, each) for name, value in values.items() for each in (value if isinstance(value, list) else [value])]


def _chip_label(found, name, value):
    if name == "q":
        return _("“%(words)s”") % {"words": value}
    if name == "budget":
        return _("Up to %(budget)s a month") % {"budget": money(value, found.in_currency)}
    return str(dict(found.form.fields[name].choices)[value])


def url_of(found, *, without=("", ""), picked=(), **page):
    """Return the URL of the directory with the filters that could be read, but for one, and nothing else.

    `picked` are slugs of partners chosen to be compared; `page` is `before` or `after`, as accounts.paging reads it.
    """
    left_out = [without, ("sort", "name")]
    asked = [
        (name, str(value).removesuffix(".00"))
        for name, value in _pairs(found.values)
        if (name, value) not in left_out and not (name == "currency" and without[0] == "budget")
    ]
    query = [*asked, *(("partner", slug) for slug in picked), *page.items()]
    return reverse("partners:directory") + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True)
class Card:
    """A partner as the directory shows it."""

    name: str
    slug: str
    url: str
    tagline: str
    city: str
    services: list
    more_services: int
    categories: str
    markets: str
    languages: str
    smallest_budget: str
    converted: str
    comparable: bool
    unserved: str  # why the reader cannot ask it although it takes requests; "" when they can
    response: str
    response_tone: str
    pace: str
    availability: Availability
    until: str


def card_of(partner, found=None):
    """Return the partner's card.

    `found` is the filter that found it: what it asks for is named first, and amounts are shown in its currency too.
    """
    asked = found.values if found else {}
    wanted = asked.get("service", [])
    services = _wanted_first(
        [*wanted, Service.FULL_SERVICE] if wanted else [],
        {code: Service(code).label for code in partner.codes_of(Kind.SERVICE)},
    )
    shown = len(services) if len(services) == SERVICES_SHOWN + 1 else SERVICES_SHOWN
    return Card(
        name=partner.name,
        slug=partner.slug,
        url=partner.get_absolute_url(),
        tagline=partner.tagline,
        city=partner.city,
        services=services[:shown],
        more_services=len(services[shown:]),
        categories=_shortened(_wanted_first([asked.get("category")], _names_by_key(partner.categories))),
        markets=_shortened(_wanted_first([asked.get("market")], _names_by_key(partner.markets))),
        languages=_shortened(_labels(partner, Kind.LANGUAGE)),
        smallest_budget=smallest_budget_text(partner),
        converted=_converted(partner, found) if "budget" in asked else "",
        comparable=found.comparable(partner) if found else True,
        unserved=found.asker.hindrance(partner) if found and partner.is_available else "",
        response=response_text(partner),
        response_tone=response_tone(partner),
        pace=pace_text(partner),
        availability=partner.availability,
        until=until_text(partner),
    )


def _labels(partner, kind):
    return [str(label) for label in partner.labels_of(kind)]


def _names_by_key(related):
    """Return {key: name} of markets or categories, in the order of the names that the reader sees."""
    return {str(row.pk): str(row) for row in sorted(related.all(), key=lambda row: sort_key(str(row)))}


def _wanted_first(wanted, labels):
    """Return the labels of {code: label}, those of the wanted codes before the others."""
    return [str(labels[code]) for code in sorted(labels, key=lambda code: code not in wanted)]


def _shortened(names):
    return joined(names, most=NAMES_SHOWN)


def _converted(partner, found):
    """Return its smallest budget in the currency of the filter; "" if that is its own currency or has no rate."""
    amount = found.in_asked_currency(partner)
    if not amount or partner.currency == found.in_currency:
        return ""
    return _("about %(amount)s") % {"amount": money(amount.quantize(Decimal(1)), found.in_currency)}


def smallest_budget_text(partner):
    if not partner.smallest_budget:
        return _("Any budget")
    return _("From %(amount)s a month") % {"amount": money(partner.smallest_budget, partner.currency)}


def response_text(partner):
    """Return "Answers 92% of requests"; "" while there are too few answers (docs/design.md, Score)."""
    reason = answers_reason(partner)
    return reason_text(reason) if reason else ""


def response_tone(partner):
    """Return the colour of the badge with the response rate."""
    rate = partner.response_rate
    if rate is None:
        return "grey"
    return "green" if rate >= WELL else "blue" if rate >= FAIRLY else "amber"


def rate_text(partner):
    """Return "92%"; "" while there are too few answers."""
    reason = answers_reason(partner)
    return _("%(percent)d%%") % reason if reason else ""


def median_text(partner):
    """Return "5 hours", rounded up as in pace_text; "" while there are too few answers."""
    match _median(partner):
        case ("hours", count):
            return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
        case ("days", count):
            return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    return ""


def pace_text(partner):
    """Return "Answers within 5 hours": the median time of its last answers, rounded up; "" under 5 answers."""
    match _median(partner):
        case ("hours", count):
            return ngettext("Answers within an hour", "Answers within %(count)d hours", count) % {"count": count}
        case ("days", count):
            return ngettext("Answers within a day", "Answers within %(count)d days", count) % {"count": count}
    return ""


def _median(partner):
    """Return its median time to answer, rounded up, as (unit, count): in hours up to two days, then in days.

    Return None under 5 answers.
    """
    minutes = partner.median_answer_minutes
    if minutes is None:
        return None
    if minutes <= 48 * 60:
        return "hours", max(1, ceil(minutes / 60))
    return "days", ceil(minutes / (24 * 60))


def until_text(partner):
    return _("until %(day)s") % {"day": day(partner.paused_until)} if partner.is_paused else ""


@dataclass(frozen=True)
class Profile:
    """A partner as its own page shows it."""

    card: Card
    slug: str
    status: str
    about: str
    website: str
    host: str
    types: list
    services: list
    categories: list
    markets: list
    sizes: str
    languages: str
    smallest_budget: str
    smallest_gmv: str
    hindrance: str  # why it cannot be asked now; "" when it can
    rate: str  # "" while nothing can be said
    median: str  # likewise
    others_url: str  # others that work in what it works in
    notice: dict | None  # for components/alert.html: what its members should know of its status
    is_listed: bool
    is_readable: bool  # its page is there, for its members at least


def profile_of(partner, asker=NOBODY_KNOWN):
    """Return the partner's page for this reader; only `hindrance` depends on who reads."""
    return Profile(
        card=card_of(partner),
        slug=partner.slug,
        status=partner.status,
        about=partner.about,
        website=partner.website,
        host=(urlsplit(partner.website).hostname or "").removeprefix("www."),
        types=_labels(partner, Kind.TYPE),
        services=_labels(partner, Kind.SERVICE),
        categories=list(_names_by_key(partner.categories).values()),
        markets=list(_names_by_key(partner.markets).values()),
        sizes=sizes_text(partner),
        languages=joined(partner.labels_of(Kind.LANGUAGE)),
        smallest_budget=smallest_text(partner.smallest_budget, partner.currency),
        smallest_gmv=smallest_text(partner.smallest_gmv, partner.currency),
        hindrance=_hindrance(partner, asker),
        rate=rate_text(partner),
        median=median_text(partner),
        others_url=_others_url(partner),
        notice=notice_of(partner),
        is_listed=partner.is_approved,
        is_readable=partner.status in (PartnerStatus.APPROVED, PartnerStatus.APPLIED),
    )


NOTICES = {
    PartnerStatus.APPLIED: {
        "kind": "info",
        "title": gettext_lazy("Your application is being reviewed"),
        "text": gettext_lazy(
            "We answer by email within %(days)s days. You are listed and receive requests once it is approved. Until "
            "then you can still change everything."
        ),
    },
    PartnerStatus.SUSPENDED: {
        "kind": "danger",
        "title": gettext_lazy("Your partner is suspended"),
        "text": gettext_lazy("You are not listed and receive no requests. What you change here is kept."),
    },
    PartnerStatus.DECLINED: {
        "kind": "danger",
        "title": gettext_lazy("Your application was declined"),
        "text": gettext_lazy("The reason: %(reason)s. You may apply again."),
        "label": gettext_lazy("Apply again"),
    },
}


def notice_of(partner):
    """Return what its members read of a partner that is not approved, as parameters of an alert; else None."""
    if partner.status not in NOTICES:
        return None
    notice = {name: str(text) for name, text in NOTICES[partner.status].items()}
    notice["text"] %= {"days": settings.APPLICATION_DAYS, "reason": partner.get_decline_reason_display()}
    if partner.status == PartnerStatus.DECLINED:
        notice["url"] = f"{reverse('partners:signup')}?{urlencode({'again': partner.slug})}"
        if partner.decline_note:
            added = _("The programme adds: “%(note)s”") % {"note": partner.decline_note}
            notice["text"] = sentences([notice["text"], added])
    notice["text"] = sentences([notice["text"], support.on_questions()])
    return notice


def smallest_text(amount, currency):
    return money(amount, currency) if amount else _("No minimum")


def _others_url(partner):
    category = next(iter(partner.categories.all()), None)
    return reverse("partners:directory") + (f"?{urlencode({'category': category.pk})}" if category else "")


def sizes_text(partner):
    sizes = partner.codes_of(Kind.COMPANY_SIZE)
    if len(sizes) == len(PartnerTrait.VOCABULARIES[Kind.COMPANY_SIZE]):
        return _("Any size")
    return _("%(sizes)s people") % {"sizes": joined(partner.labels_of(Kind.COMPANY_SIZE))}


def _hindrance(partner, asker):
    why = asker.hindrance(partner)
    if not why:
        return ""
    if why == _("Takes no new requests now"):
        return _("%(name)s takes no new requests now.") % {"name": partner.name}
    match partner.availability:
        case Availability.PAUSED if not partner.is_paused:
            return _("%(name)s takes no new requests now.") % {"name": partner.name}
        case Availability.PAUSED:
            return _("%(name)s takes no new requests until %(day)s.") % {
                "name": partner.name,
                "day": day(partner.paused_until),
            }
        case Availability.BOOKED:
            return _("%(name)s is working at capacity and takes no new requests for now.") % {"name": partner.name}
    return sentence_of(partner.name, why)


@dataclass(frozen=True)
class Load:
    """How much work a partner has, as it sees it itself."""

    code: str  # an Availability, or its PartnerStatus while it is not approved
    until: str
    meaning: str
    percent: int
    text: str


def load_of(partner):
    return Load(
        code=partner.availability if partner.is_approved else partner.status,
        until=until_text(partner) if partner.is_approved else "",
        meaning=_meaning(partner),
        percent=min(100, round(100 * partner.load / partner.capacity)) if partner.capacity else 100,
        text=_("%(load)d of %(capacity)d") % {"load": partner.load, "capacity": partner.capacity},
    )


def _meaning(partner):
    room = partner.capacity - partner.load
    if not partner.is_approved:
        return _("You are offered to sellers only while you are approved.")
    if partner.nobody_since:
        return _("You are offered to nobody: no owner or reviewer of yours can sign in.")
    if partner.is_paused:
        return _("Nobody can send you a new request before then.")
    if room <= 0:
        return _("Nobody can send you a new request until one of yours ends, or you handle more at a time.")
    return ngettext("You have room for one more request.", "You have room for %(room)d more requests.", room) % {
        "room": room
    }
