from allauth.account.forms import SignupForm
from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.zones import grouped_zones, is_zone


class NameField(forms.CharField):
    """A person's name: one line, whatever was pasted."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "name"}))
        super().__init__(label=_("Your name"), max_length=120, **kwargs)

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class PersonSignupForm(SignupForm):
    """The person's part of every sign-up: name, e-mail, password, and the zone that his browser is in.

    A form built on it saves what else it asks for in `signup(request, user)`, in the same transaction as the user; the
    page loads js/time-zone.js.
    """

    name = NameField()
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""}))
    field_order = ("name", "email", "password1", "password2")

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
        """The new user, or None and the answer that does not tell whether the address has an account already."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:  # the same address signed up twice at once
            if not User.objects.filter(email__iexact=self.cleaned_data["email"]).exists():
                raise
            self.account_already_exists = True
            return super().try_save(request)
