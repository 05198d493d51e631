"""Words of any length, in every field that people fill in, push no page sideways on the smallest screen."""

import pytest

from accounts.models import User
from partners.models import Category, Market, Partner
from requests_app.models import PartnerRequest, RequestVersion, Share, Shop
from tests.access import ROLES, TABLE
from tests.factories import PartnerFactory
from tests.test_access import people, urls, urls_of_the_cast  # noqa: F401  fixtures

NARROW = {"width": 320, "height": 640}
NOT_PAGES = {"healthz", "readyz", "metrics", "robots", "admin:jsi18n"}
# The last elements that make the page wider than the screen, and how wide it is; [] where it fits.
WIDER = """() => {
  const room = document.documentElement.clientWidth, wide = document.documentElement.scrollWidth;
  if (wide <= room) return [];
  const holds = (element) => element && element !== document.body
    && (getComputedStyle(element).overflowX !== "visible" || holds(element.parentElement));
  const out = [...document.body.querySelectorAll("*")].filter((element) =>
    element.getBoundingClientRect().right > room + 1 && !holds(element.parentElement));
  return [...out.slice(-3).map((element) => element.outerHTML.slice(0, 80)), `${wide} px`];
}"""


def word(letters):
    return "Donaudampfschifffahrtsgesellschaftskapitaen" * (letters // 43) + "W" * (letters % 43)


@pytest.fixture
def long_world(people, urls, urls_of_the_cast, partner):  # noqa: F811
    """The world of the table of access, with the longest words that each column takes."""
    name, middle = word(118), word(43)
    PartnerFactory(name=middle)
    texts = {"subject": name, "location": word(200), "hot_sale_product": word(200), "other_details": word(2000)}
    texts["contact_email"] = f"{word(64)}@{word(63)}.example".lower()
    for model in (PartnerRequest, RequestVersion):
        model.objects.update(**texts)
    Share.objects.update(note=word(500))
    Shop.objects.update(name=name)
    Category.objects.filter(pk=partner.categories.first().pk).update(name=word(80))
    Market.objects.filter(code="GB").update(name=word(60))
    about = {"tagline": word(140), "about": word(2000), "city": word(80), "website": f"https://{word(60)}.example/"}
    Partner.objects.filter(pk=partner.pk).update(name=name, **about)
    Partner.objects.exclude(pk=partner.pk).update(**about)
    User.objects.filter(pk__in=[person.pk for person in people.values() if person]).update(name=name)
    return urls


@pytest.mark.parametrize("role", ["anonymous", "seller", "partner_owner", "staff"])
def test_long_words_push_no_page_sideways(role, people, long_world, new_context, sign_in):  # noqa: F811
    context = new_context(viewport=NARROW, java_script_enabled=True)
    if people[role]:
        sign_in(context, people[role])
    page = context.new_page()
    shown = [name for name in long_world if TABLE[name][ROLES.index(role)] == "200" and name not in NOT_PAGES]
    if role != "staff":
        shown = [name for name in shown if not name.startswith("admin:")]

    sideways = {}
    for name in shown:
        page.goto(long_world[name], wait_until="domcontentloaded")
        if wider := page.evaluate(WIDER):
            sideways[name] = wider

    assert len(shown) >= 10
    assert sideways == {}
