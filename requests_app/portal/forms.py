from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.acting import PARTNER, ActingMixin
from accounts.fields import LinesField
from requests_app.models import Share
from requests_app.reasons import EndReason, RejectReason

NOTE_LENGTH = Share._meta.get_field("note").max_length


class AcceptForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)  # what the partner was shown


class ReasonForm(forms.Form):
    """Why a partner rejects or withdraws; its fields are what the services take."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *RejectReason.choices],
        help_text=_("The seller reads it."),
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose a reason of the list.")},
    )
    note = LinesField(
        label=_("Note to the seller"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The seller reads this as you write it. At most 500 characters."),
    )


class EndForm(ReasonForm):
    """Why a partner ends a connection."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *EndReason.choices],
        help_text=_("The seller reads it."),
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose a reason of the list.")},
    )


class RejectSeveralForm(ActingMixin, ReasonForm):
    note = LinesField(
        label=_("Note to the sellers"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Each of them reads the same note, so name none of them. At most 500 characters."),
    )

    def __init__(self, *args, partner, **kwargs):
        super().__init__(*args, **kwargs)
        self.act_for(PARTNER, partner)
