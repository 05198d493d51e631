"""View Details: all that the page of one request shows."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import acting
from accounts.fields import row_number
from accounts.formats import day, day_and_time, joined, money, sentences
from accounts.moment import one_moment
from partners.choices import CompanySize, label_in
from partners.models import Partner
from partners.scoring import reason_text
from requests_app import actions, contacts, help_needed, policies, visibility
from requests_app.authorisations import Authorisation
from requests_app.conversation.reading import with_readings
from requests_app.models import Event, PartnerRequest, RequestVersion, Share
from requests_app.pages import authorisations
from requests_app.proposals import reading
from requests_app.reasons import ClosedReason
from requests_app.seller import conversation, history, next_step
from requests_app.seller.decorators import standing_of
from requests_app.workflow import Headline, Hold, ShareStatus

PLATFORM = settings.PLATFORM_NAME
TO_DECIDE = (Headline.DECISION, Headline.REJECTED)
QUIET = {"danger": "danger-quiet", "primary": "secondary"}  # of a card: the panel holds the one act that is next
NOT_DIALLED = r"[^\d+]"  # of a phone number
NOBODY_HAS_IT = (*TO_DECIDE, Headline.FINDING)


@dataclass(frozen=True)
class PartnerCard:
    reference: str
    name: str
    profile_url: str  # "" where its profile is not public any more
    status: str
    alone: bool  # its request is open, so a close was of this partner alone
    step: next_step.Step
    source: str
    score: int | None
    reasons: list
    note: str
    authorisation: list
    ending: dict | None  # an alert, where the authorisation ends soon
    contact: list  # whom to write to, once it accepted
    actions: list
    share_url: str  # of its own page; "" there
    block_url: str  # "" for who cannot
    refer_url: str  # to have the platform refer others beside this one, where that is open


def shares_of(request, reader=None):
    """Return the shares of a request with partner and active authorisation (`active`, a list), the furthest first.

    With a reader, also up to where they have read each conversation, as `conversation.choices_of` needs.
    Statuses and authorisations are of one moment, also where a POST draws its page again.
    """
    active = Prefetch("authorisations", Authorisation.objects.filter(ended_at=None), to_attr="active")
    rows = request.shares.select_related("partner").prefetch_related(active)
    with one_moment():
        shares = list(with_readings(reader, rows) if reader else rows)
    for share in shares:
        share.request = request
    return next_step.in_order(shares)


def page_of(request, user, params):
    """Return the context of View Details; `params` is what its address asks for: with=SPS-… and before=KEY."""
    standing = standing_of(user, request.shop_id)
    shares = shares_of(request, user)
    proposals = _proposals_of(request, user, shares)
    panel = _panel_of(request, shares, standing, proposals)
    others = panel["decision"] is None and actions.may_turn_to_platform(standing, request, shares)
    contacts_known = visibility.partner_contacts(user, request, shares)
    openings, more_openings = history.openings_of(request)
    cards = [
        card_of(share, standing, contacts_known.get(share.partner_id), proposals.get(share.pk), may_refer_others=others)
        for share in shares
    ]
    shown, among = conversation.shown_of(shares, params.get("with", ""))
    return panel | {
        "actions": calm(actions.for_request(standing, request, shares)),
        "conversation": shown
        and conversation.conversation_of(
            shown,
            user,
            standing,
            before=row_number(params.get("before")),
            on_request=True,
            choices=conversation.choices_of(among, shown),
        ),
        "cards": cards,
        "live_cards": [card for share, card in zip(shares, cards, strict=True) if share.is_live],
        "ended_cards": [card for share, card in zip(shares, cards, strict=True) if not share.is_live],
        "any_referred": any(share.source == Share.Source.REFERRED for share in shares),
        "facts": facts_of(request, visibility.own_details(user, request)),
        "timeline": history.timeline_of(request),
        "openings": openings,
        "more_openings": more_openings,
    }


def panel_of(share, user):
    """Return the context of the panel alone, for a page that asks for it anew with the conversation of a share."""
    request, shares = share.request, shares_of(share.request)
    standing = standing_of(user, request.shop_id)
    return _panel_of(request, shares, standing, _proposals_of(request, user, shares))


def _panel_of(request, shares, standing, proposals):
    decision = decision_of(request, shares, standing)
    hold = hold_of(request, standing)
    act = next_act_of(request, shares, standing, proposals, decision, hold)
    return {
        "partner_request": request,
        "hold": hold,
        "step": next_step.of_request(request, shares, standing),
        "act": act,
        "proposals": proposals_link(request, proposals, beside=act),
        "decision": decision,
    }


def _proposals_of(request, user, shares):
    return reading.for_seller(user, request, [share for share in shares if share.accepted_at])


def next_act_of(request, shares, standing, proposals, decision, hold):
    """Return the one thing that the reader is to do next, as {label, url, method, anchor}; None while it is not theirs.

    A question is replied to first; then a partner is authorised, or their proposals are compared.
    """
    if decision:
        return _act(decision["choose_label"], f"{reverse('seller:request_edit', args=[request.reference])}#part-type")
    asking = [share for share in shares if share.is_asked]
    if asking and policies.may_write_as_shop(standing):
        first = min(asking, key=lambda share: share.asked_at)
        label = _("Reply to %(partner)s") % {"partner": first.partner.name}
        return _act(label, f"{conversation.address_on_request(first)}#{conversation.FIELD}")
    if request.headline == Headline.ACCEPTED and policies.may_authorise(standing):
        return _authorise_one(request, [share for share in shares if share.is_taken], proposals)
    if hold and hold["may_ask"]:
        url = reverse("seller:request_confirm", args=[request.reference])
        return _act(_("Send the link again"), url, method="post")
    return None


def _authorise_one(request, accepted, proposals):
    holding = [share for share in accepted if share.pk in proposals and proposals[share.pk].is_open]
    if len(holding) > 1:
        return _act(_("Compare proposals"), proposals_url(request))
    if len(accepted) > 1:
        return _act(_("Choose whom to authorise"), "#partners")
    label = _("Authorise %(partner)s") % {"partner": accepted[0].partner.name}
    return _act(label, authorise_url(accepted[0], proposals.get(accepted[0].pk)))


def _act(label, url, *, method="get"):
    return {"label": label, "url": url, "method": method}


def acts_of(share, standing, proposal=None):
    """Return what the reader may do with one partner; authorising is on its proposal where it has one to choose."""
    acts = [replace(act, style=QUIET.get(act.style, act.style)) for act in actions.for_seller(standing, share)]
    if proposal is None or not proposal.is_open:
        return acts
    return [replace(act, url=authorise_url(share, proposal)) if act.verb == "authorise" else act for act in acts]


def authorise_url(share, proposal=None):
    """Return where a partner is authorised; on its proposal where that can be chosen."""
    url = reverse("seller:share_authorise", args=[share.request.reference, share.reference])
    return f"{url}?proposal={proposal.terms.number}" if proposal and proposal.is_open else url


def proposals_link(request, proposals, *, beside=None):
    """Return where the partners' proposals stand side by side; None without any, and where `beside` leads there."""
    count, url = len(proposals), proposals_url(request)
    if not count or (beside and beside["url"] == url):
        return None
    return _act(ngettext("%(count)d proposal", "%(count)d proposals", count) % {"count": count}, url)


