"""What a partner does with its proposal, each one transaction (requests_app.change).

All raise NotAllowed, MovedOn where the share is not accepted (any more), and NewerProposal where a colleague was
faster. The seller chooses one by `services.authorise_share`.
"""

from contextlib import contextmanager
from datetime import UTC, timedelta

from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from accounts.policies import require
from partners.choices import Currency
from requests_app import policies, schedule
from requests_app.change import changing_share
from requests_app.events import Actor, Kind
from requests_app.exceptions import MovedOn, NewerProposal, TooManyVersions
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.workflow import ShareStatus

MOST_A_DAY = 20  # versions of one proposal within a day: the seller hears of each
DAY = timedelta(days=1)


def send_proposal(*, share_id, by, seen, terms):
    """Return the proposal of an accepted share with these terms as its next version; the seller is told.

    `terms` holds ProposalVersion.TERMS but the currency, which is the request's: a monthly or one-time `amount`, or
    `percent` of the sales, `starts_on` as a date, `months` as the shortest term, `valid_until` as a moment to come.
    `seen` is the version that the form began with, 0 for none. The same terms as those that hold are no new version.
    Raise NotPossible where it would have ended already, and TooManyVersions.
    """
    with _changing_accepted(share_id, by) as (change, share):
        terms = {**terms, "currency": change.request.currency, "valid_until": terms["valid_until"].astimezone(UTC)}
        _check(terms, change.at)
        proposal = lock_of(share) or Proposal(share=share)
        before = proposal.versions.get(number=proposal.number).terms() if proposal.pk else {}
        if before == terms and proposal.holds_at(change.at):
            return proposal
        if seen != proposal.number:
            raise NewerProposal
        if proposal.pk and proposal.versions.filter(created_at__gt=change.at - DAY).count() >= MOST_A_DAY:
            raise TooManyVersions(MOST_A_DAY)
        proposal.offer(number=proposal.number + 1, until=terms["valid_until"], at=change.at)
        changed = [name for name in terms if before and before[name] != terms[name]]
        _save(proposal)
        ProposalVersion.objects.create(
            proposal=proposal, number=proposal.number, created_at=change.at, created_by=by, **terms
        )
        share.proposal = proposal
        change.record(Kind.PROPOSED, share, number=proposal.number, changed=changed)
        return proposal


def withdraw_proposal(*, share_id, by, seen):
    """sent -> withdrawn: the partner takes the version that it saw back; the seller is told."""
    with _changing_accepted(share_id, by) as (change, share):
        proposal = lock_of(share)
        if proposal is None or proposal.number != seen:
            raise NewerProposal
        proposal.take_back()
        _save(proposal)
        change.record(Kind.PROPOSAL_WITHDRAWN, share, number=proposal.number)
        return proposal


@contextmanager
def _changing_accepted(share_id, by):
    """Do as `changing_share` for somebody who may propose, on a share that is accepted."""
    with changing_share(share_id, by=by, actor=Actor.PARTNER) as (change, share):
        require(policies.may_propose(policies.standing_in_partner(by, share.partner), share.partner))
        if share.status != ShareStatus.ACCEPTED:
            raise MovedOn(share)
        yield change, share


def choose_proposal(change, share, number):
    """sent -> chosen, within the change that authorises the partner; raise NewerProposal unless this version holds."""
    proposal = lock_of(share)
    if proposal is None or proposal.number != number or not proposal.holds_at(change.at):
        raise NewerProposal
    proposal.be_chosen()
    _save(proposal)


def lock_of(share):
    """Return the proposal of a locked share, locked too; None where it has none."""
    return Proposal.objects.select_for_update(no_key=True).filter(share=share).first()


def _save(proposal):
    schedule.start(proposal, schedule.of_proposal(proposal))
    proposal.save()


def _check(terms, at):
    if terms["currency"] not in Currency:
        raise NotPossible(
            _("The request’s currency is not in use here any more. Ask the seller to edit the request, then propose.")
        )
    if terms["valid_until"] <= at:
        raise NotPossible(_("The proposal would have ended already. Give a later day until which it is valid."))
