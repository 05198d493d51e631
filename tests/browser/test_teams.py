"""A sole owner hands a shop over to a colleague who had no account, in a browser: by pages and mails alone."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from accounts import outbox
from tests.factories import PASSWORD

LINK = re.compile(r"https?://\S+")
COLLEAGUE = "colleague@example.com"
LONG = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessen"
ARABIC = "محمد بن عبد الله الشركة التجارية"


@pytest.fixture
def mailed(base_url, mailoutbox):
    """`mailed(address)`: the link of the newest mail to it, on this server."""

    def mailed(address):
        outbox.deliver.call()
        newest = next(message for message in reversed(mail.outbox) if message.to == [address])
        return base_url + "/" + LINK.findall(newest.body)[0].split("/", 3)[3]

    return mailed


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_sole_owner_hands_over_to_a_colleague(
    width, scheme, new_context, sign_in, shop, seller, mailed, base_url, assert_accessible
):
    looks = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    owners, colleagues = new_context(**looks), new_context(**looks)
    sign_in(owners, seller)
    owner, colleague = owners.new_page(), colleagues.new_page()

    owner.goto("/seller/team/")
    assert_accessible(owner)
    owner.get_by_role("link", name="Invite").click()
    owner.get_by_label("Email").fill(COLLEAGUE)
    owner.get_by_label("Editor").check()
    assert_accessible(owner)
    owner.get_by_role("button", name="Send invitation").click()
    expect(owner.get_by_role("heading", name=COLLEAGUE)).to_be_visible()

    colleague.goto(mailed(COLLEAGUE))
    assert_accessible(colleague)
    colleague.get_by_role("link", name="Sign up and join").click()
    expect(colleague.get_by_label("Email")).to_have_value(COLLEAGUE)
    colleague.get_by_label("Your name").fill("Cora Colleague")
    for label in ("Password*", "Password, again*"):
        colleague.get_by_label(label, exact=True).fill(PASSWORD)
    assert_accessible(colleague)
    colleague.get_by_role("button", name="Sign up and join").click()
    expect(colleague.get_by_text("You belong to Lumen Skincare now")).to_be_visible()

    owner.reload()
    owner.get_by_role("link", name="Hand over").click()
    owner.get_by_label("To whom").select_option("Cora Colleague")
    assert_accessible(owner)
    owner.get_by_role("button", name="Go on").click()
    assert_accessible(owner)
    owner.get_by_role("button", name="Offer hand-over").click()
    expect(owner.get_by_text("A hand-over waits for Cora Colleague")).to_be_visible()

    colleague.goto(mailed(COLLEAGUE))
    assert_accessible(colleague)
    colleague.get_by_role("link", name="See what follows").click()
    assert_accessible(colleague)
    colleague.get_by_role("button", name="Take over").click()
    expect(colleague.get_by_text("You are an owner of Lumen Skincare now.")).to_be_visible()
    colleague.get_by_role("link", name="History").click()
    assert_accessible(colleague)

    assert dict(shop.members.values_list("user__email", "role")) == {COLLEAGUE: "owner", seller.email: "editor"}


@pytest.mark.parametrize("name", [LONG, ARABIC])
def test_long_and_right_to_left_names_fit(name, new_context, sign_in, shop, seller, editor, mailed, assert_accessible):
    type(seller).objects.filter(pk=seller.pk).update(name=name)
    type(editor).objects.filter(pk=editor.pk).update(name=name)
    type(shop).objects.filter(pk=shop.pk).update(name=name)
    context = new_context(viewport={"width": 320, "height": 700})
    sign_in(context, seller)
    page = context.new_page()

    def fits(path):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path

    fits("/seller/team/invite/")
    page.get_by_label("Email").fill(f"{'a' * 60}@{'long.' * 20}example.com")
    page.get_by_label("Viewer").check()
    page.get_by_role("button", name="Send invitation").click()
    member = shop.members.get(user=editor)
    for path in ("", "history/", f"members/{member.pk}/role/", f"members/{member.pk}/remove/"):
        fits(f"/seller/team/{path}")
    fits(mailed(f"{'a' * 60}@{'long.' * 20}example.com"))
