"""All that the database keeps of one person, for their download (docs/privacy.md); nothing of other people.

PARTS names each table with a column that leads to a user, which of its columns are shown, and which are not. A test
compares both with the models, so that a new column or table is either shown or left out on purpose.
"""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db.models import Case, F, Model, When

from accounts import clock
from accounts.models import AccountMail, MailPreference, Notification, User
from partners.models import PartnerMember
from requests_app import visibility
from requests_app.models import (
    Authorisation,
    Event,
    PartnerRequest,
    RequestDetails,
    RequestVersion,
    ShopMember,
    TextReading,
)


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
    Part("second_factors", Authenticator, "user", ("type", "created_at", "last_used_at"), frozenset({"data"})),
    Part(
        "requests",
        PartnerRequest,
        "created_by",
        OF_REQUEST,
        frozenset(  # what they wrote stands in `versions`; the row may hold a colleague's words by now
            {
                *RequestDetails.FIELDS, "status", "closed_at", "closed_by", "form_token", "version", "headline",
                "seller_acted_at", "close_note", "event_count", "event_mac", "event_end", "seeking", "tries_since",
                "automatic_referrals", "unmatched_since", "next_try_at", "idle_since", "warned_at", "steps_done",
                "next_step_at",
            }
        ),
    ),
    Part("versions", RequestVersion, "created_by", OF_VERSION),
    Part(
        "authorisations",
        Authorisation,
        "granted_by",
        (REFERENCE, "share__partner__name", "areas", "days", "granted_at", "ends_at", "ended_at", "end_reason"),
        frozenset({"shop"}),
    ),
    Part(
        "events",
        Event,
        "by",
        ("kind", "at", "actor", "reference"),
        frozenset({"request", "share", "data", "number", "mac"}),
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


def data_of(user):
    """{part: rows}, of codes, numbers, texts and times: what DjangoJSONEncoder writes."""
    found = {part.key: list(_rows(part, user)) for part in PARTS}
    found["person"] = found["person"][0]
    found["changes"] = [change for model in _histories() for change in _changes(model, user)]
    found["notes"] = list(visibility.notes_by(user))
    return {"made_at": clock.now(), **found}


def _rows(part, user):
    if part.model is RequestVersion:
        return visibility.versions_by(user).values(*part.shown)
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
    return [{"of": of, **row} for row in rows.values("history_date", "history_type")]
