"""What a proposal says, in words: rows that both sides' pages draw, with what a row said in the version before."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.formats import calendar_day, day_and_time, money, percent
from requests_app import help_needed
from requests_app.proposals.models import Price
from requests_app.proposals.workflow import ProposalStatus
from requests_app.workflow import ShareStatus

ROWS = {
    "services": gettext_lazy("Services"),
    "price": gettext_lazy("Price"),
    "included": gettext_lazy("What is included"),
    "starts_on": gettext_lazy("Earliest start"),
    "months": gettext_lazy("Shortest term"),
    "valid_until": gettext_lazy("Valid until"),
}


class State(NamedTuple):
    """How a proposal's state is drawn, and what it means to its reader."""

    label: str | Promise
    tone: str
    icon: str
    text: str | Promise = ""


STATES = {
    ProposalStatus.SENT: State(ProposalStatus.SENT.label, "blue", "document-text"),
    ProposalStatus.WITHDRAWN: State(ProposalStatus.WITHDRAWN.label, "grey", "arrow-uturn-left"),
    ProposalStatus.EXPIRED: State(ProposalStatus.EXPIRED.label, "amber", "clock"),
    ProposalStatus.CHOSEN: State(ProposalStatus.CHOSEN.label, "green", "check-circle"),
}
NOT_CHOSEN = State(gettext_lazy("Was not chosen"), "grey", "x-circle")


def state_of(proposal, share):
    """Return how the state of a ShownProposal is drawn, as a State without its text.

    Once its share is accepted no more, what was neither chosen nor withdrawn was not chosen: nobody waits for it.
    """
    waits = proposal.status in (ProposalStatus.SENT, ProposalStatus.EXPIRED)
    return NOT_CHOSEN if waits and share.status != ShareStatus.ACCEPTED else STATES[proposal.status]


def changed_rows(names):
    """Return the labels of the ROWS in which these of ProposalVersion.TERMS stand, each once, in their order."""
    found = {name if name in ROWS else "price" for name in names}  # amount, per cent and currency are the price
    return [str(label) for name, label in ROWS.items() if name in found]


def rows_of(terms, before=None):
    """Return the terms of a version as {label, text, before} in words; `before` is "" where it says the same."""
    now, then = texts_of(terms), texts_of(before) if before else {}
    return [{"label": label, "text": now[name], "before": _before(then, now, name)} for name, label in ROWS.items()]


def _before(then, now, name):
    return "" if then.get(name, now[name]) == now[name] else then[name] or _("nothing")


def newest_rows_of(proposal):
    """Return the rows of a ShownProposal's newest version, each with what the version before said."""
    return rows_of(*proposal.versions[:2])


def texts_of(terms):
    """Return what a version says of each of ROWS, as {name: text}."""
    return {
        "services": help_needed.services_text(terms.services),
        "price": price_text(terms),
        "included": terms.included,
        "starts_on": calendar_day(terms.starts_on),
        "months": months_text(terms.months),
        "valid_until": day_and_time(terms.valid_until),
    }


def price_text(terms):
    """Return "£1,200 a month", "£4,000 once" or "12.5% of sales"."""
    if terms.percent is not None:
        return _("%(percent)s of sales") % {"percent": percent(terms.percent / 100, exact=True)}
    text = _("%(money)s a month") if terms.price == Price.MONTHLY else _("%(money)s once")
    return text % {"money": money(terms.amount, terms.currency)}


def months_text(months):
    if not months:
        return _("None")
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}
