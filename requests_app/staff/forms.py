from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import LinesField
from partners.models import Partner
from requests_app.staff import desk


class CloseRequestForm(forms.Form):
    staff_note = LinesField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the request and read by staff alone. Leave out contact details."),
        error_messages={"required": _("Enter your reason.")},
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
