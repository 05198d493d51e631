"""What the pages of one share show its partner, for templates that are never given the share or the request itself."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import acting, formats
from partners.choices import label_in
from requests_app import actions, help_needed, policies, visibility
from requests_app.authorisations import AccessLevel, Area
from requests_app.pages import authorisations
from requests_app.portal import history, next_step
from requests_app.portal.conversation import conversation_of
from requests_app.portal.proposal import card_of as proposal_card_of
from requests_app.portal.proposal import label_of, proposal_of
from requests_app.reasons import ClosedReason
from requests_app.request_details import RequestDetails
from requests_app.workflow import ShareStatus

NEXT = {"accept", "reject", "propose"}  # what the panel offers; the rest stands aside
OF_PROPOSAL = {"withdraw_proposal"}  # on its card
BUTTONS = {"danger": "danger-quiet"}  # these lead to a page that asks; the red one stands there
AMOUNTS = {"platform_gmv", "other_gmv", "budget"}


def page_of(share, user, standing, *, before=None, form=None):
    """Return the context of the share's own page; `form` is a message that was refused."""
    profile = visibility.business_profile(share)
    text = visibility.free_text(user, share)
    buttons = buttons_of(standing, share)
    proposal = proposal_of(share, user)
    return panel_of(share, standing, user, profile=profile, buttons=buttons, proposal=proposal) | {
        "facts": facts_of(profile),
        "conversation": conversation_of(share, user, standing, before=before, form=form),
        "texts": texts_of(text) if text else [],
        "contact_closed": contact_closed(share, standing),
        "changes": changes_of(user, share, profile),
        "authorisation": authorisation_of(share),
        "history": history.of(share, user),
        "proposal": proposal and proposal_card_of(proposal, share),
        "proposal_acts": [button for button in buttons if button["verb"] in OF_PROPOSAL],
        "own_contact": own_contact_of(share, user, standing) if share.is_taken else None,
        "asides": [button for button in buttons if button["verb"] not in NEXT | OF_PROPOSAL],
        "may_block": bool(policies.may_block_as_partner(standing)),
    }


def panel_of(share, standing, user, **read):
    """Return the context of the panel: the state, whose turn it is, and the acts that are next.

    `read` holds what of profile, buttons and proposal was read already.
    """
    buttons = read["buttons"] if "buttons" in read else buttons_of(standing, share)
    proposal = read["proposal"] if "proposal" in read else proposal_of(share, user)
    return heading_of(share, read.get("profile")) | {
        "acts": [_labelled(button, proposal) for button in buttons if button["verb"] in NEXT],
        "hint": next_step.hint(share, proposal),
        "cannot": why_not(standing, share),
        "is_connected": share.is_connected,
        "described": "" if share.is_asked else "partner",  # it says that it is the partner's turn
    }


def _labelled(button, proposal):
    if button["verb"] != "propose":
        return button
    is_open = proposal is not None and proposal.is_open
    return button | {"label": label_of(proposal), "style": "secondary" if is_open else "primary"}


def heading_of(share, profile=None):
    profile = profile or visibility.business_profile(share)
    return {
        "reference": share.reference,
        "url": share.get_absolute_url(),
        "name": profile.name,
        "shop": profile.shop,
        "budget": formats.money(profile.budget, profile.currency),
        "partner": share.partner.name,
        "for_whom": _("%(reference)s, for %(partner)s") % {"reference": share.reference, "partner": share.partner},
        "status": share.status,
        "alone": share.closed_reason != ClosedReason.REQUEST_CLOSED,  # a partner does not read what came of it later
        "source": next_step.SOURCES.get(share.source, ""),
        "shared_at": share.shared_at,
        "turn": next_step.turn(share),
        "who": next_step.who(share),
        "next_step": next_step.next_step(share),
        "accepted_at": share.accepted_at,
        "urgency": next_step.urgency(share),
    }


def facts_of(profile):
    """Return the business profile as rows of the facts component."""
    money = [
        (_("Budget"), profile.budget, _("a month, for the partner")),
        (visibility.label_of("platform_gmv"), profile.platform_gmv, _("average a month")),
        (_("Sales GMV from other channels"), profile.other_gmv, _("a month")),
    ]
    return [
        {"label": visibility.label_of("services"), "value": help_needed.services_text(profile.services)},
        {"label": visibility.label_of("start"), "value": help_needed.start_text(profile.start)},
        {"label": _("Product category"), "value": profile.category},
        {"label": _("Market"), "value": profile.market},
        {"label": _("Company size"), "value": profile.company_size},
        *(
            {"label": label, "value": formats.money(amount, profile.currency), "help": "" if amount is None else per}
            for label, amount, per in money
        ),
    ]


