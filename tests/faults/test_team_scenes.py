"""A copied team is as the product makes one: what a race shows of copies holds of teams."""

from collections import Counter

import pytest
from django.apps import apps

from accounts.acting import PARTNER, SHOP
from tests.faults import team_scenes, teams

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def rows():
    return Counter(
        {model._meta.label: model._base_manager.count() for model in apps.get_models(include_auto_created=True)}
    )


@pytest.mark.parametrize("kind", [SHOP, PARTNER])
@pytest.mark.parametrize("sole_owner", [False, True])
def test_copy_has_the_rows_of_a_team_that_the_product_made(kind, sole_owner):
    template = team_scenes.Template(kind, sole_owner=sole_owner)
    scene, before = template.scene, rows()
    team_scenes.made(kind, staff=scene.staff, other=scene.other, sole_owner=sole_owner)
    of_made = rows() - before

    before = rows()
    copies = template.copies(2)
    of_copies = rows() - before

    assert of_copies == of_made + of_made
    stands = list(team_scenes.standing([scene, *copies]))
    assert stands == stands[:1] * 3
    assert [line for check in teams.CHECKS for line in check()] == []
