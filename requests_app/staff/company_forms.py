"""What staff enter of a company's provider. Its secret goes in, and never comes back onto a page."""

from urllib.parse import urlsplit

import idna
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import LinesField, OneLineField
from requests_app.company.saml import parsed_metadata
from requests_app.sign_ins import OIDC, SAML, CompanyDomain, CompanySignIn

LONG = {"class": "vTextField"}
NEEDED = _("Fill this in.")


class CompanySignInForm(forms.ModelForm):
    name = OneLineField(
        label=_("Name of the provider"),
        max_length=40,
        help_text=_("Owners read it, such as “Contoso Entra”."),
        widget=forms.TextInput(attrs=LONG),
    )
    protocol = forms.ChoiceField(
        label=_("Protocol"),
        choices=[(OIDC, "OpenID Connect"), (SAML, "SAML 2.0")],
        help_text=_("OpenID Connect where the provider speaks both."),
    )
    issuer = OneLineField(
        label=_("Issuer"),
        required=False,
        max_length=500,
        help_text=_("OpenID Connect: the address at which the provider describes itself, without /.well-known/…"),
        widget=forms.TextInput(attrs=LONG),
    )
    client_id = OneLineField(
        label=_("Client ID"),
        required=False,
        max_length=191,
        widget=forms.TextInput(attrs=LONG | {"autocomplete": "off"}),
    )
    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        max_length=191,
        help_text=_("It is never shown again. Left empty, the one there is stays."),
        widget=forms.PasswordInput(attrs=LONG | {"autocomplete": "new-password"}),
    )
    metadata = LinesField(
        label=_("Metadata"),
        required=False,
        help_text=_("SAML: the XML that the provider gives of itself. Left empty, what there is stays."),
        widget=forms.Textarea(attrs={"rows": 8, "class": "vLargeTextField", "spellcheck": "false"}),
    )

    class Meta:
        model = CompanySignIn
        fields = ("shop", "partner")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.app_id:
            app = self.instance.app
            self.initial.update(name=app.name, protocol=app.provider, issuer=app.settings.get("server_url", ""))
            self.initial["client_id"] = app.client_id if app.provider == OIDC else ""

    def clean(self):
        cleaned = super().clean()
        if not self.instance.app_id and bool(cleaned.get("shop")) == bool(cleaned.get("partner")):
            raise ValidationError(_("Choose a shop or a partner: one of the two."), code="one")
        if cleaned.get("protocol") == SAML:
            self._clean_saml(cleaned)
        else:
            self._clean_oidc(cleaned)
        return cleaned

    def _clean_oidc(self, cleaned):
        parts = urlsplit(cleaned.get("issuer", ""))
        schemes = ("https", "http") if settings.PRIVATE_PROVIDERS else ("https",)
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.query or parts.fragment:
            self.add_error("issuer", _("Enter an address that begins with https://, without anything after the path."))
        if not cleaned.get("client_id"):
            self.add_error("client_id", NEEDED)
        if not cleaned.get("secret") and not (self._stands(OIDC) and self.instance.app.secret):
            self.add_error("secret", NEEDED)
        self.described = {"server_url": cleaned.get("issuer", "")}

    def _clean_saml(self, cleaned):
        if not cleaned.get("metadata") and self._stands(SAML):
            self.described = self.instance.app.settings
            return
        try:
            self.described = {"idp": parsed_metadata(cleaned.get("metadata", ""))}
        except ValueError:
            self.add_error(
                "metadata",
                _("This is not a provider’s metadata with an entity ID, an https address to sign in at and a key."),
            )

    def _stands(self, protocol):
        return bool(self.instance.app_id) and self.instance.app.provider == protocol


class CompanyDomainForm(forms.ModelForm):
    class Meta:
        model = CompanyDomain
        fields = ("domain",)

    def clean_domain(self):
        """Keep the domain as the DNS has it."""
        try:
            domain = idna.encode(self.cleaned_data["domain"].strip().strip("@").lower()).decode()
        except idna.IDNAError:
            domain = ""
        if "." not in domain:
            raise ValidationError(_("Enter a domain, such as example.com."))
        return domain
