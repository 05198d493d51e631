"""Mails of somebody's account, to an address: allauth's, and the last one of a person who leaves.

What is queued holds no link that lets anybody in. Links with a token are made when the mail is sent: a copy of the
database opens no account, and the time that a token is good for begins when its mail leaves.
"""

from collections.abc import Callable
from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import translation

from accounts import clock, mail_limits, mails, policies, rounds, second_factor, sending
from accounts.models import AccountMail
from accounts.reading import reading_as

KEEP = timedelta(days=7)  # who was mailed what kind of mail, for staff who are asked about it
CONFIRM, RESET = "account/email/email_confirmation", "account/email/password_reset_key"
UNKNOWN, EXISTS = "account/email/unknown_account", "account/email/account_already_exists"
LAST = "account/email/account_erasing"
FIRST_FACTOR = "account/email/first_factor"
COMPANY_LINKED = "account/email/company_linked"
OPENS = {UNKNOWN: "account_signup", LAST: "", COMPANY_LINKED: "account_login"}
# Mails that other apps queue, with what gives the path that each opens, or None where it is over by now.
LINKS: dict[str, Callable[[AccountMail], str | None]] = {}
ANYBODYS = {CONFIRM, RESET, UNKNOWN, EXISTS}  # may be asked for by anybody, for anybody's address


def queue(to, template, *, user=None, context=None):
    """Write one mail to the address, in the caller's transaction; `accounts.outbox.queue_account_mail` has it sent.

    `template` is the name in templates/ without its ending. `context` holds what it says, as JSON can hold it, and no
    token. The language is the user's when it is sent; without one, that which is active now.
    """
    AccountMail.objects.create(
        to=to, template=template, user=user, context=context or {}, language=translation.get_language()
    )


def deliver(most):
    """Send up to so many that are due, one after the other. Return how many were dealt with."""
    done = 0
    while done < most and not rounds.is_ending() and are_due() and _deliver_next():
        done += 1
    return done


def are_due():
    return _due().exists()


def _due():
    return sending.due(AccountMail.objects).order_by("next_mail_at", "id")


def _deliver_next():
    """Send the first that is due and that nobody else has locked. Return whether there was one."""
    row, counted_at = _claim_next()
    if row is None:
        return False
    if counted_at:
        error = sending.attempt(lambda: mail_of(row).send(), account_mail=row.pk)
        sending.record_result([row], error, **_nothing_left(row))
        if error:
            mail_limits.take_off(counted_at, _limit(row))
    return True


@transaction.atomic
def _claim_next():
    """Claim the row. Return it, and when its mail was counted: None if it is over, or beyond its address's limit."""
    row = _due().select_for_update(skip_locked=True, of=("self",)).select_related("user").first()
    if row is None:
        return None, None
    own = AccountMail.objects.filter(pk=row.pk)
    if _is_over(row):
        return _left_out(row, "over"), None
    [count] = mail_limits.locked(_limit(row))
    if until := count.free_at():
        return _beyond_limit(row, until), None
    sending.claim([row], among=own)
    return row, count.add()


def _beyond_limit(row, until):
    """Put off until then what another app queued, since somebody waits for it; leave out every other mail."""
    if row.template not in LINKS:
        return _left_out(row, "limit")
    sending.put_off([row], until)
    return row


def _left_out(row, why):
    sending.leave_out([row])
    AccountMail.objects.filter(pk=row.pk).update(mail_error=why, **_nothing_left(row))
    return row


def _nothing_left(row):
    """Return what a row that was dealt with no longer holds: what it says, and the address of an erased account."""
    return {"context": {}} | ({"to": ""} if row.template == LAST else {})


def _limit(row):
    """Return the limit that the mail counts for, and whom."""
    limit = mail_limits.ASKED if row.template in ANYBODYS or row.template in LINKS else mail_limits.NOTICE
    return limit, (row.to.lower(), row.template)


def mail_of(row):
    """Return the mail of a claimed row."""
    with reading_as(row.user) if row.user else translation.override(row.language):
        by_company = _refusal_of_password(row)
        link = reverse(settings.COMPANY_SIGN_IN_URL) if by_company else _link(row)
        said = {"email": row.to, "by_company": by_company, "url": mails.on_site(link) if link else ""}
        return mails.compose(
            row.to,
            f"{row.template}.html",
            {**row.context, **said},
            message_id=row.mail_key,
        )


def _refusal_of_password(row):
    """Return why a new password is none for this person, whose company signs them in; "" where it is one.

    It stands in the mail alone: the page says the same whoever is named, with an account or without.
    """
    return str(policies.may_use_password(row.user.email, row.user).reason) if row.template == RESET else ""


def _link(row):
    """Return the path that the mail's button opens, with a new token where it takes one."""
    if row.template in LINKS:
        return LINKS[row.template](row)
    if row.template == CONFIRM:
        return reverse(
            "account_confirm_email", args=[get_emailconfirmation_model().create(_unconfirmed(row).get()).key]
        )
    if row.template == RESET:
        return _reset_link(row.user)
    if row.template == FIRST_FACTOR:
        return reverse("accounts:first_factor_link", args=[second_factor.link_tokens.make_token(row.user)])
    if row.template in OPENS:
        return OPENS[row.template] and reverse(OPENS[row.template])
    return reverse("account_reset_password")  # for whom a notice surprises, and who has forgotten their account


def _is_over(row):
    """Return whether what the mail lets its reader do is done, or is not theirs to do any more."""
    if row.template in LINKS:
        return LINKS[row.template](row) is None
    if row.template == CONFIRM:
        return not _unconfirmed(row).exists()
    if row.template == FIRST_FACTOR:
        return not row.user.is_active or is_mfa_enabled(row.user) or row.user.email != row.to
    return row.template == RESET and not row.user.is_active


def _unconfirmed(row):
    return EmailAddress.objects.filter(user=row.user, email__iexact=row.to, verified=False)


def _reset_link(user):
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return path.replace("UID-KEY", key)


def delete_of(user, addresses):
    """Delete those of a person who is erased, also those that only name one of their addresses, in any case.

    The last mail stays until it is sent: it tells them of the erasing.
    """
    others = Q(user=None) | Q(template__in=LINKS)
    to_nobody = AccountMail.objects.filter(others).exclude(template=LAST).annotate(address=Lower("to"))
    to_nobody.filter(address__in={address.lower() for address in addresses}).delete()
    AccountMail.objects.filter(user=user).delete()


def old():
    """Return those that were dealt with and are older than KEEP: a round of the night deletes them."""
    return AccountMail.objects.filter(next_mail_at=None, created_at__lte=clock.now() - KEEP)
