"""The link of an invitation and its mail: what it opens, for whom, and what it says where it opens nothing."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Least, Lower
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import clock, outbox
from accounts.exceptions import NotPossible
from accounts.policies import YES, Decision
from requests_app.teams import policies, tokens
from requests_app.teams.kinds import InvitationEnd
from requests_app.teams.models import Invitation

MAIL = "account/email/team_invitation"
KEEP_ADDRESS = timedelta(days=30)  # after the end of an invitation that nobody joined by
LINKS = ("://", "www.")  # in what is shown as a link
UNKNOWN = _("This link opens no invitation: it was cut off, or a newer one was sent. Open the link of the last mail.")
EXPIRED = _("This invitation has expired. Ask who invited you to renew it.")
WITHDRAWN = _("This invitation was withdrawn. If you think that is a mistake, ask who invited you.")
USED = _("This invitation was used already: whoever it was for has joined.")
ANOTHERS = Decision(
    _("This invitation is for another address. Sign in with that one, or confirm it as one of your addresses first.")
)


def invitation_of(token):
    """Return the Invitation that the token of a link is of, whatever its state, with its shop or partner; or None."""
    found = Invitation.objects.filter(token_hash=tokens.digest(token))
    return found.select_related("shop", "partner", "by").first()


def refusal_of(invitation):
    """Return why the invitation opens nothing now, as a text for its reader, or "".

    Who invited has to be an owner who can sign in still: nobody joins on the word of anybody else (policies.with_word).
    """
    if invitation.how == InvitationEnd.JOINED:
        return USED
    if invitation.how == InvitationEnd.WITHDRAWN:
        return WITHDRAWN
    if not invitation.is_open:
        return EXPIRED
    return (
        ""
        if policies.with_word(Invitation.objects.filter(pk=invitation.pk)).filter(has_word=True).exists()
        else WITHDRAWN
    )


def check_open(invitation, token):
    """Raise NotPossible, with what to do, where the link opens nothing now."""
    if invitation.token_hash != tokens.digest(token):
        raise NotPossible(UNKNOWN)
    if refusal := refusal_of(invitation):
        raise NotPossible(refusal)


def may_join(user, invitation):
    """Return the Decision on joining by it: who verified its address, in capital or small letters.

    A demo site asks nobody to verify an address.
    """
    own = EmailAddress.objects.filter(user=user, email=invitation.address.lower())  # stored in small letters
    if settings.DEMO:
        return YES if own.exists() or user.email.lower() == invitation.address.lower() else ANOTHERS
    return YES if own.filter(verified=True).exists() else ANOTHERS


def account_of(address):
    """Return who verified this address and can sign in, or None: for the page of the link, never for the inviter."""
    verified = EmailAddress.objects.filter(email=address.lower(), verified=True, user__is_active=True)
    found = verified.select_related("user").first()
    return found and found.user


def received_by(user):
    """Return the invitations of addresses that the person verified, as rows, for them alone."""
    own = EmailAddress.objects.filter(user=user, verified=True, email=Lower(OuterRef("address")))
    rows = Invitation.objects.exclude(address="").filter(Exists(own)).order_by("pk")
    return rows.values("address", "shop__name", "partner__name", "role", "created_at", "ends_at").iterator()


def queue_mail(invitation, of, by):
    """Queue the mail with the link, in the caller's transaction; in the reader's language where they have an account.

    What is queued holds no link. Who is erased meanwhile gets none (accounts.account_mails).
    """
    said = {
        "invitation": invitation.pk,
        "nonce": tokens.digest(invitation.nonce),
        "person": _without_link(by.name),
        "kind": invitation.kind,
        "name": _without_link(of.name),
        "role": invitation.role,
    }
    with translation.override(invitation.language):
        outbox.queue_account_mail(invitation.address, MAIL, user=account_of(invitation.address), context=said)


def _without_link(name):
    """Return the name for the mail; "" for one that mail programs show as a link: anybody can be sent this mail."""
    return "" if any(begins in name.lower() for begins in LINKS) else name


def path_of_mail(mail):
    """Return the path that the button of a mail opens; None where the invitation is over or has a newer link."""
    invitation = Invitation.objects.filter(pk=mail.context.get("invitation")).first()
    if invitation is None or mail.context["nonce"] != tokens.digest(invitation.nonce) or refusal_of(invitation):
        return None
    return f"/invitations/{tokens.token_of(invitation)}/"


def end_by_time(rows):
    """End those of these invitations that are pending as expired: when their time was over, or now if it is not yet."""
    rows.pending().update(ended_at=Least(F("ends_at"), Value(clock.now())), how=InvitationEnd.EXPIRED)


def forget_old():
    """End what is long over and forget its address: 30 days after the end. What comes round each night."""
    at = clock.now()
    end_by_time(Invitation.objects.filter(ends_at__lte=at - KEEP_ADDRESS))
    Invitation.objects.filter(ended_at__lte=at - KEEP_ADDRESS).exclude(address="").update(address="")
