from itertools import groupby
from typing import cast

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.fields import AddressField
from accounts.models import User
from accounts.time_zones import zone_choices


class PermissionsWidget(forms.CheckboxSelectMultiple):
    template_name = "admin/staff/permissions.html"

    def _render(self, template_name, context, renderer=None):
        return render_to_string(template_name, context)


class GroupedByModelIterator(forms.models.ModelChoiceIterator):
    """Permissions in groups, each under the model that it is for."""

    def __iter__(self):
        for content_type, permissions in groupby(self.queryset, key=lambda permission: permission.content_type):
            yield content_type.app_labeled_name, [self.choice(permission) for permission in permissions]


class PermissionsField(forms.ModelMultipleChoiceField):
    """Boxes to tick. The admin's own pair of lists needs a script and has no labels for screen readers."""

    widget, iterator = PermissionsWidget, GroupedByModelIterator

    def label_from_instance(self, permission):
        return permission.name


class UserAddForm(forms.ModelForm):
    """A person without a password. They set their own through “Forgot your password?”, so that staff never know it."""

    class Meta:
        model = User
        fields = ("email", "name")
        field_classes = {"email": AddressField}

    def save(self, commit=True):
        self.instance.set_unusable_password()
        return super().save(commit)


class UserChangeForm(DjangoUserChangeForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"email": AddressField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "time_zone" in self.fields:
            cast(forms.ChoiceField, self.fields["time_zone"]).choices = zone_choices(self.instance.time_zone)

    def require_confirmation(self):
        """Make the new email allauth's address, unconfirmed until the person follows a link mailed to it."""
        EmailAddress.objects.filter(user=self.instance).delete()
        EmailAddress.objects.create(user=self.instance, email=self.instance.email, primary=True, verified=False)
