"""Whom a request is shared with: the partners that the seller picked, then those that the platform refers."""

from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from accounts.formats import listed
from requests_app import availability, contacts, referral
from requests_app.exceptions import PartnersUnavailable
from requests_app.limits import MOST_PICKS
from requests_app.models import Event, PartnerRequest, Share
from requests_app.workflow import Hold


def share_with_partners(change, picks):
    """Share with the picked partners, then with those the platform refers if that is the request's type.

    While the request is on hold nothing is shared: the picks are kept, instead of those before, and asked when it is
    released.
    """
    request = change.request
    asked = set() if change.is_new else set(request.shares.values_list("partner", flat=True))
    if request.hold:
        _keep_picks(change, picks, asked)
        return
    matches = _matches(request, asked | picks)
    change.lock(picks | {match.partner_id for match in matches})
    _share_with_picks(change, picks, asked)
    _refer(change, matches)


def release(change, *, picks=None, **data):
    """End the hold, and share: with the partners that the seller chose meanwhile, and referrals.

    `picks` are what an edit chooses by now instead. A partner chosen meanwhile that cannot be asked any more is left
    out; the event says how many were, and `data`.
    """
    request = change.request
    hold, kept = request.hold, set(request.held_picks or ())
    kept, picks = (kept, set()) if picks is None else (kept & picks, picks - kept)
    asked = set(request.shares.values_list("partner", flat=True))
    request.release()
    matches = _matches(request, asked | kept | picks)
    change.lock(kept | picks | {match.partner_id for match in matches})
    missed = kept - (availability.able_to_take(change, kept) - asked)
    change.record(Event.Kind.RELEASED, hold=hold, missed=len(missed), **data)
    _share_with_picks(change, kept - missed | picks, asked)
    _refer(change, matches)


def take_confirmed(change):
    """The contact email is confirmed: partners read it from now on, and nothing is held for it."""
    contacts.show(change)
    if change.request.hold == Hold.CONTACT:
        release(change)
        return
    change.lock()
    change.touch()


def _matches(request, but):
    """Return whom the platform might refer, without these; nobody where it does not refer."""
    return referral.candidates(request, but) if request.request_type == PartnerRequest.Type.REFER else []


def _refer(change, matches):
    if change.request.request_type == PartnerRequest.Type.REFER:
        referral.refer(change, matches)


def _keep_picks(change, picks, asked):
    kept = set(change.request.held_picks or ())
    change.lock(picks)
    _require_able(change, picks - kept, asked)
    _require_room(change, picks)
    if picks != kept:
        change.request.held_picks = sorted(picks) or None
        change.touch()


def _share_with_picks(change, picks, asked):
    if not picks:
        return
    _require_able(change, picks, asked)
    _require_room(change, picks)
    for id in sorted(picks):
        share = change.add_share(change.partners[id], source=Share.Source.PICKED)
        change.record(Event.Kind.SHARED, share)


def _require_able(change, picks, asked):
    """Raise where one of these locked partners cannot be asked now: StandsInTheWay, or else PartnersUnavailable."""
    if not picks:
        return
    able = availability.able_to_take(change, picks) - asked
    if crowded := availability.requests_with(change.request.shop_id, picks - able):
        raise availability.enough_with(crowded)
    unavailable = [partner.name for id, partner in change.partners.items() if id in picks - able]
    if unavailable or picks - change.partners.keys():
        raise PartnersUnavailable(
            _("These partners cannot be asked now: %(names)s. Remove them or choose others.")
            % {"names": listed(unavailable) or _("an unknown partner")},
            unavailable,
        )


def _require_room(change, picks):
    """Raise NotPossible where these would be more chosen partners at a time than there may be."""
    live_picks = [share for share in change.live_shares() if share.source == Share.Source.PICKED]
    if picks and len(live_picks) + len(picks) > MOST_PICKS:
        raise NotPossible(_("You can have at most %(most)d chosen partners at a time.") % {"most": MOST_PICKS})
