"""What must hold over the whole database (docs/design.md, Invariants). Each check yields offenders as plain lines.

Rows are streamed: however many there are, a check keeps one chunk of them, or one number for each partner.
"""

from itertools import groupby
from operator import itemgetter

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q

from accounts.models import ERASED, User
from accounts.names import named_models, outdated
from accounts.services import OWN_ROWS
from partners import offers
from partners.models import Partner, PartnerMember
from requests_app import event_chain, referral, rollups, schedule, tasks
from requests_app.events import EVENTS, Kind
from requests_app.integrity import append_only
from requests_app.models import (
    Authorisation,
    Event,
    PartnerRequest,
    RequestDetails,
    RequestVersion,
    Share,
    Shop,
    ShopMember,
)
from requests_app.reasons import ClosedReason
from requests_app.workflow import LIVE, LOAD, RequestStatus, ShareStatus, headline

CHUNK = 500  # rows read at once, with what belongs to them


def offenders():
    """Yield a line for each thing that breaks a rule, over the whole database; none when all holds."""
    for check in CHECKS:
        yield from check()


def _each_with(rows, others):
    """Yield each row with the list of the others that begin with its key. Both are tuples, streamed in its order."""
    groups = groupby(others.iterator(CHUNK), itemgetter(0))
    key, group = next(groups, (None, ()))
    for row in rows.iterator(CHUNK):
        while key is not None and key < row[0]:
            key, group = next(groups, (None, ()))
        yield row, list(group) if key == row[0] else []


def closed_requests_are_done():
    closed = Q(request__status=RequestStatus.CLOSED)
    for share in Share.objects.live().filter(closed).select_related("request").iterator():
        yield f"{share.request.reference}: closed, but share {share.reference} is {share.status}"
    active = Authorisation.objects.filter(ended_at=None, share__request__status=RequestStatus.CLOSED)
    for authorisation in active.select_related("share__request").iterator():
        yield f"{authorisation.share.request.reference}: closed, but authorisation {authorisation.pk} is active"


def open_requests_have_an_owner():
    """Nobody else reads what partners answer, or can close it. A task may be about to close them."""
    owned = ShopMember.objects.active_owners().filter(shop=OuterRef("shop"))
    open_requests = PartnerRequest.objects.open().filter(~Exists(owned)).exclude(shop__in=tasks.shops_being_closed())
    for request in open_requests.order_by("pk").iterator():
        yield f"{request.reference}: open, but its shop has no owner who can sign in"


def absences_are_noted():
    answering = PartnerMember.objects.answering().filter(partner=OuterRef("pk"))
    wrong = Q(Exists(answering), nobody_since__isnull=False) | Q(~Exists(answering), nobody_since=None)
    for partner in Partner.objects.filter(wrong).order_by("pk").iterator():
        yield f"partner {partner.pk}: nobody can answer since {partner.nobody_since}"
    owners = ShopMember.objects.active_owners().filter(shop=OuterRef("pk"))
    members = ShopMember.objects.filter(shop=OuterRef("pk"))
    nobody = Q(Exists(members)) & ~Q(Exists(owners))
    wrong = nobody & Q(nobody_since=None) | ~nobody & Q(nobody_since__isnull=False)
    for shop in Shop.objects.filter(wrong).order_by("pk").iterator():
        yield f"shop {shop.pk}: nobody can act since {shop.nobody_since}"


def connected_shares_have_one_authorisation():
    active = Count("authorisations", filter=Q(authorisations__ended_at=None))
    wrong = Q(status=ShareStatus.CONNECTED) & ~Q(active=1) | ~Q(status=ShareStatus.CONNECTED) & ~Q(active=0)
    for share in Share.objects.annotate(active=active).filter(wrong).order_by("pk").iterator():
        yield f"{share.reference}: {share.status} with {share.active} active authorisations"


