"""Secrets are planted in contact details, free text and notes; then all pages, mails and tables are searched for them.

Each role reads all that it can reach by links and by the names of URLs, also the pieces that refresh themselves.
"""

import html
import re
from collections import Counter
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.cache import cache
from django.db import connection, models, transaction
from django.test import Client
from django.urls import resolve, reverse

from accounts import outbox
from accounts.models import Notification
from partners import services as partner_services
from requests_app import services
from requests_app.models import PartnerRequest, RequestVersion, Share
from requests_app.timers import run_timers
from tests import figures
from tests.factories import (
    PartnerFactory,
    UserFactory,
    details_of,
    fill_vocabularies,
    make_request,
    owner_of,
    with_second_factor,
)
from tests.test_access import POST_TABLE, TABLE, addresses
from tests.urls import named_urls, paths_without_arguments

FIRST = {  # version 1
    "subject": "Zenobia Quillfeather",
    "contact_email": "quillbox@zq-hidden.example",
    "location": "Nine Zephyrwharf",
    "hot_sale_product": "Marzipan Glowstick",
    "other_details": "Ring 0555 019 2837 and say foghorn",
}
SECOND = {  # version 2
    "subject": "Balthasar Inkwell",
    "contact_email": "inkwell@zq-buried.example",
    "location": "Ten Obsidianquay",
    "hot_sale_product": "Nougat Lantern",
    "other_details": "Ring 0555 019 4471 and say windchime",
}
NOTE, REASON = "Our codeword is xylophone", "A complaint about periwinkles"  # a partner's, and staff's

# What is looked for: the telling part of each secret, and what it belongs to.
CONTACT = {
    "quillfeather", "zq-hidden", "zephyrwharf", "balthasar", "inkwell", "zq-buried", "obsidianquay",
}  # fmt: skip
TEXT = {"marzipan", "foghorn", "nougat", "windchime"}
NOTES = {"xylophone", "periwinkles"}
ALL = CONTACT | TEXT | NOTES
OTHERS = {"coconspirator"}  # who else was asked

STATES = {  # whether the door of `partner` is open, and whether its share is live
    "reviewing": (True, True),
    "reviewing hidden": (False, True),
    "accepted": (True, True),
    "accepted hidden": (True, True),
    "connected": (True, True),
    "rejected": (False, False),
    "withdrawn": (False, False),
    "closed by the seller": (False, False),
    "ended by the partner": (False, False),
    "closed by staff": (False, False),
    "request closed": (False, False),
    "request closed by staff": (False, False),
    "lapsed": (False, False),
    "suspended": (False, True),
}


@pytest.fixture
def conspirator(db):
    """The owner of the other partner that is asked for the same request."""
    return UserFactory(email="conspirator@example.com", name="Konrad Second")


@pytest.fixture
def bring(shop, seller, partner, partner_owner, staff, conspirator):
    """`bring(state)`: a request with secrets, edited, asked of two partners, in the state for `partner`."""
    return lambda state: brought(state, shop=shop, partner=partner, staff=staff, conspirator=conspirator)


def brought(state, *, shop, partner, staff, conspirator):
    """The share of `partner`; the people are the owners."""
    seller, partner_owner = owner_of(shop), owner_of(partner)
    other = PartnerFactory(name="Coconspirator Agency", owner=conspirator)
    hidden = "hidden" in state
    request = make_request(shop, [partner, other], hide_contact=hidden, **FIRST)
    share = request.shares.get(partner=partner)
    services.edit_request(
        request_id=request.pk,
        by=seller,
        version=1,
        details=details_of(**SECOND),
        request_type="choose",
        hide_contact=hidden,
    )
    if state.startswith(("accepted", "withdrawn", "connected", "ended")):
        services.accept_share(share_id=share.pk, by=partner_owner, version=2)
    if state.startswith(("connected", "ended")):
        services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30)
    match state:
        case "rejected":
            services.reject_share(share_id=share.pk, by=partner_owner, reason="other", note=NOTE)
        case "withdrawn":
            services.withdraw_share(share_id=share.pk, by=partner_owner, reason="other", note=NOTE)
        case "closed by the seller":
            services.close_share(share_id=share.pk, by=seller)
        case "ended by the partner":
            services.close_share(share_id=share.pk, by=partner_owner, as_partner=True)
        case "closed by staff":
            services.close_share_as_staff(share_id=share.pk, by=staff)
        case "request closed":
            services.close_request(request_id=request.pk, by=seller)
        case "request closed by staff":
            services.close_request(request_id=request.pk, by=staff, staff_note=REASON)
        case "lapsed":
            with time_machine.travel(share.respond_by + timedelta(hours=1)):
                run_timers()
        case "suspended":
            partner_services.suspend_partner(partner_id=partner.pk, by=staff)
    return Share.objects.select_related("request").get(pk=share.pk)


