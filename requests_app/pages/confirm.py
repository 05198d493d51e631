"""The page of Seller Center and portal that asks before an act: one template, one way to ask."""

from abc import abstractmethod
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import redirect, render

from accounts.verbs import Verb


@dataclass(frozen=True)
class ConfirmPage:
    """What stands around the question: where one is, and on what one acts."""

    base: str  # the template of the area
    list_label: str  # the list that one came from
    list_url: str  # the name of its URL
    reference: str  # "" where the list itself is the page that one came from
    url: str  # of the page that one came from, and goes back to
    title: str  # of the document
    heading: str
    eyebrow: str = ""
    status: str = ""
    meta: str = ""
    then: str = ""  # where one goes after the act; "" back to `url`


class PageVerb(Verb):
    """A verb whose page is drawn in the frame of an area."""

    dangerous = True
    carried: tuple[tuple[str, str], ...] = ()  # (name, value) of what was chosen on a page before

    @property
    def style(self):
        """Return the look of the button that acts."""
        return "danger" if self.dangerous else "primary"

    @abstractmethod
    def page(self, row):
        """Return the ConfirmPage for this row."""


def ask(request, verb, row):
    """Ask with the verb's page, or do the act if that page was answered, and go on.

    Raise ActionRefused if the act is not allowed or not possible any more.
    """
    form, done = verb.answer(request, row)
    page = verb.page(row)
    if done is None:
        context = {"page": page, "verb": verb, "form": form, "consequences": verb.consequences(row)}
        return render(request, "pages/confirm.html", context)
    messages.success(request, done)
    return redirect(page.then or page.url)
