"""Help, privacy and terms: what readers see of what administrators wrote, and of what comes with the product."""

import pytest
from django.conf import settings as site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import SitePage
from accounts.prose import html_of
from requests_app.pages import site_pages
from tests.cast import login
from tests.client import text_of
from tests.markup import elements_of, tree_of
from tests.queries import counted
from tests.staff import allow, page

pytestmark = pytest.mark.once

SLUGS = SitePage.Slug.values
TYPED = (
    '## <b>Bold</b>\r\n\r\n<script>alert(1)</script> & "co"\r\n- <img src=x onerror=alert(1)>\r\n- javascript:alert(1)'
)


def write(slug, language="en", **words):
    SitePage.objects.filter(slug=slug, language=language).update(**words)


def article(response):
    return next(element for element in elements_of(tree_of(response.text)) if element.tag == "article")


def change(client, row, **typed):
    return client.post(page(row), {"title": "", "body": ""} | typed)


# What is shown


@pytest.mark.parametrize("slug", SLUGS)
def test_every_page_has_a_row_in_every_language(slug, db):
    languages = SitePage.objects.filter(slug=slug).values_list("language", flat=True)

    assert sorted(languages) == sorted(code for code, _name in site.LANGUAGES)


def test_rows_are_made_once(db):
    write("terms", body="Ours")

    site_pages.make_rows("default")

    assert SitePage.objects.count() == len(SLUGS) * len(site.LANGUAGES)
    row = SitePage.objects.get(slug="terms", language="en")
    assert row.body == "Ours"
    assert row.history.count() == 1


def test_row_of_a_language_that_is_added_is_made(db, settings):
    settings.LANGUAGES = [*settings.LANGUAGES, ("fr", "Français")]

    site_pages.make_rows("default")

    assert {str(row) for row in SitePage.objects.filter(language="fr")} == {
        f"{name} (Français)" for name in ("Help", "Privacy", "Terms")
    }


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("help", ["What a referral is", "within 3 days", "A partner has 7 days", "write to help@programme.example"]),
        ("privacy", ["24 months", "14 days", "For 7 days", "Who sees contact details", "help@programme.example"]),
        ("terms", ["What the site is", "within 3 days", "after 60 days", "erase your account at any time"]),
    ],
)
def test_product_says_what_holds(slug, said, client, db, settings):
    settings.APPLICATION_DAYS = 3

    text = text_of(next(e for e in elements_of(tree_of(client.get(f"/{slug}/").text)) if e.tag == "main"))

    assert [words for words in said if words not in text] == []
    assert site.PLATFORM_NAME in text or slug == "privacy"


@pytest.mark.once
@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", [code for code, _name in site.LANGUAGES])
def test_products_text_has_nothing_left_to_fill_in(slug, language, settings):
    settings.SUPPORT_EMAIL = ""

    text = site_pages.product_text(slug, language)

    assert text.title
    assert len(text.body) > 200
    assert not any(sign in text.body for sign in ("{", "}", "%(", "None", "<", "&#"))


def test_text_of_the_administrators_is_shown_in_its_place(client, db):
    write("terms", title="Our terms", body="What we ask.\n\n- First\n- Second")

    response = client.get("/terms/")

    assert "<title>Our terms – Shop Partners</title>" in response.text
    assert text_of(article(response)) == "Our terms What we ask. FirstSecond"


def test_title_and_text_each_stand_for_themselves(client, db):
    write("terms", title="Our terms")
    write("help", body="Only this.")

    assert "What the site is" in text_of(article(client.get("/terms/")))
    assert text_of(article(client.get("/terms/"))).startswith("Our terms ")
    assert text_of(article(client.get("/help/"))) == "Help Only this."


@pytest.mark.parametrize(
    ("written", "shown", "lang"),
    [
        ({}, "product", "de"),
        ({"de": "Unsere Regeln"}, "Unsere Regeln", "de"),
        ({"en": "Our rules"}, "Our rules", "en"),
        ({"en": "Our rules", "de": "Unsere Regeln"}, "Unsere Regeln", "de"),
        ({"id": "Aturan kami"}, "product", "de"),
    ],
)
def test_language_of_a_page(written, shown, lang, client, db):
    """The reader's, else the site's own where something is written in it, else the product's in the reader's."""
    for language, body in written.items():
        write("privacy", language, body=body)

    found = article(client.get("/privacy/", headers={"accept-language": "de"}))

    with translation.override("de"):
        ours = site_pages.product_text("privacy", "de").body.splitlines()[0]
    assert (ours if shown == "product" else shown) in text_of(found)
    assert found.get("lang") == lang


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("reader", [None, "seller", "partner_owner", "staff"])
def test_page_asks_the_database_once_more_than_others(slug, reader, client, request, db):
    if reader:
        login(client, request.getfixturevalue(reader))
    with counted() as other:
        client.get(reverse("account_inactive"))

    with counted() as asked:
        assert client.get(f"/{slug}/").status_code == 200

    assert len(asked) == len(other) + 1
    assert [sql for sql in asked if "sitepage" in sql] == asked[-1:] or reader


