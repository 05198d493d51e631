"""Acts that a page asks about first: the page says what they end, what they keep and who is notified.

The seller's pages, the portal and the admin ask in the same way (`Verb.answer`); each draws the page in its own frame.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise


@dataclass(frozen=True)
class Consequences:
    """What the page says before the act: a sentence, and lists of lines."""

    intro: str | Promise = ""
    ends: tuple | list = ()
    keeps: tuple | list = ()
    notified: tuple | list = ()  # who is notified, and what happens next


class Verb(ABC):
    """One act on a row: a button leads to a page that asks, and that page calls a service."""

    name = ""  # in the URL
    label: object = ""  # of the button, here and on the page that asks
    dangerous = False
    form_class: type[forms.Form] = forms.Form

    def form(self, row, data):
        """Return the form with the questions that go with the act; bound if `data` is given."""
        return self.form_class(data)

    def consequences(self, row):
        """Return the Consequences of the act."""
        return Consequences()

    @abstractmethod
    def act(self, row, *, by, **answers):
        """Call the service with the form's answers. Return the message that says it was done."""

    def answer(self, request, row):
        """Do the act if the page that asks was answered. Return (form, done); `done` is None while it was not.

        Raise ActionRefused if the act is not allowed or not possible any more.
        """
        form = self.form(row, request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return form, None
        return form, self.act(row, by=request.user, **form.cleaned_data)
