"""Each person reads all the pages they can reach: partners, outsiders, staff; and none tells more than its door."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from accounts import outbox
from tests.access import POST_TABLE, TABLE
from tests.client import SignedInClient
from tests.factories import (
    fill_vocabularies,
    make_request,
)
from tests.leaks.secrets import (
    ALL,
    ANOTHERS,
    CONTACT,
    FIRST,
    HOLD,
    MASKED,
    OTHERS,
    SAME_IN_EACH_STATE,
    STATES,
    TALK,
    TEXT,
    address_shown,
    assert_no_leak,
    count,
    has_the_request,
    leaks,
    pages_of_share,
    portal_pages,
    read_everything,
    read_from,
    secrets_in,
    seller_pages,
    talk_of,
    told_by,
)
from tests.test_access import addresses
from tests.urls import named_urls

pytestmark = pytest.mark.once


@pytest.mark.parametrize("state", STATES)
def test_partner_reads_free_text_on_its_share_alone_and_contact_details_nowhere(state, bring, partner_owner):
    share = bring(state)
    is_open, is_live = STATES[state]

    if state == "accepted":
        pages = read_everything(partner_owner, *portal_pages(share))
    else:
        pages = read_from(partner_owner, *portal_pages(share), without=SAME_IN_EACH_STATE)

    assert pages[portal_pages(share)[0]].status_code == 200
    found = leaks(pages, CONTACT | TEXT)
    if is_open:
        assert found.pop("portal:share") == TEXT  # the old and the new: it is shown the difference
        assert found.pop("portal:accept", TEXT) == TEXT
    assert_no_leak(found)
    assert_no_leak(talk_elsewhere(state, pages))
    of_portal = {path: page for path, page in pages.items() if not path.startswith("/partners/")}
    assert_no_leak(leaks(of_portal, OTHERS | (HOLD if "on hold" in state else set())))
    assert is_live or not is_open


DRAW_THE_SHARE = {  # again, where a form is refused, or what is changed or taken back stands in it
    "portal:accept", "portal:message", "portal:propose", "portal:withdraw_proposal",
}  # fmt: skip


def talk_elsewhere(state, pages):
    """What the pages of a partner tell of messages and proposals beside its own share, while it has the request."""
    found = leaks(pages, TALK | MASKED | ANOTHERS)
    if has_the_request(state):
        told = found.pop("portal:share")
        assert told - MASKED == talk_of(state)
        assert (told & MASKED == set()) == (state == "reviewing hidden")
        for name in DRAW_THE_SHARE & found.keys():
            assert found.pop(name) <= told
    return found


@pytest.mark.parametrize("state", STATES)
def test_messages_stand_on_the_conversation_with_each_partner_for_the_shop_alone(state, bring, seller, viewer):
    share = bring(state)
    shared = reverse("seller:share", args=[share.request.reference, share.reference])
    others = share.request.shares.get(partner__name="Coconspirator Agency")
    of_other = reverse("seller:share", args=[share.request.reference, others.reference])
    compared = reverse("seller:proposals", args=[share.request.reference])

    for person in (seller, viewer):
        client = SignedInClient()
        client.force_login(person)
        told = {path: secrets_in(told_by(client.get(path)), TALK | MASKED | ANOTHERS)
                for path in (shared, of_other, compared)}  # fmt: skip

        masked = {"zq-asked"} if state == "reviewing hidden" else set()
        assert told[shared] >= (talk_of(state) | MASKED) - masked
        assert not told[shared] & (ANOTHERS | masked)
        assert told[of_other] == ANOTHERS
        assert told[compared] == talk_of(state) & {"kumquat"}


@pytest.mark.parametrize("state", STATES)
def test_partner_opens_contact_details_by_asking_and_only_while_the_door_is_open(
    state, bring, partner_owner, partner_viewer, conspirator
):
    share = bring(state)
    is_open, _is_live = STATES[state]

    for person in (partner_owner, partner_viewer):
        for headers in ({}, {"HX-Request": "true"}):
            client = SignedInClient()
            client.force_login(person)
            response = client.post(reverse("portal:contact", args=[share.reference]), headers=headers)

            given = secrets_in(told_by(response))
            current = {"balthasar", "inkwell", "obsidianquay", *address_shown(state)}
            assert given - TEXT == (current if is_open else set())
            assert ("no-store" in response.headers.get("Cache-Control", "")) or not given


def test_reasons_of_a_referral_are_the_sellers_alone(shop, seller, partner, partner_owner):
    """They may repeat a city of the location, which the partner is not shown."""
    request = make_request(shop, hide_contact=True, **FIRST | {"location": f"Nine Zephyrwharf, {partner.city}"})
    share = request.shares.get()
    assert {"code": "city", "city": partner.city} in share.reasons
    outbox.deliver.call()

    told = [str(message.message()) for message in mail.outbox if message.to == [partner_owner.email]]
    pages = read_from(partner_owner, reverse("portal:inbox"), *portal_pages(share), without=SAME_IN_EACH_STATE)
    read = [told_by(response) for path, response in pages.items() if not path.startswith("/partners/")]
    assert told
    assert_no_leak([text for text in (*told, *read) if f"Is in {partner.city}" in text])
    assert f"Is in {partner.city}" not in str(list(partner_owner.notifications.values_list("context")))
    assert "city" not in str(list(partner_owner.notifications.values_list("context")))
    assert f"Is in {partner.city}" in read_from(seller, *seller_pages(request))[seller_pages(request)[0]].text


def test_other_partner_keeps_its_own_view_when_one_is_closed(bring, conspirator):
    share = bring("closed by the seller")
    own = share.request.shares.get(partner__name="Coconspirator Agency")

    pages = read_everything(conspirator, *portal_pages(own), *portal_pages(share))

    assert leaks(pages, CONTACT | TEXT) == {"portal:share": TEXT, "portal:accept": TEXT}
    assert_no_leak(leaks(pages, TALK))
    assert leaks(pages, ANOTHERS)["portal:share"] == ANOTHERS
    assert {pages[path].status_code for path in pages_of_share(share)} == {404}


# Every URL, asked for by its name


def ask_everything(person, urls):
    """{what was asked: response} of every URL to GET and to POST, and as a refreshing page; what that did is undone.

    A piece of a page is asked for where the page says that it depends on that. Who is not staff is led away from the
    admin, as the table of access says.
    """
    client = SignedInClient()
    client.force_login(person)
    cookies, found = client.cookies.output(header=""), {}

    def ask(name, method, **headers):
        cache.clear()
        client.cookies.clear()
        client.cookies.load(cookies)
        with transaction.atomic():
            found[name, method, *headers] = getattr(client, method)(urls[name], headers=headers)
            transaction.set_rollback(True)
        return found[name, method, *headers]

    for name in urls:
        if name.startswith("admin:") and not person.is_staff:
            continue
        if "HX-Request" in ask(name, "get").headers.get("Vary", ""):
            ask(name, "get", **{"HX-Request": "true"})
        if name in POST_TABLE:
            ask(name, "post")
    count(pages_walked=len(found))
    return found


def told_of(asked, tokens=ALL):
    """{name of the URL: secrets} of what was asked."""
    found = {}
    for (name, *_way), response in asked.items():
        if secrets := secrets_in(told_by(response), tokens):
            found.setdefault(name, set()).update(secrets)
    return found


@pytest.mark.parametrize("state", ["accepted", "rejected", "request closed", "on hold for its contact"])
def test_every_url_asked_by_name_tells_a_partner_no_more_than_its_door(
    state, bring, shop, partner, partner_owner, seller
):
    share = bring(state)
    urls = addresses(dict.fromkeys(("reviewing", "accepted", "connected"), share), seller, shop, partner)

    asked = ask_everything(partner_owner, urls)

    found, talk = told_of(asked, CONTACT | TEXT), told_of(asked, TALK | ANOTHERS)
    assert set(urls) == set(TABLE) == set(named_urls())
    if STATES[state][0]:  # the share's page shows free text; only the POST that is on record the contact details
        assert found.pop("portal:share") == TEXT
        assert found.pop("portal:accept", TEXT) == TEXT
        assert found["portal:contact"] & CONTACT
        assert found.pop("portal:contact") >= address_shown(state)
        for name in DRAW_THE_SHARE & found.keys():
            assert found.pop(name) == TEXT
    assert_no_leak(found)
    if has_the_request(state):
        assert talk.pop("portal:share") == talk_of(state)
        for name in (DRAW_THE_SHARE | {"portal:contact"}) & talk.keys():
            assert talk.pop(name) <= talk_of(state)
    assert_no_leak(talk)


@pytest.mark.parametrize("role", ["other_partner", "conspirator", "desk"])
def test_every_url_asked_by_name_tells_nobody_else(
    role, request, bring, shop, partner, seller, other_shop, other_agency
):
    share = bring("rejected")
    urls = addresses(dict.fromkeys(("reviewing", "accepted", "connected"), share), seller, shop, partner)

    own = ANOTHERS if role == "conspirator" else set()  # what it asked itself
    assert_no_leak(told_of(ask_everything(request.getfixturevalue(role), urls), ALL - own))


# Outsiders and staff


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("anonymous", "accepted"),
        ("other_seller", "request closed by staff"),
        ("other_partner", "accepted"),
        ("other_partner", "request closed by staff"),
        ("clerk", "accepted"),
    ],
)
def test_outsider_reads_none_of_it_anywhere(role, state, request, bring, other_shop, other_agency):
    fill_vocabularies()
    share = bring(state)
    person = None if role == "anonymous" else request.getfixturevalue(role)

    pages = read_everything(person, *portal_pages(share), *seller_pages(share.request))

    assert_no_leak(leaks(pages))
    own = [*pages_of_share(share), *seller_pages(share.request)]
    assert {pages[path].status_code for path in own} == {302 if role == "anonymous" else 404}


@pytest.mark.parametrize(
    ("role", "state"),
    [
        ("staff", "rejected"),
        ("desk", "request closed by staff"),
        ("staff", "on hold for its contact"),
        ("desk", "on hold for screening"),
    ],
)
def test_staff_read_none_of_it_without_opening_it(role, state, request, bring, other_agency):
    share = bring(state)

    pages = read_everything(request.getfixturevalue(role), reverse("admin:index"))

    assert f"/admin/requests_app/partnerrequest/{share.request_id}/change/" in pages
    assert f"/admin/requests_app/share/{share.pk}/change/" in pages
    assert_no_leak(leaks(pages))


@pytest.mark.parametrize(("role", "status"), [("staff", 200), ("desk", 403), ("clerk", 403)])
def test_staff_open_it_with_the_permission_alone(role, status, request, bring):
    share = bring("rejected")
    client = SignedInClient()
    client.force_login(request.getfixturevalue(role))

    response = client.post(reverse("admin:requests_app_partnerrequest_contact", args=[share.request_id]))

    assert response.status_code == status
    assert secrets_in(told_by(response)) == (
        {"balthasar", "inkwell", "zq-buried", "obsidianquay", "nougat", "windchime", "xylophone"}
        | talk_of("rejected")
        | MASKED
        | ANOTHERS
        if status == 200
        else set()
    )
    assert status != 200 or "no-store" in response.headers["Cache-Control"]