def proposals_url(request):
    return reverse("seller:proposals", args=[request.reference])


def share_of(request, reference):
    """Return the request's share of this reference, as `shares_of` does; raise Http404 where there is none."""
    return share_among(shares_of(request), reference)


def share_among(shares, reference):
    """Return the share of this reference; raise Http404 where there is none."""
    share = next((share for share in shares if share.reference == reference), None)
    if share is None:
        raise Http404
    return share


def contact_lead(request):
    """Who can see the contact details now, in a sentence."""
    if erased := visibility.erased_text(request):
        return erased
    if not request.is_open:
        return _("Closed: no partner can view it any more.")
    if request.hide_contact:
        return _("Hidden until a partner accepts, then open to those that have.")
    return _("Open to the partners that have the request.")


def calm(acts):
    """Dangerous acts are drawn quietly beside others; their own page is loud."""
    return [replace(act, style="danger-quiet") if act.style == "danger" else act for act in acts]


def card_of(share, standing, contact=None, proposal=None, *, may_refer_others=False):
    fell_out = share.source == Share.Source.PICKED and _outcome(share) in ("rejected", "no_answer")
    authorisation = share.active[0] if share.active else None
    return PartnerCard(
        reference=share.reference,
        name=share.partner.name,
        profile_url=share.partner.get_absolute_url() if share.partner.is_approved else "",
        status=share.status,
        alone=share.request.is_open,
        step=next_step.of_share(share, standing),
        source="" if share.source == Share.Source.PICKED else _("Referred by %(platform)s") % {"platform": PLATFORM},
        score=share.score,
        reasons=[reason_text(reason) for reason in share.reasons],
        note=share.note,
        authorisation=authorised(authorisation) if authorisation else [],
        ending=ending_of(share, authorisation) if authorisation and authorisations.ends_soon(authorisation) else None,
        contact=contact_rows(contact) if contact else [],
        actions=acts_of(share, standing, proposal),
        share_url=conversation.address_of(share),
        block_url=_block_url(share, standing),
        refer_url=reverse("seller:request_refer", args=[share.request.reference])
        if fell_out and may_refer_others
        else "",
    )


