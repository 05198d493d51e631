"""The pages that act on one partner's share: whether the act is open now, and what it would end."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from accounts.formats import day, listed
from accounts.policies import require
from requests_app import actions
from requests_app.models import PartnerRequest
from requests_app.seller.history import areas_text
from requests_app.workflow import STALE_TIME


def require_open(verb, standing, share):
    """Raise NotAllowed or NotPossible, with what the person reads, unless the verb is open to the seller now."""
    known = actions.SELLER_VERBS[verb]
    require(known.may(standing, share))
    if not known.can(share):
        raise NotPossible(
            _("For %(partner)s it is “%(status)s” now, so this is not possible. Nothing was changed.")
            % {"partner": share.partner.name, "status": share.get_status_display()}
        )


def require_closable(request, standing, shares):
    """Do likewise for closing the whole request."""
    known = actions.REQUEST_VERBS["close"]
    require(known.may(standing, shares))
    if not known.can(request):
        raise NotPossible(_("This request is closed already."))


def live_others(share, shares):
    return [other for other in shares if other.is_live and other != share]


def authorisation_of(share):
    return share.active[0] if share.active else None


def ends_by_revoking(share):
    authorisation = authorisation_of(share)
    names = {"partner": share.partner.name, "areas": areas_text(authorisation.areas), "day": day(authorisation.ends_at)}
    return [
        _("%(partner)s loses its access at once: %(areas)s") % names,
        _("The authorisation that would have held until %(day)s") % names,
    ]


def kept_by_revoking(share):
    names = {"partner": share.partner.name}
    return [
        _("%(partner)s keeps the request and your contact details, with the status “Partner accepted”") % names,
        _("You can authorise %(partner)s again") % names,
    ]


def told_by_revoking(share, shares):
    names = {"partner": share.partner.name, "days": STALE_TIME.days}
    return [
        _("%(partner)s is told that its authorisation ended") % names,
        *unchanged_for(live_others(share, shares)),
        _("Nobody else is asked. Without another authorisation it closes for %(partner)s after %(days)d days") % names,
    ]


def ends_by_closing(share):
    """Return what closing ends for the partner of this share, as lines."""
    names = {"partner": share.partner.name}
    ends = [_("%(partner)s can no longer view your contact details and can do nothing more with the request") % names]
    if authorisation := authorisation_of(share):
        names["areas"] = areas_text(authorisation.areas)
        ends.insert(0, _("The authorisation of %(partner)s ends at once: %(areas)s") % names)
    return ends


def kept_by_closing(share, shares):
    names = {"partner": share.partner.name}
    return [
        *unchanged_for(live_others(share, shares)),
        _("Your request stays open. You can edit it and choose other partners"),
        _("%(partner)s keeps the business profile as it is now and the history of its own acts") % names,
    ]


def told_by_closing(share):
    names = {"partner": share.partner.name}
    return [
        _("%(partner)s is told that you closed the request for it") % names,
        _("Nobody is asked in place of %(partner)s") % names,
    ]


def unchanged_for(others):
    return [_("Nothing changes for %(names)s") % {"names": listed(names_of(others))}] if others else []


def names_of(shares):
    return [share.partner.name for share in shares]


def ends_by_closing_request(shares):
    ends = [line for share in shares if share.is_live for line in ends_by_closing(share)]
    return [*ends, _("The request is not shared with anybody else")]


def kept_by_closing_request(shares):
    keeps = [
        _("The request, its answers and its history stay in My Requests"),
        _("You can request again with the same values"),
    ]
    if shares:
        keeps.append(_("Partners keep the business profile as it is now and the history of their own acts"))
    return keeps


def told_by_closing_request(shares):
    live = names_of(share for share in shares if share.is_live)
    return [_("Told that the request is closed: %(names)s") % {"names": listed(live)}] if live else []


# Granting


def effects_of_authorising(share, shares):
    names = {"partner": share.partner.name}
    others = live_others(share, shares)
    lines = [
        _("%(partner)s is told, and has the access you give from then on until its end") % names,
        _("%(partner)s goes on seeing your contact details, and you go on seeing who opens them") % names,
    ]
    if others:
        still = _("Nothing changes for %(names)s, unless you close the request for them below")
        lines.append(still % {"names": listed(names_of(others))})
    if share.request.request_type == PartnerRequest.Type.REFER:
        lines.append(
            _("While you are connected, %(platform)s refers nobody else") % {"platform": settings.PLATFORM_NAME}
        )
    return lines


def effects_of_renewing(share, shares):
    current = authorisation_of(share)
    names = {"partner": share.partner.name, "areas": areas_text(current.areas), "day": day(current.ends_at)}
    return [
        _("This replaces at once what %(partner)s has now: %(areas)s, until %(day)s") % names,
        _("%(partner)s is told of the new areas and the new end") % names,
        *unchanged_for(live_others(share, shares)),
    ]
