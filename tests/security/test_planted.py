"""Markup, line breaks and fields that nobody asked for, planted wherever a person may type, and what comes of them."""

import re
from datetime import UTC, datetime
from email.utils import getaddresses
from html import escape

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import transaction

from accounts import outbox
from accounts.models import Notification
from partners.models import Category, Market
from requests_app import services
from tests.access import POST_TABLE, ROLES
from tests.cast import signed_in
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request
from tests.leaks.secrets import pages_of_share, read_from, seller_pages
from tests.mailboxes import mails_sent
from tests.test_access import Asking
from tests.urls import paths_without_arguments
from tests.world import MODELS, columns_of, rows_of

pytestmark = pytest.mark.once

MARKUP = "'\"></title></textarea><svg/onload=alert(1)><script>alert(2)</script>"
BREAK = "\r\nBcc: victim@evil.example\r\n\r\n<h1>Body</h1>"


@pytest.fixture
def marked(db, staff, many_with_one_partner):
    """A request between people, a shop and a partner whose every text is markup; written past the forms."""
    seller = UserFactory(email="seller@example.com", name=MARKUP)
    owner = UserFactory(email="partner@example.com", name=MARKUP)
    Market.objects.filter(code="GB").update(name=MARKUP[:60])
    shop = ShopFactory(name=MARKUP, owner=seller)
    category = Category.objects.create(name=MARKUP, external_id="marked")
    partner = PartnerFactory(name=MARKUP, tagline=MARKUP, about=MARKUP, city=MARKUP, owner=owner)
    texts = dict.fromkeys(("subject", "location", "hot_sale_product", "other_details"), MARKUP)
    texts |= {"contact_email": '"<svg/onload=alert(1)>"@example.com', "category": category}
    shares = []
    for _number in range(3):
        shares.append(make_request(shop, [partner], **texts).shares.select_related("request").get())
    services.open_contact(share_id=shares[0].pk, by=owner)
    services.accept_share(share_id=shares[0].pk, by=owner, version=1)
    services.authorise_share(share_id=shares[0].pk, by=seller, areas={"products": "view"}, days=30)
    services.reject_share(share_id=shares[1].pk, by=owner, reason="other", note=MARKUP)
    services.close_request(request_id=shares[2].request_id, by=staff, staff_reason="other", staff_note=MARKUP)
    return {"seller": seller, "partner": owner, "staff": staff, "shares": shares, "profile": partner}


# The planted markup where it is no text: a tag of it, or its quotes, which would end an attribute.
ALIVE = re.compile(r"""<svg/onload|<script>alert|['"](?:&quot;|")?(?:>|&gt;)(?:<|&lt;)/title""")


@pytest.mark.parametrize("html", [f"<p>{MARKUP}</p>", f'<p title="{escape(MARKUP, quote=False)}">'])
def test_markup_that_is_alive_is_found(html):
    assert ALIVE.search(html)
    assert not ALIVE.search(escape(MARKUP))


def test_markup_that_people_typed_is_text_on_every_page_and_in_every_mail(marked):
    first = marked["shares"][0]
    own = [page for share in marked["shares"] for page in (*pages_of_share(share), *seller_pages(share.request))]
    ContentType.objects.clear_cache()
    pages = {}

    for role in ("seller", "partner", "staff"):
        read = read_from(marked[role], *paths_without_arguments(), *own, marked["profile"].get_absolute_url())
        pages |= {(role, path): response.text for path, response in read.items()}
    pages["contact"] = signed_in(marked["partner"]).post(f"/portal/requests/{first.reference}/contact/").text
    pages["admin"] = (
        signed_in(marked["staff"]).post(f"/admin/requests_app/partnerrequest/{first.request_id}/contact/").text
    )
    for row in Notification.objects.all():
        outbox.mail_of([row]).send()
    outbox.mail_of(list(Notification.objects.filter(user=marked["seller"]))).send()
    mails = {sent.subject: sent.alternatives[0].content for sent in mail.outbox}

    assert len(pages) > 150
    assert sum("alert(1)" in html for html in pages.values()) > 50
    assert len(mails) > 5
    assert [where for where, html in (pages | mails).items() if ALIVE.search(html)] == []