def contact_rows(contact):
    """Return a partner's contact as facts; the phone where it gives one."""
    rows = [
        (_("Contact"), contact.name, "", ""),
        (_("Email"), contact.email, f"mailto:{contact.email}", _("Write")),
        (_("Phone"), contact.phone, f"tel:{re.sub(NOT_DIALLED, '', contact.phone)}", _("Call")),
    ]
    return [{"label": label, "value": value, "link": link, "verb": verb} for label, value, link, verb in rows if value]


def _block_url(share, standing):
    """Return where the partner is blocked; the page acts for the shop of this request."""
    if not policies.may_block_as_shop(standing):
        return ""
    shop = urlencode({acting.FIELD: acting.key_of(acting.SHOP, share.request.shop_id)})
    return f"{reverse('seller:block', args=[share.partner.slug])}?{shop}"


def authorised(authorisation):
    """An active authorisation as facts."""
    by_level = authorisations.areas_by_level(authorisation.areas)
    return [
        *({"label": level, "value": joined(areas)} for level, areas in by_level),
        *(
            [{"label": _("Proposal"), "value": history.proposal_text(authorisation.proposal_number)}]
            if authorisation.proposal_number
            else []
        ),
        {"label": _("Granted"), "value": day(authorisation.granted_at)},
        {
            "label": _("Ends"),
            "value": day_and_time(authorisation.ends_at),
            "help": authorisations.left_text(authorisation),
        },
    ]


def ending_of(share, authorisation):
    told = {"partner": share.partner.name, "day": day(authorisation.ends_at)}
    return {
        "title": authorisations.left_text(authorisation),
        "text": _("Unless it is renewed, %(partner)s loses its access on %(day)s.") % told,
    }


def decision_of(request, shares, standing):
    """What stands open to a seller whose request no partner has: honest words and what they can do; else None."""
    if request.headline not in NOBODY_HAS_IT or not policies.may_edit(standing):
        return None
    is_referral = request.request_type == PartnerRequest.Type.REFER
    label = _("Let %(platform)s refer others") if shares else _("Let %(platform)s refer partners")
    return {
        "title": _("What would you like to do?") if request.headline in TO_DECIDE else nobody_has_it(shares),
        "said": [tried_text(shares), *_outlook(request, is_referral=is_referral)],
        "choose_label": _("Choose other partners") if shares else _("Choose partners yourself"),
        "refer_label": label % {"platform": PLATFORM}
        if actions.may_turn_to_platform(standing, request, shares)
        else "",
    }


def nobody_has_it(shares):
    return _("Nobody has your request now") if shares else _("Nobody has your request yet")


def hold_of(request, standing):
    """What a request on hold waits for, and what the seller can do; None where nothing is held or to be confirmed."""
    pending = request.is_open and contacts.is_pending(request)
    if not (request.hold or pending):
        return None
    kept = Partner.objects.filter(pk__in=request.held_picks or ()).order_by("pk").values_list("name", flat=True)
    return {
        "is_screening": request.hold == Hold.SCREENING,
        "address": request.contact_email if pending else "",
        "shown": request.confirmed_email,
        "closes": next_step.closes_unconfirmed(request),
        "kept": list(kept) if request.held_picks else [],
        "may_ask": pending and bool(policies.may_ask_for_confirmation(standing)),
    }


