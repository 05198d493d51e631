"""What the admin shows of one request, as rows that the page only prints: never contact details, free text or notes."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formats import joined, money, sentences
from partners.scoring import reason_text
from requests_app import help_needed, screening
from requests_app.authorisations import Authorisation
from requests_app.conversation import reading as conversation
from requests_app.events import EVENTS
from requests_app.models import PartnerRequest, Share
from requests_app.pages.authorisations import areas_text
from requests_app.proposals import reading as proposals
from requests_app.reasons import ClosedBy
from requests_app.staff import desk
from requests_app.templatetags import wording
from requests_app.workflow import Hold


@dataclass(frozen=True)
class Words:
    """A message, or what a version of a proposal says in words."""

    at: datetime
    what: str
    person: str
    text: str


def spam_text(shop):
    """Return what partners took for spam of a shop, and what was on hold for that, in words."""
    counts = screening.of_shop(shop)
    if not counts["verdicts"]:
        return _("No partner has rejected a request of this shop as spam.")
    verdicts = ngettext(
        "%(verdicts)d rejection as spam, of %(requests)d requests.",
        "%(verdicts)d rejections as spam, of %(requests)d requests.",
        counts["verdicts"],
    )
    holds = _("Put on hold for that: %(holds)d times. On hold now: %(now)d.")
    return sentences([verdicts % counts, holds % counts])


SETTINGS = ("request_type", "hide_contact")
MOST_VERSIONS = 10  # of a proposal, the newest


@dataclass(frozen=True)
class Line:
    """One event: what, who acted for whom, and the codes of it as words."""

    at: datetime
    what: str
    actor: str
    person: str
    share: str
    said: str


def shares_of(request):
    """Return the request's shares in order, each with `outcome`, `why`, `url` and its authorisations as `granted`."""
    granted = Prefetch("authorisations", Authorisation.objects.select_related("granted_by").order_by("id"))
    rows = request.shares.select_related("partner").defer("note", "close_note").prefetch_related(granted)
    shares = list(rows.order_by("id"))
    for share in shares:
        share.outcome = desk.outcome_of(share)
        share.why = [reason_text(reason) for reason in share.reasons]
        share.url = reverse("admin:requests_app_share_change", args=[share.pk])
        share.granted = [_authorisation(row) for row in share.authorisations.all()]
    return shares


def _authorisation(row):
    row.areas_text = areas_text(row.areas)
    return row


def authorisations_of(share):
    rows = share.authorisations.select_related("granted_by").order_by("id")
    return [_authorisation(row) for row in rows]


def versions_of(request):
    """Return each version's business profile, with its amounts and codes as text."""
    versions = request.versions.select_related("created_by", "category").defer(*PartnerRequest.PRIVATE_FIELDS)
    return [in_words(version) for version in versions.order_by("number")]


def in_words(details):
    details.services_text = help_needed.services_text(details.services)
    details.start_text = help_needed.start_text(details.start)
    details.budget_text = money(details.budget, details.currency)
    details.platform_gmv_text = money(details.platform_gmv, details.currency)
    details.other_gmv_text = money(details.other_gmv, details.currency)
    return details


def lines_of(request, *, share=None):
    """Return the history, newest first: of the request, or what of it concerns one share."""
    events = request.events.filter(share=share) if share else request.events
    rows = events.select_related("by", "share__partner").defer("share__note", "share__close_note")
    return [_line(event) for event in rows.order_by("-id")]


def _line(event):
    return Line(
        at=event.at,
        what=event.get_kind_display(),
        actor=event.get_actor_display(),
        person=str(event.by) if event.by else "",
        share=event.share.partner.name if event.share else "",
        said=_said(event.kind, event.data),
    )


def _said(kind, data):
    """Return the codes of an event in words, as the table of events has them for staff; "" where it has none."""
    meaning = EVENTS[kind]
    words = data | {name: say(data[code]) for code, (name, say) in WORDS.items() if code in data}
    if meaning.reasons:
        words["reason"] = meaning.reasons(data["reason"]).label
    return str(meaning.staff) % words if data else ""


def _fields(changed):
    labels = [str(PartnerRequest._meta.get_field(name).verbose_name) for name in SETTINGS if name in changed]
    return joined(filter(None, [wording.field_labels(changed), *labels]))


WORDS: dict[str, tuple[str, Callable]] = {  # a code of an event's data: its name in the line, how it is said
    "type": ("type", lambda code: PartnerRequest.Type(code).label),
    "version": ("number", int),
    "changed": ("fields", _fields),
    "closed_by": ("closed_by", lambda code: ClosedBy(code).label),
    "hold": ("hold", lambda code: Hold(code).label),
    "areas": ("areas", wording.areas),
}


def notes_of(request):
    """Return the free notes beside the form: each partner's (its name and text), and staff's own on what they closed.

    Behind the same door as free text: for the page that opens the contact details, and no other.
    """
    shares = Share.objects.filter(request=request).exclude(note="", close_note="").select_related("partner")
    notes = [
        (who, text)
        for share in shares.order_by("id")
        for who, text in (
            (share.partner.name, share.note),
            (_("Staff, on %(partner)s") % {"partner": share.partner.name}, share.close_note),
        )
        if text
    ]
    return [*notes, (_("Staff"), request.close_note)] if request.close_note else notes


def words_of(request, *, before=None):
    """Return ([(partner's name, [Words])], earlier) of what was said on a request: behind the same door as notes.

    The newest messages, and what proposals say; with `before`, the key that `earlier` was, the messages before them.
    """
    said = defaultdict(list)
    messages, earlier = conversation.for_staff(request, before=before)
    for share, message in messages:
        side = _("Seller") if message.is_own else share.partner.name
        said[share.partner.name].append(Words(message.at, side, message.name, message.text))
    for share, proposal in proposals.for_staff(request) if not before else ():
        for terms in reversed(proposal.versions[:MOST_VERSIONS]):
            label = _("Proposal, version %(number)d") % {"number": terms.number}
            said[share.partner.name].append(Words(terms.at, label, terms.by, terms.included))
    return list(said.items()), earlier
