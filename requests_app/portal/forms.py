from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.acting import PARTNER, ActingMixin
from accounts.fields import AddressField, LinesField, OneLineField, RequiredMessagesMixin, with_value
from accounts.widgets import CountedTextarea
from partners.contact import PartnerContact
from requests_app.conversation.models import LONGEST
from requests_app.exceptions import SettingsChanged
from requests_app.models import Share
from requests_app.reasons import EndReason, RejectReason
from requests_app.teams import settings

PHONE = r"^\+?[\d\s()./-]*(?:\d[\s()./-]*){5}(?:(?:x|ext\.?)\s*\d+)?$"
NOTE_LENGTH = Share._meta.get_field("note").max_length


class AcceptForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)  # what the partner was shown
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    message = LinesField(
        label=_("Message to the seller"),
        required=False,
        max_length=LONGEST,
        widget=CountedTextarea(attrs={"rows": 4, "dir": "auto", "data-counter": LONGEST}),
        help_text=_("If you like: how you would begin, or when to talk."),
        error_messages={
            "max_length": _("A message has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid4)


class SeenForm(forms.Form):
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)  # the version that the partner was shown


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


class PartnerContactForm(ActingMixin, RequiredMessagesMixin):
    """Whom shops that the partner accepted write to. Empty, it gives nobody."""

    name = OneLineField(label=_("Contact name"), required=False, max_length=120)
    email = AddressField(label=_("Contact email"), required=False, max_length=254)
    phone = OneLineField(
        label=_("Phone"),
        required=False,
        max_length=40,
        validators=[RegexValidator(PHONE, _("Enter a phone number, like +44 20 7946 0018."))],
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("If you like, with the code of your country."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, partner, contact, **kwargs):
        super().__init__(*args, **kwargs)
        self.act_for(PARTNER, partner)
        self.stands(contact)

    def stands(self, contact):
        """Take it that this contact is what stands: with what was typed, saving it again is a decision."""
        held = {name: getattr(contact, name) for name in PartnerContact.FIELDS} if contact else {}
        self.initial = {**self.initial, **held, "seen": settings.state_of(contact, PartnerContact.FIELDS)}

    def clean(self):
        cleaned = super().clean()
        given = {name: cleaned.get(name) for name in PartnerContact.FIELDS}
        if any(given.values()):
            for name, said in (("name", _("Give a name, too.")), ("email", _("Give an address, too."))):
                if name in cleaned and not given[name]:
                    self.add_error(name, said)
        return cleaned

    @property
    def values(self):
        """Return what `change_contact` takes."""
        return {name: self.cleaned_data[name] for name in PartnerContact.FIELDS}

    def show_newer(self, contact):
        """Say what a colleague saved meanwhile; what was typed stays."""
        self.stands(contact)
        self.data = with_value(self.data, "seen", self.initial["seen"])
        self.add_error(None, SettingsChanged().message)
        for name in PartnerContact.FIELDS:
            now = getattr(contact, name) if contact else ""
            if (self[name].value() or "") != now:
                said = gettext("It is “%(value)s” now.") % {"value": now} if now else gettext("It is empty now.")
                self.add_error(name, said)
