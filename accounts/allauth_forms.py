"""allauth's forms with our own labels and messages; ACCOUNT_FORMS and MFA_FORMS name them."""

from allauth.account import forms
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal.auth import extract_user_from_response
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.forms import EmailField, HiddenInput, JSONField, PasswordInput
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import app_codes, policies, second_factor
from accounts.fields import PastedAddressField, RequiredMessagesMixin

TYPE_AGAIN = _("Type it again: no page keeps a password.")


class FieldTextsMixin(RequiredMessagesMixin):
    """Sets the labels and help texts of a form's fields, by name, and drops the placeholders."""

    labels: dict[str, str | Promise] = {}
    help_texts: dict[str, str | Promise] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)  # it would repeat the label
            field.label = self.labels.get(name, field.label)
            field.help_text = self.help_texts.get(name, field.help_text)
            if isinstance(field, EmailField):
                self.fields[name] = _as_pasted(field)

    def full_clean(self):
        """Name also each password that the page with the errors comes back without: no page holds one."""
        super().full_clean()
        if self.is_bound and any(name in self.fields for name in self.errors):
            for name in _passwords_typed(self):
                if name not in self.errors:
                    self.add_error(name, ValidationError(TYPE_AGAIN, code="not_kept"))


def _passwords_typed(form):
    return [each.name for each in form if isinstance(each.field.widget, PasswordInput) and each.data]


def _as_pasted(field):
    return PastedAddressField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        max_length=field.max_length,
        widget=field.widget,
        initial=field.initial,
        error_messages=field.error_messages,
    )


class LoginForm(FieldTextsMixin, forms.LoginForm):
    labels = {"remember": _("Keep me signed in on this device")}

    def clean(self):
        """Where the address's company has turned passwords off, say so whenever one is wrong, account or not."""
        try:
            return super().clean()
        except ValidationError:
            _require_password(self.cleaned_data["login"])
            raise


class ReauthenticateForm(FieldTextsMixin, forms.ReauthenticateForm):
    pass


class ChangePasswordForm(FieldTextsMixin, forms.ChangePasswordForm):
    labels = {
        "oldpassword": _("Current password"),
        "password1": _("New password"),
        "password2": _("New password, again"),
    }


class ResetPasswordForm(FieldTextsMixin, forms.ResetPasswordForm):
    pass


def _require_password(address):
    if not (decision := policies.may_use_password(address)):
        raise ValidationError(decision.reason, code="password_off")


class ResetPasswordKeyForm(FieldTextsMixin, forms.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password, again")}


class AddEmailForm(FieldTextsMixin, forms.AddEmailForm):
    labels = {"email": _("New address")}

    def clean_email(self):
        """Leave the address of staff to administrators: whoever reads it can set up a second factor.

        Others of whom one is required keep theirs until they have one, for the same reason. Whom a company keeps from
        signing in with a password does not leave that rule by another address.
        """
        if second_factor.is_of_staff(self.user):
            raise ValidationError(_("The address of staff is changed by an administrator. Ask one."))
        if second_factor.is_required_of(self.user) and not is_mfa_enabled(self.user):
            raise ValidationError(_("You are required to sign in with two steps. Set up the second one first."))
        address = super().clean_email()
        if not (decision := policies.may_take_address(self.user, address)):
            raise ValidationError(decision.reason, code="company_address")
        return address


class AppCodeMixin(base.BaseAuthenticateForm):
    """Takes a code of an authenticator app as accounts.app_codes says. One that was used fails as a wrong one does."""

    def clean_code(self):
        code = self.cleaned_data["code"]
        app = self.user.authenticator_set.filter(type=Authenticator.Type.TOTP).first()
        if app and app_codes.is_spent(app, code):
            self.cleaned_data["code"] = ""  # a wrong one, which counts against the limit and is logged
        super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP and not app_codes.take(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(AppCodeMixin, base.AuthenticateForm):
    pass


class ReauthenticateCodeForm(AppCodeMixin, base.ReauthenticateForm):
    pass


class PasskeyField(JSONField):
    """A device's answer, as JSON. One that is nested too deeply is invalid."""

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


MALFORMED = (AttributeError, LookupError, OverflowError, TypeError, ValueError)  # raised by reading a made-up answer


class PasskeyMixin:
    """Treats an answer that no device gives as a wrong one, not as an error of the site."""

    def clean_credential(self):
        try:
            return super().clean_credential()
        except MALFORMED:
            raise get_adapter().validation_error("incorrect_code") from None


class LoginWebAuthnForm(PasskeyMixin, webauthn.LoginWebAuthnForm):
    credential = PasskeyField()

    def clean_credential(self):
        shown = self.cleaned_data["credential"]
        try:
            return super().clean_credential()
        except ValidationError:
            user_login_failed.send(__name__, credentials={"passkey_of": _owner_of(shown)}, request=context.request)
            raise


def _owner_of(shown):
    """Return the number of whom the passkey claims to be of; None for nobody that there is."""
    try:
        return extract_user_from_response(shown).pk
    except (*MALFORMED, ValidationError):
        return None


class AuthenticateWebAuthnForm(PasskeyMixin, webauthn.AuthenticateWebAuthnForm):
    credential = PasskeyField()


class ReauthenticateWebAuthnForm(PasskeyMixin, webauthn.ReauthenticateWebAuthnForm):
    credential = PasskeyField()


class AddWebAuthnForm(FieldTextsMixin, webauthn.AddWebAuthnForm):
    credential = PasskeyField()
    labels = {"passwordless": _("Let it sign me in without a password")}
    help_texts = {"passwordless": _("Your device then asks for your fingerprint, your face or a PIN.")}

    def clean(self):
        try:
            return super().clean()
        except MALFORMED:
            raise get_adapter().validation_error("incorrect_code") from None
