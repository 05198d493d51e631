from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.texts import PlainlyAsked


class EraseForm(PlainlyAsked):
    understood = forms.BooleanField(label=_("I understand that this cannot be undone"))
