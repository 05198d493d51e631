"""Whom a company's provider lets in: an account at one of its own verified domains, found or made, and a member once.

All of it is one transaction. The provider's word counts for nobody else: not for staff, and not for an address at a
domain that is not verified for this very company (docs/design.md, Signing in through a company).
"""

from dataclasses import dataclass

import structlog
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import account_mails, clock, outbox, services
from accounts.exceptions import NotAllowed
from accounts.models import User
from requests_app.sign_ins import CompanyLeaver, CompanySignIn, domain_of, issuer_in
from requests_app.teams.kinds import Kind
from requests_app.teams.services import add_member

# They sign in private people and every organisation alike, and confirm addresses of any domain.
SHARED_ISSUERS = {"https://accounts.google.com"}
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrival:
    user: User
    sign_in: CompanySignIn
    joined: bool
    is_member: bool


def arrive(*, sign_in_id, claims, language):
    """Take in whom the provider names, and return the Arrival; raise NotAllowed with what the person can do.

    `claims` are requests_app.company.claims.Claims that were checked; `language` is what a new person reads. A person
    whose place in the shop or partner ended once is not made a member again: an owner invites them.
    """
    with transaction.atomic():
        sign_in = CompanySignIn.objects.select_related("app", "shop", "partner").get(pk=sign_in_id)
        _require_own_address(sign_in, claims)
        user, is_new = _person(sign_in, claims, language)
        _require_their_address(sign_in, user)
        _require_ordinary(user)
        _link(sign_in, user, claims, is_new=is_new)
        joined = _join(sign_in, user, claims)
        _require_still(sign_in, claims, user)
        CompanySignIn.objects.filter(pk=sign_in.pk).update(used_at=clock.now())
        return Arrival(user, sign_in, joined, joined or sign_in.of.members.filter(user=user).exists())


def _require_still(sign_in, claims, user):
    """Lock the row, after the shop or partner, and ask again what staff may have changed meanwhile.

    Switching off, taking a domain back and another provider wait for who is just coming in, or are seen here.
    """
    if not CompanySignIn.objects.select_for_update().filter(pk=sign_in.pk, enabled=True).exists():
        _refuse("off", _("Your company’s sign-in is switched off. Ask an owner of your company’s account here."))
    app = SocialApp.objects.get(pk=sign_in.app_id)
    if claims.issuer != issuer_in(app.settings):
        _refuse("issuer", _("Your company has another provider since a moment ago. Begin again here."))
    _require_own_address(sign_in, claims)
    _require_their_address(sign_in, user)


def _require_own_address(sign_in, claims):
    if not claims.uid:
        _refuse(
            "key", _("Your company’s provider gives you no lasting key, so we cannot tell who you are. Tell your IT.")
        )
    if not claims.email or not claims.email_verified or not _is_of_the_organisation(sign_in, claims):
        said = _("Your company’s provider does not confirm your email address, so nobody was signed in. Tell your IT.")
        _refuse("unverified", said)
    if domain_of(claims.email) not in _domains(sign_in):
        said = _(
            "Your company’s provider signed you in as %(address)s. We do not know that as an address of your company, "
            "so nobody was signed in. Choose your work account there, or sign in with your password."
        )
        _refuse("domain", said % {"address": claims.email})


def _is_of_the_organisation(sign_in, claims):
    """Return whether the issuer speaks for the address: one of everybody's must name the company's own organisation."""
    return claims.issuer not in SHARED_ISSUERS or domain_of(f"@{claims.hosted_domain}") in _domains(sign_in)


def _domains(sign_in):
    return set(sign_in.domains.verified().values_list("domain", flat=True))


def _person(sign_in, claims, language):
    """Return (the person, locked, and whether they are new): who was linked before, else who has the address."""
    found = _linked(sign_in, claims.uid) or User.objects.filter(email__iexact=claims.email).first()
    if found is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(claims.email, name=claims.name, language=language), True
        except IntegrityError:  # their other tab was first
            found = User.objects.get(email__iexact=claims.email)
    (user,) = User.objects.lock([found.pk])
    return user, False


def _require_their_address(sign_in, user):
    if domain_of(user.email) not in _domains(sign_in):
        said = _(
            "Your account here has an address that is not your company’s any more, so your company cannot sign you in. "
            "Sign in with your password."
        )
        _refuse("moved", said)


def _linked(sign_in, uid):
    account = SocialAccount.objects.select_related("user").filter(provider=sign_in.app.provider_id, uid=uid).first()
    return account and account.user


def _require_ordinary(user):
    if user.is_staff or user.is_superuser:
        _refuse("staff", _("Staff of the site sign in with their password and second step."))
    if not user.is_active:
        _refuse("inactive", _("This account is not active any more. Ask an owner, or write to us."))


def _link(sign_in, user, claims, *, is_new):
    """Remember the provider's key of the person. Who had an account is told; one never confirmed is made theirs."""
    own = SocialAccount.objects.filter(user=user, provider=sign_in.app.provider_id)
    account = own.filter(uid=claims.uid).first()
    if account is None and own.exists():
        said = _(
            "Your address belongs to an account here of somebody else at your company, or your company’s provider has "
            "given you another key. Write to us, and staff look at it."
        )
        _refuse("other_key", said)
    _confirm_address(user, claims, is_new=is_new)
    if account is not None:
        account.save(update_fields=["last_login"])
        return
    SocialAccount.objects.create(user=user, provider=sign_in.app.provider_id, uid=claims.uid)
    if not is_new:
        outbox.queue_account_mail(
            user.email, account_mails.COMPANY_LINKED, user=user, context={"company": sign_in.of.name}
        )


def _confirm_address(user, claims, *, is_new):
    """Count the address as confirmed, if it is the one that the provider confirmed.

    Where an account with it was never confirmed, whoever made it may have been somebody else: what they could sign in
    with ends. One that somebody has signed in to is not emptied so: its person confirms their address first.
    """
    if user.email.lower() != claims.email.lower():
        return
    addresses = EmailAddress.objects.filter(user=user, email__iexact=user.email)
    if addresses.filter(verified=True).exists():
        return
    if user.last_login:
        said = _(
            "Your account here has an address that nobody confirmed yet. Sign in with your password to confirm it."
        )
        _refuse("unconfirmed", said)
    if not is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        services.remove_second_factors(user=user)
        services.end_sessions(user=user)
    if not addresses.update(verified=True, primary=True):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def _join(sign_in, user, claims):
    """Make the person a member, unless they are one or were one before, also with an account that they erased.

    Return whether it was done.
    """
    if sign_in.was_member(user) or CompanyLeaver.objects.knows(sign_in, claims.uid, claims.email):
        return False
    add_member(sign_in.of, user, sign_in.default_role, kind=Kind.JOINED_BY_PROVIDER, by=user)
    return True


def _refuse(why, message):
    logger.info("company_sign_in_refused", why=why)
    raise NotAllowed(message)
