"""What must hold over the whole database (docs/design.md, Invariants). Each check yields offenders as plain lines.

However many rows there are, the database finds the offenders, or a check streams tuples: it keeps one chunk of them, or
one number for each partner.
"""

from functools import reduce
from operator import or_

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Least

from accounts.models import ERASED, User
from accounts.moment import one_moment
from accounts.names import named_models, outdated
from accounts.services import OWN_ROWS
from partners import offers, own_words
from partners.models import Partner, PartnerMember
from requests_app import availability, event_chain, referral, rollups, schedule, screening, tasks
from requests_app.authorisations import Authorisation
from requests_app.conversation.models import Message, MessageReading
from requests_app.events import EVENTS, Kind
from requests_app.integrity import append_only
from requests_app.integrity.conversations import (
    messages_are_told,
    proposals_are_those_of_their_events,
    proposals_are_whole,
    questions_are_those_of_their_events,
)
from requests_app.integrity.scope import ALL, CHUNK, with_any_of
from requests_app.integrity.teams import (
    approved_partners_have_an_owner,
    former_names_are_whole,
    members_are_those_of_their_log,
    offers_of_teams_are_by_owners,
    team_logs_are_whole,
    teams_have_logs,
)
from requests_app.models import Event, PartnerRequest, RequestVersion, Share, Shop, ShopMember
from requests_app.proposals.models import ProposalVersion
from requests_app.reasons import ClosedReason, RejectReason
from requests_app.request_details import RequestDetails
from requests_app.workflow import LIVE, LOAD, Hold, RequestStatus, ShareStatus, headline

SCHEDULED = (  # what requests_app.schedule reads of a share, and what it says
    "status", "shared_at", "respond_by", "asked_at", "replied_at", "was_revoked", "waiting_since", "warned_at",
    "authorised_days", "authorised_until", "steps_done", "next_step_at",
)  # fmt: skip


def offenders(scope=ALL):
    """Yield a line for each thing that breaks a rule; none when all holds."""
    for check in CHECKS:
        yield from offenders_of(check, scope)


def offenders_of(check, scope):
    """Yield what one check finds. It reads one moment, so that what others write meanwhile offends nobody."""
    with one_moment():
        yield from check(scope)


def closed_requests_are_done(scope=ALL):
    closed = scope.of("request") & Q(request__status=RequestStatus.CLOSED)
    for share in Share.objects.live().filter(closed).select_related("request").iterator():
        yield f"{share.request.reference}: closed, but share {share.reference} is {share.status}"
    closed = scope.of("share__request") & Q(share__request__status=RequestStatus.CLOSED)
    for authorisation in Authorisation.objects.active().filter(closed).select_related("share__request").iterator():
        yield f"{authorisation.share.request.reference}: closed, but authorisation {authorisation.pk} is active"


def open_requests_have_an_owner(scope=ALL):
    """Nobody else reads what partners answer, or can close it. A task may be about to close them."""
    owned = ShopMember.objects.active_owners().filter(shop=OuterRef("shop"))
    open_requests = PartnerRequest.objects.open().filter(scope.of(), ~Exists(owned))
    for request in open_requests.exclude(shop__in=tasks.shops_being_closed()).order_by("pk").iterator():
        yield f"{request.reference}: open, but its shop has no owner who can sign in"


def absences_are_noted(scope=ALL):
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


def connected_shares_have_one_authorisation(scope=ALL):
    """An active authorisation of another share offends as well as a connected share without one."""
    held = Authorisation.objects.active().values("share")
    connected = Share.objects.filter(status=ShareStatus.CONNECTED).values("pk")
    concerned = with_any_of(Share.objects.filter(scope.of("request")), connected, held)
    active = Count("authorisations", filter=Q(authorisations__ended_at=None))
    right = Q(status=ShareStatus.CONNECTED, active=1)
    for reference, status, count in (
        concerned.annotate(active=active).exclude(right).order_by("pk").values_list("reference", "status", "active")
    ):
        yield f"{reference}: {status} with {count} active authorisations"


