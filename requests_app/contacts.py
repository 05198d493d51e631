"""Whether a request's contact email is confirmed, and the mail with the link that confirms it (docs/design.md, Hold).

An address is confirmed that a member of the shop who can sign in has verified, or that the shop confirmed before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import clock, mail_limits, outbox
from accounts.services import addresses_of
from requests_app.exceptions import TooManyConfirmations, TooManyContacts
from requests_app.models import ConfirmedContact, Event, PartnerRequest, Shop
from requests_app.schedule import CONFIRM_TIME, DAY
from requests_app.workflow import Hold

MAIL = "account/email/contact_confirmation"
MOST_MAILS = 3  # that ask for a confirmation of one request, within a day
signer = Signer(salt="requests_app.contacts", sep=".")


class State(Enum):
    """What a link finds."""

    UNKNOWN = "unknown"  # cut off, or made up
    LATE = "late"
    CHANGED = "changed"  # the seller gave another address since
    ENDED = "ended"
    DONE = "done"
    OPEN = "open"


@dataclass(frozen=True)
class Link:
    request_id: int
    address: str  # its digest: a link holds none
    until: datetime


# Whether it is confirmed


def normal(address):
    """Return the address as addresses are compared: capital letters count nothing."""
    return address.lower()


def is_confirmed(shop_id, address):
    """Return whether the shop may give this address; a demo site asks for no confirmation."""
    if settings.DEMO:
        return True
    shops = Shop.objects.filter(
        Exists(_verified(OuterRef("pk"), address)) | Exists(_known(OuterRef("pk"), normal(address)))
    )
    return shops.filter(pk=shop_id).exists()


def _verified(shop, address):
    own = EmailAddress.objects.filter(verified=True, user__is_active=True, user__shop_members__shop=shop)
    return own.filter(email__iexact=address)


def _known(shop, address):
    return ConfirmedContact.objects.filter(shop=shop, address=address)


def confirmed_meanwhile():
    """Return the requests that wait for a confirmation which came another way: a member's, or another request's.

    Also those that staff look at: their partners are to read the address that is confirmed.
    """
    held = PartnerRequest.objects.exclude(hold="").filter(Q(hold=Hold.CONTACT) | Q(confirmed_email__gt=""))
    verified = _verified(OuterRef("shop"), OuterRef("contact_email"))
    return held.filter(Q(Exists(verified)) | Q(Exists(_known(OuterRef("shop"), Lower(OuterRef("contact_email"))))))


def is_pending(request):
    """Return whether a confirmation of the address as it stands is waited for."""
    return request.hold == Hold.CONTACT or bool(request.confirmed_email)


def confirmed_by(user):
    """Return the shops that confirmed one of the person's addresses as their contact, as rows, for them alone."""
    own = [normal(address) for address in addresses_of(user)]
    rows = ConfirmedContact.objects.filter(address__in=own).order_by("pk")
    return rows.values("address", "shop__name", "confirmed_at").iterator()


def note(request, *, at):
    """Remember that the shop confirmed the request's address."""
    ConfirmedContact.objects.bulk_create(
        [ConfirmedContact(shop_id=request.shop_id, address=normal(request.contact_email), confirmed_at=at)],
        ignore_conflicts=True,
    )


# Within a change to the request


def check(change, *, before=""):
    """See to the address that a request is given, instead of `before`; return whether a hold for it is over.

    An address that is not confirmed puts the request on hold, and is sent a link. Partners that have the request read
    the one that they read before, until the new one is confirmed. Raise TooManyConfirmations.
    """
    request = change.request
    if is_confirmed(request.shop_id, request.contact_email):
        request.confirmed_email = ""
        return request.hold == Hold.CONTACT
    if request.hold != Hold.CONTACT and not request.confirmed_email:
        request.confirmed_email = before
    if request.hold == Hold.CONTACT:
        request.put_on_hold(Hold.CONTACT, at=change.at)  # the time begins anew with each address
    elif not request.hold:
        change.put_on_hold(Hold.CONTACT)
    ask(change)
    return False


def show(change):
    """Have partners read the request's address, which is confirmed, instead of the one before, and be notified."""
    if change.request.confirmed_email:
        change.record(Event.Kind.CONTACT_CONFIRMED, actor=Event.Actor.PLATFORM)
        change.request.confirmed_email = ""


def ask(change):
    """Send the address the link, which counts for the person whose act it is like their account mails.

    Raise TooManyConfirmations after MOST_MAILS within a day, and TooManyContacts beyond mail_limits.ASKING.
    """
    request = change.request
    if not change.is_new:
        asked = request.events.filter(kind=Event.Kind.CONTACT_ASKED, at__gt=change.at - DAY)
        if asked.count() >= MOST_MAILS:
            raise TooManyConfirmations(MOST_MAILS)
    seller = change.by if change.actor == Event.Actor.SELLER else None
    if seller:
        change.at_last(partial(_count, seller))
    change.record(Event.Kind.CONTACT_ASKED)
    said = {"shop": request.shop.name, "person": seller.name if seller else "", "reference": request.reference}
    outbox.queue_account_mail(request.contact_email, MAIL, user=seller, context=said)


def _count(seller):
    if not mail_limits.take(mail_limits.ASKING, "user", seller.pk):
        raise TooManyContacts


# The link


def path_of_mail(mail):
    """Return the path that the button of a mail opens, with a new token; None where nothing is to be confirmed."""
    request = PartnerRequest.objects.filter(reference=mail.context.get("reference", "")).first()
    if request is None or not request.is_open or not is_pending(request):
        return None
    if normal(request.contact_email) != normal(mail.to):
        return None
    return reverse("seller:confirm_contact", args=[token_for(request)])


def token_for(request):
    """Return the token of a link that confirms the request's address, within CONFIRM_TIME."""
    until = int((clock.now() + CONFIRM_TIME).timestamp())
    return signer.sign_object([request.pk, _digest(request), until])


def read(token):
    """Return the Link of a token, or None."""
    try:
        request_id, address, until = signer.unsign_object(token)
    except (BadSignature, ValueError):
        return None
    return Link(request_id, address, datetime.fromtimestamp(until, UTC))


def state_of(link, request, *, at):
    """Return what a link finds at that time; `request` is None where it is no more."""
    if link is None or request is None:
        return State.UNKNOWN
    if not request.is_open:
        return State.ENDED
    if not constant_time_compare(_digest(request), link.address):
        return State.CHANGED
    if not is_pending(request):
        return State.DONE
    return State.OPEN if at < link.until else State.LATE


def found_by(token):
    """Return (State, name of the shop) for who opens a link."""
    link = read(token)
    request = link and PartnerRequest.objects.select_related("shop").filter(pk=link.request_id).first()
    return state_of(link, request, at=clock.now()), request.shop.name if request else ""


def _digest(request):
    return salted_hmac("requests_app.contacts", normal(request.contact_email), algorithm="sha256").hexdigest()[:32]