# Reading all that a person can reach

# Not followed: what signs out or is no page, further pages of lists, filters, the rows of tables that hold no texts.
LEFT_OUT = re.compile(
    r"logout|^/static/|^/language/|[?&](page|o|p|all)=|/jsi18n/|/download/|^/partners/([\w-]+/)?\?|^/admin/.*\?"
    r"|^/admin/(partners/(market|category)|auth/group)/\w+/"
)
LINKS = re.compile(r"""(?:href|hx-get|data-url)=["']([^"'#]+)""")
MOST = 300
READ = Counter({"pages walked": 0, "mails read": 0, "leaks found": 0})


def count(**read):
    """Tell at the end of the suite how much was read, and what was found."""
    READ.update({name.replace("_", " "): number for name, number in read.items()})
    figures.tell("leaks", [(name, number, 0 if name == "leaks found" else None) for name, number in READ.items()])


def assert_no_leak(found):
    count(leaks_found=len(found))
    assert not found


def read_everything(user, *more):
    """{path: response} of all pages the person can reach from the URLs without arguments, and from `more`."""
    return read_from(user, *paths_without_arguments(), *more)


def read_from(user, *paths):
    client = Client()
    if user:
        client.force_login(user)
    seen, waiting = {}, list(paths)
    while waiting:
        path = waiting.pop(0)
        if path in seen or LEFT_OUT.search(path):
            continue
        assert len(seen) < MOST, "a site without end"
        cache.clear()
        seen[path] = response = client.get(path)
        if response.headers["Content-Type"].startswith("text/html"):
            found = [urljoin(path, html.unescape(link)) for link in LINKS.findall(response.text)]
            waiting += [link for link in found if not urlsplit(link).scheme]
        if "Location" in response.headers:
            waiting.append(response.headers["Location"])
    for path in [path for path, response in seen.items() if "HX-Request" in response.headers.get("Vary", "")]:
        seen[f"{path} (refreshed)"] = client.get(path, headers={"HX-Request": "true"})
    count(pages_walked=len(seen))
    return seen


def secrets_in(text, tokens=ALL):
    text = html.unescape(text).casefold()
    return {token for token in tokens if token in text}


def told_by(response):
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{head}\n{response.text}"


def leaks(pages, tokens=ALL):
    """{name of the URL: secrets} of the pages that tell any."""
    found = {}
    for path, response in pages.items():
        if secrets := secrets_in(told_by(response), tokens):
            found.setdefault(resolve(urlsplit(path.split(" ")[0]).path).view_name, set()).update(secrets)
    return found


def portal_pages(share):
    return [*pages_of_share(share), f"{reverse('portal:reject_several')}?share={share.reference}"]


def pages_of_share(share):
    verbs = ("share", "accept", "reject", "withdraw", "close", "contact")
    return [reverse(f"portal:{verb}", args=[share.reference]) for verb in verbs]


def seller_pages(request):
    pages = [
        reverse(f"seller:{name}", args=[request.reference]) for name in ("request", "request_edit", "request_close")
    ]
    shares = [
        reverse(f"seller:share_{verb}", args=[request.reference, share.reference])
        for share in request.shares.all()
        for verb in ("authorise", "renew", "revoke", "close")
    ]
    return [*pages, *shares]


# Partners


@pytest.mark.parametrize("state", STATES)
def test_partner_reads_free_text_on_its_share_alone_and_contact_details_nowhere(state, bring, partner_owner):
    share = bring(state)
    is_open, is_live = STATES[state]

    pages = (read_everything if state == "accepted" else read_from)(partner_owner, *portal_pages(share))

    assert pages[portal_pages(share)[0]].status_code == 200
    found = leaks(pages, CONTACT | TEXT)
    if is_open:
        assert found.pop("portal:share") == TEXT  # the old and the new: it is shown the difference
        assert found.pop("portal:accept", TEXT) == TEXT
    assert_no_leak(found)
    of_portal = {path: page for path, page in pages.items() if not path.startswith("/partners/")}
    assert_no_leak(leaks(of_portal, OTHERS))
    assert is_live or not is_open


@pytest.mark.parametrize("state", STATES)
def test_partner_opens_contact_details_by_asking_and_only_while_the_door_is_open(
    state, bring, partner_owner, partner_viewer, conspirator
):
    share = bring(state)
    is_open, _is_live = STATES[state]

    for person in (partner_owner, partner_viewer):
        for headers in ({}, {"HX-Request": "true"}):
            client = Client()
            client.force_login(person)
            response = client.post(reverse("portal:contact", args=[share.reference]), headers=headers)

            given = secrets_in(told_by(response))
            current = {"balthasar", "inkwell", "zq-buried", "obsidianquay"}
            assert given - TEXT == (current if is_open else set())
            assert ("no-store" in response.headers.get("Cache-Control", "")) or not given


