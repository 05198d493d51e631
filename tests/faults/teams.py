"""Every pair of acts that could leave a team without an owner, at once on real connections with small random delays.

A round is a fresh shop or partner and two acts on it. What comes of it must be what one of the two orders gives, which
is tried for each pair first: who was refused, the roles, the invitation, the hand-over. The invariants hold afterwards:
each log leads to the members that stand.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import batched

from accounts.acting import PARTNER, SHOP
from accounts.exceptions import ActionRefused
from accounts.services import make_inactive
from requests_app import blocking, erasure
from requests_app.integrity import invariants, teams
from requests_app.personal.services import erase_account
from requests_app.teams import services
from tests.faults.lanes import in_processes, in_two_lanes, random_delays, watched_locks
from tests.faults.team_scenes import Scene, Template, standing

AT_A_TIME = 500  # rounds prepared and looked at together
DONE, REFUSED = "done", "refused"
CHECKS = [
    teams.approved_partners_have_an_owner,
    teams.members_are_those_of_their_log,
    teams.offers_of_teams_are_by_owners,
    teams.team_logs_are_whole,
    invariants.absences_are_noted,
]


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


@dataclass
class Round:
    name: str  # of the pair
    kind: str
    delays: tuple = (0, 0)
    scene: Scene | None = None
    results: list = field(default_factory=lambda: [None, None])

    def __str__(self):
        return f"{self.name} of a {self.kind}"

    @property
    def team(self):
        """What its scene is a copy of."""
        return self.kind, self.name in SOLE

    def act(self, number):
        self.results[number] = result_of((PAIRS | SOLE)[self.name][number], self.scene)


def result_of(act, scene):
    try:
        act(scene)
    except ActionRefused as refused:
        return REFUSED if refused.message else "refused without a message"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return DONE


def prepare(templates, rounds):
    """Give each round a fresh scene."""
    for team, alike in by_team(rounds).items():
        for each, scene in zip(alike, templates[team].copies(len(alike)), strict=True):
            each.scene = scene


def by_team(rounds):
    found = defaultdict(list)
    for each in rounds:
        found[each.team].append(each)
    return found


def outcomes(rounds):
    """Yield each round with what came of it, read in bulk."""
    for alike in by_team(rounds).values():
        for each, stands in zip(alike, standing([each.scene for each in alike]), strict=True):
            yield each, (tuple(each.results), *stands)


def in_both_orders(templates, names):
    """For each pair and kind, the outcomes of both orders, one act after the other."""
    planned = [(Round(name, kind), order) for name in names for kind in (SHOP, PARTNER) for order in ((0, 1), (1, 0))]
    prepare(templates, [each for each, _order in planned])
    for each, order in planned:
        for number in order:
            each.act(number)
    found = defaultdict(list)
    for each, outcome in outcomes([each for each, _order in planned]):
        assert set(each.results) <= {DONE, REFUSED}, f"{each}: {outcome}"
        found[each.name, each.kind].append(outcome)
    return found


def raced(names, rounds, seed, templates, wanted):
    """Race these pairs in one process; gives how many acts came to what."""
    chance, counted = random.Random(seed), Counter()
    planned = [
        Round(name, kind, random_delays(chance))
        for name in names
        for kind in (SHOP, PARTNER)
        for _each in range(rounds)
    ]
    with watched_locks():
        for batch in batched(planned, AT_A_TIME):
            prepare(templates, batch)
            in_two_lanes(batch, lambda number, each: each.act(number))
            for each, outcome in outcomes(batch):
                expected = wanted[each.name, each.kind]
                assert outcome in expected, f"{each} (seed {seed}):\n{outcome}\nshould be one of\n{expected}"
                counted.update(each.results)
    return counted


def run(rounds, *, names=(*PAIRS, *SOLE), seed=None):
    """Race each pair this many times in a shop and in a partner; gives rows of (what, number, number wanted).

    Raises AssertionError with the round where something came out that no order of the two acts gives.
    """
    seed = seed or random.randrange(10**9)
    templates = {(kind, sole): Template(kind, sole_owner=sole) for kind in (SHOP, PARTNER) for sole in (False, True)}
    wanted = in_both_orders(templates, names)
    counted = in_processes(raced, names, rounds, seed, templates, wanted)
    left = [line for check in CHECKS for line in check()]
    assert left == [], f"seed {seed}: {left[:10]}"
    acts = counted.total()
    return [
        ("pairs of acts raced", len(names), None),
        ("rounds", acts // 2, None),
        ("acts done", counted[DONE], None),
        ("acts refused with a plain message", counted[REFUSED], None),
        ("deadlocks and other errors", acts - counted[DONE] - counted[REFUSED], 0),
        ("outcomes that neither order gives", 0, 0),
        ("broken invariants", len(left), 0),
        ("locks out of order", 0, 0),
    ]