def authorisations_are_of_their_shop():
    for authorisation in Authorisation.objects.misplaced().select_related("share").order_by("pk").iterator():
        yield f"{authorisation.share.reference}: authorisation {authorisation.pk} names another shop"


def answers_are_counted():
    answered = _events_of_partners(kind__in=[Kind.ACCEPTED, Kind.REJECTED])
    lapsed = _events_of_partners(kind=Kind.SHARE_CLOSED, data__reason=ClosedReason.NO_RESPONSE)
    for partner in Partner.objects.only("shares_answered", "shares_unanswered").order_by("pk").iterator():
        held = partner.shares_answered, partner.shares_unanswered
        counted = answered.get(partner.pk, 0), lapsed.get(partner.pk, 0)
        if held != counted:
            yield f"partner {partner.pk}: answered and left unanswered {held}, has {counted}"


def _events_of_partners(**wanted):
    """Return {partner's id: how many such events its shares have}."""
    rows = Event.objects.filter(share__isnull=False, **wanted).order_by().values_list("share__partner")
    return dict(rows.annotate(count=Count("pk")).iterator())


def referrals_are_kept():
    shares = Prefetch("shares", Share.objects.order_by("pk"))
    for request in PartnerRequest.objects.order_by("pk").prefetch_related(shares).iterator(CHUNK):
        referred = [share for share in request.shares.all() if share.source == Share.Source.REFERRED]
        live = any(share.is_live for share in request.shares.all())
        fewest = sum(share.shared_at > request.tries_since for share in referred)
        # what is at once with the edit was before it or after
        most = sum(share.shared_at >= request.tries_since for share in referred)
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
    requests = PartnerRequest.objects.order_by("pk").values_list("pk", "reference", "status", "seeking", "headline")
    shares = Share.objects.order_by("request_id").values_list("request", "status")
    for (_pk, reference, status, seeking, held), of_request in _each_with(requests, shares):
        expected = headline(status, [share_status for _request, share_status in of_request], seeking=seeking)
        if held != expected:
            yield f"{reference}: headline {held}, should be {expected}"


def loads_are_right():
    load = Count("shares", filter=Q(shares__status__in=LOAD))
    for partner in Partner.objects.annotate(counted=load).exclude(load=F("counted")).order_by("pk").iterator():
        yield f"partner {partner.pk}: load {partner.load}, has {partner.counted}"


def offers_are_right():
    yield from offers.offenders()


def figures_are_right():
    yield from rollups.offenders()


def schedules_are_right():
    for share in Share.objects.order_by("pk").iterator():
        expected = schedule.next_at(schedule.of_share(share), share.steps_done)
        if share.next_step_at != expected:
            yield f"{share.reference}: next step at {share.next_step_at}, should be {expected}"
    idle = PartnerRequest.objects.open().exclude(shares__status__in=LIVE)
    for request in idle.filter(Q(idle_since=None) | Q(next_step_at=None)).iterator():
        yield f"{request.reference}: nothing live and no step to come"
    done = PartnerRequest.objects.filter(status=RequestStatus.CLOSED)
    for request in done.exclude(next_step_at=None, next_try_at=None).iterator():
        yield f"{request.reference}: closed, but a step is to come"


def states_are_reached_by_events():
    """A share's events lead from one state to the next; anything else did not happen through a service."""
    leads_of = {kind.value: event.leads for kind, event in EVENTS.items()}
    shares = Share.objects.order_by("pk").values_list("pk", "reference", "status")
    events = Event.objects.filter(share__isnull=False).order_by("share_id", "pk").values_list("share", "kind")
    for (pk, reference, status), of_share in _each_with(shares, events):
        reached = None
        for _share, kind in of_share:
            leads = leads_of.get(kind, {})
            if reached not in leads:
                yield f"share {pk}: event {kind} on {reached}"
            reached = leads.get(reached, reached)
        if reached != status:
            yield f"{reference}: is {status}, its events lead to {reached}"
    closings = Count("events", filter=Q(events__kind=Kind.REQUEST_CLOSED))
    submits = Count("events", filter=Q(events__kind=Kind.SUBMITTED))
    closed = Q(status=RequestStatus.CLOSED)
    right = Q(submits=1) & (closed & Q(closings=1) | ~closed & Q(closings=0))
    counted = PartnerRequest.objects.annotate(closings=closings, submits=submits)
    for request in counted.exclude(right).order_by("pk").iterator():
        yield f"{request.reference}: {request.status} with {request.submits} submits, {request.closings} closings"