def authorisations_are_of_their_shop(scope=ALL):
    misplaced = Authorisation.objects.misplaced().filter(scope.of("share__request"))
    for authorisation in misplaced.select_related("share").order_by("pk").iterator():
        yield f"{authorisation.share.reference}: authorisation {authorisation.pk} names another shop"


def answers_are_counted(scope=ALL):
    """A rejection as spam is no answer that counts."""
    rejected = Q(kind=Kind.REJECTED) & ~Q(data__reason=RejectReason.SPAM)
    answered = _events_of_partners(Q(kind=Kind.ACCEPTED) | rejected)
    lapsed = _events_of_partners(Q(kind=Kind.SHARE_CLOSED, data__reason=ClosedReason.NO_RESPONSE))
    for partner in Partner.objects.only("shares_answered", "shares_unanswered").order_by("pk").iterator():
        held = partner.shares_answered, partner.shares_unanswered
        counted = answered.get(partner.pk, 0), lapsed.get(partner.pk, 0)
        if held != counted:
            yield f"partner {partner.pk}: answered and left unanswered {held}, has {counted}"


def _events_of_partners(wanted):
    """Return {partner's id: how many such events its shares have}.

    Read at once, without a cursor: the database lets several processes count then.
    """
    rows = Event.objects.filter(wanted, share__isnull=False).order_by().values_list("share__partner")
    return dict(rows.annotate(count=Count("pk")))


def referrals_are_kept(scope=ALL):
    referred, live = Q(shares__source=Share.Source.REFERRED), Q(shares__status__in=LIVE)
    # what is at once with the edit was before it or after
    counts = {
        "fewest": Count("shares", filter=referred & Q(shares__shared_at__gt=F("tries_since"))),
        "most": Count("shares", filter=referred & Q(shares__shared_at__gte=F("tries_since"))),
        "places": Count("shares", filter=referred & live),
        "live": Count("shares", filter=live),
    }
    tries = F("automatic_referrals")
    miscounted = Q(fewest__gt=tries) | Q(automatic_referrals__gt=Least("most", Value(referral.TRIES)))
    crowded, served = Q(places__gt=referral.PLACES), Q(unmatched_since__isnull=False, live__gt=0)
    awaited = Q(seeking=True, live=0)
    mistimed = awaited & Q(next_try_at=None) | ~awaited & Q(next_try_at__isnull=False)
    counted = PartnerRequest.objects.filter(scope.of()).annotate(**counts)
    for row in counted.filter(miscounted | crowded | served | mistimed).order_by("pk").iterator():
        yield from _wrong_referrals(row)
    seeking = PartnerRequest.objects.filter(scope.of(), seeking=True).order_by("pk").prefetch_related("shares")
    for request in seeking.iterator(CHUNK):
        if not referral.wanted(request, request.shares.all()):
            yield f"{request.reference}: seeking, but nobody is wanted"


def _wrong_referrals(request):
    """Yield what is wrong with a request of `referrals_are_kept`, which has its counts."""
    most, live = min(request.most, referral.TRIES), request.live > 0
    if not request.fewest <= request.automatic_referrals <= most:
        yield f"{request.reference}: {request.automatic_referrals} automatic referrals, has {request.most}"
    if request.places > referral.PLACES:
        yield f"{request.reference}: more than {referral.PLACES} live referrals"
    if request.unmatched_since and live:
        yield f"{request.reference}: stands as unmatched with a live share"
    if bool(request.next_try_at) != (request.seeking and not live):
        yield f"{request.reference}: next try at {request.next_try_at}, seeking {request.seeking}, live {live}"


def headlines_are_right(scope=ALL):
    requests = PartnerRequest.objects.filter(scope.of()).order_by("pk")
    rows = requests.values_list("pk", "reference", "status", "seeking", "hold", "headline")
    shares = Share.objects.filter(scope.of("request")).order_by("request_id").values_list("request", "status")
    for (_pk, reference, status, seeking, hold, held), of_request in scope.each_with(rows, shares):
        expected = headline(
            status, [share_status for _request, share_status in of_request], seeking=seeking, held=bool(hold)
        )
        if held != expected:
            yield f"{reference}: headline {held}, should be {expected}"


