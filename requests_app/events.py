"""What each kind of event is to everybody, in one table.

A new kind is a line of Kind and an entry of EVENTS. A test then names what it lacks elsewhere: the mails of those who
are notified (templates/emails/<kind>_for_<role>), an icon.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Topic
from requests_app.reasons import ClosedReason, RejectReason
from requests_app.workflow import LIVE, ShareStatus


class Kind(models.TextChoices):
    SUBMITTED = "submitted", _("Request submitted")
    EDITED = "edited", _("Request edited")
    REQUEST_CLOSED = "request_closed", _("Request closed")
    SHARED = "shared", _("Shared with the partner")
    ACCEPTED = "accepted", _("Accepted by the partner")
    REJECTED = "rejected", _("Rejected by the partner")
    WITHDRAWN = "withdrawn", _("Withdrawn by the partner")
    AUTHORISED = "authorised", _("Authorisation granted")
    RENEWED = "renewed", _("Authorisation changed")
    REVOKED = "revoked", _("Authorisation revoked")
    EXPIRED = "expired", _("Authorisation ended")
    SHARE_CLOSED = "share_closed", _("Closed for the partner")
    CONTACT_OPENED = "contact_opened", _("Contact details opened")
    UNMATCHED = "unmatched", _("No suitable partner left")
    PARTNER_REMINDED = "partner_reminded", _("Partner reminded to answer")
    SELLER_REMINDED = "seller_reminded", _("Reminder: the partner waits for authorisation")
    EXPIRY_WARNED = "expiry_warned", _("Reminder: the authorisation ends soon")
    STALE_WARNED = "stale_warned", _("Reminder: it will be closed if nothing happens")
    CONTACT_ASKED = "contact_asked", _("Contact email asked to confirm")
    CONTACT_CONFIRMED = "contact_confirmed", _("Contact email confirmed")
    CONTACT_REMINDED = "contact_reminded", _("Reminder: the contact email is not confirmed")
    HELD = "held", _("Put on hold")
    RELEASED = "released", _("Released from hold")
    ASKED = "asked", _("Question asked")
    REPLIED = "replied", _("Question replied to")
    EXTENDED = "extended", _("More time to answer")
    MESSAGE = "message", _("Message sent")
    QUESTION_REMINDED = "question_reminded", _("Reminder: a question waits for a reply")
    PROPOSED = "proposed", _("Proposal sent")
    PROPOSAL_WITHDRAWN = "proposal_withdrawn", _("Proposal withdrawn")
    PROPOSAL_REMINDED = "proposal_reminded", _("Reminder: the proposal ends soon")
    PROPOSAL_EXPIRED = "proposal_expired", _("Proposal expired")
    ERASED = "erased", _("Contact details and free text erased")


class Actor(models.TextChoices):
    SELLER = "seller", _("Seller")
    PARTNER = "partner", _("Partner")
    STAFF = "staff", _("Staff")
    PLATFORM = "platform", _("Platform")


SELLER, PARTNER = Actor.SELLER, Actor.PARTNER
REVIEWING, ACCEPTED, CONNECTED, CLOSED, REJECTED = ShareStatus


@dataclass(frozen=True)
class Line:
    """An event in a timeline, and its icon in the list of notifications."""

    icon: str  # a heroicon
    tone: str
    title: str | Promise  # names in %(…)s are those that the history of the reader gives it


@dataclass(frozen=True)
class Meaning:
    """What one kind of event is to everybody."""

    data: tuple[str, ...] = ()  # the keys of what is written into history with it: codes and numbers, nothing personal
    notified: frozenset[Actor] = frozenset()  # nobody of their own act, but for the receipt of a submitted request
    topic: Topic | None = None  # of those notifications
    # The statuses of its share in which a mail that still waits is of use; None where that does not depend on them.
    useful_while: frozenset[ShareStatus] | None = None
    names_a_moment: bool = False  # the mail warns of a moment, and is of no use once that is another
    # From which status of a share it leads to which; None is before there was one. Empty where it is not of a share.
    leads: Mapping[ShareStatus | None, ShareStatus] = field(default_factory=dict)
    seller: Line | None = None  # in the seller's timeline, given %(partner)s
    partner: Line | None = None  # in the partner's, given %(reason)s, %(ending)s and %(days)s
    staff: str | Promise = ""  # beside its label where it has data, given that in words (requests_app.staff)
    reasons: type[models.TextChoices] | None = None  # of its data's "reason"
    of_question: bool = False  # the mail is of use while the partner's question waits for a reply
    until_read: bool = False  # the mail is of no use to a reader who has opened the conversation since
    of_proposal: bool = False  # it is of the share's proposal: the moment it names is that one's end
    on_hold: bool | None = None  # the mail is of use while the request is on the hold that it is about, or is not

    @property
    def moves_share(self):
        """Return whether it leads its share from one status to another."""
        return any(before != after for before, after in self.leads.items())

    def lines(self):
        """Return its lines as [(Actor, Line)]."""
        return [(role, line) for role, line in ((SELLER, self.seller), (PARTNER, self.partner)) if line]


EVENTS = {
    Kind.SUBMITTED: Meaning(
        data=("version", "type"),
        notified=frozenset({SELLER}),
        topic=Topic.REQUESTS,
        seller=Line("paper-airplane", "blue", _("Request submitted")),
        staff="%(type)s",
    ),
    Kind.EDITED: Meaning(
        data=("version", "changed"),
        notified=frozenset({PARTNER}),
        topic=Topic.REQUESTS,
        useful_while=LIVE,
        seller=Line("pencil", "grey", _("Request edited")),
        partner=Line("pencil-square", "grey", _("The request was edited")),
        staff=_("Version %(number)d: %(fields)s"),
    ),
    Kind.REQUEST_CLOSED: Meaning(
        data=("closed_by", "stated"),
        notified=frozenset({SELLER}),
        topic=Topic.REQUESTS,
        seller=Line("archive-box", "grey", _("Request closed")),
        staff="%(closed_by)s",
    ),
    Kind.SHARED: Meaning(
        data=("score",),  # the score is a referral's alone
        notified=frozenset({SELLER, PARTNER}),
        topic=Topic.REQUESTS,
        useful_while=frozenset({REVIEWING}),
        leads={None: REVIEWING},
        seller=Line("user-plus", "amber", _("Shared with %(partner)s")),
        partner=Line("inbox-arrow-down", "amber", _("Request received")),
        staff=_("Score %(score)d"),  # of a referral
    ),
    Kind.ACCEPTED: Meaning(
        data=("version", "message"),  # whether a message came with it
        notified=frozenset({SELLER}),
        topic=Topic.ANSWERS,
        leads={REVIEWING: ACCEPTED},
        seller=Line("hand-thumb-up", "blue", _("%(partner)s accepted")),
        partner=Line("hand-thumb-up", "blue", _("Accepted")),
        staff=_("Version %(number)d"),
    ),
    Kind.REJECTED: Meaning(
        data=("reason",),
        notified=frozenset({SELLER}),
        topic=Topic.ANSWERS,
        leads={REVIEWING: REJECTED},
        seller=Line("x-mark", "red", _("%(partner)s rejected")),
        partner=Line("x-mark", "red", _("Rejected: %(reason)s")),
        staff="%(reason)s",
        reasons=RejectReason,
    ),
    Kind.WITHDRAWN: Meaning(
        data=("reason",),
        notified=frozenset({SELLER}),
        topic=Topic.ANSWERS,
        leads={ACCEPTED: REJECTED},
        seller=Line("arrow-uturn-left", "red", _("%(partner)s withdrew its acceptance")),
        partner=Line("arrow-uturn-left", "red", _("Withdrawn: %(reason)s")),
        staff="%(reason)s",
        reasons=RejectReason,
    ),
    Kind.AUTHORISED: Meaning(
        data=("areas", "days", "proposal"),  # the version that the seller chose, where they chose one
        notified=frozenset({PARTNER}),
        topic=Topic.CONNECTIONS,
        leads={ACCEPTED: CONNECTED},
        seller=Line("link", "green", _("%(partner)s authorised")),
        partner=Line("link", "green", _("Authorisation granted for %(days)s days")),
        staff=_("%(areas)s, for %(days)d days"),
    ),
    Kind.RENEWED: Meaning(
        data=("areas", "days"),
        notified=frozenset({PARTNER}),
        topic=Topic.CONNECTIONS,
        leads={CONNECTED: CONNECTED},
        seller=Line("arrow-path", "green", _("Authorisation of %(partner)s changed")),
        partner=Line("arrow-path", "green", _("Authorisation changed, for %(days)s days")),
        staff=_("%(areas)s, for %(days)d days"),
    ),
    Kind.REVOKED: Meaning(
        notified=frozenset({PARTNER}),
        topic=Topic.CONNECTIONS,
        leads={CONNECTED: ACCEPTED},
        seller=Line("no-symbol", "orange", _("Authorisation of %(partner)s revoked")),
        partner=Line("link-slash", "orange", _("Authorisation revoked")),
    ),
    Kind.EXPIRED: Meaning(
        notified=frozenset({SELLER, PARTNER}),
        topic=Topic.CONNECTIONS,
        leads={CONNECTED: ACCEPTED},
        seller=Line("clock", "orange", _("Authorisation of %(partner)s ended")),
        partner=Line("clock", "orange", _("Authorisation ended")),
    ),
    Kind.SHARE_CLOSED: Meaning(
        data=("reason", "stated"),
        notified=frozenset({SELLER, PARTNER}),
        topic=Topic.REQUESTS,
        leads=dict.fromkeys(LIVE, CLOSED),
        seller=Line("archive-box", "grey", _("Closed for %(partner)s")),
        partner=Line("archive-box", "grey", "%(ending)s"),
        staff="%(reason)s",
        reasons=ClosedReason,
    ),
    Kind.CONTACT_OPENED: Meaning(
        leads={status: status for status in LIVE},
        partner=Line("eye", "violet", _("Contact details opened")),
    ),
    Kind.UNMATCHED: Meaning(
        data=("tries",),
        notified=frozenset({SELLER}),
        topic=Topic.REQUESTS,
        seller=Line("magnifying-glass", "orange", _("No suitable partner left to refer")),
    ),
    Kind.PARTNER_REMINDED: Meaning(
        data=("days",),
        notified=frozenset({PARTNER}),
        topic=Topic.REMINDERS,
        useful_while=frozenset({REVIEWING}),
        leads={REVIEWING: REVIEWING},
        seller=Line("bell-alert", "amber", _("%(partner)s reminded to answer")),
        partner=Line("bell-alert", "amber", _("You were reminded to answer")),
    ),
    Kind.SELLER_REMINDED: Meaning(
        data=("days",),
        notified=frozenset({SELLER}),
        topic=Topic.REMINDERS,
        useful_while=frozenset({ACCEPTED}),
        leads={ACCEPTED: ACCEPTED},
        seller=Line("bell-alert", "blue", _("You were reminded that %(partner)s waits for you to authorise it")),
        partner=Line("bell-alert", "grey", _("The seller was reminded that you wait")),
    ),
    Kind.EXPIRY_WARNED: Meaning(
        data=("days",),
        notified=frozenset({SELLER, PARTNER}),
        topic=Topic.REMINDERS,
        useful_while=frozenset({CONNECTED}),
        names_a_moment=True,
        leads={CONNECTED: CONNECTED},
        seller=Line("clock", "amber", _("You were reminded that the authorisation of %(partner)s ends soon")),
        partner=Line("clock", "amber", _("You were reminded that the authorisation ends soon")),
    ),
    Kind.STALE_WARNED: Meaning(
        data=("days",),
        notified=frozenset({SELLER}),
        topic=Topic.REMINDERS,
        useful_while=frozenset({ACCEPTED}),
        names_a_moment=True,
        leads={ACCEPTED: ACCEPTED},
        seller=Line("exclamation-triangle", "orange", _("You were warned that it closes if nothing happens")),
        partner=Line("exclamation-triangle", "grey", _("The seller was warned that it closes if nothing happens")),
    ),
    Kind.CONTACT_ASKED: Meaning(
        seller=Line("envelope", "grey", _("Link to confirm sent to the contact email")),
    ),
    Kind.CONTACT_CONFIRMED: Meaning(
        # Partners that read another address until then are notified as of an edit.
        useful_while=LIVE,
        seller=Line("check-circle", "green", _("Contact email confirmed")),
    ),
    Kind.CONTACT_REMINDED: Meaning(
        data=("days",),  # until the request is closed; none while a partner has it
        notified=frozenset({SELLER}),
        topic=Topic.REMINDERS,
        names_a_moment=True,
        seller=Line("bell-alert", "amber", _("You were reminded that the contact email is not confirmed")),
        on_hold=True,
    ),
    Kind.HELD: Meaning(
        data=("hold", "reason"),  # the ReleaseReason where staff released it from another hold
        notified=frozenset({SELLER}),
        topic=Topic.REQUESTS,
        seller=Line("pause-circle", "amber", _("Request put on hold")),
        staff="%(hold)s",
        on_hold=True,
    ),
    Kind.RELEASED: Meaning(
        # How many of the partners chosen meanwhile could not be asked any more, and staff's reason where it was theirs.
        data=("hold", "missed", "reason"),
        notified=frozenset({SELLER}),
        topic=Topic.REQUESTS,
        seller=Line("play-circle", "green", _("Request goes on")),
        staff="%(hold)s",
        on_hold=False,
    ),
    Kind.ASKED: Meaning(
        notified=frozenset({SELLER}),
        topic=Topic.MESSAGES,
        useful_while=frozenset({REVIEWING}),
        leads={REVIEWING: REVIEWING},
        seller=Line("question-mark-circle", "orange", _("%(partner)s asked you something")),
        partner=Line("question-mark-circle", "grey", _("Question to the seller")),
        of_question=True,
    ),
    Kind.REPLIED: Meaning(
        data=("hours",),  # that the partner has more to answer, where it has
        notified=frozenset({PARTNER}),
        topic=Topic.MESSAGES,
        useful_while=frozenset({REVIEWING}),
        leads={REVIEWING: REVIEWING},
        seller=Line("chat-bubble-left-right", "grey", _("Replied to %(partner)s")),
        partner=Line("chat-bubble-left-right", "blue", _("The seller replied")),
        until_read=True,
    ),
    Kind.EXTENDED: Meaning(
        notified=frozenset({SELLER}),  # the partner reads it with the reply
        topic=Topic.MESSAGES,
        useful_while=frozenset({REVIEWING}),
        names_a_moment=True,
        leads={REVIEWING: REVIEWING},
        seller=Line("clock", "grey", _("%(partner)s has 48 hours more to answer")),
        partner=Line("clock", "grey", _("You have 48 hours more to answer")),
    ),
    Kind.MESSAGE: Meaning(
        notified=frozenset({SELLER, PARTNER}),
        topic=Topic.MESSAGES,
        useful_while=LIVE,
        leads={status: status for status in LIVE},
        seller=Line("chat-bubble-left-right", "grey", _("Message: %(partner)s")),
        partner=Line("chat-bubble-left-right", "grey", _("Message")),
        until_read=True,
    ),
    Kind.QUESTION_REMINDED: Meaning(
        data=("days",),
        notified=frozenset({SELLER}),
        topic=Topic.REMINDERS,
        useful_while=frozenset({REVIEWING}),
        leads={REVIEWING: REVIEWING},
        seller=Line("bell-alert", "orange", _("You were reminded that a question of %(partner)s waits")),
        partner=Line("bell-alert", "grey", _("The seller was reminded of your question")),
        of_question=True,
    ),
    Kind.PROPOSED: Meaning(
        data=("number", "changed"),  # its version, and the names of ProposalVersion.TERMS that it changes
        notified=frozenset({SELLER}),
        topic=Topic.ANSWERS,
        useful_while=frozenset({ACCEPTED}),
        names_a_moment=True,
        leads={ACCEPTED: ACCEPTED},
        seller=Line("document-text", "blue", _("%(partner)s sent a proposal")),
        partner=Line("document-text", "blue", _("Proposal sent")),
        staff=_("Version %(number)d"),
        of_proposal=True,
    ),
    Kind.PROPOSAL_WITHDRAWN: Meaning(
        data=("number",),
        notified=frozenset({SELLER}),
        topic=Topic.ANSWERS,
        useful_while=frozenset({ACCEPTED}),
        leads={ACCEPTED: ACCEPTED},
        seller=Line("document-minus", "grey", _("%(partner)s withdrew its proposal")),
        partner=Line("document-minus", "grey", _("Proposal withdrawn")),
        staff=_("Version %(number)d"),
    ),
    Kind.PROPOSAL_REMINDED: Meaning(
        data=("days",),
        notified=frozenset({SELLER}),
        topic=Topic.REMINDERS,
        useful_while=frozenset({ACCEPTED}),
        names_a_moment=True,
        leads={ACCEPTED: ACCEPTED},
        seller=Line("bell-alert", "amber", _("You were reminded that the proposal of %(partner)s ends soon")),
        partner=Line("bell-alert", "grey", _("The seller was reminded of your proposal")),
        of_proposal=True,
    ),
    Kind.PROPOSAL_EXPIRED: Meaning(
        data=("number",),
        notified=frozenset({SELLER, PARTNER}),
        topic=Topic.ANSWERS,
        useful_while=frozenset({ACCEPTED}),
        leads={ACCEPTED: ACCEPTED},
        seller=Line("clock", "grey", _("The proposal of %(partner)s expired")),
        partner=Line("clock", "grey", _("Your proposal expired")),
        staff=_("Version %(number)d"),
    ),
    Kind.ERASED: Meaning(seller=Line("trash", "grey", _("Contact details and free text erased"))),
}

# Some events the seller reads otherwise: a share that the platform made, and a warning that is of one share.
REFERRED = Line("sparkles", "violet", _("%(partner)s referred to you"))
STALE_SHARE_WARNED = Line(
    "exclamation-triangle", "orange", _("You were warned that it closes for %(partner)s if nothing happens")
)

# No event: what the shop was called before stands in a table of its own (requests_app.former_names).
RENAMED = Line("tag", "grey", _("%(before)s is now called %(after)s"))

NO_RESPONSE = "no_response_for_seller"  # the mail of SHARE_CLOSED to the seller when the partner was silent
NO_RESPONSE_DRAWN = ("clock", "amber")  # icon and tone


def mail_templates():
    """Return the names of the mails that are sent of events: templates/emails/<name>.html."""
    return {f"{kind}_for_{role}" for kind, event in EVENTS.items() for role in event.notified} | {NO_RESPONSE}


def drawn_for_notifications():
    """Return {template of a notification: (icon, tone)}: those that its event has in the timeline of who reads it."""
    sides = [(kind, role, line) for kind, event in EVENTS.items() for role, line in event.lines()]
    return {f"{kind}_for_{role}": (line.icon, line.tone) for kind, role, line in sides} | {
        NO_RESPONSE: NO_RESPONSE_DRAWN
    }
