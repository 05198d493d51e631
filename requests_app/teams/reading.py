"""What the pages of a team read; whoever reads it belongs to the team (`visible_to` of the shop or partner)."""

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from requests_app.teams import policies
from requests_app.teams.kinds import JOINING
from requests_app.teams.models import HandOver, Invitation, TeamEvent
from requests_app.teams.sides import SIDES


def members_of(kind, of):
    """Return the memberships of a shop or partner as a queryset, by name, each with `since` and `second_factor`.

    `since` is None for who was there before anything was recorded of it.
    """
    side = SIDES[kind]
    joined = TeamEvent.objects.of(kind, of.pk).filter(person=OuterRef("user"), kind__in=JOINING).order_by("-number")
    before = side.member.history.filter(**{kind: of.pk}, user=OuterRef("user"), history_type="+")
    factor = Authenticator.objects.filter(user=OuterRef("user")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return (
        side.members(of.pk)
        .select_related("user")
        .annotate(
            since=Coalesce(
                Subquery(joined.values("at")[:1]),
                Subquery(before.order_by("-history_date").values("history_date")[:1]),
            ),
            second_factor=Exists(factor),
        )
        .order_by("user__name_order", "user_id")
    )


def pending_invitations(kind, of):
    """Return the invitations that have not ended, newest first, each with `has_word` (policies.with_word).

    Expired ones too, and those of who cannot sign in any more: they may be renewed.
    """
    rows = Invitation.objects.of(kind, of.pk).pending().select_related("by").order_by("-pk")
    return policies.with_word(rows)


def pending_hand_over(kind, of):
    """Return the hand-over that waits for its answer, or None."""
    return HandOver.objects.of(kind, of.pk).pending().select_related("by", "to").first()


def log_of(kind, of):
    """Return the events of its log, newest first, with the people: for its owners and staff."""
    return TeamEvent.objects.of(kind, of.pk).select_related("by", "person").order_by("-number")
