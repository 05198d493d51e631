"""Secrets are planted in contact details, free text and notes; then all pages, mails and tables are searched for them.

Each role reads all that it can reach by links and by the names of URLs, also the pieces that refresh themselves.
"""

import html
import re
from collections import Counter
from datetime import timedelta
from urllib.parse import parse_qsl, urljoin, urlsplit

import time_machine
from django.core.cache import cache
from django.urls import resolve, reverse

from partners import services as partner_services
from requests_app import services
from requests_app.models import Share
from requests_app.timers import run_timers
from tests import figures
from tests.client import SignedInClient
from tests.factories import (
    PartnerFactory,
    confirm_contact,
    details_of,
    make_request,
    owner_of,
    propose,
    write_as_partner,
    write_as_seller,
)
from tests.urls import paths_without_arguments

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
QUESTION = "Is it tangerine season? asking@zq-asked.example"
REPLY = "It is gooseberry season, write to us@zq-replied.example"
GREETING, ANSWER = "We bring a clementine", "We bring a persimmon"  # with the acceptance, and the seller's after it
OFFER = "Three streams with a kumquat each"
OF_OTHER = "Is it huckleberry season?"  # the other partner's question
NOTE, REASON = "Our codeword is xylophone", "A complaint about periwinkles"  # a partner's, and staff's

# What is looked for: the telling part of each secret, and what it belongs to.
CONTACT = {
    "quillfeather", "zq-hidden", "zephyrwharf", "balthasar", "inkwell", "zq-buried", "obsidianquay",
}  # fmt: skip
TEXT = {"marzipan", "foghorn", "nougat", "windchime"}
NOTES = {"xylophone", "periwinkles"}
TALK = {"tangerine", "gooseberry", "clementine", "persimmon", "kumquat"}
MASKED = {"zq-asked", "zq-replied"}  # while contact details are hidden
ANOTHERS = {"huckleberry"}
ALL = CONTACT | TEXT | NOTES | TALK | MASKED | ANOTHERS
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
    "on hold for its contact": (True, True),
    "on hold for screening": (True, True),
}
HOLD = {"on hold", "screening", "not confirmed"}  # of a hold, partners read nothing


def brought(state, *, shop, partner, staff, conspirator):
    """The share of `partner`; the people are the owners.

    While it is on hold its second address is not confirmed, so that partners read the first.
    """
    seller, partner_owner = owner_of(shop), owner_of(partner)
    other = PartnerFactory(name="Coconspirator Agency", owner=conspirator)
    hidden, held = "hidden" in state, "on hold" in state
    spammed = PartnerFactory.create_batch(2 if state == "on hold for screening" else 0)
    request = make_request(shop, [partner, other, *spammed], hide_contact=hidden, **FIRST)
    share = request.shares.get(partner=partner)
    for rejecting in request.shares.filter(partner__in=spammed):
        services.reject_share(share_id=rejecting.pk, by=owner_of(rejecting.partner), reason="spam")
    talk(request, share, other, conspirator)
    if not held:
        confirm_contact(shop, SECOND["contact_email"])
    services.edit_request(
        request_id=request.pk,
        by=seller,
        version=1,
        details=details_of(**SECOND),
        request_type="choose",
        hide_contact=hidden,
    )
    if state.startswith(("accepted", "withdrawn", "connected", "ended")):
        services.accept_share(share_id=share.pk, by=partner_owner, version=2, message=GREETING)
        write_as_seller(share, ANSWER)
        propose(share, included="Two streams")
        propose(share, seen=1, included=OFFER)
    if state.startswith(("connected", "ended")):
        services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30, proposal=2)
    match state:
        case "rejected":
            services.reject_share(share_id=share.pk, by=partner_owner, reason="other", note=NOTE)
        case "withdrawn":
            services.withdraw_share(share_id=share.pk, by=partner_owner, reason="other", note=NOTE)
        case "closed by the seller":
            services.close_share(share_id=share.pk, by=seller)
        case "ended by the partner":
            services.end_connection(share_id=share.pk, by=partner_owner, reason="done")
        case "closed by staff":
            services.close_share_as_staff(share_id=share.pk, by=staff, reason="other")
        case "request closed":
            services.close_request(request_id=request.pk, by=seller)
        case "request closed by staff":
            services.close_request(request_id=request.pk, by=staff, staff_reason="other", staff_note=REASON)
        case "lapsed":
            with time_machine.travel(Share.objects.get(pk=share.pk).respond_by + timedelta(hours=1)):
                run_timers()
        case "suspended":
            partner_services.suspend_partner(partner_id=partner.pk, by=staff)
    return Share.objects.select_related("request").get(pk=share.pk)


