"""The seller's own pages, lists, mails, tables, logs: where the secrets stand, and nowhere else."""

import re
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection, models
from django.urls import reverse

from accounts import outbox
from accounts.models import AccountMail, Notification
from requests_app.conversation.models import Message
from requests_app.models import ConfirmedContact, PartnerRequest, RequestVersion, Share
from requests_app.proposals.models import ProposalVersion
from tests.client import SignedInClient
from tests.factories import (
    confirm_contact,
    details_of,
    fill_vocabularies,
)
from tests.leaks.secrets import (
    ANOTHERS,
    CONTACT,
    FIRST,
    GREETING,
    HOLD,
    MASKED,
    NOTE,
    NOTES,
    OFFER,
    OTHERS,
    QUESTION,
    REPLY,
    SECOND,
    STATES,
    TALK,
    TEXT,
    assert_no_leak,
    count,
    leaks,
    read_everything,
    secrets_in,
    seller_pages,
)
from tests.requests_app.portal.talks import typed


@pytest.mark.once
@pytest.mark.parametrize("role", ["seller", "viewer"])
def test_seller_reads_it_on_the_request_alone_and_no_cache_keeps_it(role, request, bring):
    share = bring("rejected")
    own = {"seller:request", "seller:request_edit", "seller:request_new", "seller:share"}

    pages = read_everything(request.getfixturevalue(role), *seller_pages(share.request))

    found = leaks(pages, CONTACT | TEXT | NOTES)
    assert found["seller:request"] == (CONTACT | TEXT | NOTES) - {"periwinkles"}
    assert found.keys() <= own
    assert leaks(pages, TALK | MASKED | ANOTHERS).keys() <= {"seller:share", "seller:request", "seller:proposals"}
    assert found["seller:share"] <= NOTES  # why the partner rejected it
    for response in pages.values():
        if secrets_in(response.text):
            assert "no-store" in response.headers["Cache-Control"]
            titles = re.findall(r"<title>(.*?)</title>", response.text, re.DOTALL)  # messages drawn anew have none
            assert secrets_in(" ".join(titles)) == set()


@pytest.mark.once
@pytest.mark.parametrize(
    "token", ["quillfeather", "inkwell", "zq-buried", "Obsidianquay", "Nougat", "windchime", "xylophone",
              "tangerine", "gooseberry", "huckleberry", "zq-asked"],
)  # fmt: skip
def test_search_finds_nothing_by_it(token, bring, seller, partner_owner, conspirator, staff):
    share = bring("rejected")
    conspirators = share.request.shares.get(partner__name="Coconspirator Agency")
    lists = [
        (seller, reverse("seller:my_requests"), share.request),
        (partner_owner, reverse("portal:inbox") + "?status=all", share),
        (conspirator, reverse("portal:inbox") + "?status=all", conspirators),
        (staff, reverse("admin:requests_app_partnerrequest_changelist"), share.request),
        (staff, reverse("admin:requests_app_share_changelist"), share),
        (staff, reverse("admin:requests_app_shop_changelist"), share.request.shop),
    ]

    for person, url, row in lists:
        client = SignedInClient()
        client.force_login(person)
        whole = client.get(url).text
        assert str(row) in whole
        assert str(row) not in client.get(url, {"q": token}).text


@pytest.mark.once
@pytest.mark.parametrize("state", STATES)
def test_mails_and_notifications_carry_none_of_it(state, bring, editor, reviewer, partner):
    bring(state)

    outbox.deliver.call()
    for row in Notification.objects.all():  # those too that were over before their mail went
        outbox.mail_of([row]).send()

    count(mails_read=len(mail.outbox))
    asked = [message for message in mail.outbox if message.to == [SECOND["contact_email"]]]
    assert {token for message in asked for token in secrets_in(str(message.message()))} == (
        {"inkwell", "zq-buried"} if "on hold" in state else set()  # the link that confirms it, to the address itself
    )
    others = [message for message in mail.outbox if message not in asked]
    sent = [str(message.message()) for message in others]
    texts = [part for message in others for part in (message.subject, message.body, message.alternatives[0].content)]
    assert {"seller@example.com", "partner@example.com", "reviewer@example.com"} <= {m.to[0] for m in mail.outbox}
    assert_no_leak([secrets for each in (*sent, *texts) if (secrets := secrets_in(each))])
    to_partner = [
        message for message in mail.outbox if message.to[0] in {"partner@example.com", "reviewer@example.com"}
    ]
    hidden = OTHERS | ({*HOLD, "contact email"} if "on hold" in state else set())
    assert_no_leak(
        [message.subject for message in to_partner if secrets_in(f"{message.subject}{message.body}", hidden)]
    )


