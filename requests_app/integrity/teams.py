"""What must hold of teams: their logs are whole, and lead to the members that stand (docs/design.md, Invariants).

Not a request's, so always proved whole.
"""

from collections import defaultdict
from datetime import timedelta
from itertools import batched

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Exists, F, OuterRef, Q

from accounts import clock
from partners.models import Partner, PartnerMember
from partners.workflow import PartnerStatus
from requests_app.integrity.scope import ALL, CHUNK
from requests_app.models import Share, Shop
from requests_app.teams import log
from requests_app.teams.kinds import KINDS, Kind
from requests_app.teams.models import HandOver, Invitation, TeamEvent, TeamLog
from requests_app.teams.sides import OWNER, SIDES

CAME_WITH = "0038_teams"  # the migration that brought logs: those of older teams begin in the night after it
BEGUN_BY = timedelta(days=2)
SETS_ROLE = frozenset(kind for kind, meaning in KINDS.items() if meaning.sets_role)


def approved_partners_have_an_owner(scope=ALL):
    """Who cannot sign in may be the only one; a partner whose last owner was erased is suspended."""
    owned = PartnerMember.objects.filter(partner=OuterRef("pk"), role=OWNER)
    for pk in Partner.objects.filter(~Exists(owned), status=PartnerStatus.APPROVED).order_by("pk").values_list("pk"):
        yield f"partner {pk[0]}: approved, but has no owner"


def members_are_those_of_their_log(scope=ALL):
    """Who is a member in which role is what the log says, event by event."""
    logs = TeamLog.objects.order_by("pk").values_list("pk", "shop", "partner")
    events = TeamEvent.objects.order_by("log_id", "number").values_list("log_id", "kind", "person", "data")
    for batch in batched(scope.each_with(logs, events), CHUNK):
        standing = {kind: _standing(kind, [row[column] for row, _events in batch if row[column]]) for kind, column in
                    (("shop", 1), ("partner", 2))}  # fmt: skip
        for (pk, shop, partner), of_log in batch:
            members = standing["shop"].get(shop) if shop else standing["partner"].get(partner)
            said = _said_by(of_log)
            if members is not None and members != said:
                wrong = sorted(user for user in members | said if members.get(user) != said.get(user))
                whose = f"shop {shop}" if shop else f"partner {partner}"
                yield f"{whose}: log {pk} does not lead to what the members {wrong} are"


def _standing(kind, ids):
    """Return {key of a shop or partner: {key of a user: role}}, without those that were deleted."""
    side = SIDES[kind]
    standing = {pk: {} for pk in side.model.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    for of_id, user, role in side.member.objects.filter(**{f"{kind}__in": ids}).values_list(kind, "user", "role"):
        standing[of_id][user] = role
    return standing


def _said_by(events):
    members = defaultdict(str)
    for _log, kind, person, data in events:
        if kind == Kind.BEGAN:
            members.update(dict(data["members"]))
        elif kind in SETS_ROLE:
            members[person] = data["role"]
    return {user: role for user, role in members.items() if role}


def offers_of_teams_are_by_owners(scope=ALL):
    """Who invites is an owner, and so is who offers a hand-over, to another member."""
    for side in SIDES.values():
        of = {side.kind: OuterRef(side.kind)}
        owns = Exists(side.member.objects.filter(**of, user=OuterRef("by"), role=OWNER))
        pending = Q(**{f"{side.kind}__isnull": False}, ended_at=None)
        for pk in Invitation.objects.filter(pending, ~owns).order_by("pk").values_list("pk", flat=True):
            yield f"invitation {pk}: waits, but is by nobody who owns the {side.kind}"
        joins = Exists(side.member.objects.filter(**of, user=OuterRef("to")).exclude(role=OWNER))
        for pk in HandOver.objects.filter(pending, ~(owns & joins)).order_by("pk").values_list("pk", flat=True):
            yield f"hand-over {pk}: waits, but not of an owner to another member"


def team_logs_are_whole(scope=ALL):
    logs = TeamLog.objects.order_by("pk").values_list("pk", "shop_id", "partner_id", "count", "mac", "end", named=True)
    for row, of_log in scope.each_with(logs, log.rows(TeamEvent.objects.all())):
        yield from log.breaks(row, of_log)


def teams_have_logs(scope=ALL):
    """Those that stood before there were logs have one from the night after on (requests_app.teams.log)."""
    applied = MigrationRecorder(connection).migration_qs.filter(app="requests_app", name=CAME_WITH)
    if applied.values_list("applied", flat=True).get() > clock.now() - BEGUN_BY:
        return
    for side in SIDES.values():
        for pk in log.without_log(side).order_by("pk").values_list("pk", flat=True):
            yield f"{side.kind} {pk}: has members, but no log of them"


def former_names_are_whole(scope=ALL):
    """A shop with members keeps each name that it had, and no share ended under one that it has yet to get."""
    kept = Shop.objects.filter(members__isnull=False).annotate(kept=Count("former_names", distinct=True))
    for shop in kept.exclude(kept=F("name_number")).order_by("pk"):
        yield f"shop {shop.pk}: renamed {shop.name_number} times, but {shop.kept} former names are kept"
    ahead = Share.objects.filter(scope.of("request"), shop_name_number__gt=F("request__shop__name_number"))
    for share in ahead.order_by("pk").iterator():
        yield f"share {share.reference}: ended under name {share.shop_name_number}, which its shop never had"
