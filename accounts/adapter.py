from contextlib import nullcontext

from allauth.account.adapter import DefaultAccountAdapter
from django.urls import reverse

from accounts import mails
from accounts.fields import clean_address
from accounts.reading import reading_as

LINKS = ("activate_url", "password_reset_url", "signup_url")  # what a mail's button opens: the first it is given


class AccountAdapter(DefaultAccountAdapter):
    """allauth's mails in our layout, in the reader's language and zone. Links go to SITE_URL, not to the Host."""

    def is_open_for_signup(self, request):
        return True

    def clean_email(self, email):
        return clean_address(super().clean_email(email))

    def render_mail(self, template_prefix, email, context, headers=None):
        user = context.get("user")
        link = next((context[name] for name in LINKS if name in context), "")
        with reading_as(user) if user else nullcontext():
            return mails.compose(
                email,
                f"{template_prefix.removesuffix('_signup')}.html",  # one mail confirms an address, new account or not
                {**context, "email": email, "url": mails.on_site(link) if link else ""},
            )

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """What changed in somebody's account; the button is for whom it surprises."""
        way_back = {"user": user, "password_reset_url": reverse("account_reset_password")}
        super().send_notification_mail(template_prefix, user, (context or {}) | way_back, email)
