"""One transaction on one request, in the one order: lock, check, transition, save, event, notifications.

    with changing(request_id, by=user, actor=Event.Actor.SELLER) as change:
        change.lock(partner_ids)          # partners by id, then the request's shares by id
        ...                               # ask policies, call transitions
        change.record(Event.Kind.ACCEPTED, share)

What must always agree (a partner's load, the request's headline, whether the platform is still trying) is brought in
line here, once, whatever the verb (docs/design.md, One transaction).

The order of locks is: the row of the person who acts, the shop where it is young or a colleague of its owners submits,
the request, partners by id, shares by id. Two transactions that keep to it cannot wait for each other for ever.
"""

from contextlib import contextmanager

from django.db import transaction
from django_fsm import TransitionNotAllowed

from accounts import clock
from accounts.models import User
from accounts.outbox import notify_all
from accounts.saving import columns_of, save_changes
from partners.models import Partner
from partners.services import counters_of, save_counters
from requests_app import edit_notices, event_chain, notifications, referral, schedule
from requests_app.authorisations import Authorisation
from requests_app.events import EVENTS
from requests_app.exceptions import MovedOn
from requests_app.models import Event, PartnerRequest, RequestVersion, Share
from requests_app.reasons import ClosedReason
from requests_app.schedule import RESPONSE_TIME
from requests_app.workflow import FINAL, LOAD, ShareStatus, headline

# Of a share: another value begins its schedule anew.
SCHEDULED_BY = ("status", "waiting_since", "authorised_until", "asked_at", "replied_at")
REQUEST_SCHEDULED_BY = ("status", "idle_since", "hold", "held_since")  # likewise of a request

# What referrals and the notices of a new share read beside the request.
MATCHED_BY = ("market", "shop__market", "category")
# Of a share's partner that is not locked, which only is named.
UNREAD = tuple(f"partner__{field.name}" for field in Partner._meta.concrete_fields if field.name not in ("id", "name"))


@contextmanager
def changing(request_id, *, by, actor, reading=MATCHED_BY):
    """Lock the person and the request, and collect one change to it; saved whole at the end, or not at all.

    `reading` names what is read together with the request. Yield a Change. Raise PartnerRequest.DoesNotExist,
    NotAllowed for a person who is inactive, and NotPossible where the workflow refuses a transition.
    """
    try:
        with transaction.atomic():
            if by is not None:
                User.objects.lock_acting(by)
            request = (
                PartnerRequest.objects.select_for_update(no_key=True, of=("self",))
                .select_related(*reading)
                .get(pk=request_id)
            )
            change = Change(request, by=by, actor=actor)
            yield change
            change.finish()
    except TransitionNotAllowed as refused:
        raise MovedOn(refused.object) from None


@contextmanager
def creating(*, by, actor, **values):
    """Make an open request of these values of its columns, and collect what belongs to that as `changing` does.

    Yield a Change. The request is written at the end, once and as it then stands, so it needs no lock and has no key
    before. Inside another transaction it is a part of that, without a savepoint: what fails here undoes all of it.
    """
    with transaction.atomic(savepoint=False):
        at = clock.now()
        request = PartnerRequest(created_by=by, created_at=at, tries_since=at, **values)
        change = Change(request, by=by, actor=actor, at=at, is_new=True)
        yield change
        change.finish()


@contextmanager
def changing_share(share_id, *, by, actor, try_next=False, all_partners=False, reminds=False, of=None):
    """Do as `changing` for one share; yield (change, share) with request, partners concerned and shares locked.

    With `try_next`, the end of a referred share has the platform try the next partner; with `all_partners`, those of
    all live shares are locked too. What only `reminds` changes nothing of the partner and leaves it unlocked. `of` is
    the share's request, partner and source, where these were read already.
    """
    of = of or Share.objects.values_list("request", "partner", "source").get(pk=share_id)
    request_id, partner_id, source = of  # which never change
    reading = ("shop", "category") if reminds else MATCHED_BY
    with changing(request_id, by=by, actor=actor, reading=reading) as change:
        matches = []
        has_successor = try_next and source == Share.Source.REFERRED and not change.request.hold
        if has_successor:
            asked = change.request.shares.values_list("partner", flat=True)
            matches = referral.candidates(change.request, asked)
        others = loaded_partners(change.request) if all_partners else set()
        own = set() if reminds else {partner_id}
        change.lock({*own, *others, *(match.partner_id for match in matches)})
        share = change.shares[share_id]
        was_live = share.is_live  # what somebody else ended meanwhile has its successor, or is to have none
        yield change, share
        if has_successor and was_live and not share.is_live:
            referral.refer(change, matches)