def _outlook(request, *, is_referral):
    """What the platform goes on doing for a request that nobody has."""
    if request.seeking:
        yield _("We try again every day, our staff look too, and you are told as soon as a partner is asked.")
    elif is_referral:
        yield _("We refer nobody else for the request as it is. If you change what it is matched on, we begin anew.")
    if is_referral:
        yield _("A larger budget, or another category or company size, may bring more partners in.")


def tried_text(shares):
    """ "4 partners were asked. 2 rejected. 1 did not answer in time. 1 was closed." Each a sentence to translate."""
    if not shares:
        return _("No partner fits your request at the moment, so nobody was asked.")
    outcomes = Counter(_outcome(share) for share in shares)
    return sentences(sentence % {"count": count} for sentence, count in _tried(len(shares), outcomes) if count)


def _tried(asked, outcomes):
    rejected, silent, closed = outcomes["rejected"], outcomes["no_answer"], outcomes["closed"]
    yield ngettext("%(count)d partner was asked.", "%(count)d partners were asked.", asked), asked
    yield ngettext("%(count)d rejected.", "%(count)d rejected.", rejected), rejected
    yield ngettext("%(count)d did not answer in time.", "%(count)d did not answer in time.", silent), silent
    yield ngettext("%(count)d was closed.", "%(count)d were closed.", closed), closed


def referred_text(count):
    """What asking for a referral came to."""
    if not count:
        return _("No partner fits your request at the moment. Our staff look for one by hand and tell you.")
    return ngettext("%(count)d partner was referred to you.", "%(count)d partners were referred to you.", count) % {
        "count": count
    }


def submitted_text(request):
    """What is said once a request is submitted."""
    if contacts.is_pending(request):
        return _("Your request is submitted and on hold. Partners are asked as soon as its contact email is confirmed.")
    return _("Your request is submitted. We tell you as soon as a partner answers.")


def edited_text(request):
    """What is said once an edit is saved."""
    if contacts.is_pending(request):
        return _("Your changes are saved. Nobody else is asked until the contact email is confirmed.")
    return sentences([_("Your changes are saved."), *_left_out(request)])


def released_text(request):
    """What is said where the contact email turned out to be confirmed by now."""
    return sentences([_("The contact email is confirmed by now: your request goes on."), *_left_out(request)])


def _left_out(request):
    """Yield how many partners the release could not ask any more, where the seller's last act was a release."""
    released = request.events.filter(kind=Event.Kind.RELEASED, at=request.seller_acted_at).last()
    if released and released.data["missed"]:
        yield history.missed_text(released.data["missed"])


def _outcome(share):
    if share.status == ShareStatus.REJECTED:
        return "rejected"
    return "no_answer" if share.closed_reason == ClosedReason.NO_RESPONSE else "closed"


def facts_of(request, details):
    """The request's own details, in the parts of the form."""

    def row(name, value=None):
        return {"label": visibility.label_of(name), "value": details[name] if value is None else value}

    def amount(name):
        text = money(details[name], details["currency"])
        return row(name, _("%(money)s a month") % {"money": text} if text else "")

    erased = visibility.erased_text(request)
    return {
        "erased": erased,
        "contact": [] if erased else [row(name) for name in RequestVersion.CONTACT_FIELDS],
        "business": [
            row("company_size", label_in(CompanySize, details["company_size"])),
            row("category", str(details["category"])),
            amount("platform_gmv"),
            amount("other_gmv"),
            amount("budget"),
        ],
        "text": [] if erased else [row(name) for name in RequestVersion.FREE_TEXT_FIELDS],
        "type": [
            row("services", help_needed.services_text(details["services"])),
            row("start", help_needed.start_text(details["start"])),
            {"label": _("Select partners"), "value": request.get_request_type_display()},
            {"label": _("Contact details"), "value": contact_lead(request)},
        ],
    }
