"""The pages that act on a request or a share of it: whether the act is open now, and what it would do."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exceptions import NotPossible
from accounts.formats import day, listed, together
from accounts.policies import require
from accounts.verbs import Consequences
from requests_app import actions, blocking, services
from requests_app.models import PartnerRequest
from requests_app.pages.authorisations import areas_text
from requests_app.pages.confirm import ConfirmPage, PageVerb
from requests_app.schedule import STALE_TIME


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


def ends_by_closing(share):
    """Return what closing ends for the partner of this share."""
    names = {"partner": share.partner.name}
    ends = [_("%(partner)s can no longer view your contact details and can do nothing more with the request") % names]
    if authorisation := authorisation_of(share):
        names["areas"] = areas_text(authorisation.areas)
        ends.insert(0, _("The authorisation of %(partner)s ends at once: %(areas)s") % names)
    return ends


def unchanged_for(others):
    return [_("Nothing changes for %(names)s") % {"names": listed(names_of(others))}] if others else []


def names_of(shares):
    return [share.partner.name for share in shares]


class SellerVerb(PageVerb):
    """A verb on a request or on one of its shares; `shares` are all shares of the request."""

    def __init__(self, shares):
        self.shares = shares

    def page_of(self, partner_request, **page):
        return ConfirmPage(
            base="seller/base.html",
            list_label=_("My Requests"),
            list_url="seller:my_requests",
            reference=partner_request.reference,
            url=partner_request.get_absolute_url(),
            eyebrow=together(partner_request.name, partner_request.reference),
            **page,
        )


class CloseRequest(SellerVerb):
    label = gettext_lazy("Close request")

    def page(self, partner_request):
        title = together(self.label, partner_request.name, partner_request.reference)
        return self.page_of(partner_request, title=title, heading=self.label)

    def consequences(self, partner_request):
        live = [share for share in self.shares if share.is_live]
        ends = [line for share in live for line in ends_by_closing(share)]
        keeps = [
            _("The request, its answers and its history stay in My Requests"),
            _("You can request again with the same values"),
        ]
        if self.shares:
            keeps.append(_("Partners keep the business profile as it is now and the history of their own acts"))
        names = {"names": listed(names_of(live))}
        return Consequences(
            _("Closing ends this request for every partner. It cannot be opened again."),
            ends=[*ends, _("The request is not shared with anybody else")],
            keeps=keeps,
            notified=[_("Told that the request is closed: %(names)s") % names] if live else [],
        )

    def act(self, partner_request, *, by):
        services.close_request(request_id=partner_request.pk, by=by)
        return _("The request is closed. Its partners have been told.")


class ShareVerb(SellerVerb):
    heading: object = ""  # with %(partner)s

    def page(self, share):
        heading = str(self.heading) % {"partner": share.partner.name}
        title = together(heading, share.request.name, share.request.reference)
        return self.page_of(share.request, title=title, heading=heading, status=share.status)


class CloseShare(ShareVerb):
    label = gettext_lazy("Close for this partner")
    heading = gettext_lazy("Close for %(partner)s")

    def consequences(self, share):
        names = {"partner": share.partner.name}
        return Consequences(
            _("Closing cannot be taken back: this partner cannot be asked again for this request."),
            ends=ends_by_closing(share),
            keeps=[
                *unchanged_for(live_others(share, self.shares)),
                _("Your request stays open. You can edit it and choose other partners"),
                _("%(partner)s keeps the business profile as it is now and the history of its own acts") % names,
            ],
            notified=[
                _("%(partner)s is told that you closed the request for it") % names,
                _("Nobody is asked in place of %(partner)s") % names,
            ],
        )

    def act(self, share, *, by):
        services.close_share(share_id=share.pk, by=by)
        return _("The request is closed for %(partner)s.") % {"partner": share.partner.name}


class RevokeShare(ShareVerb):
    label = gettext_lazy("Revoke authorisation")
    heading = gettext_lazy("Revoke authorisation of %(partner)s")

    def consequences(self, share):
        current = authorisation_of(share)
        facts = {
            "partner": share.partner.name,
            "areas": areas_text(current.areas),
            "day": day(current.ends_at),
            "days": STALE_TIME.days,
        }
        return Consequences(
            ends=[
                _("%(partner)s loses its access at once: %(areas)s") % facts,
                _("The authorisation that would have held until %(day)s") % facts,
            ],
            keeps=[
                _("%(partner)s keeps the request and your contact details, with the status “Partner accepted”") % facts,
                _("You can authorise %(partner)s again") % facts,
            ],
            notified=[
                _("%(partner)s is told that its authorisation ended") % facts,
                *unchanged_for(live_others(share, self.shares)),
                _("Nobody else is asked. Without another authorisation it closes for %(partner)s after %(days)d days")
                % facts,
            ],
        )

    def act(self, share, *, by):
        services.revoke_share(share_id=share.pk, by=by)
        return _("The authorisation of %(partner)s is revoked.") % {"partner": share.partner.name}


# Granting


def connected_text(share, proposal=None):
    """Return what is said once a partner is authorised, on a version of its proposal or without."""
    said = {"partner": share.partner.name, "number": proposal}
    if proposal:
        return _("You are connected with %(partner)s, on version %(number)d of its proposal.") % said
    return _("You are connected with %(partner)s.") % said


def effects_of_authorising(share, shares, *, proposal=None):
    """Return what authorising does, in lines; `proposal` is the version of the partner's proposal that it is on."""
    names = {"partner": share.partner.name, "number": proposal}
    others = live_others(share, shares)
    lines = [
        _("%(partner)s is told, and has the access you give from then on until its end") % names,
        _("%(partner)s goes on seeing your contact details, and you go on seeing who opens them") % names,
    ]
    if proposal:
        lines.insert(0, _("You take version %(number)d of the proposal of %(partner)s") % names)
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


class BlockPartner(PageVerb):
    """Not to be brought together with a partner again. `shop` is the one that blocks it."""

    label = gettext_lazy("Block partner")

    def __init__(self, shop):
        self.shop = shop

    def page(self, partner):
        return ConfirmPage(
            base="seller/base.html",
            list_label=_("Settings"),
            list_url="seller:settings",
            reference=partner.name,
            url=reverse("seller:settings"),
            title=together(self.label, partner.name),
            heading=_("Block %(partner)s?") % {"partner": partner.name},
        )

    def consequences(self, partner):
        names = {"partner": partner.name, "shop": self.shop.name, "platform": settings.PLATFORM_NAME}
        return Consequences(
            _("%(partner)s is not offered to %(shop)s any more.") % names,
            ends=[
                _("Neither you nor your colleagues can choose it, and %(platform)s does not refer it to you.") % names
            ],
            keeps=[
                _("Requests that it has already go on. Close them for it if you want that, too."),
                _("You can take the block back in the settings of the shop."),
            ],
            notified=[_("Nobody. %(partner)s never learns of it.") % names],
        )

    def act(self, partner, *, by):
        blocking.block_partner(shop_id=self.shop.pk, partner_id=partner.pk, by=by)
        return _("%(partner)s is blocked.") % {"partner": partner.name}
