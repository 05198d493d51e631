"""allauth's forms in our words; ACCOUNT_FORMS and MFA_FORMS name them."""

from allauth.account import forms
from allauth.mfa.webauthn.forms import AddWebAuthnForm as AllauthAddWebAuthnForm
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.texts import PlainlyAsked


class InOurWords(PlainlyAsked):
    labels: dict[str, str | Promise] = {}
    help_texts: dict[str, str | Promise] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)  # it would repeat the label
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, field.help_text)


class LoginForm(InOurWords, forms.LoginForm):
    labels = {"remember": _("Keep me signed in on this device")}


class ReauthenticateForm(InOurWords, forms.ReauthenticateForm):
    pass


class ChangePasswordForm(InOurWords, forms.ChangePasswordForm):
    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password, again"),
    }


class ResetPasswordForm(InOurWords, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(InOurWords, forms.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password, again")}


class AddEmailForm(InOurWords, forms.AddEmailForm):
    labels = {"email": _("New address")}


class AddWebAuthnForm(InOurWords, AllauthAddWebAuthnForm):
    labels = {"passwordless": _("Let it sign me in without a password")}
    help_texts = {"passwordless": _("Your device then asks for your fingerprint, your face or a PIN.")}
