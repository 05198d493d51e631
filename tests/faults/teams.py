"""Every pair of acts that could leave a team without an owner, at once on real connections with small random delays.

A round is a fresh shop or partner and two acts on it. What comes of it must be what one of the two orders gives, which
is tried for each pair first: who was refused, the roles, the invitation, the hand-over. The invariants hold afterwards:
each log leads to the members that stand.
"""

import random
import threading
import time
from collections import Counter
from functools import cache

from django.db import connection

from accounts.acting import PARTNER, SHOP
from accounts.exceptions import ActionRefused
from accounts.services import make_inactive
from requests_app import blocking, erasure
from requests_app.blocks import Block
from requests_app.integrity import invariants, teams
from requests_app.personal.services import erase_account
from requests_app.teams import services
from requests_app.teams.models import HandOver, Invitation
from tests import locks
from tests.factories import PartnerFactory, ShopFactory, UserFactory
from tests.teams import make_team, token_of

LONGEST_DELAY = 0.003  # seconds
DONE, REFUSED = "done", "refused"
CHECKS = [
    teams.approved_partners_have_an_owner,
    teams.members_are_those_of_their_log,
    teams.offers_of_teams_are_by_owners,
    teams.team_logs_are_whole,
    invariants.absences_are_noted,
]


class Scene:
    """A team of two owners, somebody who works and a viewer, with an invitation and a hand-over that wait."""

    def __init__(self, kind, *, sole_owner=False):
        self.team = team = make_team(kind)
        self.first = team.member(team.owner)
        self.second = self.first if sole_owner else team.add("owner")
        self.worker, self.viewer, self.outsider = team.add(team.works), team.add("viewer"), UserFactory()
        self.staff = UserFactory(is_staff=True, is_superuser=True)
        self.invitation = team.invite(self.outsider.email)
        self.token = token_of(self.invitation)
        self.hand_over = team.offer(self.viewer)
        self.other = PartnerFactory() if kind == SHOP else ShopFactory()

    def outcome(self, results):
        people = (self.first, self.second, self.worker, self.viewer)
        roles = (*(self.team.role(member.user_id) for member in people), self.team.role(self.outsider))
        of = {self.team.kind: self.team.of}
        ends = [tuple(rows.objects.filter(**of).order_by("pk").values_list("how", flat=True)) for rows in
                (Invitation, HandOver)]  # fmt: skip
        owners = self.team.of.members.active_owners().count()
        return results, roles, *ends, owners, Block.objects.filter(**of).count()


def removes(who, whom):
    return lambda scene: scene.team.remove(getattr(scene, whom), by=getattr(scene, who).user)


def lowers(who, whom, role="viewer"):
    return lambda scene: scene.team.change_role(getattr(scene, whom), role, by=getattr(scene, who).user)


def leaves(who):
    return lambda scene: scene.team.leave(by=getattr(scene, who).user)


def accepts(scene):
    services.accept_hand_over(hand_over_id=scene.hand_over.pk, by=scene.viewer.user)


def declines(scene):
    services.decline_hand_over(hand_over_id=scene.hand_over.pk, by=scene.viewer.user)


def takes_back(scene):
    services.withdraw_hand_over(hand_over_id=scene.hand_over.pk, by=scene.second.user)


def joins(scene):
    services.join(token=scene.token, by=scene.outsider)


def withdraws(scene):
    services.withdraw_invitation(invitation_id=scene.invitation.pk, by=scene.first.user)


def renews(scene):
    services.renew_invitation(invitation_id=scene.invitation.pk, by=scene.first.user)


def invites(who):
    return lambda scene: scene.team.invite("same@example.com", by=getattr(scene, who).user)


def erases_themself(scene):
    erase_account(by=scene.second.user)
    erasure.erase_person(user_id=scene.second.user_id)


def staff_shut_out(scene):
    make_inactive(user_id=scene.second.user_id, by=scene.staff)


def works(scene):
    """What it takes the worker's role to do."""
    by = scene.worker.user
    if scene.team.kind == SHOP:
        blocking.block_partner(shop_id=scene.team.of.pk, partner_id=scene.other.pk, by=by)
    else:
        blocking.block_shop(shop_id=scene.other.pk, partner_id=scene.team.of.pk, by=by)