@pytest.mark.once
def test_foot_asks_nothing_of_the_database():
    """No test database is asked for: a query would fail."""
    assert "/privacy/" in render_to_string("components/footer.html")


# Markup


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("One\nstreet", "<p>One<br>street</p>"),
        ("## Head\nText\n- a\n- b\nmore", "<h2>Head</h2>\n<p>Text</p>\n<ul><li>a</li><li>b</li></ul>\n<p>more</p>"),
        ("One\r\n \r\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("{% x %} {{ y }}", "<p>{% x %} {{ y }}</p>"),
        ("help@a.example", '<p><a href="mailto:help@a.example">help@a.example</a></p>'),
        ("https://a.example", '<p><a href="https://a.example" rel="nofollow">https://a.example</a></p>'),
        ("#Head", "<p>#Head</p>"),
        ("", ""),
    ],
)
def test_markup(typed, html):
    assert html_of(typed) == html


def test_nothing_that_is_typed_becomes_html(client, db):
    """The client would name a script, a handler or a link that runs one."""
    write("help", title="<i>Help</i>", body=TYPED)

    response = client.get("/help/")

    found = article(response)
    assert {element.tag for element in found.iter()} <= {"article", "header", "div", "h1", "h2", "p", "ul", "li", "a"}
    assert '<script>alert(1)</script> & "co"' in text_of(found)
    assert text_of(next(found.iter("h1"))) == "<i>Help</i>"
    assert text_of(next(found.iter("h2"))) == "<b>Bold</b>"
    assert len(list(found.iter("li"))) == 2


# Editing


@pytest.fixture
def row(db):
    return SitePage.objects.get(slug="terms", language="en")


def test_administrator_changes_the_text_and_it_goes_on_record(client, staff, row):
    change(login(client, staff), row, title="Our terms", body=TYPED)

    row.refresh_from_db()
    assert (row.title, row.body) == ("Our terms", TYPED.replace("\r\n", "\n"))
    entry = LogEntry.objects.get(user=staff)
    assert (entry.object_id, entry.get_change_message()) == (str(row.pk), "Changed Title and Text.")
    kept, begun = row.history.all()
    assert (kept.history_user, kept.body, begun.body) == (staff, row.body, "")
    assert "Our terms" in client.get(page(row, "history")).text
    assert text_of(article(client.get("/terms/"))).startswith("Our terms")


def test_form_begins_with_what_readers_see(client, staff, row):
    form = login(client, staff).get(page(row)).context["adminform"].form

    assert form["body"].value() == site_pages.product_text("terms", "en").body
    assert form["title"].value() == "Terms"


def test_products_own_text_is_not_stored(client, staff, row):
    """Else it would not follow the product and the settings any more."""
    form = login(client, staff).get(page(row)).context["adminform"].form

    change(client, row, title=form["title"].value(), body=form["body"].value().replace("\n", "\r\n"))

    row.refresh_from_db()
    assert not row.is_written
    assert LogEntry.objects.get(user=staff).get_change_message() == "No fields changed."


def test_emptied_text_goes_back_to_the_products(client, staff, row):
    write("terms", body="Ours")

    change(login(client, staff), row)

    row.refresh_from_db()
    assert not row.is_written
    assert "What the site is" in text_of(article(client.get("/terms/")))


@pytest.mark.parametrize(("title", "body"), [("x" * 121, "a"), ("a\nb", "a"), ("a", "x" * 20_001)])
def test_too_much_is_refused_and_stays_in_the_form(title, body, client, staff, row):
    response = change(login(client, staff), row, title=title, body=body)

    row.refresh_from_db()
    assert response.context["errors"]
    assert response.context["adminform"].form["body"].value() == body
    assert not row.is_written


@pytest.mark.parametrize(
    ("permissions", "get", "post"),
    [((), 403, 403), (("accounts.view_sitepage",), 200, 403), (("accounts.change_sitepage",), 200, 302)],
)
def test_permission_decides_who_edits(permissions, get, post, client, clerk, row):
    login(client, allow(clerk, *permissions) if permissions else clerk)

    assert client.get(page(row)).status_code == get
    assert change(client, row, body="Ours").status_code == post
    row.refresh_from_db()
    assert row.is_written is (post == 302)


@pytest.mark.parametrize("group", ["Support", "Programme managers"])
def test_no_group_may_edit_to_begin_with(group, client, clerk, row):
    clerk.groups.add(Group.objects.get(name=group))

    assert login(client, clerk).get(page(row)).status_code == 403


def test_list_says_which_texts_are_ones_own(client, staff, row):
    write("terms", body="Ours")

    text = login(client, staff).get(reverse("admin:accounts_sitepage_changelist")).text

    assert text.count("Your own") == 1
    assert text.count("As it comes with Shop Partners") == len(SLUGS) * len(site.LANGUAGES) - 1