def talk(request, share, other, conspirator):
    """Both partners ask; the seller replies to one."""
    write_as_partner(share, QUESTION)
    write_as_seller(share, REPLY)
    write_as_partner(request.shares.get(partner=other), OF_OTHER, by=conspirator)


def talk_of(state):
    """What was said and proposed in this state."""
    said = {"tangerine", "gooseberry"}
    if state.startswith(("accepted", "withdrawn", "connected", "ended")):
        said |= {"clementine", "persimmon", "kumquat"}
    return said


def has_the_request(state):
    return STATES[state][1] and state != "suspended"


# Reading all that a person can reach

# Not followed: what signs out or is no page, further pages and other orders of lists, filters, the rows of tables that
# hold no texts or the site's own.
LEFT_OUT = re.compile(
    r"logout|^/static/|^/language/|[?&](page|o|p|all|sort)=|/jsi18n/|/download/|^/partners/([\w-]+/)?\?|^/admin/.*\?"
    r"|^/admin/(partners/(market|category)|auth/group|accounts/sitepage)/\w+/"
)
# Read in one state for all: the person's own settings and the site's pages, which no request changes, and the inbox by
# other statuses than "all", which shows the same rows.
SAME_IN_EACH_STATE = re.compile(r"^/(accounts|help|privacy|referrals|terms)/|^/portal/\?status=(?!all)")
LINKS = re.compile(r"""(href|hx-get|data-url)=["']([^"'#]+)""")
MOST = 300
READ = Counter({"pages walked": 0, "mails read": 0, "leaks found": 0})


def count(**read):
    """Tell at the end of the suite how much was read, and what was found."""
    READ.update({name.replace("_", " "): number for name, number in read.items()})
    figures.tell("leaks", [(name, number, 0 if name == "leaks found" else None) for name, number in READ.items()])


def assert_no_leak(found):
    count(leaks_found=len(found))
    assert not found, found


def read_everything(user, *more):
    """{path: response} of all pages the person can reach from the URLs without arguments, and from `more`.

    Who is not staff is led away from every page of the admin, as the table of access says.
    """
    of_staff = user and user.is_staff
    paths = [path for path in paths_without_arguments() if of_staff or not path.startswith("/admin/")]
    return read_from(user, *paths, *more)


def read_from(user, *paths, without=None):
    """Likewise from `paths` alone. Links that match `without` are not followed."""
    client = SignedInClient()
    if user:
        client.force_login(user)
    seen, waiting, in_pieces, asked = {}, list(paths), set(), set()
    while waiting:
        path = waiting.pop(0)
        if same_page(path) in asked or LEFT_OUT.search(path) or (without and without.search(path)):
            continue
        assert len(seen) < MOST, "a site without end"
        cache.clear()
        asked.add(same_page(path))
        seen[path] = response = client.get(path)
        if response.headers["Content-Type"].startswith("text/html"):
            found = [(name, urljoin(path, html.unescape(link))) for name, link in LINKS.findall(response.text)]
            waiting += [link for _name, link in found if not urlsplit(link).scheme]
            in_pieces |= {same_page(link) for name, link in found if name == "hx-get"}
        if "Location" in response.headers:
            waiting.append(response.headers["Location"])
    for path in [path for path in seen if same_page(path) in in_pieces]:
        seen[f"{path} (refreshed)"] = client.get(path, headers={"HX-Request": "true"})
    count(pages_walked=len(seen))
    return seen


def same_page(path):
    """One key for all addresses that show the same to whoever has one partner: in any order, named or not.

    Where somebody is led after they signed in changes no word of the page.
    """
    parts = urlsplit(path)
    return parts.path, frozenset(pair for pair in parse_qsl(parts.query) if pair[0] not in {"acting_for", "next"})


def secrets_in(text, tokens=ALL):
    text = html.unescape(text).casefold()
    return {token for token in tokens if token in text}


def told_by(response):
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    body = response.getvalue().decode() if response.streaming else response.text  # a download, which is read once
    return f"{head}\n{body}"


def leaks(pages, tokens=ALL):
    """{name of the URL: secrets} of the pages that tell any."""
    found = {}
    for path, response in pages.items():
        if secrets := secrets_in(told_by(response), tokens):
            found.setdefault(resolve(urlsplit(path.split(" ")[0]).path).view_name, set()).update(secrets)
    return found


def address_shown(state):
    """The telling part of the contact email that partners read in this state."""
    return {"zq-hidden"} if "on hold" in state else {"zq-buried"}


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
