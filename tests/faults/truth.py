"""Mails and pages say what is so: each sentence of CLAIMS stands there if, and only if, the database holds its fact.

A mail is read at the moment that its event is written. A new sentence about an authorisation, a deadline, a successor
or a choice is a row of CLAIMS. Mails of teams have theirs in team_truth.py.
"""

from collections import Counter

from accounts import account_mails, outbox
from accounts.formats import listed
from accounts.models import AccountMail
from requests_app import change, contacts, visibility
from requests_app.authorisations import Authorisation
from requests_app.models import Event, PartnerRequest, Share
from requests_app.reasons import ReleaseReason, stated_text
from requests_app.seller import details
from requests_app.templatetags.wording import hold_text, proposal_labels
from requests_app.workflow import LIVE, TAKEN
from tests.factories import owner_of

ENDS = ("share_closed_for_seller", "no_response_for_seller", "rejected_for_seller", "withdrawn_for_seller")


class Facts:
    """What stands in the database when an event has been written."""

    def __init__(self, row):
        _event, pk, *reference = row.source.split(":")
        self.event = Event.objects.select_related("request__shop", "share__partner").get(pk=pk)
        self.request = PartnerRequest.objects.get(pk=self.event.request_id)
        self.share = Share.objects.filter(reference=reference[0]).first() if reference else self.event.share
        self.shares = list(self.request.shares.select_related("partner").order_by("pk"))
        self.live = [share for share in self.shares if share.status in LIVE]

    def names(self, shares):
        return listed([share.partner.name for share in shares])

    @property
    def asked(self):
        return [share for share in self.live if share.shared_at == self.event.at]

    @property
    def still(self):
        return [share for share in self.live if share.shared_at < self.event.at]

    @property
    def may_refer(self):
        taken = any(share.status in TAKEN for share in self.shares)
        return self.request.is_open and not self.hold and self.request.request_type == "choose" and not taken

    @property
    def hold(self):
        return self.request.hold

    @property
    def taken_for_spam(self):
        return sum(share.reject_reason == "spam" for share in self.shares) >= 2

    @property
    def link_was_sent(self):
        return AccountMail.objects.filter(to=self.request.contact_email, template=contacts.MAIL).exists()

    @property
    def closes_unconfirmed(self):
        return self.hold == "contact" and not self.live

    @property
    def reason_of_staff(self):
        return ReleaseReason(self.event.data["reason"]).label if self.event.data.get("reason") else ""

    def ended_authorisation(self, **of):
        return Authorisation.objects.filter(ended_at=self.event.at, end_reason="closed", **of)

    @property
    def with_authorisation(self):
        ended = self.ended_authorisation(share__request=self.request).values("share")
        return [share for share in self.shares if Share.objects.filter(pk=share.pk, pk__in=ended).exists()]

    @property
    def closed_now(self):
        return [share for share in self.shares if share.ended_at == self.event.at]

    def gave_time(self):
        return self.share.events.filter(kind="extended", at=self.event.at).exists()

    @property
    def terms_changed(self):
        """What the newest version of the proposal says otherwise than the one before, in words."""
        newest, *before = self.share.proposal.versions.order_by("-number")
        changed = [name for name in newest.TERMS if before and getattr(newest, name) != getattr(before[0], name)]
        return proposal_labels(changed)

    def door_is_open(self):
        share = Share.objects.select_related("request__shop", "partner").get(pk=self.share.pk)
        return visibility.contact_details(owner_of(share.partner), share) is not None


def came_with_a_message(share, event):
    """Whether the acceptance did: what the partner wrote before it was a question, also at the same moment."""
    return share.messages.filter(side="partner", is_question=False, at=event.at).exists()


def names_where(shares, sentence):
    """Return the sentence with the names of these shares; None, for a sentence that must not be there, without any."""
    return lambda facts: sentence % facts.names(shares(facts)) if shares(facts) else None


def where(holds, sentence):
    return lambda facts: sentence if holds(facts) else None


def nobody(facts):
    return not facts.live


def stuck(facts):
    """Nobody has it, and neither is it on hold nor may the platform be asked to refer."""
    return nobody(facts) and not facts.hold and not facts.may_refer


