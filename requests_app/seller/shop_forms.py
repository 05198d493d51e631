"""Signing up as a seller, and adding a shop to an account."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import OneLineField, RequiredMessagesMixin
from accounts.forms import PersonSignupForm
from partners.choices import Language
from partners.models import Market
from partners.names import NameChoiceField
from requests_app import services


class ShopFields(RequiredMessagesMixin):
    """What a shop is made of; its currency follows its market."""

    shop_name = OneLineField(
        label=_("Shop's name"),
        max_length=120,
        help_text=_("As your customers know it. Partners see it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    market = NameChoiceField(
        Market.objects.filter(active=True),
        label=_("Market"),
        empty_label=_("Choose"),
        help_text=_("The country the shop sells in. It decides which partners you can ask."),
    )
    language = forms.ChoiceField(
        label=_("Language you work in"),
        choices=Language,
        initial=Language.ENGLISH,
        help_text=_("Partners that speak it are preferred."),
    )

    def create_shop(self, user):
        data = self.cleaned_data
        return services.create_shop(
            by=user,
            name=data["shop_name"],
            market=data["market"],
            currency=data["market"].currency,
            language=data["language"],
        )


class ShopForm(ShopFields):
    """A further shop, or the first of somebody who has an account."""


class SellerSignupForm(ShopFields, PersonSignupForm):
    field_order = ("shop_name", "market", "language", "name", "email", "password1", "password2")

    def signup(self, request, user):
        self.create_shop(user)
