from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.acting import PARTNER, SHOP, ActingMixin
from accounts.fields import AddressField, RequiredMessagesMixin
from requests_app.sign_ins import PARTNER_ROLES, SHOP_ROLES

ROLES = {SHOP: SHOP_ROLES, PARTNER: PARTNER_ROLES}


class CompanyAddressForm(RequiredMessagesMixin):
    """Which company somebody belongs to follows from their address."""

    email = AddressField(
        label=_("Work email"),
        help_text=_("The address that your company gave you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class SignInForm(ActingMixin, RequiredMessagesMixin):
    """What an owner chooses of how the company's people sign in."""

    default_role = forms.ChoiceField(
        label=_("Role of who joins by it"),
        help_text=_(
            "Who comes in for the first time becomes a member with it. You change roles of single members later."
        ),
    )
    password_off = forms.BooleanField(
        label=_("No passwords: members with an address at your domains sign in through your company alone"),
        help_text=_("They are signed out now, wherever they are, and reach us by your company’s sign-in again."),
        required=False,
    )

    def __init__(self, *args, sign_in, **kwargs):
        super().__init__(*args, **kwargs)
        self.act_for(sign_in.kind, sign_in.of)
        roles = dict(sign_in.of.members.model.Role.choices)
        cast(forms.ChoiceField, self.fields["default_role"]).choices = [
            (role, roles[role]) for role in ROLES[sign_in.kind]
        ]
