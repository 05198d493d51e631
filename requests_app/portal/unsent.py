"""The page of a share once more, with what somebody typed that was refused: nothing typed is lost.

Also where the share is not the partner's to read any more: then what was typed is all that is shown beside its profile.
"""

from django.shortcuts import render
from django.utils.translation import gettext as _

from requests_app.portal import share as share_page
from requests_app.portal.decorators import visible_share_or_404


def with_form(request, reference, form):
    """Draw the share as it is now, with the form of a message that was refused."""
    shown, standing = visible_share_or_404(request, reference)
    context = share_page.page_of(shown, request.user, standing, form=form)
    if context["conversation"] is None:
        why = " ".join(error for errors in form.errors.values() for error in errors)
        context["unsent"] = unsent(_("Your message was not sent"), why, form["text"].value())
    return render(request, "portal/share.html", context)


def with_text(request, reference, title, why, text):
    """Draw the share as it is now, with a text that belonged to another act, and why that was refused."""
    shown, standing = visible_share_or_404(request, reference)
    context = share_page.page_of(shown, request.user, standing)
    return render(request, "portal/share.html", context | {"unsent": unsent(title, why, text)})


def unsent(title, why, text):
    return {"title": title, "why": why, "text": text.replace("\0", "")}