PAIRS = {
    "two owners remove each other": (removes("first", "second"), removes("second", "first")),
    "two owners step down": (lowers("first", "first"), lowers("second", "second")),
    "two owners lower each other": (lowers("first", "second"), lowers("second", "first")),
    "two owners leave": (leaves("first"), leaves("second")),
    "one owner leaves, the other steps down": (leaves("first"), lowers("second", "second")),
    "a hand-over is accepted and who offered it leaves": (accepts, leaves("first")),
    "a hand-over is accepted and who offered it is removed": (accepts, removes("second", "first")),
    "a hand-over is accepted and its member is removed": (accepts, removes("second", "viewer")),
    "a hand-over is accepted and taken back": (accepts, takes_back),
    "a hand-over is accepted and declined": (accepts, declines),
    "a hand-over is accepted twice": (accepts, accepts),
    "a hand-over is accepted and the other owner leaves": (accepts, leaves("second")),
    "a role is lowered while its act commits": (lowers("first", "worker"), works),
    "somebody is removed while their act commits": (removes("first", "worker"), works),
    "an owner leaves while the other is erased": (leaves("first"), erases_themself),
    "an owner leaves while staff shut out the other": (leaves("first"), staff_shut_out),
    "an owner steps down while staff shut out the other": (lowers("first", "first"), staff_shut_out),
    "an owner removes another who is being erased": (removes("first", "second"), erases_themself),
    "an invitation is used and withdrawn": (joins, withdraws),
    "an invitation is used and renewed": (joins, renews),
    "a token is used twice": (joins, joins),
    "an invitation is used and who sent it is removed": (joins, removes("second", "first")),
    "an address is invited by two": (invites("first"), invites("second")),
}
SOLE = {  # with one owner alone
    "a sole owner hands over and leaves": (accepts, leaves("first")),
    "a sole owner's hand-over is accepted while staff shut them out": (accepts, staff_shut_out),
}


def result_of(act, scene):
    try:
        act(scene)
    except ActionRefused as refused:
        return REFUSED if refused.message else "refused without a message"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return DONE


@cache
def expected(kind, acts, sole):
    """The outcomes of both orders, one act after the other."""
    found = []
    for order in ((0, 1), (1, 0)):
        scene, results = Scene(kind, sole_owner=sole), [None, None]
        for number in order:
            results[number] = result_of(acts[number], scene)
        found.append(scene.outcome(tuple(results)))
    return found


def raced(scene, acts, chance):
    barrier, results = threading.Barrier(2, timeout=60), [None, None]
    delays = [chance.uniform(0, LONGEST_DELAY) if chance.random() < 0.5 else 0 for _lane in range(2)]

    def lane(number):
        try:
            barrier.wait()
            time.sleep(delays[number])
            results[number] = result_of(acts[number], scene)
        finally:
            connection.close()

    threads = [threading.Thread(target=lane, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tuple(results)


def run(rounds, *, pairs=None, seed=None):
    """Race each pair this many times in a shop and in a partner; gives rows of (what, number, number wanted).

    Raises AssertionError with the round where something came out that no order of the two acts gives.
    """
    seed = seed or random.randrange(10**9)
    chance, counted = random.Random(seed), Counter()
    planned = pairs or [(name, acts, False) for name, acts in PAIRS.items()] + [
        (name, acts, True) for name, acts in SOLE.items()
    ]
    locks.broken.clear()
    for name, acts, sole in planned:
        for kind in (SHOP, PARTNER):
            wanted = expected(kind, acts, sole)
            assert all(set(outcome[0]) <= {DONE, REFUSED} for outcome in wanted), f"{name}: {wanted}"
            for _round in range(rounds):
                scene = Scene(kind, sole_owner=sole)
                outcome = scene.outcome(raced(scene, acts, chance))
                assert outcome in wanted, f"{name} of a {kind} (seed {seed}):\n{outcome}\nshould be one of\n{wanted}"
                assert any(scene.team.of.members.values_list("role", flat=True)), name
                counted.update(outcome[0])
    locks.check()
    expected.cache_clear()
    left = [line for check in CHECKS for line in check()]
    assert left == [], f"seed {seed}: {left[:10]}"
    acts = counted.total()
    return [
        ("pairs of acts raced", len(planned), None),
        ("rounds", acts // 2, None),
        ("acts done", counted[DONE], None),
        ("acts refused with a plain message", counted[REFUSED], None),
        ("deadlocks and other errors", acts - counted[DONE] - counted[REFUSED], 0),
        ("outcomes that neither order gives", 0, 0),
        ("broken invariants", len(left), 0),
        ("locks out of order", 0, 0),
    ]
