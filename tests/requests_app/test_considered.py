"""Who was considered for a referral is kept for a while, and other weights can be tried on it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import clock
from partners.scoring import PARTS
from requests_app import considered, erasure, services, tasks
from requests_app.considered import ConsideredList
from requests_app.models import Share
from tests.factories import BEAUTY, PartnerFactory, lapse, make_request, owner_of
from tests.queries import counted

pytestmark = pytest.mark.django_db
OTHERS = ["Shoes", "Furniture", "Health", "Kitchenware"]


@pytest.fixture
def specialists(db):
    """Five that differ in how many categories they have; the last one alone is in Leeds."""
    return [
        PartnerFactory(
            name=f"Agency {number}", categories=[BEAUTY, *OTHERS[:number]], city="Leeds" if number == 4 else "York"
        )
        for number in range(5)
    ]


@pytest.fixture
def considered_list(shop, specialists):
    return make_request(shop, location="Leeds").considered_lists.get()


def replayed(*args):
    out = StringIO()
    call_command("replay_matching", *args, stdout=out)
    return out.getvalue()


def rows_by_rank(text):
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[0] == "rank")
    names = lines[start].split()[1:]
    return [dict(zip(names, map(int, line.split()[1:]), strict=True)) for line in lines[start + 1 :]]


def written(tmp_path, weights, name="weights.json"):
    path = tmp_path / name
    path.write_text(weights if isinstance(weights, str) else json.dumps(weights))
    return str(path)


def test_whole_list_is_kept_with_the_points_of_each_part(considered_list, specialists):
    shares = considered_list.request.shares.order_by("id")

    assert {partner for partner, _parts in considered_list.ranked} == {partner.pk for partner in specialists}
    assert [partner for partner, _parts in considered_list.ranked[:3]] == [share.partner_id for share in shares]
    assert considered_list.at == shares[0].shared_at
    assert considered_list.weights == {rule.code: rule.most for rule in PARTS}
    assert all(parts.keys() == considered_list.weights.keys() for _partner, parts in considered_list.ranked)
    assert [(sum(parts.values()) + 5) // 10 for _partner, parts in considered_list.ranked[:3]] == [
        share.score for share in shares
    ]


def test_list_holds_keys_and_numbers_alone(considered_list):
    held = json.dumps([considered_list.weights, considered_list.ranked])

    assert not any(word in held for word in ("Leeds", "Agency", "Ann"))
    assert all(isinstance(points, int) for _partner, parts in considered_list.ranked for points in parts.values())


def test_request_that_is_shared_with_nobody_new_keeps_no_list(shop, partner):
    make_request(shop, [partner])

    assert not ConsideredList.objects.exists()


def test_next_referral_keeps_a_list_of_its_own(considered_list):
    share = considered_list.request.shares.order_by("id").first()

    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")

    second = considered_list.request.considered_lists.exclude(pk=considered_list.pk).get()
    assert share.partner_id not in {partner for partner, _parts in second.ranked}


def test_list_is_deleted_after_ninety_days(considered_list):
    ConsideredList.objects.filter(pk=considered_list.pk).update(at=clock.now() - considered.KEPT + timedelta(hours=1))
    tasks.delete_expired_sessions.call()
    kept = ConsideredList.objects.count()

    with clock.at(clock.now() + timedelta(hours=2)):
        tasks.delete_expired_sessions.call()

    assert (kept, ConsideredList.objects.count()) == (1, 0)


def test_same_weights_change_nothing(considered_list):
    text = replayed()

    assert "1 lists; the first 3 would differ in 0 (0%)" in text
    assert "Would come among the first 3: nobody" in text


@pytest.mark.parametrize(
    ("name", "weights"),
    [("weights.json", '{"city": 40, "focus": 0}'), ("weights.toml", "city = 40\nfocus = 0")],
)
def test_other_weights_say_who_gains_and_who_loses(name, weights, considered_list, specialists, tmp_path):
    text = replayed("--weights", written(tmp_path, weights, name))

    assert "city 40" in text
    assert "would differ in 1 (100%)" in text
    assert "Would come among the first 3: Agency 4 (1)" in text
    assert "Would fall out of the first 3: " in text
    assert "Agency 4" not in text.split("fall out")[1]


def test_outcomes_are_counted_by_rank(considered_list):
    first, second, third = considered_list.request.shares.order_by("id")
    services.reject_share(share_id=first.pk, by=owner_of(first.partner), reason="spam")
    lapse(second)
    services.accept_share(share_id=third.pk, by=owner_of(third.partner), version=1)

    rows = rows_by_rank(replayed())

    assert sum(row["rejected"] for row in rows) == sum(row["silent"] for row in rows) == 1
    assert (rows[0]["rejected"], rows[1]["silent"], rows[2]["accepted"]) == (1, 1, 1)


def test_older_lists_are_left_out(considered_list):
    ConsideredList.objects.update(at=clock.now() - timedelta(days=10))

    assert "No referral was made in the last 5 days." in replayed("--since", "5")
    assert "1 lists" in replayed("--since", "11")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("{", "It is no JSON"),
        ("[1, 2]", "Write a weight for each part"),
        ({"fokus": 3}, "There is no part fokus; the parts are services, focus"),
        ({"focus": -1}, "The weight of focus is -1: write a number from 0 to 100"),
        ({"focus": "20"}, "The weight of focus is '20'"),
        ({"focus": True}, "The weight of focus is True"),
        ({rule.code: 0 for rule in PARTS}, "at least one part must count"),
    ],
)
def test_bad_file_gets_a_clear_error(weights, message, tmp_path):
    with pytest.raises(CommandError, match=message):
        replayed("--weights", written(tmp_path, weights))


def test_missing_file_and_bad_days_get_a_clear_error(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        replayed("--weights", str(tmp_path / "nowhere.json"))
    with pytest.raises(CommandError, match="number of days"):
        replayed("--since", "0")


def test_replay_only_reads(considered_list):
    before = list(Share.objects.values()), list(ConsideredList.objects.values())

    with counted() as statements:
        replayed()

    assert all(sql.lstrip().upper().startswith(("SELECT", "DECLARE", "CLOSE")) for sql in statements)
    assert (list(Share.objects.values()), list(ConsideredList.objects.values())) == before


def test_list_goes_with_the_texts_of_its_request(considered_list, seller):
    """Its points for the city say whether the Location named it."""
    request = considered_list.request
    services.close_request(request_id=request.pk, by=seller)

    erasure.erase_request(request_id=request.pk)

    assert not ConsideredList.objects.filter(request=request).exists()
