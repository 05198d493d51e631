from datetime import datetime

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit

from accounts import account_mails, mail_limits, outbox
from accounts.fields import clean_address

# What our mails say of what allauth gives them: nothing that lets anybody in.
SAID = ("timestamp", "ip", "user_agent", "from_email", "to_email", "deleted_email")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's mails go through the outbox, in our layout and the reader's language and zone, with links to SITE_URL.

    Nothing is rendered or sent while somebody waits, so an answer takes the same time whether or not there is an
    account.
    """

    def is_open_for_signup(self, request):
        return True

    def clean_email(self, email):
        return clean_address(super().clean_email(email))

    def send_mail(self, template_prefix, email, context):
        """Queue it; answer 429 instead to who causes too many, whomever they go to."""
        template = template_prefix.removesuffix("_signup")  # one mail confirms an address, new account or not
        self._require_below_limit(template, context.get("user"))
        said = {name: context[name] for name in SAID if name in context}
        outbox.queue_account_mail(
            email,
            template,
            user=context.get("user"),
            context={name: value.isoformat() if isinstance(value, datetime) else value for name, value in said.items()},
        )

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        super().send_notification_mail(template_prefix, user, (context or {}) | {"user": user}, email)

    def _require_below_limit(self, template, user):
        """Count the mail for who causes it: the person signed in or the mail is a notice to, else their network."""
        request = allauth_context.request
        if request.user.is_authenticated:
            user = request.user
        elif template in account_mails.ANYBODYS:
            user = None
        sender = ("user", user.pk) if user else ("ip", ratelimit.get_ip(request))
        if not mail_limits.take(mail_limits.ASKING, *sender):
            raise ImmediateHttpResponse(ratelimit.respond_429(request))
