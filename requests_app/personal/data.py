"""All that the database keeps of one person, for their download (docs/privacy.md); nothing of other people.

PARTS names each table with a column that leads to a user, which of its columns are shown, and which are not. A test
compares both with the models, so that a new column or table is either shown or left out on purpose.
"""

from dataclasses import dataclass
from itertools import chain

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Case, F, Model, When

from accounts import clock
from accounts.models import AccountMail, MailPreference, Notification, PersonalFile, User
from partners.models import PartnerMember
from requests_app import contacts, visibility
from requests_app.authorisations import Authorisation
from requests_app.blocks import Block
from requests_app.conversation import reading as conversation
from requests_app.conversation.models import Message, MessageReading
from requests_app.models import Event, PartnerRequest, RequestVersion, ShopMember, TextReading
from requests_app.proposals import reading as proposals
from requests_app.proposals.models import ProposalVersion
from requests_app.request_details import RequestDetails
from requests_app.sign_ins import CompanyDomain
from requests_app.teams import invitations
from requests_app.teams.models import HandOver, Invitation, TeamEvent

AT_ONCE = 500  # rows in memory


@dataclass(frozen=True)
class Part:
    key: str  # in the download
    model: type[Model]
    owner: str  # the column that leads to the person
    shown: tuple[str, ...]
    left_out: frozenset[str] = frozenset()  # beside `id` and `owner`: keys, secrets, the platform's own book-keeping

    def rows(self, user):
        return self.model._base_manager.filter(**{self.owner: user.pk}).order_by("pk").values(*self.shown)


ACCOUNT = ("email", "name", "language", "time_zone", "date_joined", "last_login", "is_active", "is_staff")
REFERENCE = "share__request__reference"
OF_REQUEST = ("reference", "shop__name", "created_at", "request_type", "hide_contact", "erased_at")
OF_VERSION = ("request__reference", "number", "created_at", *RequestDetails.FIELDS[:-1], "category__name")
OF_CHANGE = ("role", "history_date", "history_type")
BESIDE_CHANGE = frozenset({"history_id", "history_user", "history_change_reason"})
OF_TEAM = ("shop__name", "partner__name", "created_at", "ended_at", "how")
OF_TEAM_EVENT = ("kind", "at", "actor", "log__shop__name", "log__partner__name")
BESIDE_TEAM_EVENT = frozenset({"log", "number", "by", "person", "data", "mac"})
PARTS = (
    Part("person", User, "pk", (*ACCOUNT, "is_superuser"), frozenset({"password", "sessions_ended", *User.DERIVED})),
    Part("groups", User.groups.through, "user", ("group__name",)),
    Part("permissions", User.user_permissions.through, "user", ("permission__codename",)),
    Part("addresses", EmailAddress, "user", ("email", "verified", "primary")),
    Part("shops", ShopMember, "user", ("shop__name", "role")),
    Part("partners", PartnerMember, "user", ("partner__name", "role")),
    Part("mail_wishes", MailPreference, "user", ("topic", "mode")),
    Part(
        "notifications",
        Notification,
        "user",
        ("template", "topic", "path", "created_at", "read_at", "mailed_at"),
        frozenset(
            {"source", "context", "mail_attempts", "mail_error", "next_mail_at", "sending_until", "mail_key", "sent_by"}
        ),
    ),
    Part(
        "account_mails",
        AccountMail,
        "user",
        ("to", "template", "created_at", "mailed_at"),
        frozenset({"context", "language", "mail_attempts", "mail_error", "next_mail_at", "sending_until", "mail_key"}),
    ),
    Part(
        "sign_ins",
        UserSession,
        "user",
        ("created_at", "last_seen_at", "ip", "user_agent"),
        frozenset({"session_key", "data"}),
    ),
    Part(
        "files", PersonalFile, "user", ("asked_at", "done_at", "size"), frozenset({"rows", "rows_written"})
    ),
    Part(
        "company_sign_ins",
        SocialAccount,
        "user",
        ("provider", "uid", "date_joined", "last_login"),
        frozenset({"extra_data"}),  # empty: nothing more is kept
    ),
    Part("second_factors", Authenticator, "user", ("type", "created_at", "last_used_at"), frozenset({"data"})),
    Part(
        "requests",
        PartnerRequest,
        "created_by",
        OF_REQUEST,
        frozenset(  # what they wrote stands in `versions`; the row may hold a colleague's words by now
            {
                *RequestDetails.FIELDS, "status", "closed_at", "closed_by", "form_token", "version", "headline",
                "seller_acted_at", "close_note", "stated_reason", "event_count", "event_mac", "event_end",
                "seeking", "tries_since", "automatic_referrals", "hold", "confirmed_email", "held_since", "held_picks",
                "screened_at", "market", "unmatched_since", "next_try_at", "idle_since", "warned_at", "steps_done",
                "next_step_at", "asked_since",
            }
        ),
    ),
    Part("versions", RequestVersion, "created_by", OF_VERSION),
    Part(
        "authorisations",
        Authorisation,
        "granted_by",
        (
            REFERENCE, "share__partner__name", "areas", "days", "granted_at", "ends_at", "ended_at", "end_reason",
            "proposal_number",
        ),
        frozenset({"shop"}),
    ),
    Part(
        "events",
        Event,
        "by",
        ("kind", "at", "actor", "reference"),
        frozenset({"request", "share", "data", "number", "mac"}),
    ),
    Part("blocks", Block, "by", ("shop__name", "partner__name", "side", "at")),
    Part(
        "invitations", Invitation, "by", (*OF_TEAM, "role", "ends_at"),
        frozenset({"address", "language", "nonce", "token_hash"}),  # the address is another's
    ),
    Part("hand_overs_offered", HandOver, "by", OF_TEAM, frozenset({"to"})),
    Part("hand_overs_received", HandOver, "to", OF_TEAM, frozenset({"by"})),
    Part("team_acts", TeamEvent, "by", OF_TEAM_EVENT, BESIDE_TEAM_EVENT),
    Part("team_events", TeamEvent, "person", OF_TEAM_EVENT, BESIDE_TEAM_EVENT),
    Part("domains_verified", CompanyDomain, "verified_by", ("domain", "verified_at"), frozenset({"sign_in"})),
    Part("messages", Message, "by", ("share__reference", "at", "text", "is_question"), frozenset({"side", "token"})),
    Part("messages_read", MessageReading, "by", ("share__reference", "at"), frozenset({"upto"})),
    Part(
        "proposals",
        ProposalVersion,
        "created_by",
        ("proposal__share__reference", "number", "created_at", *ProposalVersion.TERMS),
    ),
    Part("texts_read", TextReading, "by", ("share__reference", "version", "at")),
    Part(
        "staff_log",
        LogEntry,
        "user",
        ("action_time", "action_flag", "content_type__model"),
        frozenset({"object_id", "object_repr", "change_message"}),
    ),
    Part("shop_roles", ShopMember.history.model, "user", ("shop__name", *OF_CHANGE), BESIDE_CHANGE),
    Part("partner_roles", PartnerMember.history.model, "user", ("partner__name", *OF_CHANGE), BESIDE_CHANGE),
)  # fmt: skip


