"""What the mails of teams claim is so when they are written (tests/faults/team_truth.py)."""

from collections import Counter

import pytest

from accounts.models import Notification
from requests_app.erasure import erase_person
from requests_app.teams import services
from tests.factories import UserFactory
from tests.faults import team_truth
from tests.teams import token_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def acts(team):
    """Yield after each act of two owners and their members: all that is told of in a team."""
    second, worker, viewer = team.add("owner"), team.add(team.works), team.add("viewer")
    services.join(token=token_of(team.invite("new@example.com")), by=UserFactory(email="new@example.com"))
    yield
    yield team.change_role(viewer, team.works)
    yield (offered := team.offer(worker))
    yield services.decline_hand_over(hand_over_id=offered.pk, by=worker.user)
    yield (offered := team.offer(worker))
    yield services.withdraw_hand_over(hand_over_id=offered.pk, by=second.user)
    yield team.offer(worker)
    yield team.change_role(worker, "owner")
    team.invite("other@example.com")
    yield (offered := team.offer(team.member(viewer.user)))
    yield services.accept_hand_over(hand_over_id=offered.pk, by=viewer.user)
    yield team.offer(team.member(team.owner), by=second.user)
    yield team.change_role(second, "viewer", by=viewer.user)  # who offered
    yield team.remove(second, by=viewer.user)
    yield team.offer(team.member(team.owner), by=viewer.user)
    yield team.leave(by=team.owner)  # to whom it was offered
    yield erase_person(user_id=worker.user_id)


def test_each_sentence_stands_there_if_its_fact_does(team):
    seen, read = Counter(), 0
    for _act in acts(team):
        for row in Notification.objects.filter(pk__gt=read, source__contains=":team:").order_by("pk"):
            team_truth.check_mail(row, seen)
            read = row.pk

    never = [claim[:2] for number, claim in enumerate(team_truth.CLAIMS) if not seen[number, True]]
    assert never == []