def holds_are_kept(scope=ALL):
    """What is on hold shares nothing, and its last event of the kind says so."""
    held = PartnerRequest.objects.filter(scope.of(), ~Q(hold="")).order_by("pk")
    shared = Q(shares__shared_at__gt=F("held_since"))
    for reference, share in held.filter(shared).values_list("reference", "shares__reference"):
        yield f"{reference}: on hold, but shared since as {share}"
    sought = held.exclude(seeking=False, unmatched_since=None, next_try_at=None)
    for reference in sought.values_list("reference", flat=True):
        yield f"{reference}: on hold, but the platform looks for partners"
    moves = Event.objects.filter(request=OuterRef("pk"), kind__in=[Kind.HELD, Kind.RELEASED]).order_by("-pk")
    ever = Event.objects.filter(kind=Kind.HELD).values("request")
    last = (
        with_any_of(PartnerRequest.objects.filter(scope.of()), held.values("pk"), ever)
        .order_by("pk")
        .annotate(last_kind=Subquery(moves.values("kind")[:1]), last_hold=Subquery(moves.values("data__hold")[:1]))
    )
    for row in last.values_list("reference", "status", "hold", "last_kind", "last_hold"):
        reference, status, hold, kind, said = row
        reached = said if kind == Kind.HELD and status == RequestStatus.OPEN else ""
        if hold != reached:
            yield f"{reference}: hold {hold!r}, its events lead to {reached!r}"


def verdicts_have_led_to_holds(scope=ALL):
    """Since staff released it last, as many verdicts put an open request on hold."""
    counts = Q(shares__reject_reason=RejectReason.SPAM)
    counts &= Q(screened_at=None) | Q(shares__ended_at__gt=F("screened_at"))
    counted = PartnerRequest.objects.open().filter(scope.of()).annotate(verdicts=Count("shares", filter=counts))
    wrong = counted.filter(verdicts__gte=screening.VERDICTS).exclude(hold=Hold.SCREENING).order_by("pk")
    for reference, hold, verdicts in wrong.values_list("reference", "hold", "verdicts"):
        yield f"{reference}: hold {hold!r} with {verdicts} rejections as spam"


def loads_are_right(scope=ALL):
    load = Count("shares", filter=Q(shares__status__in=LOAD))
    for partner in Partner.objects.annotate(counted=load).exclude(load=F("counted")).order_by("pk").iterator():
        yield f"partner {partner.pk}: load {partner.load}, has {partner.counted}"


def offers_are_right(scope=ALL):
    yield from offers.offenders()


def figures_are_right(scope=ALL):
    yield from rollups.offenders()


def schedules_are_right(scope=ALL):
    """What has ended has no step to come, so of the ended shares those alone are read that have one."""
    to_come = Share.objects.filter(scope.of("request"), Q(status__in=LIVE) | Q(next_step_at__isnull=False))
    for share in scope.each(to_come.order_by("pk").values_list("reference", *SCHEDULED, named=True)):
        expected = schedule.next_at(schedule.of_share(share), share.steps_done)
        if share.next_step_at != expected:
            yield f"{share.reference}: next step at {share.next_step_at}, should be {expected}"
    requests = PartnerRequest.objects.filter(scope.of()).order_by("pk")
    live = Exists(Share.objects.live().filter(request=OuterRef("pk")))
    screened = Q(hold=Hold.SCREENING)  # staff look at it: it has no step to come
    untimed = requests.open().filter(Q(idle_since=None) | Q(next_step_at=None) & ~screened).filter(~live)
    for reference in untimed.values_list("reference", flat=True):
        yield f"{reference}: nothing live and no step to come"
    done = Q(status=RequestStatus.CLOSED) | screened
    timed = requests.filter(done).exclude(next_step_at=None, next_try_at=None)
    for reference, status in timed.values_list("reference", "status"):
        yield f"{reference}: {'closed' if status == RequestStatus.CLOSED else 'on hold'}, but a step is to come"


