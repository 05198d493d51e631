from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import LinesField, set_required_messages
from partners.amounts import AmountField, AmountsMixin
from partners.choices import CompanySize, Language, PartnerType, Service
from partners.models import Market, Partner
from partners.services import FIELDS, TRAITS
from partners.workflow import DeclineReason


def _codes(label, choices):
    return forms.MultipleChoiceField(label=label, choices=choices, widget=forms.CheckboxSelectMultiple)


class PartnerForm(AmountsMixin, forms.ModelForm):
    """A partner's profile, corrected by staff; the service saves it."""

    types = _codes(_("Types"), PartnerType.choices)
    services = _codes(_("Services"), Service.choices)
    languages = _codes(_("Languages"), Language.choices)
    company_sizes = _codes(_("Company sizes served"), CompanySize.choices)
    smallest_budget = AmountField(label=_("Minimum monthly budget"))
    smallest_gmv = AmountField(label=_("Minimum monthly GMV"))

    class Meta:
        model = Partner
        fields = (*FIELDS, "markets", "categories")
        widgets = {"markets": forms.CheckboxSelectMultiple, "categories": forms.CheckboxSelectMultiple}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, kind in TRAITS.items():
            self.initial[name] = self.instance.codes_of(kind, known=False)
        set_required_messages(self.fields.values())

    def profile(self):
        """Return the form's values as `services.update_profile_as_staff` takes them."""
        return {name: self.cleaned_data[name] for name in (*FIELDS, *TRAITS, "markets", "categories")}


class DeclineForm(forms.Form):
    """Why an application is declined; the applicant reads both."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=DeclineReason.choices,
        widget=forms.RadioSelect,
        help_text=_("The applicant reads it in the mail and on their profile page."),
        error_messages={"required": _("Choose a reason.")},
    )
    note = LinesField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. The applicant reads it on their profile page: say what would have to change."),
    )


class MarketForm(forms.ModelForm):
    class Meta:
        model = Market
        fields = ("code", "name", "currency", "active")

    def clean_code(self):
        return self.cleaned_data["code"].upper()
