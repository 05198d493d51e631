"""What must hold of conversations and proposals (docs/design.md, Invariants): rows and events tell the same."""

from django.db.models import F, Min, Q

from requests_app import schedule
from requests_app.authorisations import Authorisation
from requests_app.conversation.models import Message, Side
from requests_app.events import EVENTS, Kind
from requests_app.integrity.scope import ALL, with_any_of
from requests_app.models import Event, PartnerRequest, Share
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.proposals.workflow import ProposalStatus
from requests_app.workflow import ShareStatus

OF_QUESTIONS = [Kind.ASKED, Kind.REPLIED, Kind.EXTENDED]
OF_MESSAGES = [Kind.ASKED, Kind.REPLIED, Kind.MESSAGE]
OF_PROPOSALS = {
    Kind.PROPOSAL_WITHDRAWN: ProposalStatus.WITHDRAWN,
    Kind.PROPOSAL_EXPIRED: ProposalStatus.EXPIRED,
    Kind.AUTHORISED: ProposalStatus.CHOSEN,
}


def questions_are_those_of_their_events(scope=ALL):
    """A question waits where the last one has no reply after it, and gave more time at most once."""
    events = Event.objects.filter(scope.of("request"), kind__in=OF_QUESTIONS)
    asked = Share.objects.exclude(asked_at=None, replied_at=None, is_extended=False)
    shares = with_any_of(Share.objects.filter(scope.of("request")), asked.values("pk"), events.values("share"))
    shares = shares.order_by("pk")
    rows = shares.values_list("pk", "reference", "asked_at", "replied_at", "is_extended")
    told = events.order_by("share_id", "pk").values_list("share", "kind", "at")
    for (_pk, reference, *held), of_share in scope.each_with(rows, told):
        asked_at = replied_at = None
        extended = 0
        for _share, kind, at in of_share:
            if kind == Kind.ASKED:
                asked_at = at
            elif kind == Kind.REPLIED:
                asked_at, replied_at = None, at
            else:
                extended += 1
        if held != [asked_at, replied_at, extended == 1] or extended > 1:
            yield f"{reference}: asked, replied and extended {held}, its events say {[asked_at, replied_at, extended]}"
    yield from _miscounted_questions(scope)


def _miscounted_questions(scope):
    """A request knows since when the first question of a partner that reviews it waits."""
    waiting = Q(status=ShareStatus.REVIEWING, asked_at__isnull=False)
    asked = PartnerRequest.objects.filter(asked_since__isnull=False).values("pk")
    asking = Share.objects.filter(waiting).values("request")
    requests = with_any_of(PartnerRequest.objects.filter(scope.of()), asked, asking)
    first = Min("shares__asked_at", filter=Q(shares__status=ShareStatus.REVIEWING))
    wrong = requests.annotate(first=first).exclude(first__isnull=False, asked_since=F("first")).order_by("pk")
    for reference, held, since in wrong.values_list("reference", "asked_since", "first"):
        yield f"{reference}: asked since {held}, should be {since}"


def messages_are_told(scope=ALL):
    """Each message has its event, and the share names the newest of each side."""
    events = Event.objects.filter(scope.of("request"), kind__in=OF_MESSAGES)
    spoken = Message.objects.filter(scope.of("share__request"))
    naming = Share.objects.exclude(seller_message=None, partner_message=None).values("pk")
    shares = Share.objects.filter(scope.of("request"))
    shares = with_any_of(shares, naming, events.values("share"), spoken.values("share")).order_by("pk")
    rows = shares.values_list("pk", "reference", "seller_message", "partner_message")
    said = spoken.order_by("share_id", "pk").values_list("share", "pk", "side", "by", "at", "is_question")
    told = events.order_by("share_id", "pk").values_list("share", "actor", "by", "at", "kind")
    for (row, of_share), (_row, lines) in zip(scope.each_with(rows, said), scope.each_with(rows, told), strict=True):
        _pk, reference, *newest = row
        last = {side: pk for _share, pk, side, *_said in of_share}
        if newest != [last.get(Side.SELLER), last.get(Side.PARTNER)]:
            yield f"{reference}: newest messages {newest}, has {[last.get(Side.SELLER), last.get(Side.PARTNER)]}"
        written = [tuple(said) for _share, _pk, *said in of_share]
        if written != [(actor, by, at, kind == Kind.ASKED) for _share, actor, by, at, kind in lines]:
            yield f"{reference}: {len(written)} messages, its events tell of {len(lines)} or of others"


