"""Pictures from numbers, as the shapes that components/bars.html and components/funnel.html draw.

Lengths are in the drawing's own units, which the page stretches to its width. A picture says its numbers in words too.
"""

from itertools import zip_longest
from typing import NamedTuple

from django.utils.translation import pgettext

HEIGHT = 100
STEP, BAR = 40, 26  # of bars: from one to the next, and how wide one is
STAGE, FLOW = 100, 80  # of a funnel: likewise; between two stages it narrows


class Bar(NamedTuple):
    """One bar: `part` of `whole` is drawn in the stronger colour, from below."""

    said: str  # what is read of it: "16 Nov: 5 received, 2 answered"
    whole: int
    part: int


class Stage(NamedTuple):
    said: str  # "Answered: 8"
    count: int


def bars(values, *, title):
    """Shapes for a list of Bars; None where there is nothing to draw."""
    most = max((value.whole for value in values), default=0)
    if not most:
        return None
    shapes = []
    for number, value in enumerate(values):
        whole, part = _height(value.whole, most), _height(value.part, most)
        left = number * STEP + (STEP - BAR) // 2
        shapes.append(
            {"said": value.said, "x": left, "whole": whole, "top": HEIGHT - whole, "part": part, "base": HEIGHT - part}
        )
    said = _sentence(title, [value.said for value in values if value.whole])
    return {"title": said, "bars": shapes, "width": len(values) * STEP, "height": HEIGHT, "bar": BAR, "most": most}


def funnel(stages, *, title):
    """Shapes for a list of Stages, of which none is larger than the first; None where that is empty."""
    most = stages[0].count
    if not most:
        return None
    heights = [_height(stage.count, most) for stage in stages]
    shapes = []
    for number, (stage, height, following) in enumerate(zip_longest(stages, heights, heights[1:])):
        left = number * STAGE
        shape = {"said": stage.said, "x": left, "height": height, "top": HEIGHT - height}
        if following is not None:
            begin, end = left + FLOW, left + STAGE
            shape["flow"] = f"{begin},{HEIGHT} {begin},{HEIGHT - height} {end},{HEIGHT - following} {end},{HEIGHT}"
        shapes.append(shape)
    said = _sentence(title, [stage.said for stage in stages])
    return {
        "title": said,
        "stages": shapes,
        "width": (len(stages) - 1) * STAGE + FLOW,
        "height": HEIGHT,
        "stage": FLOW,
    }


def _height(count, most):
    """What is there is seen, however little of the most it is."""
    return max(2, round(HEIGHT * count / most)) if count else 0


def _sentence(title, parts):
    numbers = pgettext("between numbers with their names", "; ").join(parts)
    return pgettext("a title and its numbers", "%(title)s. %(numbers)s") % {"title": title, "numbers": numbers}