def written(user):
    """Yield the text of the download, piece by piece: JSON of codes, numbers, texts and times, indented by two.

    However many rows there are, few are in memory at once. What is read is of one moment within `one_moment`.
    """
    yield f'{{\n  "made_at": {ON_A_LINE.encode(clock.now())}'
    for key, rows in _parts(user):
        yield f',\n  "{key}": '
        if key == "person":
            yield _indented(next(iter(rows)), by=2)
        else:
            yield from _list(rows)
    yield "\n}"


def number_of_rows(user):
    """Return about how many rows the download has: of all tables, without the notes."""
    changes = (model.objects.filter(history_user=user) for model in _histories())
    return sum(rows.count() for rows in chain((_rows(part, user) for part in PARTS), changes))


ON_A_LINE = DjangoJSONEncoder(ensure_ascii=False)
FLAT_ROW = DjangoJSONEncoder(ensure_ascii=False, separators=(",\n      ", ": "))
INDENTED = DjangoJSONEncoder(ensure_ascii=False, indent=2)


def _list(rows):
    before = "[\n    "
    for row in rows:
        yield before + _row(row)
        before = ",\n    "
    yield "[]" if before.startswith("[") else "\n  ]"


def _row(row):
    if any(isinstance(value, list | dict) for value in row.values()):
        return _indented(row, by=4)
    return f"{{\n      {FLAT_ROW.encode(row)[1:-1]}\n    }}"


def _indented(row, *, by):
    return INDENTED.encode(row).replace("\n", "\n" + " " * by)  # a line break in a text is written as \\n


OWN_WORDS = {  # what somebody wrote, behind its door
    RequestVersion: visibility.versions_by,
    Message: conversation.written_by,
    ProposalVersion: proposals.written_by,
}


def _parts(user):
    """(name in the download, rows) of each part; rows are read as they are asked for."""
    for part in PARTS:
        yield part.key, _rows(part, user).iterator(chunk_size=AT_ONCE)
    yield "changes", chain.from_iterable(_changes(model, user) for model in _histories())
    yield "notes", visibility.notes_by(user)
    yield "confirmed_contacts", contacts.confirmed_by(user)
    yield "invitations_received", invitations.received_by(user)
    yield "partner_contacts", visibility.partner_contacts_of(user)


def _rows(part, user):
    if part.model in OWN_WORDS:
        return OWN_WORDS[part.model](user).values(*part.shown)
    if part.model is Event:
        return _events(user).values(*part.shown)
    return part.rows(user)


def _events(user):
    """Each under the reference that their side knows: partners have the share's, all others the request's."""
    partner = When(actor=Event.Actor.PARTNER, then=F("share__reference"))
    return Event.objects.filter(by=user).order_by("pk").annotate(
        reference=Case(partner, default=F("request__reference"))
    )  # fmt: skip


def _histories():
    """The tables of what was changed by whom."""
    return [model for model in apps.get_models() if hasattr(model, "history_user")]


def _changes(model, user):
    """That they changed something, and when; what it was is not theirs."""
    rows = model.objects.filter(history_user=user).order_by("history_id")
    of = model.instance_type._meta.model_name
    for row in rows.values("history_date", "history_type").iterator(chunk_size=AT_ONCE):
        yield {"of": of, **row}