# (templates, how the sentence begins, the sentence that must stand there, or None where it must not)
CLAIMS = [
    (ENDS, "has asked the next", names_where(lambda f: f.asked, "has asked the next: the request is with %s now")),
    (ENDS, "It is still with", names_where(lambda f: f.still, "It is still with %s.")),
    (
        ENDS,
        "Nobody has it at the moment",
        where(stuck, "Nobody has it at the moment"),
    ),
    (ENDS, "again every day", where(lambda f: nobody(f) and f.request.seeking, "We look again every day")),
    (
        ENDS,
        "refers nobody else",
        where(lambda f: stuck(f) and not f.request.seeking, "refers nobody else"),
    ),
    (
        ENDS,
        "on hold",
        lambda f: f.hold and f"The request is on hold: nobody else is asked for now. {hold_text(f.hold)}",
    ),
    (ENDS, "let TikTok Shop refer", where(lambda f: f.may_refer, "or let TikTok Shop refer some")),
    (
        ENDS,
        "cannot view your contact details",
        where(lambda f: not f.door_is_open(), "cannot view your contact details"),
    ),
    (
        ("share_closed_for_seller",),
        "uthorisation",
        where(lambda f: f.ended_authorisation(share=f.share).exists(), "Its authorisation ended with that."),
    ),
    (
        ("share_closed_for_partner",),
        "uthorisation",
        where(lambda f: f.ended_authorisation(share=f.share).exists(), "Your authorisation ended with that"),
    ),
    (
        ("share_closed_for_partner",),
        "cannot view its contact details",
        where(lambda f: not f.door_is_open(), "You cannot view its contact details now"),
    ),
    (
        ("share_closed_for_seller", "share_closed_for_partner"),
        "The reason given",
        lambda f: (
            f.share.stated_reason and f"The reason given: {stated_text(f.share.closed_reason, f.share.stated_reason)}."
        ),
    ),
    (
        ("request_closed_for_seller",),
        "The reason given",
        lambda f: f.request.stated_reason and f"The reason given: {stated_text('staff', f.request.stated_reason)}.",
    ),
    (
        ("request_closed_for_seller",),
        "authorised ended",
        names_where(lambda f: f.with_authorisation, "What you authorised ended with it: %s."),
    ),
    (
        ("request_closed_for_seller",),
        "It ended for",
        names_where(lambda f: f.closed_now, "It ended for %s."),
    ),
    (
        ("edited_for_partner",),
        "You have until",
        where(lambda f: f.share.status == "reviewing", "to answer, as before"),
    ),
    (
        ("accepted_for_seller",),
        "can view your contact details",
        where(Facts.door_is_open, "can view your contact details"),
    ),
    (
        ("accepted_for_seller",),
        "sent you a message",
        where(lambda f: came_with_a_message(f.share, f.event), "It sent you a message with that."),
    ),
    (
        ("submitted_for_seller",),
        "It is with",
        names_where(lambda f: f.live, "is submitted. It is with %s now."),
    ),
    (
        ("submitted_for_seller",),
        "on hold",
        where(lambda f: f.hold and not f.shares, f"on hold: no partner is asked yet. {hold_text('contact')}"),
    ),
    (
        ("submitted_for_seller", "held_for_seller"),
        "A link to confirm it",
        where(lambda f: f.hold == "contact" and f.link_was_sent, "A link to confirm it was sent to that address."),
    ),
    (
        ("held_for_seller",),
        "is on hold:",
        lambda f: f.hold and f"is on hold: no further partner is asked for now. {hold_text(f.hold)}",
    ),
    (
        ("held_for_seller",),
        "took it for spam",
        where(lambda f: f.hold == "screening" and f.taken_for_spam, "More than one partner took it for spam."),
    ),
    (
        ("contact_reminded_for_seller",),
        "on hold",
        where(lambda f: f.hold == "contact" and f.link_was_sent, "is on hold, since nobody has confirmed its contact"),
    ),
    (
        ("contact_reminded_for_seller",),
        "If it is not confirmed",
        where(lambda f: f.closes_unconfirmed, "If it is not confirmed until"),
    ),
    (
        ("released_for_seller",),
        "not on hold any more",
        where(lambda f: not f.hold, "it is not on hold any more"),
    ),
    (
        ("released_for_seller",),
        "is confirmed",
        where(lambda f: f.event.data["hold"] == "contact", "is confirmed: it is not on hold any more"),
    ),
    (
        ("released_for_seller",),
        "Their reason",
        lambda f: f.reason_of_staff and f"Their reason: {f.reason_of_staff}.",
    ),
    (
        ("released_for_seller",),
        "It was shared with",
        names_where(lambda f: f.asked, "It was shared with %s just now."),
    ),
    (
        ("released_for_seller",),
        "keep it",
        where(lambda f: f.still and not f.asked, "The partners that had it keep it."),
    ),
    (
        ("released_for_seller",),
        "No partner has it now",
        where(nobody, "No partner has it now. Its page says what you can do."),
    ),
    (
        ("request_closed_for_seller",),
        "not confirmed",
        where(lambda f: f.request.closed_by == "contact", "Its contact email was not confirmed in time."),
    ),
    (
        ("submitted_for_seller", "unmatched_for_seller"),
        "again every day",
        where(lambda f: nobody(f) and f.request.seeking, "We look again every day"),
    ),
    (
        ("expired_for_seller", "expired_for_partner"),
        "Partner accepted",
        where(lambda f: f.share.status == "accepted", "back at “Partner accepted”"),
    ),
    (
        ("asked_for_seller", "question_reminded_for_seller"),
        "48 hours more",
        where(lambda f: not f.share.is_extended, "Your reply gives it 48 hours more, once."),
    ),
    (("replied_for_partner",), "48 hours more", where(Facts.gave_time, "You have 48 hours more: until")),
    (("replied_for_partner",), "as before", where(lambda f: not f.gave_time(), "to accept or reject, as before")),
    (("extended_for_seller",), "to answer now", where(Facts.gave_time, "to answer now.")),
    (
        ("proposed_for_seller",),
        "What changed",
        lambda f: f.terms_changed and f"What changed: {f.terms_changed}.",
    ),
    (
        ("proposed_for_seller", "proposal_reminded_for_seller"),
        "valid until",
        where(lambda f: f.share.proposal.status == "sent", "valid until"),
    ),
    (
        ("expired_for_partner", "revoked_for_partner"),
        "can still view",
        where(Facts.door_is_open, "can still view the contact details"),
    ),
]


