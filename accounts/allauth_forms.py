"""allauth's forms in our words; ACCOUNT_FORMS and MFA_FORMS name them."""

from allauth.account import forms
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as webauthn
from django.core.exceptions import ValidationError
from django.forms import HiddenInput, JSONField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.fields import PlainlyAsked


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


class PasskeyField(JSONField):
    """What a device answers; nesting without end is no answer."""

    widget = HiddenInput

    def to_python(self, value):
        try:
            return super().to_python(value)
        except RecursionError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def bound_data(self, data, initial):
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return None


NO_PASSKEY = (AttributeError, LookupError, OverflowError, TypeError, ValueError)  # what reading made-up ones ends in


class PasskeyForm:
    """An answer that no device gives is a wrong one, and no error of the site."""

    def clean_credential(self):
        try:
            return super().clean_credential()
        except NO_PASSKEY:
            raise get_adapter().validation_error("incorrect_code") from None


class LoginWebAuthnForm(PasskeyForm, webauthn.LoginWebAuthnForm):
    credential = PasskeyField()


class AuthenticateWebAuthnForm(PasskeyForm, webauthn.AuthenticateWebAuthnForm):
    credential = PasskeyField()


class ReauthenticateWebAuthnForm(PasskeyForm, webauthn.ReauthenticateWebAuthnForm):
    credential = PasskeyField()


class AddWebAuthnForm(InOurWords, webauthn.AddWebAuthnForm):
    credential = PasskeyField()
    labels = {"passwordless": _("Let it sign me in without a password")}
    help_texts = {"passwordless": _("Your device then asks for your fingerprint, your face or a PIN.")}

    def clean(self):
        try:
            return super().clean()
        except NO_PASSKEY:
            raise get_adapter().validation_error("incorrect_code") from None
