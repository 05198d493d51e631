"""The page of a share once more, with what somebody typed that was refused: nothing typed is lost.

Also where the share is not the partner's to read any more: then what was typed is all that is shown beside its profile.
"""

from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.fields import LinesField
from accounts.formats import sentences
from requests_app.conversation import reading
from requests_app.portal import share as share_page
from requests_app.portal.decorators import read_again_or_404
from requests_app.portal.forms import AcceptForm
from requests_app.portal.proposal import proposal_of
from requests_app.portal.proposal_form import typed_text
from requests_app.proposals.workflow import ProposalStatus


def of_message(request, share, form):
    """Draw the share as it is now, with the form of a message that was refused."""
    shown, standing = read_again_or_404(request, share)
    context = share_page.page_of(shown, request.user, standing, form=form)
    if context["conversation"] is None:
        why = sentences(error for errors in form.errors.values() for error in errors)
        context["unsent"] = _unsent(_("Your message was not sent"), why, form["text"].value())
    return render(request, "portal/share.html", context)


def of_accepting(request, share, refused):
    """Draw the share with the message that was to go with its acceptance; None where there was none.

    Where it went with it already, since the button was pressed twice, the share's page is all there is to show.
    """
    text = LinesField(required=False).to_python(request.POST.get("message"))
    if not text:
        return None
    if _went_with_it(request, share):
        return redirect(share)
    return _drawn(request, share, _("You did not accept, and your message was not sent"), refused, text)


def of_proposing(request, share, refused):
    """Draw the share with what was typed into its proposal; None where that is nothing."""
    text = typed_text(request.POST)
    return _drawn(request, share, _("Your proposal was not sent"), refused, text) if text else None


def of_withdrawing(request, share, refused):
    """Lead to the share where the version was withdrawn already, since the button was pressed twice; else None."""
    proposal = read_again(request, share)
    is_done = proposal is not None and proposal.status == ProposalStatus.WITHDRAWN
    return redirect(share) if is_done and request.POST.get("seen") == str(proposal.terms.number) else None


def read_again(request, share):
    """Return the proposal of the share as it stands now."""
    shown, _standing = read_again_or_404(request, share)
    return proposal_of(shown, request.user)


def _went_with_it(request, share):
    form = AcceptForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["token"]:
        return False
    return reading.was_sent(request.user, share, form.cleaned_data["message"], form.cleaned_data["token"])


def _drawn(request, share, title, refused, text):
    shown, standing = read_again_or_404(request, share)
    context = share_page.page_of(shown, request.user, standing)
    return render(request, "portal/share.html", context | {"unsent": _unsent(title, refused.message, text)})


def _unsent(title, why, text):
    return {"title": title, "why": why, "text": (text or "").replace("\0", "")}
