"""The partner's own proposal, as its page of a share shows it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.pages import terms
from requests_app.proposals import reading
from requests_app.proposals.workflow import ProposalStatus

TEXTS = {
    ProposalStatus.SENT: gettext_lazy("The seller can choose it and authorise you."),
    ProposalStatus.WITHDRAWN: gettext_lazy("You took it back. The seller cannot choose it."),
    ProposalStatus.EXPIRED: gettext_lazy("It is not valid any more. The seller cannot choose it."),
}


def proposal_of(share, user):
    """Return the ShownProposal of a share for a member of its partner, or None."""
    return reading.for_partner(user, share) if getattr(share, "proposal", None) else None


def card_of(proposal, share):
    """Return what the card of a ShownProposal shows: its state, its newest terms, and what each version changed."""
    newest = proposal.terms
    state = terms.state_of(proposal, share)
    return {
        "state": state,
        "text": _("The seller authorised you without it.") if state == terms.NOT_CHOSEN else text_of(proposal),
        "number": newest.number,
        "at": newest.at,
        "by": newest.by,
        "rows": terms.rows_of(newest),
        "versions": [
            {"number": version.number, "at": version.at, "by": version.by, "rows": changes_of(version, before)}
            for version, before in zip(proposal.versions, [*proposal.versions[1:], None], strict=True)
        ]
        if len(proposal.versions) > 1
        else [],
    }


def changes_of(version, before):
    """Return the rows that a version changed of the one before; all of the first one."""
    rows = terms.rows_of(version, before)
    return [row for row in rows if row["before"]] if before else rows


def text_of(proposal):
    if proposal.status == ProposalStatus.CHOSEN:
        return _("The seller chose version %(number)d of it and authorised you.") % {"number": proposal.chosen_number}
    return TEXTS[proposal.status]


def label_of(proposal):
    """Return what the button says that leads to the form."""
    if proposal is None:
        return _("Write a proposal")
    return _("Change proposal") if proposal.is_open else _("Write a new proposal")
