from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import PlainlyAsked


class EraseForm(PlainlyAsked):
    understood = forms.BooleanField(label=_("I understand that this cannot be undone"))
