"""The pages that act on one partner's share: whether the act is open now, and what it would end."""

from django.utils.translation import gettext as _
from django_fsm import can_proceed

from accounts.exceptions import NotPossible
from accounts.policies import require
from requests_app import policies
from requests_app.seller.history import areas_text
from requests_app.workflow import ShareStatus

POLICIES = {
    "authorise": lambda standing, share: policies.may_authorise(standing),
    "renew": lambda standing, share: policies.may_renew(standing),
    "revoke": lambda standing, share: policies.may_revoke(standing),
    "close": policies.may_close_share,
}


def require_open(verb, standing, share):
    """Raise NotAllowed or NotPossible, with what to tell, unless the verb is open to the seller now."""
    require(POLICIES[verb](standing, share))
    if not can_proceed(getattr(share, verb)):
        told = {"partner": share.partner.name, "status": share.get_status_display()}
        raise NotPossible(
            _("For %(partner)s it is “%(status)s” now, so this is not possible. Nothing was changed.") % told
        )


def require_closable(request, standing, shares):
    """Likewise for the whole request."""
    connected = any(share.status == ShareStatus.CONNECTED for share in shares)
    require(policies.may_close_request(standing, connected=connected))
    if not can_proceed(request.close):
        raise NotPossible(_("This request is closed already."))


def live_others(share, shares):
    return [other for other in shares if other.is_live and other != share]


def authorisation_of(share):
    return share.active[0] if share.active else None


def ends_by_revoking(share):
    areas = areas_text(authorisation_of(share).areas)
    told = {"partner": share.partner.name, "areas": areas}
    return [_("%(partner)s loses its access at once: %(areas)s") % told]


def kept_by_revoking(share):
    told = {"partner": share.partner.name}
    return [
        _("%(partner)s keeps the request and your contact details, with the status “Partner accepted”") % told,
        _("You can authorise %(partner)s again") % told,
    ]


def ends_by_closing(share):
    """What closing ends for the partner of this share."""
    told = {"partner": share.partner.name}
    ends = [_("%(partner)s can no longer view your contact details and can do nothing more with the request") % told]
    if authorisation := authorisation_of(share):
        told["areas"] = areas_text(authorisation.areas)
        ends.insert(0, _("The authorisation of %(partner)s ends at once: %(areas)s") % told)
    return ends


def kept_by_closing(share, shares):
    others = [other.partner.name for other in live_others(share, shares)]
    keeps = [
        _("Your request stays open, and nobody is asked in place of %(partner)s") % {"partner": share.partner.name}
    ]
    if others:
        keeps.insert(0, _("Nothing changes for %(names)s") % {"names": ", ".join(others)})
    return keeps


def ends_by_closing_request(shares):
    ends = [line for share in shares if share.is_live for line in ends_by_closing(share)]
    return [*ends, _("The request is not shared with anybody else")]


def kept_by_closing_request():
    return [
        _("The request, its answers and its history stay in My Requests"),
        _("You can request again with the same values"),
    ]