def states_are_reached_by_events(scope=ALL):
    """A share's events lead from one state to the next; anything else did not happen through a service."""
    leads_of = {kind.value: event.leads for kind, event in EVENTS.items()}
    shares = Share.objects.filter(scope.of("request")).order_by("pk").values_list("pk", "reference", "status")
    events = Event.objects.filter(scope.of("request"), share__isnull=False).order_by("share_id", "pk")
    for (pk, reference, status), of_share in scope.each_with(shares, events.values_list("share", "kind")):
        reached = None
        for _share, kind in of_share:
            leads = leads_of.get(kind, {})
            if reached not in leads:
                yield f"share {pk}: event {kind} on {reached}"
            reached = leads.get(reached, reached)
        if reached != status:
            yield f"{reference}: is {status}, its events lead to {reached}"


def requests_are_submitted_and_closed_by_events(scope=ALL):
    ends = FilteredRelation("events", condition=Q(events__kind__in=[Kind.SUBMITTED, Kind.REQUEST_CLOSED]))
    counted = PartnerRequest.objects.filter(scope.of()).annotate(
        ends=ends,
        submits=Count("ends", filter=Q(ends__kind=Kind.SUBMITTED)),
        closings=Count("ends", filter=Q(ends__kind=Kind.REQUEST_CLOSED)),
    )
    closed = Q(status=RequestStatus.CLOSED)
    right = Q(submits=1) & (closed & Q(closings=1) | ~closed & Q(closings=0))
    wrong = counted.exclude(right).order_by("pk").values_list("reference", "status", "submits", "closings")
    for reference, status, submits, closings in wrong:
        yield f"{reference}: {status} with {submits} submits, {closings} closings"


def versions_are_whole(scope=ALL):
    requests = PartnerRequest.objects.filter(scope.of()).order_by("pk")
    rows = requests.values_list("pk", "reference", "version", *RequestDetails.FIELDS)
    versions = RequestVersion.objects.filter(scope.of("request")).order_by("request_id", "number")
    each = scope.each_with(rows, versions.values_list("request", "number", *RequestDetails.FIELDS))
    for (_pk, reference, version, *details), of_request in each:
        numbers = [number for _request, number, *_details in of_request]
        if numbers != list(range(1, version + 1)):
            yield f"{reference}: at version {version}, has {numbers}"
        elif list(of_request[-1][2:]) != details:
            yield f"{reference}: differs from its version {version}"


def events_are_append_only(scope=ALL):
    for name in append_only.missing():
        yield f"events: the database's trigger {name} does not stand"


def chains_are_whole(scope=ALL):
    requests = PartnerRequest.objects.filter(scope.of()).order_by("pk")
    rows = event_chain.rows(Event.objects.filter(scope.of("request")))
    for (pk, reference, *end), of_request in scope.each_with(
        requests.values_list("pk", "reference", *event_chain.END), rows
    ):
        yield from event_chain.breaks(pk, reference, end, of_request)


def erased_requests_are_empty(scope=ALL):
    requests = PartnerRequest.objects.filter(erased_at__isnull=False)
    own = requests.filter(_any_text() | Q(close_note__gt="")).values("pk")
    erased = Q(request__erased_at__isnull=False)
    of_shares = Share.objects.filter(erased, Q(note__gt="") | Q(close_note__gt="")).values("request")
    of_versions = RequestVersion.objects.filter(erased, _any_text()).values("request")
    said = Message.objects.filter(text__gt="", share__request__erased_at__isnull=False).values("share__request")
    offered = ProposalVersion.objects.filter(included__gt="", proposal__share__request__erased_at__isnull=False)
    offered = offered.values("proposal__share__request")
    left = with_any_of(requests.filter(scope.of()), own, of_shares, of_versions, said, offered)
    for reference in left.order_by("pk").values_list("reference", flat=True):
        yield f"{reference}: erased, but text is left"


