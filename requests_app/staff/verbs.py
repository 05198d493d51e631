"""What staff do with a request or a share: refer a partner by hand, close, open the contact details on record."""

from django.utils.translation import gettext

from accounts.admin_base import AdminVerb, change_url
from accounts.fields import row_number
from accounts.formats import listed, sentences
from accounts.search import problem_of, query_of
from accounts.verbs import Consequences
from requests_app import actions, holds, services
from requests_app.models import PartnerRequest
from requests_app.reasons import RejectReason
from requests_app.schedule import RESPONSE_TIME
from requests_app.staff import desk, request_page
from requests_app.staff.forms import CloseForm, ReferForm, ReleaseForm
from requests_app.visibility import label_of


class TableVerb(AdminVerb):
    """A verb of staff whose label, policy and state stand in requests_app.actions."""

    known: actions.Verb

    @property
    def label(self):
        return self.known.label

    @property
    def dangerous(self):
        return self.known.style == "danger"

    def may(self, user, row):
        return self.known.may(user)

    def can(self, row):
        return self.known.can(row)


class Refer(TableVerb):
    name, known = "refer", actions.STAFF_REQUEST_VERBS["refer"]
    template = "admin/staff/refer.html"

    def form(self, row, data):
        return ReferForm(data, request=row)

    def context(self, row, request):
        search = query_of(request.GET)
        best, others = desk.offers(row.pk, search=search)
        return {
            "answer_days": RESPONSE_TIME.days,
            "best": best,
            "others": others,
            "search": search,
            "problem": problem_of(search),
            "most": desk.OTHERS,
        }

    def act(self, row, *, by, partner):
        services.refer_partner(request_id=row.pk, partner_id=partner.pk, by=by)
        return gettext("The request was shared with %(partner)s.") % {"partner": partner.name}


class ReleaseRequest(TableVerb):
    name, known = "release", actions.STAFF_REQUEST_VERBS["release"]
    form_class = ReleaseForm

    def consequences(self, row):
        verdicts = row.shares.filter(reject_reason=RejectReason.SPAM).select_related("partner").defer("note")
        names = listed([share.partner.name for share in verdicts.order_by("id")])
        return Consequences(
            gettext("The request goes on, and the seller is told why. Two further partners that reject it as spam put "
                    "it on hold once more."),
            keeps=[gettext("What %(names)s rejected stays rejected") % {"names": names}],
        )  # fmt: skip

    def act(self, row, *, by, reason):
        released = holds.release_request(request_id=row.pk, by=by, reason=reason)
        if released.hold:
            return gettext("The request is released. It stays on hold until its contact email is confirmed.")
        return gettext("The request is not on hold any more.")


def _ended_by_closing(share):
    named = {"partner": share.partner.name, "status": share.get_status_display()}
    if share.is_connected:
        return (
            gettext("%(partner)s (%(status)s): its part in the request, its view of the contact details, and its "
                    "authorisation") % named
        )  # fmt: skip
    return gettext("%(partner)s (%(status)s): its part in the request, and its view of the contact details") % named


class CloseRequest(TableVerb):
    name, known = "close", actions.STAFF_REQUEST_VERBS["close"]
    form_class = CloseForm

    def consequences(self, row):
        live = list(row.shares.live().select_related("partner").defer("note", "close_note").order_by("id"))
        partners_told = gettext("The seller and these partners are told.") if live else gettext("The seller is told.")
        return Consequences(
            sentences([gettext("A closed request cannot be opened again."), partners_told]),
            ends=[*map(_ended_by_closing, live), gettext("Asking any further partner")],
            keeps=[gettext("The request, its versions and its history")],
        )

    def act(self, row, *, by, reason, note):
        services.close_request(request_id=row.pk, by=by, staff_reason=reason, staff_note=note)
        return gettext("The request is closed.")


class OpenContactDetails(TableVerb):
    """What is opened is shown once, on a page that no cache keeps, and not redirected to; the opening is an event."""

    name, known = "contact", actions.STAFF_REQUEST_VERBS["contact"]

    def consequences(self, row):
        return Consequences(
            gettext("You will see what the seller filled in, what partners and staff noted, and what the seller and "
                    "partners wrote to each other. The history of the request says that you opened it, and the "
                    "seller can read that.")
        )  # fmt: skip

    def act(self, row, *, by):
        return services.open_contact_as_staff(request_id=row.pk, by=by)

    def done(self, model_admin, request, row, said):
        details = [(label_of(name), said[name]) for name in PartnerRequest.PRIVATE_FIELDS]
        words, earlier = request_page.words_of(row, before=row_number(request.POST.get("before")))
        response = model_admin.page(
            request,
            "admin/staff/contact.html",
            title=gettext("Contact details"),
            subtitle=str(row),
            row=row,
            details=details,
            notes=request_page.notes_of(row),
            said=words,
            earlier=earlier,
        )
        response["Cache-Control"] = "no-store"
        return response


class CloseShare(TableVerb):
    name, known = "close", actions.STAFF_SHARE_VERBS["close"]
    form_class = CloseForm

    def page_of(self, row):
        return change_url(row.request)

    def consequences(self, row):
        partner = {"partner": row.partner.name}
        return Consequences(
            gettext("The seller and %(partner)s are told.") % partner,
            ends=[_ended_by_closing(row)],
            keeps=[gettext("The request and its other partners. Nobody is referred in this place.")],
        )

    def act(self, row, *, by, reason, note):
        services.close_share_as_staff(share_id=row.pk, by=by, reason=reason, note=note)
        return gettext("The request is closed for %(partner)s.") % {"partner": row.partner.name}