@pytest.mark.once_on_postgresql
@pytest.mark.parametrize(
    "state", ["accepted", "rejected", "request closed by staff", "suspended", "on hold for its contact"]
)
def test_tables_hold_it_on_the_request_its_versions_and_notes_alone(state, bring, partner_owner, editor):
    share = bring(state)
    client = SignedInClient()
    client.force_login(partner_owner)
    client.post(reverse("portal:contact", args=[share.reference]))
    kept = {
        PartnerRequest: {*FIRST, "confirmed_email", "close_note"},
        RequestVersion: set(FIRST),
        Message: {"text"},
        ProposalVersion: {"included"},
        Share: {"note"},
        ConfirmedContact: {"address"},
        AccountMail: {"to"},  # the link that confirms an address
    }

    found = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField | models.UUIDField):
                values = model._default_manager.values_list(field.attname, flat=True)
                if field.name not in kept.get(model, ()) and secrets_in(" ".join(map(str, values))):
                    found.append(f"{model.__name__}.{field.name}")

    assert_no_leak(found)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(string_agg(args::text, ' '), '') FROM procrastinate_jobs")
            assert secrets_in(cursor.fetchone()[0]) == set()


@pytest.mark.once
def test_logs_and_addresses_carry_none_of_it(shop, seller, partner, partner_owner, caplog, capfd):
    fill_vocabularies()
    client = SignedInClient()
    client.force_login(seller)
    confirm_contact(shop, FIRST["contact_email"])
    details = details_of(**FIRST)
    form = {name: str(value or "") for name, value in details.items()} | {
        "category": details["category"].pk,
        "request_type": "choose",
        "partners": [partner.pk],
    }
    with caplog.at_level("DEBUG"):
        client.post(reverse("seller:request_new"), form | {"budget": "nothing"})
        made = client.post(reverse("seller:request_new"), form)
        partner_request = PartnerRequest.objects.get()
        edited = form | SECOND | {"version": "1", "partners": []}
        client.post(reverse("seller:request_edit", args=[partner_request.reference]), edited)
        other = SignedInClient()
        other.force_login(partner_owner)
        share = partner_request.shares.get()
        of_share = {name: reverse(f"portal:{name}", args=[share.reference])
                    for name in ("contact", "message", "accept", "propose", "withdraw")}  # fmt: skip
        other.post(of_share["contact"])
        for text in (QUESTION * 100, QUESTION):  # the first is too long
            other.post(of_share["message"], {"text": text, "token": str(uuid4())})
        to_partner = reverse("seller:share_message", args=[partner_request.reference, share.reference])
        client.post(to_partner, {"text": REPLY, "token": str(uuid4())})
        other.post(of_share["accept"], {"version": "2", "message": GREETING, "token": str(uuid4())})
        for amount in ("nothing", "1800"):
            other.post(of_share["propose"], typed(included=OFFER, amount=amount))
        other.post(of_share["withdraw"], {"reason": "other", "note": NOTE})
        outbox.deliver.call()

    assert [message.text for message in Message.objects.order_by("pk")] == [QUESTION, REPLY, GREETING]
    assert ProposalVersion.objects.get().included == OFFER
    assert Share.objects.get().note == NOTE
    logged = [
        record.getMessage() + str(vars(record)) for record in caplog.records if record.name != "django.db.backends"
    ]
    assert made.headers["Location"] == f"/requests/{partner_request.reference}/"
    assert logged
    assert_no_leak([secrets for line in logged if (secrets := secrets_in(line))])
    assert secrets_in("".join(capfd.readouterr())) == set()


@pytest.mark.once
def test_staff_find_no_mail_that_asks_to_confirm_by_its_address(bring, staff):
    bring("on hold for its contact")
    client = SignedInClient()
    client.force_login(staff)
    url = reverse("admin:accounts_accountmail_changelist")

    assert "account/email/contact_confirmation" in client.get(url).text
    assert "account/email/contact_confirmation" not in client.get(url, {"q": SECOND["contact_email"]}).text
