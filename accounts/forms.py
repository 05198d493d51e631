from typing import cast

from allauth.account.forms import SignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.allauth_forms import FieldTextsMixin
from accounts.fields import OneLineField, name_unknown_choices, set_required_messages
from accounts.mail_preferences import modes_of
from accounts.models import MailPreference, Topic, User
from accounts.passwords import OwnWordsValidator
from accounts.services import save_person
from accounts.time_zones import is_zone, zone_choices
from accounts.widgets import LongSelect


class NameField(OneLineField):
    """A person's name."""

    def __init__(self, **kwargs):
        super().__init__(
            label=_("Your name"),
            max_length=120,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
            error_messages={"required": _("Enter your name.")},
            **kwargs,
        )


class PersonSignupForm(FieldTextsMixin, SignupForm):
    """The person's part of every sign-up: name, email, password, and the time zone of their browser.

    A form built on it saves its other fields in `signup(request, user)`, in the same transaction as the user. The page
    loads js/time-zone.js.
    """

    name = NameField()
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))
    field_order = ("name", "email", "password1", "password2")
    labels = {"password2": _("Password, again")}
    account_already_exists: bool

    def clean(self):
        """Refuse a password made of the names that are typed beside it: a person's, a shop's or an agency's."""
        cleaned = super().clean()
        names = [value for name, value in cleaned.items() if name == "email" or name.endswith("name")]
        try:
            OwnWordsValidator().validate_names(cleaned.get("password1", ""), names)
        except ValidationError as refused:
            if "password1" not in self.errors:
                self.add_error("password1", refused)
        return cleaned

    def clean_time_zone(self):
        zone = self.cleaned_data["time_zone"]
        return zone if is_zone(zone) else settings.TIME_ZONE

    def custom_signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.time_zone = self.cleaned_data["time_zone"]
        user.language = get_language() or settings.LANGUAGE_CODE
        user.save(update_fields=["name", "time_zone", "language"])
        super().custom_signup(request, user)

    def try_save(self, request):
        """Return the new user, or None with an answer that does not reveal that the address has an account already.

        The time it takes does not reveal it either: the password is hashed in any case.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:  # the same address signed up twice at once
            if not User.objects.filter(email__iexact=self.cleaned_data["email"]).exists():
                raise
            self.account_already_exists = True
            return super().try_save(request)


class PreferencesForm(forms.ModelForm):
    """A person's name, language (if the site has several) and time zone."""

    name = NameField()
    language = forms.ChoiceField(
        label=_("Language"),
        help_text=_("Of these pages and of the mails that you get."),
        choices=lambda: settings.LANGUAGES,
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("All times are shown in it, in mails too."), widget=LongSelect
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        time_zone = cast("forms.ChoiceField", self.fields["time_zone"])
        time_zone.choices = zone_choices(self.instance.time_zone)
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]
        name_unknown_choices(self)
        set_required_messages(self.fields.values())

    def save(self):
        save_person(self.instance, changed=self.changed_data)


class MailPreferencesForm(forms.Form):
    """How a person wants the mails of each topic. /notifications/ shows every notification in any case."""

    modes = MailPreference.Mode.choices

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, initial=modes_of(user), **kwargs)
        for topic in Topic:
            self.fields[topic.value] = forms.ChoiceField(
                label=topic.label, choices=self.modes, widget=forms.RadioSelect
            )
        name_unknown_choices(self)
        set_required_messages(self.fields.values())