def test_line_breaks_in_names_make_no_header_of_a_mail(db):
    """Written past the forms, which refuse them."""
    seller = UserFactory(email="seller@example.com", name=f"Ada{BREAK}")
    owner = UserFactory(email="partner@example.com", name=f"Bea{BREAK}")
    shop = ShopFactory(name=f"Lumen{BREAK}", owner=seller)
    partner = PartnerFactory(name=f"Northlight{BREAK}", owner=owner)
    share = make_request(shop, [partner], subject=f"Ann{BREAK}").shares.get()
    services.accept_share(share_id=share.pk, by=owner, version=1)

    outbox.deliver.call()
    for row in Notification.objects.all():
        outbox.mail_of([row]).send()

    assert len(mail.outbox) > 3
    for sent in mail.outbox:
        message = sent.message()
        assert {"Bcc", "Cc"}.isdisjoint(message.keys())
        assert "\n" not in sent.subject
        receivers = {address for _name, address in getaddresses(message.get_all("To"))}
        assert receivers <= {"seller@example.com", "partner@example.com"}


def test_line_breaks_typed_into_addresses_send_no_mail_to_another(client, seller, shop):
    client.force_login(seller)
    client.post("/accounts/reauthenticate/", {"password": "shop-partners-demo"})
    for name, url, more in (
        ("email", "/accounts/password/reset/", {}),
        ("email", "/accounts/email/", {"action_add": ""}),
        ("login", "/accounts/login/", {"password": "x"}),
    ):
        for email in (f"seller@example.com{BREAK}", "seller@example.com,victim@evil.example", "a b@example.com"):
            client.post(url, {name: email} | more)

    assert [sent.to for sent in mails_sent()] == []


# Fields that no form has

EXTRAS = {
    "status": "approved", "headline": "connected", "is_staff": "on", "is_superuser": "on", "is_active": "",
    "role": "owner", "created_by": "1", "created_by_id": "1", "user": "1", "user_id": "1", "by": "1", "actor": "staff",
    "id": "1", "pk": "1", "reference": "SPR-2222222222", "slug": "mine", "load": "0", "groups": "1",
    "user_permissions": "1", "erased_at": "2026-01-01", "respond_by": "2036-01-01", "closed_by": "staff",
    "source": "referred", "score": "100", "days": "9999", "areas": '{"orders": "manage"}', "close_note": "x",
    "event_count": "0", "automatic_referrals": "0", "owner": "1", "picks": "1", "shares_answered": "99",
}  # fmt: skip


def test_fields_that_no_form_has_change_nothing(people, urls, payloads, other_shop, other_agency, time_machine):
    """Each verb does the same whatever is sent besides: the shop, partner, status or rights of one's own choice."""
    time_machine.move_to(datetime(2026, 11, 20, 12, tzinfo=UTC), tick=False)
    foreign = {
        "shop": other_shop.pk,
        "shop_id": other_shop.pk,
        "partner": other_agency.pk,
        "partner_id": other_agency.pk,
    }
    different = []

    for name, cells in POST_TABLE.items():
        role = next(role for role, cell in zip(ROLES, cells, strict=True) if cell.endswith("*") or cell == cells[-1])
        asking, plain = Asking(people[role]), payloads.get(name) or {}
        if _after(asking, urls[name], plain) != _after(asking, urls[name], EXTRAS | foreign | plain):
            different.append(name)

    assert different == []


DRAWN = {
    "id", "request_id", "share_id", "form_token", "password", "mac", "event_mac", "event_end", "end", "nonce",
    "token_hash",
}  # fmt: skip
CALLED = {"shop_id": "Shop", "partner_id": "Partner", "user_id": "User", "created_by_id": "User", "by_id": "User"}


def _after(asking, url, data):
    """The world after this was posted: rows by what they are called, since keys and references are drawn anew."""
    with transaction.atomic():
        asking.answer("post", url, data)
        after = {
            model.__name__: [dict(zip(columns_of(model), row, strict=True)) for row in rows_of(model)]
            for model in MODELS
        }
        transaction.set_rollback(True)
    named = {
        column: {row["id"]: row.get("email") or row["name"] for row in after[model]} for column, model in CALLED.items()
    }
    return {model: [_settled(row, named) for row in rows] for model, rows in after.items()}


def _settled(row, named):
    kept = {
        name: named[name].get(value) if name in CALLED else value for name, value in row.items() if name not in DRAWN
    }
    return re.sub(r"SP[RS]-\w+|event:\d+", "…", repr(kept))


def test_right_of_staff_is_never_taken_by_posting_it(people, urls, payloads, other_agency):
    for name in ("accounts:preferences", "portal:profile", "partners:signup", "seller:signup"):
        role = "partner_owner"
        Asking(people[role]).answer("post", urls[name], (payloads.get(name) or {}) | EXTRAS)

    rights = type(people["seller"]).objects.exclude(email__in=["staff@example.com", "clerk@example.com"])
    assert not rights.filter(is_staff=True).exists()
    assert not rights.filter(is_superuser=True).exists()
