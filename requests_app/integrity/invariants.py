"""What must hold over the whole database (docs/design.md, Invariants). Each check yields offenders as plain lines."""

from collections import defaultdict

from django.db.models import Count, F, Prefetch, Q

from accounts.names import named_models, outdated
from partners import offers
from partners.models import Partner
from requests_app import event_chain, referral, schedule
from requests_app.events import EVENTS, Kind
from requests_app.integrity import append_only
from requests_app.models import Authorisation, Event, PartnerRequest, Share
from requests_app.reasons import ClosedReason
from requests_app.workflow import LIVE, LOAD, RequestStatus, headline


def offenders():
    """Yield a line for each thing that breaks a rule, over the whole database; none when all holds."""
    for check in CHECKS:
        yield from check()


def closed_requests_are_done():
    closed = Q(request__status=RequestStatus.CLOSED)
    for share in Share.objects.live().filter(closed).select_related("request"):
        yield f"{share.request.reference}: closed, but share {share.reference} is {share.status}"
    active = Authorisation.objects.filter(ended_at=None, share__request__status=RequestStatus.CLOSED)
    for authorisation in active.select_related("share__request"):
        yield f"{authorisation.share.request.reference}: closed, but authorisation {authorisation.pk} is active"


def connected_shares_have_one_authorisation():
    active = Count("authorisations", filter=Q(authorisations__ended_at=None))
    for share in Share.objects.annotate(active=active):
        expected = 1 if share.is_connected else 0
        if share.active != expected:
            yield f"{share.reference}: {share.status} with {share.active} active authorisations"


def answers_are_counted():
    answered = Count("shares__events", filter=Q(shares__events__kind__in=[Kind.ACCEPTED, Kind.REJECTED]))
    lapsed = Q(shares__events__kind=Kind.SHARE_CLOSED, shares__events__data__reason=ClosedReason.NO_RESPONSE)
    for partner in Partner.objects.annotate(answered=answered, lapsed=Count("shares__events", filter=lapsed)):
        held, counted = (partner.shares_answered, partner.shares_unanswered), (partner.answered, partner.lapsed)
        if held != counted:
            yield f"partner {partner.pk}: answered and left unanswered {held}, has {counted}"


def referrals_are_kept():
    shares = Prefetch("shares", Share.objects.order_by("pk"))
    for request in PartnerRequest.objects.select_related("shop").prefetch_related(shares):
        referred = [share for share in request.shares.all() if share.source == Share.Source.REFERRED]
        live = any(share.is_live for share in request.shares.all())
        fewest = sum(share.shared_at > request.tries_since for share in referred)
        most = sum(
            share.shared_at >= request.tries_since for share in referred
        )  # at once with the edit: before or after
        if not fewest <= request.automatic_referrals <= min(most, referral.TRIES):
            yield f"{request.reference}: {request.automatic_referrals} automatic referrals, has {most}"
        if sum(share.is_live for share in referred) > referral.PLACES:
            yield f"{request.reference}: more than {referral.PLACES} live referrals"
        if request.seeking and not referral.wanted(request, request.shares.all()):
            yield f"{request.reference}: seeking, but nobody is wanted"
        if request.unmatched_since and live:
            yield f"{request.reference}: stands as unmatched with a live share"
        if bool(request.next_try_at) != (request.seeking and not live):
            yield f"{request.reference}: next try at {request.next_try_at}, seeking {request.seeking}, live {live}"


def headlines_are_right():
    statuses = defaultdict(list)
    for request_id, status in Share.objects.values_list("request", "status"):
        statuses[request_id].append(status)
    for request in PartnerRequest.objects.all():
        expected = headline(request.status, statuses[request.pk], seeking=request.seeking)
        if request.headline != expected:
            yield f"{request.reference}: headline {request.headline}, should be {expected}"


def loads_are_right():
    load = Count("shares", filter=Q(shares__status__in=LOAD))
    for partner in Partner.objects.annotate(counted=load).exclude(load=F("counted")):
        yield f"partner {partner.pk}: load {partner.load}, has {partner.counted}"


