"""What owners and staff change about a company's sign-in: each one transaction, on record, and the owners are told.

Who acts is locked first, then the shop or partner, then the sign-in (docs/design.md, One transaction).
"""

from contextlib import contextmanager
from secrets import token_hex

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.acting import SHOP
from accounts.exceptions import NotPossible
from accounts.models import User
from accounts.policies import require
from accounts.services import end_sessions
from requests_app.company import policies
from requests_app.sign_ins import OIDC, CompanyDomain, CompanySignIn, domain_of, issuer_in
from requests_app.teams import log, telling
from requests_app.teams.kinds import Actor, Kind
from requests_app.teams.policies import standing_in
from requests_app.teams.sides import SIDES

TAKEN = gettext_lazy("This domain is verified already, for this company or another.")


@contextmanager
def _changing(sign_in_id, by):
    """Give the sign-in, locked after who acts and the shop or partner, until the transaction ends."""
    with transaction.atomic():
        User.objects.lock_acting(by)
        yield _locked(sign_in_id)


def _locked(sign_in_id):
    rows = CompanySignIn.objects.select_related("shop", "partner")
    named = rows.get(pk=sign_in_id)
    SIDES[named.kind].lock(named.of_id)
    return rows.select_for_update(of=("self",), no_key=True).get(pk=sign_in_id)


def _save(sign_in, by, *, actor, **new):
    """Save, put it on record, and tell the other owners; `new` holds what changed, as codes and keys alone."""
    sign_in._history_user = by  # simple_history reads it
    sign_in.save()
    of = sign_in.of
    event = log.record(of, Kind.SIGN_IN_CHANGED, by=by, actor=actor, changed=sorted(new), new=new)
    telling.tell_of_settings(
        of,
        event,
        of.members.active_owners().exclude(user=by),
        "sign_in_changed_for_owner",
        page=page_of(sign_in.kind),
        changed=sorted(new),
        by_staff=actor == Actor.STAFF,
    )


def page_of(kind):
    """Return the path of the owners' page on how people sign in."""
    return reverse("seller:sign_in" if kind == SHOP else "portal:sign_in")


def choose(*, sign_in_id, by, default_role, password_off):
    """Set, as an owner, what the provider's people become, and whether passwords are off for them.

    Turning passwords off signs the members at the company's domains out wherever they are, but not who acts. Raise
    NotAllowed if they are no owner, or if nobody has come in through the provider yet. Nothing changed is no act.
    """
    with _changing_for_all(sign_in_id, by, ends=password_off) as sign_in:
        require(policies.may_change(standing_in(by, sign_in.kind, sign_in.of_id)))
        turned_off = password_off and not sign_in.password_off
        if turned_off:
            require(policies.may_turn_passwords_off(sign_in))
        wanted = {"default_role": default_role, "password_off": password_off}
        changed = {name: value for name, value in wanted.items() if getattr(sign_in, name) != value}
        if changed:
            sign_in.default_role, sign_in.password_off = default_role, password_off
            _save(sign_in, by, actor=Actor.MEMBER, **changed)
        if turned_off:
            _sign_others_out(sign_in, by)
        return sign_in


def _sign_others_out(sign_in, by, domain=""):
    for user in _others_at(sign_in, by):
        if domain in ("", domain_of(user.email)):
            end_sessions(user=user)


@contextmanager
def _changing_for_all(sign_in_id, by, *, ends=True, named=""):
    """Do as _changing; where sessions may end, with the people locked whose they are: before anything else.

    `named` is a domain whose people are among them once it is verified.
    """
    with transaction.atomic():
        sign_in = CompanySignIn.objects.select_related("shop", "partner").get(pk=sign_in_id)
        people = {user.pk for user in _others_at(sign_in, by, named)} if ends else set()
        User.objects.lock_acting(by, *people)
        yield _locked(sign_in_id)


def _others_at(sign_in, by, named=""):
    """Return the members with an address at the company's domains, without who acts and staff of the site."""
    domains = {named, *sign_in.domains.verified().values_list("domain", flat=True)}
    rows = sign_in.of.members.filter(user__is_staff=False).exclude(user=by).select_related("user").order_by("user_id")
    return [row.user for row in rows if domain_of(row.user.email) in domains]


def switch_on(*, sign_in_id, by):
    """Let people in through the provider, as staff. Raise NotAllowed, and NotPossible without a verified domain.

    Where passwords are off they count no more from now on, so the sessions of its people end.
    """
    with _changing_for_all(sign_in_id, by) as sign_in:
        require(policies.may_set_up(by))
        if sign_in.enabled or not sign_in.domains.verified().exists():
            raise NotPossible(_("It is switched on already, or none of its domains is verified."))
        sign_in.enabled = True
        _save(sign_in, by, actor=Actor.STAFF, enabled=True)
        if sign_in.password_off:
            _sign_others_out(sign_in, by)