def test_reasons_of_a_referral_are_the_sellers_alone(shop, seller, partner, partner_owner):
    """They may repeat a city of the location, which the partner is not shown."""
    request = make_request(shop, hide_contact=True, **FIRST | {"location": f"Nine Zephyrwharf, {partner.city}"})
    share = request.shares.get()
    assert {"code": "city", "city": partner.city} in share.reasons
    outbox.deliver.call()

    told = [str(message.message()) for message in mail.outbox if message.to == [partner_owner.email]]
    pages = read_from(partner_owner, reverse("portal:inbox"), *portal_pages(share))
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
    assert {pages[path].status_code for path in pages_of_share(share)} == {404}


# Every URL, asked for by its name


def ask_everything(person, urls):
    """{what was asked: response} of every URL to GET, as a refreshing page, and to POST; what that did is undone."""
    client = Client()
    if person:
        client.force_login(person)
    cookies, found = client.cookies.output(header=""), {}
    for name, url in urls.items():
        ways = [("get", {}), ("get", {"HX-Request": "true"}), ("post", {})]
        for method, headers in ways if name in POST_TABLE else ways[:2]:
            cache.clear()
            client.cookies.clear()
            client.cookies.load(cookies)
            with transaction.atomic():
                found[name, method, *headers] = getattr(client, method)(url, headers=headers)
                transaction.set_rollback(True)
    count(pages_walked=len(found))
    return found


def told_of(asked, tokens=ALL):
    """{name of the URL: secrets} of what was asked."""
    found = {}
    for (name, *_way), response in asked.items():
        if secrets := secrets_in(told_by(response), tokens):
            found.setdefault(name, set()).update(secrets)
    return found


@pytest.mark.once
@pytest.mark.parametrize("state", ["accepted", "rejected", "request closed"])
def test_every_url_asked_by_name_tells_a_partner_no_more_than_its_door(
    state, bring, shop, partner, partner_owner, seller
):
    share = bring(state)
    urls = addresses(dict.fromkeys(("reviewing", "accepted", "connected"), share), seller, shop, partner)

    found = told_of(ask_everything(partner_owner, urls), CONTACT | TEXT)

    assert set(urls) == set(TABLE) == set(named_urls())
    if state == "accepted":  # the share's page shows free text; only the POST that is on record the contact details
        assert found.pop("portal:share") == TEXT
        assert found.pop("portal:contact") & CONTACT
    assert_no_leak(found)


@pytest.mark.once
@pytest.mark.parametrize("role", ["other_partner", "conspirator", "desk"])
def test_every_url_asked_by_name_tells_nobody_else(
    role, request, bring, shop, partner, seller, other_shop, other_agency
):
    share = bring("rejected")
    urls = addresses(dict.fromkeys(("reviewing", "accepted", "connected"), share), seller, shop, partner)
    person = None if role == "anonymous" else request.getfixturevalue(role)

    assert_no_leak(told_of(ask_everything(person, urls)))


# Outsiders and staff


@pytest.mark.once
@pytest.mark.parametrize("state", ["accepted", "request closed by staff"])
@pytest.mark.parametrize("role", ["anonymous", "other_seller", "other_partner", "clerk"])
def test_outsider_reads_none_of_it_anywhere(role, state, request, bring, other_shop, other_agency):
    fill_vocabularies()
    share = bring(state)
    person = None if role == "anonymous" else request.getfixturevalue(role)

    pages = read_everything(person, *portal_pages(share), *seller_pages(share.request))

    assert_no_leak(leaks(pages))
    own = [*pages_of_share(share), *seller_pages(share.request)]
    assert {pages[path].status_code for path in own} == {302 if role == "anonymous" else 404}


@pytest.fixture
def desk(db):
    """Staff who may look at and do everything, but not open contact details."""
    person = with_second_factor(UserFactory(email="desk@example.com", is_staff=True))
    person.user_permissions.set(Permission.objects.exclude(codename="view_contact_details"))
    return person


@pytest.mark.once
@pytest.mark.parametrize("state", ["rejected", "request closed by staff"])
@pytest.mark.parametrize("role", ["staff", "desk"])
def test_staff_read_none_of_it_without_opening_it(role, state, request, bring, other_agency):
    share = bring(state)

    pages = read_everything(request.getfixturevalue(role), reverse("admin:index"))

    assert f"/admin/requests_app/partnerrequest/{share.request_id}/change/" in pages
    assert f"/admin/requests_app/share/{share.pk}/change/" in pages
    assert_no_leak(leaks(pages))


