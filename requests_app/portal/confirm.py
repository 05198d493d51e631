"""The pages on which a partner rejects, withdraws or ends a connection: what the act would do."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.formats import together
from accounts.verbs import Consequences
from requests_app import blocking, services
from requests_app.models import Share
from requests_app.pages.authorisations import areas_text
from requests_app.pages.confirm import ConfirmPage, PageVerb
from requests_app.portal import share as share_page
from requests_app.portal.forms import EndForm, ReasonForm, SeenForm
from requests_app.proposals.services import withdraw_proposal
from requests_app.shop_names import shop_name


def page_of(verb, share, heading):
    """Return the page of a verb on a share; `heading` names the shop as %(shop)s."""
    shown = share_page.heading_of(share)
    return ConfirmPage(
        base="portal/base.html",
        list_label=_("Inbox"),
        list_url="portal:inbox",
        reference=share.reference,
        url=share.get_absolute_url(),
        title=together(verb.label, shown["name"], share.reference),
        heading=str(heading) % {"shop": shown["shop"]},
        eyebrow=shown["name"],
        meta=shown["for_whom"],
    )


class EndVerb(PageVerb):
    """A verb that ends the partner's part in a request."""

    heading: object = ""  # with %(shop)s
    intro: str | Promise = ""

    def page(self, share):
        return page_of(self, share, self.heading)

    def consequences(self, share):
        names = {"shop": shop_name(share)}
        return Consequences(
            self.intro,
            ends=[
                *self.ends(share, names),
                _("Contact details and the seller's own words are closed to you and your colleagues at once."),
                _("You cannot come back to this request, and it is not offered to you again."),
            ],
            keeps=[
                _("You keep the business profile as it is now, and the history of what you did."),
                *self.keeps(share),
            ],
            notified=self.notified(share, names),
        )

    def ends(self, share, names):
        return []

    def keeps(self, share):
        places = {"load": share.partner.load, "capacity": share.partner.capacity}
        return [_("Your other requests. A place becomes free: %(load)s of %(capacity)s are taken now.") % places]

    def notified(self, share, names):
        lines = [_("%(shop)s is told at once, with your reason and note.") % names]
        if share.source == Share.Source.REFERRED:
            platform = {"platform": settings.PLATFORM_NAME}
            lines.append(_("%(platform)s may refer another partner in your place.") % platform)
        return lines


class Reject(EndVerb):
    label = gettext_lazy("Reject request")
    heading = gettext_lazy("Reject the request of %(shop)s?")
    intro = gettext_lazy("You answer once: a rejection cannot be taken back.")
    form_class = ReasonForm

    def act(self, share, *, by, reason, note):
        services.reject_share(share_id=share.pk, by=by, reason=reason, note=note)
        return _("You rejected the request. The seller is told.")


class Withdraw(EndVerb):
    label = gettext_lazy("Withdraw acceptance")
    heading = gettext_lazy("Withdraw your acceptance for %(shop)s?")
    intro = gettext_lazy("You take your acceptance back. This cannot be undone.")
    form_class = ReasonForm

    def act(self, share, *, by, reason, note):
        services.withdraw_share(share_id=share.pk, by=by, reason=reason, note=note)
        return _("You withdrew your acceptance. The seller is told.")


class EndConnection(EndVerb):
    label = gettext_lazy("End connection")
    heading = gettext_lazy("End the connection with %(shop)s?")
    intro = gettext_lazy("Ending the connection cannot be undone.")
    form_class = EndForm

    def ends(self, share, names):
        granted = names | {"areas": areas_text(share.authorisations.get(ended_at=None).areas)}
        return [_("The authorisation that %(shop)s granted you: %(areas)s.") % granted]

    def keeps(self, share):
        return []

    def notified(self, share, names):
        return [
            _("%(shop)s is told at once that you ended it, with your reason and note.") % names,
            _("Stop working in the shop: your access is gone from then on."),
        ]

    def act(self, share, *, by, reason, note):
        services.end_connection(share_id=share.pk, by=by, reason=reason, note=note)
        return _("You ended the connection. The seller is told.")


class WithdrawProposal(PageVerb):
    """To take back the version of the proposal that was seen."""

    label = gettext_lazy("Withdraw proposal")

    def __init__(self, proposal):
        self.seen = proposal.terms.number

    def form(self, share, data):
        return SeenForm(data, initial={"seen": self.seen})

    def page(self, share):
        return page_of(self, share, _("Withdraw your proposal for %(shop)s?"))

    def consequences(self, share):
        names = {"shop": shop_name(share)}
        return Consequences(
            _("The seller cannot choose it any more."),
            keeps=[
                _("Your acceptance. You can send another proposal as long as you are not connected."),
                _("%(shop)s still reads what you proposed.") % names,
            ],
            notified=[_("%(shop)s is told at once.") % names],
        )

    def act(self, share, *, by, seen):
        withdraw_proposal(share_id=share.pk, by=by, seen=seen)
        return _("You withdrew your proposal. The seller is told.")


class BlockShop(PageVerb):
    """Not to be brought together with the shop of a share again."""

    label = gettext_lazy("Block shop")

    def page(self, share):
        return ConfirmPage(
            base="portal/base.html",
            list_label=_("Inbox"),
            list_url="portal:inbox",
            reference=share.reference,
            url=share.get_absolute_url(),
            title=together(self.label, share.reference),
            heading=_("Block %(shop)s?") % {"shop": shop_name(share)},
            meta=share_page.heading_of(share)["for_whom"],
        )

    def consequences(self, share):
        names = {"shop": shop_name(share), "platform": settings.PLATFORM_NAME}
        return Consequences(
            _("%(shop)s cannot send you new requests any more.") % names,
            ends=[
                _("It can choose you no more, since it reads that you take no new requests now."),
                _("%(platform)s refers none of its requests to you.") % names,
            ],
            keeps=[
                _("Requests of this shop that you have already go on. Answer them as usual."),
                _("You can take the block back under Availability."),
            ],
            notified=[_("Nobody. %(shop)s never learns of it.") % names],
        )

    def act(self, share, *, by):
        blocking.block_shop(shop_id=share.request.shop_id, partner_id=share.partner_id, by=by)
        return _("%(shop)s is blocked.") % {"shop": shop_name(share)}
