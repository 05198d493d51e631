"""What the platform does by itself, when it is due (requests_app.timers): remind, warn, end, try again.

Each is one transaction, like the verbs of people in requests_app.services, and looks again under its lock whether it is
still due: it may run twice, and at once on several machines.
"""

from accounts import clock
from requests_app import contacts, schedule
from requests_app.authorisations import Authorisation
from requests_app.change import changing, changing_share, loaded_partners
from requests_app.models import Event, Share
from requests_app.proposals.models import Proposal
from requests_app.reasons import ClosedBy, ClosedReason
from requests_app.schedule import Step
from requests_app.sharing import share_with_partners, take_confirmed
from requests_app.workflow import ShareStatus

Kind, Actor = Event.Kind, Event.Actor
REMINDERS = {
    Step.REMIND_PARTNER: Kind.PARTNER_REMINDED,
    Step.REMIND_QUESTION: Kind.QUESTION_REMINDED,
    Step.REMIND_SELLER: Kind.SELLER_REMINDED,
    Step.WARN_STALE: Kind.STALE_WARNED,
    Step.WARN_EXPIRY: Kind.EXPIRY_WARNED,
}
CLOSINGS = {Step.GO_STALE: ClosedBy.STALE, Step.CLOSE_UNCONFIRMED: ClosedBy.CONTACT}


def advance_share(*, share_id):
    """Do the step of the share's schedule that is due, if one is: remind, warn, or end. Return whether one was.

    No response and stale close it, an authorisation's end takes it back to accepted; for a referral that ends so the
    next partner is tried. Reminders that are outdated by now are not sent.
    """
    row = Share.objects.get(pk=share_id)
    seen = _step_due(row, clock.now())
    if seen is None:  # another round was faster
        return False
    of = (row.request_id, row.partner_id, row.source)
    what = {"try_next": seen.step == Step.LAPSE, "reminds": seen.step in REMINDERS}
    with changing_share(share_id, by=None, actor=Actor.PLATFORM, of=of, **what) as (change, share):
        due = _step_due(share, change.at)
        if due != seen:  # somebody was faster; what is due now comes with the next round
            return False
        match due.step:
            case Step.LAPSE:
                share.lapse(at=change.at)
                share.partner.shares_unanswered += 1
                change.record(Kind.SHARE_CLOSED, share, reason=ClosedReason.NO_RESPONSE)
            case Step.GO_STALE:
                share.go_stale(at=change.at)
                change.record(Kind.SHARE_CLOSED, share, reason=ClosedReason.STALE)
            case Step.EXPIRE:
                share.expire(at=change.at)
                change.end_authorisation(share, Authorisation.EndReason.EXPIRED)
                change.record(Kind.EXPIRED, share)
            case reminder:
                steps = schedule.pass_step(share, schedule.of_share, due, at=change.at)
                change.record(REMINDERS[reminder], share, days=schedule.days_left(steps, change.at))
        return True


def advance_proposal(*, proposal_id):
    """Remind the seller of a proposal that ends soon, or end it, if that is due. Return whether it was.

    Where its share is not accepted any more it ends without a word: nothing can come of it.
    """
    share_id = Proposal.objects.values_list("share", flat=True).get(pk=proposal_id)
    with changing_share(share_id, by=None, actor=Actor.PLATFORM, reminds=True) as (change, share):
        proposal = Proposal.objects.select_for_update(no_key=True).get(pk=proposal_id)
        due = schedule.now_due(schedule.of_proposal(proposal), proposal.steps_done, change.at)
        if due is None:
            return False
        share.proposal, is_accepted = proposal, share.status == ShareStatus.ACCEPTED
        steps = schedule.pass_step(proposal, schedule.of_proposal, due, at=change.at)
        if due.step == Step.END_PROPOSAL:
            proposal.run_out()
            if is_accepted:
                change.record(Kind.PROPOSAL_EXPIRED, share, number=proposal.number)
        elif is_accepted:
            change.record(Kind.PROPOSAL_REMINDED, share, days=schedule.days_left(steps, change.at))
        proposal.save()
        return True


def _step_due(share, at):
    return schedule.now_due(schedule.of_share(share), share.steps_done, at)


def advance_request(*, request_id):
    """Do the step of the request's schedule that is due, if one is: warn, remind, or close it. Return if one was."""
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        request = change.request
        due = schedule.now_due(schedule.of_request(request), request.steps_done, change.at)
        if due is None:
            return False
        change.lock()
        if due.step in CLOSINGS:
            change.close_request(CLOSINGS[due.step])
            return True
        steps = schedule.pass_step(request, schedule.of_request, due, at=change.at)
        left = {"days": schedule.days_left(steps, change.at)} if request.idle_since else {}
        change.record(Kind.CONTACT_REMINDED if due.step == Step.REMIND_CONTACT else Kind.STALE_WARNED, **left)
        return True


def release_confirmed(*, request_id):
    """Note that a contact email was confirmed another way meanwhile: what was held for it goes on. Return if it was."""
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        request = change.request
        pending = request.is_open and contacts.is_pending(request)
        if not pending or not contacts.is_confirmed(request.shop_id, request.contact_email):
            return False
        take_confirmed(change)
        return True


def try_again(*, request_id):
    """Look once more for partners for a request that nobody is left for. Return whether it was due."""
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        request = change.request
        if request.next_try_at is None or request.next_try_at > change.at:
            return False
        share_with_partners(change, set())
        change.touch()
        return True


def close_share_of_suspended_partner(*, share_id):
    """live -> closed since its partner is suspended; for a referral the next is tried. Return whether it was due."""
    with changing_share(share_id, by=None, actor=Actor.PLATFORM, try_next=True) as (change, share):
        if not share.is_live or share.partner.is_approved:
            return False
        change.close_share(share, ClosedReason.PARTNER_SUSPENDED)
        return True


def close_request_without_owner(*, request_id, by, actor):
    """Close an open request of a shop that nobody can act for; `by` is who left, or the staff who made them inactive.

    Return whether it was open, and the shop still has no other owner who can sign in.
    """
    with changing(request_id, by=None, actor=actor) as change:
        change.by = by  # they may be inactive by now, and cannot act themself
        owners = change.request.shop.members.active_owners().exclude(user=by)
        if not change.request.is_open or owners.exists():
            return False
        change.lock(loaded_partners(change.request))
        change.close_request(ClosedBy.STAFF if actor == Actor.STAFF else ClosedBy.SELLER)
        return True