def check_mail(row, seen):
    check_claims(row, Facts(row), CLAIMS, seen)


def check_claims(row, facts, claims, seen):
    """Count in `seen` which of the claims the mail of the row makes; fail where it says what is not so."""
    body = " ".join(outbox.mail_of([row]).body.split())
    for number, (templates, beginning, sentence) in enumerate(claims):
        if row.template in templates:
            said = sentence(facts)
            assert (said in body) if said else (beginning not in body), (row.template, beginning, said, body)
            seen[number, bool(said)] += 1


def check_page(request):
    """The page of a request promises daily tries only while they are made, and "your turn" never stands beside that."""
    page = details.page_of(request, owner_of(request.shop), {})
    said = " ".join(map(str, page["decision"]["said"])) if page["decision"] else ""
    promised = "again every day" in said
    assert not promised or request.seeking, said
    assert not (promised and request.headline in ("rejected", "decision")), said
    assert ("No partner fits" in said) <= (not page["cards"]), said
    if request.hold:
        assert not page["decision"], said
        assert not any(card.refer_url for card in page["cards"])
        assert page["hold"]["is_screening"] == (request.hold == "screening")


def check_asked():
    """Each mail that asks to confirm an address: until somebody does, no further agency is asked or shown it.

    Return how many were read.
    """
    mails = AccountMail.objects.filter(template=contacts.MAIL)
    for mail in mails:
        request = PartnerRequest.objects.get(reference=mail.context["reference"])
        body = " ".join(account_mails.mail_of(mail).body.split())
        pending = request.is_open and contacts.is_pending(request) and request.contact_email == mail.to
        assert ("/accounts/contact/" in body) == pending, body
        assert "Until then no further agency is asked, and nobody is given the address." in body
        if pending:
            assert request.hold, request
            assert request.shown_email != mail.to or not request.shares.exists()
            assert not request.shares.filter(shared_at__gt=request.held_since).exists()
    return len(mails)


def watch(monkeypatch):
    """Have every mail of an event read when it is written; return how often each claim was made, and was not.

    The counter's keys are (the claim's place in CLAIMS, whether its sentence was there).
    """
    seen, write = Counter(), change.notify_all

    def notify_all(rows):
        write(rows)
        for row in {(row.source, row.template): row for row in rows if row.source.startswith("event:")}.values():
            check_mail(row, seen)
        for row in rows[:1]:
            check_page(Facts(row).request)

    monkeypatch.setattr(change, "notify_all", notify_all)
    return seen
