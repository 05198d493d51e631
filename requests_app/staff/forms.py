from typing import cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import LinesField, OneLineField
from accounts.models import SitePage
from partners.models import Market, Partner
from requests_app.models import Shop
from requests_app.pages import site_pages
from requests_app.reasons import ReleaseReason, StaffReason
from requests_app.staff import desk
from requests_app.teams.settings import OF_SHOP


class ReleaseForm(forms.Form):
    """Why staff release a request from hold."""

    reason = forms.ChoiceField(
        label=_("Reason for the seller"),
        choices=ReleaseReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the seller is to read.")},
    )


class CloseForm(forms.Form):
    """Why staff close a request or a share."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *StaffReason.choices],
        help_text=_("Those whom it is closed for read it."),
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose a reason of the list.")},
    )
    note = LinesField(
        label=_("Note for staff"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the request and read by staff alone. Leave out contact details."),
    )


class ReferForm(forms.Form):
    partner = forms.ModelChoiceField(
        Partner.objects.none(),
        label=_("Partner"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a partner."),
            "invalid_choice": _("This partner cannot take the request any more. Choose another one."),
        },
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["partner"]).queryset = desk.takers(request)


class SitePageForm(forms.ModelForm):
    """Help, privacy or terms. It begins with what readers see now; what equals the product's text is not stored."""

    title = OneLineField(
        label=_("Title"), max_length=120, required=False, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    body = LinesField(
        label=_("Text"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 28, "class": "vLargeTextField"}),
        help_text=_(
            "An empty line ends a paragraph. A line that begins with “## ” is a heading, one that begins with “- ” an "
            "item of a list. Empty this field to go back to the text that comes with Shop Partners."
        ),
    )

    class Meta:
        model = SitePage
        fields = ("title", "body")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.product = site_pages.product_text(self.instance.slug, self.instance.language)
        for name in ("title", "body"):  # those who may only look have no values here
            self.initial[name] = self.initial.get(name) or getattr(self.product, name)

    def clean(self):
        super().clean()
        texts = self.cleaned_data
        return texts | {name: "" for name, text in texts.items() if text == getattr(self.product, name)}


class ShopForm(forms.ModelForm):
    """A shop's settings, corrected by staff; the service saves them."""

    class Meta:
        model = Shop
        fields = OF_SHOP

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "market" in self.fields:  # who may only look has none
            self.fields["market"].queryset = Market.objects.filter(Q(active=True) | Q(pk=self.instance.market_id))
