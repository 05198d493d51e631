from datetime import UTC, datetime

import pytest
import time_machine
from django import forms
from django.template import engines

pytestmark = pytest.mark.once


def drawn(source, **context):
    return engines["django"].from_string("{% load components i18n status ui %}" + source).render(context)


@time_machine.travel(datetime(2026, 12, 3, tzinfo=UTC), tick=False)
def test_time_carries_the_absolute_one():
    html = drawn("{{ at|ago }}", at=datetime(2026, 12, 2, 12, tzinfo=UTC))

    assert html == (
        '<time datetime="2026-12-02T12:00:00+00:00" title="Wednesday 2 December 2026, 12:00 UTC">12 hours ago</time>'
    )


def test_no_time_is_nothing():
    assert drawn("{{ at|day }}", at=None) == ""


def test_card_escapes_its_title_and_keeps_its_content():
    html = drawn("{% card title=title %}<b>{{ text }}</b>{% endcard %}", title="<i>", text="<u>")

    assert "&lt;i&gt;" in html
    assert "<b>&lt;u&gt;</b>" in html


def test_crumbs_take_url_names_and_paths():
    html = drawn('{% crumbs "Start" "home" "There" "/there/" here %}', here="<Here>")

    assert '<a href="/">Start</a>' in html
    assert '<a href="/there/">There</a>' in html
    assert '<span aria-current="page">&lt;Here&gt;</span>' in html


def test_icon_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in drawn('{% icon "bell" %}')


class PickForm(forms.Form):
    name = forms.CharField(label="Your name")
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])
    terms = forms.BooleanField(label="I agree to the terms.", error_messages={"required": "Agree to the terms."})


def test_error_summary_links_to_each_field():
    html = drawn("{% error_summary form=form %}", form=PickForm({}))

    assert 'href="#id_name"' in html
    assert 'href="#id_kind_0"' in html


def test_error_summary_does_not_say_the_sentence_of_a_tick_box_again():
    html = drawn("{% error_summary form=form %}", form=PickForm({}))

    assert '<a href="#id_terms"> Agree to the terms. </a>' in " ".join(html.split())
    assert "I agree" not in html


def test_error_summary_is_nothing_without_errors():
    assert drawn("{% error_summary form=form %}", form=PickForm()).strip() == ""


@pytest.mark.parametrize(
    ("code", "label", "meaning"),
    [
        ("reviewing", "Partner reviewing", "The partner is reviewing your request"),
        ("accepted", "Partner accepted", "The partner has accepted your request"),
        ("connected", "Connected", "You&#x27;ve granted authorisation and are connected with the partner"),
        ("closed", "Closed", "The request has been closed"),
        ("rejected", "Rejected", "The partner has rejected your request"),
    ],
)
def test_status_says_the_words_of_the_requirement(code, label, meaning):
    html = drawn('{% status code=code described="seller" %}', code=code)

    assert f"\n{label}\n</span>" in html
    assert meaning.replace("&#x27;", "'") in html.replace("&#x27;", "'")
    assert "<svg" in html


def test_icons_of_a_whole_page_are_drawn_once_at_its_end():
    html = drawn(
        "{% with_icon_sheet %}{% icon 'clock' %}{% status code='closed' %}{% icon 'clock' %}<hr>{% icon_sheet %}"
    )
    page, _, sheet = html.partition("<hr>")

    assert page.count('<use href="#icon-mini-clock"/>') == 2
    assert page.count("<use") == 3
    assert page.count("<path") == 0
    assert sheet.count("<symbol") == 2
    assert sheet.count('<symbol id="icon-mini-clock" viewBox="0 0 20 20" fill="currentColor">') == 1


def test_icon_of_a_piece_of_a_page_is_drawn_in_its_place():
    html = drawn("{% icon 'clock' 'outline' %}")

    assert "<use" not in html
    assert html.count("<path") == 1