def _any_text():
    return reduce(or_, (Q(**{f"{name}__gt": ""}) for name in PartnerRequest.PRIVATE_FIELDS))


def shares_are_once(scope=ALL):
    pairs = Share.objects.filter(scope.of("request")).values("request", "partner")
    for row in pairs.annotate(count=Count("pk")).filter(count__gt=1).order_by("request", "partner"):
        reference = PartnerRequest.objects.values_list("reference", flat=True).get(pk=row["request"])
        yield f"{reference}: shared {row['count']} times with partner {row['partner']}"


def live_shares_are_few(scope=ALL):
    """Live shares from before the rule stay as they are, and count for none of them here."""
    shops = PartnerRequest.objects.filter(scope.of()).values("shop")
    since = Share.objects.live().filter(shared_at__gt=_fair_since(), request__shop__in=shops)
    pairs = since.values_list("request__shop", "partner").annotate(count=Count("pk"))
    crowded = pairs.filter(count__gt=availability.MOST_WITH_ONE_PARTNER)
    for shop, partner, count in crowded.order_by("request__shop", "partner"):
        yield f"shop {shop}: {count} live shares with partner {partner}"


def _fair_since():
    """Return since when this database has known the rule."""
    applied = MigrationRecorder(connection).migration_qs.filter(app="requests_app", name=availability.CAME_WITH)
    return applied.values_list("applied", flat=True).get()


def names_are_found(scope=ALL):
    """A row that its name would not find, or that stands in the wrong place of a list: `refill_names` mends it."""
    for model in named_models():
        for row in outdated(model.objects.defer(None).order_by("pk").iterator(chunk_size=500)):
            yield f"{model._meta.model_name} {row.pk}: what its name is found and sorted by is outdated"
    for partner in own_words.outdated():
        yield f"partner {partner.pk}: what it says of itself is found by outdated words"


def erased_people_have_nothing_left(scope=ALL):
    before, after = ERASED.split("{pk}")
    erased = User.objects.filter(email__startswith=before, email__endswith=after)
    for person in erased.exclude(name="", is_active=False, last_login=None).order_by("pk").iterator():
        yield f"user {person.pk}: erased, but details are left"
    for relation in User._meta.related_objects:
        if relation.get_accessor_name() in OWN_ROWS:
            held = relation.related_model._base_manager.filter(user__in=erased).order_by("user")
            for pk in held.values_list("user", flat=True).distinct().iterator():
                yield f"user {pk}: erased, but has rows of {relation.related_model._meta.label}"
    for rows, column in (
        (Message.objects.exclude(text=""), "by"),
        (ProposalVersion.objects.exclude(included=""), "created_by"),
        (MessageReading.objects, "by"),
    ):
        left = rows.filter(**{f"{column}__in": erased}).order_by(column).values_list(column, flat=True).distinct()
        for pk in left.iterator():
            yield f"user {pk}: erased, but words are left in {left.model._meta.label}"


CHECKS = [
    messages_are_told,
    proposals_are_those_of_their_events,
    proposals_are_whole,
    questions_are_those_of_their_events,
    approved_partners_have_an_owner,
    former_names_are_whole,
    members_are_those_of_their_log,
    offers_of_teams_are_by_owners,
    team_logs_are_whole,
    teams_have_logs,
    closed_requests_are_done,
    open_requests_have_an_owner,
    absences_are_noted,
    connected_shares_have_one_authorisation,
    authorisations_are_of_their_shop,
    answers_are_counted,
    referrals_are_kept,
    headlines_are_right,
    holds_are_kept,
    verdicts_have_led_to_holds,
    loads_are_right,
    offers_are_right,
    figures_are_right,
    schedules_are_right,
    states_are_reached_by_events,
    requests_are_submitted_and_closed_by_events,
    versions_are_whole,
    events_are_append_only,
    chains_are_whole,
    erased_requests_are_empty,
    shares_are_once,
    live_shares_are_few,
    names_are_found,
    erased_people_have_nothing_left,
]
