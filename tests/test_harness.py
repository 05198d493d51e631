"""The tests' own ground: the right database, a clean cache, a client that reads what it gets."""

import os

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from partners.models import Category, Market
from tests.client import faults

pytestmark = pytest.mark.once

GOOD = """<!doctype html><html lang="en"><head><title>Requests</title>
<link rel="expect" href="#icon-sheet" blocking="render"></head><body><h1>Requests</h1>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken"><label for="q">Search</label><input id="q">
<button>Search</button></form><footer><a href="/help/">Help</a><a href="/referrals/">R</a>
<a href="/privacy/">Privacy</a>
<a href="/terms/">Terms</a><a href="mailto:help@programme.example">Mail</a></footer>
<svg id="icon-sheet"></svg></body></html>"""
EARLY, BEHIND = "is drawn before all of it is read", "its sheet of icons has to stand behind its foot"


def test_database_is_the_one_that_was_asked_for():
    asked = "sqlite" if os.environ.get("TEST_DB") == "sqlite" else "postgresql"
    assert connection.vendor == asked
    assert asked == "sqlite" or settings.ON_POSTGRESQL


def test_cache_is_cleared_for_each_test_first():
    assert cache.get("left_behind") is None
    cache.set("left_behind", 1)


def test_cache_is_cleared_for_each_test_again():
    assert cache.get("left_behind") is None
    cache.set("left_behind", 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "again"])
def test_markets_and_categories_outlast_a_transactional_test(time):
    assert Market.objects.count() > 10
    assert Category.objects.count() > 20


def test_page_without_faults_passes():
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<h1>Requests</h1>", "", "0 h1 elements instead of one"),
        ("<h1>Requests</h1>", "<h1></h1>", "an empty h1"),
        ("<title>Requests</title>", "<title></title>", "no title"),
        (' lang="en"', "", "no language"),
        ('<input type="hidden" name="csrfmiddlewaretoken">', "", '0 CSRF tokens in <form method="post">'),
        ('<label for="q">Search</label>', "", 'no label for <input id="q">'),
        ("<h1>", '<h1 style="color:red">', 'inline style: <h1 style="color:red">'),
        ("<h1>", '<h1 onclick="x()">', 'inline handler onclick: <h1 onclick="x()">'),
        ("</h1>", "</h1><script>x()</script>", "inline script"),
        ("</h1>", '</h1><img alt="" src="//cdn.example/x.png">', "loads from elsewhere: //cdn.example/x.png"),
        ("</h1>", '</h1><p id="q">', "the id 'q' stands 2 times"),
        (
            "</h1>",
            '</h1><p aria-labelledby="z">',
            "aria-labelledby names 'z', which is not there: <p aria-labelledby=\"z\">",
        ),
        (' rel="expect"', "", f"{EARLY}: waits for [], {BEHIND}"),
        ("<footer>", '<svg id="icon-sheet"></svg><footer>', f"{EARLY}: waits for ['#icon-sheet'], {BEHIND}"),
        ("<button>Search</button>", "<button></button>", "nothing to read in <button >"),
    ],
)
def test_page_with_a_fault_fails(old, new, fault):
    assert fault in faults(GOOD.replace(old, new))


def test_page_that_is_not_well_formed_fails():
    assert "not well-formed" in faults(GOOD.replace("</h1>", "</h2>"))[0]


def test_piece_of_a_page_needs_no_heading():
    assert faults("<tr><td>SPR-2</td></tr>") == []
