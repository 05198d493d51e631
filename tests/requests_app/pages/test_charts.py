import pytest

from requests_app.pages.charts import Bar, Stage, bars, funnel

pytestmark = pytest.mark.once


def test_bars_of_nothing_are_no_picture():
    assert bars([], title="Weeks") is None
    assert bars([Bar("a: 0", 0, 0)], title="Weeks") is None


def test_bars_are_as_high_as_their_share_of_the_most():
    picture = bars([Bar("a: 4", 4, 1), Bar("b: 2", 2, 2), Bar("c: 0", 0, 0)], title="Weeks")

    assert [(bar["whole"], bar["part"]) for bar in picture["bars"]] == [(100, 25), (50, 50), (0, 0)]
    assert [(bar["top"], bar["base"]) for bar in picture["bars"]] == [(0, 75), (50, 50), (100, 100)]
    assert [bar["x"] for bar in picture["bars"]] == [7, 47, 87]
    assert picture["width"] == 120


def test_bar_that_is_hardly_anything_is_seen_all_the_same():
    picture = bars([Bar("a", 1000, 1), Bar("b", 1, 0)], title="Weeks")

    assert (picture["bars"][0]["part"], picture["bars"][1]["whole"]) == (2, 2)


def test_picture_says_in_words_what_it_draws():
    assert bars([Bar("a: 4", 4, 1), Bar("b: 0", 0, 0)], title="Weeks")["title"] == "Weeks. a: 4"
    assert funnel([Stage("In: 2", 2), Stage("Out: 0", 0)], title="Flow")["title"] == "Flow. In: 2; Out: 0"


def test_funnel_of_nothing_is_no_picture():
    assert funnel([Stage("In", 0), Stage("Out", 0)], title="Flow") is None


def test_funnel_narrows_from_stage_to_stage():
    picture = funnel([Stage("In", 8), Stage("Answered", 4), Stage("Out", 0)], title="Flow")

    assert [(stage["x"], stage["height"], stage["top"]) for stage in picture["stages"]] == [
        (0, 100, 0),
        (100, 50, 50),
        (200, 0, 100),
    ]
    assert picture["stages"][0]["flow"] == "80,100 80,0 100,50 100,100"
    assert picture["stages"][1]["flow"] == "180,100 180,50 200,100 200,100"
    assert "flow" not in picture["stages"][2]
    assert picture["width"] == 280


@pytest.mark.parametrize("picture", [bars([Bar("a", 3, 1)], title="t"), funnel([Stage("a", 3)], title="t")])
def test_picture_is_of_whole_numbers(picture):
    shapes = picture.get("bars") or picture["stages"]
    assert all(isinstance(value, int | str) for shape in shapes for value in shape.values())
