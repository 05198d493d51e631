"""What people fill in about a team: whom to invite, a role, whom to hand over to; and the sign-up of who is invited."""

from functools import partial

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.acting import ActingMixin
from accounts.fields import AddressField, RequiredMessagesMixin, set_required_messages
from accounts.forms import PersonSignupForm
from accounts.services import holder_of
from accounts.widgets import LongSelect
from requests_app.team_pages.roles import abilities_of


class RoleField(forms.ChoiceField):
    """One of a team's roles, each with what it may do."""

    def __init__(self, pages, **options):
        choices = partial(_described, pages)
        super().__init__(label=_("Role"), choices=choices, widget=forms.RadioSelect, **options)


def _described(pages):
    return [(role.value, _card(role.label, abilities_of(pages, role))) for role in pages.roles]


def _card(label, abilities):
    lines = format_html_join("", '<span class="choice-text">{}</span>', ((each,) for each in abilities))
    return format_html('<span class="choice-title">{}</span>{}', label, lines)


class InviteForm(ActingMixin, RequiredMessagesMixin):
    email = AddressField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The invitation is for this address alone, and works for seven days."),
    )

    language = forms.ChoiceField(label=_("Language of the mail"), choices=lambda: settings.LANGUAGES)
    field_order = ("email", "role", "language")

    def __init__(self, *args, pages, of, **kwargs):
        super().__init__(*args, initial={"language": get_language()}, **kwargs)
        self.fields["role"] = RoleField(pages)
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]
        set_required_messages(self.fields.values())
        self.order_fields(self.field_order)
        self.act_for(pages.kind, of)


class RoleForm(forms.Form):
    """Another role for a member; `now` is the one that they have."""

    def __init__(self, *args, pages, now, **kwargs):
        super().__init__(*args, initial={"role": now}, **kwargs)
        self.now = now
        self.fields["role"] = RoleField(pages)
        set_required_messages(self.fields.values())

    def clean_role(self):
        if self.cleaned_data["role"] == self.now:
            raise ValidationError(_("This is their role already. Choose another, or cancel."))
        return self.cleaned_data["role"]


class HandOverForm(RequiredMessagesMixin):
    member = forms.ModelChoiceField(
        None,
        label=_("To whom"),
        empty_label=_("Choose"),
        widget=LongSelect,
        help_text=_("They are asked first, and nothing changes until they accept."),
    )

    def __init__(self, *args, members, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members
        self.fields["member"].label_from_instance = lambda member: str(member.user)


class InvitedSignupForm(PersonSignupForm):
    """Makes the account of who was invited: the link proves the address, so none is asked for and no mail is sent."""

    def __init__(self, *args, invitation, **kwargs):
        self.invitation = invitation
        super().__init__(*args, **kwargs)
        self.initial["email"] = invitation.address
        email = self.fields["email"]
        email.help_text = _("The address that you were invited at. You sign in with it.")
        email.widget.attrs |= {"readonly": True, "autocomplete": "username"}

    def clean_email(self):
        self.cleaned_data["email"] = self.invitation.address  # whatever was sent
        return super().clean_email()

    def validate_unique_email(self, value):
        """Take an address that somebody else only typed: the link proves whose it is."""
        self.account_already_exists = holder_of(value) is not None
        return value

    def save(self, request):
        get_adapter().stash_verified_email(request, self.invitation.address)
        user = super().save(request)
        if not EmailAddress.objects.filter(user=user).exists():  # allauth leaves out one that somebody else typed
            own = EmailAddress(user=user, email=self.invitation.address.lower(), primary=True, verified=True)
            own.save()
            EmailAddress.objects.fill_cache_for_user(user, [own])
        return user
