"""Signing up as a seller, and adding a shop to an account."""

from typing import cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import acting
from accounts.acting import ActingMixin
from accounts.fields import OneLineField, RequiredMessagesMixin, name_unknown_choices, with_value
from accounts.forms import PersonSignupForm
from partners.choices import Currency, Language, label_in
from partners.models import Market
from partners.names import NameChoiceField
from requests_app import services
from requests_app.exceptions import SettingsChanged
from requests_app.teams import settings


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


class ShopSettingsForm(ActingMixin, ShopFields):
    """What an owner changes of their shop; `seen` says what was on the screen: nobody saves over a colleague."""

    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=Currency,
        help_text=_("New requests begin with it. Open requests keep theirs."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("shop_name", "market", "currency", "language")

    def __init__(self, *args, shop, **kwargs):
        super().__init__(*args, **kwargs)
        self.act_for(acting.SHOP, shop)
        values = {"shop_name": shop.name, "market": shop.market_id, "currency": shop.currency}
        values |= {"language": shop.language, "seen": settings.state_of(shop)}
        self.initial = {**self.initial, **values}
        market = cast(NameChoiceField, self.fields["market"])
        market.queryset = Market.objects.filter(Q(active=True) | Q(pk=shop.market_id))
        self.fields["shop_name"].help_text = _(
            "Partners with a live request see the new name. Requests that ended keep the one they had."
        )
        market.help_text = _(
            "Partners of this market are offered for new requests. Open requests keep theirs, and their partners."
        )
        name_unknown_choices(self)

    @property
    def values(self):
        """Return what `change_shop` takes."""
        data = self.cleaned_data
        return {"name": data["shop_name"]} | {name: data[name] for name in ("market", "currency", "language")}

    def show_newer(self, shop):
        """Say what a colleague saved meanwhile; what was typed stays, and saving it again is a decision."""
        stands = ShopSettingsForm(shop=shop)
        self.data = with_value(self.data, "seen", stands.initial["seen"])
        self.add_error(None, SettingsChanged().message)
        for name in self.field_order:
            if str(self[name].value()) != str(stands.initial[name]):
                now = _shown(stands.fields[name], stands.initial[name])
                self.add_error(name, gettext("It is “%(value)s” now.") % {"value": now})


def _shown(field, value):
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return labels.get(str(value), str(value))


class ShopForm(ShopFields):
    """A further shop, or the first of somebody who has an account."""


class SellerSignupForm(ShopFields, PersonSignupForm):
    field_order = ("shop_name", "market", "language", "name", "email", "password1", "password2")

    def signup(self, request, user):
        self.create_shop(user)


def facts_of(shop):
    """Return the settings for members who cannot change them, as rows of the facts component."""
    return [
        {"label": _("Shop's name"), "value": shop.name},
        {"label": _("Market"), "value": str(shop.market)},
        {"label": _("Currency"), "value": label_in(Currency, shop.currency)},
        {"label": _("Language you work in"), "value": label_in(Language, shop.language)},
    ]
