"""The teams that are raced about: one as the product makes it, and copies of it, made in bulk for as many rounds."""

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import batched
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from simple_history.utils import bulk_create_with_history

from accounts import mail_limits
from accounts.acting import PARTNER, SHOP
from accounts.models import User
from partners import offers, own_words
from partners.models import Partner, PartnerTrait
from requests_app.blocks import Block
from requests_app.models import ConfirmedContact
from requests_app.teams import invitations, log, telling, tokens
from requests_app.teams.models import HandOver, Invitation, TeamEvent, TeamLog
from requests_app.teams.sides import SIDES
from tests.factories import PartnerFactory, ShopFactory, UserFactory
from tests.faults.race_world import copy_of
from tests.teams import Team, make_team, token_of

HELD = {  # what belongs to a shop or partner beside its members and its index
    SHOP: [ConfirmedContact],
    PARTNER: [PartnerTrait, Partner.markets.through, Partner.categories.through],
}


@dataclass
class Scene:
    """A team of two owners, somebody who works and a viewer, with an invitation and a hand-over that wait."""

    team: Team
    first: Any  # memberships
    second: Any
    worker: Any
    viewer: Any
    outsider: User
    invitation: Invitation
    token: str
    hand_over: HandOver
    staff: User
    other: Any  # a partner for a shop, a shop for a partner


def made(kind, *, staff, other, sole_owner=False):
    """A scene by the services of the product; with `sole_owner` the second owner is the first."""
    team = make_team(kind)
    first = team.member(team.owner)
    second = first if sole_owner else team.add("owner")
    worker, viewer, outsider = team.add(team.works), team.add("viewer"), UserFactory()
    invitation = team.invite(outsider.email)
    token, hand_over = token_of(invitation), team.offer(viewer)
    return Scene(team, first, second, worker, viewer, outsider, invitation, token, hand_over, staff, other)


class Template:
    def __init__(self, kind, *, sole_owner=False):
        staff = UserFactory(is_staff=True, is_superuser=True)
        other = PartnerFactory() if kind == SHOP else ShopFactory()
        self.scene = made(kind, staff=staff, other=other, sole_owner=sole_owner)
        self.kind, of = kind, self.scene.team.of
        self.members = list(of.members.select_related("user").order_by("pk"))
        self.users = [*(member.user for member in self.members), self.scene.outsider]
        self.held = [list(model.objects.filter(**{kind: of}).order_by("pk")) for model in HELD[kind]]
        self.events = list(TeamEvent.objects.of(kind, of.pk).order_by("number"))

    @transaction.atomic
    def copies(self, number):
        """As many further scenes, with all that the product writes of one; the log of each signed for itself."""
        people = self._people(number)
        teams = self._teams(number, people)
        members = self._members(teams, people)
        offered = {
            Invitation: [self._invitation(team, users) for team, users in zip(teams, people, strict=True)],
            HandOver: self._of(teams, people, [self.scene.hand_over]),
        }
        for model, rows in offered.items():
            model.objects.bulk_create(rows)
        scenes = [
            Scene(team, *held, users[self.scene.outsider.pk], invitation, tokens.token_of(invitation), hand_over,
                  self.scene.staff, self.scene.other)
            for team, held, users, invitation, hand_over in zip(teams, members, people, *offered.values(), strict=True)
        ]  # fmt: skip
        logs = TeamLog.objects.bulk_create(TeamLog(**{self.kind: team.of}) for team in teams)
        for scene, users, its_log in zip(scenes, people, logs, strict=True):
            self._tell(scene, self._events(scene, users, its_log))
        return scenes

    def _people(self, number):
        """For each copy, the copy of each person by the key of the first."""
        copied = [
            copy_of(user, email=f"{uuid.uuid4().hex}@example.com") for _each in range(number) for user in self.users
        ]
        users = User.objects.bulk_create(copied)
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
        )
        keys = [user.pk for user in self.users]
        return [dict(zip(keys, copies, strict=True)) for copies in batched(users, len(keys))]

    def _teams(self, number, people):
        of, model = self.scene.team.of, SIDES[self.kind].model
        fresh = [{"slug": uuid.uuid4().hex} if self.kind == PARTNER else {} for _each in range(number)]
        copied = bulk_create_with_history([copy_of(of, **values) for values in fresh], model)
        for rows in self.held:
            type(rows[0]).objects.bulk_create(
                copy_of(row, **{f"{self.kind}_id": each.pk}) for each in copied for row in rows
            )
        if self.kind == PARTNER:
            own_words.refresh(copied)
            offers.refresh(copied)
        owner, works = self.scene.team.owner.pk, self.scene.team.works
        return [Team(self.kind, each, users[owner], works) for each, users in zip(copied, people, strict=True)]

    def _members(self, teams, people):
        """For each copy, the memberships in the order in which a Scene takes them."""
        copied = self._of(teams, people, self.members)
        bulk_create_with_history(copied, SIDES[self.kind].member)
        sole = self.scene.second is self.scene.first
        return [(held[0], *held) if sole else held for held in batched(copied, len(self.members))]

    def _of(self, teams, people, rows):
        """A copy of these rows for each team, about its own people."""
        return [
            self._about(copy_of(row), users, **{self.kind: team.of})
            for team, users in zip(teams, people, strict=True)
            for row in rows
        ]

    def _about(self, row, users, **values):
        named = {name: users.get(getattr(row, f"{name}_id", None)) for name in ("user", "by", "to", "person")}
        for name, value in (values | {name: user for name, user in named.items() if user}).items():
            setattr(row, name, value)
        return row

    def _invitation(self, team, users):
        [invitation] = self._of([team], [users], [self.scene.invitation])
        invitation.address = users[self.scene.outsider.pk].email
        tokens.fresh(invitation)
        return invitation

    def _events(self, scene, users, its_log):
        own = {"invitation": scene.invitation.pk, "hand_over": scene.hand_over.pk}
        events = [
            self._about(copy_of(event), users, data={name: own.get(name, value) for name, value in event.data.items()})
            for event in self.events
        ]
        log._append(its_log, events)
        return events

    def _tell(self, scene, events):
        of, owner = scene.team.of, scene.team.owner
        invitations.queue_mail(scene.invitation, of, owner)
        telling.tell(of, events[-1:])
        mail_limits.take(mail_limits.ASKING, "user", owner.pk)


def standing(scenes):
    """What stands of each of these scenes, all of shops or all of partners: roles, ends, owners and blocks."""
    kind = scenes[0].team.kind
    of, model = {f"{kind}__in": [scene.team.of.pk for scene in scenes]}, SIDES[kind].member
    roles = {(of_id, user): role for of_id, user, role in model.objects.filter(**of).values_list(kind, "user", "role")}
    owners = Counter(model.objects.filter(**of).active_owners().values_list(kind, flat=True))
    blocks = Counter(Block.objects.filter(**of).values_list(kind, flat=True))
    ends = [defaultdict(list), defaultdict(list)]
    for rows, found in zip((Invitation, HandOver), ends, strict=True):
        for pk, how in rows.objects.filter(**of).order_by("pk").values_list(kind, "how"):
            found[pk].append(how)
    for scene in scenes:
        pk = scene.team.of.pk
        people = [*(member.user_id for member in members_of(scene)), scene.outsider.pk]
        yield (
            tuple(roles.get((pk, user), "") for user in people),
            *(tuple(found[pk]) for found in ends),
            owners[pk],
            blocks[pk],
        )


def members_of(scene):
    return scene.first, scene.second, scene.worker, scene.viewer