def texts_of(text):
    return [
        {"label": visibility.label_of(name), "value": getattr(text, name)} for name in RequestDetails.FREE_TEXT_FIELDS
    ]


def accepting(share, user, standing, form, newer=None):
    """Return the context of the page that asks to accept; with `newer`, a NewerVersion, what changed since."""
    profile = visibility.business_profile(share)
    own_contact = own_contact_of(share, user, standing)
    since = max(newer.seen, share.first_version) if newer else None  # never older than what this partner was given
    return heading_of(share, profile) | {
        "form": form,
        "version": profile.version,
        "own_contact": own_contact,
        "facts": facts_of(profile),
        "changes": changes_of(user, share, profile, since=since),
        "newer": newer and newer.message,
        "effects": effects_of_accepting(share, profile.shop, own_contact["given"]),
    }


def effects_of_accepting(share, shop, own_contact):
    """Return what happens when the partner accepts, as lines of text."""
    places = {"load": share.partner.load, "capacity": share.partner.capacity}
    lines = [
        _("%(shop)s is told that you accepted, and can grant you an authorisation.") % {"shop": shop},
        _("The request keeps its place in your capacity: %(load)s of %(capacity)s are taken now.") % places,
        _("You can withdraw as long as you are not connected."),
    ]
    if own_contact:
        given = {"name": own_contact.name, "email": own_contact.email}
        lines.insert(1, _("The seller sees your contact from then on: %(name)s, %(email)s.") % given)
    if share.request.hide_contact:
        lines.insert(1, _("The contact details and the seller's own words open to you and your colleagues."))
    return lines


def own_contact_of(share, user, standing):
    """Return whom the seller may write to at the partner from acceptance on, and how that is given or changed."""
    own = acting.key_of(acting.PARTNER, share.partner_id)
    return {
        "given": visibility.own_contact(user, share.partner),
        "url": f"{reverse('portal:partner_contact')}?{urlencode({acting.FIELD: own})}",
        "cannot": policies.may_change_settings(standing).reason,
    }


def contact_labels():
    return {name: visibility.label_of(name) for name in RequestDetails.CONTACT_FIELDS}


def contact_closed(share, standing):
    """Return why the contact details cannot be opened now; "" where they can."""
    if erased := visibility.erased_text(share.request):
        return erased
    if not share.is_live:
        return _("The request has ended for you, so its contact details are closed to you.")
    allowed = policies.may_open_contact(standing, share.partner)
    if not allowed or visibility.door_is_open(share):
        return allowed.reason
    return _("The seller shows contact details and other details once you accept.")


def changes_of(user, share, profile, *, since=None):
    """Return what the seller changed since that version, or since the share was made, as before and after."""
    differences = visibility.changes_for_partner(user, share, since=since)
    currency = next((d for d in differences if d.name == "currency"), None)
    before = currency.before if currency else profile.currency
    closed = _unquoted(share)
    return [
        {
            "label": difference.label,
            "before": _value(difference.name, difference.before, before),
            "after": _value(difference.name, difference.after, profile.currency),
            "unquoted": closed if difference.before is None and difference.after is None else "",
        }
        for difference in differences
    ]


def _unquoted(share):
    if visibility.door_is_open(share):
        return _("Changed. Show the contact details to read it.")
    return _("Changed. You can read it once you accept.") if share.request.hide_contact else _("Changed.")


def _value(name, value, currency):
    return formats.money(value, currency) if name in AMOUNTS else value


def authorisation_of(share):
    """Return what the seller granted, while it holds; None otherwise."""
    active = share.authorisations.filter(ended_at=None).first() if share.is_connected else None
    return active and {
        "areas": [
            {"label": area.label, "value": label_in(AccessLevel, active.areas[area])}
            for area in Area
            if area in active.areas
        ],
        "granted_at": active.granted_at,
        "ends_at": active.ends_at,
        "left": authorisations.left_text(active),
        "ends_soon": authorisations.ends_soon(active),
    }


def buttons_of(standing, share):
    return [
        {"verb": each.verb, "label": each.label, "url": each.url, "style": BUTTONS.get(each.style, each.style)}
        for each in actions.for_partner(standing, share)
    ]


def why_not(standing, share):
    """Return why the reader cannot answer a request that waits for it, or end a connection; "" where they can."""
    asked = {ShareStatus.REVIEWING: "accept", ShareStatus.CONNECTED: "close"}.get(share.status)
    return actions.PARTNER_VERBS[asked].may(standing, share).reason if asked else ""
