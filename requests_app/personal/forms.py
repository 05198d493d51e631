from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import RequiredMessagesMixin


class EraseForm(RequiredMessagesMixin):
    understood = forms.BooleanField(label=_("I understand that this cannot be undone"))
