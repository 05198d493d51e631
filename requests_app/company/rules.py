"""Who has to sign in through their company (docs/design.md, Signing in through a company)."""

from django.utils.translation import gettext as _

from requests_app.sign_ins import CompanySignIn, domain_of


def refusal_of_password(sender, address, user=None, **kwargs):
    """Return why a password or passkey does not let this address in; None if it does.

    A receiver of accounts.signals.password_asked. With `user` it is about this person: a member of the company, and no
    staff. Without, somebody typed an address, and the answer follows from its domain alone, so that it tells nobody who
    has an account.
    """
    found = _that_refuses(address, user)
    if found is None:
        return None
    return _("At %(domain)s people sign in through their company. Choose “Sign in with your company”.") % {
        "domain": domain_of(address)
    }


def refusal_of_address(sender, user, address, **kwargs):
    """Return why the person may not have this new address; None if they may.

    A receiver of accounts.signals.address_asked. Who may not use a password would get one back by an address elsewhere;
    another one at a verified domain of the same company changes nothing.
    """
    found = _that_refuses(user.email, user)
    if found is None or CompanySignIn.objects.for_address(address).filter(pk=found.pk).exists():
        return None
    return _(
        "You sign in through your company, so your new address has to be one of your company’s, too. An owner can let "
        "passwords count again."
    )


def _that_refuses(address, user):
    """Return the company's sign-in that lets no password count for the address, or this person; None without one."""
    if user is not None and (user.is_staff or user.is_superuser):
        return None
    sign_in = CompanySignIn.objects.for_address(address).filter(password_off=True).select_related("shop", "partner")
    found = sign_in.first()
    if found is None or (user is not None and not found.of.members.filter(user=user).exists()):
        return None
    return found
