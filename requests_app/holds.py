"""What ends a hold (docs/design.md, Hold), in the shape of requests_app.services: each function is one transaction."""

from contextlib import suppress

from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from accounts.policies import require
from requests_app import contacts, policies
from requests_app.change import changing
from requests_app.exceptions import TooManyConfirmations
from requests_app.models import Event, PartnerRequest
from requests_app.sharing import release, take_confirmed
from requests_app.workflow import Hold

Kind, Actor = Event.Kind, Event.Actor


def confirm_contact(*, token):
    """Confirm a contact email, for who was sent this token; return the contacts.State that the link found.

    Only an OPEN one changes anything: the request goes on, and the shop may give the address again.
    """
    link = contacts.read(token)
    if link is None:
        return contacts.State.UNKNOWN
    try:
        with changing(link.request_id, by=None, actor=Actor.PLATFORM) as change:
            request = change.request
            found = contacts.state_of(link, request, at=change.at)
            if found == contacts.State.OPEN:
                contacts.note(request, at=change.at)
                if not request.confirmed_email:
                    change.record(Kind.CONTACT_CONFIRMED)
                take_confirmed(change)
            return found
    except PartnerRequest.DoesNotExist:
        return contacts.State.UNKNOWN


def ask_again(*, request_id, by):
    """Send the link to the contact email once more, or release the request if it is confirmed by now; return if sent.

    Raise NotPossible where nothing is to be confirmed, and TooManyConfirmations.
    """
    with changing(request_id, by=by, actor=Actor.SELLER) as change:
        request = change.request
        require(policies.may_ask_for_confirmation(policies.standing_in_shop(by, request.shop_id)))
        if not request.is_open or not contacts.is_pending(request):
            raise NotPossible(_("The contact email of this request needs no confirmation."))
        if contacts.is_confirmed(request.shop_id, request.contact_email):
            take_confirmed(change)
            return False
        change.lock()
        contacts.ask(change)
        if request.hold == Hold.CONTACT:
            request.put_on_hold(Hold.CONTACT, at=change.at)  # the time begins anew with each link
        return True


def release_request(*, request_id, by, reason):
    """Release a request that partners took for spam, as staff, with a ReleaseReason that the seller reads.

    Referrals and verdicts count from now on anew. Where its contact email is still to be confirmed, it stays on hold
    for that. Return the request.
    """
    with changing(request_id, by=by, actor=Actor.STAFF) as change:
        request = change.request
        require(policies.may_release(by))
        if request.hold != Hold.SCREENING:
            raise NotPossible(_("This request does not wait for staff any more. Nothing was changed."))
        request.screened_at = request.tries_since = change.at
        request.automatic_referrals = 0
        if not contacts.is_pending(request) or contacts.is_confirmed(request.shop_id, request.contact_email):
            contacts.show(change)
            release(change, reason=reason)
            return request
        change.lock()
        change.record(Kind.RELEASED, hold=Hold.SCREENING, missed=0, reason=reason)
        change.put_on_hold(Hold.CONTACT, reason=reason)
        with suppress(TooManyConfirmations):  # the seller can send it again
            contacts.ask(change)
        return request