def loaded_partners(request):
    return set(request.shares.live().values_list("partner", flat=True))


class Change:
    """What happens to one request in one transaction: use `changing`, `changing_share` or `creating`."""

    def __init__(self, request, *, by, actor, at=None, is_new=False):
        self.request, self.by, self.actor = request, by, actor
        self.is_new = is_new  # not written yet: it has no shares, and nobody else sees it
        self.at = at or clock.now()
        self.partners = {}  # id: Partner, locked
        self.shares = {}  # id: Share, locked
        self.events = []
        self._locked = self._touched = False
        self._counted = {}  # partner id: its counters when locked
        self._request_before = {} if is_new else columns_of(request)
        self._before = {}  # share id: its columns when locked
        self._new_shares, self._new_versions = [], []
        self._at_last = []
        self.considered = None  # the ConsideredList of the referral, if one was made

    def lock(self, partner_ids=()):
        """Lock these partners by id, then all shares of the request by id. Once a change, before any transition."""
        assert not self._locked, "a second lock would break the lock order"
        self._locked = True
        ids = set(partner_ids)
        if ids:
            rows = list(Partner.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
            self.partners = {partner.pk: partner for partner in rows}
            self._counted = {partner.pk: counters_of(partner) for partner in rows}
        if self.is_new:
            return
        shares = Share.objects.select_for_update(no_key=True, of=("self",)).filter(request=self.request)
        for share in shares.select_related("partner").defer(*UNREAD).order_by("pk"):
            share.request = self.request
            share.partner = self.partners.get(share.partner_id, share.partner)
            self.shares[share.pk] = share
            self._before[share.pk] = columns_of(share)

    def live_shares(self, *, but=None):
        return [share for share in self.shares.values() if share.is_live and share != but]

    def add_share(self, partner, **fields):
        """Return a new share for a locked partner."""
        share = Share(
            request=self.request,
            partner=partner,
            first_version=self.request.version,
            shared_at=self.at,
            respond_by=self.at + RESPONSE_TIME,
            **fields,
        )
        schedule.start(share, schedule.of_share(share))
        self._new_shares.append(share)
        partner.load += 1
        return share

    def add_version(self, details):
        """Keep what the request says from now on, as its present version."""
        self._new_versions.append(
            RequestVersion(
                request=self.request, number=self.request.version, created_by=self.by, created_at=self.at, **details
            )
        )

    def close_share(self, share, reason, *, stated=""):
        """Close one live share and end its authorisation; `stated` is a code of requests_app.reasons.STATED."""
        was_connected = share.is_connected
        share.close(reason=reason, at=self.at, stated=stated)
        if was_connected:
            self.end_authorisation(share, Authorisation.EndReason.CLOSED)
        self.record(Event.Kind.SHARE_CLOSED, share, reason=reason, **_given(stated))

    def close_request(self, closed_by, *, stated=""):
        """Close the request and all that is live of it; the partners concerned are locked.

        `stated` is a StaffReason.
        """
        self.request.close(closed_by=closed_by, at=self.at, stated=stated)
        self.request.confirmed_email = ""
        self.record(Event.Kind.REQUEST_CLOSED, closed_by=closed_by, **_given(stated))
        for share in self.live_shares():
            self.close_share(share, ClosedReason.REQUEST_CLOSED)

    def put_on_hold(self, hold, **data):
        """Put the open request on hold, which shares nothing until it is released (requests_app.sharing)."""
        self.request.put_on_hold(hold, at=self.at)
        self.record(Event.Kind.HELD, actor=Event.Actor.PLATFORM, hold=hold, **data)

    def end_authorisation(self, share, reason):
        share.authorisations.filter(ended_at=None).update(ended_at=self.at, end_reason=reason)

    def record(self, kind, share=None, *, actor=None, **data):
        """Add one line of history: `data` holds codes, numbers and keys, never personal or free text.

        Raise ValueError if requests_app.events does not name what is written with this kind.
        """
        if unnamed := data.keys() - set(EVENTS[kind].data):
            raise ValueError(f"{kind} is not written with {sorted(unnamed)}: name it in requests_app.events")
        actor = actor or self.actor
        by = self.by if actor == self.actor else None
        self.events.append(
            Event(request=self.request, share=share, kind=kind, actor=actor, by=by, data=data, at=self.at)
        )

    def all_shares(self):
        return [*self.shares.values(), *self._new_shares]

    def touch(self):
        """Save the request's own columns though nothing happened that history tells."""
        self._touched = True

    def at_last(self, act):
        """Call `act` when all is saved: it takes the last lock, or refuses the change by raising."""
        self._at_last.append(act)

    def finish(self):
        """Save all of it, with what follows from it; nothing where nothing happened."""
        if not (self.events or self._touched):
            return
        assert self._locked, "the request's shares decide its headline: lock() first"
        self._bring_shares_in_line()
        self._bring_request_in_line()
        if self.is_new:
            self.request.save(force_insert=True)
        RequestVersion.objects.bulk_create(self._new_versions)
        self._save_shares()
        self._save_loads()
        if self.considered:
            self.considered.request = self.request
            self.considered.save(force_insert=True)
        self._save_events()
        rows = notifications.notifications_of(self.events, self.all_shares(), as_before=self._read_as_before())
        notify_all(edit_notices.join_edits(rows, self.events, self.request))
        for act in self._at_last:
            act()

    def _read_as_before(self):
        """Return the names of details that partners go on reading as before, whatever the seller changed."""
        before = self._request_before
        shown = before.get("confirmed_email") or before.get("contact_email")
        return {"contact_email"} if shown == self.request.shown_email else set()

    def _moved_shares(self):
        """Return the stored shares that something happened to, by an event or because their time begins anew."""
        moved = {event.share for event in self.events if event.share and event.share.pk}
        if self.actor == Event.Actor.SELLER:
            moved.update(share for share in self.shares.values() if share.status == ShareStatus.ACCEPTED)
        return moved

    def _bring_shares_in_line(self):
        by_seller = self.actor == Event.Actor.SELLER
        if by_seller:
            self.request.seller_acted_at = self.at
        for share in self._moved_shares():
            if share.status in FINAL and share.last_version is None:
                share.last_version = self.request.version
                share.shop_name_number = self.request.shop.name_number
            if by_seller and share.status == ShareStatus.ACCEPTED:
                share.waiting_since = self.at
            if any(getattr(share, name) != self._before[share.pk][name] for name in SCHEDULED_BY):
                schedule.start(share, schedule.of_share(share))

    def _bring_request_in_line(self):
        request = self.request
        statuses = [share.status for share in self.all_shares()]
        referral.keep_state(self)
        asked = [share.asked_at for share in self.all_shares() if share.is_asked]
        request.asked_since = min(asked, default=None)
        request.headline = headline(request.status, statuses, seeking=request.seeking, held=bool(request.hold))
        self._keep_idle_time(any(share.is_live for share in self.all_shares()))

    def _save_shares(self):
        save_changes(self.shares.values(), self._before)
        Share.objects.bulk_create(self._new_shares)

    def _save_loads(self):
        for share in self.shares.values():
            was, now = self._before[share.pk]["status"] in LOAD, share.status in LOAD
            if was != now:
                self.partners[share.partner_id].load += now - was
        save_counters(self.partners.values(), self._counted)

    def _save_events(self):
        """Save the events, and the request with the end of their chain: of a new one that is all that is left."""
        for event in self.events:
            event.request, event.share = event.request, event.share  # a new one has its key from here on
        event_chain.extend(self.request, self.events)
        if self.is_new:
            self.request.save(update_fields=event_chain.END)
        else:
            save_changes([self.request], {self.request.pk: self._request_before})
        Event.objects.bulk_create(self.events)

    def _keep_idle_time(self, any_live):
        """Keep since when an open request has had no live share, or no act of the seller: it grows stale from then.

        While it is on hold no act of the seller puts off its end, and its release begins the time anew.
        """
        request, before = self.request, self._request_before
        acted = self.actor == Event.Actor.SELLER and not request.hold
        if any_live or not request.is_open:
            request.idle_since = None
        elif request.idle_since is None or acted or (before.get("hold") and not request.hold):
            request.idle_since = self.at
        if any(getattr(request, name) != before.get(name) for name in REQUEST_SCHEDULED_BY):
            schedule.start(request, schedule.of_request(request))


def _given(stated):
    return {"stated": stated} if stated else {}