@pytest.mark.parametrize(("role", "status"), [("staff", 200), ("desk", 403), ("clerk", 403)])
def test_staff_open_it_with_the_permission_alone(role, status, request, bring):
    share = bring("rejected")
    client = Client()
    client.force_login(request.getfixturevalue(role))

    response = client.post(reverse("admin:requests_app_partnerrequest_contact", args=[share.request_id]))

    assert response.status_code == status
    assert secrets_in(told_by(response)) == (
        {"balthasar", "inkwell", "zq-buried", "obsidianquay", "nougat", "windchime", "xylophone"}
        if status == 200
        else set()
    )
    assert status != 200 or "no-store" in response.headers["Cache-Control"]


# The seller's own pages, lists, mails, tables, logs


@pytest.mark.parametrize("role", ["seller", "viewer"])
def test_seller_reads_it_on_the_request_alone_and_no_cache_keeps_it(role, request, bring):
    share = bring("rejected")
    own = {"seller:request", "seller:request_edit", "seller:request_new"}

    pages = read_everything(request.getfixturevalue(role), *seller_pages(share.request))

    found = leaks(pages)
    assert found["seller:request"] == (CONTACT | TEXT | NOTES) - {"periwinkles"}
    assert found.keys() <= own
    for response in pages.values():
        if secrets_in(response.text):
            assert "no-store" in response.headers["Cache-Control"]
            title = re.search(r"<title>(.*?)</title>", response.text, re.DOTALL).group(1)
            assert secrets_in(title) == set()


@pytest.mark.parametrize(
    "token", ["quillfeather", "inkwell", "zq-buried", "Obsidianquay", "Nougat", "windchime", "xylophone"]
)
def test_search_finds_nothing_by_it(token, bring, seller, partner_owner, conspirator, staff):
    share = bring("rejected")
    conspirators = share.request.shares.get(partner__name="Coconspirator Agency")
    lists = [
        (seller, "seller:my_requests", share.request),
        (partner_owner, "portal:inbox", share),
        (conspirator, "portal:inbox", conspirators),
        (staff, "admin:requests_app_partnerrequest_changelist", share.request),
        (staff, "admin:requests_app_share_changelist", share),
        (staff, "admin:requests_app_shop_changelist", share.request.shop),
    ]

    for person, name, row in lists:
        client = Client()
        client.force_login(person)
        whole = client.get(reverse(name)).text
        assert str(row) in whole
        assert str(row) not in client.get(reverse(name), {"q": token}).text


@pytest.mark.parametrize("state", STATES)
def test_mails_and_notifications_carry_none_of_it(state, bring, editor, reviewer, partner):
    bring(state)

    outbox.deliver.call()
    for row in Notification.objects.all():  # those too that were over before their mail went
        outbox.mail_of([row]).send()

    count(mails_read=len(mail.outbox))
    sent = [str(message.message()) for message in mail.outbox]
    texts = [
        part for message in mail.outbox for part in (message.subject, message.body, message.alternatives[0].content)
    ]
    assert {"seller@example.com", "partner@example.com", "reviewer@example.com"} <= {m.to[0] for m in mail.outbox}
    assert_no_leak([secrets for each in (*sent, *texts) if (secrets := secrets_in(each))])
    to_partner = [
        message for message in mail.outbox if message.to[0] in {"partner@example.com", "reviewer@example.com"}
    ]
    assert_no_leak(
        [message.subject for message in to_partner if secrets_in(f"{message.subject}{message.body}", OTHERS)]
    )


@pytest.mark.parametrize("state", ["accepted", "rejected", "request closed by staff", "suspended"])
def test_tables_hold_it_on_the_request_its_versions_and_notes_alone(state, bring, partner_owner, editor):
    share = bring(state)
    client = Client()
    client.force_login(partner_owner)
    client.post(reverse("portal:contact", args=[share.reference]))
    kept = {PartnerRequest: {*FIRST, "close_note"}, RequestVersion: set(FIRST), Share: {"note"}}

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


def test_logs_and_addresses_carry_none_of_it(shop, seller, partner, partner_owner, caplog, capfd):
    fill_vocabularies()
    client = Client()
    client.force_login(seller)
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
        client.post(reverse("seller:request_edit", args=[partner_request.reference]), form | SECOND | {"version": "1"})
        other = Client()
        other.force_login(partner_owner)
        share = partner_request.shares.get()
        other.post(reverse("portal:contact", args=[share.reference]))
        other.post(reverse("portal:reject", args=[share.reference]), {"reason": "other", "note": NOTE})
        outbox.deliver.call()

    assert Share.objects.get().note == NOTE
    logged = [
        record.getMessage() + str(vars(record)) for record in caplog.records if record.name != "django.db.backends"
    ]
    assert made.headers["Location"] == f"/requests/{partner_request.reference}/"
    assert logged
    assert_no_leak([secrets for line in logged if (secrets := secrets_in(line))])
    assert secrets_in("".join(capfd.readouterr())) == set()
