"""What other weights would have made of the referrals that were made (docs/design.md, Score). It changes nothing."""

import json
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched

from django.db.models import Exists, OuterRef

from accounts.formats import joined
from partners.scoring import PARTS
from requests_app.authorisations import Authorisation
from requests_app.considered import ConsideredList
from requests_app.models import Share
from requests_app.reasons import ClosedReason
from requests_app.referral import PLACES
from requests_app.workflow import ShareStatus

OUTCOMES = ("connected", "accepted", "rejected", "silent", "ended", "open")
BATCH = 500


class BadWeights(Exception):
    """The file does not say a weight for each part; the message says what to change."""


@dataclass
class Result:
    """What a replay found: how many lists, what would differ, and what became of the referred ones by rank."""

    lists: int = 0
    other_best: int = 0  # lists whose first three would be others, or in another order
    gained: Counter = field(default_factory=Counter)  # partner id: how often it would come among the first three
    lost: Counter = field(default_factory=Counter)
    outcomes: dict[int, Counter] = field(default_factory=dict)  # rank from 1 on: outcome: how many


def weights_in(text, *, is_toml=False):
    """Return the weights that a file's text says, {part: points}; parts left out keep theirs. Raise BadWeights."""
    try:
        said = tomllib.loads(text) if is_toml else json.loads(text)
    except ValueError as error:
        language = "TOML" if is_toml else "JSON"
        raise BadWeights(f"It is no {language} as it stands. {error}") from None
    own = {rule.code: rule.most for rule in PARTS}
    if not isinstance(said, dict):
        raise BadWeights('Write a weight for each part, such as {"services": 25, "focus": 20}.')
    if unknown := sorted(said.keys() - own.keys()):
        raise BadWeights(f"There is no part {unknown[0]}; the parts are {joined(own)}.")
    for part, weight in said.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
            raise BadWeights(f"The weight of {part} is {weight!r}: write a number from 0 to 100.")
    if not any((own | said).values()):
        raise BadWeights("All weights are 0: at least one part must count.")
    return own | said


def replay(weights, *, since):
    """Return the Result of these weights for all lists since then, read in batches."""
    result = Result()
    lists = ConsideredList.objects.filter(at__gte=since).order_by("pk")
    for batch in batched(lists.iterator(chunk_size=BATCH), BATCH):
        _add(result, batch, weights)
    return result


def _add(result, batch, weights):
    outcomes = _outcomes_of(batch)
    for each in batch:
        before = [partner for partner, _parts in each.ranked]
        after = reordered(each, weights)
        result.lists += 1
        result.other_best += before[:PLACES] != after[:PLACES]
        result.gained.update(set(after[:PLACES]) - set(before[:PLACES]))
        result.lost.update(set(before[:PLACES]) - set(after[:PLACES]))
        for rank, partner in enumerate(before, 1):
            if outcome := outcomes.get((each.request_id, partner, each.at)):
                result.outcomes.setdefault(rank, Counter())[outcome] += 1


def reordered(considered, weights):
    """Return the partners of a list in the order of these weights; ties stay as they were."""

    def points(row):
        _partner, parts = row
        return sum(
            Decimal(tenths) * Decimal(str(weights[part])) / considered.weights[part]
            for part, tenths in parts.items()
            if part in weights and considered.weights[part]
        )

    return [partner for partner, _parts in sorted(considered.ranked, key=points, reverse=True)]


def _outcomes_of(batch):
    connected = Exists(Authorisation.objects.filter(share=OuterRef("pk")))
    shares = Share.objects.filter(request__in={each.request_id for each in batch}, source=Share.Source.REFERRED)
    rows = shares.annotate(was_connected=connected).values_list(
        "request", "partner", "shared_at", "status", "closed_reason", "accepted_version", "was_connected"
    )
    return {row[:3]: _outcome(*row[3:]) for row in rows}


def _outcome(status, closed_reason, accepted_version, was_connected):
    """Return how far a share came: one of OUTCOMES."""
    if was_connected:
        return "connected"
    if accepted_version is not None:
        return "accepted"
    if status == ShareStatus.REJECTED:
        return "rejected"
    if closed_reason == ClosedReason.NO_RESPONSE:
        return "silent"
    return "ended" if status == ShareStatus.CLOSED else "open"