def proposals_are_whole(scope=ALL):
    """The newest version is the last of 1, 2, 3, …, and says until when it holds."""
    proposals = Proposal.objects.filter(scope.of("share__request")).order_by("pk")
    versions = ProposalVersion.objects.filter(scope.of("proposal__share__request")).order_by("proposal_id", "number")
    rows = proposals.values_list("pk", "share__reference", "number", "valid_until")
    each = scope.each_with(rows, versions.values_list("proposal", "number", "valid_until"))
    for (_pk, reference, number, valid_until), of_proposal in each:
        numbers = [of_version for _proposal, of_version, _until in of_proposal]
        if not number or numbers != list(range(1, number + 1)):
            yield f"{reference}: its proposal is at version {number}, has {numbers}"
        elif of_proposal[-1][-1] != valid_until:
            yield f"{reference}: its proposal holds until {valid_until}, version {number} until {of_proposal[-1][-1]}"
    to_come = Q(status=ProposalStatus.SENT) | Q(next_step_at__isnull=False)
    for proposal in scope.each(proposals.filter(to_come).select_related("share")):
        expected = schedule.next_at(schedule.of_proposal(proposal), proposal.steps_done)
        if proposal.next_step_at != expected:
            yield f"{proposal.share.reference}: next step at {proposal.next_step_at}, should be {expected}"


def proposals_are_those_of_their_events(scope=ALL):
    """Its events lead to its state and number, and what was chosen is what an authorisation names.

    Nothing is said of the end of one whose share was not accepted any more by then.
    """
    events = Event.objects.filter(scope.of("request"), share__isnull=False)
    proposed = events.filter(kind=Kind.PROPOSED).values("share")
    named = Authorisation.objects.filter(scope.of("share__request"), proposal_number__isnull=False)
    shares = Share.objects.filter(scope.of("request"))
    shares = with_any_of(shares, Proposal.objects.values("share"), proposed, named.values("share")).order_by("pk")
    states = ("proposal__status", "proposal__number", "proposal__chosen_number")
    rows = shares.values_list("pk", "reference", *states)
    lines = events.filter(share__in=shares.values("pk")).order_by("share_id", "pk").values_list("share", "kind", "data")
    grants = named.order_by("share_id", "pk").values_list("share", "proposal_number")
    each = zip(scope.each_with(rows, lines), scope.each_with(rows, grants), strict=True)
    for ((_pk, reference, *held), of_share), (_row, granted) in each:
        reached, chosen, may_run_out = _reached(of_share)
        if held != reached and not (may_run_out and held == [ProposalStatus.EXPIRED.value, *reached[1:]]):
            yield f"{reference}: its proposal is {held}, its events lead to {reached}"
        if (numbers := [number for _share, number in granted]) != chosen:
            yield f"{reference}: authorised by proposals {numbers}, its events say {chosen}"


def _reached(events):
    """Return ([status, number, number chosen], the numbers chosen, whether it may run out without a word)."""
    status = number = by = None  # by which version the partner is authorised now
    chosen, has_left = [], False
    for _share, kind, data in events:
        leads = EVENTS[kind].leads
        if kind == Kind.PROPOSED:
            follows = data["number"] == (number or 0) + 1
            status, number, has_left = ProposalStatus.SENT.value if follows else None, data["number"], False
        elif kind in OF_PROPOSALS and (kind != Kind.AUTHORISED or "proposal" in data):
            number_named = data["proposal" if kind == Kind.AUTHORISED else "number"]
            holds = status == ProposalStatus.SENT and number_named == number
            status = OF_PROPOSALS[kind].value if holds else None
        if kind == Kind.AUTHORISED:
            by = data.get("proposal")
        if by and kind in (Kind.AUTHORISED, Kind.RENEWED):  # what is renewed stays what it was granted on
            chosen.append(by)
        has_left |= leads.get(ShareStatus.ACCEPTED, ShareStatus.ACCEPTED) != ShareStatus.ACCEPTED
    return [status, number, chosen[-1] if chosen else None], chosen, has_left and status == ProposalStatus.SENT
