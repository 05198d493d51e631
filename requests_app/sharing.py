"""Whom a request is shared with: the partners that the seller picked, then those that the platform refers."""

from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from accounts.formats import listed
from partners.models import Partner
from requests_app import referral
from requests_app.exceptions import PartnersUnavailable
from requests_app.limits import MOST_PICKS
from requests_app.models import Event, PartnerRequest, Share


def share_with_partners(change, picks):
    """Share with the picked partners, then with those the platform refers if that is the request's type."""
    request = change.request
    asked = set() if change.is_new else set(request.shares.values_list("partner", flat=True))
    matches = []
    if request.request_type == PartnerRequest.Type.REFER:
        matches = referral.candidates(request, asked | picks)
    change.lock(picks | {match.partner_id for match in matches})
    _share_with_picks(change, picks, asked)
    if request.request_type == PartnerRequest.Type.REFER:
        referral.refer(change, matches)


def _share_with_picks(change, picks, asked):
    if not picks:
        return
    able = able_to_take(change, picks) - asked
    unavailable = [partner.name for id, partner in change.partners.items() if id in picks - able]
    if unavailable or picks - change.partners.keys():
        raise PartnersUnavailable(
            _("These partners cannot be asked now: %(names)s. Remove them or choose others.")
            % {"names": listed(unavailable) or _("an unknown partner")},
            unavailable,
        )
    live_picks = [share for share in change.live_shares() if share.source == Share.Source.PICKED]
    if len(live_picks) + len(picks) > MOST_PICKS:
        raise NotPossible(_("You can have at most %(most)d chosen partners at a time.") % {"most": MOST_PICKS})
    for id in sorted(picks):
        share = change.add_share(change.partners[id], source=Share.Source.PICKED)
        change.record(Event.Kind.SHARED, share)


def able_to_take(change, partner_ids):
    """Return the ids of those of these locked partners that can be asked now: available, and serving the market."""
    market = change.request.shop.market_id
    serving = Partner.objects.filter(pk__in=partner_ids, markets=market).values_list("pk", flat=True)
    return {pk for pk in serving if pk in change.partners and change.partners[pk].is_available}
