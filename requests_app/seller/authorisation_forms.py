"""What a seller grants a partner."""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.formats import day, listed
from requests_app.authorisations import DURATIONS, AccessLevel, Area

NO_AREA = "no_area"
RADIOS = forms.RadioSelect(attrs={"class": "form-check-input"})


def durations():
    """How long an authorisation may last, each with the day on which it would end."""
    now = clock.now()
    text = gettext("%(days)d days, until %(end)s")
    return [(days, text % {"days": days, "end": day(now + timedelta(days=days))}) for days in DURATIONS]


class AuthorisationForm(forms.Form):
    """What a partner may do in the shop, and for how long. `others` names the other partners that have the request."""

    days = forms.TypedChoiceField(
        label=_("For how long"),
        choices=durations,
        coerce=int,
        initial=90,
        widget=RADIOS,
        error_messages={"required": _("Choose for how long.")},
    )
    terms = forms.BooleanField(error_messages={"required": _("Confirm that you grant this authorisation.")})
    close_others = forms.BooleanField(required=False)

    def __init__(self, *args, partner, others=(), **kwargs):
        super().__init__(*args, **kwargs)
        for area in Area:
            choices = [("", _("No access")), *AccessLevel.choices]
            self.fields[f"area_{area}"] = forms.ChoiceField(
                label=area.label, choices=choices, required=False, widget=RADIOS, initial=""
            )
        self.fields["terms"].label = gettext(
            "I authorise %(partner)s to work in my shop to this extent. I can revoke it at any time."
        ) % {"partner": partner}
        if others:
            self.fields["close_others"].label = gettext("Close this request for the others: %(names)s") % {
                "names": listed(others)
            }
        else:
            del self.fields["close_others"]
        self.order_fields([f"area_{area}" for area in Area])

    @property
    def grant(self):
        """What the services take."""
        given = {"areas": self.areas, "days": self.cleaned_data["days"]}
        if "close_others" in self.fields:
            given["close_others"] = self.cleaned_data["close_others"]
        return given

    @property
    def areas_problem(self):
        """Return what is wrong with the areas as a whole, as a sentence; "" where nothing is."""
        found = self.non_field_errors().as_data()
        return next((each.message for each in found if each.code == NO_AREA), "")

    @property
    def area_fields(self):
        return [self[f"area_{area}"] for area in Area]

    def clean(self):
        cleaned = super().clean()
        self.areas = {area.value: level for area in Area if (level := cleaned.get(f"area_{area}"))}
        understood = not any(f"area_{area}" in self.errors for area in Area)
        if understood and not self.areas:
            self.add_error(None, ValidationError(gettext("Give access to at least one area."), code=NO_AREA))
        return cleaned

    @staticmethod
    def initial_of(authorisation):
        return {"days": authorisation.days} | {f"area_{area}": level for area, level in authorisation.areas.items()}
