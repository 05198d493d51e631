"""What a component drew is remembered: equal only where every reader would be shown the same."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.template import engines
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.remembered import LONGEST_PIECE, LONGEST_TEXT, Memory, Piece, key_of, memory
from accounts.templatetags import components
from accounts.templatetags.pieces import RememberedNode
from partners.templatetags import partner_status
from requests_app.templatetags import status

pytestmark = pytest.mark.once
COMPONENTS = Path(settings.BASE_DIR) / "templates" / "components"
FILES = {"status": "pill", "partner_status": "pill"}


@pytest.fixture(autouse=True)
def _start_empty():
    memory.forget()


def drawn(source, **context):
    return engines["django"].from_string("{% load components i18n status ui %}" + source).render(context)


def test_equal_arguments_are_drawn_once():
    first, second = drawn('{% badge label="New" %}'), drawn('{% badge label="New" %}')

    assert first == second
    assert len(memory) == 1


def test_each_language_has_its_own():
    shown = {"en": set(), "de": set()}
    for language in ("en", "de", "en", "de"):
        with translation.override(language):
            shown[language].add(drawn('{% status code="rejected" %}'))

    assert [len(seen) for seen in shown.values()] == [1, 1]
    assert "Rejected" in shown["en"].pop()
    assert "Rejected" not in shown["de"].pop()


@time_machine.travel(datetime(2026, 12, 3, tzinfo=UTC), tick=False)
def test_each_zone_has_its_own():
    source = '{% next_step turn="other" who="Kiko" until=until %}'
    until = datetime(2026, 12, 4, 12, tzinfo=UTC)
    for zone, hour in (("Asia/Jakarta", "19:00"), ("UTC", "12:00"), ("Asia/Jakarta", "19:00")):
        with timezone.override(zone):
            assert hour in drawn(source, until=until)


def test_a_day_gains_its_year_when_the_year_is_over():
    source = '{% next_step turn="you" until=until %}'
    until = datetime(2026, 12, 4, 12, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 12, 3, tzinfo=UTC)):
        assert "Fri 4 Dec" in drawn(source, until=until)
        assert "2026" not in re.sub("<time.*?>", "", drawn(source, until=until))
    with time_machine.travel(datetime(2027, 1, 3, tzinfo=UTC)):
        assert "2026" in re.sub("<time.*?>", "", drawn(source, until=until))


def test_equal_values_of_different_types_do_not_mix():
    values = (1, True, "1", Decimal(1), Decimal("1.0"), None, "None", "")
    shown = [drawn('{% stat label="Figure" value=value %}', value=value) for value in values]

    assert len({key_of("stat", [value]) for value in values}) == len(values)
    assert len(memory) == len(values)
    assert "True" in shown[1]
    assert "True" not in shown[0]


def test_safe_and_plain_text_do_not_mix():
    plain = "<b>Kiko</b>"
    for _round in range(2):
        assert "<b>Kiko</b>" in drawn("{% badge label=label %}", label=SafeString(plain))
        assert "&lt;b&gt;Kiko" in drawn("{% badge label=label %}", label=plain)


def test_positions_do_not_mix():
    assert drawn('{% badge label="a" tone="red" %}') != drawn('{% badge label="red" tone="a" %}')
    assert drawn('{% badge label="a" tone="red" %}') != drawn('{% badge label="a" icon_name="bell" %}')


def test_a_lazy_text_is_resolved_in_the_language():
    lazy = gettext_lazy("Rejected")
    for language in ("en", "de", "en"):
        with translation.override(language):
            assert str(lazy) in drawn("{% badge label=label %}", label=lazy)
    assert len(memory) == 2


def test_icons_of_remembered_pieces_stand_in_the_sheet():
    page = "{% with_icon_sheet %}{% badge label='New' icon_name='bell' %}{% icon_sheet %}"
    first, second = drawn(page), drawn(page)

    assert first == second
    assert second.count('<symbol id="icon-micro-bell"') == 1
    assert "<use" not in drawn("{% badge label='New' icon_name='bell' %}"), "a piece without a sheet draws the icon"


def test_what_is_not_plain_is_not_remembered():
    for value in (["a"], {"a": 1}, object(), 1.5, "x" * (LONGEST_TEXT + 1)):
        assert key_of("badge", [value]) is None
        drawn("{% badge label=value %}", value=value)
    assert len(memory) == 0


def test_a_component_that_is_not_marked_is_not_remembered():
    drawn('{% button label="Go" url="/" method="post" %}', csrf_token="secret")

    assert len(memory) == 0


def test_remembered_templates_know_nothing_but_their_parameters():
    remembered = {
        name
        for library in (components.register, partner_status.register, status.register)
        for name, tag in library.tags.items()
        if "remember" in tag.__qualname__
    }

    assert {"badge", "next_step", "status", "stages", "partner_status"} <= remembered
    assert not {"button", "field", "footer", "top_bar", "draft_offer"} & remembered
    for name in remembered:
        source = (COMPONENTS / f"{FILES.get(name, name)}.html").read_text()
        assert not re.search(r"csrf|request|user\b|frame|messages|perms|\|ago|get_current|support|{% url", source), name


def test_the_memory_is_bounded():
    small = Memory(most=3)
    for number in range(5):
        small.keep((number,), Piece(f"piece {number}", ()))
        small.find((2,))
    small.keep(("long",), Piece("x" * (LONGEST_PIECE + 1), ()))

    assert len(small) == 3
    assert small.find((2,)) == Piece("piece 2", ()), "what was used last stays"
    assert small.find((0,)) is None
    assert small.find(("long",)) is None


def test_threads_share_the_memory():
    small = Memory(most=10)

    def work(seed):
        for step in range(500):
            key = ((seed * step) % 30,)
            piece = small.find(key) or Piece(str(key), ())
            assert piece.html == str(key)
            small.keep(key, piece)
        return len(small)

    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(work, range(1, 9)))

    assert max(sizes) <= 10


def test_the_tag_checks_its_parameters_as_before():
    template = engines["django"].from_string('{% load components %}{% badge label="a" %}').template

    assert isinstance(template.nodelist[-1], RememberedNode)