def offers_are_right():
    yield from offers.offenders()


def schedules_are_right():
    for share in Share.objects.all():
        expected = schedule.next_at(schedule.of_share(share), share.steps_done)
        if share.next_step_at != expected:
            yield f"{share.reference}: next step at {share.next_step_at}, should be {expected}"
    idle = PartnerRequest.objects.open().exclude(shares__status__in=LIVE)
    for request in idle.filter(Q(idle_since=None) | Q(next_step_at=None)):
        yield f"{request.reference}: nothing live and no step to come"
    done = PartnerRequest.objects.filter(status=RequestStatus.CLOSED)
    for request in done.exclude(next_step_at=None, next_try_at=None):
        yield f"{request.reference}: closed, but a step is to come"


def states_are_reached_by_events():
    """A share's events lead from one state to the next; anything else did not happen through a service."""
    leads_of, reached = {kind.value: event.leads for kind, event in EVENTS.items()}, {}
    for share_id, kind in Event.objects.filter(share__isnull=False).order_by("pk").values_list("share", "kind"):
        before, leads = reached.get(share_id), leads_of.get(kind, {})
        if before not in leads:
            yield f"share {share_id}: event {kind} on {before}"
        reached[share_id] = leads.get(before, before)
    for share in Share.objects.all():
        if reached.get(share.pk) != share.status:
            yield f"{share.reference}: is {share.status}, its events lead to {reached.get(share.pk)}"
    closings = Count("events", filter=Q(events__kind=Kind.REQUEST_CLOSED))
    submits = Count("events", filter=Q(events__kind=Kind.SUBMITTED))
    for request in PartnerRequest.objects.annotate(closings=closings, submits=submits):
        if request.submits != 1 or request.closings != (request.status == RequestStatus.CLOSED):
            yield f"{request.reference}: {request.status} with {request.submits} submits, {request.closings} closings"


def versions_are_whole():
    for request in PartnerRequest.objects.annotate(count=Count("versions")).prefetch_related("versions"):
        numbers = [version.number for version in request.versions.all()]
        if numbers != list(range(1, request.version + 1)):
            yield f"{request.reference}: at version {request.version}, has {numbers}"
        elif request.versions.all()[len(numbers) - 1].details() != request.details():
            yield f"{request.reference}: differs from its version {request.version}"


def events_are_append_only():
    for name in append_only.missing():
        yield f"events: the database's trigger {name} does not stand"


def chains_are_whole():
    events = Prefetch("events", Event.objects.order_by("number"))
    for request in PartnerRequest.objects.prefetch_related(events).iterator(chunk_size=500):
        yield from event_chain.breaks(request, request.events.all())


def erased_requests_are_empty():
    left = Q(close_note__gt="") | Q(shares__note__gt="")
    for name in PartnerRequest.PRIVATE_FIELDS:
        left |= Q(**{f"{name}__gt": ""}) | Q(**{f"versions__{name}__gt": ""})
    for request in PartnerRequest.objects.exclude(erased_at=None).filter(left).order_by("pk").distinct():
        yield f"{request.reference}: erased, but text is left"


def shares_are_once():
    twice = Share.objects.values("request__reference", "partner").annotate(count=Count("pk")).filter(count__gt=1)
    for row in twice:
        yield f"{row['request__reference']}: shared {row['count']} times with partner {row['partner']}"


def names_are_found():
    """A row that its name would not find, or that stands in the wrong place of a list: `refill_names` mends it."""
    for model in named_models():
        for row in outdated(model.objects.order_by("pk").iterator(chunk_size=500)):
            yield f"{model._meta.model_name} {row.pk}: what its name is found and sorted by is outdated"


CHECKS = [
    closed_requests_are_done,
    connected_shares_have_one_authorisation,
    answers_are_counted,
    referrals_are_kept,
    headlines_are_right,
    loads_are_right,
    offers_are_right,
    schedules_are_right,
    states_are_reached_by_events,
    versions_are_whole,
    events_are_append_only,
    chains_are_whole,
    erased_requests_are_empty,
    shares_are_once,
    names_are_found,
]