def switch_off(*, sign_in_id, by):
    """Let nobody in through the provider any more, as staff: its sessions end at once, and passwords count again."""
    with _changing(sign_in_id, by) as sign_in:
        require(policies.may_set_up(by))
        if not sign_in.enabled:
            raise NotPossible(_("It is switched off already."))
        sign_in.enabled = False
        _end_sessions(sign_in)
        _save(sign_in, by, actor=Actor.STAFF, enabled=False)


def allow_passwords(*, sign_in_id, by):
    """Let passwords count again, as staff: the provider fails, and its people cannot get in (docs/staff.md)."""
    with _changing(sign_in_id, by) as sign_in:
        require(policies.may_set_up(by))
        if not sign_in.password_off:
            raise NotPossible(_("Passwords count already."))
        sign_in.password_off = False
        _save(sign_in, by, actor=Actor.STAFF, password_off=False)


def _end_sessions(sign_in):
    sign_in.sessions_ended = clock.real_seconds() + 1  # sessions know fractions of a second


def verify_domain(*, domain_id, by):
    """Note, as staff, that the domain was proved to be the company's. Raise NotPossible if another company has it.

    Where passwords are off, the sessions of members with an address there end.
    """
    named = CompanyDomain.objects.get(pk=domain_id)
    with _changing_for_all(named.sign_in_id, by, named=named.domain) as sign_in:
        require(policies.may_set_up(by))
        if CompanyDomain.objects.verified().filter(domain=named.domain).exists():
            raise NotPossible(TAKEN)
        try:
            with transaction.atomic():
                _set_verified(named, by, at=clock.now())
        except IntegrityError:  # at the same moment, for another company
            raise NotPossible(TAKEN) from None
        _save(sign_in, by, actor=Actor.STAFF, domain_verified=named.pk)
        if sign_in.enabled and sign_in.password_off:
            _sign_others_out(sign_in, by, named.domain)


def withdraw_domain(*, domain_id, by):
    """Take the verification back, as staff: nobody with an address there is let in, and all its sessions end."""
    named = CompanyDomain.objects.get(pk=domain_id)
    with _changing(named.sign_in_id, by) as sign_in:
        require(policies.may_set_up(by))
        if named.verified_at is None:
            raise NotPossible(_("This domain is not verified."))
        _set_verified(named, None, at=None)
        _end_sessions(sign_in)
        _save(sign_in, by, actor=Actor.STAFF, domain_withdrawn=named.pk)


def _set_verified(named, by, *, at):
    named.verified_at, named.verified_by = at, by
    named.save(update_fields=["verified_at", "verified_by"])


@transaction.atomic
def set_up(*, sign_in, by, name, protocol, described, client_id="", secret=None):
    """Save what staff entered of the provider for `sign_in`, new or standing, and return it. Raise NotAllowed.

    Of one that stands nothing else of `sign_in` is saved: it was read before others may have changed it.
    `described` is what allauth keeps of it beside its keys: {"server_url": the issuer} or {"idp": metadata that was
    parsed}. `secret` None keeps the one there is. Keys of people and sessions belong to one issuer: with another, all
    of them end, and each person is found anew by their address. Nobody has tried that one, so passwords count again.
    """
    require(policies.may_set_up(by))
    User.objects.lock_acting(by)
    if sign_in.pk:
        sign_in = _locked(sign_in.pk)
    else:
        SIDES[sign_in.kind].lock(sign_in.of_id)
    app = sign_in.app if sign_in.app_id else SocialApp(provider_id=token_hex(6))
    moved = bool(sign_in.app_id) and (app.provider, issuer_in(app.settings)) != (protocol, issuer_in(described))
    app.provider, app.name, app.settings = protocol, name, described
    app.client_id = client_id if protocol == OIDC else app.provider_id
    app.secret = app.secret if secret is None else secret
    app.save()
    sign_in.app = app
    changed = {"provider": "another" if moved else protocol}
    if moved:
        SocialAccount.objects.filter(provider=app.provider_id).delete()
        _end_sessions(sign_in)
        changed |= {"password_off": False} if sign_in.password_off else {}
        sign_in.used_at, sign_in.password_off = None, False
    _save(sign_in, by, actor=Actor.STAFF, **changed)
    return sign_in