def versions_are_whole():
    requests = PartnerRequest.objects.order_by("pk").values_list("pk", "reference", "version", *RequestDetails.FIELDS)
    versions = RequestVersion.objects.order_by("request_id", "number").values_list(
        "request", "number", *RequestDetails.FIELDS
    )
    for (_pk, reference, version, *details), of_request in _each_with(requests, versions):
        numbers = [number for _request, number, *_details in of_request]
        if numbers != list(range(1, version + 1)):
            yield f"{reference}: at version {version}, has {numbers}"
        elif list(of_request[-1][2:]) != details:
            yield f"{reference}: differs from its version {version}"


def events_are_append_only():
    for name in append_only.missing():
        yield f"events: the database's trigger {name} does not stand"


def chains_are_whole():
    events = Prefetch("events", Event.objects.order_by("number"))
    for request in PartnerRequest.objects.order_by("pk").prefetch_related(events).iterator(CHUNK):
        yield from event_chain.breaks(request, request.events.all())


def erased_requests_are_empty():
    left = Q(close_note__gt="") | Q(shares__note__gt="")
    for name in PartnerRequest.PRIVATE_FIELDS:
        left |= Q(**{f"{name}__gt": ""}) | Q(**{f"versions__{name}__gt": ""})
    for request in PartnerRequest.objects.exclude(erased_at=None).filter(left).order_by("pk").distinct().iterator():
        yield f"{request.reference}: erased, but text is left"


def shares_are_once():
    twice = Share.objects.values("request__reference", "partner").annotate(count=Count("pk")).filter(count__gt=1)
    for row in twice.iterator():
        yield f"{row['request__reference']}: shared {row['count']} times with partner {row['partner']}"


def names_are_found():
    """A row that its name would not find, or that stands in the wrong place of a list: `refill_names` mends it."""
    for model in named_models():
        for row in outdated(model.objects.defer(None).order_by("pk").iterator(chunk_size=500)):
            yield f"{model._meta.model_name} {row.pk}: what its name is found and sorted by is outdated"


def erased_people_have_nothing_left():
    before, after = ERASED.split("{pk}")
    erased = User.objects.filter(email__startswith=before, email__endswith=after)
    for person in erased.exclude(name="", is_active=False, last_login=None).order_by("pk").iterator():
        yield f"user {person.pk}: erased, but details are left"
    for relation in User._meta.related_objects:
        if relation.get_accessor_name() in OWN_ROWS:
            held = relation.related_model._base_manager.filter(user__in=erased).order_by("user")
            for pk in held.values_list("user", flat=True).distinct().iterator():
                yield f"user {pk}: erased, but has rows of {relation.related_model._meta.label}"


CHECKS = [
    closed_requests_are_done,
    open_requests_have_an_owner,
    absences_are_noted,
    connected_shares_have_one_authorisation,
    authorisations_are_of_their_shop,
    answers_are_counted,
    referrals_are_kept,
    headlines_are_right,
    loads_are_right,
    offers_are_right,
    figures_are_right,
    schedules_are_right,
    states_are_reached_by_events,
    versions_are_whole,
    events_are_append_only,
    chains_are_whole,
    erased_requests_are_empty,
    shares_are_once,
    names_are_found,
    erased_people_have_nothing_left,
]
