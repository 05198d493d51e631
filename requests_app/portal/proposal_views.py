"""The pages on which a partner writes, changes and withdraws its proposal."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from partners.choices import Currency
from requests_app.exceptions import MovedOn, NewerProposal
from requests_app.pages import terms
from requests_app.pages.confirm import ask
from requests_app.portal import share as share_page
from requests_app.portal import unsent
from requests_app.portal.confirm import WithdrawProposal
from requests_app.portal.decorators import for_share
from requests_app.portal.proposal import label_of, proposal_of
from requests_app.portal.proposal_form import ProposalForm
from requests_app.proposals import services


@for_share("propose", typed=unsent.of_proposing)
def propose(request, shown):
    """Where a colleague saved another version meanwhile, shows that, keeps what was typed and asks again."""
    proposal = proposal_of(shown, request.user)
    form = ProposalForm(request.POST if request.method == "POST" else None, share=shown, proposal=proposal)
    newer = []
    if form.is_valid():
        try:
            services.send_proposal(share_id=shown.pk, by=request.user, seen=form.seen_version, terms=form.terms)
        except NewerProposal:
            proposal = unsent.read_again(request, shown)
            form.show_newer(proposal)
            newer = terms.newest_rows_of(proposal) if proposal else []
        except MovedOn:
            raise
        except NotPossible as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Your proposal is sent. The seller is told."))
            return redirect(f"{shown.get_absolute_url()}#proposal")
    context = {
        "form": form,
        "verb": label_of(proposal),
        "newer": newer,
        "newer_by": proposal.terms if newer else None,
        "withdrawn_currency": "" if shown.request.currency in Currency else shown.request.currency,
    }
    return render(request, "portal/proposal.html", share_page.heading_of(shown) | context)


@for_share("withdraw_proposal", typed=unsent.of_withdrawing)
def withdraw(request, shown):
    return ask(request, WithdrawProposal(proposal_of(shown, request.user)), shown)
