"""The seller's page of one share: its partner, whose turn it is, the conversation with it, its proposal."""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts import formats
from requests_app import policies, visibility
from requests_app.pages import terms
from requests_app.proposals import reading
from requests_app.proposals.workflow import ProposalStatus
from requests_app.seller import conversation, details, next_step
from requests_app.seller.decorators import standing_of


def page_of(share, user, *, before=None, form=None):
    """Return the context of a share's page for a member of its shop; `form` is a message that was refused."""
    standing = standing_of(user, share.request.shop_id)
    request = share.request
    contacts = visibility.partner_contacts(user, request, [share])
    proposal = _proposal_of(share, user)
    panel = _panel_of(share, standing, proposal)
    act, card = panel["act"] or {}, details.card_of(share, standing, contacts.get(share.partner_id))
    return panel | {
        "called": formats.together(request.name, request.reference),
        "partner": replace(card, share_url="", actions=[each for each in card.actions if each.url != act.get("path")]),
        "proposal": proposal and proposal_of(share, proposal, standing),
        "conversation": conversation.conversation_of(share, user, standing, before=before, form=form),
    }


def panel_of(share, user):
    """Return the context of the panel alone, for a page that asks for it anew with the conversation."""
    return _panel_of(share, standing_of(user, share.request.shop_id), _proposal_of(share, user))


def _panel_of(share, standing, proposal):
    return {
        "partner_request": share.request,
        "state": share.status,
        "alone": share.request.is_open,
        "step": next_step.of_share(share, standing),
        "act": next_act_of(share, standing, proposal) or None,
    }


def _proposal_of(share, user):
    return reading.for_seller(user, share.request, [share]).get(share.pk) if share.accepted_at else None


def messages_of(share, user, *, on_request):
    """Return the conversation alone, for a page that asks for it anew."""
    standing = standing_of(user, share.request.shop_id)
    return conversation.conversation_of(share, user, standing, on_request=on_request)


def next_act_of(share, standing, proposal):
    """Return the one thing that the reader is to do next with this partner; {} while it is not theirs."""
    if share.is_asked and policies.may_write_as_shop(standing):
        return {"label": _("Reply"), "url": f"#{conversation.FIELD}", "method": "get"}
    authorise = next((each for each in details.acts_of(share, standing) if each.verb == "authorise"), None)
    if authorise is None:
        return {}
    url = details.authorise_url(share, proposal)
    return {"label": _("Authorise"), "url": url, "method": "get", "path": authorise.url}


def state_of(share, proposal, standing):
    """Return the State of a ShownProposal, with what it means to the reader and what they can do."""
    state = terms.state_of(proposal, share)
    return state._replace(text=_text_of(share, proposal.status, standing, was_passed=state == terms.NOT_CHOSEN))


def _text_of(share, status, standing, *, was_passed):
    if was_passed:
        connected = _("You authorised the partner without it.")
        return connected if share.is_connected else _("It has ended for this partner.")
    match status:
        case ProposalStatus.SENT if policies.may_authorise(standing):
            return _("Authorise the partner to take it.")
        case ProposalStatus.SENT:
            return _("An owner of your shop can authorise the partner to take it.")
        case ProposalStatus.EXPIRED if policies.may_write_as_shop(standing):
            return _("Ask the partner for a new one.")
        case ProposalStatus.EXPIRED:
            return _("An owner or editor of your shop can ask the partner for a new one.")
        case ProposalStatus.CHOSEN:
            return _("You authorised the partner on it.")
    return _("The partner took it back.")


def proposal_of(share, proposal, standing):
    return {
        "state": state_of(share, proposal, standing),
        "number": proposal.terms.number,
        "at": proposal.terms.at,
        "by": proposal.terms.by,
        "rows": terms.newest_rows_of(proposal),
        "url": details.proposals_url(share.request),
    }
